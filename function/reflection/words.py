"""Texts and their words without case and accents, so that they can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

WORD = re.compile(r"[^\W_](?:[\w'’.&+-]*[^\W_])?")
APART = re.compile(r"[-.'’_+&]")
"""What stands between the parts of a word."""
_UNDECOMPOSED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that are others with a stroke or two in one, which Unicode does not take apart."""
MOST_REMEMBERED = 1_024
LONGEST_REMEMBERED = 100
"""Characters; longer names are no fields' names, and could be sent to fill the memory."""


def fold(text: str) -> str:
    """Text for comparison: without case and accents."""
    if text.isascii():  # looking at each character takes fifty times as long
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return plain.translate(_UNDECOMPOSED)


def remembered(make: Callable[[str], T]) -> Callable[[str], T]:
    """What is made of a field's name, kept: an agent's events bring the same fields again.

    :param make: makes the same of the same name; nobody may change what it returns.
    """
    kept = lru_cache(MOST_REMEMBERED)(make)

    def find(name: str) -> T:
        return kept(name) if len(name) <= LONGEST_REMEMBERED else make(name)

    return find


def words_of(text: str) -> set[str]:
    """The folded words of a text, whole and at their hyphens and dots."""
    found: set[str] = set()
    for word in WORD.findall(text):
        folded = fold(word)
        found.add(folded)
        found.update(part for part in APART.split(folded) if part)
    return found
