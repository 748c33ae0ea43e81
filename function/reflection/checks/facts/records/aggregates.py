"""What a question makes of records: their number, a sum, a mean, a difference, an extreme.

*What do the open invoices add up to?* with the amounts 40 and 60: 100 (40 + 60).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from function.reflection.checks.facts.amounts import amounts_of
from function.reflection.checks.facts.expected import Expected, place_of
from function.reflection.checks.facts.records.conditions import TO_DO
from function.reflection.checks.facts.records.demands import (
    MOST_LISTED,
    name_of_record,
    say_field,
    say_names,
)
from function.reflection.checks.facts.records.reading import (
    HOW_MANY,
    MOST_UNEXPLAINED,
    NARROWING,
    Reading,
    asked_column,
    asked_field,
    only_column,
    values_of,
)
from function.reflection.checks.facts.superlatives import Superlative, superlative_in
from function.reflection.checks.facts.vocabulary import (
    Said,
    meanings_of,
    telling_words,
    words_of_name,
)
from function.reflection.checks.numbers import quantities
from function.reflection.text.words import fold

SUM = re.compile(
    r"\b(?:total|sum|altogether|in all|combined|add(?:s|ed)? up(?: to)?|all together|ao todo|"
    r"no total|em tudo|somam|soma|somad[oa]s|juntos|juntas)\b"
)
AVERAGE = re.compile(r"\b(?:average|mean|on average|em media|media|medio)\b")
DIFFERENCE = re.compile(
    r"\b(?:by how (?:much|many)|differs?|difference|how much (?:\w+er|more|less)|"
    r"how many (?:more|fewer)|em quanto|diferenca|quanto (?:a )?mais|quanto (?:a )?menos)\b"
)
_SUMS = frozenset(("total", "amount", "sum", "fee", "fare", "valor", "taxa", "tarifa"))
"""Words of fields that hold prices where none is named so."""
_MONEY = _SUMS | {"price", "cost", "eur", "usd", "brl", "gbp", "preco", "custo", "reais", "euros"}
_PAID = (
    *("spend", "spent", "pay", "paid", "cost", "sell", "sold", "earned", "gastar", "gastamos"),
    *("gasto", "pagamos", "pago", "custou", "custaram", "vendemos", "vendas", "recebemos"),
)
"""Names of fields that hold money, and words of what is done with it."""
_COMPARING = re.compile(r"\w+er|more|less|than|mais|menos|fewer")
MOST_OF = re.compile(r"\b(?:most|fewest|least|mais|menos) ([^\W\d_]+)")


def sum_of(reading: Reading) -> Expected | None:
    """Return the demand for the sum of a field."""
    return _of_all(reading, sum, " + ")


def _paid(column: str) -> tuple[str, ...]:
    """Return the words that say of an amount of money what was done with it."""
    return () if _MONEY.isdisjoint(words_of_name(column)) else _PAID


def average_of(reading: Reading) -> Expected | None:
    """Return the demand for the mean of a field."""
    return _of_all(reading, lambda found: sum(found) / len(found), ", ")


def _of_all(
    reading: Reading, compute: Callable[[Sequence[float]], float], joint: str
) -> Expected | None:
    column = only_column(reading)
    if column is None or len(values_of(reading, column)) != len(reading.records):
        return None
    if reading.unexplained(column, *_paid(column)):
        return None
    return _computed(reading, column, compute, joint)


def difference_of(reading: Reading) -> Expected | None:
    """Return the demand for how far two records are apart: the only ones, those that are said, or
    the most and the least."""
    column = only_column(reading)
    if column is None:
        return None
    table = reading.table
    words = [word for word in reading.question.said.words if superlative_in(word) is not None]
    chosen = reading.records
    if len(words) == 2 and not reading.conditions:
        values = sorted(reading.records, key=lambda one: _amount(one.get(column)))
        chosen = [values[0], values[-1]]
    elif len(chosen) == 1 and len(table.records) == 2:
        chosen = list(table.records)
    if len(chosen) != 2:
        return None
    known = [str(record.get(table.key)) for record in chosen if table.key is not None]
    strange = reading.unexplained(column, *known, *words)
    if not all(map(_COMPARING.fullmatch, strange)):
        return None
    return _computed(
        reading._replace(records=chosen), column, lambda found: max(found) - min(found), " - "
    )


def _amount(value: Any) -> float:
    found = amounts_of([value], "")
    return found.values[0] if found is not None else 0.0


def _computed(
    reading: Reading, column: str, compute: Callable[[Sequence[float]], float], joint: str
) -> Expected | None:
    values = values_of(reading, column)
    amounts = amounts_of(values, column or reading.table.name)
    if amounts is None or len(values) < 2 or amounts.kind not in ("number", "duration"):
        return None
    if amounts.is_converted:
        return None
    texts = [str(value) for value in values]
    if joint == " - ":
        texts = [text for _, text in sorted(zip(amounts.values, texts, strict=True))][::-1]
    result = _written(round(compute(amounts.values), 2), values[0])
    reason = f"the facts have {', '.join(texts)}; the answer must say {result}"
    return Expected.of("asked_amount", reason, f"{result} ({joint.join(texts)}).", result)


def _written(number: float, like: Any) -> str:
    """Return a number with the unit, and the decimal comma, of a value."""
    figures = f"{number:.2f}".rstrip("0").rstrip(".")
    if not isinstance(like, str):
        return figures
    found = list(quantities(like))
    if "," in found[0].text:
        figures = figures.replace(".", ",")
    return like.replace(found[0].text, figures, 1)


def number_of(reading: Reading) -> Expected | None:
    """Return the demand for a field of numbers, its sum, or the number of the records."""
    column = asked_column(reading)
    if column is not None:
        if reading.unexplained(column, *map(str, values_of(reading, column))):
            return None
        if len(reading.records) == 1:
            return say_field(reading, reading.records[0], column)
        return _computed(reading, column, sum, " + ") if reading.conditions else None
    table = reading.table
    counted = HOW_MANY.search(reading.question.folded)
    if counted is None:
        return None
    if counted[0].split()[:2] == ["how", "much"] or counted[0][:7] == "quanto ":
        spent = only_column(reading) if reading.conditions else None
        is_owed = TO_DO.search(reading.question.folded) is not None
        return None if spent is None or not _paid(spent) or is_owed else sum_of(reading)
    nouns = [word for word in counted.group("noun", "next") if word]
    called = Said([" ".join(reading.used), "people persons pessoas" if reading.conditions else ""])
    if not any(reading.nouns.has(word) or called.has_form(word) for word in nouns):
        return None
    if reading.unexplained() or reading.names_record:
        return None
    if len(reading.records) == 1 and not any(map(reading.nouns.has, nouns)):
        return None  # the one record may have the number of what it is called
    names = [name_of_record(reading, record) for record in reading.records]
    listed = ", ".join(names) if table.key is not None and 0 < len(names) <= MOST_LISTED else ""
    count = len(reading.records)
    reason = f"the facts have {count}{f' ({listed})' if listed else ''}; the answer must say it"
    stated = f"{count} ({listed})." if listed else f"{count}."
    demand = Expected.of("asked_count", reason, stated, count)
    others = [name_of_record(reading, one) for one in table.records if one not in reading.records]
    others = [name for name in others if name and not name.isdecimal()]

    def is_met(text: str) -> bool:
        folded = fold(text)
        named = [place_of(folded, name) >= 0 for name in names if name]
        if not demand.is_met(text) or any(place_of(folded, name) >= 0 for name in others):
            return False
        return all(named) or not any(named)  # "jellyfin has 2 pods" counts something else

    return demand._replace(is_met=is_met)


def extreme_of(reading: Reading, superlative: Superlative) -> Expected | None:
    """Return the demand for the record, or a field of it, that has the most or least of one."""
    table = reading.table
    most = MOST_OF.search(reading.question.folded)
    if most is not None and reading.nouns.has_form(most[1]):
        return None  # the most records, and not the most of one of their fields
    column = _compared(reading, superlative)
    values = [] if column is None else values_of(reading, column)
    if column is None or len(values) < max(2, len(reading.records)) or table.key is None:
        return None
    label = column or table.name
    amounts = amounts_of(values, label)
    meanings = frozenset().union(*map(meanings_of, words_of_name(label)))
    largest = None if amounts is None else superlative.takes_largest(amounts.kind, meanings)
    if amounts is None or largest is None:
        return None
    best = max(amounts.values) if largest else min(amounts.values)
    places = [place for place, value in enumerate(amounts.values) if value == best]
    if len(places) != 1:
        return None
    record = reading.records[places[0]]
    strange = reading.unexplained(label, *superlative.words)
    field = asked_field(reading, record, {column})
    if field is None or field == table.key:
        if len(strange) > MOST_UNEXPLAINED or strange & NARROWING:
            return None
        return say_names(reading, [record], column)
    strange = reading.unexplained(label, field, *superlative.words)
    return None if strange else say_field(reading, record, field)


def _compared(reading: Reading, superlative: Superlative) -> str | None:
    """Return the field whose values a superlative compares."""
    table = reading.table
    taken = {one.field for one in reading.conditions} | {table.key}
    kinds = {}
    for field in table.fields:
        amounts = amounts_of(values_of(reading, field), field or table.name)
        if field not in taken and amounts is not None:
            kinds[field] = amounts.kind
    said = reading.question.said
    named = [field for field in kinds if said.has_all(telling_words(field or table.name))]
    measure = MOST_OF.search(reading.question.folded)
    if measure is not None and len(named) > 1:  # "uses the most memory" beside *used*
        noun = Said([measure[1]])
        named = [field for field in named if noun.has_all(telling_words(field))] or named
    if not named and superlative.meaning:
        named = [
            field
            for field in kinds
            if any(superlative.meaning in meanings_of(word) for word in words_of_name(field))
        ]
    if not named and superlative.kind in ("early", "late", "old", "new"):
        named = [field for field, kind in kinds.items() if kind in ("date", "time")]
    if not named and superlative.words & {"longest", "shortest", "fastest", "slowest"}:
        named = [field for field, kind in kinds.items() if kind == "duration"]
    if not named and superlative.meaning == "price":
        named = [field for field in kinds if not _SUMS.isdisjoint(words_of_name(field))]
    if not named and (superlative.meaning is None or len(table.fields) == len(("name", "value"))):
        named = [  # what is heaviest is not said by a length
            field
            for field in kinds
            if superlative.meaning is None
            or not any(map(meanings_of, words_of_name(field or table.name)))
        ]
    return named[0] if len(named) == 1 else None
