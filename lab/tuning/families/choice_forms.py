"""Forms of requests that choose: spellings of names, and where question and situation stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.names import city, code, date, person
from lab.tuning.pools import pool

DESCRIBED = 0.5
RESPELLED = 0.45
CODED = 0.15
LONG_NAME = 24
"""Characters up to which a name is respelled as one word."""


@dataclass(frozen=True)
class Named:
    """An option before its name is spelled."""

    name: str
    about: str


def named(
    draw: Draw, options: list[Named], right: Named, fixed: bool = False
) -> tuple[list[dict[str, Any]], str]:
    """Return choices in random order and the name of the right one.

    Letters and codes say nothing by themselves, so that their choices are always described.
    """
    options = draw.shuffled(options)
    described = draw.chance(DESCRIBED)
    names = [option.name for option in options]
    if not fixed and draw.chance(CODED):
        names, described = _codes(draw, len(options)), True
    elif not fixed and draw.chance(RESPELLED):
        spell = draw.any_of(_SPELLINGS)
        spelled = [spell(name) for name in names]
        names = spelled if len(set(spelled)) == len(names) else names
    if fixed:
        described = described or any(len(name) < 4 for name in names)
    choices: list[dict[str, Any]] = []
    for option, name in zip(options, names, strict=True):
        choices.append({"name": name} | ({"description": option.about} if described else {}))
    answer = names[options.index(right)]
    return draw.shuffled(choices), answer


def filled(draw: Draw, text: str, language: Language) -> str:
    """Return a text with each ``{slot}`` replaced by a value of its kind."""
    words = pool("choice_words")["slots"]

    def value(match: re.Match[str]) -> str:
        kind = match[1]
        if kind in _VALUES:
            return str(_VALUES[kind](draw))
        return str(draw.one(words[kind][language]))

    found = re.sub(r"\{(\w+)\}", value, text)
    return found[:1].upper() + found[1:] if text.startswith("{") else found


def asked_case(
    draw: Draw,
    family: str,
    language: Language,
    ask: str,
    facts: dict[str, Any],
    choices: list[dict[str, Any]],
    answer: str,
) -> Case:
    """Return the request in one of the forms that agents use.

    The facts are the situation under its keys; a single text may stand in the prompt instead.
    """
    words = pool("choice_words")
    data: dict[str, Any] = {}
    texts = [value for value in facts.values() if isinstance(value, str)]
    single = texts[0] if len(facts) == len(texts) == 1 else None
    form = draw.integer(0, 9)
    if single is None or form >= 7:
        data["prompt"] = _asked(draw, ask)
        data["context"] = _context(draw, facts)
    elif form <= 3:
        form_text = draw.one(words["forms"])
        data["prompt"] = form_text.format(ask=_asked(draw, ask), text=single)
    elif form <= 5:
        data["prompt"] = single
        data["system"] = f"{draw.one(words['roles'][language])} {ask}".strip()
    else:
        data["prompt"] = single
        if draw.chance(0.5):
            data["context"] = {"task": ask}
        else:
            data["messages"] = _talk(draw, ask, language)
    if "system" not in data and draw.chance(0.25):
        data["system"] = draw.one(words["systems"][language])
    data["choices"] = choices
    if draw.chance(0.8):
        data["task"] = "choose"
    return Case(family, language, data, answer, keys=(answer,))


def _asked(draw: Draw, ask: str) -> str:
    if draw.chance(0.12):
        return ask.lower().rstrip(".?")
    return ask


def _talk(draw: Draw, ask: str, language: Language) -> list[dict[str, str]]:
    reply = draw.one(pool("choice_words")["replies"][language])
    return [{"role": "user", "content": ask}, {"role": "assistant", "content": reply}]


def _context(draw: Draw, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts, perhaps one level down and among fields that matter to no question."""
    extra: dict[str, Any] = {}
    for key in draw.random.sample(sorted(_EXTRAS), draw.integer(0, 2)):
        if key not in facts:
            extra[key] = _EXTRAS[key](draw)
    kind = draw.integer(0, 3)
    if kind == 0:
        return {draw.any_of(("input", "event", "record", "data", "item")): facts} | extra
    items = list({**facts, **extra}.items())
    return dict(draw.shuffled(items) if kind == 1 else items)


def _codes(draw: Draw, count: int) -> list[str]:
    kind = draw.integer(0, 6)
    numbers = [str(number) for number in range(1, count + 1)]
    letters = "ABCDEFGHIJ"[:count]
    if kind == 0:
        return list(letters)
    if kind == 1:
        return [letter.lower() for letter in letters]
    if kind == 2:
        prefix = draw.any_of("PQRTXK")
        return [f"{prefix}{number}" for number in numbers]
    if kind == 3:
        return numbers
    if kind == 4:
        word = draw.any_of(("option", "label", "class", "opcao", "rota", "route"))
        mark = draw.any_of((" ", "-", "_"))
        return [f"{word}{mark}{number}" for number in numbers]
    if kind == 5:
        prefix, start = draw.any_of(("C", "L", "Z", "OP")), draw.integer(10, 80)
        return [f"{prefix}-{start + place * 3}" for place in range(count)]
    return [f"({letter})" for letter in letters]


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", name)


def _joined(mark: str, change: Callable[[str], str] = str.lower) -> Callable[[str], str]:
    def spell(name: str) -> str:
        if len(name) > LONG_NAME or not _words(name):
            return name
        return change(mark.join(_words(_plain(name))))

    return spell


def _camel(name: str) -> str:
    if len(name) > LONG_NAME:
        return name
    first, *rest = _words(_plain(name)) or [name]
    return first.lower() + "".join(word.capitalize() for word in rest)


_SPELLINGS: tuple[Callable[[str], str], ...] = (
    _joined("_"),
    _joined("-"),
    _joined("_"),
    _joined("-"),
    _joined("_", str.upper),
    _camel,
    lambda name: name[:1].upper() + name[1:],
    str.upper,
    lambda name: "".join(word.capitalize() for word in _words(_plain(name))) or name,
)

_VALUES: dict[str, Callable[[Draw], Any]] = {
    "person": person,
    "city": city,
    "date": date,
    "order": lambda draw: code(draw, draw.any_of(("#", "ORD-", "no. ", "PED-")), 5),
    "days": lambda draw: draw.integer(2, 19),
    "small": lambda draw: draw.integer(2, 9),
    "number": lambda draw: draw.integer(12, 980),
    "hour": lambda draw: f"{draw.integer(7, 21)}:{draw.any_of(('00', '15', '30', '45'))}",
}

_EXTRAS: dict[str, Callable[[Draw], Any]] = {
    "id": lambda draw: code(draw, draw.any_of(("m-", "T", "req_", "")), 4),
    "received": date,
    "from": person,
    "city": city,
    "version": lambda draw: f"{draw.integer(1, 4)}.{draw.integer(0, 20)}",
    "attempt": lambda draw: draw.integer(1, 3),
}
