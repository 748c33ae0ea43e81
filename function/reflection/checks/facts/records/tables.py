"""Records of a context as tables, each joined with the records of other tables that it names.

Lists of objects, objects of objects, and objects of values of one kind are tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from function.json_tree import JsonPath, name_of, walk
from function.reflection.checks.facts.amounts import amounts_of
from function.reflection.checks.facts.tables import FEWEST, names_itself, naming_key
from function.reflection.text.words import fold

MOST = 60
"""Records of a table that is read."""


class RecordTable(NamedTuple):
    """Records with one set of fields; ``key`` is the field that names them, if one does.

    The key of an object's entries is empty, as is a field that has no name of its own.
    """

    name: str
    key: str | None
    records: list[dict[str, Any]]
    paths: list[str]
    """Dotted paths of the records."""

    @property
    def fields(self) -> list[str]:
        """Every field that a record has, in their order."""
        return list(dict.fromkeys(field for record in self.records for field in record))

    def values(self, field: str) -> list[Any]:
        """Return the value of a field in each record, None where it has none."""
        return [record.get(field) for record in self.records]


def record_tables_of(context: Mapping[str, Any]) -> list[RecordTable]:
    """Return the tables of a context; each record has the fields of those that it names as well,
    so that a service has the person on call of its team."""
    read = {path: table for path, value in walk(context) if (table := _table(path, value))}
    found = [
        table
        for path, table in read.items()
        # A record of a table is none itself, but for one of amounts: {"level": {"T1": 5, ...}}.
        if path[:-1] not in read or amounts_of(table.values(table.fields[-1]), table.name)
    ]
    named = [
        (table.key, {fold(str(one[table.key])): one for one in table.records})
        for table in found
        if table.key is not None and all(table.key in one for one in table.records)
    ]
    return [
        table._replace(records=[_joined(one, table.key, named) for one in table.records])
        for table in found
    ]


def _table(path: JsonPath, value: Any) -> RecordTable | None:
    name = name_of(path)
    dotted = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
    if isinstance(value, list) and FEWEST <= len(value) <= MOST:
        if not all(isinstance(one, dict) and one for one in value):
            return None
        places = [f"{dotted}.{place}" for place in range(1, len(value) + 1)]
        return RecordTable(name, naming_key(value), [_flat(one) for one in value], places)
    if not isinstance(value, dict) or not name or not FEWEST <= len(value) <= MOST:
        return None
    places = [f"{dotted}.{key}" for key in value]
    if all(isinstance(one, dict) and one for one in value.values()):
        return RecordTable(
            name, "", [{"": key, **_flat(one)} for key, one in value.items()], places
        )
    values = list(value.values())
    if (
        any(isinstance(part, int) for part in path)
        or any(isinstance(one, dict | list) for one in values)
        or not _are_alike(values, name)
    ):
        return None
    if names_itself(value):
        return None  # a record
    return RecordTable(name, "", [{"": key, name: one} for key, one in value.items()], places)


def _are_alike(values: list[Any], name: str) -> bool:
    """Return whether values are of one kind, as those of one column are."""
    if len({type(one) for one in values}) == 1 and not isinstance(values[0], str | int | float):
        return True
    texts = [one for one in values if isinstance(one, str)]
    plain = [one for one in texts if not any(map(str.isdigit, one))]
    return len(plain) == len(values) or amounts_of(values, name) is not None


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the fields of the objects in it as its own."""
    inner = [one for one in record.values() if isinstance(one, dict)]
    found = {key: one for key, one in record.items() if not isinstance(one, dict)}
    return {**{key: value for one in inner for key, value in one.items()}, **found}


def _joined(
    record: Mapping[str, Any],
    key: str | None,
    named: list[tuple[str, dict[str, dict[str, Any]]]],
) -> dict[str, Any]:
    """Return a record with the fields of the records of other tables that its values name."""
    joined = dict(record)
    waiting = [value for field, value in record.items() if field != key]
    for value in waiting:
        if not isinstance(value, str):
            continue
        for other_key, records in named:
            other = records.get(fold(value), {})
            for field, inner in other.items():
                if field != other_key and field not in joined:
                    joined[field] = inner
                    waiting.append(inner)
    return joined
