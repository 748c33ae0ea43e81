"""The tables in a context: entries with names, and columns of their values.

Four shapes are tables: ``{"grafana": "up", "loki": "down"}``, ``{"T-1": {"seats": 4}, ...}``,
``[{"name": "Rex", "kg": 31}, ...]`` and ``{"seats": {"T-1": 4, ...}, "floor": {...}}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from function.reflection.checks.facts.vocabulary import words_of_name

FEWEST = 2
"""Entries of a table."""
NAMING = (
    *("name", "nome", "title", "titulo", "id", "code", "codigo", "ref", "label", "rotulo"),
    *("identifier", "identificador", "key", "no", "number", "numero", "service", "servico"),
)
"""Fields whose value names the object that they are in, the best first."""
_NAMES = {(name,) for name in NAMING}


class Column(NamedTuple):
    """One column of a table: the values of its entries by their names.

    ``name`` is empty where the entries have nothing but a value. ``paths`` are those of the facts.
    """

    table: str
    name: str
    values: Mapping[str, Any]
    paths: Mapping[str, str]
    others: tuple[str, ...] = ()
    """Names of the other columns of the table."""
    key: str = ""
    """Field of the records of a list that has the names of the entries."""


class Table(NamedTuple):
    """Records of a context by their names: those of an object, or of a list."""

    name: str
    records: Mapping[str, dict[str, Any]]
    paths: Mapping[str, str]
    key: str | None = ""
    """Field of the records of a list that names them, None where none does and their places do."""


def tables_of(context: Mapping[str, Any]) -> Iterator[Table]:
    """Yield each object and list of several records."""
    return (table for path, value in _paths(context, "") for table in _of_records(path, value))


def columns_of(context: Mapping[str, Any]) -> list[Column]:
    """Return every column of every table in a context."""
    return [column for path, value in _paths(context, "") for column in _columns(path, value)]


def _paths(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield a value and those in it, the outer ones first, with paths such as those of facts."""
    yield path, value
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value, 1)
    for key, each in inner:
        yield from _paths(each, f"{path}.{key}" if path else str(key))


def _of_records(path: str, value: Any) -> Iterator[Table]:
    name, dot = path.rpartition(".")[2], f"{path}." if path else ""
    if isinstance(value, dict):
        records = {str(key): one for key, one in value.items() if isinstance(one, dict)}
        if len(records) >= FEWEST:
            yield Table(name, records, {key: f"{dot}{key}" for key in records})
        return
    if not isinstance(value, list) or len(value) < FEWEST:
        return
    if all(isinstance(one, dict) for one in value):
        key = naming_key(value)
        names = [str(place if key is None else one[key]) for place, one in enumerate(value, 1)]
        paths = {name: f"{dot}{place}" for place, name in enumerate(names, 1)}
        yield Table(name, dict(zip(names, value, strict=True)), paths, key)


def _columns(path: str, value: Any) -> Iterator[Column]:
    if isinstance(value, dict) and path:
        name = path.rpartition(".")[2]
        plain = {key: one for key, one in value.items() if not isinstance(one, dict | list)}
        is_record = name.isdecimal() or names_itself(plain)
        if len(plain) == len(value) >= FEWEST and not is_record:
            yield Column(name, "", plain, {key: f"{path}.{key}" for key in plain})
    for table in _of_records(path, value):
        if table.key is not None:
            yield from _of_table(table)


def names_itself(record: Iterable[str]) -> bool:
    """Return whether one of the fields of an object is called as those that name one."""
    return any(words_of_name(field)[:1] in _NAMES for field in record)


def naming_key(records: list[dict[str, Any]]) -> str | None:
    """Return the field that names the records of a list, None where none does."""
    if not records:
        return None
    shared = [key for key in records[0] if all(_names(one.get(key)) for one in records)]
    ranked = [key for name in NAMING for key in shared if words_of_name(key) == (name,)]
    texts = [key for key in shared if all(isinstance(one[key], str) for one in records)]
    for key in (*ranked, *texts[:1]):
        if len({str(one[key]) for one in records}) == len(records):
            return key
    return None


def _names(value: Any) -> bool:
    is_text = isinstance(value, str) and 0 < len(value) <= 48
    return is_text or (isinstance(value, int) and not isinstance(value, bool))


def _of_table(table: Table) -> Iterator[Column]:
    records = {name: record for name, record in table.records.items() if record}
    if len(records) < FEWEST:
        return
    fields: dict[str, dict[str, Any]] = {}
    for name, record in records.items():
        for field, value in record.items():
            if field != table.key and not isinstance(value, dict | list):
                fields.setdefault(field, {})[name] = value
    for field, values in fields.items():
        if len(values) == len(records):
            others = tuple(other for other in fields if other != field)
            of_field = {name: f"{table.paths[name]}.{field}" for name in values}
            yield Column(table.name, field, values, of_field, others, table.key or "")
