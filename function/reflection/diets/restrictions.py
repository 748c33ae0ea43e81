"""One thing that a guest must not have, and how a list of such things is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from function.reflection.diets.food_groups import GROUPS
from function.reflection.diets.foods import LACTOSE, Food, Term, diets_in, excluded_by, terms_in
from function.reflection.text.words import fold

Kind = Literal["allergy", "diet", "dislike"]


@dataclass(frozen=True)
class Restriction:
    """What ``said`` excludes: groups, single foods, a word that is not a known food, or a diet.

    ``must_be_placed`` is whether a word that is not a known food and in no item is a failure.
    """

    said: str
    groups: frozenset[str] = frozenset()
    foods: frozenset[Food] = frozenset()
    word: str = ""
    diet: str = ""
    must_be_placed: bool = False


_PARTS = re.compile(r"[,;/\n|&+]|\b(?:and|or|e|ou|y|nor|nem)\b")
_NOT_APPLICABLE = re.compile(r"\bn[/.]a\b\.?")
_STRIPPED = """
no not non without free from of to the a an any all some and or with is are am i im me my we our
she he they his her their has have had having cannot cant can t dont do does doesn eat eats eating
must never avoid avoids avoiding please strict strictly severe severely mild serious deadly highly
very slightly sensitive sensitivity allergic allergy allergies allergen allergens allergenic
intolerant intolerance intolerances diet dietary friendly disease products product food foods
restriction restrictions preference requirement only low reduced sem nao livre isento de da dos
das o os as ao aos com em um uma alergico alergica alergicos alergicas alergia alergias alergeno
alergenos intolerante intolerantes intolerancia intolerancias dieta restricao restricoes alimentar
alimentares como come comer posso pode podemos evito evita evitar grave leve severa severo forte
tenho tem temos sou somos ele ela eu nos produtos produto alimento alimentos nada por favor que
seja seus derivados derivado none nothing known unknown nil null na n/a applicable nenhum nenhuma
nenhuns everything omnivore onivoro regular normal standard tudo conhecida conhecidas so far ok
fine unspecified informado informada
"""
_STRIPPED_WORDS = frozenset(_STRIPPED.split())
_WORD = re.compile(r"[^\W_](?:[\w'’/-]*[^\W_])?")


def read_listed(text: str, kind: Kind) -> Iterator[Restriction]:
    """Yield what a text under a key such as ``allergies`` or ``dislikes`` excludes."""
    for part in _PARTS.split(_NOT_APPLICABLE.sub(" ", fold(text))):
        said = " ".join(part.split()).strip(" .:()[]\"'")
        if not said:
            continue
        found = [*_diets_of(said, said), *of_terms(terms_in(said), kind, said)]
        yield from found
        word = unknown_words(said)
        if word and (not found or kind == "dislike"):
            yield Restriction(said, word=word, must_be_placed=kind != "dislike")


def _diets_of(text: str, said: str) -> Iterator[Restriction]:
    for start, _, diet in diets_in(text):
        if not re.search(r"\b(?:not|non|nao|no)[ -]+(?:sou |e )?(?:an? )?$", text[:start]):
            yield of_diet(diet, said)


def of_diet(diet: str, said: str) -> Restriction:
    """Return what a diet excludes."""
    return Restriction(said, groups=excluded_by(diet), diet=diet)


def of_terms(terms: Iterable[Term], kind: Kind, said: str = "") -> Iterator[Restriction]:
    """Yield what each of the foods excludes: its groups, or for a dislike the food itself."""
    for term in terms:
        name = said or term.word
        if term.word == LACTOSE:
            yield Restriction(name, groups=frozenset({LACTOSE}))
        elif kind == "dislike":
            yield Restriction(name, foods=_disliked(term))
        else:
            yield Restriction(name, groups=term.groups)


def _disliked(term: Term) -> frozenset[Food]:
    """Return the food itself, or all of a group where the word names the group."""
    found = set(term.foods)
    for group, number in term.foods:
        if number == 0 and group in GROUPS:
            found |= {(group, each) for each in range(len(GROUPS[group]))}
    return frozenset(found)


def unknown_words(text: str) -> str:
    """Return a folded text without the words that only say that something is to be avoided."""
    words = [word for word in _WORD.findall(text) if word not in _STRIPPED_WORDS]
    return " ".join(words)
