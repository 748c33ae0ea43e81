"""The budget of a JSON Schema that a sender writes, checked before anything expensive reads it.

What a keyword costs was measured on the embedded model, whose engine compiles grammars inside its
one loop: meanwhile no other answer grows. Seconds of processor time until the
next token, which are 0.08 for ``{"type": "integer"}``:

=====================  =====================================================================
``maxItems``           0.14 at 10,000, 0.45 at 40,000, 17 and 0.7 GiB at 1,000,000
``multipleOf``         0.29 for five of 10,000, 2.5 for fifty, 170 and 5 GiB for 99,999,989
text of an ``enum``    0.09 for 8 kB, 0.12 for 40 kB, 5 for 500 kB
``enum``               0.08 for 4,000 values of 20 bytes
lengths of texts       0.09 at 100,000, also for a hundred of them
repeats of a pattern   0.08 for 10,000 atoms
=====================  =====================================================================

Memory grew by 13 MiB at most within the limits. Outside of the engine 2,000 subschemas take 0.5 s
to check against the meta-schema, and references that fan out are validated once for each path:
13 s at 2^18 paths.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from function.schemas.patterns import BadPattern, compiled
from function.schemas.subschemas import DEFINITIONS, children, patterns_of, subschemas, target_of

MAX_BYTES = 131_072
"""Of the schema as JSON."""
MAX_DEPTH = 64
"""Subschemas inside each other, through references."""
MAX_SUBSCHEMAS = 2_000
MAX_NODES = 10_000
"""Subschemas, each counted as often as references lead to it. A recursive one counts once."""
MAX_COUNT = 10_000
"""Of ``minItems``, ``maxItems``, ``minProperties`` and so on."""
MAX_ITEMS = 20_000
"""The sum of all counts of items, through references."""
MAX_LENGTH = 100_000
"""Of ``minLength`` and ``maxLength``."""
MAX_MULTIPLE = 10_000
MAX_NAME = 1_000
"""Characters of the name of a property."""
MAX_TEXT = 8_192
"""Bytes of one value of an ``enum`` or of a ``const``."""
MAX_VALUES = 65_536
"""Bytes of all of them."""
MAX_PATTERN = 500
"""Characters of one pattern."""
MAX_PATTERNS = 8_192
"""Characters of all of them."""

_COUNTS = {
    **dict.fromkeys(("minItems", "maxItems", "minContains", "maxContains"), MAX_COUNT),
    **dict.fromkeys(("minProperties", "maxProperties"), MAX_COUNT),
    **dict.fromkeys(("minLength", "maxLength"), MAX_LENGTH),
}


class OverBudget(ValueError):
    """The schema is larger than the budget; the message names the keyword and the limit."""


def check_budget(schema: dict[str, Any]) -> None:
    """Check the size of a schema, in time linear in its bytes.

    :raises OverBudget: with one short line.
    """
    _check_limit("the JSON Schema", "bytes", _bytes(schema), MAX_BYTES)
    found = subschemas([schema], schema)
    _check_limit("the JSON Schema", "subschemas", len(found), MAX_SUBSCHEMAS)
    for node in found:
        _check_keywords(node)
    _check_limit("enum and const", "bytes in all", sum(map(_bytes, _values(found))), MAX_VALUES)
    patterns = list(dict.fromkeys(pattern for node in found for pattern in patterns_of(node)))
    _check_limit("pattern", "characters in all", sum(map(len, patterns)), MAX_PATTERNS)
    _Sizes(schema, found).measure(schema, 0)
    if _hold(found, "unevaluatedProperties") and _hold(found, "patternProperties"):
        raise OverBudget("unevaluatedProperties: not supported beside patternProperties")
    for pattern in patterns:
        try:
            compiled(pattern)
        except BadPattern as error:
            raise OverBudget(f"pattern: {error}") from None


class _Sizes:
    """Sizes of subschemas with everything that their references lead to."""

    def __init__(self, root: dict[str, Any], found: list[dict[str, Any]]) -> None:
        self._root = root
        self._anchors: dict[str, Any] = {}
        for node in found:
            for key in ("$anchor", "$dynamicAnchor"):
                if isinstance(node.get(key), str):
                    self._anchors[f"#{node[key]}"] = node
            if isinstance(node.get("$id"), str):
                self._anchors[node["$id"]] = node
        self._known: dict[int, tuple[int, int, int]] = {}
        self._open: set[int] = set()

    def measure(self, node: Any, depth: int) -> tuple[int, int, int]:
        """Return the number of subschemas, the sum of the counts of items, and the height."""
        if not isinstance(node, dict) or id(node) in self._open:
            return 1, 0, 1
        if (known := self._known.get(id(node))) is not None:
            _check_limit("the JSON Schema", "levels", depth + known[2], MAX_DEPTH)
            return known
        _check_limit("the JSON Schema", "levels", depth + 1, MAX_DEPTH)
        self._open.add(id(node))
        nodes, height = 1, 1
        items = sum(_whole(node.get(key)) for key in ("minItems", "maxItems"))
        for inner in self._reached(node):
            more, counted, levels = self.measure(inner, depth + 1)
            nodes, items, height = nodes + more, items + counted, max(height, levels + 1)
        _check_limit("the JSON Schema", "subschemas, references followed", nodes, MAX_NODES)
        _check_limit("minItems and maxItems", "in all", items, MAX_ITEMS)
        self._open.discard(id(node))
        self._known[id(node)] = nodes, items, height
        return self._known[id(node)]

    def _reached(self, node: dict[str, Any]) -> Iterator[Any]:
        # A definition costs where it is referred to.
        yield from (inner for key, inner in children(node) if key not in DEFINITIONS)
        for key in ("$ref", "$dynamicRef"):
            if isinstance(reference := node.get(key), str):
                yield self._anchors.get(reference) or target_of(self._root, reference)


def _check_keywords(node: dict[str, Any]) -> None:
    for key, most in _COUNTS.items():
        _check_limit(key, "", _whole(node.get(key)), most)
    step = node.get("multipleOf")
    if isinstance(step, (int, float)) and step > MAX_MULTIPLE:
        raise OverBudget(f"multipleOf: {step:.9g}, at most {MAX_MULTIPLE} is allowed")
    for value in _values([node]):
        _check_limit("enum and const", "bytes in one value", _bytes(value), MAX_TEXT)
    for pattern in patterns_of(node):
        _check_limit("pattern", "characters", len(pattern), MAX_PATTERN)
    for key in ("properties", "required"):
        names = node.get(key)
        names = names if isinstance(names, (dict, list)) else ()
        longest = max((len(name) for name in names if isinstance(name, str)), default=0)
        _check_limit(key, "characters in a name", longest, MAX_NAME)


def _hold(nodes: list[dict[str, Any]], keyword: str) -> bool:
    return any(keyword in node for node in nodes)


def _values(nodes: list[dict[str, Any]]) -> Iterator[Any]:
    for node in nodes:
        if isinstance(listed := node.get("enum"), list):
            yield from listed
        if "const" in node:
            yield node["const"]


def _whole(value: Any) -> int:
    """Return a count as an integer; what is not a number is the meta-schema's to refuse."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    return int(min(value, 1e18))


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _check_limit(what: str, unit: str, size: int, most: int) -> None:
    if size > most:
        counted = f"{size} {unit}".rstrip()
        raise OverBudget(f"{what}: {counted}, at most {most} are allowed")
