"""Questions under *Use only the records*: what records there are of a kind, or that none is.

*Which prescriptions does patient-7 have?* is answered by all records of that kind, *Does patient-7
have known allergies?* with none of allergies: that the records do not say it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from function.contract import Message
from function.json_tree import walk
from function.reflection.checks.facts.asked_fact import LONGEST_VALUE, can_be_said
from function.reflection.checks.facts.expected import (
    Expected,
    denies,
    listed,
    says_name,
    says_value,
    says_yes,
    verdict_word,
)
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.recorded import DATES
from function.reflection.checks.facts.vocabulary import WORD, Said, find_name, words_of_name
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

MOST_FACTS = 12
"""Facts beyond which one of them may speak of something in other words."""
MOST_NAMED = 6
"""Records that are named, and values as what they hold."""
FEW_VALUES = 3
"""Values of records that an answer has to name beside saying that they are all there is."""
_LISTED = re.compile(r"\.\d+(?:\.|$)")
"""Paths of what is in a list: of records, and not of who asks for them."""
_ASKS_WHETHER_THERE = re.compile(
    r"\b(?:is|are) there (?:an?y? |known |any known )?([^\W\d_]{4,})"
    r"|\b(?:does|do|has|have)\b[^?]{1,60}\b(?:have|has|got) "
    r"(?:an?y? |known |any known )?([^\W\d_]{4,})"
    r"|\b(?:ha|existem?|tem) (?:alguma? |uma? )?(interac\w+|alergia\w*|contraindic\w+|[^\W\d_]{4,})"
)
_VAGUE = re.compile(
    r"menor|maior|melhor|pior|room|space|espaco|lugar|trouble|problem\w*|issues?|enough|wrong|errad\w+|algo|anything|something|alg\w+"
)
"""Nouns of what records tell in any words."""
_HOLDS = re.compile(r"\d|:\s|^\s*[-*•{[]", re.M)
"""Marks of instructions that may hold records."""
_ONLY = re.compile(
    r"\b(?:only|solely|somente|apenas|so)\b"
    # "Only the products of the facts" limits what is offered, and not what may be said.
    r"(?![^.]{0,30}\b(?:products?|produtos?|items?|itens|options?|opco(?:es|ao)|wines?|vinhos?|"
    r"dishes|pratos?)\b)"
    r"[^.]{0,30}\b(?P<source>records?|registros?|documents?|notes?|"
    r"files?|facts?|dados|fatos)\b"
)
_SPEAKS_OF_SOURCE = re.compile(
    r"\b(?:records?|data|facts?|information|documents?|notes?|files?|stated?|mention\w*|available|"
    r"registros?|dados|inform\w+|consta\w*|documentos?|disponive\w+)\b"
)


_ALLERGIC = re.compile(r"^\W*(?:[\w ]{3,20}: )?(?:is|are|e|o|a)\b[^?]*\b(?:allergic|alergic[oa])\b")
_ASKS_ALL = re.compile(
    r"^\W*(?:[\w ]{3,20}: )?(?:(?:please )?(?:list|show|get|display|retrieve|give me)|"
    r"which (?!of\b)|what (?:are|is)|quais|liste|mostre)\b"
    r"(?![^?]*\b(?:interact?\w+|most|least|highest|lowest|first|dose|dosage|range|normal|when|"
    r"maior|menor)\b)"
)
"""Begins, in folded words, what asks for all records of a kind."""


def expected_kind(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand to name every record of the kind that a question asks for, all those of
    ``{"record_type": "prescription", "medication": ...}``, or to say yes to the one it names."""
    asked = question.first.folded
    whether = (_ASKS_WHETHER_THERE.search(asked) or _ALLERGIC.search(asked)) is not None
    if not whether and _ASKS_ALL.match(asked) is None:
        return None
    words = question.first.content_words()
    found: list[list[str]] = []
    kinds = set()
    for _, record in walk(context):
        kind = record.get("record_type", record.get("type")) if isinstance(record, dict) else None
        if not isinstance(kind, str) or not all(map(can_be_said, record.values())):
            continue
        fields = [key for key, value in record.items() if value != kind]
        fields.sort(key=DATES.__contains__)  # what a record is of stands before its day
        if any(map(Said([kind.replace("_", " "), *fields[:1]]).has, words)):
            found.append([str(record[key]) for key in fields])
            kinds.add((kind, record.get("status")))
    named = [values for values in found if values and find_name(asked, fold(values[0])) >= 0]
    if len(kinds) != 1 or len(named) != whether or any(map(denies, chain(*named))):
        return None
    shown = named or found
    if not all(shown) or not 2 - whether <= len(shown) <= MOST_NAMED:
        return None
    described = [f"{name} ({', '.join(rest)})" if rest else name for name, *rest in shown]
    stated = f"{listed(described, is_portuguese=question.is_portuguese)}."
    if whether:
        stated = f"{verdict_word(True, is_portuguese=question.is_portuguese)}: {stated}"

    def is_met(text: str) -> bool:
        folded = fold(text)
        if whether and (says_yes(folded) or denies(text)):
            return says_yes(folded)
        return all(says_name(folded, values[0]) for values in shown)

    return Expected("asked_record", f"the records have: {stated}", is_met, stated)


