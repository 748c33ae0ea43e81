"""A JSON Schema as a grammar for llama.cpp: as much of it as the engine can enforce.

What the engine does not take would switch the whole schema off, so it is left to the validation
that follows every answer, and named in the reply: keywords that LLGuidance does not implement,
patterns with look-around, bounds beyond its numbers, and what would take it too long to compile.
"""

from __future__ import annotations

import json
import math
import operator
import re
import threading
import time
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from itertools import accumulate, islice
from typing import Any, NamedTuple

from function.backends.local.llguidance import LlGuidance, Verdict
from function.backends.lru_cache import Memory
from function.schemas.subschemas import Schema, patterns_of, rewritten, subschemas

KEPT = 256
MOST_SECONDS = 0.5
"""Processor time that a grammar may take to compile: no answer of the engine grows meanwhile."""
MOST_SECONDS_IN_ALL = 1.0
"""The same for all attempts to find what does compile."""
MOST_COMBINED_PATTERNS = 6
"""Patterns that one text may have to match. Whether any text can is found out at compile time:
0.01 s for 12 of them, 0.3 s for 16, more than 8 s for 20."""
MOST_MULTIPLE = 10_000
MOST_MULTIPLES = 50_000
"""States of the automaton that ``multipleOf`` becomes: 0.3 s for five of 10,000, 2.5 for 50."""
MOST_ALTERNATIVES = 300
"""Combinations of the branches under an ``allOf``; each is compiled: 0.2 s for 1,000."""
MOST_OPTIONAL = 400
"""Fields of an object that may be left out. The parser looks at all that may come next, four rules
for each; over 2,000 the engine gives the grammar up in the middle of an answer."""
MOST_NOTES = 20
LONGEST_NAME = 60
LENGTHS = {"email": 254, "idn-email": 254, "hostname": 253, "idn-hostname": 253}
"""Of formats whose grammar has no end (RFC 5321, RFC 1035), which small models do not find."""

_LAYOUT = {
    "whitespace_flexible": False,  # a small model likes to fill its whole budget with line breaks
    "item_separator": ", ",
    "key_separator": ": ",
    "lenient": True,
    "coerce_one_of": True,
}
_HARMLESS = frozenset(
    ("$ref", "$defs", "definitions", "$schema", "$id", "$anchor", "$comment", "title", "type")
    + ("description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly")
)
"""Keywords that add no pattern and no multiple to what a reference or a branch brings."""
_LOCAL: tuple[tuple[str, ...], ...] = (
    *(("$id",), ("maxLength",), ("format",), ("pattern",), ("minLength",), ("multipleOf",)),
    *(("maximum", "exclusiveMaximum"), ("minimum", "exclusiveMinimum")),
    *(("patternProperties",), ("minProperties", "maxProperties"), ("minItems", "maxItems")),
    *(("required",), ("additionalProperties",), ("enum",), ("const",), ("$ref",)),
)
"""What is left out of a subschema that does not compile: one that helps, else the first few."""
_COUNTS = frozenset(
    ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
)
"""Numbers that JSON Schema lets be written as 5.0, and the engine does not."""
_COMBINING = (("allOf",), ("oneOf", "anyOf"), ("$ref",))
"""What is left out everywhere where subschemas compile by themselves and not together."""
_OPEN: dict[str, Any] = {
    **dict.fromkeys(("items", "additionalProperties", "contains", "propertyNames"), True),
    **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), True),
}
_SKIPPED = frozenset(("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"))


class Grammar(NamedTuple):
    """What decoding is constrained by, None for nothing, and the keywords that it leaves out."""

    text: str | None
    notes: tuple[str, ...]


class GrammarCompiler:
    """Compiles schemas before the engine does. Safe for many threads.

    One at a time, because compiling may take 200 MB; and each schema once, because agents send
    the same one with every request.
    """

    def __init__(self, engine: LlGuidance | None) -> None:
        self._engine = engine
        self._known: Memory[str, Grammar] = Memory(KEPT)
        self._lock = threading.Lock()

    def compile(self, schema: Schema) -> Grammar:
        """Return the grammar of as much of the schema as the engine can enforce."""
        key = json.dumps(schema)
        if (known := self._known.get(key)) is not None:
            return known
        with self._lock:
            grammar = _Attempt(schema, self._engine).grammar()
        self._known.put(key, grammar)
        return grammar


