"""Thoughts in a text, as each family of models writes them, and texts that only speak of them."""

from __future__ import annotations

import pytest

from function.backends.base import Generation, Tokens
from function.backends.thoughts import (
    OnlyThoughts,
    only_closed,
    opened_before,
    spoken,
    without_thoughts,
)

HARMONY = "<|channel|>analysis<|message|>Wait or act?<|end|><|start|>assistant<|channel|>final"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>\nThe user asks.\n</think>\n\nLoki is fine.", "Loki is fine."),
        ("Okay, the user asks.\n</think>\n\nLoki is fine.", "Loki is fine."),
        ("hm, wait.</think>wait", "wait"),
        ('He says "wait"</think>wait', "wait"),
        ("<think>\n\n</think>\n\nLoki is fine.", "Loki is fine."),
        ("  \n<THINK>a</THINK> b", "b"),
        ("<thinking>a</thinking>\nb", "b"),
        ("<reasoning>a</reasoning>b", "b"),
        ("<thought>a</thought>b", "b"),
        ("<seed:think>a</seed:think>b", "b"),
        ("[THINK]a[/THINK]b", "b"),
        ("◁think▷a◁/think▷b", "b"),
        ("<|begin_of_thought|>a<|end_of_thought|>b", "b"),
        ("<|START_THINKING|>a<|END_THINKING|>b", "b"),
        ("<|channel>thought\na<channel|>b", "b"),
        ("<think>a <think> b </think> c </think>d", "d"),
        ("<think>I could write `</think>` here</think>d", "d"),
        ("<think>a</think>First.\n<think>b</think>Second.", "First.\nSecond."),
        ("<think>a</think><answer>b</answer>", "b"),
        ("<think>a</think>\n<|begin_of_solution|>b<|end_of_solution|>", "b"),
        ("<think>only thoughts, cut off", ""),
        ("Well.\n<think>cut off", "Well."),
        ('<think>{"a": 1}?</think>{"a": 2}', '{"a": 2}'),
        (f"{HARMONY}<|message|>Wait.", "Wait."),
        (f"{HARMONY}<|message|>Wait.<|return|>", "Wait."),
        (f"{HARMONY} <|constrain|>json<|message|>" + '{"a": 1}', '{"a": 1}'),
        ("<|channel|>analysis<|message|>Wait or", ""),
        ("analysisWait or act?assistantfinalWait.", "Wait."),
    ],
)
def test_thoughts_are_no_part_of_the_answer(text: str, answer: str) -> None:
    assert without_thoughts(text) == (answer, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Loki is fine.",
        "I think a < b and c > d.",
        "<p>HTML, <b>bold</b></p>",
        "Thoughts stand between `<think>` and `</think>`.",
        "It begins with '<think>'.",
        "A model that writes <think> thinks.",
        '{"end": "</think>", "begin": "<think>"}',
        '["<think>a</think>"]',
        "analysis of the log: assistant found nothing",
        "<answer>b</answer>",
    ],
)
def test_a_text_without_thoughts_is_left_as_it_is(text: str) -> None:
    assert without_thoughts(text) == (text, False)


def test_marks_by_the_thousand_take_no_time() -> None:
    for mark in ("<think>", "</think>", "<", "<|channel|>", "`<think>", "analysis"):
        without_thoughts(mark * 20_000)


def generation(text: str, finish: str = "stop") -> Generation:
    return Generation(text, finish, Tokens(5, 7), (-0.1, -0.2))  # type: ignore[arg-type]


def test_tokens_of_thoughts_stay_counted() -> None:
    plain, thought = spoken([generation("a"), generation("<think>b</think>c")], "m")
    assert plain == generation("a")
    assert (thought.text, thought.tokens, thought.log_probabilities) == ("c", Tokens(5, 7), None)


@pytest.mark.parametrize("finish", ["length", "stop"])
def test_thoughts_that_took_the_whole_budget_are_told(finish: str) -> None:
    for text, hidden in (("<think>so", False), ("", True), ("  ", True)):
        with pytest.raises(OnlyThoughts, match="m spent its budget of 7 tokens thinking"):
            spoken([generation(text, finish)], "m", hidden)
    first, second = spoken([generation("<think>so", finish), generation("b")], "m")
    assert (first.text, second.text) == ("", "b")


def test_thoughts_that_the_template_begins() -> None:
    with pytest.raises(OnlyThoughts):
        spoken([generation("Okay, the user", "length")], "m", begun=True)
    for finish in ("stop", "length"):
        (said,) = spoken([generation("Okay.</think>b", finish)], "m", begun=True)
        assert said.text == "b"
    assert spoken([generation("b")], "m", begun=True)[0].text == "b"
    assert opened_before("<|im_start|>assistant\n<think>\n")
    assert not opened_before("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert not opened_before("<|im_start|>assistant\n") and not opened_before("")
    assert only_closed("Okay.</think>b")
    assert not only_closed("<think>a</think>b") and not only_closed("Write `</think>`.")


def test_thoughts_at_the_deadline_are_no_fault() -> None:
    (cut,) = spoken([generation("<think>so", "deadline")], "m")
    assert (cut.text, cut.finish_reason) == ("", "deadline")
