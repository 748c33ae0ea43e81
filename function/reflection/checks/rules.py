"""Rules of a request: demands on an answer, and fields whose values follow from the facts."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from function.contract import InferenceRequest
from function.deadline import NO_DEADLINE, Deadline
from function.reflection.answer import Answer
from function.reflection.checks.items import offered_context
from function.reflection.checks.json_schema import schema_problem
from function.schemas.expressions import ExpressionError, Facts

RULE = "rule:"
"""What the names of their checks begin with."""


class RuleSet:
    """The rules and filled fields of one request; safe to use from many threads."""

    def __init__(self, request: InferenceRequest) -> None:
        self._rules = request.rules
        self._fills = request.fill
        self._is_json = request.response_format is not None
        self._request = request
        self._said = {
            "prompt": request.question,
            "agent": request.agent,
            "system": request.system,
            "messages": [turn.model_dump() for turn in request.messages],
        }
        self._facts = self._facts_of(request.context)

    @property
    def names(self) -> list[str]:
        """The names of the checks, one a rule."""
        return [f"{RULE}{rule.name or number}" for number, rule in enumerate(self._rules, 1)]

    def values(
        self, deadline: Deadline = NO_DEADLINE, failed: Answer | None = None
    ) -> dict[str, Any]:
        """Return the values of fields that follow from the facts, by their dotted path.

        A field whose facts are missing is left out: the model decides. Items that a guest must not
        have are not among these facts. No field has a value if reading them passes the deadline.

        :param failed: an answer that fails a check, for the values that count then alone.
        """
        when = "always" if failed is None else "failed"
        fills = [fill for fill in self._fills if fill.when == when]
        if not fills:
            return {}
        try:
            offered = offered_context(self._request, deadline)
        except TimeoutError:
            return {}
        unchanged = offered is self._request.context
        facts = self._facts if unchanged else self._facts_of(offered)
        answer = None if failed is None else (failed.tree if self._is_json else failed.text)
        found: dict[str, Any] = {}
        for fill in fills:
            if fill.field in found:
                continue
            try:
                if fill.condition is None or facts.evaluate(fill.condition, answer) is True:
                    found[fill.field] = facts.evaluate(fill.value, answer)
            except ExpressionError:
                continue
        return found

    def problem(self, number: int, answer: Answer) -> str:
        """Return what is wrong with an answer by one rule, or an empty text."""
        rule = self._rules[number]
        try:
            held = self._facts.evaluate(rule.expression, self._value_of(answer))
        except ValueError as error:  # of an expression, or of an answer that is not JSON
            return f"{rule.message} (the rule could not be evaluated: {error})"
        return "" if held is True else rule.message

    def _facts_of(self, context: dict[str, Any]) -> Facts:
        return Facts(context, self._said, self._request.variables, {"dietary": self._dietary})

    def _dietary(self) -> dict[str, Any]:
        """Return what a question of a diet is answered by, see :func:`diet_verdict`.

        The dish asked about may be one that must not be offered, so it is looked up in all facts.
        """
        from function.reflection.diets.questions import diet_verdict

        return diet_verdict(self._request.context, self._request.question)

    def _value_of(self, answer: Answer) -> Any:
        if not self._is_json:
            return answer.text
        if answer.problem:
            raise ValueError(answer.problem)
        return answer.value


def with_constants(schema: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose fields at these paths may only hold these values.

    A value that the schema does not allow there is left out.
    """
    for path, value in values.items():
        schema = _with_constant(schema, path.split("."), value)
    return schema


def _with_constant(schema: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    name, *rest = path
    properties = schema.get("properties")
    inner = properties.get(name) if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or not isinstance(inner, dict):
        return schema
    if rest:
        narrowed = _with_constant(inner, rest, value)
    elif schema_problem(value, inner):
        return schema
    else:
        narrowed = {"enum": [value]}
    return {**schema, "properties": {**properties, name: narrowed}}


def fill_in(
    answer: Answer, schema: dict[str, Any], values: dict[str, Any]
) -> tuple[Answer, list[str]]:
    """Return a JSON answer with these values, and the paths at which they now stand.

    Decoding by the schema writes them already; a model that is not bound by it may not.
    """
    if answer.problem:
        return answer, []
    data = deepcopy(answer.value)
    filled: list[str] = []
    changed = False
    for path, value in values.items():
        *parents, last = path.split(".")
        place, known = data, schema
        for name in parents:
            place = place.get(name) if isinstance(place, dict) else None
            known = known.get("properties", {}).get(name, {})
        allowed = known.get("properties", {}).get(last)
        if not isinstance(place, dict) or not isinstance(allowed, dict):
            continue
        if schema_problem(value, allowed):
            continue
        filled.append(path)
        if place.get(last, ...) != value:
            place[last] = value
            changed = True
    return (Answer(json.dumps(data, ensure_ascii=False)) if changed else answer), filled
