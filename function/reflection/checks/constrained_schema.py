"""A JSON Schema made narrower, so that decoding cannot break what would be checked afterwards.

Whatever fits the narrower schema fits the one that was asked for.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from function.contract import InferenceRequest
from function.deadline import NO_DEADLINE, Deadline
from function.json_tree import at, is_number, leaves, name_of, texts
from function.reflection.checks.items import items_for
from function.reflection.checks.json_schema import Budget, schema_problem
from function.reflection.checks.numbers import quantities
from function.reflection.checks.phrases import phrases_of, phrases_of_text
from function.reflection.checks.stated_numbers import (
    is_counted,
    is_money,
    is_price,
    mentions,
    numbers_of_fields,
)
from function.reflection.checks.stated_readings import readings_of, statements_schema
from function.reflection.prompt.orders_to_model import overrules
from function.reflection.text.words import fold, leaning
from function.schemas.limits import MAX_SUBSCHEMAS, MAX_TEXT, MAX_VALUES
from function.schemas.subschemas import children, types_of

Schema = dict[str, Any]
_AN_OBJECT = {"type": "object"}
"""Of what may be null as well, where there is an item to name."""

MOST_VALUES = 400
"""Values over which a field is left as it was: a grammar of them would take seconds to build."""
MOST_TRIED = 4_000
"""The same for those that are looked at, by all fields within one :class:`Budget`."""
MOST_SEEN = 100_000
"""The same for all that are there, with those that are alike."""
MOST_BYTES = 2 * MAX_VALUES
"""Bytes of all the values; a field that exceeds them is left as it was."""


def narrowed(schema: Schema, request: InferenceRequest, deadline: Deadline = NO_DEADLINE) -> Schema:
    """Return the schema with the values of fields that have to be copied from the request.

    Fields of ``copied_fields`` take a text of the context, numbers under ``grounded_numbers`` one
    of its numbers or of the question's: what the context has under the same name, or else any
    phrase and any number.
    Fields of ``allowed_items`` take an item that may be offered; the fields beside them go with it.
    """
    try:
        narrow = _Narrower(request, deadline).narrow_all(schema)
    except TimeoutError:
        return schema
    return schema if _is_larger(narrow, 2 * MAX_SUBSCHEMAS) else narrow


class _Narrower:
    """Knows what a request says that could be copied."""

    def __init__(self, request: InferenceRequest, deadline: Deadline) -> None:
        wanted = request.checks
        self._copied = set(wanted.copied_fields)
        self._free = set(wanted.free_fields)
        self._grounded = wanted.grounded_numbers
        self._source = request.origin.source
        phrases = (
            (each for each in phrases_of_text(self._source) if not overrules(each))
            if self._source
            else _phrases(request.context, deadline)
        )
        self._phrases = _distinct(phrases) if self._copied else []
        self._numbers = _distinct(deadline.until(_numbers(request))) if self._grounded else []
        self._own_numbers: Mapping[str, list[Any]] = {}
        self._named: dict[str, list[Any]] = defaultdict(list)
        if self._copied or self._grounded:
            for path, value in deadline.until(leaves(request.context)):
                self._named[_plain(name_of(path))].append(value)
        self._stating = set(wanted.stated_readings)
        self._readings = readings_of(request.context, deadline) if self._stating else []
        self._portuguese = bool(self._stating) and leaning(request.question) == "pt"
        self._budget = Budget(deadline=deadline)
        self._room = MOST_BYTES
        self._items: list[Any] = []
        self._item_fields: set[str] = set()
        if wanted.allowed_items is not None:
            self._item_fields = set(wanted.allowed_items.fields)
            allowed = items_for(request, wanted.allowed_items, deadline).allowed
            listed = at(request.context, wanted.allowed_items.items)
            self._items = [
                item
                for each in listed
                for item in (each if isinstance(each, list) else [])
                if fold(_name_of(item)) in allowed
            ]

    def narrow_all(self, schema: Schema) -> Schema:
        """Return the schema of an answer; each number that a text states is for one field."""
        if self._source and self._grounded:
            numeric = [path for path in _numeric(schema, "") if path not in self._free]
            self._own_numbers = numbers_of_fields(numeric, self._source)
        return self.narrow(schema, "")

    def narrow(self, schema: Schema, path: str) -> Schema:
        """Return a schema whose fields have this path before them."""
        if path in self._copied and isinstance(schema.get("items"), dict):
            return {**schema, "items": self._limited(schema["items"], self._phrases)}
        if isinstance(schema.get("items"), dict):
            return {**schema, "items": self.narrow(schema["items"], path)}
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return schema
        fields = {
            name: self._field(name, inner, f"{path}.{name}" if path else name)
            for name, inner in properties.items()
        }
        return self._with_items({**schema, "properties": fields}, path)

    def _field(self, name: str, schema: Any, path: str) -> Any:
        if not isinstance(schema, dict):
            return schema
        if path in self._item_fields:
            return self._limited(schema, [_name_of(item) for item in self._items])
        if path in self._own_numbers:
            return self._taken(name, schema, self._own_numbers[path])
        kinds = set(types_of(schema))
        if path in self._stating and kinds == {"array"}:
            return statements_schema(schema, self._readings, portuguese=self._portuguese)
        if path in self._copied and "array" not in kinds:
            others = self._phrases
            if "number" in kinds:  # of any type
                others = self._scalars(name)
            return self._taken(name, schema, others)
        if self._grounded and {"number", "integer"} & kinds and path not in self._free:
            return self._taken(name, schema, self._numbers)
        return self.narrow(schema, path)

    def _scalars(self, name: str) -> list[Any]:
        """Return what a field of any type may take: prices where it is named so."""
        stated = mentions(self._source)
        priced = [value for mention in stated if mention.money for value in mention.values]
        if priced and is_money(name):
            return [*priced, *filter(is_price, self._phrases)]
        numbers = [value for each in stated if not each.article for value in each.values]
        return [*numbers, *self._phrases, True, False]

    def _taken(self, name: str, schema: Schema, others: list[Any]) -> Schema:
        """Return what the context has under this name, or else one of the other values."""
        of_same = self._limited(schema, self._named.get(_plain(name), []))
        return of_same if of_same is not schema else self._limited(schema, others)

    def _fits(self, item: Any, named: list[str], schema: Schema) -> bool:
        """Return whether an item's name is one that the schema leaves open."""
        fields = schema["properties"]
        return not any(schema_problem(_name_of(item), fields[name], self._budget) for name in named)

    def _with_items(self, schema: Schema, path: str) -> Schema:
        """Return an object that names an item has the other fields of that same item."""
        named = [name for name in schema["properties"] if f"{path}.{name}" in self._item_fields]
        whole = [
            item
            for item in self._items
            if isinstance(item, dict) and self._fits(item, named, schema)
        ]
        if not named or not whole or len(whole) > MOST_VALUES:
            return schema
        variants = []
        for item in whole:
            fields = {
                name: self._limited(
                    inner, [_name_of(item)] if name in named else _values_under(item, name)
                )
                for name, inner in schema["properties"].items()
            }
            variants.append({**schema, **_AN_OBJECT, "properties": fields})
        properties = schema["properties"]
        if all(not schema_problem(None, properties[name], self._budget) for name in named):
            nothing = {name: {"enum": [None]} for name in named}
            variants.append({**schema, **_AN_OBJECT, "properties": {**properties, **nothing}})
        return variants[0] if len(variants) == 1 else {"anyOf": variants}

    def _limited(self, schema: Schema, values: Iterable[Any]) -> Schema:
        """Return one of the values that the schema allows, or null where it allows that."""
        allowed: dict[str, Any] = {}
        tried: set[str] = set()
        size = 0
        for value in values:
            written = json.dumps(value, sort_keys=True)
            if written in tried or len(written) > MAX_TEXT:
                continue
            tried.add(written)
            if not schema_problem(value, schema, self._budget):
                allowed[written] = value
                size += len(written)
            if len(allowed) > MOST_VALUES or len(tried) > MOST_TRIED or not self._budget.left:
                return schema
        if not allowed or size > self._room:
            return schema
        self._room -= size
        if "null" in types_of(schema):
            allowed.setdefault("null", None)
        return {"enum": list(allowed.values())}


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Return the different values, or none where there are too many to choose from."""
    found: dict[Any, None] = {}
    for seen, value in enumerate(values):
        found[value] = None
        if len(found) > MOST_TRIED or seen > MOST_SEEN:
            return []
    return list(found)


def _is_larger(schema: Schema, most: int) -> bool:
    """Return whether a schema holds more subschemas, each counted where it stands."""
    waiting: list[Any] = [schema]
    seen = 0
    while waiting and seen <= most:
        node = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            waiting.extend(inner for _, inner in children(node))
    return seen > most


def _name_of(item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else item
    return name if isinstance(name, str) else ""


def _values_under(item: dict[str, Any], name: str) -> list[Any]:
    """Return what an item has for a field: under its name, or under names that begin with it.

    ``price`` is one of ``price_bottle`` and ``priceGlass`` where the item has no ``price``.
    """
    if same := [value for key, value in item.items() if _plain(key) == _plain(name)]:
        # A year may be a number in the list and a text in the answer.
        return [*same, *(str(value) for value in same if is_number(value))]
    longer = re.compile(rf"{re.escape(name)}(?:[_-]|(?=[A-Z]))")
    return [value for key, value in item.items() if longer.match(key)]


def _phrases(context: dict[str, Any], deadline: Deadline) -> Iterator[str]:
    """Yield every line of the context's texts, and every phrase of a few words within a line.

    A line that would overrule what was asked for gives none. Lines are not joined: the name on the
    first line of a screen is none with all the others behind it.
    """
    lines = [
        line
        for text in deadline.until(texts(context))
        for line in text.splitlines()
        if not overrules(line)
    ]
    yield from (whole for line in lines if (whole := " ".join(line.split())) and "://" not in whole)
    for line in lines:
        yield from phrases_of(line)


def _numbers(request: InferenceRequest) -> Iterator[int | float]:
    """Yield the numbers of the context, then those in its texts and in the question."""
    said = [request.question]
    for _, value in leaves(request.context):
        if isinstance(value, str):
            said.append(value)
        elif is_number(value):
            yield value
    for text in said:
        for quantity in quantities(text):
            for number in quantity.values:
                yield int(number) if number.is_integer() else number


def _numeric(schema: Schema, above: str) -> Iterator[str]:
    """Yield the paths of fields that hold a number, by their type or else by their name."""
    properties = schema.get("properties")
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        path = f"{above}.{name}" if above else name
        kinds = set(types_of(inner)) if isinstance(inner, dict) else set()
        if kinds & {"number", "integer"} and ("string" not in kinds or is_counted(name)):
            yield path
        elif "object" in kinds:
            yield from _numeric(inner, path)


def _plain(name: str) -> str:
    """``tableId``, ``table_id`` and ``Table-ID`` are one name."""
    return "".join(char for char in fold(name) if char.isalnum())
