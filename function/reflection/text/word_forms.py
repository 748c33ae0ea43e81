"""Words and phrases found in a text in the singular and the plural."""

from __future__ import annotations

from collections.abc import Iterable

from function.reflection.text.phrases import Phrases

_PLURALS = (
    *(("s", ""), ("es", ""), ("ies", "y"), ("y", "ie")),  # the last for "berries", less its s
    *(("oes", "ao"), ("aes", "ao"), ("ao", "oe"), ("ao", "ae"), ("ns", "m"), ("m", "n")),
)
"""Endings of English and Portuguese words, without accents, with what they may come of."""
SHORTEST = 3
"""Letters that may be left of a word: ``as`` is not the plural of ``a``."""


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
