"""Which language a text is in: by its commonest words, and by n-grams of bytes.

The n-grams are py3langid's ("langid.py", ACL 2012).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache
from threading import Lock
from typing import Any

LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
UNLIKELY = 0.1
"""A short text in the right language is seldom held to be as unlikely as this."""

FEWEST_WORDS = 3
"""Fewer show no language: names such as ``pod-restart`` are the same in all of them."""

_first = Lock()
_WORD = re.compile(r"[^\W\d_]+")


def is_latin(text: str) -> bool:
    """Return whether most letters are Latin, as those of all these languages are; also without
    any."""
    letters = [char for char in text if char.isalpha()]
    latin = sum(unicodedata.name(char, "").startswith("LATIN") for char in letters)
    return 2 * latin >= len(letters)


def is_too_short(text: str) -> bool:
    """Return whether a text has too few words to show its language."""
    return len(_WORD.findall(text)) < FEWEST_WORDS


def probability(text: str, language: str) -> float:
    """Return how likely it is that a text is in one of :data:`LANGUAGES`, 0 to 1."""
    with _first:  # loading takes a second and is wanted once
        known = _identifier()
    return float(dict(known.rank(text))[language])


@cache
def _identifier() -> Any:
    # Imported here: it needs numpy, and most requests ask for no language.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(list(LANGUAGES))
    return found


_COMMON_WORDS = {
    "en": """the a an is are was were be of and or to in on at by from about for with i my your you
        it this that these have has do does not what which how why who where when can will would
        should there any please""",
    "pt": """o a os um uma de do da dos das ao que para com em não é são está por pela pelo seu
        sua meu minha você eu me isso este esta qual quais quanto quantos como tem temos há foi
        onde quando mais e ou no na nos nas algo algum alguma bom boa quem""",
    "es": """el la los las un una de del que para con en no es son está por su usted cuál cuánto
        cómo tiene hay dónde cuándo y""",
    "fr": """le la les un une des de du que pour avec en ne pas est sont par votre vous quel quelle
        comment où quand et il y dans""",
    "de": """der die das ein eine und von zu für mit in nicht ist sind wie was wer wo wann warum
        es im den dem auf""",
}
_LETTERS = re.compile(r"[^\W\d_]+")
_LANGUAGES: dict[str, list[str]] = {}
"""The languages in which a word is common."""
for _name, _words in _COMMON_WORDS.items():
    for _word in set(_words.split()):
        _LANGUAGES.setdefault(_word, []).append(_name)
_NASAL = frozenset("ãõ")
"""Letters of Portuguese alone, among these languages."""
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
    words = _LETTERS.findall(text[:4_000].lower())
    counts = Counter([name for word in words for name in _LANGUAGES.get(word, ())])
    counts["pt"] += len([word for word in words if not _NASAL.isdisjoint(word)])
    return len(words), +counts
