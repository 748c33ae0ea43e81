"""Phrases of a text that a field of an answer may take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from function.reflection.text.words import fold

MOST_WORDS = 6
"""Words of a text that are copied together, unless the whole text is."""
MOST_PHRASES = 360
"""Phrases of a text, about: more than a field may choose from would leave it free."""
SHORTEST = 2
LONGEST_LINE = 10
"""Words of a line or a text that is copied as a whole."""
_COMMA = re.compile(r",\s+(?![A-ZÀ-Þ])")
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
    """Yield every phrase of at most so many words within a line, the shortest first.

    A phrase is bounded by words with a meaning of their own: "in Leeds" is not one, "Leeds" is.
    """
    words = line.split()
    bounds = [not _is_loose(word, place) for place, word in enumerate(words)]
    for length in range(1, min(longest, len(words) - 1) + 1):
        for start in range(len(words) - length + 1):
            if not (bounds[start] and bounds[start + length - 1]):
                continue
            phrase = " ".join(words[start : start + length]).strip(_EDGES)
            if phrase and "://" not in phrase and not _COMMA.search(phrase):
                yield phrase


def _is_loose(word: str, place: int) -> bool:
    """Return whether a word only joins others; with a capital inside a line it is of a name."""
    bare = word.strip(_EDGES)
    if _WORD.search(bare) is None:
        return True
    return fold(bare) in _LOOSE and (place == 0 or not bare[0].isupper())


def phrases_of_text(text: str) -> Iterator[str]:
    """Yield the sentences of a short text that are phrases themselves, and the phrases in them."""
    clauses = [clause.strip(_EDGES) for clause in _CLAUSE.split(text)]
    words = sum(len(clause.split()) for clause in clauses) or 1
    longest = max(SHORTEST, min(MOST_WORDS, MOST_PHRASES // words))
    for clause in clauses:
        if clause:
            if len(clause.split()) <= longest:
                yield clause
            yield from phrases_of(clause, longest)
