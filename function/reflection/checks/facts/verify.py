"""What the facts of a request demand of its answer."""

from __future__ import annotations

from function.contract import InferenceRequest
from function.reflection.checks.facts.asked_entry import expected_entries, expected_extreme
from function.reflection.checks.facts.asked_fact import expected_value
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import LONGEST, Question
from function.reflection.checks.facts.untold import missing_field, missing_record
from function.reflection.prompt.facts import facts_of

MOST_FACTS = 100
"""Facts beyond which a question is not compared with them, so that the checks are cheap."""


def expected_of(request: InferenceRequest) -> Expected | None:
    """Return the one demand of the facts on the answer, None where no verifier is certain.

    Choices and formats have checks of their own.
    """
    asked = request.question
    if not request.context or request.kind != "text" or request.response_format:
        return None
    if len(asked) > LONGEST:
        return None
    question = Question(asked)
    if question.is_open or not question.wants_value:
        return None
    facts = facts_of(request.context)
    if len(facts) > MOST_FACTS:
        return None
    return (
        expected_extreme(question, request.context)
        or expected_value(question, facts)
        or expected_entries(question, request.context)
        or missing_record(question, facts, request)
        or (None if request.history else missing_field(question, facts))
    )
