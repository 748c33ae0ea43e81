"""Short questions about small mappings: what has a state, which is first, cheapest or longest."""

from __future__ import annotations

from typing import Any

from lab.tuning.asking import language_of, polite, request
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.phrases import bare, listed, of, sloppy
from lab.tuning.pools import pool
from lab.tuning.values import named, spec_of, values

FAMILY = "queries"
NUMBERS = {
    "en": ("none", "one", "two", "three", "four", "five", "six"),
    "pt": ("nenhum", "um", "dois", "três", "quatro", "cinco", "seis"),
}


def states(draw: Draw) -> Case:
    """Return a question about the states or the measures of a few things."""
    language = language_of(draw)
    return _measure(draw, language) if draw.chance(0.5) else _state(draw, language)


def _state(draw: Draw, language: Language) -> Case:
    entry = draw.any_of(pool("states")["states"])
    forms = pool("states")
    names = _names(draw, entry["names"], language, draw.integer(2, 6))
    labels = draw.random.sample(entry["values"], min(len(entry["values"]), draw.integer(2, 3)))
    place = int(language == "pt")
    picked = {name: draw.any_of(labels) for name in names}
    asked = draw.any_of(labels)
    matching = [name for name in names if picked[name] is asked]
    kinds = entry["kinds"][place]
    words: dict[str, Any] = {"kinds": kinds, "state": asked[place], "states": asked[-1]}
    words |= {"dkinds": of(kinds), "bare": bare(kinds), "asked": asked[place]}
    kind = draw.any_of(("which", "which", "which", "is", "is", "how", "count"))
    if kind in ("is", "how"):
        name = draw.any_of(names)
        own = picked[name][place]
        question = draw.say(forms[kind][language], name=name, **words)
        words["state"] = own
        answer_form = "no" if picked[name] is not asked and kind == "is" else "yes"
        pool_of = forms[answer_form][language] if kind == "is" else forms["one"][language][:1]
        answer = draw.say(pool_of, name=name, **words)
        keys: tuple[str, ...] = (own,)
    else:
        question = draw.say(forms[kind][language], **words)
        answer, keys = _found(draw, language, kind, matching, words)
    raw = {name: state[place] for name, state in picked.items()}
    return _case(draw, language, entry["group"], raw, ("state", "status"), question, answer, keys)


def _found(
    draw: Draw, language: Language, kind: str, names: list[str], words: dict[str, Any]
) -> tuple[str, tuple[str, ...]]:
    forms = pool("states")
    if not names:
        return draw.say(forms["none"][language], **words), ()
    said = listed(names, language)
    if kind == "count":
        if language == "en":
            be = "is" if len(names) == 1 else "are"
            return f"{len(names)} {be} {words['state']}: {said}.", (str(len(names)),)
        state = words["state"] if len(names) == 1 else words["states"]
        return f"{len(names)} {state}: {said}.", (str(len(names)),)
    if len(names) == 1:
        return draw.say(forms["one"][language], name=said, **words), (said,)
    number = NUMBERS[language][len(names)]
    return draw.say(forms["many"][language], names=said, count=number, **words), tuple(names)


def _measure(draw: Draw, language: Language) -> Case:
    line = draw.any_of(pool("states")["measures"])
    subject, groups, keys, chaves, spec, *most = (part.strip() for part in line.split("|"))
    high = draw.chance(0.5)
    place = int(language == "pt")
    questions, answer = most[:4][place::2] if high else most[4:][place::2]
    names = _names(draw, subject, language, draw.integer(2, 5))
    for _ in range(20):
        drawn = values(draw, spec_of(spec), language, len(names))
        if len({value.order for value in drawn}) == len(drawn):
            break
    found = dict(zip(names, drawn, strict=True))
    best = (max if high else min)(names, key=lambda name: found[name].order)
    portuguese_keys = language == "pt" and draw.chance(0.7)
    key = draw.any_of((chaves if portuguese_keys else keys).split(", "))
    question = draw.any_of(questions.split(" / "))
    said = answer.format(name=best, value=found[best].text)
    raw = {name: value.raw for name, value in found.items()}
    return _case(draw, language, groups.split(", "), raw, (key,), question, said, (best,))


def _case(
    draw: Draw,
    language: Language,
    groups: list[str],
    rows: dict[str, Any],
    keys: tuple[str, ...],
    question: str,
    answer: str,
    wanted: tuple[str, ...],
) -> Case:
    """Return a request that holds the mapping in one of its shapes."""
    group, key = draw.any_of(groups), draw.any_of(keys)
    question = polite(draw, language, sloppy(draw, question, list(rows)))
    context: dict[str, Any] = {}
    text = ""
    match draw.integer(0, 9):
        case 0 | 1 | 2:
            context = {group: rows}
        case 3:
            context = rows
        case 4:
            context = {group: [{"name": name, key: value} for name, value in rows.items()]}
        case 5:
            context = {group: {name: {key: value} for name, value in rows.items()}}
        case 6:
            context = {group: [f"{name}: {value}" for name, value in rows.items()]}
        case 7:
            context = {"data": {group: rows}}
        case 8:
            text = "\n".join(f"{name}: {value}" for name, value in rows.items())
        case _:
            text = ", ".join(f"{name} {value}" for name, value in rows.items())
    many = {"en": "records", "pt": "os registros"}[language]
    data = request(draw, language, many, question, context, text)
    return Case(FAMILY, language, data, answer, keys=wanted)


def _names(draw: Draw, spec: Any, language: Language, count: int) -> list[str]:
    if isinstance(spec, dict):
        return draw.random.sample(spec[language], count)
    found: list[str] = []
    while len(found) < count:
        name = named(draw, spec_of(spec), language)
        if name not in found:
            found.append(name)
    return found