class _Attempt:
    """One schema on its way to a grammar that compiles."""

    def __init__(self, schema: Schema, engine: LlGuidance | None) -> None:
        self._schema = schema
        self._engine = engine
        self._dropped: set[str] = set()
        self._verdicts: dict[str, Verdict] = {}
        self._end = time.thread_time() + MOST_SECONDS_IN_ALL

    def grammar(self) -> Grammar:
        reduced = self._affordable(self._schema)
        verdict = self._judge(reduced)
        if verdict.error:
            reduced = rewritten(reduced, self._compiling)
            verdict = self._judge(reduced)
        for keywords in _COMBINING:
            if verdict.error:
                reduced = rewritten(reduced, partial(self._without, keywords=keywords))
                verdict = self._judge(reduced)
        if verdict.error:
            return Grammar(None, ("schema: checked after decoding, not enforced by it",))
        notes = islice(self._notes(verdict.warnings), MOST_NOTES)
        return Grammar(_written(reduced), tuple(notes))

    def _affordable(self, schema: Schema) -> Schema:
        """Leave out what is known to take too long, before anything compiles it."""
        combined = subschemas(_combining(schema), schema)
        together = {id(node) for node in combined}
        patterns = {pattern for node in combined for pattern in patterns_of(node)}
        multiples = {node["multipleOf"] for node in combined if "multipleOf" in node}
        dear: set[str] = set()
        if len(patterns) > MOST_COMBINED_PATTERNS:
            dear |= {"pattern", "patternProperties"}
        if len(multiples) > 1:
            dear.add("multipleOf")
        if sum(map(_alternatives, combined)) > MOST_ALTERNATIVES:
            dear.add("allOf")
        room = MOST_MULTIPLES

        def change(node: Schema) -> Schema:
            nonlocal room
            if id(node) in together and dear & set(node):
                node = self._without(node, dear)
            if "multipleOf" in node:
                steps = _steps(node["multipleOf"])
                room -= steps
                if steps > MOST_MULTIPLE or room < 0:
                    node = self._without(node, ("multipleOf",))
            if node.get("uniqueItems") is False:
                node = {key: value for key, value in node.items() if key != "uniqueItems"}
            if any(isinstance(node.get(key), float) for key in _COUNTS):
                node = {key: int(value) if key in _COUNTS else value for key, value in node.items()}
            optional = set(node.get("properties", ())) - set(node.get("required", ()))
            if len(optional) > MOST_OPTIONAL:
                node = self._without(node, ("properties", "required", "additionalProperties"))
            if (length := LENGTHS.get(str(node.get("format")))) is not None:
                node = {"maxLength": length, **node}
            return node

        changed: Schema = rewritten(schema, change)
        # The engine refuses dialects that it does not know; answers are checked by the newest one.
        return {key: value for key, value in changed.items() if key != "$schema"}

    def _compiling(self, node: Schema) -> Schema:
        """Return the subschema without those keywords that keep it from compiling by itself."""
        suspects = [keywords for keywords in _LOCAL if set(keywords) & set(node)]
        for keywords in ((), *suspects, *accumulate(suspects, operator.add)):
            left = {key: value for key, value in node.items() if key not in keywords}
            if not self._judge(_alone(left)).error:
                return self._without(node, keywords)
        self._dropped |= set(node) - _HARMLESS
        return {}

    def _judge(self, schema: Schema) -> Verdict:
        if self._engine is None:
            return Verdict("", "", 0.0)
        text = _written(schema)
        if (known := self._verdicts.get(text)) is None:
            if time.thread_time() > self._end:
                return Verdict("out of time", "", 0.0)
            known = self._engine.judge(text)
            if known.seconds > MOST_SECONDS:
                known = known._replace(error="too slow")
            self._verdicts[text] = known
        return known

    def _without(self, node: Schema, keywords: Iterable[str]) -> Schema:
        left_out = set(keywords) & set(node)
        self._dropped |= left_out
        return {key: value for key, value in node.items() if key not in left_out}

    def _notes(self, warnings: str) -> Iterator[str]:
        for line in warnings.splitlines():
            if "Unimplemented keys" in line:
                self._dropped |= set(re.findall(r'"([^"]+)"', line))
            elif "oneOf" in line:
                self._dropped.add("oneOf")
            elif "Properties only" in line:
                self._dropped |= {"minProperties", "maxProperties"}
        held = {key for node in subschemas([self._schema], self._schema) for key in node}
        for keyword in sorted((self._dropped & held) - {"format", "$id"}):
            yield f"{keyword}: checked after decoding, not enforced by it"
        formats = set(re.findall(r"Unknown format: (\S+)", warnings))
        if "format" in self._dropped:
            formats.add("of some fields")
        for name in sorted(formats):
            yield f"format {name[:LONGEST_NAME]}: neither enforced nor checked"


def _written(schema: Schema) -> str:
    return "%llguidance {}\nstart: %json " + json.dumps({**schema, "x-guidance": _LAYOUT})


def _alone(node: Schema) -> Schema:
    """Return a subschema with everything inside it left open, and with no combination of others."""
    alone = {key: value for key, value in node.items() if key not in _SKIPPED}
    for key in ("properties", "patternProperties"):
        if isinstance(alone.get(key), dict):
            alone[key] = dict.fromkeys(alone[key], True)
    if isinstance(alone.get("prefixItems"), list):
        alone["prefixItems"] = [True] * len(alone["prefixItems"])
    for key, value in _OPEN.items():
        if isinstance(alone.get(key), dict):
            alone[key] = value
    if str(alone.get("$ref", "")).startswith("#"):
        del alone["$ref"]
    return alone


def _combining(schema: Schema) -> list[Schema]:
    """Return the subschemas that apply several others to one value."""
    return [
        node
        for node in subschemas([schema], schema)
        if len(node.get("allOf", ())) > 1
        or ({"$ref", "allOf", "anyOf", "oneOf"} & set(node) and len(set(node) - _HARMLESS) > 1)
        or ("$ref" in node and set(node) - _HARMLESS)
    ]


def _alternatives(node: Schema) -> int:
    """Return how many combinations of branches an ``allOf`` has."""
    branches = [node, *(each for each in node.get("allOf", ()) if isinstance(each, dict))]
    counts = [max(len(each.get(key, ())), 1) for each in branches for key in ("anyOf", "oneOf")]
    return math.prod(counts) if "allOf" in node else 0


def _steps(multiple: float) -> int:
    """Return the multiple as a whole number of its last decimal place: 25 for 0.25."""
    number = Decimal(str(multiple))
    exponent = number.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return MOST_MULTIPLE + 1 if places > 9 else int(number.scaleb(places))
