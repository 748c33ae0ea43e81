"""Answers that stand in the facts as they are: a measure, a change, a state, a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from function.json_tree import walk
from function.reflection.checks.facts.asked_fact import LONGEST_VALUE, can_be_said
from function.reflection.checks.facts.expected import (
    Expected,
    capitalized,
    denies,
    listed,
    says_value,
    says_words,
)
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.states import agrees, is_adverse, is_state, is_state_field
from function.reflection.checks.facts.vocabulary import WORD, Said, find_name, words_of_name
from function.reflection.checks.stated_numbers import UNITS
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

LEAST_WORDS = 2
"""Words of the facts that a reason has to have, where none is a number: "it fails" says little."""
FEWEST_SAID = 3
"""Words of all facts below which none of them gives a reason."""
MOST_REASONS = 6
"""Facts beyond which a question why may be about any of them, and values that are listed."""

_SUBJECTS = ("test", "metric", "item", "parameter", "exam", "exame", "medida", "sensor", "name")
_VALUES = ("value", "result", "valor", "resultado", "reading", "leitura")
DATES = ("date", "data", "day", "dia", "taken_at", "time")
_LAST = re.compile(
    r"\b(?:(?:last|latest|past|ultim[oa]s?)(?: (?P<number>two|three|four|dois|duas|tres|quatro))?|"
    r"(?P<all>all|both|every|each|tod[oa]s|amb[oa]s|cada))\b"
)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CHANGED = re.compile(
    r"\bwhat(?:'s| is| has| was)? (?:changed|different|new)\b|\bwhat (?:is |was )?the change\b|"
    r"\bo que (?:ha de |e )?(?:mudou|muda|mudara|novo)\b|\bqual (?:e |foi )?a mudanca\b"
)
_OLD = ("old", "previous", "former", "before", "from", "antigo", "antiga", "anterior", "antes")
_NEW = ("new", "current", "after", "now", "to", "novo", "nova", "atual", "depois", "agora")
_SINCE = ("from", "since", "starting", "effective", "starts", "start", "desde", "partir", "inicio",
          "vigencia")  # fmt: skip
_ASKS_WHY = re.compile(r"\b(?:why|por que|porque)\b")
_WHY = re.compile(r"^\W*(?:why|por que|porque)\b")


def expected_measure(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand for the value, and for the day where that is asked for, of the one record
    whose subject a question names: ``{"test": "glucose", "value": "98 mg/dL", "date": ...}``."""
    found = []
    for _, record in walk(context):
        keys = record if isinstance(record, dict) else {}
        name = next((str(keys[key]) for key in _SUBJECTS if isinstance(keys.get(key), str)), "")
        value = next((keys[key] for key in _VALUES if key in keys), None)
        if name and can_be_said(value) and find_name(question.folded, fold(name)) >= 0:
            found.append((name, value, next((keys[k] for k in DATES if k in keys), None)))
    if len(found) > 1 and (several := _of_several(question, found)) is not None:
        return several
    if len(found) != 1 or not question.wants_value or question.times:
        return None
    name, value, day = found[0]
    wants_day = re.search(r"\b(?:when|what date|what day|quando|em que dia)\b", question.folded)
    wanted = [value] if wants_day is None or not can_be_said(day) else [value, day]
    portuguese = question.is_portuguese
    if wants_day is not None and not re.search(
        r"\b(?:and|how much|what was|what is|e|quanto|qual)\b", question.folded
    ):
        return None  # the day alone is asked for
    said = f"{capitalized(name)}: {value}"
    if len(wanted) > 1:
        said += f", {'em' if portuguese else 'on'} {day}"
    reason = f"the facts tell {', '.join(map(str, wanted))}; the answer must say it"
    return Expected.of("asked_fact", reason, f"{said}.", *wanted)


def _of_several(question: Question, found: Sequence[tuple[str, Any, Any]]) -> Expected | None:
    """Return the demand for the last values of one measure, or for all of them."""
    asked = _LAST.search(question.folded)
    if asked is None or not question.wants_value or len({fold(name) for name, _, _ in found}) > 1:
        return None
    if not all(isinstance(day, str) and _ISO_DAY.match(day) for _, _, day in found):
        return None
    number = UNITS.get(asked["number"] or "", None if asked["all"] or asked["number"] else 1)
    dated = sorted(found, key=lambda each: str(each[2]))
    last = dated if number is None else dated[-number:]
    if len(last) > MOST_REASONS or (number or 1) > len(found):
        return None
    on = "em" if question.is_portuguese else "on"
    said = listed(
        [f"{value} {on} {day}" for _, value, day in last], is_portuguese=question.is_portuguese
    )
    reason = f"the facts tell {said}; the answer must say it"
    name = last[0][0]

    def is_met(text: str) -> bool:
        return all(says_value(text, value) for _, value, _ in last)

    return Expected("asked_fact", reason, is_met, f"{capitalized(name)}: {said}.")


