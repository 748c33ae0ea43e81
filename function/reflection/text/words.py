"""Texts and their words without case and accents, so that they can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

WORD = re.compile(r"[^\W_](?:[\w'’.&+-]*[^\W_])?")
SPACELESS = (
    "\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"  # Chinese and Japanese
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6"
    "\u0edc-\u0edf\u1780-\u17b3\u17d7\u17dc"  # Thai, Lao, Khmer
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070"
    "\u1075-\u1081\u108e\ua9e0-\ua9e4\ua9e6-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa76\uaa7a"  # Myanmar
    "\u1950-\u197c\u1980-\u19ab\u1a20-\u1a54\u1b05-\u1b33\ua984-\ua9b2\ua000-\ua48c"
)
"""Letters of scripts that write no spaces between words, as the inside of a character class.

The last line has Tai Le, New Tai Lue, Tai Tham, Balinese, Javanese and Yi.
"""
APART = re.compile(r"[-.'’_+&]")
"""What stands between the parts of a word."""
_UNDECOMPOSED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that are others with a stroke or two in one, which Unicode does not take apart."""
_KEY_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W_A-Z]+")
MOST_REMEMBERED = 1_024
LONGEST_REMEMBERED = 100
"""Characters; longer names are not fields' names, and could be sent to fill the memory."""


_SPACELESS_LETTER = re.compile(f"[{SPACELESS}]")
_OTHER_WORDS = re.compile(rf"(?:(?![{SPACELESS}])\w)+")


def count_words(text: str) -> int:
    """Return the number of words: what white space separates, and each letter of a script that
    writes no spaces."""
    pieces = text.split()
    if text.isascii() or not _SPACELESS_LETTER.search(text):
        return len(pieces)
    return sum(map(_words_in, pieces))


def _words_in(piece: str) -> int:
    letters = len(_SPACELESS_LETTER.findall(piece))
    return letters + len(_OTHER_WORDS.findall(piece)) if letters else 1


def bounded(name: str) -> str:
    """Return a pattern that finds a name as a word, in scripts with spaces and without."""
    before = "" if _SPACELESS_LETTER.match(name) else rf"(?<![^\W{SPACELESS}])"
    after = "" if _SPACELESS_LETTER.match(name[-1:]) else rf"(?![^\W{SPACELESS}])"
    return f"{before}{re.escape(name)}{after}"


def caseless(text: str) -> str:
    """Return a text for comparison: canonically composed, without case; accents stay."""
    if text.isascii():
        return text.lower()
    # Case folding takes some composed letters apart.
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFC", decomposed)


def composed(text: str) -> str:
    """Return a text for comparison to the letter: the same letters are the same code points."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return a text for comparison: without case and accents."""
    if text.isascii():  # looking at each character takes fifty times as long
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return plain.translate(_UNDECOMPOSED)


def key_words(name: str) -> list[str]:
    """Return the folded words of a key, whichever way it is spelt: those of ``oldPrice`` are *old*
    and *price*."""
    return [fold(word) for word in _KEY_WORD.findall(name)]


def remembered(make: Callable[[str], T]) -> Callable[[str], T]:
    """Return what is made of a field's name, kept: an agent's events bring the same fields again.

    :param make: a pure function; its result must not be changed.
    """
    kept = lru_cache(MOST_REMEMBERED)(make)

    def find(name: str) -> T:
        return kept(name) if len(name) <= LONGEST_REMEMBERED else make(name)

    return find


def words_of(text: str) -> set[str]:
    """Return the folded words of a text, whole and at their hyphens and dots."""
    found: set[str] = set()
    for word in WORD.findall(text):
        folded = fold(word)
        found.add(folded)
        if not folded.isalnum():  # most words have no parts
            found.update(filter(None, APART.split(folded)))
        if not word.isascii():
            found.update(_SPACELESS_LETTER.findall(folded))
    return found
