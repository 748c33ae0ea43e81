"""What an item of a menu or a list holds, and what it is marked to be without.

"Gluten-free pasta" with ``allergens: milk`` holds dairy for certain, and no gluten.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from function.json_tree import dotted, leaves
from function.reflection.diets.foods import LACTOSE, Food, diets_in, excluded_by, terms_in
from function.reflection.text.words import fold

_DECLARED = re.compile(r"allerg|alerg|contain|contem|contendo|traces|tracos")
_MARKS = re.compile(r"diet|marks?$|tags?$|labels?$|suitable|certif|badges?$|icons?$|selos?$")
_PAIRED = re.compile(r"pair|harmoniz|goeswith|combina|suggest|sugest|tasting|aroma|nose|palate")
_FREE = re.compile(
    r"(.+?)[ -]?free|(?:free (?:of|from)|without|contains no|no|zero|sem|livre de|isento de|"
    r"nao contem|non?)[ -](?:added |adicao de )?(.+)"
)
_NAMED_FREE = re.compile(
    r"\b([\w ]{2,20}?)[ -]free\b(?! option| on request| available|: no)"
    r"|\b(?:sem|without|zero|livre de) ([\w ]{2,20})"
)
_BEFORE = re.compile(
    r"(?:\b(?:free (?:of|from)|without|no|non|zero|sem|livre de|isento de|nao contem|0 ?%)"
    r"[ -]+(?:added |any |adicao de )?)$"
)
_BEHIND = re.compile(r"[ -]?free\b")
_SHORT_MARKS = {
    "gf": "gluten-free", "df": "dairy-free", "lf": "lactose-free", "nf": "nut-free",
    "v": "vegetarian", "veg": "vegetarian", "vg": "vegetarian", "ve": "vegan",
}  # fmt: skip
_YES = frozenset({"yes", "true", "sim", "y", "s", "1"})
_NO = frozenset({"no", "false", "nao", "none", "n", "0", ""})


@dataclass
class Dish:
    """One item: foods by where they are named, groups that it is marked free of, diets."""

    text: str
    declared: set[Food] = field(default_factory=set)
    named: set[Food] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    diets: set[str] = field(default_factory=set)
    marked: bool = False

    def holds(self, group: str) -> bool:
        """Return whether the item holds a food of the group, or may."""
        base = "dairy" if group == LACTOSE else group
        if group == LACTOSE and LACTOSE in self.free:
            return False
        if any(of == base for of, _ in self.declared):
            return True
        return base not in self.free and any(of == base for of, _ in self.named)

    def has(self, foods: frozenset[Food]) -> bool:
        """Return whether one of the foods is named anywhere in the item."""
        return not foods.isdisjoint(self.declared | self.named)


def read_dish(name: str, item: Any, listed_as: str) -> Dish:
    """Return what an item holds.

    :param listed_as: the name of its list: an entry of ``wines`` is a wine.
    """
    dish = Dish(fold(json.dumps(item, ensure_ascii=False)))
    _read_text(dish, fold(listed_as.rpartition(".")[2].replace("_", " ")), dish.named)
    _read_text(dish, fold(name), dish.named)
    for found in _NAMED_FREE.finditer(fold(name)):
        _mark_free(dish, found[1] or found[2])
    for path, value in leaves(item):
        if value is not None:
            _read_field(dish, dotted(path), value)
    return dish


def _read_field(dish: Dish, key: str, value: Any) -> None:
    plain = "".join(char for char in fold(key) if char.isalnum())
    words = fold(re.sub(r"(?<=[a-z])(?=[A-Z])|[_.-]", " ", key.rpartition(".")[2]))
    if _PAIRED.search(plain):
        return
    said = fold(value).strip() if isinstance(value, str) else ""
    if value is True or said in _YES or (isinstance(value, (int, float)) and value):
        if _FREE.fullmatch(words) or diets_in(words):
            _mark(dish, words.removeprefix("is "))
        else:
            _read_text(dish, words, dish.declared)
    elif value is False and (found := _FREE.fullmatch(words)):
        _read_text(dish, found[1] or found[2], dish.declared)
    elif value is False or said in _NO:
        dish.marked |= bool(diets_in(words))
    elif isinstance(value, str):
        if _MARKS.search(plain):
            dish.marked = True
            for mark in re.split(r"[,;/|]", said):
                _mark(dish, mark.strip(" .()"))
        elif _DECLARED.search(plain):
            _read_text(dish, said, dish.declared)
        else:
            _read_text(dish, said, dish.named)


def _mark(dish: Dish, mark: str) -> None:
    mark = _SHORT_MARKS.get(mark, mark)
    dish.marked = True
    names = diets_in(mark)
    if names and names[0][:2] == (0, len(mark)):
        diet = names[0][2]
        dish.diets.add(diet)
        dish.free |= excluded_by(diet)
        if diet == "vegan":
            dish.diets.add("vegetarian")
    elif found := _FREE.fullmatch(mark):
        _mark_free(dish, found[1] or found[2])
    elif mark.startswith(("contains ", "contem ")):
        _read_text(dish, mark, dish.declared)


def _mark_free(dish: Dish, text: str) -> None:
    for term in terms_in(text):
        if term.word == LACTOSE:
            dish.free.add(LACTOSE)
        elif term.word in ("milk", "leite"):
            dish.free |= {"dairy", LACTOSE}
        else:  # what is free of wheat may hold rye
            dish.free |= {group for group, number in term.foods if not number}


def _read_text(dish: Dish, text: str, into: set[Food]) -> None:
    """Add the foods that a text names, less those that it says are not in it."""
    terms = terms_in(text)
    absent = [_is_absent(text, term.start, term.end) for term in terms]
    for place, term in enumerate(terms):
        if absent[place]:
            continue
        without: set[str] = set()
        for other in (place - 1, place + 1):  # "gluten-free pasta", "massa sem gluten"
            if 0 <= other < len(terms) and absent[other] and terms[other].word != LACTOSE:
                between = text[
                    min(term.end, terms[other].end) : max(term.start, terms[other].start)
                ]
                if re.fullmatch(r"[ -]?(?:free|sem|without|livre de)?[ -]", between):
                    without |= terms[other].groups
        into |= {food for food in term.foods if food[0] not in without}


def _is_absent(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 40) : start]
    return bool(_BEFORE.search(before) or _BEHIND.match(text, end))
