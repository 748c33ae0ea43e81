"""The tables in a context: entries with names, and columns of their values.

Four shapes are tables: ``{"grafana": "up", "loki": "down"}``, ``{"T-1": {"seats": 4}, ...}``,
``[{"name": "Rex", "kg": 31}, ...]`` and ``{"seats": {"T-1": 4, ...}, "floor": {...}}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def columns_of(context: Mapping[str, Any]) -> list[Column]:
    """Return every column of every table in a context."""
    return list(_columns(context, ""))


def _columns(value: Any, path: str) -> Iterator[Column]:
    if isinstance(value, dict):
        yield from _of_object(value, path)
        for key, inner in value.items():
            yield from _columns(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield from _of_list(value, path)
        for place, inner in enumerate(value, 1):
            yield from _columns(inner, f"{path}.{place}" if path else str(place))


def _of_object(value: dict[str, Any], path: str) -> Iterator[Column]:
    table = path.rpartition(".")[2]
    plain = {key: one for key, one in value.items() if not isinstance(one, dict | list)}
    dot = f"{path}." if path else ""
    is_record = table.isdecimal() or any(words_of_name(key)[:1] in _NAMES for key in plain)
    if len(plain) == len(value) >= FEWEST and not is_record and path:
        yield Column(table, "", plain, {key: f"{dot}{key}" for key in plain})
    records = {key: one for key, one in value.items() if isinstance(one, dict) and one}
    yield from _of_records(table, records, {key: f"{dot}{key}" for key in records})


def _of_list(value: list[Any], path: str) -> Iterator[Column]:
    records = [one for one in value if isinstance(one, dict)]
    if len(records) != len(value):
        return
    key = naming_key(records)
    if key is None:
        return
    named = {str(one[key]): {k: v for k, v in one.items() if k != key} for one in records}
    if len(named) == len(records):
        paths = {str(one[key]): f"{path}.{place}" for place, one in enumerate(records, 1)}
        yield from _of_records(path.rpartition(".")[2], named, paths, key)


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


def _of_records(
    table: str, records: Mapping[str, dict[str, Any]], paths: Mapping[str, str], key: str = ""
) -> Iterator[Column]:
    if len(records) < FEWEST:
        return
    names: dict[str, dict[str, Any]] = {}
    for name, record in records.items():
        for field, value in record.items():
            if not isinstance(value, dict | list):
                names.setdefault(field, {})[name] = value
    for field, values in names.items():
        if len(values) == len(records):
            others = tuple(other for other in names if other != field)
            of_field = {name: f"{paths[name]}.{field}" for name in values}
            yield Column(table, field, values, of_field, others, key)
