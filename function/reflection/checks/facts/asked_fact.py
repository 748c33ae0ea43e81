"""The one fact whose value a question asks for.

*Who is the owner of billing?* with ``{"billing": {"owner": "Ada", "port": 80}}``: Ada.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from function.reflection.checks.facts.amounts import is_moment
from function.reflection.checks.facts.expected import Expected, capitalized, place_of, says_value
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.tables import NAMING
from function.reflection.checks.facts.vocabulary import (
    WORD,
    Said,
    find_name,
    name_of_path,
    telling_words,
    word_set,
    words_of_name,
)
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

LONGEST_VALUE = 48
MOST_WORDS = 4
"""Sizes of a value that can be expected in an answer word for word."""
_NOTHING = frozenset(
    ("n/a", "na", "n.a.", "nan", "nil", "none", "null", "tbd", "unknown", "not available", "nd")
    + ("desconhecido", "desconhecida", "indisponivel", "nao informado", "nao informada", "nenhum")
)
"""Values, folded, that stand for a missing one: an answer may say so in words of its own."""
_WHICH_ONE = word_set(
    "last next current first ultimo ultima proximo proxima atual primeiro primeira"
)
"""Words that tell fields of one kind apart, and name none by themselves."""
READING = frozenset(("state", "value", "reading", "estado", "valor", "leitura"))
"""Fields that hold what the object around them is named after: the *state* of a sensor."""
_NAMING = frozenset((*NAMING, "animal", "host"))
"""Fields whose value names their record."""
_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
_UNIT_ASKED = re.compile(
    r"\b(?:how many|quant[oa]s) "
    r"(minutes|hours|days|seconds|weeks|minutos|horas|dias|segundos|semanas)\b"
)


def expected_value(question: Question, facts: Sequence[Fact]) -> Expected | None:
    """Return the demand that an answer says the value of the one fact asked for."""
    fact = asked_fact(question, facts)
    if fact is None:
        return None
    others = [_figures(one) for one in facts if _is_beside(one, fact)]
    reason = f"the facts tell {fact.path}: {fact.value}; the answer must say it"

    def is_met(text: str) -> bool:
        if not says_value(text, fact.value):
            return False
        folded = fold(text)
        place = place_of(folded, _figures(fact))
        return not any(0 <= place_of(folded, other) < place for other in others)

    return Expected(
        "asked_fact", reason, is_met, _statement(question, fact, facts), (str(fact.value),)
    )


def _statement(question: Question, fact: Fact, facts: Sequence[Fact]) -> str:
    """Return the fact in one sentence."""
    field = fact.field.replace("_", " ")
    above = fact.record.rpartition(".")[2]
    named = _names_of_records(facts).get(fact.record, [])
    owner = named[0] if named else "" if above.isdecimal() else above.replace("_", " ")
    of = f" {'de' if question.is_portuguese else 'of'} {owner}" if owner else ""
    return f"{capitalized(field)}{of}: {fact.value}."


def _figures(fact: Fact) -> str:
    found = _NUMBER.search(str(fact.value))
    return found.group() if found else str(fact.value)


def _is_beside(one: Fact, fact: Fact) -> bool:
    """Return whether another value of a fact's record is an amount as its own, in one unit."""
    unit, other = (_NUMBER.sub("", str(each.value)).strip() for each in (fact, one))
    is_amount = bool(unit) and _NUMBER.search(str(fact.value)) is not None
    return is_amount and unit == other and one.record == fact.record and one != fact


def asked_fact(question: Question, facts: Sequence[Fact]) -> Fact | None:
    """Return the fact whose value a question asks for, None where that is not plain."""
    if question.wants_more:
        return None
    said = question.said
    close = [fact for fact in facts if said.may_have(name_of_path(fact.path))]
    fields = Counter(fact.field for fact in facts) if close else {}
    found = _best([(fact, _named_by(question, fact, fields)) for fact in close])
    if len(found) > 1:  # "the state of the unit" asks for the state
        owners = {first for first, _ in question.objects}
        found = [
            fact for fact in found if not owners.issuperset(words_of_name(fact.field))
        ] or found
    if len(found) > 1:
        records = {fact.record for fact in found}
        if len(records) == len(found):
            names = _names_of_records(facts)
            found = _best([(fact, _shared(question, fact, names)) for fact in found], least=0)
        if question.has_superlative_beside(found[0].field):
            return None
    elif not found:
        found = _by_unit(question, facts)
    elif question.has_superlative_beside(found[0].field) and _is_one_of_several(found[0], facts):
        return None
    if len(found) != 1:
        return None
    fact = found[0]
    if not (can_be_said(fact.value) and question.fits(fact.value)):
        return None
    value = str(fact.value)
    if question.asks_when and not (any(map(str.isdigit, value)) or is_moment(value)):
        return None
    fact = next((one for one in facts if _is_current(one, fact)), fact)
    is_meant = _is_about(question, fact, facts) and _is_identified(question, fact, facts)
    return fact if is_meant else None


