"""The entries of a table that a question asks for: by a value, or by the most or least of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from function.reflection.checks.facts.amounts import amounts_of
from function.reflection.checks.facts.expected import Expected, place_of, says_name, says_value
from function.reflection.checks.facts.question import FUNCTION_WORDS, GENERIC_WORDS, Question
from function.reflection.checks.facts.superlatives import Superlative, is_limited, superlative_in
from function.reflection.checks.facts.tables import Column, columns_of
from function.reflection.checks.facts.vocabulary import (
    WORD,
    Said,
    find_name,
    meanings_of,
    telling_words,
    words_of_name,
)
from function.reflection.text.words import fold

MOST_ENTRIES = 3
"""Entries with one value beyond which an answer may rather count than list them."""
MOST_UNEXPLAINED = 2
"""Words of a question that nothing in a table explains: more may narrow down what is asked for."""
LONGEST_VALUE = 5
"""Words of a value that a question may say whole."""
_ASKS_FOR_ENTRY = re.compile(
    r"\b(?:what|which|who|where|when|at what time|qual|quais|quem|onde|quando|(?:em|de|a|com) que|"
    r"name the|looking for|tell me the|give me the|procuro|(?:me )?(?:diga|mostre|informe) [oa])\b"
)
_SECONDARY = re.compile(
    r"\b(?:not|except|without|how|and|or|both|each|every|nao|exceto|ou|ambos|cada|mas)\b"
)
_COUNTS = re.compile(r"\b(?:how many|number of|count|quant[oa]s|numero de|quantidade|total)\b")
_EMPTY = re.compile(
    r"\b(?:out of stock|sold out|sem estoque|esgotad[oa]s?|em falta|has (?:no|none|zero)|"
    r"have (?:no|none|zero)|nao tem|empty|vazi[oa]s?)\b"
)
_ASKED_NOUN = re.compile(
    r"\b(?:which|what|who|name the|tell me the|qual|quais|que|diga [oa]|mostre [oa])\s+"
    r"(?:of (?:the|my) )?([^\W\d_]+(?: [^\W\d_]+)?)"
)
_SUMS = frozenset(("total", "amount", "sum", "fee", "fare", "valor", "taxa", "tarifa"))
"""Words of columns that hold prices where no column is named so."""
_OF_MOMENTS = frozenset(("early", "late", "old", "new"))
"""Superlatives that compare moments where a table has one column of them."""
_DIGITS_OF_TIME = re.compile(r"[\d:.h/-]+(?:t[\d:.]+z?)?")


def expected_extreme(
    question: Question, context: Mapping[str, Any], before: Iterable[str] = ()
) -> Expected | None:
    """Return the demand that an answer names the entry with the most or the least of a column.

    :param before: what was said before in the conversation. Where it names some of the entries,
        the question may be about those alone.
    """
    if not _ASKS_FOR_ENTRY.search(question.folded):
        return None
    found = extreme_entry(question, context)
    if found is None:
        return None
    spoken = fold(" ".join(before))
    named = [entry for entry in found[0].values if spoken and says_name(spoken, fold(entry))]
    if 1 < len(named) < len(found[0].values):
        return None
    return _demand(question, found[0], [found[1]])


def extreme_entry(question: Question, context: Mapping[str, Any]) -> tuple[Column, str] | None:
    """Return the entry with the most or the least of a column that a question asks for, and the
    column."""
    superlative = superlative_in(question.folded)
    if superlative is None or _SECONDARY.search(question.folded):
        return None
    columns = columns_of(context)
    column = _compared(question, superlative, columns)
    if column is None:
        return None
    names = _entries_named(question, column)
    if len(names) == 1:
        return None
    names = names if len(names) > 1 else list(column.values)
    if _is_narrowed_by_value(question, column, columns):
        return None
    name = _extreme(superlative, column, names)
    if name is None or _unexplained(question, column, superlative.words) > MOST_UNEXPLAINED:
        return None
    return column, name


def _compared(
    question: Question, superlative: Superlative, columns: Sequence[Column]
) -> Column | None:
    """Return the one column whose values a question compares."""
    comparable = [
        one for one in columns if amounts_of(list(one.values.values()), _label(one)) is not None
    ]
    named = [one for one in comparable if _is_column_said(question, one)]
    if not named and superlative.kind in _OF_MOMENTS:
        named = [one for one in comparable if _holds_moments(one)]
    if not named and superlative.meaning:
        named = [one for one in comparable if superlative.meaning in _meanings(one)]
    if not named and superlative.meaning == "price":
        named = [one for one in comparable if _SUMS.intersection(words_of_name(_label(one)))]
    if not named and len(comparable) == 1:
        named = [one for one in comparable if _is_table_said(question, one) or not one.name]
    if len(named) > 1:
        most = max(len(words_of_name(_label(one))) for one in named)
        named = [one for one in named if len(words_of_name(_label(one))) == most]
    return named[0] if len(named) == 1 else None


def _holds_moments(column: Column) -> bool:
    amounts = amounts_of(list(column.values.values()), _label(column))
    return amounts is not None and amounts.kind in ("date", "time")


def _extreme(superlative: Superlative, column: Column, names: Sequence[str]) -> str | None:
    """Return the one entry with the most or the least, None for a tie."""
    amounts = amounts_of([column.values[name] for name in names], _label(column))
    if amounts is None:
        return None
    largest = superlative.takes_largest(amounts.kind, _meanings(column))
    if largest is None:
        return None
    best = max(amounts.values) if largest else min(amounts.values)
    found = [name for name, value in zip(names, amounts.values, strict=True) if value == best]
    return found[0] if len(found) == 1 else None


def expected_entries(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand that an answer names the entries that have a value which is asked about."""
    folded = question.folded
    is_empty = _EMPTY.search(folded) is not None
    if not _ASKS_FOR_ENTRY.search(folded) or superlative_in(folded) is not None:
        return None
    if (is_limited(folded) and not is_empty) or _COUNTS.search(folded):
        return None
    if not is_empty and (_SECONDARY.search(folded) or question.wants_more):
        return None
    columns = columns_of(context)
    found = [(column, _with_value(question, column, is_empty)) for column in columns]
    chosen = [(column, names) for column, names in found if names]
    # A record of a table is none itself.
    chosen = [one for one in chosen if one[0].name] or chosen
    if len(chosen) != 1:
        return None
    column, names = chosen[0]
    if not 0 < len(names) <= MOST_ENTRIES or len(names) == len(column.values):
        return None
    if _entries_named(question, column) or not _asks_for(question, column, is_empty):
        return None
    used = frozenset(words_of_name(str(column.values[names[0]])))
    if is_empty:
        used |= frozenset(WORD.findall("out stock sold sem estoque falta none zero empty"))
    if _unexplained(question, column, used) > MOST_UNEXPLAINED:
        return None
    return _demand(question, column, names)


