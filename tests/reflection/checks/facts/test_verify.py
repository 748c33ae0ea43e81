"""The tables of verifiers: each row names what there is, under conditions that a case can meet."""

from __future__ import annotations

from inspect import signature
from pkgutil import resolve_name

import pytest

from function.contract import InferenceRequest
from function.reflection.checks.facts import verify
from function.reflection.checks.facts.verify import Case, expected_of

TABLES = [
    verify.GIVEN, verify.OF_TEXT, verify.IN_LINES, verify.AT_ONCE, verify.BY_ONE_STEP,
    verify.IF_BOUND, verify.BY_FACTS, verify.FOR_A_VALUE, verify.FOR_YES_OR_NO,
    verify.BESIDE_FACTS, verify.AT_LAST,
]  # fmt: skip
Row = tuple[str, str, object, str]
ROWS: list[Row] = [row for table in TABLES for row in table]
NEEDS = {"context", "few_facts", "no_context", "history", "no_history", "system", "list", "rule",
         "told", "closed", "nothing"}  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_a_verifier_that_reads_parts_of_a_case(row: Row) -> None:
    name, needs, _, example = row
    verifier = resolve_name(f"function.reflection.checks.facts.{name}")
    case = Case(InferenceRequest(question="Who owns it?"), "Who owns it?")
    assert all(hasattr(case, part) for part in signature(verifier).parameters)
    assert set(needs.split()) <= NEEDS
    assert example


def test_a_case_has_what_its_request_brings() -> None:
    request = InferenceRequest.model_validate(
        {
            "question": "Which berth is free?",
            "context": {"note": "a\nb"},
            "system": "Answer only from the records:\n- berth 1 (north)",
        }
    )
    case = Case(request, request.question)
    told = {"context", "few_facts", "no_history", "system", "list", "told", "bound", "lines"}
    assert case.has == told | {"rule", "closed"}
    open_case = Case(InferenceRequest(question="Why so?"), "Why so?")
    assert open_case.has == {"no_context", "no_history", "nothing"}


def test_a_sentence_beside_the_question_may_state_a_rule() -> None:
    for text, may in (("Is it too heavy?\n", False), ("At most 20 kg. Is it too heavy?", True)):
        assert ("rule" in Case(InferenceRequest(question=text), text).has) is may


def test_how_come_asks_for_a_reason_as_why_does() -> None:
    for question in ("Why is the slipway closed?", "How come the slipway is closed?"):
        request = InferenceRequest(question=question, context={"slipway": "closed"})
        found = expected_of(request)
        assert found is not None and found.check == "untold", question