def expected_change(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand that an answer says what something was and what it is now, where the facts
    have both: ``old_price``, ``new_price``."""
    if not _CHANGED.search(question.folded):
        return None
    pairs = []
    for old in facts:
        for new in facts:
            before, after = words_of_name(old.field), words_of_name(new.field)
            what = _without(before, _OLD)
            is_pair = len(what) < len(before) and what == _without(after, _NEW) != after
            if is_pair and old.record == new.record and can_be_told(old.value, new.value):
                pairs.append((what, old.value, new.value))
    if len(pairs) != 1:
        return None
    what, before_it, after_it = pairs[0]
    portuguese = question.is_portuguese
    label = question.spelled(" ".join(what)) or ("mudança" if portuguese else "change")
    stated = f"{capitalized(label)}: "
    stated += (
        f"antes {before_it}, agora {after_it}" if portuguese else f"{after_it}, was {before_it}"
    )
    since = [fact for fact in facts if not set(_SINCE).isdisjoint(words_of_name(fact.field))]
    since = [fact for fact in since if fact.value not in (before_it, after_it)]
    if len(since) == 1:
        stated += f", {'a partir de' if portuguese else 'from'} {since[0].value}"
    reason = f"the facts tell that it was {before_it} and is {after_it}; the answer must say both"

    def is_met(text: str) -> bool:
        return says_words(text, before_it) and says_words(text, after_it)

    return Expected("asked_change", reason, is_met, f"{stated}.", (str(after_it),))


def _without(words: tuple[str, ...], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in others)


def can_be_told(*values: Any) -> bool:
    """Return whether all values are short texts or numbers."""
    return all(
        isinstance(value, str | int | float) and 0 < len(str(value)) <= LONGEST_VALUE
        for value in values
    )


def expected_state(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand that the answer to a question why says the state of the one thing of the
    question that is down, closed or the like."""
    asked = question.asking
    if not _ASKS_WHY.search(asked) or any(map(_is_reason, facts)):
        return None
    states = [word for word in WORD.findall(asked) if is_state(word)]
    found = [
        fact
        for fact in facts
        if is_adverse(fact.value)
        and (name := fold(_thing(fact)))
        and find_name(asked, name) >= 0
        and not any(agrees(word, fact.value) for word in states)  # why it is so is asked
    ]
    if len(found) != 1:
        return None
    thing, value = _thing(found[0]), str(found[0].value)

    def is_met(text: str) -> bool:
        folded = fold(text)
        if says_words(text, value):
            return True
        states = [word for word in WORD.findall(folded) if is_state(word)]
        return any(agrees(word, value) is (not denies(text)) for word in states)

    joint = ":" if question.is_portuguese else " is"
    stated = f"{capitalized(thing)}{joint} {value}."
    return Expected(
        "uses_facts", f"the facts tell {found[0].path}: {value}", is_met, stated, (value,)
    )


def _is_reason(fact: Fact) -> bool:
    """Return whether a field has the reason of something."""
    return "reason" in Said.named(fact.field).meanings


def _thing(fact: Fact) -> str:
    """Return the name of what has a state: the record of a field such as *status*."""
    is_record = is_state_field(fact.field)
    return fact.record.rpartition(".")[2] if is_record else fact.field.replace("_", " ")


def expected_reason(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand that the answer to a question why says something of the few facts."""
    if not _WHY.match(question.folded) or not 0 < len(facts) <= MOST_REASONS:
        return None
    if not all(isinstance(fact.value, str) for fact in facts):
        return None
    given = [fact for fact in facts if _is_reason(fact)]
    told = given if len(given) == 1 else facts
    values = Said([str(fact.value) for fact in told])
    if len(values.words) < FEWEST_SAID and told is facts:
        return None  # a status and a number are no reasons
    new = [word for word in values.words if word not in FUNCTION_WORDS and len(word) > 1]
    new = [word for word in new if not question.said.has_form(word)]
    if not new:
        return None

    least = min(LEAST_WORDS, len(set(new)))

    def is_met(text: str) -> bool:
        used = set(WORD.findall(fold(text))) & set(new)
        return len(used) >= least or any(any(map(str.isdigit, word)) for word in used)

    if told is given:
        reason = str(given[0].value).strip(" .")
        stated = f"{capitalized(reason)}."
        return Expected(
            "uses_facts", f"the facts give the reason: {reason}", is_met, stated, (reason,)
        )
    said = (f"{fact.field.replace('_', ' ')}: {fact.value}" for fact in facts)
    stated = " ".join("; ".join(said).split())
    known = "O que se sabe" if question.is_portuguese else "What is known"
    return Expected(
        "uses_facts", "the answer must say what the facts say of it", is_met, f"{known}: {stated}."
    )
