"""Questions how many entries of a table there are, or have a state or a value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from function.reflection.checks.facts.comparisons import Limit, amount_of, limit_in
from function.reflection.checks.facts.expected import Expected, denies, says_name, says_value
from function.reflection.checks.facts.question import FUNCTION_WORDS, GENERIC_WORDS, Question
from function.reflection.checks.facts.states import agrees, is_state
from function.reflection.checks.facts.tables import Column, columns_of
from function.reflection.checks.facts.vocabulary import (
    UNITS,
    WORD,
    Said,
    telling_words,
    words_of_name,
)
from function.reflection.text.words import fold

_HOW_MANY = re.compile(r"\b(?:how many|quant[oa]s)\b")
_UNCLEAR = re.compile(
    r"\b(?:more|fewer|less|left|remain\w*|each|every|per|total|average|sum|times|percent|days|hours|"
    r"minutes|years|and|or|besides|other|still|already|new|mais|menos|rest\w+|cada|por|media|soma|"
    r"vezes|dias|horas|minutos|anos|e|ou|outr[oa]s|ainda|ja|nov[oa]s)\b"
)
_IS_ON = re.compile(r"\bon\W*$")
"""The end of a question in which *on* is a state and no preposition."""
_NOT = re.compile(r"\b(?:not|nao)\b|n['’]t\b")
MOST_NAMED = 5
"""Entries up to which their names stand behind their number."""
_VERBS = frozenset(
    WORD.findall(
        "there are is was were be have has do does did we you currently now listed esta estao sao "
        "tem ha existem temos eram foram the in on of at no na nos nas em de do da how many "
        "quantos quantas"
    )
)


def expected_number(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand that an answer says how many entries of a table are asked for."""
    if len(question.sentences) != 1 or len(_HOW_MANY.findall(question.folded)) != 1:
        return None
    limit = limit_in(question.folded)
    if limit is None and _UNCLEAR.search(question.folded):
        return None
    found: dict[tuple[str, ...], Column] = {}
    for column in columns_of(context):
        names = _counted(question, column, limit)
        if names is not None:
            found.setdefault(tuple(names), column)
    if len(found) != 1:
        return None
    counted, table = next(iter(found.items()))
    return _demand(table, counted)


def _counted(question: Question, column: Column, limit: Limit | None) -> list[str] | None:
    """Return the entries that a question counts, None where it does not count this table's."""
    if not _is_table(question, column):
        return None
    if any(re.search(rf"\b{re.escape(fold(name))}\b", question.folded) for name in column.values):
        return None
    is_on = _IS_ON.search(question.folded) is not None
    words = set(question.content_words()) - _VERBS - FUNCTION_WORDS - GENERIC_WORDS
    table = Said([" ".join(words_of_name(column.table))])
    states = {
        word
        for word in question.said.words
        if is_state(word) and not table.has_form(word) and (word != "on" or is_on)
    }
    words = {word for word in words if not table.has(word) and word not in ("entries", "not")}
    words |= states
    if limit is not None:
        return _within(limit, question, column, words - limit.words)
    own = Said([" ".join(words_of_name(column.name))]) if column.name else Said([])
    rest = [word for word in words if word not in states and not own.has(word)]
    negated = _NOT.search(question.folded) is not None
    if len(states) == 1 and not rest:
        return _in_state(min(states), column, negated)
    if not words and not negated:
        return list(column.values)
    if words and not states and column.name and not rest and not negated:
        return _true_ones(column)
    return _with_value(words, column, own) if not negated else None


def _is_table(question: Question, column: Column) -> bool:
    words = words_of_name(column.table)
    return bool(words) and any(question.said.has(word) for word in words if len(word) > 2)


def _within(limit: Limit, question: Question, column: Column, words: set[str]) -> list[str] | None:
    """Return the entries for which a limit holds, where a question says nothing else of them."""
    own = telling_words(column.name or column.table)
    if column.name and not question.said.has_all(own):
        return None
    if any(not Said([" ".join(own)]).has(word) and word not in UNITS for word in words):
        return None
    amounts = [amount_of(value) for value in column.values.values()]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts) or len({unit for _, unit in known}) != 1:
        return None
    unit = known[0][1]
    if limit.unit and unit and limit.unit != unit:
        return None
    if limit.unit and not unit and not Said([column.name, column.table]).has(limit.unit):
        return None
    return [
        name
        for name, (number, _) in zip(column.values, known, strict=True)
        if limit.holds(number, limit.number)
    ]


def _in_state(state: str, column: Column, negated: bool) -> list[str] | None:
    """Return the entries in a state; every entry must be plainly in it or not."""
    own = words_of_name(column.name) if column.name else ()
    found = []
    for name, value in column.values.items():
        if isinstance(value, bool) and state in own:
            verdict: bool | None = value
        elif isinstance(value, bool) and len(own) == 1 and is_state(own[0]):
            agreed = agrees(state, own[0])
            verdict = None if agreed is None else agreed == value
        else:
            verdict = agrees(state, value)
        if verdict is None:
            return None
        if verdict != negated:
            found.append(name)
    return found


def _true_ones(column: Column) -> list[str] | None:
    if not all(isinstance(value, bool) for value in column.values.values()):
        return None
    return [name for name, value in column.values.items() if value]


def _with_value(words: set[str], column: Column, own: Said) -> list[str] | None:
    """Return the entries with a value that a question says, where every value is one short text."""
    values = {name: fold(value) for name, value in column.values.items() if isinstance(value, str)}
    if len(values) < len(column.values) or any(len(WORD.findall(v)) > 2 for v in values.values()):
        return None
    asked = {word for word in words if not own.has(word)}
    found = [name for name, value in values.items() if asked and asked == set(WORD.findall(value))]
    return found or None


def _demand(column: Column, names: Sequence[str]) -> Expected:
    count = len(names)
    others = [name for name in column.values if name not in names]
    listed = ", ".join(names) if 0 < count <= MOST_NAMED else ""
    reason = (
        f"the facts have {count}{f' ({listed})' if listed else ''}; the answer must say {count}"
    )

    def is_met(text: str) -> bool:
        if says_value(text, count):
            return True
        if not count:
            return denies(text)
        folded = fold(text)
        names_all = all(says_name(folded, name) for name in names)
        return names_all and not any(says_name(folded, name) for name in others)

    stated = f"{count} ({listed})." if listed else f"{count}."
    return Expected("asked_count", reason, is_met, stated, (str(count),))