def _with_value(question: Question, column: Column, is_empty: bool) -> list[str]:
    """Return the entries whose value a question says; of several values none is plain."""
    found: dict[str, list[str]] = {}
    is_named = _is_column_said(question, column)
    for name, value in column.values.items():
        if is_empty and isinstance(value, int) and not isinstance(value, bool):
            if value == 0:
                found.setdefault("0", []).append(name)
        elif _is_value_said(question, column, value, is_named):
            found.setdefault(fold(str(value)), []).append(name)
    return next(iter(found.values())) if len(found) == 1 else []


def _is_value_said(question: Question, column: Column, value: object, is_named: bool) -> bool:
    """Return whether a question says a value: its words, or its figures with the column's name."""
    if isinstance(value, bool | None):
        return False
    folded = fold(str(value))
    if not isinstance(value, str) or any(map(str.isdigit, folded)):
        return is_named and find_name(question.folded, folded) >= 0
    words = WORD.findall(folded)
    if not 0 < len(words) <= LONGEST_VALUE:
        return False
    telling = [word for word in words if word not in FUNCTION_WORDS]
    own = {*words_of_name(column.table), *words_of_name(column.name)}
    return bool(set(telling) - own) and question.said.has_all(telling)


def _asks_for(question: Question, column: Column, is_empty: bool) -> bool:
    """Return whether the name of an entry is asked for, and no other column of the table."""
    if any(question.said.has_all(telling_words(other)) for other in column.others):
        return False
    if "alert" in _meanings_of_name(column.table):
        return False  # one that is resolved is no alert any more
    if not column.name and all(map(_DIGITS_OF_TIME.fullmatch, map(fold, column.values))):
        return re.search(r"\b(?:when|time|quando|que horas)\b", question.folded) is not None
    if re.search(r"\b(?:when|where|quando|onde|que horas)\b", question.folded):
        return False
    if column.name:
        return _is_table_said(question, column) or _is_column_said(question, column)
    asked = _ASKED_NOUN.search(question.folded)
    if asked is not None and _is_table_said(Question(asked[1]), column):
        return True
    return is_empty and all(isinstance(value, int) for value in column.values.values())


