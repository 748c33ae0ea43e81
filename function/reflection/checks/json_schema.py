"""JSON Schema validation of answers, bounded in steps and time.

References are never fetched. Patterns run in the ``regex`` package, which has a time limit; a
schema whose references fan out, or an answer made for it, ends at the budget of steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from function.deadline import Deadline
from function.schemas.patterns import MATCH_SECONDS, is_found

STEPS = 200_000
"""Keywords applied to values. An answer of 50 kB takes about 20,000 under a schema of its size."""
SECONDS = 0.5
"""Of processor time; a pattern has :data:`function.schemas.patterns.MATCH_SECONDS` of it."""
STEPS_BETWEEN_LOOKS = 64
MOST_PROBLEMS = 100
"""Problems among which the outermost is looked for."""
SHOWN = 200

Problems = Iterator[ValidationError]


class OverBudget(Exception):
    """Validation took more steps or time than it may."""


class Budget:
    """What one or several validations may take together.

    :param clock: seconds; by default the processor time of this thread.
    :param deadline: a moment at which it is over whatever the clock says.
    """

    def __init__(
        self,
        steps: int = STEPS,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.thread_time,
        deadline: Deadline | None = None,
    ) -> None:
        self._steps = steps
        self._deadline = deadline
        self._clock = clock
        self._end = clock() + seconds
        self._look_at = steps

    @property
    def left(self) -> float:
        """Seconds left, 0 when the steps are used up."""
        if self._steps <= 0:
            return 0.0
        left = self._end - self._clock()
        return max(left if self._deadline is None else min(left, self._deadline.left), 0.0)

    def spend(self, steps: int = 1) -> None:
        """Take steps off.

        :raises OverBudget: there are none left, or no time.
        """
        self._steps -= steps
        if self._steps <= 0:
            raise OverBudget
        if self._steps < self._look_at:
            self._look_at = self._steps - STEPS_BETWEEN_LOOKS
            if not self.left:
                raise OverBudget


_BUDGET: ContextVar[Budget] = ContextVar("budget of the validation")


def schema_problem(value: Any, schema: dict[str, Any], budget: Budget | None = None) -> str:
    """Return what keeps ``value`` from validating, empty when nothing does. Never raises.

    :param budget: shared by several validations; by default this one has its own.
    """
    token = _BUDGET.set(budget or Budget())
    try:
        # An explicit empty registry keeps the validator from fetching references over the network.
        validator = _Validator(schema, registry=_NOTHING)
        problems = list(islice(validator.iter_errors(value), MOST_PROBLEMS))
    except Unresolvable:
        return "the JSON Schema refers to a schema that is not part of it"
    except TimeoutError:
        return "a pattern of the JSON Schema takes too long to match"
    except OverBudget:
        return "checking against the JSON Schema takes too long"
    except Exception:
        # A schema can be well formed and still not be usable: a reference to nothing or to
        # itself, a broken pattern. That is an error of the sender, not a bug of ours.
        return "the JSON Schema cannot be applied: a reference or a pattern in it is broken"
    finally:
        _BUDGET.reset(token)
    if not problems:
        return ""
    # The outermost problem first: fixing it often fixes those inside.
    outermost = min(problems, key=lambda problem: len(problem.absolute_path))
    return f"at {outermost.json_path[:SHOWN]}: {outermost.message[:SHOWN]}"


def _pattern(validator: Any, pattern: str, value: Any, schema: dict[str, Any]) -> Problems:
    if isinstance(value, str) and not _matches(pattern, value):
        yield ValidationError(f"{value[:SHOWN]!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: dict[str, Any], value: Any, schema: dict[str, Any]
) -> Problems:
    if not isinstance(value, dict):
        return
    for pattern, inner in patterns.items():
        for name, item in value.items():
            if _matches(pattern, name):
                yield from validator.descend(item, inner, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Any, value: Any, schema: dict[str, Any]
) -> Problems:
    if not isinstance(value, dict):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [
        name
        for name in value
        if name not in named and not any(_matches(pattern, name) for pattern in patterns)
    ]
    if isinstance(allowed, dict):
        for name in extra:
            yield from validator.descend(value[name], allowed, path=name)
    elif not allowed and extra:
        unexpected = ", ".join(map(repr, extra[:10]))
        yield ValidationError(f"additional properties are not allowed: {unexpected}")


def _unique_items(validator: Any, wanted: bool, value: Any, schema: dict[str, Any]) -> Problems:
    if wanted and isinstance(value, list) and len(set(map(_comparable, value))) < len(value):
        yield ValidationError("the items of the array are not unique")


def _comparable(value: Any) -> Hashable:
    """Return what is equal exactly where the JSON values are: 1 and 1.0, but not 1 and true."""
    if isinstance(value, dict):
        return frozenset((name, _comparable(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple(_comparable(inner) for inner in value)
    return ("boolean", value) if isinstance(value, bool) else value


def _matches(pattern: str, text: str) -> bool:
    budget = _BUDGET.get()
    budget.spend()
    return is_found(pattern, text, min(MATCH_SECONDS, budget.left))


def _counted(check: Callable[..., Any]) -> Callable[..., Problems]:
    """Return the keyword's check with its work taken off the budget."""

    def run(validator: Any, wanted: Any, value: Any, schema: dict[str, Any]) -> Problems:
        budget = _BUDGET.get()
        budget.spend(1 + (len(wanted) if isinstance(wanted, (list, dict)) else 0))
        for problem in check(validator, wanted, value, schema) or ():
            # Messages quote the value, so that of many problems they outgrow it by far.
            budget.spend(1 + len(problem.message) // 64)
            yield problem

    return run


_NOTHING: Registry[Any] = Registry()
_OWN = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        keyword: _counted(check)
        for keyword, check in {**Draft202012Validator.VALIDATORS, **_OWN}.items()
    },
)
