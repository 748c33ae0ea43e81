"""Conditions that a request states for its choices: *under 53 g is S*, *confirmed: close it*.

They stand in the descriptions of the choices, in fields by their names, in records of theirs, and
in sentences of the question, of its system text or of rules in the context that name one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from function.reflection.checks.facts.question import FUNCTION_WORDS, Question, telling
from function.reflection.checks.facts.rules.measured import measured_in, only_of
from function.reflection.checks.facts.rules.ranges import interval_in
from function.reflection.checks.facts.states import agrees, is_state
from function.reflection.checks.facts.vocabulary import (
    WORD,
    Said,
    are_forms,
    own_words,
    telling_words,
    word_set,
    words_of_name,
)
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

MOST_WORDS = 4
"""Words of a value that can be held against a condition; a longer one is a text."""
LEAST_FORM = 3
"""Letters up to which two forms of a word are not told apart."""
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_RANGE_ENDS = re.compile(r"\d\s?[^\W\d]*[%€]?$")
_RANGE_GOES_ON = re.compile(
    r"(?:\d|up\b|upwards?\b|below|less|fewer|under|at (?:most|least)|more\b|above|over|older|"
    r"younger|abaixo|acima|mais|menos|ate\b|no (?:max|min)|r\$|\$|€|-)"
)
"""The two sides of the *and* of one range: *5 and more*, *over 5 m and up to 8 m*."""
_JOINT = re.compile(r"[,;]\s+(?:and |e )?|\s(?:and|but|e|mas)\s|\s(?=(?:with|without|com|sem)\s)")
_WHEN = re.compile(r"\b(?:if|when|where|se|quando|caso)\b")
_ELSE = re.compile(
    r"\b(?:otherwise|else|in all other cases|any other|the rest|everything else|"
    r"senao|caso contrario|do contrario|nos demais casos|os? demais|o resto)\b"
)
_NOT = re.compile(
    r"\b(?:not|never|without|nao|sem|nunca|nenhuma?|un)\b|n['’]t\b|"
    r"(?:^|\b(?:with|has|have|is|are|there|if|when|and) )no\b"
)
"""Denials; the Portuguese *no* is none."""
_UNCLEAR = re.compile(r"\b(?:or|ou|unless|except|exceto|salvo|a menos|only|so|apenas|any|some)\b")
_RULES = word_set(
    "rule rules policy policies criteria criterion guideline guidelines playbook runbook procedure "
    "matrix thresholds regra regras politica politicas criterio criterios norma normas "
    "procedimento roteiro limites"
)
"""Names of fields whose texts state conditions; any other text may be a stranger's."""
_SHORT = 2
"""Letters of a name that must be written as it is: S is no word of *it's*."""
_ARTICLES = frozenset(("A", "E", "O", "I"))
_LITTLE = word_set(
    "then otherwise else goes go gets get leave keep entao fica vai ser already ja yet been"
)


class Condition(NamedTuple):
    """What must be so for a choice; ``text`` is folded and without the choice's name."""

    choice: str
    text: str
    is_rest: bool = False
    """Whether it is the choice for all that no other condition holds."""


class Stated(NamedTuple):
    """The conditions of a request, and what is left of it as the case."""

    conditions: list[Condition]
    sentences: list[str]
    facts: list[Fact]


