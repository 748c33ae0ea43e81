"""Choices that follow from numbers and rules among the facts: bands, limits, records, claims."""

from __future__ import annotations

from typing import Any

from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.families.choice_forms import Named, asked_case, filled, named
from lab.tuning.pools import pool

FAMILY = "choices"
AT_THE_LIMIT = 0.2
"""Share of values that lie right at a limit, or one above it."""


def ruled(draw: Draw) -> Case:
    """Return a situation whose right option is computed."""
    language: Language = "pt" if draw.chance(0.45) else "en"
    kinds = (_band, _limit, _record, _record, _verdict, _verdict, _trend)
    return draw.any_of(kinds)(draw, language)


def _words() -> Any:
    return pool("choice_rules")


def _place(language: Language) -> int:
    return 0 if language == "en" else 1


def _band(draw: Draw, language: Language) -> Case:
    entry, place = draw.one(_words()["bands"]), _place(language)
    least, most = entry["range"]
    tops = [band[2] for band in entry["bands"]]
    if draw.chance(AT_THE_LIMIT):
        value = min(draw.any_of(tops) + draw.integer(0, 1), most)
    else:
        bottoms = [least, *(top + 1 for top in tops)]
        number = draw.integer(0, len(tops) - 1)
        value = draw.integer(bottoms[number], tops[number])
    unit = entry["unit"][place]
    bottom, options = least, []
    for band in entry["bands"]:
        options.append(Named(band[place], _span(bottom, band[2], least, most, unit, language)))
        bottom = band[2] + 1
    right = next(option for option, top in zip(options, tops, strict=True) if value <= top)
    fact = {entry["key"][place]: value if draw.chance(0.5) else f"{value} {unit}"}
    if draw.chance(0.3):
        what = entry["what"][place]
        said = {"en": "The {} is {} {}.", "pt": "{}: {} {}."}[language]
        text = said.format(what, value, unit)
        fact = {draw.any_of(("text", "note", "nota")): text[:1].upper() + text[1:]}
    choices, answer = named(draw, options, right)
    if all("description" not in choice for choice in choices):
        rules = {option.name: option.about for option in options}
        fact[draw.any_of(("rules", "regras", "table"))] = rules
    return asked_case(draw, FAMILY, language, entry["ask"][place], fact, choices, answer)


def _span(bottom: int, top: int, least: int, most: int, unit: str, language: Language) -> str:
    if bottom == least:
        return {"en": "up to {} {}", "pt": "até {} {}"}[language].format(top, unit)
    if top == most:
        return {"en": "{} {} and more", "pt": "{} {} ou mais"}[language].format(bottom, unit)
    return {"en": "{} to {} {}", "pt": "de {} a {} {}"}[language].format(bottom, top, unit)


def _limit(draw: Draw, language: Language) -> Case:
    entry, place = draw.one(_words()["limits"]), _place(language)
    least, most = entry["range"]
    limit = draw.integer(least + 1, most - 1)
    if draw.chance(AT_THE_LIMIT):
        value = limit + draw.integer(0, 1)
    else:
        value = draw.integer(least, limit) if draw.chance(0.5) else draw.integer(limit + 1, most)
    pairs = entry["options"] if language == "en" else entry["opcoes"]
    options = [Named(name, about) for name, about in pairs]
    wording = draw.any_of(entry[language])
    wording = wording.replace("{value}", str(value)).replace("{limit}", str(limit))
    text = filled(draw, wording.replace("{unit}", entry["unit"][place]), language)
    facts: dict[str, Any] = {draw.any_of(("case", "request", "text", "pedido")): text}
    if draw.chance(0.35):
        keys = {"en": ("asked", "limit"), "pt": ("pedido", "limite")}[language]
        unit = entry["unit"][place]
        facts = dict(draw.shuffled(
            [(keys[0], f"{value} {unit}"), (keys[1], f"{limit} {unit}")]
        ))  # fmt: skip
    choices, answer = named(draw, options, options[0 if value <= limit else 1])
    return asked_case(draw, FAMILY, language, entry["ask"][place], facts, choices, answer)


def _record(draw: Draw, language: Language) -> Case:
    """Return records, and a question that exactly one of them answers."""
    entry, place = draw.one(_words()["records"]), _place(language)
    names = draw.some(entry["names"], 3, 6)
    table = _table(draw, entry, names, place)
    first, second = (row[place] for row in entry["numbers"])
    thing = entry["thing"][place]
    asked, right = _constraint(draw, language, entry, table, thing)
    facts = _shown(draw, table, thing, first, second)
    choices, answer = named(draw, [Named(name, "") for name in names], Named(right, ""), True)
    for choice in choices:
        choice.pop("description", None)
    return asked_case(draw, FAMILY, language, asked, facts, choices, answer)


def _table(
    draw: Draw, entry: dict[str, Any], names: list[str], place: int
) -> dict[str, dict[str, int]]:
    columns = {}
    for row in entry["numbers"]:
        values = draw.random.sample(range(row[6], row[7] + 1), len(names))
        columns[row[place]] = values
    return {
        name: {key: values[number] for key, values in columns.items()}
        for number, name in enumerate(names)
    }


