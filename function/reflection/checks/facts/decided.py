"""Choices, and fields of a JSON answer, that the facts decide by a range or by a stated rule.

*Parcels over 20 kg are refused. Accept or refuse?* with ``weight_kg: 24``: refuse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from function.contract import InferenceRequest
from function.reflection.checks.facts.faults import guarded, nothing
from function.reflection.checks.facts.question import LONGEST, Question
from function.reflection.checks.facts.rules.compliance import ASKS_BREACH, ASKS_RULE
from function.reflection.checks.facts.rules.conditions import choice_by_condition, stated_conditions
from function.reflection.checks.facts.rules.ranges import choice_by_range
from function.reflection.checks.facts.rules.stated_rules import Ruling, ruling
from function.reflection.checks.facts.vocabulary import WORD, word_set, words_of_name
from function.reflection.prompt.facts import Fact, facts_of
from function.reflection.text.words import fold

MOST_FACTS = 100
"""Facts beyond which a request is not read, so that the checks are cheap."""
MOST_CHOICES = 12
LONGEST_CASE = 2 * LONGEST
"""Characters of a question that states a case and its rules."""

_GOOD = word_set(
    "compliant compliance complies comply conforms conform conforming pass passes passed ok okay "
    "approve approved approves accept accepted accepts valid allowed allow permitted meets meet "
    "met fulfilled respects respected within satisfied fine cumpre cumprida cumprido conforme "
    "conformidade passa passou aprovado aprovada aprovar aprova aceito aceita aceitar valido "
    "valida permitido permitida atende respeita respeitada dentro regular"
)
_BAD = word_set(
    "noncompliant fail fails failed failing reject rejected rejects deny denied decline declined "
    "refuse refused invalid violation violates violated breach breaches breaks broken exceeds "
    "disallowed forbidden outside descumpre descumprido reprovado reprovada reprovar reprova "
    "recusado recusada recusar rejeitado rejeitada rejeitar negado negada negar invalido invalida "
    "proibido proibida viola violado violada violacao irregular infringe fora inconforme"
)
_NOT = frozenset(("not", "non", "no", "nao", "without", "sem", "never"))
_NOTHING = frozenset(("none", "nothing", "nenhum", "nenhuma", "nada"))
_YES, _NO = (frozenset(("yes", "sim", "true")), frozenset(("no", "nao", "false")))
_ANSWERS = (_YES, _NO)
_NOT_TOLD = re.compile(
    r"\b(?:unknown|not (?:\w+ )?(?:stated|said|told|known|given|clear|recorded)|"
    r"cannot (?:tell|say)|unclear|desconhecid\w+|"
    r"nao (?:\w+ )?(?:consta|informad\w+|sabe\w*|dito|da para saber))\b"
)
_SUPPOSES = re.compile(r"\b(?:if|unless|would|se|caso|seria)\b")


class Decided(NamedTuple):
    """What the facts decide, and the reason that a model reads when it says another thing."""

    value: Any
    reason: str


@guarded(nothing)
def decided_choice(request: InferenceRequest) -> Decided | None:
    """Return the name of the choice that the facts decide, None where no verifier is certain."""
    offered = [choice for choice in request.choices if not choice.abstain]
    if not 2 <= len(offered) <= MOST_CHOICES or len(request.question) > LONGEST_CASE:
        return None
    names = [choice.name for choice in offered]
    question, facts = Question(request.question), facts_of(request.context)
    if len(facts) > MOST_FACTS:
        return None
    sides = _sides(names, request.question)
    if sides is not None:
        found = ruling(question, request.system or "", facts, request.context)
        if found is not None:
            name, verb = sides[not found.is_met], "meet" if found.is_met else "break"
            told = f" ({found.told})" if found.told else ""
            return Decided(name, f"the facts {verb} the rule{told}; the answer must be {name}")
    texts = {choice.name: choice.description or "" for choice in offered}
    by_condition = decided_option(texts, question, request.system or "", facts)
    return _told_choice(request, names) if by_condition is None else by_condition


def decided_option(
    texts: Mapping[str, str], question: Question, system: str, facts: Sequence[Fact]
) -> Decided | None:
    """Return the option for which a stated condition is met, None where that is not plain.

    :param texts: the descriptions of the options, by their names.
    """
    stated = stated_conditions(texts, question, system, facts)
    told = f"{question.text} {[fact.value for fact in facts]}"
    if any(map(str.isdigit, told)):
        ranged = choice_by_range(list(texts), stated, question)
        if ranged is not None:
            name, number = ranged
            return Decided(name, f"the number is {number.text}; the answer must be {name}")
    supposes = _SUPPOSES.search(" ".join(question.asked)) is not None
    met = None if supposes else choice_by_condition(stated)
    if met is None:
        return None
    return Decided(met.choice, f"the facts say: {met.text}; the answer must be {met.choice}")


def _told_choice(request: InferenceRequest, names: Sequence[str]) -> Decided | None:
    """Return the choice that the facts tell in answer to the question."""
    if not request.context or len(request.question) > LONGEST:
        return None
    from function.reflection.checks.facts.verify import expected_of  # here: facts are needed

    told = expected_of(request, of_choice=True)
    if told is None:
        return None
    folded = [fold(name) for name in names]
    if told.check == "untold":
        found = [name for name, text in zip(names, folded, strict=True) if _NOT_TOLD.search(text)]
    else:
        said = {fold(value) for value in told.values}
        found = [
            name
            for name, text in zip(names, folded, strict=True)
            if text in said or any(not said.isdisjoint(side) and text in side for side in _ANSWERS)
        ]
    return Decided(found[0], told.reason) if len(found) == 1 else None


@guarded(dict)
def ruled_fields(request: InferenceRequest, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field of a JSON answer that says whether a stated rule is met, by its name, with
    the field that says which part of it is broken.

    Empty where the facts do not decide, or where several fields may say it.
    """
    fields = schema.get("properties")
    if not isinstance(fields, dict) or len(request.question) > LONGEST:
        return {}
    sides = {
        name: both
        for name, field in fields.items()
        if isinstance(field, dict) and (both := _sides_of_field(name, field, request.question))
    }
    facts = facts_of(request.context) if len(sides) == 1 else []
    if not 0 < len(facts) <= MOST_FACTS:
        return {}
    question = Question(request.question)
    found = ruling(question, request.system or "", facts, request.context)
    if found is None:
        return {}
    ((name, values),) = sides.items()
    decided = {name: values[not found.is_met]}
    for other, field in fields.items():
        part = _broken_part(found, field) if other != name else None
        if part is not None:
            decided[other] = part
    return decided