def expected_field(question: Question, context: Mapping[str, Any]) -> Expected | None:
    """Return the demand for the field that a question names of the one record that it names."""
    asked = question.first
    if not asked.wants_value or asked.wants_more:
        return None
    found = []
    for _, record in walk(context):
        if not isinstance(record, dict) or not all(map(can_be_said, record.values())):
            continue
        texts = [value for value in record.values() if isinstance(value, str)]
        names = [text for text in texts if find_name(asked.folded, fold(text)) >= 0]
        fields = [key for key in record if asked.said.has_forms(words_of_name(key))]
        if len(names) == len(fields) == 1 and record[fields[0]] != names[0]:
            found.append((names[0], record[fields[0]]))
    if len(found) != 1:
        return None
    name, value = found[0]
    stated = f"{name}: {value}."
    return Expected(
        "asked_record", f"the records have {stated}", lambda text: says_value(text, value), stated
    )


def unstated(
    question: Question, facts: Sequence[Fact], system: str, history: Sequence[Message]
) -> Expected | None:
    """Return the demand to say that the records do not show whether something is so.

    The sender allows nothing but the records, and none of them speaks of it: neither yes nor no
    follows.
    """
    asking = question.asking
    asked = _ASKS_WHETHER_THERE.search(asking)
    bound = _ONLY.search(fold(system))
    if bound is None:
        return None
    if not facts and (len(question.sentences) > 1 or history or _HOLDS.search(system)):
        return None  # records may stand beside the question, before it or in the instructions
    # Records that are not there tell nothing, whatever is asked of them.
    is_empty = not facts and not question.is_open and len(question.asked) == 1
    if asked is None and not (is_empty and bound["source"].startswith(("record", "registro"))):
        return None
    noun = "that" if asked is None else next(group for group in asked.groups() if group)
    if _VAGUE.fullmatch(noun):
        return None
    said = Said([f"{fact.path} {fact.value}" for fact in facts])
    after = WORD.findall(asking.partition(noun)[2])[:1]  # "any security notifications"
    if after and after[0] not in FUNCTION_WORDS and said.has(after[0]):
        return None
    if (facts and (noun in FUNCTION_WORDS or said.has(noun))) or len(facts) > MOST_FACTS:
        return None
    source = bound["source"].rstrip("s") + "s"
    in_list = [fact for fact in facts if _LISTED.search(fact.path)] or facts
    values = Counter(str(fact.value) for fact in in_list if isinstance(fact.value, str))
    telling = [
        value for value, count in values.items() if count == 1 and len(value) < LONGEST_VALUE
    ]
    shown = telling[:MOST_NAMED]
    portuguese = question.is_portuguese
    named = listed(shown, is_portuguese=portuguese)
    if named:
        stated = (
            f"The {source} have {named}; they do not say anything about that.",
            f"Os registros trazem {named}, mas não informam isso.",
        )
    elif facts:
        stated = (
            f"The {source} do not say anything about that.",
            "Os registros não informam isso.",
        )
    else:
        stated = (
            f"No {source} are available here, so I cannot say.",
            "Não há registros disponíveis aqui, por isso não posso dizer.",
        )
    few = telling if len(telling) <= FEW_VALUES else []

    def is_met(text: str) -> bool:
        folded = fold(text)
        says_so = denies(text) and _SPEAKS_OF_SOURCE.search(folded) is not None
        return says_so and all(says_name(folded, value) for value in few)

    names = f" and name {' e '.join(few) if portuguese else ' and '.join(few)}" if few else ""
    reason = f"the {source} do not speak of {noun}; the answer must say so{names}"
    return Expected("untold", reason, is_met, stated[portuguese])
