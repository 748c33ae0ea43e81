"""Requests put together from records, a question, and what is demanded of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from lab.tuning.case import Language
from lab.tuning.draw import Draw
from lab.tuning.phrases import sloppy
from lab.tuning.pools import pool
from lab.tuning.records import Column, Table, placed

_AS_IS = ("name", "value", "a", "b", "names", "text")
Style = Literal["free", "value", "sentence"]
PORTUGUESE = 0.45
PLAINEST = 3
"""First wordings of an answer, the ones that are preferred."""


def language_of(draw: Draw) -> Language:
    """Return the language of a case."""
    return "pt" if draw.chance(PORTUGUESE) else "en"


def worded(draw: Draw, wordings: Sequence[str], words: Mapping[str, str]) -> str:
    """Return a wording with its fields filled in; it begins with a capital, a name, or a value."""
    text = draw.one(wordings).format(**words)
    names = [words[key] for key in _AS_IS if words.get(key)]
    if any(text.startswith(name) for name in names):
        return text
    return text[:1].upper() + text[1:]


def polite(draw: Draw, language: Language, question: str) -> str:
    """Return a question, at times with words around it."""
    if not draw.chance(0.12):
        return question
    before, after = pool("courtesy")[language].values()
    if draw.chance(0.5):
        return f"{question} {draw.one(after)}"
    lead = draw.one(before)
    if lead.endswith((",", ":")) and question[:2].istitle():
        question = question[:1].lower() + question[1:]
    return f"{lead} {question}"


def asked(
    draw: Draw,
    records: Table,
    question: str,
    style: Style = "free",
    messages: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Return a request that holds records and a question about them."""
    language = records.language
    question = sloppy(draw, question, records.everything())
    question = polite(draw, language, question)
    context, text = placed(draw, records)
    many = records.domain.kinds[language][1]
    return request(draw, language, many, question, context, text, style, messages)


def request(
    draw: Draw,
    language: Language,
    many: str,
    question: str,
    context: dict[str, Any],
    text: str = "",
    style: Style = "free",
    messages: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Return a request with a context or with facts in its prompt, and a system prompt at times.

    :param many: the kind of things that the facts are about, the Portuguese one with its article.
    """
    bare = many.partition(" ")[2] if language == "pt" else many
    system = ""
    if draw.chance(0.6):
        written = "en" if language == "pt" and draw.chance(0.2) else language
        systems = [entry for entry in pool("asking")["systems"][written]
                   if written == language or "{" not in entry]  # fmt: skip
        system = draw.one(systems).format(kinds=bare, os_kinds=many)
    if style != "free":
        demand = draw.one(pool("asking")["demand"][style][language])
        if system and draw.chance(0.5):
            system = f"{system} {demand}"
        elif draw.chance(0.7) or not system:
            question = f"{question} {demand}"
        else:
            system = demand
    data: dict[str, Any] = {}
    if not text:
        data["prompt"] = question
        data["context"] = context
    elif messages:
        messages = [{**messages[0], "content": _joined(draw, messages[0]["content"], text)},
                    *messages[1:]]  # fmt: skip
        data["prompt"] = question
    else:
        data["prompt"] = _joined(draw, question, text)
    if system:
        data["system"] = system
    if messages:
        data["messages"] = messages
    return data


def _joined(draw: Draw, question: str, text: str) -> str:
    blank = "\n\n" if draw.chance(0.7) else "\n"
    return f"{text}{blank}{question}" if draw.chance(0.6) else f"{question}{blank}{text}"


def style_of(draw: Draw) -> Style:
    """Return what is demanded of the form of an answer."""
    return draw.random.choices(("free", "value", "sentence"), (72, 16, 12))[0]


def told(draw: Draw, records: Table, name: str, column: Column, style: Style = "free") -> str:
    """Return the answer that tells one value."""
    value = column.values[name].text
    if style == "value":
        return value
    words = {**records.words(name, column), "value": value}
    forms = pool("asking")["tell"][records.language]
    return worded(draw, forms[:PLAINEST] if draw.chance(0.4) else forms, words)
