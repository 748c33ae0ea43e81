"""Foods named in a text, by the groups of :mod:`function.reflection.diets.food_groups`.

*Grilled prawns* are crustaceans, *pão* holds gluten, and *vegan* names a diet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from function.reflection.diets.food_groups import DIETS, GROUPS, HARMLESS, OTHER_FOODS
from function.reflection.text.phrases import Phrases

LACTOSE = "lactose"
"""A group of its own beside dairy: what is free of lactose is not free of milk."""

Food = tuple[str, int]
"""A group and the number of a concept in it; 0 stands for the group as a whole."""


class Term(NamedTuple):
    """A food or a diet in a folded text, from ``start`` to ``end``."""

    start: int
    end: int
    word: str
    foods: frozenset[Food]

    @property
    def groups(self) -> frozenset[str]:
        """The groups that the word is of."""
        return frozenset(group for group, _ in self.foods)


def terms_in(text: str) -> list[Term]:
    """Return the foods in a folded text in their order, the longest name at each place."""
    phrases, foods = _vocabulary()
    return [Term(*found, foods[found[2]]) for found in _longest(phrases, text) if foods[found[2]]]


def diets_in(text: str) -> list[tuple[int, int, str]]:
    """Return the names of diets in a folded text, each as its place and the diet."""
    phrases, diets = _diet_names()
    return [(start, end, diets[word]) for start, end, word in _longest(phrases, text)]


def excluded_by(diet: str) -> frozenset[str]:
    """Return the groups that a diet excludes."""
    return frozenset(DIETS[diet][1].split(", "))


def _longest(phrases: Phrases, text: str) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for start, word in phrases.found_in(text):
        if not found or start >= found[-1][1]:
            found.append((start, start + len(word), word))
    return found


@cache
def _vocabulary() -> tuple[Phrases, dict[str, frozenset[Food]]]:
    foods: defaultdict[str, set[Food]] = defaultdict(set)
    for group, concepts in GROUPS.items():
        for number, words in enumerate(concepts):
            for form in _forms_of(words):
                foods[form].add((group, number))
    for words in OTHER_FOODS:
        name = words.partition(",")[0]
        for form in _forms_of(words):
            foods[form].add((name, 0))
    for form in _forms_of(HARMLESS):
        foods[form] = set()
    return Phrases(foods), {word: frozenset(found) for word, found in foods.items()}


@cache
def _diet_names() -> tuple[Phrases, dict[str, str]]:
    names = {form: diet for diet, (words, _) in DIETS.items() for form in _forms_of(words)}
    return Phrases(names), names


def _forms_of(words: str) -> Iterable[str]:
    """Yield each of the words in the singular and the plural, with blanks and with hyphens."""
    for word in words.split(", "):
        for form in _plurals(word):
            yield form
            if " " in form:
                yield form.replace(" ", "-")


def _plurals(word: str) -> Iterable[str]:
    yield from (word, word + "s", word + "es")
    for ending, plurals in _PLURALS.items():
        if word.endswith(ending):
            yield from (word.removesuffix(ending) + plural for plural in plurals)
    first, blank, rest = word.partition(" ")
    if blank and rest.split()[0] in ("de", "do", "da"):  # "castanhas de caju"
        yield from (f"{form} {rest}" for form in _plurals(first))


_PLURALS = {
    "y": ("ies",),
    "ao": ("oes", "aes", "aos"),
    "m": ("ns",),
    "l": ("is",),
    "f": ("ves",),
    "fish": ("fishes",),
}
