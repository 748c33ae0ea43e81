"""Records of a domain, and the many ways in which requests hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from lab.tuning.case import Language
from lab.tuning.draw import Draw
from lab.tuning.phrases import words_of
from lab.tuning.pools import pool
from lab.tuning.values import Spec, Value, named, spec_of, suffix, values

MOST_CELLS = 14
"""Values of all records of a request together: prompts are to stay short."""
FEWEST_FIELDS = 2
"""Fields of a record: one may be left out, and another has to stay."""


@dataclass(frozen=True)
class Attribute:
    """A field of records: its keys and its phrase in English and Portuguese, and its values."""

    keys: tuple[str, str]
    phrases: tuple[str, str]
    spec: Spec


@dataclass(frozen=True)
class Domain:
    """A kind of records."""

    kinds: dict[Language, tuple[str, str]]
    subject: str
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True)
class Column:
    """A field with its value of each record."""

    attribute: Attribute
    key: str
    values: dict[str, Value]


@dataclass(frozen=True)
class Table:
    """Records: their names in order, and columns of values."""

    domain: Domain
    language: Language
    subject: Spec
    names: tuple[str, ...]
    columns: tuple[Column, ...]

    def words(self, name: str, column: Column) -> dict[str, str]:
        """Return the words for a question about one value."""
        domain, place = self.domain, self.language == "pt"
        kind = domain.kinds[self.language]
        what = column.attribute.phrases[place]
        return words_of(self.language, kind, domain.subject.split()[0], name, what)

    def row(self, name: str) -> dict[str, Any]:
        """Return a record as data hold it."""
        return {column.key: column.values[name].raw for column in self.columns}

    def without(self, column: Column) -> Table:
        """Return the records without one of their fields."""
        left = tuple(other for other in self.columns if other.key != column.key)
        return Table(self.domain, self.language, self.subject, self.names, left)

    def everything(self) -> list[str]:
        """Return all names and texts of values."""
        found = list(self.names)
        for column in self.columns:
            found += [value.text for value in column.values.values()]
        return found


@cache
def domains() -> tuple[Domain, ...]:
    """Return all kinds of records."""
    return tuple(_domain(entry) for entry in pool("domains"))


def table(draw: Draw, language: Language, least: int, most: int, needs: str = "") -> Table:
    """Return records of a random domain.

    :param least: records at least, and ``most`` at most.
    :param needs: ``comparable``, ``pick`` or ``int``: a field of this sort comes first.
    """
    domain = draw.one(domains())
    while needs and not any(_fits(item, needs) for item in domain.attributes):
        domain = draw.one(domains())
    names: list[str] = []
    count = draw.integer(least, most)
    subject = _variant(draw, spec_of(domain.subject))
    while len(names) < count:
        name = named(draw, subject, language)
        if name not in names:
            names.append(name)
    fields = draw.shuffled(domain.attributes)
    fields.sort(key=lambda item: not _fits(item, needs) if needs else 0)
    fields = fields[: max(min(draw.integer(2, 6), MOST_CELLS // count), FEWEST_FIELDS)]
    columns = tuple(_columns(draw, language, fields, names))
    return Table(domain, language, subject, tuple(names), columns)


def placed(draw: Draw, records: Table) -> tuple[dict[str, Any], str]:
    """Return records as a context, or as a text for the prompt; the other one is empty."""
    form = draw.integer(0, 9)
    if form >= 7:
        lines = _text(draw, records)
        if form == 9:
            key = draw.any_of(("text", "notes", "table", "content", "document", "raw", "lista"))
            return {key: "\n".join(lines)}, ""
        header = draw.one(pool("words")["headers"][records.language])
        return {}, "\n".join([header, *lines])
    return _beside(draw, _nested(draw, records, form)), ""


def _nested(draw: Draw, records: Table, form: int) -> dict[str, Any]:
    rows = {name: records.row(name) for name in records.names}
    words = pool("words")
    group = _key(draw, _group(draw, records))
    match form:
        case 0 | 1:
            return {group: rows}
        case 2 | 3:
            key = draw.one(words["id_keys"][records.language])
            key = f"{key}_id" if key in next(iter(rows.values())) else key
            listing = [{key: name, **row} for name, row in rows.items()]
            if len(listing) == 1:
                return listing[0] if draw.chance(0.5) else {group: listing[0]}
            return {group: listing}
        case 4:
            return rows
        case 5:
            inner: dict[str, Any] = {group: rows}
            for key in reversed(draw.one(words["wrappers"])):
                inner = {key: inner}
            return inner
        case _:
            return {
                column.key: {name: value.raw for name, value in column.values.items()}
                for column in records.columns
            }


def _text(draw: Draw, records: Table) -> list[str]:
    keys = [column.key for column in records.columns]
    form = draw.integer(0, 4)
    if form == 0:
        first = draw.one(pool("words")["id_keys"][records.language])
        head = [f"| {' | '.join([first, *keys])} |", f"|{'---|' * (len(keys) + 1)}"]
        return [*head, *(f"| {' | '.join([n, *_raws(records, n)])} |" for n in records.names)]
    if form == 1:
        first = draw.one(pool("words")["id_keys"][records.language])
        mark = draw.any_of((";", " | ", "\t"))
        return [mark.join([first, *keys]),
                *(mark.join([n, *_raws(records, n)]) for n in records.names)]  # fmt: skip
    if form == 2:
        equals, comma = draw.any_of((("=", " "), (": ", ", "), ("=", ", "), (" = ", "; ")))
        dash = draw.any_of(("", "- ", "* "))
        return [f"{dash}{n}: " + comma.join(f"{key}{equals}{raw}" for key, raw in
                zip(keys, _raws(records, n), strict=True)) for n in records.names]  # fmt: skip
    return [_sentence(draw, records, name) for name in records.names]


def _sentence(draw: Draw, records: Table, name: str) -> str:
    lead, joint = draw.any_of(_SENTENCES[records.language])
    parts = []
    for column in records.columns:
        words = records.words(name, column)
        parts.append(joint.format(**words, value=column.values[name].text))
    first = records.words(name, records.columns[0])
    text = lead.format(**first) + ", ".join(parts) + "."
    return text[:1].upper() + text[1:] if not text.startswith(name) else text


_SENTENCES = {
    "en": (("{rec}: ", "{what} {value}"), ("{rec} has ", "{value} as its {what}"),
           ("for {rec}, ", "the {what} is {value}"), ("{rec} – ", "{what}: {value}")),
    "pt": (("{o_rec}: ", "{what} {value}"), ("{o_rec} tem ", "{value} como {what}"),
           ("para {o_rec}, ", "{o_what} é {value}"), ("{o_rec} – ", "{what}: {value}")),
}  # fmt: skip


def _raws(records: Table, name: str) -> list[str]:
    return [str(column.values[name].raw) for column in records.columns]


def _beside(draw: Draw, context: dict[str, Any]) -> dict[str, Any]:
    if not draw.chance(0.25):
        return context
    extra = pool("words")["beside"]
    more = {key: draw.any_of(extra[key]) for key in draw.some(list(extra), 1, 2)}
    more = {key: value for key, value in more.items() if key not in context}
    return {**more, **context} if draw.chance(0.5) else {**context, **more}


def _columns(
    draw: Draw, language: Language, fields: list[Attribute], names: list[str]
) -> list[Column]:
    portuguese_keys = language == "pt" and draw.chance(0.6)
    style = draw.any_of(("snake", "snake", "camel", "kebab", "words", "title"))
    found = []
    for item in fields:
        key, unit = item.keys[portuguese_keys], item.spec.unit(language)
        keyed = bool(unit) and draw.chance(0.3)
        if keyed:
            key = f"{key}_{suffix(unit)}"
        drawn = values(draw, item.spec, language, len(names), keyed)
        found.append(Column(item, spelled(key, style), dict(zip(names, drawn, strict=True))))
    return found


def spelled(key: str, style: str) -> str:
    """Return a key of words joined by ``_`` in another spelling."""
    parts = key.split("_")
    match style:
        case "camel":
            return parts[0] + "".join(part.capitalize() for part in parts[1:])
        case "kebab":
            return "-".join(parts)
        case "words":
            return " ".join(parts)
        case "title":
            return " ".join([parts[0].capitalize(), *parts[1:]])
    return key


def _key(draw: Draw, text: str) -> str:
    return spelled("_".join(re.split(r"\W+", text.lower())), draw.any_of(("snake", "camel")))


def _group(draw: Draw, records: Table) -> str:
    if records.language == "pt" and draw.chance(0.6):
        return records.domain.kinds["pt"][1].partition(" ")[2]
    kinds = records.domain.kinds["en"][1]
    return draw.any_of((kinds, kinds, kinds.split()[-1], f"{kinds.split()[-1]} list", "items"))


def _domain(entry: dict[str, Any]) -> Domain:
    english, portuguese = (_pair(part) for part in entry["kind"].split("|"))
    fields = tuple(_attribute(line) for line in entry["fields"])
    return Domain({"en": english, "pt": portuguese}, entry["subject"], fields)


def _attribute(line: str) -> Attribute:
    key, chave, english, portuguese, spec = (part.strip() for part in line.split("|"))
    return Attribute((key, chave), (english, portuguese), spec_of(spec))


def _pair(text: str) -> tuple[str, str]:
    one, many = text.split("/")
    return one.strip(), many.strip()


def _variant(draw: Draw, subject: Spec) -> Spec:
    """Return how records are named, with another prefix at times."""
    if subject.kind != "code" or draw.chance(0.6):
        return subject
    prefix = draw.any_of(("#", "N", "A-", "2025-", "X", "7", "ID ", subject.prefix.upper()))
    return replace(subject, prefix=prefix, least=draw.integer(max(int(subject.least), 2), 6))


def _fits(attribute: Attribute, needs: str) -> bool:
    spec = attribute.spec
    return spec.comparable if needs == "comparable" else spec.kind == needs
