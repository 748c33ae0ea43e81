"""An answer ends where the next speaker begins, and as soon as it is a loop."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import pytest

from function.backends.local.streams import CUT_EVERY, Stream
from function.reflection.checks.soundness import AnswerCut, is_becoming_loop, is_loop
from tests.conftest import Running
from tests.scripted import ScriptedModel
from tests.timing import timed

Run = Callable[..., Running]
GOOD = "Loki is slow because its index grew; the p95 is 420 ms. Look at the compactor first."
LOOP = "the index grew and the index grew and " * 12


@pytest.mark.parametrize(
    "mark",
    ["\nUser:", "\nuser:", "\n**User:**", "\nCliente:", "\n\nAssistant: ", "\nVocê:", "\nLojista:"],
)
def test_an_answer_to_a_transcript_ends_at_the_next_speaker(mark: str) -> None:
    cut = AnswerCut(["Lojista", "Você"], is_json=False)
    text = f"{GOOD}{mark} what else?"
    assert text[: cut(text)].rstrip() == GOOD
    assert AnswerCut([], is_json=False)(f"{GOOD}{mark} what else?") is None


@pytest.mark.parametrize("text", ["", GOOD, "User: hello", "\n\nUser: hi", f"{GOOD}\nUsers: 12"])
def test_what_is_no_next_speaker(text: str) -> None:
    assert AnswerCut(["User"], is_json=False)(text) is None


@pytest.mark.parametrize("loop", [LOOP, f"{GOOD} {LOOP}", f"{GOOD}\n" + "na " * 40, "0, " * 90])
def test_a_loop_is_cut_and_judged_as_one(loop: str) -> None:
    assert AnswerCut([], is_json=False)(loop) == len(loop)
    assert is_loop(loop)


@pytest.mark.parametrize(
    "again",
    [f"{GOOD} {GOOD}", f"{GOOD}\n\n{GOOD}\n\nLook", f"{GOOD}\n{GOOD.upper()}"],
)
def test_an_answer_ends_before_a_sentence_that_stands_again(again: str) -> None:
    cut = AnswerCut([], is_json=False)
    assert again[: cut(again)].rstrip() == GOOD
    assert cut("It is up. It is up. It is up.") is None
    assert cut(f"{GOOD}\n\n{GOOD[:40]}") is None


def test_in_json_the_text_under_way_is_looked_at() -> None:
    cut = AnswerCut(["User"], is_json=True)
    assert cut('{"grid": [' + "0, " * 200) is None
    assert cut('{"items": [' + '{"name": "a \\"b\\"", "price": 3}, ' * 50) is None
    assert cut('{"message": "' + LOOP) is not None
    assert cut('{"message": "' + LOOP + '"') is None  # whole: it is checked like any answer


@timed
def test_looking_is_cheap() -> None:
    letters = str.maketrans("0123456789", "abcdefghij")
    text = " ".join(f"word{number}" for number in range(2_000)).translate(letters)
    started = process_time()
    for _ in range(20):
        assert not is_becoming_loop(text)
    assert process_time() - started < 2


def part(text: str, finish: str | None = None) -> dict[str, Any]:
    logged = {"content": [{"logprob": -0.5}]}
    return {"delta": {"content": text}, "logprobs": logged, "finish_reason": finish}


def test_a_stream_is_cut_at_the_next_look() -> None:
    stream = Stream(lambda text: 3 if "x" in text else None)
    for _ in range(CUT_EVERY + 1):
        stream.take(part("ab"))
    assert not stream.is_cut
    for _ in range(CUT_EVERY):
        stream.take(part("x"))
    assert stream.is_cut and stream.finish == "stop"
    assert (stream.generation.text, stream.generation.finish_reason) == ("aba", "stop")
    assert stream.generation.tokens.completion == 2 * CUT_EVERY


def test_a_stream_that_ended_loses_what_is_behind_its_cut() -> None:
    stream = Stream(lambda text: 2)
    stream.take(part("abcd", "length"))
    assert (stream.generation.text, stream.generation.finish_reason) == ("ab", "stop")
    assert not stream.is_cut


TRANSCRIPT = "System: You help.\nUser: Hi\nAssistant: Hello!\nUser: Why is Loki slow?\nAssistant:"


def test_the_answer_to_a_transcript_has_one_speaker(run: Run) -> None:
    model = ScriptedModel([f"{GOOD}\nUser: And Tempo?\nAssistant: Fine."])
    body: Any = run(model).reply({"prompt": TRANSCRIPT}).get_data()
    assert body["answer"] == GOOD
    plain: Any = run(model).reply({"prompt": "Why may Loki get slow?"}).get_data()
    assert plain["answer"].endswith("Fine.")


def test_a_loop_that_was_cut_fails_its_check(run: Run) -> None:
    data = {"prompt": "Why may Loki get slow?", "reflection_mode": "never"}
    body: Any = run(ScriptedModel([LOOP])).reply(data).get_data()
    (check,) = body["checks"]
    assert (check["name"], check["passed"], body["confidence"]) == ("no_repetition", False, 0)


def test_json_that_was_cut_in_a_loop_is_written_again(run: Run) -> None:
    schema = {"type": "object", "properties": {"why": {"type": "string"}}, "required": ["why"]}
    model = ScriptedModel(['{"why": "' + LOOP, '{"why": "Its index grew."}'])
    wanted = {"type": "json_schema", "schema": schema}
    body: Any = run(model).reply({"prompt": "Why?", "response_format": wanted}).get_data()
    assert body["data"] == {"why": "Its index grew."}


def test_a_stop_text_ends_the_answer() -> None:
    cut = AnswerCut((), is_json=False, stop=["END", "##"])
    assert cut("one two") is None
    assert cut("one ## two END") == 4
    assert AnswerCut((), is_json=True, stop=["END"])('{"a": "END"}') is None
