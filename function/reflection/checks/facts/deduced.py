"""Answers that follow by one step from what is said: an order, a fit, a day, a count.

*The market is on Tuesdays. Today is Friday. Is it open today?* No, because it is Friday.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from function.contract import Message
from function.reflection.checks.facts.expected import (
    Expected,
    denies,
    place_of,
    says_first,
    says_name,
    says_value,
    says_yes,
)
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.tables import Column, columns_of
from function.reflection.checks.stated_numbers import UNITS
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold
from function.schemas.days_and_months import DAY_OF, WEEKDAYS
from function.schemas.sentences import written_amount

_OPERATORS = {
    **dict.fromkeys(("+", "plus", "mais"), operator.add),
    **dict.fromkeys(("-", "minus", "menos"), operator.sub),
    **dict.fromkeys(("/", "÷", "divided by", "dividido por"), operator.truediv),
}
"""Operators but for those that multiply."""
_CALCULATION = re.compile(
    r"\W*(?:what(?:'s| is)|how much is|calculate|compute|quanto (?:e|da|sao)|qual e|calcule)?\W*"
    r"(?P<first>\d+(?:[.,]\d{1,2})?) ?(?:(?P<operator>[*x×/÷+-]|times|plus|minus|divided by|"
    r"vezes|mais|menos|dividido por)|(?P<percent>(?:%|per ?cent|por cento) (?:of|de))) ?"
    r"(?P<second>\d+(?:[.,]\d{1,2})?)\W*"
)
MOST_ORDERED = 12
"""Things beyond which no order is worked out."""

_ASKS_ORDER = re.compile(
    r"\b(?:(?:in|by) (?:which|what) (?:order|sequence)|what (?:is the )?(?:order|sequence)|"
    r"(?:em|por) que (?:ordem|sequencia)|qual (?:e )?a? ?(?:ordem|sequencia))\b"
)
_DEPENDS = re.compile(
    r"(?P<one>[\w-]+) (?:needs?|depends? on|requires?|relies on|"
    r"(?:must )?(?:start|run|come)s? after|"
    r"precisa d[eoa]|depende d[eoa]|requer|vem depois d[eoa]) (?:the |o |a )?(?P<other>[\w-]+)"
)
_NOTHING = frozenset(("nothing", "none", "no", "nada", "nenhum", "nenhuma"))
_PRONOUNS = frozenset(("i", "we", "you", "they", "it", "he", "she", "who", "voce", "ele", "ela"))
"""Who needs an answer: *I need it today*."""
_NEED = re.compile(
    r"(?<![\d.,])(?P<number>\d+(?:[.,]\d{1,2})?) ?(?P<unit>"
    r"gib|gb|mib|mb|tib|tb|cores?|v?cpus?|kg|km|m2|litros?|"
    r"seats?|lugares|people|persons|pessoas|guests?|kw|kwh|w)\b"
)
_ASKS_WHICH = re.compile(r"\b(?:which|what|where|qual|quais|onde|em que)\b")
_NEEDS = re.compile(
    r"\b(?:needs?|requires?|takes?|at least|for|with|precisa\w*|requer|pelo menos|para|de)\b"
)
_OUTDONE = re.compile(
    r"\b(?:not|n't|too|less|fewer|cannot|only \d|nao|menos|apenas \d|so \d|pouco)"
)
_DAY = re.compile(rf"\b({'|'.join(DAY_OF)})s?\b")
_TODAY = re.compile(rf"\b(?:today is|it is|hoje e)\s+(?:a )?({'|'.join(DAY_OF)})\b")
_ASKS_TODAY = re.compile(
    r"^\W*(?:(?:does|do|is|are|will|can|has|have)\b.*\btoday\b|(?!qua).*\bhoje\b)[^?]*\?"
)
_HABIT = re.compile(
    r"\b(?:runs?|happens?|takes? place|opens?|is|are|(?:only |always )?on|every|rodam?|acontecem?|"
    r"abrem?|funcionam?|sao|aos|toda|todas|todo)\b"
)
_CLOSED = re.compile(r"\b(?:closed|off|cancel\w+|fechad[oa]s?|fecham|folga)\b")
_COUNTS = re.compile(r"\b(?:how many|quant[oa]s) ([^\W\d_]{3,})")
_BEFORE = re.compile(
    r"\b(?:did i|have i|i (?:said|told|mentioned)|eu (?:disse|falei)|falei|disse)\b"
)
_NUMBER_WORD = "|".join(sorted((word for word in UNITS if word not in ("a", "o")), key=len))


def expected_order(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand that an answer names things in the order in which they need each other."""
    if not _ASKS_ORDER.search(question.folded):
        return None
    said = [question.folded, *(fold(f"{fact.field} {fact.value}") for fact in facts)]
    needs: dict[str, set[str]] = {}
    for text in said:
        for match in _DEPENDS.finditer(text):
            if match["one"] in _PRONOUNS:
                continue
            needed = needs.setdefault(match["one"], set())
            if match["other"] not in _NOTHING:
                needed.add(match["other"])
                needs.setdefault(match["other"], set())
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError:
        return None
    if not 2 <= len(order) <= MOST_ORDERED:
        return None
    joined = ", ".join(order)

    def is_met(text: str) -> bool:
        return _in_order(order, needs, fold(text))

    stated = (
        f"A ordem é: {joined}. Cada um vem depois daquilo de que precisa."
        if question.is_portuguese
        else f"The order is: {joined}. Each comes after what it needs."
    )
    return Expected(
        "order", f"the order that the facts give is {joined}", is_met, stated, tuple(order)
    )


