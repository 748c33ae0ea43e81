"""What two lists or records have different: planned and done, ordered and received."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from function.json_tree import walk
from function.reflection.checks.facts.expected import (
    Expected,
    capitalized,
    listed,
    says_first,
    says_value,
    says_verdict,
    verdict_word,
    written,
)
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.vocabulary import WORD, Said, word_set, words_of_name
from function.reflection.text.words import fold

MOST = 60
LONGEST_NAME = 60
FEWEST_SHARED = 2
"""Fields that two records have in common, so that they are of one kind."""
MOST_SHOWN = 6

_LACKING = re.compile(
    r"\b(?:missing|lacks?|not|never|left out|forgot\w*|skipped|outstanding|"
    r"falt\w+|nao|esquec\w+)\b|n['’]t\b"
)
_NOT = re.compile(r"\b(?:not|never|nao)\b|n['’]t\b")
NEAR = 4
"""Words behind a denial that say what is denied."""
_MORE = re.compile(r"\b(?:extra|unplanned|unexpected|sobr\w+|a mais)\b")
_WHETHER = re.compile(
    r"^\W*(?!o que\b)(?:is|are|does|do|did|has|have|was|were|esta|estao|e|sao|batem?|[oa]s?)\b"
)
_ANY = re.compile(r"\b(?:any(?:thing|one|body)?|something|alg(?:o|um|uma|uem|uma coisa))\b")
_PLANS = word_set(
    "plan planned expected required needed ordered order requested wanted checklist packing "
    "invited registered booked scheduled enrolled desired declared manifest git spec must template "
    "inventory roster baseline previsto prevista previstos planejado planejada planejados "
    "planejadas pedido pedidos pedida pedidas encomendado encomendados necessario necessarios "
    "exigido exigidos convidados convidadas inscritos inscritas esperado esperados solicitado "
    "solicitados agendados cadastrados"
)
"""Words in the names of what should be."""


class _Pair(NamedTuple):
    names: tuple[str, str]
    values: tuple[Any, Any]


def expected_difference(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand for what one of two things has and the other has not, or has otherwise."""
    objects = [value for _, value in walk(context) if isinstance(value, dict)]
    pairs = [pair for one in objects if (pair := _pair(one)) is not None]
    if len(pairs) != 1:
        return None
    (pair,) = pairs
    if isinstance(pair.values[0], list):
        return _of_lists(question, pair)
    return _of_records(question, pair)


def _pair(value: Mapping[str, Any]) -> _Pair | None:
    """Return the two fields of an object that are of one kind: lists of texts, or flat records."""
    lists = {
        name: one
        for name, one in value.items()
        if isinstance(one, list)
        and 0 < len(one) <= MOST
        and all(isinstance(item, str) and len(item) <= LONGEST_NAME for item in one)
    }
    records = {name: one for name, one in value.items() if isinstance(one, dict) and one}
    flat = {
        name: one
        for name, one in records.items()
        if not any(isinstance(inner, dict | list) for inner in one.values())
    }
    if len(lists) == 2 and not records:
        return _Pair(*zip(*lists.items(), strict=True))
    if len(flat) == len(records) == 2 and not lists:
        one, other = flat.values()
        if len(one.keys() & other.keys()) >= FEWEST_SHARED:
            return _Pair(*zip(*flat.items(), strict=True))
    return None


def _of_lists(question: Question, pair: _Pair) -> Expected | None:
    """Return the demand for the entries that only one of two lists has."""
    first, second = ([fold(item) for item in items] for items in pair.values)
    if not set(first) & set(second) or len(question.asked) > 1:
        return None
    asked = question.asking
    is_planned = [not _PLANS.isdisjoint(words_of_name(name)) for name in pair.names]
    if sum(is_planned) != 1:
        is_planned = [set(second) < set(first), set(first) < set(second)]
    if sum(is_planned) != 1 or (_WHETHER.match(asked) and not _ANY.search(asked)):
        return None
    plan, real = (0, 1) if is_planned[0] else (1, 0)
    denied = _NOT.search(asked)
    behind = Said(WORD.findall(asked[denied.end() :])[:NEAR] if denied is not None else [])
    if behind.has("need") or behind.has("precisamos") or behind.has("precisa"):
        return None  # what need not be is neither
    of_plan, of_real = (
        any(map(behind.has_form, words_of_name(pair.names[i]))) for i in (plan, real)
    )
    if _MORE.search(asked) or (of_plan and not of_real):  # "came but was not invited"
        plan, real = real, plan
    elif not _LACKING.search(asked):
        return None
    known = Said([*pair.names, *map(str, pair.values[0]), *map(str, pair.values[1])])
    if any(not known.has_form(fold(name)) for name in question.names):
        return None
    there = set(map(fold, pair.values[real]))
    lacking = [item for item in pair.values[plan] if fold(item) not in there]
    if not lacking:
        return None
    names = listed(lacking, is_portuguese=question.is_portuguese)
    others = [item for item in pair.values[real] if item not in lacking]

    def is_met(text: str) -> bool:
        return says_first(text, lacking, others)

    label = " ".join(words_of_name(pair.names[real]))
    reason = f"only {names} are in {pair.names[plan]} and not in {label}; the answer must say that"
    stated = f"{capitalized(names)}."
    if _WHETHER.match(asked):
        stated = f"{verdict_word(True, is_portuguese=question.is_portuguese)}: {names}."
    return Expected("asked_difference", reason, is_met, stated, tuple(lacking))


def _of_records(question: Question, pair: _Pair) -> Expected | None:
    """Return the demand for the fields in which two records of one kind differ."""
    if _LACKING.search(question.folded) and not re.search(r"\bmatch\w*|\bbate\w*", question.folded):
        return None
    one, other = pair.values
    fields = [field for field in {**one, **other} if one.get(field) != other.get(field)]
    named = Said.named(*one, *other)
    if any(map(named.has_form, question.content_words())) or len(fields) > MOST_SHOWN:
        return None  # one of the fields is asked for
    is_asked = sum(question.said.has_forms(words_of_name(name)[:1]) for name in pair.names)
    whether = _WHETHER.match(question.asking) is not None
    asks_same = re.search(r"\b(?:same|match\w*|identical|mesm|igua|bate)", question.folded)
    if not is_asked or (not fields and not whether):
        return None
    shown = [_described(field, pair) for field in fields]
    if not whether:
        return Expected(
            "asked_difference",
            f"{'; '.join(shown)}; the answer must say so",
            lambda text: _says_fields(text, fields),
            f"{'; '.join(shown)}.",
            tuple(fields),
        )
    is_yes = (not fields) is (asks_same is not None)
    word = verdict_word(is_yes, is_portuguese=question.is_portuguese)

    def is_met(text: str) -> bool:
        return says_verdict(text, is_yes) and _says_fields(text, fields)

    stated = f"{word}: {'; '.join(shown)}." if shown else f"{word}."
    reason = f"{'; '.join(shown) or 'the two are the same'}; the answer must be {word}"
    return Expected("asked_difference", reason, is_met, stated, (word,))


def _described(field: str, pair: _Pair) -> str:
    values = (
        f"{written(value.get(field, '-'))} ({name.replace('_', ' ')})"
        for name, value in zip(pair.names, pair.values, strict=True)
    )
    return f"{field.replace('_', ' ')}: {', '.join(values)}"


def _says_fields(text: str, fields: Sequence[str]) -> bool:
    return all(says_value(text, " ".join(words_of_name(field))) for field in fields)