def stated_conditions(
    texts: Mapping[str, str], question: Question, system: str, facts: Sequence[Fact]
) -> Stated:
    """Return the conditions that a request states.

    :param texts: the descriptions of the choices, by their names.
    """
    found = [Condition(name, fold(text)) for name, text in texts.items() if text]
    names = list(texts)
    case: list[str] = []
    for sentence in (part.strip() for part in _SENTENCE.split(question.text)):
        read = [] if sentence.endswith("?") else list(_in_sentence(sentence, names))
        found += read
        case += [] if read or not sentence else [fold(sentence)]
    for sentence in _SENTENCE.split(system):
        found += _in_sentence(sentence, names)
    by_record = {
        fact.record: str(fact.value) for fact in facts if str(fact.value) in texts and fact.record
    }
    data: list[Fact] = []
    for fact in facts:
        name = next((one for one in names if fold(one) == fold(fact.field)), None)
        owner = by_record.get(fact.record)
        if name is not None:
            found.append(Condition(name, fold(str(fact.value))))
        elif owner is not None:
            words = " ".join(words_of_name(fact.field))
            if str(fact.value) != owner:
                found.append(Condition(owner, f"{fold(str(fact.value))} {words}"))
        elif not _RULES.isdisjoint(words_of_name(fact.path)):
            found += _in_text(fact.value, names)
        else:
            data.append(fact)
    return Stated(found, case, data)


def _in_text(value: object, names: Sequence[str]) -> Iterator[Condition]:
    for text in value if isinstance(value, list) else [value]:
        for sentence in _SENTENCE.split(text) if isinstance(text, str) else ():
            yield from _in_sentence(sentence, names)


def _in_sentence(sentence: str, names: Sequence[str]) -> Iterator[Condition]:
    """Yield the conditions of a sentence, each part of which names one choice."""
    parts: list[tuple[set[str], str]] = []
    pending = ""
    is_one = len(set(_named(sentence, names))) < 2
    for part in [sentence] if is_one else _split(sentence):
        named = set(_named(part, names))
        if named:
            parts.append((named, f"{pending}, {part}" if pending else part))
            pending = ""
        elif parts and _WHEN.search(fold(parts[-1][1])) and not _WHEN.match(fold(part)):
            parts[-1] = (parts[-1][0], f"{parts[-1][1]}, {part}")
        else:
            pending = f"{pending}, {part}" if pending else part
    if pending and parts:
        parts[-1] = (parts[-1][0], f"{parts[-1][1]}, {pending}")
    if not parts or any(len(named) != 1 for named, _ in parts):
        return
    for (name,), text in parts:
        before, _, behind = text.partition(":")
        # "Tank level < 10%: urgent alert" says what must be so before the colon.
        is_behind = _spans(behind, name) and not _spans(before, name) and WORD.search(before)
        said = _without(before if is_behind else text, name)
        if WORD.search(said):
            yield Condition(name, said, _ELSE.search(said) is not None)


def _split(text: str) -> list[str]:
    """Return the parts between commas and *and*; one range stays in one piece."""
    parts: list[str] = []
    start = 0
    for joint in _JOINT.finditer(text):
        before, behind = text[start : joint.start()], fold(text[joint.end() :])
        if not (_RANGE_ENDS.search(before) and _RANGE_GOES_ON.match(behind)):
            parts.append(before)
            start = joint.end()
    return [part for part in (*parts, text[start:]) if part.strip()]


def _named(text: str, names: Sequence[str]) -> Iterator[str]:
    """Yield the names that a text has, of names within one another the longest."""
    found = [name for name in names if _spans(text, name)]
    for name in found:
        if not any(name != other and fold(name) in fold(other) for other in found):
            yield name


def _spans(text: str, name: str) -> list[tuple[int, int]]:
    """Return where the words of a name stand in a text."""
    if len(name) <= _SHORT:
        behind = r"(?=\s*[:=)]|\s[-–]\s)" if name in _ARTICLES else r"(?!\w)"
        plain = re.compile(rf"(?<![\w'’]){re.escape(name)}{behind}")
        ending = re.compile(rf"(?<=[^\W\d_] ){re.escape(name)}(?=\W*$)")
        return [match.span() for match in (*plain.finditer(text), *ending.finditer(text))][:1]
    spans = []
    for word in telling(name) or [fold(name)]:
        places = [
            match.span()
            for match in WORD.finditer(text)
            if word == (other := fold(match[0]))
            or (len(word) > LEAST_FORM and are_forms(word, other))
        ]
        if not places:
            return []
        spans += places[:1]
    return spans


