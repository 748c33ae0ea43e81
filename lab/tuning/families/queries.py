"""Questions over several records: extremes, comparisons, lists, counts, sums, yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.tuning.asking import asked, language_of, worded
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.phrases import listed, superlatives
from lab.tuning.pools import pool
from lab.tuning.records import Column, Table, table
from lab.tuning.values import values

FAMILY = "queries"
MOST_IN_SUMS = 60
"""Numbers over which a model of this size cannot be asked to count."""


def queries(draw: Draw) -> Case:
    """Return a question over records, with its answer."""
    makers, weights = zip(*_KINDS, strict=True)
    make: Callable[[Draw, Language], Case] = draw.random.choices(makers, weights)[0]
    return make(draw, language_of(draw))


def _top(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 2, 6, "comparable")
    column, high = records.columns[0], draw.chance(0.5)
    ranked = _ranked(records, column, high)
    words = _words(records, ranked[0], column, high)
    if column.values[ranked[0]].order == column.values[ranked[1]].order:
        return _top(draw, language)
    return _asked(draw, records, "top", words, (ranked[0],), short=ranked[0])


def _compare(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 2, 5, "comparable")
    column, high = records.columns[0], draw.chance(0.5)
    first, second = draw.random.sample(records.names, 2)
    best, other = (name for name in _ranked(records, column, high) if name in (first, second))
    if column.values[best].order == column.values[other].order:
        return _compare(draw, language)
    words = _words(records, best, column, high)
    question = {**words, "a": first, "b": second}
    answer = {**words, "b": other, "other": column.values[other].text}
    return _asked(draw, records, "compare", question, (best,), answer)


def _with_value(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 3, 7, "pick")
    column = records.columns[0]
    value = _value(draw, records, column)
    found = [name for name in records.names if column.values[name].text == value]
    kind = "how_many" if found and draw.chance(0.4) else "with_value"
    words = {**_words(records, records.names[0], column), "value": value}
    if not found:
        return _asked(draw, records, kind, words, (value,), form="none")
    words |= _counted(records, found)
    short = str(len(found)) if kind == "how_many" else listed(found, language)
    return _asked(draw, records, kind, words, tuple(found), short=short)


def _all_records(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 2, 6)
    words = _words(records, records.names[0], records.columns[0])
    words |= _counted(records, list(records.names))
    return _asked(draw, records, "all_records", words, records.names)


def _yes_no(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 1, 4)
    column, name = draw.any_of(records.columns), draw.any_of(records.names)
    words = _words(records, name, column)
    right = words["value"]
    if draw.chance(0.5):
        form = {"en": "Yes", "pt": "Sim"}[language]
        return _asked(draw, records, "yes_no", words, (form,), form="yes")
    while (wrong := _other_value(draw, records, column)) == right:
        pass
    words |= {"value": wrong, "other": right}
    return _asked(draw, records, "yes_no", words, (right,), form="no")


def _reverse(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 2, 6, draw.any_of(("person", "code", "city", "date", "clock")))
    column, name = records.columns[0], draw.any_of(records.names)
    value = column.values[name].text
    if sum(other.text == value for other in column.values.values()) > 1:
        return _reverse(draw, language)
    return _asked(draw, records, "reverse", _words(records, name, column), (name,), short=name)


def _limit(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 2, 6, draw.any_of(("int", "int", "dec")))
    column, over = records.columns[0], draw.chance(0.5)
    orders = sorted(value.order for value in column.values.values())
    place = draw.integer(0, len(orders) - 2)
    limit = int((orders[place] + orders[place + 1]) / 2)
    if limit in orders:
        return _limit(draw, language)
    found = [name for name, value in column.values.items() if (value.order > limit) == over]
    unit = column.attribute.spec.unit(language)
    forms = pool("queries")["limit"]
    words = _words(records, records.names[0], column) | {
        "limit": f"{limit} {unit}".strip(),
        "than": forms["over" if over else "under"][language],
    }
    if not found:
        return _asked(draw, records, "limit", words, (str(limit),), form="none")
    pairs = [f"{name} ({column.values[name].text})" for name in found]
    words |= _counted(records, found) | {"text": listed(pairs, language)}
    return _asked(draw, records, "limit", words, tuple(found))


def _both(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 1, 4)
    first, second = draw.random.sample(records.columns, 2)
    name = draw.any_of(records.names)
    words, more = _words(records, name, first), _words(records, name, second)
    words |= {"second": more["what"], "o_second": more.get("o_what", ""), "other": more["value"]}
    return _asked(draw, records, "both", words, (words["value"], words["other"]))


def _arithmetic(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 2, 3, "int")
    column = records.columns[0]
    first, second = draw.random.sample(records.names, 2)
    a, b = (column.values[name].order for name in (first, second))
    kind = draw.any_of(("sum", "difference"))
    if max(a, b) > MOST_IN_SUMS or (kind == "difference" and a <= b):
        return _arithmetic(draw, language)
    result = str(a + b if kind == "sum" else a - b)
    unit = column.attribute.spec.unit(language)
    words = _words(records, first, column)
    words |= {"b": second, "other": column.values[second].text}
    words["result"] = f"{result} {unit}".strip()
    return _asked(draw, records, kind, words, (result,), short=result)


def _summary(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 1, 3)
    name = draw.any_of(records.names)
    parts = [_words(records, name, column) for column in records.columns]
    text = ", ".join(f"{part['what']} {part['value']}" for part in parts)
    keys = tuple(part["value"] for part in parts)
    return _asked(draw, records, "summary", parts[0] | {"text": text}, keys)


def _column(draw: Draw, language: Language) -> Case:
    records = table(draw, language, 2, 5)
    column = draw.any_of(records.columns)
    pairs = [f"{name}: {column.values[name].text}" for name in records.names]
    words = _words(records, records.names[0], column) | {"text": "; ".join(pairs)}
    return _asked(draw, records, "column", words, tuple(pairs))


def _asked(
    draw: Draw,
    records: Table,
    kind: str,
    question: dict[str, str],
    keys: tuple[str, ...],
    answer: dict[str, str] | None = None,
    form: str = "tell",
    short: str = "",
) -> Case:
    """Return the case of one kind of question.

    :param short: the answer where nothing but it is demanded.
    """
    language, forms = records.language, pool("queries")
    said = worded(draw, forms[kind][form][language], answer or question)
    text = worded(draw, forms[kind]["ask"][language], question)
    if short and draw.chance(0.2):
        demand = "number" if short.isdigit() and kind != "reverse" else "names"
        text, said = f"{text} {draw.one(forms['demand'][demand][language])}", short
        keys = (short,)
    return Case(FAMILY, language, asked(draw, records, text), said, keys=keys)


def _words(records: Table, name: str, column: Column, high: bool = True) -> dict[str, str]:
    language = records.language
    words = records.words(name, column)
    what = column.attribute.phrases[language == "pt"]
    words |= superlatives(language, column.attribute.spec.kind, what, high)
    words |= {"a": name, "value": column.values[name].text}
    if language == "pt":
        one = records.domain.kinds["pt"][0]
        words |= {"o_kind": one, "o_what_": words["o_what"][:1].upper() + words["o_what"][1:]}
    return words


def _counted(records: Table, found: list[str]) -> dict[str, str]:
    language, number = records.language, len(found)
    kind = records.domain.kinds[language][number > 1]
    kind = kind.partition(" ")[2] if language == "pt" else kind
    are = {"en": "is" if number == 1 else "are", "pt": "Há"}[language]
    return {
        "names": listed(found, language), "number": str(number), "count": f"{number} {kind}",
        "are": are,
    }  # fmt: skip


def _ranked(records: Table, column: Column, high: bool) -> list[str]:
    def order(name: str) -> Any:
        return column.values[name].order

    return sorted(records.names, key=order, reverse=high)


def _value(draw: Draw, records: Table, column: Column) -> str:
    if draw.chance(0.85):
        return column.values[draw.any_of(records.names)].text
    return _other_value(draw, records, column)


def _other_value(draw: Draw, records: Table, column: Column) -> str:
    spec, language = column.attribute.spec, records.language
    others = [value.text for value in column.values.values()]
    if len(set(others)) > 1 and draw.chance(0.5):
        return draw.any_of(others)
    return values(draw, spec, language, 1)[0].text


_KINDS: tuple[tuple[Callable[[Draw, Language], Case], int], ...] = (
    (_top, 16), (_compare, 12), (_with_value, 18), (_all_records, 4), (_yes_no, 14),
    (_reverse, 12), (_limit, 7), (_both, 10), (_arithmetic, 5), (_summary, 4), (_column, 3),
)  # fmt: skip
