"""Everyday classifications of one sentence, with many names and descriptions of the options."""

from __future__ import annotations

from functools import cache
from typing import Any

from lab.tuning.asking import language_of
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.families.choice_forms import Named, asked_case, filled, named
from lab.tuning.pools import pool, pools

FAMILY = "choices"
NOT_OFFERED = "-"
OTHER_LANGUAGE = 0.2
GENERAL_ASK = 0.25
FEWER = 0.35
"""Share of cases that offer only some of the options of a naming."""
WEIGHT = "weight"


@cache
def sets() -> tuple[dict[str, Any], ...]:
    """Return the sets of all data files."""
    return tuple(pools("everyday_"))


def everyday(draw: Draw) -> Case:
    """Return a sentence and the option that fits it."""
    language = language_of(draw)
    weights = [entry.get(WEIGHT, 1) for entry in sets()]
    chosen = draw.random.choices(sets(), weights)[0]
    right, situation = sentence(draw, chosen, language)
    options, answer = _offered(draw, chosen, right, _spoken(draw, language))
    ask = draw.one(lines(chosen["ask"][language], "|"))
    if draw.chance(GENERAL_ASK):
        ask = draw.one(pool("choice_words")["ask"][language])
    facts = {draw.any_of(chosen["key"]): situation}
    return asked_case(draw, FAMILY, language, ask, facts, options, answer)


def sentence(draw: Draw, chosen: dict[str, Any], language: Language) -> tuple[int, str]:
    """Return the place of an option of a set, and a sentence that it is right for."""
    right = draw.integer(0, len(chosen["options"]) - 1)
    written = draw.one(lines(chosen["options"][right][language]))
    return right, _typed(draw, filled(draw, written, language))


def labels(draw: Draw, chosen: dict[str, Any], right: int, language: Language) -> list[str]:
    """Return names of the options of a set by their place, among them that of the right one."""
    fitting = [row for row in chosen["namings"][language] if row[right] != NOT_OFFERED]
    row: list[str] = [str(name) for name in draw.any_of(fitting)]
    return row


def lines(text: str, mark: str = "\n") -> list[str]:
    """Return the entries of a text."""
    return [line.strip() for line in text.split(mark) if line.strip()]


def _offered(
    draw: Draw, chosen: dict[str, Any], right: int, language: Language
) -> tuple[list[dict[str, Any]], str]:
    names = labels(draw, chosen, right, language)
    abouts = draw.any_of(chosen["abouts"][language])
    places = [place for place, name in enumerate(names) if name != NOT_OFFERED]
    if len(places) > 2 and draw.chance(FEWER):
        others = [place for place in places if place != right]
        places = [right, *draw.random.sample(others, draw.integer(1, len(others)))]
    options = {place: Named(names[place], abouts[place]) for place in places}
    return named(draw, list(options.values()), options[right])


def _spoken(draw: Draw, language: Language) -> Language:
    if not draw.chance(OTHER_LANGUAGE):
        return language
    return "en" if language == "pt" else "pt"


def _typed(draw: Draw, text: str) -> str:
    """Return a sentence as people type it: at times without capitals or a full stop."""
    form = draw.integer(0, 11)
    if form == 0:
        return text.lower().rstrip(".")
    if form == 1:
        return text.rstrip(".")
    if form == 2 and text.endswith("."):
        return text[:-1] + draw.any_of(("!", "!!", "..."))
    return text
