"""The facts that a question names, which are shown once more behind the others.

A small model loses them among the others, says that the facts do not tell, or takes the value
beside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold, remembered

MOST_NAMED = 6
"""Facts beyond which a question names nothing in particular."""
STEM = 4
"""Letters by which two words are one: 'errors' is 'error', and 'memória' is 'memory'."""
SHORTEST_WORD = 2

_WORD = re.compile(r"[^\W_]+")


def named(facts: Sequence[Fact], question: str) -> list[Fact]:
    """Return the facts whose path shares most words with a question, in their order.

    None where the path of no fact has a word of it, and none where more than half of the facts or
    more than :data:`MOST_NAMED` do equally well.
    """
    paths = [_stems_of_path(fact.path) for fact in facts]
    said = fold(question)
    # Most questions name nothing; to see that costs less than to take them to pieces.
    if not any(map(said.__contains__, chain.from_iterable(paths))):
        return []
    asked = _stems(said)
    shared = [len(asked & stems) for stems in paths]
    most = max(shared, default=0)
    found = [fact for fact, count in zip(facts, shared, strict=True) if count == most]
    few = len(found) <= min(MOST_NAMED, len(facts) // 2)
    return found if most and few else []


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words of a text, by which words of one root are equal."""
    return {word[:STEM] for word in _WORD.findall(fold(text)) if len(word) >= SHORTEST_WORD}


_stems_of_path = remembered(_stems)
