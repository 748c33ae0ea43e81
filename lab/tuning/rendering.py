"""Cases as the served function would put them to the model, and the checks that it would run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from function.backends.base import Turn
from function.contract import CheckResult, InferenceRequest
from function.deadline import Deadline
from function.pipeline.intake import read_request
from function.profiles.registry import ProfileRegistry, shipped_profiles
from function.reflection.answer import Answer
from function.reflection.checks.checks import (
    always_checks,
    checks_of,
    rules_of,
    run_checks,
    schema_of,
)
from function.reflection.checks.json_schema import schema_problem
from function.reflection.checks.rules import fill_in
from function.reflection.drafting import filled_values, schema_for
from function.reflection.prompt import prompts
from function.reflection.prompt.choice_prompts import case as choice_case
from function.reflection.prompt.choice_prompts import scored_texts
from lab.tuning.base import Base
from lab.tuning.case import Case

SECONDS = 60.0


@dataclass(frozen=True)
class Rendered:
    """A case as text: what the model reads, and what it should write."""

    case: Case
    request: InferenceRequest
    turns: tuple[Turn, ...]
    answer: str


class UnfitCaseError(Exception):
    """The answer of a case does not pass the product's own checks."""


def read(case: Case, profiles: ProfileRegistry | None = None) -> InferenceRequest:
    """Return the request of a case as the served function reads it."""
    return read_request(case.data, case.agent, profiles or shipped_profiles()).request


def render(case: Case, base: Base, profiles: ProfileRegistry | None = None) -> Rendered:
    """Return a case as the model sees it; the answer of a choice is what is scored for it.

    :raises UnfitCaseError: the answer fails a check, does not follow the schema that decoding is
        constrained by, or the prompt was shortened.
    """
    shelf = profiles or shipped_profiles()
    request = read(case, shelf)
    if request.kind == "choose":
        return _choice(case, request, base, shelf)
    if request.response_format is None and not isinstance(case.answer, str):
        raise UnfitCaseError(f"{case.family}: no format was read for a JSON answer")
    answer = written(case.answer, request)
    if problems := problems_of(answer, request):
        raise UnfitCaseError(f"{case.family}: {'; '.join(problems)}: {answer}")
    asked = prompts.conversation(request, base, shelf.rendering(request.agent))
    if asked.shortened:
        raise UnfitCaseError(f"{case.family}: the request does not fit the window")
    turns = asked.turns
    if case.hint:
        turns = prompts.with_hint(turns, list(case.hint), base)
    return Rendered(case, request, tuple(turns), answer)


def _choice(case: Case, request: InferenceRequest, base: Base, shelf: ProfileRegistry) -> Rendered:
    names = [choice.name for choice in request.choices]
    if case.answer not in names:
        raise UnfitCaseError(f"{case.family}: {case.answer} is none of {names}")
    asked = choice_case(request, base, shelf.rendering(request.agent))
    if asked.shortened:
        raise UnfitCaseError(f"{case.family}: the request does not fit the window")
    text = scored_texts(request, base)[names.index(case.answer)]
    return Rendered(case, request, tuple(asked.turns), text)


def written(answer: Any, request: InferenceRequest) -> str:
    """Return an answer as constrained decoding writes it, its filled fields included."""
    if request.response_format is None:
        return str(answer)
    text = json.dumps(answer, ensure_ascii=False)
    schema = schema_of(request)
    if schema is None:
        return text
    values = filled_values(request, rules_of(request))
    if values:
        text = fill_in(Answer(text), schema, values)[0].text
    return json.dumps(ordered(json.loads(text), schema), ensure_ascii=False)


def ordered(value: Any, schema: Any) -> Any:
    """Return a JSON value with its keys in the order of the schema, as grammars write them."""
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        keys = [key for key in properties if key in value]
        keys += [key for key in value if key not in properties]
        return {key: ordered(value[key], properties.get(key)) for key in keys}
    if isinstance(value, list):
        return [ordered(item, schema.get("items")) for item in value]
    return value


def failed(answer: str, request: InferenceRequest) -> list[CheckResult]:
    """Return the product's checks that an answer fails."""
    checks = [*checks_of(request), *always_checks(request)]
    return [result for result in run_checks(checks, Answer(answer)) if not result.passed]


def problems_of(answer: str, request: InferenceRequest) -> list[str]:
    """Return why an answer cannot be learned: failed checks, or decoding could not write it."""
    found = [f"{result.name}: {result.reason}" for result in failed(answer, request)]
    values = filled_values(request, rules_of(request))
    schema = schema_for(request, Deadline.after(SECONDS), values)
    if schema is not None and not found:
        problem = schema_problem(json.loads(answer), schema)
        if problem:
            found.append(f"decoding: {problem}")
    return found


def reasons(results: Sequence[CheckResult]) -> tuple[str, ...]:
    """Return the reasons of failed checks."""
    return tuple(result.reason for result in results)
