"""Which language a text is in, by n-grams of bytes (py3langid, "langid.py", ACL 2012)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from threading import Lock
from typing import Any

LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
UNLIKELY = 0.1
"""A short text in the right language is seldom held to be as unlikely as this."""

FEWEST_WORDS = 3
"""Fewer tell no language: names such as ``pod-restart`` are the same in all of them."""

_first = Lock()
_WORD = re.compile(r"[^\W\d_]+")


def is_latin(text: str) -> bool:
    """Return whether most letters are Latin, as those of all these languages are; also without
    any."""
    letters = [char for char in text if char.isalpha()]
    latin = sum(unicodedata.name(char, "").startswith("LATIN") for char in letters)
    return 2 * latin >= len(letters)


def is_too_short(text: str) -> bool:
    """Return whether a text has too few words to tell its language."""
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