def _demand(question: Question, column: Column, names: Sequence[str]) -> Expected:
    others = [name for name in column.values if name not in names]
    values = "; ".join(f"{column.paths[name]}: {column.values[name]}" for name in names)
    reason = f"the facts tell {values}; the answer must say {' and '.join(names)}"
    asks_for_value = re.match(r"\W*(?:what|how|qual)\b", question.folded) is not None

    def is_met(text: str) -> bool:
        folded = fold(text)
        if not all(says_name(folded, name) for name in names):
            value = column.values[names[0]]
            is_value = bool(column.name) and asks_for_value and any(map(str.isdigit, str(value)))
            return is_value and len(names) == 1 and says_value(text, value)
        if any(_equates(folded, name, other) for name in names for other in others):
            return False
        first = min((place_of(folded, name) for name in names), default=0)
        before = [name for name in others if 0 <= place_of(folded, name) < first]
        return not before or len(before) < len(others)

    stated = [_entry(column, name) for name in names]
    joined = f" {'e' if question.is_portuguese else 'and'} ".join(stated)
    return Expected("asked_entry", reason, is_met, f"{joined}.", tuple(names))


def _equates(folded: str, name: str, other: str) -> bool:
    """Return whether a folded text says of one entry that it is another."""
    place = place_of(folded, name)
    if place < 0:
        return False
    behind = folded[place + len(fold(name)) :]
    return re.match(rf"\W+(?:is|was|e|foi) {re.escape(fold(other))}\b", behind) is not None


def _entry(column: Column, name: str) -> str:
    label = column.name.replace("_", " ")
    value = column.values[name]
    return f"{name} ({label}: {value})" if label else f"{name} ({value})"


def _label(column: Column) -> str:
    return column.name or column.table


def _meanings(column: Column) -> frozenset[str]:
    return _meanings_of_name(_label(column))


def _meanings_of_name(name: str) -> frozenset[str]:
    return frozenset().union(*map(meanings_of, words_of_name(name)))


def _is_column_said(question: Question, column: Column) -> bool:
    return question.said.has_all(telling_words(_label(column)))


def _is_table_said(question: Question, column: Column) -> bool:
    words = (*words_of_name(column.table), *words_of_name(column.key))
    return any(question.said.has(word) for word in words if len(word) > 1)


def _entries_named(question: Question, column: Column) -> list[str]:
    return [name for name in column.values if find_name(question.folded, fold(name)) >= 0]


def _is_narrowed_by_value(question: Question, column: Column, columns: Sequence[Column]) -> bool:
    """Return whether a question is about some of the entries: it says a value of another column,
    a time, or a name that is neither the table's nor an entry's."""
    known = Said([column.table, column.name, *column.values, *column.others])
    if question.times or not all(
        any(map(known.has, WORD.findall(fold(name)))) for name in question.names
    ):
        return True
    beside = [
        other for other in columns if other.table == column.table and other.name in column.others
    ]
    return any(
        _is_value_said(question, other, value, _is_column_said(question, other))
        for other in beside
        for value in other.values.values()
    )


def _unexplained(question: Question, column: Column, used: frozenset[str]) -> int:
    """Return how many words of a question nothing in a table or in its meaning explains."""
    known = Said([column.table, column.name, " ".join(used), *column.values])
    words = set(question.content_words()) - used - GENERIC_WORDS
    return sum(not known.has(word) for word in words)
