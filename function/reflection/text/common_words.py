"""The language of a text by its commonest words: no model, and no guess where it is not plain."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

_COMMON_WORDS = {
    "en": """the is are was were of and to in for with your you it this that have has do does what
        which how why who where when can will would should there""",
    "pt": """o a os um uma de do da dos das que para com em não é são está por seu sua você qual
        quais quanto como tem temos onde quando e no na""",
    "es": """el la los las un una de del que para con en no es son está por su usted cuál cuánto
        cómo tiene hay dónde cuándo y""",
    "fr": """le la les un une des de du que pour avec en ne pas est sont par votre vous quel quelle
        comment où quand et il y dans""",
    "de": """der die das ein eine und von zu für mit in nicht ist sind wie was wer wo wann warum
        es im den dem auf""",
}
_COMMON = {name: frozenset(words.split()) for name, words in _COMMON_WORDS.items()}
LEAST_COMMON = 3
"""Common words of a language that a text needs, more than twice those of any other, to be in it."""


@lru_cache(maxsize=64)
def language_of(text: str) -> str | None:
    """Return the language that a text is plainly in, by its commonest words; None if unclear."""
    words = re.findall(r"[^\W\d_]+", text[:4_000].lower())
    if len(words) < LEAST_COMMON:
        return None
    (first, most), (_, second) = _counts(words).most_common(2)
    if most < LEAST_COMMON or most <= 2 * second or most < 0.15 * len(words):
        return None
    return first


def leaning(text: str) -> str | None:
    """Return the language with most common words in a text, however few; None for a tie."""
    counts = _counts(re.findall(r"[^\W\d_]+", text[:4_000].lower()))
    (first, most), (_, second) = counts.most_common(2)
    return first if most > second else None


def _counts(words: list[str]) -> Counter[str]:
    return Counter(
        {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    )
