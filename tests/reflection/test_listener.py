"""Text that is shown early is always the beginning of the answer, and comes as early as it can."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest

from function.backends.base import Generation, Tokens, shortened
from function.backends.thoughts import OnlyThoughts, spoken
from function.reflection.checks.soundness import AnswerCut
from function.reflection.listener import SettledText

SENTENCE = "The pod of Loki was restarted two times today."
PLAIN = (
    "Paris is the capital of France.",
    "  \n Two blanks before, and some behind. \n\n ",
    "A list:\n- one\n- two\n\n1. `kubectl get pods`\n2. a < b and b > c, [see](x), <b>bold</b>",
    "São Paulo é linda 🙂, não é? Ｆｕｌｌ ｗｉｄｔｈ。",
    "an answer that begins in lower case: analysis of it comes later",
    "An Analysis. User: a name that is no speaker, User",
    f"{SENTENCE} The pods of Loki are fine. The pod of Loki was not.",
    '{"json": [1, 2, {"a": "b"}]}',
    "x",
    "",
    " ",
    "1.5 GB. 2.5 GB. No. No. Yes!\nNo.\nNo.",
)
CUT = (
    f"{SENTENCE} All is well. {SENTENCE} And so on.",
    f"{SENTENCE}\n{SENTENCE.upper()}",
    f"{SENTENCE} {SENTENCE[:-1]}",
    f"One.\n{SENTENCE} Two. {SENTENCE}",
    "Hello there.\nUser: and now?\nAssistant: well",
    "Hello there.\n\n  **Customer**: and now?",
    "Hello.\nUsers like it.\nUser",
    "\nUser: no answer before it",
    "one two END three END",
    "one two EN",
    "one ENEND two",
    "la la la la la la la la la la la la la la la la la la la la la la la la",
)
THOUGHT = (
    "<think>What is it?</think>It is four.",
    "<think>\nWhat is it",
    "What is it?</think>It is four.",
    "It is <think>no</think> four.",
    "[THINK]hm[/THINK]It is four.",
    "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>four",
    "analysisThe user asks.assistantfinalIt is four.",
    "◁think▷hm◁/think▷four",
    "<thinking>hm</thinking> <answer>four</answer>",
    "The tag `<think>` begins thoughts.",
)
ONLY_CLOSED = THOUGHT[2]
"""Looks like an answer until its end; models whose template begins thoughts are not shown."""


def cuts() -> tuple[AnswerCut, ...]:
    speakers = AnswerCut(("Customer", "Waiter"), False)
    return AnswerCut((), False), speakers, AnswerCut((), False, ["END", "\n\n\n"])


def chunked(text: str, seed: int) -> Iterator[str]:
    """Cut a text as engines do, into tokens of some letters, or into lines."""
    draw = random.Random(seed)
    longest = (1, 4, 9, 40, 500)[seed % 5]
    while text:
        size = draw.randint(1, longest)
        yield text[:size]
        text = text[size:]


def shown_of(text: str, cut: AnswerCut, seed: int = 0) -> list[str]:
    shown: list[str] = []
    settled = SettledText(shown.append, cut)
    for piece in chunked(text, seed):
        settled.take(piece)
    return shown


def answer_of(text: str, cut: AnswerCut) -> str:
    try:
        (said,) = spoken([Generation(text, "stop", Tokens(1, 1))], "test")
    except OnlyThoughts:
        return ""
    return shortened(said, cut).text.strip()


@pytest.mark.parametrize("text", [text for text in (*PLAIN, *CUT, *THOUGHT) if text != ONLY_CLOSED])
def test_what_is_shown_begins_the_answer(text: str) -> None:
    for cut in cuts():
        for seed in range(20):
            shown = "".join(shown_of(text, cut, seed))
            assert answer_of(text, cut).startswith(shown), (seed, shown)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_is_shown_as_it_comes(text: str) -> None:
    cut = AnswerCut((), False)
    late = 0
    shown: list[str] = []
    settled = SettledText(shown.append, cut)
    for place, letter in enumerate(text):
        settled.take(letter)
        late = max(late, len(text[: place + 1].strip()) - len("".join(shown)))
    assert late <= len(SENTENCE)
    assert "".join(shown) in (text.strip(), text.strip()[:-1], text.strip()[: -len("analysis")])


def test_a_stop_text_is_never_shown_in_part() -> None:
    cut = AnswerCut((), False, ["###", "STOP"])
    assert "".join(shown_of("one ## two ### three", cut)) == "one ## two"
    assert "".join(shown_of("one STO", cut)) == "one"


def test_halves_of_characters_end_what_is_shown() -> None:
    shown: list[str] = []
    settled = SettledText(shown.append, AnswerCut((), False))
    for piece in ("fine ", "\ud83d", "\ude42", " more"):
        settled.take(piece)
    assert "".join(shown) == "fine"


def test_random_texts_of_marks_and_words() -> None:
    words: Sequence[str] = [
        *("User:", "\nUser: ", "Waiter", ": ", "END", "EN", "D", "\n", " ", ". ", "<", "<|", "[TH"),
        *("think>", "analysis", SENTENCE, "the pod ", "?", "<think>", "◁", "a ", "b"),
    ]
    draw = random.Random(7)
    for seed in range(600):
        text = "".join(draw.choices(words, k=draw.randint(1, 12)))
        for cut in cuts():
            answer = answer_of(text, cut)
            shown = "".join(shown_of(text, cut, seed))
            assert answer.startswith(shown), (text, shown, answer)
