"""Verifiable demands on an answer.

Every check is a pure function from an answer to a reason: empty when the answer passes, else one
sentence that a person can read and a model can act on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from function.contract import CheckResult, InferenceRequest, JsonObjectFormat
from function.strict_json import strict_json

MAX_REASON = 1_000
"""Characters of a reason; a reply has to pass through a broker with all of them."""


@dataclass(frozen=True)
class Check:
    """A named demand; ``reason`` returns what is wrong with an answer, or an empty string."""

    name: str
    reason: Callable[[str], str]


def checks_of(request: InferenceRequest) -> list[Check]:
    """The checks that a request asks for, in the order they are reported."""
    wanted = request.checks
    found: list[Check] = []
    if (schema := schema_of(request)) is not None:
        found.append(Check("json_schema", lambda answer: breaks_schema(answer, schema)))
    if request.kind == "choose":
        names = [choice.name for choice in request.choices]
        found.append(Check("choices", lambda answer: is_no_choice(answer, names)))
    if wanted.must_contain:
        found.append(Check("must_contain", lambda answer: lacks(answer, wanted.must_contain)))
    if wanted.must_not_contain:
        found.append(
            Check("must_not_contain", lambda answer: contains(answer, wanted.must_not_contain))
        )
    if (limit := wanted.max_words) is not None:
        found.append(Check("max_words", lambda answer: is_too_long(answer, limit)))
    return found


def run_checks(checks: Sequence[Check], answer: str) -> list[CheckResult]:
    """Apply every check, so that one refinement can mend all that is wrong."""
    reasons = [(check.name, check.reason(answer)[:MAX_REASON]) for check in checks]
    return [CheckResult(name=name, passed=not reason, reason=reason) for name, reason in reasons]


def schema_of(request: InferenceRequest) -> dict[str, Any] | None:
    """The JSON Schema that the answer must follow, or None when it is free text."""
    wanted = request.response_format
    if wanted is None:
        return None
    if isinstance(wanted, JsonObjectFormat):
        return {
            "type": "object",
            "properties": {key: {} for key in wanted.required},
            "required": list(wanted.required),
        }
    return wanted.schema_


def breaks_schema(answer: str, schema: dict[str, Any]) -> str:
    """Whether the answer is JSON that validates; remote references are never fetched."""
    try:
        value = strict_json(answer.encode())
    except ValueError:
        return "the answer must be one valid JSON value and nothing else"
    # Imported here: most requests bring no schema.
    from function.reflection.schema import schema_problem

    return schema_problem(value, schema)


def is_no_choice(answer: str, names: Sequence[str]) -> str:
    """Whether the answer is, to the letter, one of the given names."""
    return "" if answer in names else f"the answer must be one of: {', '.join(names)}"


def lacks(answer: str, wanted: Sequence[str]) -> str:
    """Texts that the answer must contain, whatever their case."""
    folded = answer.casefold()
    missing = [text for text in wanted if text.casefold() not in folded]
    return f"the answer must contain {_quoted(missing)}" if missing else ""


def contains(answer: str, unwanted: Sequence[str]) -> str:
    """Texts that the answer must not contain, whatever their case."""
    folded = answer.casefold()
    found = [text for text in unwanted if text.casefold() in folded]
    return f"the answer must not contain {_quoted(found)}" if found else ""


def is_too_long(answer: str, limit: int) -> str:
    """Words are what white space separates."""
    words = len(answer.split())
    return f"the answer has {words} words and may have at most {limit}" if words > limit else ""


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(json.dumps(text, ensure_ascii=False) for text in texts)
