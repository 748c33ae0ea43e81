"""Which language a text is in, by n-grams of bytes (py3langid, "langid.py", ACL 2012)."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
UNLIKELY = 0.1
"""A short text in the right language is seldom held to be as unlikely as this."""

_first = Lock()


def probability(text: str, language: str) -> float:
    """How likely it is that a text is in one of :data:`LANGUAGES`, 0 to 1."""
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
