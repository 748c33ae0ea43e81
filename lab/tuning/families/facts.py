"""Questions about one value of a record: told, said not to be there, or asked turn by turn."""

from __future__ import annotations

from lab.tuning.asking import asked, language_of, style_of, told, worded
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.pools import pool
from lab.tuning.records import Column, Table, table
from lab.tuning.values import named

FAMILY = "facts"
REFUSAL = "refusal"


def facts(draw: Draw) -> Case:
    """Return a question about a value."""
    language = language_of(draw)
    records = table(draw, language, 1, 8 if draw.chance(0.4) else 3)
    name, column = draw.any_of(records.names), draw.any_of(records.columns)
    style = style_of(draw)
    question = asking(draw, records, name, column)
    answer = told(draw, records, name, column, style)
    data = asked(draw, records, question, style)
    return Case(FAMILY, language, data, answer, keys=(column.values[name].text,))


def conversation_case(draw: Draw) -> Case:
    """Return a question that only the turns before it make plain."""
    language = language_of(draw)
    records = table(draw, language, 2, 3)
    first, second = records.columns[0], records.columns[1]
    name, other, *more = draw.shuffled(records.names)
    past = _turns(draw, records, name, first)
    forms = pool("asking")
    if draw.chance(0.55):
        if draw.chance(0.25):
            past += _turns(draw, records, name, records.columns[-1])
        question = worded(draw, forms["follow"][language], records.words(name, second))
        answer, key = told(draw, records, name, second), second.values[name].text
    else:
        kind = "other" if not more and draw.chance(0.4) else "switch"
        question = worded(draw, forms[kind][language], records.words(other, first))
        answer, key = told(draw, records, other, first), first.values[other].text
        if answer.count(other) == 0:
            answer = _named_answer(language, records, other, first)
    data = asked(draw, records, question, messages=past)
    return Case("turns", language, data, answer, keys=(key,))


def asking(draw: Draw, records: Table, name: str, column: Column) -> str:
    """Return a question about one value."""
    return worded(draw, pool("asking")["lookup"][records.language], records.words(name, column))


def refusal(draw: Draw) -> Case:
    """Return a question about a value or a record that is not there."""
    language = language_of(draw)
    records = table(draw, language, 1, 4 if draw.chance(0.4) else 1)
    name, column = draw.any_of(records.names), draw.any_of(records.columns)
    question = asking(draw, records, name, column)
    words = records.words(name, column)
    no = "não" if language == "pt" else "no"
    if len(records.columns) == 1 or draw.chance(0.4):
        stranger = _stranger(draw, records)
        question = asking(draw, records, stranger, column)
        words = records.words(stranger, column)
        answer = worded(draw, pool("asking")["nobody"][language], words)
        return Case(REFUSAL, language, asked(draw, records, question), answer, keys=(no, stranger))
    answer = worded(draw, pool("asking")["unknown"][language], words)
    left = records.without(column)
    return Case(REFUSAL, language, asked(draw, left, question), answer, keys=(no, words["what"]))


def _stranger(draw: Draw, records: Table) -> str:
    while (name := named(draw, records.subject, records.language)) in records.names:
        pass
    return name


def _turns(draw: Draw, records: Table, name: str, column: Column) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": asking(draw, records, name, column)},
        {"role": "assistant", "content": told(draw, records, name, column)},
    ]


def _named_answer(language: Language, records: Table, name: str, column: Column) -> str:
    words = {**records.words(name, column), "value": column.values[name].text}
    form = {"en": "The {what} of {name} is {value}.", "pt": "Para {o_rec}, {o_what} é {value}."}
    return form[language].format(**words)