def _is_current(one: Fact, fact: Fact) -> bool:
    """Return whether a fact is how another is now, which may be what was set: a thermostat has a
    ``temperature`` and a ``current_temperature``."""
    words = ("current", *words_of_name(fact.field))
    return one.record == fact.record and words_of_name(one.field) == words


def can_be_said(value: object) -> bool:
    """Return whether an answer can be expected to have a value as it is."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    text = str(value)
    if len(text) > LONGEST_VALUE or fold(text).strip() in _NOTHING:
        return False
    return 0 < len(WORD.findall(text)) <= MOST_WORDS


def _best(scored: Sequence[tuple[Fact, int]], least: int = 1) -> list[Fact]:
    if not scored:
        return []
    most = max(score for _, score in scored)
    return [fact for fact, score in scored if score == most] if most >= least else []


def _named_by(question: Question, fact: Fact, fields: Mapping[str, int]) -> int:
    """Return how plainly a question names the field of a fact: 0 not at all, 2 for a word that it
    says, 1 for one that it says by another word."""
    parts = fact.path.split(".")
    field = parts[-1]
    score = _name_score(question, field) if field[:1].islower() or fields[field] > 1 else 0
    if score or len(parts) < 2 or _WHICH_ONE.issuperset(words_of_name(field)):
        return score
    if field in READING or _is_said(question, field):
        return _name_score(question, parts[-2])
    return 0


def _name_score(question: Question, field: str) -> int:
    if any(map(str.isdigit, field)):
        return 0  # the name of a record
    wanted = telling_words(field)
    is_told_apart = FUNCTION_WORDS.issuperset(wanted) or _WHICH_ONE.issuperset(wanted)
    if not wanted or is_told_apart or not question.said.has_all(wanted):
        return 0
    return sum(2 if question.said.has_form(word) else 1 for word in wanted)


def _is_said(question: Question, name: str) -> bool:
    return find_name(question.folded, fold(name)) >= 0


def _by_unit(question: Question, facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts in the unit of time that the question asks for."""
    asked = _UNIT_ASKED.search(question.folded)
    if asked is None:
        return []
    unit = asked[1]
    return [fact for fact in facts if unit in WORD.findall(fold(f"{fact.path} {fact.value}"))]


def _is_one_of_several(fact: Fact, facts: Sequence[Fact]) -> bool:
    """Return whether the record of a fact has others beside it."""
    above = fact.record.rpartition(".")[0]
    if not above:
        return False
    records = {one.path[len(above) + 1 :].split(".")[0] for one in facts if _is_in(one, above)}
    return len(records) > 1


def _is_in(fact: Fact, record: str) -> bool:
    return not record or fact.path == record or fact.path.startswith(f"{record}.")


def _names_of_records(facts: Sequence[Fact]) -> dict[str, list[str]]:
    """Return the names that records have in fields of their own."""
    names: dict[str, list[str]] = {}
    for fact in facts:
        if not _NAMING.isdisjoint(words_of_name(fact.field)):
            names.setdefault(fact.record, []).append(str(fact.value))
    return names


def _shared(question: Question, fact: Fact, names_of: Mapping[str, Sequence[str]]) -> int:
    """Return how much of the names of a fact's record a question says."""
    record = fact.record
    names = [*record.split("."), *names_of.get(record, ())]
    if _is_said(question, fact.field):
        names.append(fact.field)
    words = [word for name in names for word in words_of_name(name)]
    whole = sum(10 for name in names if name and _is_said(question, name))
    return whole + sum(map(question.said.has_form, words))


def _is_about(question: Question, fact: Fact, facts: Sequence[Fact]) -> bool:
    """Return whether everything that a question names is of the fact's record.

    A question about a record that is not there has no answer, whatever another record says.
    """
    record = fact.record
    said = [f"{one.path} {one.value}" for one in facts if _is_in(one, record)]
    known = fold(" ".join(said))
    if not all(fold(name) in known for name in question.names):
        return False
    if not all(time in WORD.findall(fold(fact.path)) for time in question.times):
        return False
    if not record and "" not in _names_of_records(facts):
        return True
    near = Said([*said, *(" ".join(words_of_name(one.field)) for one in facts)])
    return all(any(map(near.has, pair)) for pair in question.objects)


def _is_identified(question: Question, fact: Fact, facts: Sequence[Fact]) -> bool:
    """Return whether a question says a name of each record of a list that a fact is in."""
    parts = fact.path.split(".")
    for place, part in enumerate(parts):
        if not part.isdecimal():
            continue
        record, above = ".".join(parts[: place + 1]), ".".join(parts[:place])
        if all(_is_in(one, record) for one in facts if _is_in(one, above)):
            continue  # a list of one
        values = (str(one.value) for one in facts if _is_in(one, record))
        if not any(len(value) > 1 and _is_partly_said(question, value) for value in values):
            return False
    return True


def _is_partly_said(question: Question, value: str) -> bool:
    words = [word for word in WORD.findall(fold(value)) if len(word) > 2 or word.isdigit()]
    return bool(words) and 2 * sum(map(question.said.has_form, words)) >= len(words)