def _in_order(order: Iterable[str], needs: Mapping[str, set[str]], text: str) -> bool:
    """Return whether a text names each thing, first behind what it needs."""
    places = {}
    for name in order:
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        if found is None:
            return False
        places[name] = found.start()
    return all(places[other] < places[one] for one, needed in needs.items() for other in needed)


def expected_fit(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand that an answer names the only entry that has as much as is needed."""
    needs = list(_NEED.finditer(question.folded))
    if len(needs) != 1 or not _ASKS_WHICH.search(question.folded):
        return None
    (need,) = needs
    if not _NEEDS.search(question.folded):
        return None
    wanted, unit = written_amount(need["number"]), need["unit"].rstrip("s")
    for column in columns_of(context):
        amounts = {name: _in_unit(value, unit) for name, value in column.values.items()}
        known = {name: amount for name, amount in amounts.items() if amount is not None}
        fitting = [name for name, amount in known.items() if amount >= wanted]
        if len(known) == len(amounts) and len(fitting) == 1:
            written = re.search(re.escape(need[0]), question.text, re.I)
            return _fit(question, column, fitting[0], written[0] if written else need[0])
    return None


def _fit(question: Question, column: Column, name: str, need: str) -> Expected:
    others = [other for other in column.values if other != name]

    def is_met(text: str) -> bool:
        return says_first(text, [name], others) and all(
            says_name(part, name) or _OUTDONE.search(part)
            for part in re.split(r"(?<=[.!?;])\s+|\n", fold(text))
            if any(place_of(part, other) >= 0 for other in others)
        )

    value = f"{column.name} {column.values[name]}".strip()
    reason = f"only {name} has {need}: {value}; the answer must say {name}"
    stated = (
        f"{name}: só ali há espaço para {need} ({value})."
        if question.is_portuguese
        else f"{name}: it is the only one with room for {need} ({value})."
    )
    return Expected("fitting_entry", reason, is_met, stated, (name,))


def _in_unit(value: object, unit: str) -> float | None:
    found = list(_NEED.finditer(fold(str(value))))
    if len(found) != 1 or found[0]["unit"].rstrip("s") != unit:
        return None
    return written_amount(found[0]["number"])


def expected_calculation(question: Question) -> Expected | None:
    """Return the demand for the result of the one calculation that a question is."""
    found = _CALCULATION.fullmatch(question.folded)
    if found is None:
        return None
    first, second = (float(found[name].replace(",", ".")) for name in ("first", "second"))
    compute = _OPERATORS.get(found["operator"], operator.mul)
    if compute is operator.truediv and not second:
        return None
    result = compute(first, second) / (100 if found["percent"] else 1)
    figures = f"{result:.2f}".rstrip("0").rstrip(".")
    figures = figures.replace(".", ",") if question.is_portuguese else figures
    written = f"{found['first']} {found['operator'] or found['percent']} {found['second']}"
    reason = f"{written} is {figures}; the answer must say it"

    def is_met(text: str) -> bool:
        return says_value(text, figures) and not denies(text)

    return Expected("calculation", reason, is_met, f"{figures}.", (figures,))


def expected_day(question: Question) -> Expected | None:
    """Return the demand for the yes or no that a weekly habit and today's day give."""
    today = _TODAY.search(question.folded)
    asked = [part for part in question.sentences if _ASKS_TODAY.match(part)]
    if today is None or len(asked) != 1:
        return None
    habits = [
        part
        for part in question.sentences
        if part not in asked and not _TODAY.search(part) and _DAY.search(part)
    ]
    if len(habits) != 1 or not _HABIT.search(habits[0]):
        return None
    if denies(habits[0]) or _CLOSED.search(f"{habits[0]} {asked[0]}"):
        return None
    days = [DAY_OF[day] for day in _DAY.findall(habits[0])]
    if re.search(r"\b(?:to|through|until|ate|except|exceto)\b", habits[0]):
        return None
    if denies(asked[0]):
        return None
    is_so = DAY_OF[today[1]] in days
    portuguese = question.is_portuguese
    language = int(portuguese)
    named = WEEKDAYS[language][DAY_OF[today[1]]]
    if portuguese:
        stated = f"Sim, hoje é {named}." if is_so else f"Não, porque hoje é {named}."
    else:
        stated = f"Yes, today is {named.title()}." if is_so else f"No, today is {named.title()}."

    def is_met(text: str) -> bool:
        return not denies(text) if is_so else denies(text) and not says_yes(fold(text))

    said = "yes" if is_so else "no"
    return Expected("today", f"today is {today[1]}: the answer is {said}", is_met, stated)


def expected_count(question: Question, history: Sequence[Message]) -> Expected | None:
    """Return the demand for the number that the conversation has of what is counted."""
    counted = _COUNTS.search(question.folded)
    if counted is None or not history or not _BEFORE.search(question.folded):
        return None
    noun = counted[1]
    number = re.compile(
        rf"\b(\d+|{_NUMBER_WORD})\s+(?:[^\W\d_]+\s+)?{re.escape(noun[:-1])}[^\W\d_]?\b"
    )
    found = [match[1] for message in history for match in number.finditer(fold(message.content))]
    values = {int(each) if each.isdigit() else UNITS[each] for each in found}
    if len(values) != 1:
        return None
    value = values.pop()

    def is_met(text: str) -> bool:
        return says_value(text, value) and ":" not in text

    reason = f"the conversation says {found[-1]} {noun}; say that number and list nothing"
    stated = f"{'Você falou em' if question.is_portuguese else 'You said'} {found[-1]} {noun}."
    return Expected("count_said_before", reason, is_met, stated, (str(value),))
