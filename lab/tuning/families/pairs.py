"""Questions in verbs about small records, in pairs of which the facts answer one."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from lab.tuning.asking import language_of, polite, request, style_of
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.phrases import of, sloppy, within
from lab.tuning.pools import pool
from lab.tuning.records import spelled
from lab.tuning.values import Spec, named, spec_of, values

TOLD = "facts"
UNTOLD = "refusal"
EMPTY = (None, None, None, "", "n/a", "-", "unknown", "?")
"""How data write that a value is not known."""
PROSE = 0.18
"""Share of pairs whose facts are sentences."""
MARKS = ((": ", "\n"), (": ", ", "), ("=", " "), (" = ", "; "), (": ", " | "))
KINDS = {"en": "records", "pt": "os registros"}


@dataclass(frozen=True)
class Ask:
    """A field by language: keys, values, questions, its answer, and what is not told."""

    keys: dict[Language, list[str]]
    spec: Spec
    questions: dict[Language, list[str]]
    say: dict[Language, str]
    untold: dict[Language, str]


@dataclass(frozen=True)
class Thing:
    """A kind of thing, and how one of them is named; ``subject`` is absent for unnamed ones."""

    it: dict[Language, str]
    subject: Spec | None
    called: dict[Language, str]
    asks: tuple[Ask, ...]


@dataclass(frozen=True)
class Record:
    """A thing with its values by key; ``names`` are the words that stand for it in sentences.

    ``said`` are the values as answers write them, and ``sentences`` tell them by key.
    """

    name: str
    names: dict[str, str]
    row: dict[str, Any]
    said: tuple[str, ...]
    sentences: dict[str, str]

    def prose(self) -> str:
        """Return sentences that tell what is known."""
        known = [key for key, value in self.row.items() if value not in EMPTY]
        return " ".join(self.sentences[key] for key in known)


@cache
def things() -> tuple[Thing, ...]:
    """Return all kinds of things."""
    return tuple(_thing(entry) for entry in pool("things"))


def pairs(draw: Draw) -> Case:
    """Return a question; its counterpart has the same words and facts that tell it or do not."""
    return _Pair(draw).case()


class _Pair:
    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.language = language_of(draw)
        self.portuguese_keys = self.language == "pt" and not draw.chance(0.3)
        self.style = draw.any_of(("snake", "snake", "camel", "kebab", "words", "title"))
        self.thing = draw.any_of(things())
        count = draw.any_of((2, 2, 3, 3, 4, 5))
        self.asks = draw.random.sample(self.thing.asks, min(count, len(self.thing.asks)))
        self.keys = [self._key(ask) for ask in self.asks]
        self.layout = draw.integer(0, 10**9)
        self.prose = draw.chance(PROSE)
        self.named = self.thing.subject is not None and draw.chance(0.85)
        others = draw.any_of((0, 0, 0, 1, 1, 2)) if self.named else 0
        self.taken: set[str] = set()
        self.records = [self._record() for _ in range(1 + others)]
        self.asked = self.records[0]

    def case(self) -> Case:
        draw, language = self.draw, self.language
        forms = pool("pairs")
        ask, key = self.asks[0], self.keys[0]
        words = {**self.asked.names, "value": self.asked.said[0]}
        wording = draw.one(ask.questions[language])
        question = _sentence(wording, words)
        style = style_of(draw)
        answer = words["value"] if style == "value" else _sentence(ask.say[language], words)
        if self.prose and style == "free":
            answer = f"{words['value'][:1].upper()}{words['value'][1:]}."
        told = self._case(TOLD, self.records, question, answer, (words["value"],), style)
        what = _filled(ask.untold[language], words)
        no = "não" if language == "pt" else "no"
        way = draw.any_of(("absent", "absent", "absent", "null", "stranger"))
        if way == "stranger" and self.named:
            stranger = self._record()
            question = _sentence(wording, stranger.names)
            words = {"other": self.asked.names["o" if language == "pt" else "it"], **stranger.names}
            answer = _sentence(draw.one(forms["stranger"][language]), words)
            records = self.records
            keys: tuple[str, ...] = (no, stranger.name)
        else:
            answer = _sentence(draw.one(forms["untold"][language]), {"what": what})
            if len(self.asks) == 2 and len(self.records) == 1 and draw.chance(0.3):
                given = f"{forms['only'][language]} {self.keys[1].replace('_', ' ')}"
                answer = f"{answer.rstrip('.')}{given}."
            left = {k: v for k, v in self.asked.row.items() if k != key}
            if way == "null":
                left = {k: draw.any_of(EMPTY) if k == key else v for k, v in self.asked.row.items()}
            records = [replace(self.asked, row=left), *self.records[1:]]
            keys = (no,)
        untold = self._case(UNTOLD, records, question, answer, keys, style)
        first, second = (told, untold) if draw.chance(0.5) else (untold, told)
        return replace(first, counterpart=second)

    def _case(
        self,
        family: str,
        records: list[Record],
        question: str,
        answer: str,
        keys: tuple[str, ...],
        style: Any,
    ) -> Case:
        draw = Draw(self.layout, self.draw.split)
        names = [*(record.name for record in records if record.name), *keys]
        asked = polite(draw, self.language, sloppy(draw, question, names))
        context, text = self._placed(draw, draw.shuffled(records))
        many = KINDS[self.language]
        data = request(draw, self.language, many, asked, context, text, style)
        return Case(family, self.language, data, answer, keys=keys)

    def _placed(self, draw: Draw, records: list[Record]) -> tuple[dict[str, Any], str]:
        """Return the records as a context, or as a text for the prompt."""
        if self.prose:
            return _told(draw, [record.prose() for record in records])
        id_key = draw.one(pool("words")["id_keys"]["pt" if self.portuguese_keys else "en"])
        id_key = f"{id_key}_id" if id_key in records[0].row else id_key
        rows = [{id_key: r.name, **r.row} if r.name else r.row for r in records]
        kind = self.thing.it["pt" if self.portuguese_keys else "en"].partition(" ")[2]
        form = draw.integer(0, 11)
        if form >= 10 or (form == 9 and len(rows) == 1):
            marks = draw.any_of(MARKS)
            lines = [_line(row, *marks) for row in rows]
            return ({}, "\n".join(lines)) if form > 9 else ({"text": "\n".join(lines)}, "")
        if form == 9:
            return {}, json.dumps(rows, ensure_ascii=False)
        if len(rows) == 1:
            if form <= 4 or (form <= 6 and not records[0].name):
                return rows[0], ""
            if form <= 6:
                return {kind: {records[0].name: records[0].row}}, ""
            return ({kind: rows[0]} if form == 7 else {"items": rows}), ""
        if form <= 4:
            return {"items" if form == 0 else kind: rows}, ""
        by_name = {record.name: record.row for record in records}
        return ({kind: by_name} if form <= 7 else by_name), ""

    def _record(self) -> Record:
        draw, language = self.draw, self.language
        drawn = [values(draw, ask.spec, language, 1)[0] for ask in self.asks]
        row = {key: value.raw for key, value in zip(self.keys, drawn, strict=True)}
        order = dict(draw.shuffled(list(row.items())))
        said = tuple(value.text for value in drawn)
        if not self.named or self.thing.subject is None:
            names = _names(self.thing.it, language)
            return Record("", names, order, said, self._sentences(names, said))
        while (name := named(draw, self.thing.subject, language)) in self.taken:
            pass
        self.taken.add(name)
        called = dict.fromkeys(("en", "pt"), name)
        if self.thing.called[language] != "{name}" and draw.chance(0.7):
            called[language] = self.thing.called[language].format(name=name)
        names = _names(called, language)
        return Record(name, names, order, said, self._sentences(names, said))

    def _sentences(self, names: dict[str, str], said: tuple[str, ...]) -> dict[str, str]:
        found = zip(self.keys, self.asks, said, strict=True)
        return {
            key: _sentence(ask.say[self.language], {**names, "value": value})
            for key, ask, value in found
        }

    def _key(self, ask: Ask) -> str:
        language: Language = "pt" if self.portuguese_keys else "en"
        return spelled(self.draw.any_of(ask.keys[language]), self.style)


def _names(called: Any, language: Language) -> dict[str, str]:
    said = called[language]
    return {"it": said} if language == "en" else {"o": said, "do": of(said), "no": within(said)}


def _line(row: dict[str, Any], mark: str, comma: str) -> str:
    """Return a record as a line of keys and values."""
    shown = {key: "" if value is None else value for key, value in row.items()}
    return comma.join(f"{key}{mark}{value}" for key, value in shown.items())


def _told(draw: Draw, texts: list[str]) -> tuple[dict[str, Any], str]:
    """Return texts as a context, or as a text for the prompt."""
    text = draw.any_of((" ", "\n")).join(texts)
    if draw.chance(0.5):
        return {}, text
    return {draw.any_of(("text", "note", "notes", "description", "message", "info")): text}, ""


def _filled(wording: str, words: dict[str, str]) -> str:
    return wording.format(**words)


def _sentence(wording: str, words: dict[str, str]) -> str:
    text = _filled(wording, words)
    return text if wording.startswith("{value}") else text[:1].upper() + text[1:]


def _thing(entry: dict[str, Any]) -> Thing:
    it: dict[Language, str] = {"en": entry["it"], "pt": entry["o"]}
    kind, _, rest = entry["name"].partition(" ")
    called: dict[Language, str] = {"en": "{name}", "pt": "{name}"}
    if "called" in entry:
        called = {"en": entry["called"][0], "pt": entry["called"][1]}
    elif kind in ("code", "service"):
        called = {"en": f"{it['en'].partition(' ')[2]} {{name}}", "pt": f"{it['pt']} {{name}}"}
    subject = None if kind == "none" else spec_of(f"{kind} {rest}".strip())
    return Thing(it, subject, called, tuple(_ask(line) for line in entry["fields"]))


def _ask(line: str) -> Ask:
    parts = [part.strip() for part in line.split("|")]
    keys, chaves, spec, questions, perguntas, say, dizer, untold, falta = parts
    return Ask(
        {"en": keys.split(", "), "pt": chaves.split(", ")},
        spec_of(spec),
        {"en": questions.split(" / "), "pt": perguntas.split(" / ")},
        {"en": say, "pt": dizer},
        {"en": untold, "pt": falta},
    )