def _broken_part(found: Ruling, field: Any) -> str | None:
    """Return which of the parts of a rule that a field lists is broken, or its *none*."""
    listed = field.get("enum") if isinstance(field, dict) else None
    texts = [one for one in listed or [] if isinstance(one, str)]
    nothing = [text for text in texts if fold(text) in _NOTHING]
    if len(nothing) != 1 or len(texts) != len(listed or []) or len(texts) < 3:
        return None
    if found.is_met:
        return nothing[0]
    field_words = words_of_name(found.field)
    named = [text for text in texts if text not in nothing and words_of_name(text) == field_words]
    return named[0] if len(named) == 1 else None


def _sides_of_field(name: str, field: Mapping[str, Any], question: str) -> tuple[Any, Any] | None:
    """Return the values of a field for a rule that is met, and for one that is not."""
    listed = field.get("enum")
    if isinstance(listed, list):
        texts = [one for one in listed if isinstance(one, str)]
        return _sides(texts, question) if len(texts) == len(listed) else None
    if field.get("type") != "boolean":
        return None
    is_good = _is_good(" ".join(words_of_name(name)))
    return None if is_good is None else (is_good, not is_good)


def _sides(names: Sequence[str], question: str) -> tuple[str, str] | None:
    """Return which of two names says that a rule is met, and which that it is not."""
    if len(names) != 2:
        return None
    verdicts = [_is_good(name) for name in names]
    if None not in verdicts and verdicts[0] is not verdicts[1]:
        return (names[0], names[1]) if verdicts[0] else (names[1], names[0])
    folded = [fold(name).strip(" .!") for name in names]
    yes = next((name for name, text in zip(names, folded, strict=True) if text in _YES), None)
    no = next((name for name, text in zip(names, folded, strict=True) if text in _NO), None)
    asked = fold(question.partition("?")[0])
    if yes is None or no is None:
        return None
    if ASKS_BREACH.search(asked):
        return (no, yes)
    return (yes, no) if ASKS_RULE.search(asked) else None


def _is_good(text: str) -> bool | None:
    """Return whether a name says that a rule is met, None where it says neither."""
    words = WORD.findall(fold(text))
    good, bad = not _GOOD.isdisjoint(words), not _BAD.isdisjoint(words)
    if good is bad or len(words) > 5:
        return None
    return good is _NOT.isdisjoint(words)
