"""Requests that choose one of several named options for a situation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.families.choice_forms import Named, asked_case, filled, named
from lab.tuning.pools import pool, pools

FAMILY = "choices"
ALL_OPTIONS = 0.6
"""Share of cases that offer every option of a set."""
CATCH_ALL = 0.3
CATCH_ALL_RIGHT = 0.5
"""Share of cases of open sets with a catch-all option, and of those in which it is right."""
OTHER_LANGUAGE = 0.2
DRESSED = 0.45


@dataclass(frozen=True)
class Option:
    """A name and a description by language, and the situations that it is right for."""

    name: dict[str, str]
    about: dict[str, str]
    cases: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Set:
    """Options that exclude each other.

    ``open`` sets may lose the right option to a catch-all; ``spoken`` situations are messages of
    people, which may greet; names of a ``fixed`` set are never respelled.
    """

    options: tuple[Option, ...]
    ask: dict[str, tuple[str, ...]]
    key: tuple[str, ...]
    open: bool
    spoken: bool
    fixed: bool


@cache
def sets() -> tuple[Set, ...]:
    """Return the sets of all data files."""
    return tuple(_set(entry) for entry in pools("choices_"))


def choice(draw: Draw) -> Case:
    """Return a situation and the option that fits it."""
    language: Language = "pt" if draw.chance(0.45) else "en"
    chosen = draw.one(sets())
    right = draw.any_of(chosen.options)
    situation = filled(draw, draw.any_of(right.cases[language]), language)
    if chosen.spoken and draw.chance(DRESSED):
        situation = _dressed(draw, situation, language)
    spoken_by_options: Language = language
    if not chosen.fixed and draw.chance(OTHER_LANGUAGE):
        spoken_by_options = "en" if language == "pt" else "pt"
    options, answer = _offered(draw, chosen, right, spoken_by_options)
    asks = [*chosen.ask[language], *chosen.ask[language], *pool("choice_words")["ask"][language]]
    return asked_case(
        draw,
        FAMILY,
        language,
        draw.one(asks),
        {draw.any_of(chosen.key): situation},
        options,
        answer,
    )


def _offered(
    draw: Draw, chosen: Set, right: Option, language: Language
) -> tuple[list[dict[str, Any]], str]:
    """Return the choices of a request and the name of the right one."""
    others = [option for option in chosen.options if option is not right]
    if not draw.chance(ALL_OPTIONS) and len(others) > 1:
        others = draw.random.sample(others, draw.integer(1, len(others) - 1))
    options = [Named(option.name[language], option.about[language]) for option in others]
    own = Named(right.name[language], right.about[language])
    catch_all = None
    if chosen.open and draw.chance(CATCH_ALL):
        name, about = draw.any_of(pool("choice_words")["catch_all"][language])
        catch_all = Named(name, about)
        options.append(catch_all)
        if draw.chance(CATCH_ALL_RIGHT) and len(options) > 2:
            own = catch_all
    if own is not catch_all:
        options.append(own)
    return named(draw, options, own, chosen.fixed)


def _dressed(draw: Draw, text: str, language: Language) -> str:
    """Return a message with a greeting, a neutral sentence or thanks."""
    words = pool("choice_words")["dressing"][language]
    parts = [text if text[-1:] in ".!?" else f"{text}."]
    if draw.chance(0.4):
        parts.insert(draw.integer(0, 1), draw.one(words["neutral"]))
    if draw.chance(0.5):
        hello = draw.one(words["hello"])
        first = parts.pop(0)
        parts.insert(0, f"{hello}\n{first}" if hello.endswith(",") else f"{hello} {first}")
    if draw.chance(0.4):
        parts.append(draw.one(words["thanks"]))
    return " ".join(parts)


def _set(entry: dict[str, Any]) -> Set:
    options = tuple(
        Option(
            {"en": option["name"][0], "pt": option["name"][-1]},
            {"en": option["about"][0], "pt": option["about"][-1]},
            {language: _lines(option[language]) for language in ("en", "pt")},
        )
        for option in entry["options"]
    )
    return Set(
        options,
        {language: _lines(entry[f"ask_{language}"]) for language in ("en", "pt")},
        tuple(entry.get("key", ("text", "message", "description"))),
        entry.get("open", False),
        entry.get("spoken", False),
        entry.get("fixed", False),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