def _without(text: str, name: str) -> str:
    for start, end in sorted(_spans(text, name), reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return re.sub(r"\s+", " ", fold(text)).strip(" .,:;=>-–→")


def choice_by_condition(stated: Stated) -> Condition | None:
    """Return the one condition that the facts meet, or the rest where they meet none of all."""
    verdicts = [
        (one, _holds(one.text, stated.facts)) for one in stated.conditions if not one.is_rest
    ]
    met = [one for one, verdict in verdicts if verdict]
    if met:
        return met[0] if len({one.choice for one in met}) == 1 else None
    rest = [one for one in stated.conditions if one.is_rest]
    is_none_met = bool(verdicts) and all(verdict is False for _, verdict in verdicts)
    return rest[0] if len(rest) == 1 and is_none_met else None


def _holds(condition: str, facts: Sequence[Fact]) -> bool | None:
    """Return whether the facts meet each part of a condition, None where that is not plain."""
    if _UNCLEAR.search(condition):
        return None
    things = Said.named(*(fact.record for fact in facts))
    atoms = [(atom, _telling(atom)) for atom in _split(condition)]
    verdicts = [
        _is_so(atom, words, facts)
        for atom, words in atoms
        if words and not all(map(things.has_form, words))  # "claims with receipts"
    ]
    if False in verdicts:
        return False
    return True if verdicts and None not in verdicts else None


def _telling(atom: str) -> list[str]:
    return [
        word
        for word in WORD.findall(atom)
        if word not in FUNCTION_WORDS | _LITTLE and not _WHEN.match(word) and not _NOT.match(word)
    ]


def _is_so(atom: str, words: Sequence[str], facts: Sequence[Fact]) -> bool | None:
    if any(map(str.isdigit, atom)):
        return _is_within(atom, facts)
    told = (_told(fact, Said([atom]), words) for fact in facts)
    found = {verdict for verdict in told if verdict is not None}
    return found.pop() is not (_NOT.search(atom) is not None) if len(found) == 1 else None


def _is_within(atom: str, facts: Sequence[Fact]) -> bool | None:
    """Return whether the one number of its kind is in the range of an atom."""
    interval = interval_in(atom)
    if interval is None or _NOT.search(atom):
        return None
    numbers = measured_in(facts)
    fitting = only_of(numbers, interval.units[:1], Question(atom))
    known = Said([" ".join(one.words) for one in fitting])
    if not fitting:  # a bare number whose field the atom names
        atoms = Said([atom])
        least = 1 if "%" in atom else -1
        bare = [one for one in numbers if not one.unit and abs(one.number) > least]
        fitting = [one for one in bare if atoms.has_all(own_words(one.field))]
        known = Said([" ".join(words_of_name(fact.path)) for fact in facts])
    if not all(map(known.has, _telling(" ".join(interval.units[1:])))):
        return None
    within = {interval.has(one.number) for one in fitting}
    return within.pop() if len(within) == 1 else None


def _told(fact: Fact, said: Said, words: Sequence[str]) -> bool | None:
    """Return whether a fact says the words of a condition, False where it says another value of
    the field that they name."""
    own = Said.named(fact.path)
    field = telling_words(fact.field)
    if isinstance(fact.value, bool):
        is_named = said.has_all(field) and all(map(own.has, words))
        return fact.value if is_named else None
    if not isinstance(fact.value, str):
        return None
    value = WORD.findall(fold(fact.value))
    if not 0 < len(value) <= MOST_WORDS:
        return None
    told = Said([fact.value])
    is_all_told = all(told.has_form(word) or own.has(word) for word in words)
    if is_all_told and any(map(told.has_form, words)) and said.has_forms(value):
        return True
    state = next((word for word in words if is_state(word)), None)
    if state is not None and all(word == state or own.has(word) for word in words):
        return agrees(state, fact.value)
    others = [word for word in words if not own.has(word)]
    if said.has_all(field) and len(others) == 1 and not told.has_form(others[0]):
        return False
    return None
