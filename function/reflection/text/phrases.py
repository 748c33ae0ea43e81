"""Many phrases found in a text at once, in time that does not grow with their number.

:class:`Words` finds them in the singular and the plural: *nozes* where *noz* is looked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from function.reflection.text.words import SPACELESS

_TOKEN = re.compile(rf"[{SPACELESS}]|(?:(?![{SPACELESS}])\w)+|[^\w\s]")
_GOES_ON = re.compile(rf"(?![{SPACELESS}])\w")
LONGEST = 200
"""Characters of a phrase; longer ones are in no text for a reader."""
_PLURALS = (
    *(("s", ""), ("es", ""), ("ies", "y"), ("y", "ie")),  # the last for "berries", less its s
    *(("oes", "ao"), ("aes", "ao"), ("ao", "oe"), ("ao", "ae"), ("ns", "m"), ("m", "n")),
)
"""Endings of English and Portuguese words, without accents, with what they may come of."""
SHORTEST = 3
"""Letters that may be left of a word: ``as`` is not the plural of ``a``."""


class Phrases:
    """Folded phrases, looked for at the beginnings of words and up to the ends of words.

    In scripts that write no spaces a word may begin and end at every letter.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._known = {phrase for phrase in phrases if phrase and len(phrase) <= LONGEST}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for phrase in self._known:
            if first := _TOKEN.match(phrase):
                lengths[first.group()].add(len(phrase))
        self._lengths = {word: sorted(found, reverse=True) for word, found in lengths.items()}

    def found_in(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield every phrase in a folded text with its place, the longest at a place first."""
        for token in _TOKEN.finditer(text):
            start = token.start()
            for length in self._lengths.get(token.group(), ()):
                phrase = text[start : start + length]
                if len(phrase) == length and phrase in self._known and _ends(text, start + length):
                    yield start, phrase


def _ends(text: str, end: int) -> bool:
    before = text[end - 1]
    return not (_GOES_ON.match(before) and _GOES_ON.match(text, end))


class Words:
    """Words or phrases, folded, that are found in a text in the singular and the plural."""

    def __init__(self, words: Iterable[str]) -> None:
        self._word_of: dict[str, tuple[int, str]] = {}
        for number, word in enumerate(words):
            for form in forms(word):
                self._word_of.setdefault(form, (number, word))
        self._phrases = Phrases(self._word_of)

    def first_in(self, text: str) -> str | None:
        """Return the first of the words, in their order, that a folded text has."""
        found = self._numbers_in(text)
        return min(found)[1] if found else None

    def all_in(self, text: str) -> list[str]:
        """Return those of the words that a folded text has, in their order."""
        return [word for _, word in sorted(self._numbers_in(text))]

    def _numbers_in(self, text: str) -> set[tuple[int, str]]:
        # "nut" is in "nuts", "peanuts" in "peanut" and "limao" in "limoes", not "nut" in "minute".
        return {self._word_of[phrase] for _, phrase in self._phrases.found_in(text)}


def forms(word: str) -> set[str]:
    """Return a folded word in the singular and the plural."""
    return {form + ending for form in _singulars(word) for ending in ("", "s", "es")}


def _singulars(word: str) -> set[str]:
    """Return the word, and what it may be the plural of; too many are better than one too few."""
    found = {word}
    for plural, singular in _PLURALS:
        stem = word.removesuffix(plural) + singular
        if word.endswith(plural) and len(stem) >= SHORTEST:
            found.add(stem)
    return found
