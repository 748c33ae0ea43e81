"""Long inputs in a small window: what stays, what goes first, and that it shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from function.backends.base import Turn
from function.contract import parse_request
from function.reflection.prompt.facts import Fact, facts_of, fitting_lines
from function.reflection.prompt.prompts import (
    CONTEXT_HEADING,
    CRITIQUE_TOKENS,
    TURN_TOKENS,
    Conversation,
    Parts,
    conversation,
    critique_of,
    fit,
    room_for_hint,
    room_for_prompt,
    with_hint,
)
from function.reflection.prompt.truncation import MARK, fits, shortened, shortened_to
from tests.scripted import ScriptedModel

SYSTEM = "You are a helpful assistant. Answer briefly, only from the facts."
QUESTION = "Which of the services is down?"
ANSWER = 2_048


class Window(ScriptedModel):
    """A model with a small window that counts every byte as a token."""

    def count_tokens(self, text: str) -> int:
        return len(text.encode())


def size(turns: list[Turn], model: ScriptedModel) -> int:
    return sum(model.count_tokens(turn.content) + TURN_TOKENS for turn in turns)


def exchange(number: int, words: int = 10) -> list[Turn]:
    filler = " word" * words
    return [Turn("user", f"question {number}{filler}"), Turn("assistant", f"reply {number}")]


def fitted(
    model: ScriptedModel, history: list[Turn] | None = None, context: dict[str, Any] | None = None
) -> Conversation:
    facts = facts_of(context or {})
    return fit(Parts(SYSTEM, history or [], CONTEXT_HEADING, facts, QUESTION), model, ANSWER)


def facts_in(asked: Conversation) -> list[str]:
    heading, _, rest = asked.turns[-1].content.partition("\n")
    assert heading == CONTEXT_HEADING
    facts, _, question = rest.rpartition("\n\n")
    assert question == QUESTION
    return facts.split("\n")


# What stays


def test_what_fits_is_not_touched() -> None:
    history = exchange(1)
    asked = fitted(ScriptedModel(), history, {"loki": {"up": False}})
    assert not asked.shortened
    assert asked.turns[0] == Turn("system", SYSTEM)
    assert asked.turns[1:3] == history
    assert facts_in(asked) == ["- loki.up: false"]


def test_the_oldest_messages_go_first() -> None:
    history = [turn for number in range(100) for turn in exchange(number)]
    asked = fitted(ScriptedModel(window=1_000), history, {"loki": {"up": False}})
    assert asked.shortened
    kept = asked.turns[1:-1]
    assert kept == history[-len(kept) :]
    assert kept[0].role == "user"
    assert 20 < len(kept) < 100
    assert facts_in(asked) == ["- loki.up: false"]


def test_a_long_context_leaves_a_quarter_to_the_history() -> None:
    history = [turn for number in range(100) for turn in exchange(number)]
    context = {f"key number {number}": number for number in range(10_000)}
    model = ScriptedModel(window=4_000)
    asked = fitted(model, history, context)
    past = size(asked.turns[1:-1], model)
    assert 0.17 < past / room_for_prompt(model, ANSWER) < 0.26
    lines = facts_in(asked)
    kept = lines[:-1]
    assert kept == [f"- key number {number}: {number}" for number in range(len(kept))]
    assert len(kept) > 100
    assert lines[-1] == f"- ({10_000 - len(kept)} more facts did not fit)"


def test_a_short_history_is_whole_beside_a_long_context() -> None:
    context = {f"key number {number}": number for number in range(10_000)}
    asked = fitted(ScriptedModel(window=1_000), exchange(1), context)
    assert asked.turns[1:-1] == exchange(1)
    assert len(facts_in(asked)) > 50


def test_a_long_message_loses_its_middle_and_not_its_place() -> None:
    history = [Turn("user", "Tell all."), Turn("assistant", "once " + "upon " * 9_000 + "end")]
    asked = fitted(ScriptedModel(window=1_000), history)
    question, told = asked.turns[1:-1]
    assert question == history[0]
    assert told.content.startswith("once upon") and told.content.endswith("upon end")
    assert MARK in told.content


def test_long_facts_are_shortened_before_any_is_left_out() -> None:
    context = {"log": "error " * 9_000, "level": "high", "hosts": [f"h{n}" for n in range(5_000)]}
    log, level, hosts = facts_in(fitted(ScriptedModel(window=1_000), [], context))
    assert log.startswith("- log: error error") and MARK in log
    assert level == "- level: high"
    items, _, more = hosts.removeprefix("- hosts: ").partition(" (and ")
    kept = json.loads(items)
    assert kept == [f"h{n}" for n in range(len(kept))] and len(kept) > 20
    assert more == f"{5_000 - len(kept)} more)"


def test_a_question_and_a_system_prompt_too_long_lose_their_middle() -> None:
    model = ScriptedModel(window=512)
    request = parse_request(
        {"prompt": "first " * 900 + "last?", "system": "begin " * 900 + "end", "context": {"a": 1}}
    )
    asked = conversation(request, model)
    system, user = asked.turns
    assert asked.shortened
    assert system.content.startswith("begin") and MARK in system.content
    assert user.content.endswith("last?") and "first" in user.content and MARK in user.content
    assert "- a: 1" in user.content
    assert size(asked.turns, model) <= room_for_prompt(model, ANSWER)


def test_a_short_question_is_whole_beside_a_long_system_prompt() -> None:
    request = parse_request({"prompt": QUESTION, "system": "begin " * 1_300})
    asked = conversation(request, ScriptedModel(window=512))
    assert asked.turns[-1].content == QUESTION


def test_the_reasons_of_checks_always_fit() -> None:
    model = Window(window=1_024)
    asked = fitted(model, [], {f"k{number}": number for number in range(5_000)})
    reasons = [f"the answer must contain number {number}" for number in range(100)]
    hinted = with_hint(asked.turns, reasons, model)
    hint = hinted[-1].content.removeprefix(asked.turns[-1].content)
    assert hint.startswith(" (the answer must contain number 0") and hint.endswith("number 99)")
    assert len(hint) <= room_for_hint(model) + 3
    assert size(hinted, model) <= model.window * 3 // 4 + 3


def test_a_long_answer_can_be_criticised() -> None:
    model = Window(window=1_024)
    asked = fitted(model, [], {f"k{number}": number for number in range(5_000)})
    turns = critique_of(asked.turns, "word " * 500, model)
    assert MARK in turns[-2].content
    assert size(turns, model) + CRITIQUE_TOKENS <= model.window


# What holds for everything

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300)
LONG = st.builds(lambda text, times: text * times, TEXT, st.sampled_from([1, 1, 3, 40]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | LONG,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXT, inner, max_size=6),
    max_leaves=25,
)
HISTORY = st.lists(
    st.builds(Turn, st.sampled_from(["user", "assistant"]), LONG.filter(bool)), max_size=12
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    system=LONG.filter(bool),
    history=HISTORY,
    context=st.dictionaries(TEXT, VALUES, max_size=8),
    question=LONG.filter(bool),
    repeated=st.booleans(),
    naming=st.booleans(),
    window=st.integers(512, 6_000),
    answer=st.integers(1, 8_192),
    model=st.sampled_from([ScriptedModel, Window]),
)
def test_whatever_comes_fits_and_says_what_is_missing(
    system: str,
    history: list[Turn],
    context: dict[str, Any],
    question: str,
    repeated: bool,
    naming: bool,
    window: int,
    answer: int,
    model: type[ScriptedModel],
) -> None:
    engine = model(window=window)
    facts = facts_of(context)
    parts = Parts(
        system, history, CONTEXT_HEADING, facts, question, repeated, facts[:2] if naming else ()
    )
    asked = fit(parts, engine, answer)
    # A model that estimates may count a token more for each turn than for all of them together.
    assert size(asked.turns, engine) <= room_for_prompt(engine, answer) + len(asked.turns)
    assert asked.turns[0].role == "system" and asked.turns[-1].role == "user"
    assert asked.shortened == (asked.turns != parts.put_together())
    own = engine.count_tokens(system) + engine.count_tokens(question)
    if own <= room_for_prompt(engine, answer) - 2 * TURN_TOKENS - 80:
        assert asked.turns[0].content == system
        assert asked.turns[-1].content.endswith(question)
    kept = asked.turns[1:-1]
    for turn, original in zip(reversed(kept), reversed(history), strict=False):
        assert turn == original or MARK.strip() in turn.content
    said = asked.turns[-1].content
    if asked.shortened and facts and not all(fact.line() in said for fact in facts):
        assert MARK.strip() in said or "did not fit)" in said or " more)" in said


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=40) | st.integers(), max_size=60), st.integers(0, 400))
def test_a_list_cut_short_is_still_json(items: list[Any], characters: int) -> None:
    line = Fact("hosts", items).line(characters)
    text = line.removeprefix("- hosts: ")
    kept, end = json.JSONDecoder().raw_decode(text) if text.startswith("[") else ([], len(text))
    assert [" ".join(str(item).split()) for item in kept] == [
        " ".join(str(item).split()) for item in items[: len(kept)]
    ]
    if len(kept) < len(items) and text.startswith("["):
        assert text[end:] == f" (and {len(items) - len(kept)} more)"


@settings(max_examples=200, deadline=None)
@given(LONG, st.integers(0, 500))
def test_a_shortened_text_keeps_both_ends(text: str, characters: int) -> None:
    short = shortened(text, characters)
    assert len(short) <= max(characters, 0) or short == text
    if short != text and characters > 20:
        head, _, tail = short.partition(MARK)
        assert text.startswith(head) and text.endswith(tail.lstrip())


@settings(max_examples=100, deadline=None)
@given(LONG, st.integers(0, 200))
def test_a_text_is_shortened_to_its_tokens(text: str, tokens: int) -> None:
    count = Window().count_tokens
    assert count(shortened_to(text, tokens, count)) <= tokens


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXT, VALUES, min_size=1, max_size=8), st.integers(0, 600))
def test_facts_take_no_more_than_their_room(context: dict[str, Any], tokens: int) -> None:
    count = Window().count_tokens
    lines = fitting_lines(facts_of(context), tokens, count)
    assert count("\n".join(lines)) <= tokens
    assert all(len(line.splitlines()) <= 1 for line in lines)


@pytest.mark.parametrize(
    ("text", "tokens", "counted"),
    [("word", 4, False), ("word " * 9, 10, True), ("w" * 999, 1, False)],
)
def test_only_what_might_fit_is_counted(text: str, tokens: int, counted: bool) -> None:
    asked: list[str] = []

    def count(text: str) -> int:
        asked.append(text)
        return len(text) // 5

    fits(text, tokens, count)
    assert bool(asked) is counted
