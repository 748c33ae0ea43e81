"""Phrases of a text that a field of an answer may take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from function.reflection.text.words import fold

MOST_WORDS = 6
"""Words of a text that are copied together, unless the whole text is."""
MOST_PHRASES = 360
"""Phrases of a text, about: more than a field may choose from would leave it free."""
SHORTEST = 2
_COMMA = re.compile(r",\s+(?![A-ZÀ-Þ]|\d{4}\b)")
"""A comma that parts clauses, and not a name from the place it belongs to."""
_CLAUSE = re.compile(r"(?<=[.!?;:])\s+|\n+|[\"“”«»]")
_EDGES = " .,;:!?|()[]\"“”'‘’-–—•·*"
_WORD = re.compile(r"[^\W_]")
_JOINING_WORDS = (
    "a an the of in on at to from for with by and or but is are was were it he she they we you i "
    "this that these those has have had be been my your his her our their as if so not "
    "o os as um uma uns umas de do da dos das em no na nos nas ao aos por pelo pela para com e ou "
    "foi sao que se eu ele ela eles elas voce meu minha seu sua este esta isso isto "
    "bought ordered lost want need got lives works wants needs says was got sold sent received "
    "comprei comprou quero queria preciso perdi recebi pedi veio tem tenho temos mora trabalha"
)
_LOOSE = frozenset(_JOINING_WORDS.split())
"""Folded words at which no phrase begins or ends, unless it is a whole line."""


def phrases_of(line: str, longest: int = MOST_WORDS) -> Iterator[str]:
    """Yield every phrase of at most so many words within a line, the shortest first."""
    yield from _phrases(line.split(), longest, lambda word, place: True, ".,;:!?|()")


def phrases_of_text(text: str) -> Iterator[str]:
    """Yield the short sentences of a text, and the phrases in all of them.

    A phrase is bounded by words with a meaning of their own: "in Leeds" is not one, "Leeds" is. It
    goes over a comma only to a name or a year: "Leeds, England", "March 4, 2026".
    """
    clauses = [clause.strip(_EDGES) for clause in _CLAUSE.split(text)]
    words = sum(len(clause.split()) for clause in clauses) or 1
    longest = max(SHORTEST, min(MOST_WORDS, MOST_PHRASES // words))
    for clause in clauses:
        if not clause:
            continue
        if len(clause.split()) <= longest:
            yield clause
        found = _phrases(clause.split(), longest, _has_meaning, _EDGES)
        yield from (phrase for phrase in found if not _COMMA.search(phrase))


def _phrases(
    words: list[str], longest: int, is_bound: Callable[[str, int], bool], edges: str
) -> Iterator[str]:
    bounds = [is_bound(word, place) for place, word in enumerate(words)]
    for length in range(1, min(longest, len(words) - 1) + 1):
        for start in range(len(words) - length + 1):
            if not (bounds[start] and bounds[start + length - 1]):
                continue
            phrase = " ".join(words[start : start + length]).strip(edges)
            if phrase and "://" not in phrase:
                yield phrase


def _has_meaning(word: str, place: int) -> bool:
    """Return whether a word does more than join others; with a capital in a line it is of a
    name."""
    bare = word.strip(_EDGES)
    if _WORD.search(bare) is None:
        return False
    return fold(bare) not in _LOOSE or (place > 0 and bare[0].isupper())
