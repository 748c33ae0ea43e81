"""Questions whether a stated rule is met, which records break it, and how many of them.

*Every shed must be locked. Is that so?* No, where one has ``locked`` false; the answer names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from function.reflection.checks.facts.expected import (
    Expected,
    denies,
    says_name,
    says_no,
    says_yes,
    verdict_word,
)
from function.reflection.checks.facts.question import Question
from function.reflection.checks.facts.rules.breaches import broken_records, expected_breach
from function.reflection.checks.facts.rules.stated_rules import ruling
from function.reflection.checks.facts.vocabulary import WORD, word_set
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

ASKS_BREACH = re.compile(
    r"\b(?:violat\w+|break|breaks|broken|breach\w*|exceed\w*|infring\w+|fail|fails|"
    r"viola|violou|violam|descumpr\w+|desrespeita\w*|ultrapass\w+|excede\w*)\b"
)
"""What asks, in folded words, whether a rule is broken."""
ASKS_RULE = re.compile(
    r"\b(?:compl(?:y|ies|iant)|conform\w*|meets?|pass(?:es)?|respects?|keeps?|follows?|fulfil\w*|"
    r"satisf\w+|within|allowed|valid|ok|okay|fine|in order|acceptable|approved?|accord\w*|"
    r"cumpr\w+|atende\w*|respeita\w*|passa|segue|dentro|de acordo|aprovad[oa]|valid[oa]|"
    r"permitid[oa]|conformes?|em ordem|regular(?:es)?)\b"
)
"""What asks whether it is met."""
_VERBS = word_set(
    "is are does do did has have was were can may esta estao e sao cumpre cumprem atende atendem "
    "respeita respeitam passa passam viola violam o a os as todos todas"
)
"""Words with which a question for yes or no begins."""


def expected_ruling(
    question: Question, system: str, facts: Sequence[Fact], context: Mapping[str, Any]
) -> Expected | None:
    """Return the demand for the records that break the stated rule, or for yes or no."""
    if question.wants_value and (broken := expected_breach(question, context, system)) is not None:
        return broken
    asked = question.asked
    if len(asked) != 1 or WORD.findall(asked[0])[:1] == [] or not facts:
        return None
    if WORD.findall(asked[0])[0] not in _VERBS:
        return None
    asks_breach = ASKS_BREACH.search(asked[0]) is not None
    if not (asks_breach or ASKS_RULE.search(asked[0])):
        return None
    found = ruling(question, system, facts, context)
    if found is None:
        return None
    records = {} if found.is_met else broken_records(question, context, system)
    is_yes = found.is_met is not asks_breach
    portuguese = question.is_portuguese
    word = verdict_word(is_yes, is_portuguese=portuguese)
    told = "; ".join(records.values()) or _plain(found.told, question)
    verb = "meet" if found.is_met else "break"
    reason = f"the facts {verb} the rule ({told}); the answer must be {word}"

    def is_met(text: str) -> bool:
        folded = fold(text)
        if records and not any(says_name(folded, name) for name in records):
            return False
        if says_yes(folded) or says_no(folded):
            return says_yes(folded) is is_yes
        says_breach = ASKS_BREACH.search(folded) is not None
        if not (says_breach or ASKS_RULE.search(folded)):
            return False
        return (denies(text) is says_breach) is found.is_met

    stated = f"{word}: {told}." if told else f"{word}."
    return Expected("ruled", reason, is_met, stated, (word,))


def _plain(told: str, question: Question) -> str:
    """Return a fact in words, empty for one of several records."""
    path, _, value = told.partition(": ")
    if any(map(str.isdecimal, path.split("."))):
        return ""
    return f"{question.spelled(path.rpartition('.')[2])}: {value}" if value else path
