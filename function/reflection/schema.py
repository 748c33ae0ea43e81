"""JSON Schema validation of answers, safe against the schemas of strangers.

References are never fetched, and a pattern that would take for ever is given up: Python's own
``re`` cannot be stopped, so patterns run in the ``regex`` package, which has a time limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import regex
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

PATTERN_SECONDS = 0.1


def schema_problem(value: Any, schema: dict[str, Any]) -> str:
    """What keeps ``value`` from validating; empty when it does. Never raises."""
    # An explicit empty registry keeps the validator from fetching references over the network.
    validator = _Validator(schema, registry=Registry())
    try:
        problems = sorted(validator.iter_errors(value), key=_depth)
    except Unresolvable:
        return "the JSON Schema refers to a schema that is not part of it"
    except TimeoutError:
        return "a pattern of the JSON Schema takes too long to match"
    except Exception:
        # A schema can be well formed and still not be usable: a reference to nothing or to
        # itself, a broken pattern. That is the sender's to mend, not a bug of ours.
        return "the JSON Schema cannot be applied: a reference or a pattern in it is broken"
    if not problems:
        return ""
    return f"at {problems[0].json_path[:200]}: {problems[0].message[:200]}"


def _depth(error: ValidationError) -> int:
    # The outermost problem first: mending it often mends those inside.
    return len(error.absolute_path)


def _pattern(
    validator: Any, pattern: str, value: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(value, str) and not regex.search(pattern, value, timeout=PATTERN_SECONDS):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: dict[str, Any], value: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(value, dict):
        return
    for pattern, inner in patterns.items():
        for name, item in value.items():
            if regex.search(pattern, name, timeout=PATTERN_SECONDS):
                yield from validator.descend(item, inner, path=name, schema_path=pattern)


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _pattern, "patternProperties": _pattern_properties}
)
