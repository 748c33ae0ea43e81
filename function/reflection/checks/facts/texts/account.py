"""Requests for an account of a few facts: a notice, a report, what happened.

An account of ``service: boiler, pressure_bar: 0.4`` says half of their words at least, as "Boiler,
pressure bar 0.4." does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from function.reflection.checks.facts.expected import Expected, capitalized, written
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.vocabulary import Said, word_set, words_of_name
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

MOST_FACTS = 12
MOST_RECORDS = 3
LONGEST_VALUE = 160
"""Characters of a value beyond which an account is more than the facts in a row."""
MOST_SAID = 6
"""Words of the facts that are enough for an account of more."""

_OVER = word_set("resolved closed solved done ok resolvido resolvida fechado fechada")
_PLAIN = word_set(
    "type kind reason message name object service title summary host node pod event nome servico "
    "tipo motivo mensagem titulo resumo evento"
)
"""Names of fields whose values are said without them."""


def expected_account(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand that an account of the facts says half of them."""
    if not 0 < len(facts) <= MOST_FACTS or len({fact.record for fact in facts}) > MOST_RECORDS:
        return None
    if any(fold(str(fact.value)) in _OVER for fact in facts):
        return None  # that nothing is open is an account as well
    if any(isinstance(fact.value, list) or len(str(fact.value)) > LONGEST_VALUE for fact in facts):
        return None
    values = Said([str(fact.value) for fact in facts])
    new = {
        word
        for word in values.words
        if len(word) > 1 and word not in FUNCTION_WORDS and not question.said.has_form(word)
    }
    if not new:
        return None
    least = min((len(new) + 1) // 2, MOST_SAID)

    def is_met(text: str) -> bool:
        return sum(map(Said([text]).has_form, new)) >= least

    records = groupby(facts, key=lambda fact: fact.record)
    stated = "; ".join(", ".join(map(_said, own)) for _, own in records)
    reason = f"an account of the facts says what they hold: {stated}"
    return Expected("uses_facts", reason, is_met, f"{capitalized(stated)}.")


def _said(fact: Fact) -> str:
    value = " ".join(written(fact.value).split()).strip(" .")
    words = words_of_name(fact.field)
    return value if not words or _PLAIN.issuperset(words) else f"{' '.join(words)} {value}"