def _constraint(
    draw: Draw,
    language: Language,
    entry: dict[str, Any],
    table: dict[str, dict[str, int]],
    thing: str,
) -> tuple[str, str]:
    place = _place(language)
    row, other = draw.shuffled(entry["numbers"])
    key, most, least = row[place], row[2 + place], row[4 + place]
    ranked = sorted(table, key=lambda name: table[name][key])
    kind = draw.integer(0, 3)
    if kind == 0:
        wording = {"en": ("Which {thing} has the {word}?", "Name the {thing} with the {word}."),
                   "pt": ("Que {thing} tem {word}?", "Qual {thing}: {word}?")}  # fmt: skip
        top = draw.chance(0.5)
        text = draw.any_of(wording[language])
        word = most if top else least
        return text.format(thing=thing, word=word), ranked[-1 if top else 0]
    gap = draw.integer(0, len(ranked) - 2)
    bound = draw.integer(table[ranked[gap]][key] + 1, table[ranked[gap + 1]][key])
    allowed = ranked[gap + 1 :]
    second, cheap = other[place], other[4 + place]
    right = min(allowed, key=lambda name: table[name][second])
    if len(allowed) == 1 and kind == 1:
        wording = {"en": ("Which {thing} has at least {bound} {key}?",
                          "We need {bound} {key} or more. Which {thing}?"),
                   "pt": ("Que {thing} tem pelo menos {bound} em {key}?",
                          "Precisamos de {bound} ou mais em {key}. Que {thing}?")}  # fmt: skip
        text = draw.any_of(wording[language])
        return text.format(thing=thing, bound=bound, key=key), right
    wording = {"en": ("Of those with at least {bound} {key}, which {thing} has the {cheap}?",
                      "{key} must be {bound} or more. Take the {thing} with the {cheap}."),
               "pt": ("Entre os que têm pelo menos {bound} em {key}, que {thing} tem {cheap}?",
                      "{key} deve ser {bound} ou mais. Qual {thing} tem {cheap}?")}  # fmt: skip
    text = draw.any_of(wording[language])
    return text.format(thing=thing, bound=bound, key=key, cheap=cheap), right


def _shown(
    draw: Draw, table: dict[str, dict[str, int]], thing: str, first: str, second: str
) -> dict[str, Any]:
    """Return a table as records, as fields by name, or as lines of text."""
    kind = draw.integer(0, 3)
    if kind == 0:
        return {f"{thing}s": [{"name": name, **row} for name, row in table.items()]}
    if kind == 1:
        return dict(table)
    if kind == 2:
        head = f"| {thing} | {first} | {second} |\n|---|---|---|"
        rows = [f"| {name} | {row[first]} | {row[second]} |" for name, row in table.items()]
        return {"table": "\n".join([head, *rows])}
    lines = [f"{name}: {first} {row[first]}, {second} {row[second]}" for name, row in table.items()]
    return {"data": "; ".join(lines) if draw.chance(0.5) else lines}


def _verdict(draw: Draw, language: Language) -> Case:
    """Return a statement about records that is true, false or not covered by them."""
    entry, place = draw.one(_words()["records"]), _place(language)
    names = draw.some(entry["names"], 1, 4)
    table = _table(draw, entry, names, place)
    key, name = draw.any_of(entry["numbers"])[place], draw.any_of(names)
    verdict = draw.integer(0, 2)
    value = table[name][key]
    if verdict == 2:
        for record in table.values():
            record.pop(key)
    false = verdict == 1
    if len(names) > 1 and draw.chance(0.4):
        rival = draw.any_of([each for each in names if each != name])
        bigger = verdict == 2 or (table[name][key] > table[rival][key])
        first, second = (name, rival) if bigger != false else (rival, name)
        said = {"en": f"{first} has a higher {key} than {second}.",
                "pt": f"{first} tem {key} maior que {second}."}[language]  # fmt: skip
    else:
        given = value + draw.any_of((1, 2, 3, 5, 10)) if false else value
        forms = {"en": ("For {}, {} is {}.", "{}: {} = {}", "{} has {} {}."),
                 "pt": ("Em {}, {} é {}.", "{}: {} = {}", "{} tem {} {}.")}  # fmt: skip
        said = draw.any_of(forms[language]).format(name, key, given)
    options = [Named(*pair) for pair in draw.one(_words()["verdicts"][language])]
    right = options[verdict]
    if verdict != 2 and draw.chance(0.3):
        options.pop()
    facts: dict[str, Any] = {
        draw.any_of(("statement", "claim", "afirmacao")): said,
        draw.any_of(("facts", "records", "dados")): table,
    }
    ask = draw.one(_words()["verdict_ask"][language])
    if draw.chance(0.5):
        ask, facts = f'{ask} "{said}"', dict(table)
    choices, answer = named(draw, options, right)
    return asked_case(draw, FAMILY, language, ask, facts, choices, answer)


def _trend(draw: Draw, language: Language) -> Case:
    length, start = draw.integer(3, 7), draw.integer(120, 600)
    steps = [draw.integer(1, 15) for _ in range(length - 1)]
    kind = draw.integer(0, 3)
    signs = {0: [1] * length, 1: [-1] * length, 2: [0] * length}.get(kind)
    if signs is None:
        signs = [1 if number % 2 else -1 for number in range(length)]
    values = [start]
    for step, sign in zip(steps, signs, strict=False):
        values.append(values[-1] + step * sign)
    options = [Named(*pair) for pair in _words()["trend"][language]]
    key = draw.one(_words()["trend_of"][language])
    shown: Any = values if draw.chance(0.6) else ", ".join(map(str, values))
    choices, answer = named(draw, options, options[kind])
    ask = draw.one(_words()["trend_ask"][language])
    return asked_case(draw, FAMILY, language, ask, {key: shown}, choices, answer)
