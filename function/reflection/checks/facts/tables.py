"""The tables in a context: records with fields, and the columns of their values.

Lists of objects, objects of objects, and objects of values of one kind are tables. *Which room has
most seats?* compares the column ``seats`` of ``{"rooms": [{"room": "Elm", "seats": 40}, ...]}``:
the room Elm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from function.json_tree import JsonPath, name_of, walk
from function.reflection.checks.facts.amounts import amounts_of
from function.reflection.checks.facts.vocabulary import words_of_name
from function.reflection.text.words import fold

FEWEST = 2
"""Entries of a table."""
MOST = 60
"""Records of a table that is read."""
LONGEST_NAME = 48
NAMING = (
    *("name", "nome", "title", "titulo", "id", "code", "codigo", "ref", "label", "rotulo"),
    *("identifier", "identificador", "key", "no", "number", "numero", "service", "servico"),
)
"""Fields whose value names the object that they are in, the best first."""
_NAMES = {(name,) for name in NAMING}


class Condition(NamedTuple):
    """What a question says of one field; ``words`` of it say so."""

    field: str
    holds: Callable[[Any], bool]
    words: frozenset[str]
    names: bool = False
    """Whether a value of the field is said, which may identify a record."""


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

    def meeting(self, conditions: Sequence[Condition]) -> list[dict[str, Any]]:
        """Return the records for which all of some conditions hold."""
        return [one for one in self.records if all(c.holds(one.get(c.field)) for c in conditions)]


class Column(NamedTuple):
    """One column of a table: the values of its entries by their names.

    ``name`` is empty where the entries have nothing but a value.
    """

    table: str
    name: str
    values: Mapping[str, Any]


def record_tables_of(context: Mapping[str, Any]) -> list[RecordTable]:
    """Return the tables of a context; each record has the fields of those that it names as well,
    so that a service has the person on call of its team."""
    read = {path: table for path, value in walk(context) if (table := _table(path, value))}
    if _are_records(context):  # {"Hall light": {"state": "off"}, "Heater": {"state": "on"}}
        read = {path: table for path, table in read.items() if len(path) > 1}
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


def named_records_of(context: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Yield each object and list of several records, as they are, by its name and by theirs."""
    for path, value in walk(context):
        _, records = _named_records(value)
        if records:
            yield _last(path), records


def columns_of(context: Mapping[str, Any]) -> list[Column]:
    """Return every column of every table in a context whose records have names."""
    found: list[Column] = []
    for path, value in walk(context):
        if path and _are_values(value) and not _last(path).isdecimal():
            found.append(Column(_last(path), "", value))
        key, records = _named_records(value)
        records = {name: record for name, record in records.items() if record}
        if key is None or len(records) < FEWEST:
            continue
        for field in dict.fromkeys(field for record in records.values() for field in record):
            values = {name: one[field] for name, one in records.items() if field in one}
            plain = {name: one for name, one in values.items() if not _is_inner(one)}
            if field != key and len(plain) == len(records):
                found.append(Column(_last(path), field, plain))
    return found


def naming_key(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the field that names the records of a list, None where none does."""
    if not records:
        return None
    shared = [key for key in records[0] if all(_can_name(one.get(key)) for one in records)]
    ranked = [key for name in NAMING for key in shared if words_of_name(key) == (name,)]
    texts = [key for key in shared if all(isinstance(one[key], str) for one in records)]
    for key in (*ranked, *texts[:1]):
        if len({str(one[key]) for one in records}) == len(records):
            return key
    return None


def _can_name(value: Any) -> bool:
    is_text = isinstance(value, str) and 0 < len(value) <= LONGEST_NAME
    return is_text or (isinstance(value, int) and not isinstance(value, bool))


def _named_records(value: Any) -> tuple[str | None, dict[str, dict[str, Any]]]:
    """Return several records by their names, or else by their places, with the field that names
    them, which is empty for those of an object."""
    key: str | None = ""
    if isinstance(value, dict):
        records = {str(key): one for key, one in value.items() if isinstance(one, dict)}
    elif isinstance(value, list) and all(isinstance(one, dict) for one in value):
        key = naming_key(value)
        names = (place if key is None else one[key] for place, one in enumerate(value, 1))
        records = dict(zip(map(str, names), value, strict=True))
    else:
        return "", {}
    return key, records if len(records) >= FEWEST else {}


def _last(path: JsonPath) -> str:
    return str(path[-1]) if path else ""


def _is_inner(value: Any) -> bool:
    return isinstance(value, dict | list)


def _are_values(value: Any) -> bool:
    """Return whether an object has several values and is no record, which names itself."""
    if not isinstance(value, dict) or len(value) < FEWEST:
        return False
    names_itself = any(words_of_name(field)[:1] in _NAMES for field in value)
    return not names_itself and not any(map(_is_inner, value.values()))


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
    in_list = any(isinstance(part, int) for part in path)
    if in_list or not _are_values(value) or not _are_alike(list(value.values()), name):
        return None
    return RecordTable(name, "", [{"": key, name: one} for key, one in value.items()], places)


def _are_records(context: Mapping[str, Any]) -> bool:
    """Return whether a context is of several objects with the same fields of text, and not of
    columns of amounts."""
    values = list(context.values())
    if len(values) < FEWEST or not all(isinstance(one, dict) and one for one in values):
        return False
    is_same = all(one.keys() == values[0].keys() for one in values)
    return is_same and not any(amounts_of(list(one.values()), "") for one in values)


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
    record: Mapping[str, Any], key: str | None, named: list[tuple[str, dict[str, dict[str, Any]]]]
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
