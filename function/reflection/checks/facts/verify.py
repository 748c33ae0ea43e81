"""What the facts of a request demand of its answer."""

from __future__ import annotations

import re

from function.contract import InferenceRequest
from function.reflection.checks.facts.asked_entry import expected_entries, expected_extreme
from function.reflection.checks.facts.asked_fact import expected_value
from function.reflection.checks.facts.counts import expected_number
from function.reflection.checks.facts.deduced import (
    expected_count,
    expected_day,
    expected_fit,
    expected_order,
)
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.greeting import expected_greeting
from function.reflection.checks.facts.particulars import missing_particular
from function.reflection.checks.facts.question import LONGEST, Question
from function.reflection.checks.facts.record_lookup import expected_cell
from function.reflection.checks.facts.recorded import (
    expected_measure,
    expected_reason,
    unstated,
)
from function.reflection.checks.facts.untold import missing_field, missing_record
from function.reflection.checks.facts.written_tables import expected_of_text
from function.reflection.checks.facts.yes_or_no import expected_verdict
from function.reflection.prompt.facts import facts_of

MOST_FACTS = 100
"""Facts beyond which a question is not compared with them, so that the checks are cheap."""

_ONE_STEP = re.compile(
    r"\b(?:today|hoje|order|sequence|ordem|sequencia|why|por que|porque|did i|have i|i said|"
    r"i told|i mentioned|disse|falei)\b|\d ?[a-z]"
)
"""Words of questions that a verifier of :mod:`~function.reflection.checks.facts.deduced` reads."""
_LINES = re.compile(r"\\n|: \[['\"]")
"""Marks of a text of several lines, or of a list of texts, in a context."""
_RECORDS = re.compile(r"\b(?:only|solely|somente|apenas|só)\b", re.I)


def expected_of(request: InferenceRequest) -> Expected | None:
    """Return the one demand of the facts on the answer, None where no verifier is certain.

    Choices and formats have checks of their own.
    """
    asked = request.question
    if request.kind != "text" or request.response_format:
        return None
    if "\n" in asked or _LINES.search(repr(request.context)):
        found = expected_of_text(asked, request.context)
        if found is not None:
            return found
    if len(asked) > LONGEST:
        return None
    if (greeting := expected_greeting(asked)) is not None:
        return greeting
    question = Question(asked)
    if _ONE_STEP.search(question.folded) and (found := _by_one_step(question, request)) is not None:
        return found
    bound = request.system and _RECORDS.search(request.system)
    if not request.context and not bound:
        return None
    if question.is_open and not bound:
        return None
    facts = facts_of(request.context)
    if len(facts) > MOST_FACTS:
        return None
    if bound and (found := unstated(question, facts, request.system or "")) is not None:
        return found
    if question.is_open:
        return None
    if not question.wants_value:
        return expected_verdict(question, facts)
    elsewhere = [request.system or "", *(message.content for message in request.history)]
    return (
        missing_particular(question, facts, elsewhere)
        or expected_number(question, request.context)
        or expected_measure(question, request.context)
        or expected_extreme(question, request.context)
        or expected_cell(question, request.context)
        or expected_value(question, facts)
        or expected_entries(question, request.context)
        or missing_record(question, facts, request)
        or (None if request.history else missing_field(question, facts))
    )


def _by_one_step(question: Question, request: InferenceRequest) -> Expected | None:
    found = expected_day(question) or expected_count(question, request.history)
    if found is not None or not request.context:
        return found
    facts = facts_of(request.context)
    if len(facts) > MOST_FACTS:
        return None
    return (
        expected_reason(question, facts)
        or expected_order(question, facts)
        or expected_fit(question, request.context)
    )
