"""Words of a case that stand in the description of one choice alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from function.contract import Choice
from function.reflection.checks.facts.question import FUNCTION_WORDS, SENTENCE
from function.reflection.checks.facts.vocabulary import WORD, Said
from function.reflection.text.sentences import QUOTED
from function.reflection.text.words import fold

SHORTEST = 4
"""Letters of a word that tells what a case is about."""
_DENIED = re.compile(r"(?:\b(?:not|no|never|without|nao|nem|sem)|n['’]t)\W+(?:\w+\W+)?$")


def words_shared(choices: Sequence[Choice], question: str) -> list[int]:
    """Return of each choice how many words of the case its description alone has.

    Names do not count: whoever writes a case may order one by its name.
    """
    said = [Said([choice.description or ""]) for choice in choices]
    folded = fold(_case(question))
    words = {
        match[0]
        for match in WORD.finditer(folded)
        if len(match[0]) >= SHORTEST
        and match[0] not in FUNCTION_WORDS
        and not _DENIED.search(folded, 0, match.start())
    }
    counts = [0] * len(choices)
    for word in words:
        having = [place for place, one in enumerate(said) if one.has_form(word)]
        if len(having) == 1:
            counts[having[0]] += 1
    return counts


def _case(question: str) -> str:
    """Return what a question quotes, or else states."""
    quoted = list(QUOTED.finditer(question))
    if len(quoted) == 1:
        return quoted[0]["text"]
    stated = [part for part in SENTENCE.split(question) if not part.rstrip().endswith("?")]
    return " ".join(stated) or question
