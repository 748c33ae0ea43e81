"""A verifier that fails: the event is answered, the fault is logged once, tests see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from function.contract import InferenceRequest, parse_request
from function.errors import RequestExpired
from function.reflection.answer import Answer
from function.reflection.checks.checks import Check, run_checks
from function.reflection.checks.facts import verify
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.faults import guarded, note_fault, nothing
from tests.conftest import Running, data_in

ASKED = {"prompt": "Who owns the boat?", "context": {"boat": {"owner": "Rui"}}}


def fails(question: object) -> Expected | None:
    """Fail as a verifier with a defect does."""
    raise IndexError(f"what a sender wrote: {question}")


@pytest.fixture
def broken() -> Iterator[None]:
    """Put a verifier that fails before all others of questions for a value."""
    (name, *_), *_ = verify.FOR_A_VALUE
    loaded = verify._loaded

    def load(verifier: str) -> tuple[Callable[..., Expected | None], list[str]]:
        return (fails, ["question"]) if verifier == name else loaded(verifier)

    verify._loaded = load  # type: ignore[assignment]
    yield
    verify._loaded = loaded


def test_other_verifiers_go_on(broken: None, faults: list[list[str]]) -> None:
    found = verify.expected_of(parse_request(ASKED))
    assert found is not None and found.values == ("Rui",)
    assert [fault[0] for fault in faults] == ["IndexError"]
    assert "fails" in faults[0][1]
    faults.clear()


def test_an_event_is_answered_and_the_fault_logged_once(
    broken: None, faults: list[list[str]], run: Callable[..., Running]
) -> None:
    running = run()
    for number in range(2):
        data = data_in(running.reply(ASKED, id=f"boat-{number}"))
        assert "Rui" in data["answer"]
    lines = [line for line in running.logged if line["event"] == "trm_verifier_failed"]
    assert [line["error"] for line in lines] == ["IndexError"]
    assert lines[0]["traceback"][0] == lines[0]["place"]
    assert any("verify.py" in place for place in lines[0]["traceback"])
    assert "what a sender wrote" not in str(running.logged)
    assert len(faults) > 1
    faults.clear()


def test_a_check_of_every_answer_that_fails_says_nothing(faults: list[list[str]]) -> None:
    def reason(answer: Answer) -> str:
        raise KeyError(answer.text)

    checks = [
        Check("broken", reason, always=True),
        Check("whole", lambda answer: "too short", always=True),
    ]
    assert [result.name for result in run_checks(checks, Answer("x"))] == ["whole"]
    assert [fault[0] for fault in faults] == ["KeyError"]
    faults.clear()


def test_errors_on_purpose_are_raised() -> None:
    @guarded(nothing)
    def expire(request: InferenceRequest) -> None:
        raise RequestExpired("too late")

    with pytest.raises(RequestExpired):
        expire(parse_request(ASKED))
    with pytest.raises(TimeoutError):
        note_fault(TimeoutError())
