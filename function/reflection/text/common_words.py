"""The language of a text by its commonest words: no model, and no guess where it is not plain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
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
_LANGUAGES: dict[str, list[str]] = {}
"""The languages in which a word is common."""
for _name, _words in _COMMON_WORDS.items():
    for _word in set(_words.split()):
        _LANGUAGES.setdefault(_word, []).append(_name)
LEAST_COMMON = 3
"""Common words of a language that a text needs, more than twice those of any other, to be in it."""


def language_of(text: str) -> str | None:
    """Return the language that a text is plainly in, by its commonest words; None if unclear."""
    words, counts = _counted(text)
    if words < LEAST_COMMON or not counts:
        return None
    second, most = sorted((0, *counts.values()))[-2:]
    if most < LEAST_COMMON or most <= 2 * second or most < 0.15 * words:
        return None
    return max(counts, key=counts.__getitem__)


def leaning(text: str) -> str | None:
    """Return the language with most common words in a text, however few; None for a tie."""
    _, counts = _counted(text)
    second, most = sorted((0, 0, *counts.values()))[-2:]
    return max(counts, key=counts.__getitem__) if most > second else None


@lru_cache(maxsize=64)
def _counted(text: str) -> tuple[int, Mapping[str, int]]:
    """Return the number of words at the beginning of a text, and of common ones by language.

    A question is asked for its language twice in an event.
    """
    words = re.findall(r"[^\W\d_]+", text[:4_000].lower())
    return len(words), Counter(name for word in words for name in _LANGUAGES.get(word, ()))
