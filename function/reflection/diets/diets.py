"""What a guest must not have: allergies, diets and dislikes, wherever and however they are said.

An allergy or a diet excludes whole groups ("cheese" is dairy), a dislike only the food itself.
What is said of an allergy and is not a food that is known, nor a word of any item, is not placed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from function.contract import AllowedItems, InferenceRequest
from function.json_tree import at
from function.reflection.diets.dishes import Dish
from function.reflection.diets.restrictions import Kind, Restriction, read_listed, restrictions_said
from function.reflection.text.phrases import Words
from function.reflection.text.words import fold

_BY_MARK = ("vegan", "vegetarian")
"""Diets that an item has to be marked for, where the items of its list are marked."""
_KEYS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("allergy", re.compile(r"allerg|alerg|intoler")),
    ("dislike", re.compile(r"dislike|naogosta|aversion|aversao")),
    ("diet", re.compile(r"diet|restri|avoid|evita|cannoteat|mustnot")),
)
_LISTS = re.compile(
    r"menu|wine|vinho|dishes|drinks|products|desserts|specials|carte|cardapio|pratos"
)
_PRICES = ("price", "preco", "price_bottle", "price_glass")
_NAMES = ("name", "allergen", "substance", "food", "item", "type", "label", "value")
_REFUSALS = frozenset({"no", "none", "false", "nao", "", "n/a"})


class Diets:
    """Everything that the guests of a request must not have."""

    def __init__(self, restrictions: Iterable[Restriction]) -> None:
        self._foods: dict[tuple[object, ...], Restriction] = {}
        self._of_word: dict[str, Restriction] = {}
        for each in restrictions:
            if each.word:
                known = self._of_word.setdefault(each.word, each)
                if each.must_be_placed and not known.must_be_placed:
                    self._of_word[each.word] = each
            else:
                self._foods.setdefault((each.groups, each.foods, each.diet), each)
        self._words = Words(self._of_word)
        self._placed: set[str] = set()

    def broken_by(self, dish: Dish, marks: bool) -> str | None:
        """Return what was said against an item, or None if it may be offered.

        :param marks: whether the items of its list are marked for diets.
        """
        words = self._words.all_in(dish.text)
        self._placed.update(words)
        broken = (each for each in self._foods.values() if self._breaks(dish, each, marks))
        found = next(broken, None) or (self._of_word[words[0]] if words else None)
        return found.said if found else None

    @property
    def unplaced(self) -> list[str]:
        """What was said of an allergy or a diet, and neither is known nor in an item seen."""
        return [
            each.said
            for word, each in self._of_word.items()
            if each.must_be_placed and word not in self._placed
        ]

    @staticmethod
    def _breaks(dish: Dish, restriction: Restriction, marks: bool) -> bool:
        if restriction.diet:
            if restriction.diet in dish.diets:
                return any(group in {of for of, _ in dish.declared} for group in restriction.groups)
            if marks and restriction.diet in _BY_MARK:
                return True
        return dish.has(restriction.foods) or any(map(dish.holds, restriction.groups))


def diets_of(context: dict[str, Any], rule: AllowedItems, said: Sequence[str] = ()) -> Diets:
    """Return what the context and the guests' own words exclude.

    :param said: what the guests wrote.
    """
    return Diets(_restrictions(context, rule, said))


def words_of_guests(request: InferenceRequest) -> list[str]:
    """Return the texts in which a guest may have said what they must not have."""
    return [request.question, *(m.content for m in request.history if m.role == "user")]


def _restrictions(
    context: dict[str, Any], rule: AllowedItems, said: Sequence[str]
) -> Iterator[Restriction]:
    for path in rule.avoid:
        for value in at(context, path):
            kind = _kind_of(path.rpartition(".")[2]) or "dislike"
            for text in _listed(value):
                yield from read_listed(text, kind)
    for each in _walk(context, "", rule.items):
        # A word that is not a food may be anything where nothing is to be avoided.
        if rule.avoid or each.must_be_placed or not each.word:
            yield each
    for text in said:
        yield from restrictions_said(text)


def _walk(value: Any, path: str, items: str) -> Iterator[Restriction]:
    if path == items or _is_item(value):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            below = f"{path}.{key}" if path else key
            kind = _kind_of(key)
            if inner is True:  # "isVegan", "lactose_intolerant"
                yield from restrictions_said(re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", key))
            elif kind is not None:
                for text in _listed(inner):
                    yield from read_listed(text, kind)
            elif not _LISTS.search(fold(key)):
                yield from _walk(inner, below, items)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, path, items)
    elif isinstance(value, str):
        yield from restrictions_said(value)


def _kind_of(key: str) -> Kind | None:
    plain = "".join(char for char in fold(key) if char.isalnum())
    return next((kind for kind, pattern in _KEYS if pattern.search(plain)), None)


def _is_item(value: Any) -> bool:
    return isinstance(value, dict) and any(key in value for key in _PRICES)


def _listed(value: Any) -> Iterator[str]:
    """Yield the entries under a key such as ``allergies``: texts, names of objects, or flags."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _listed(inner)
    elif isinstance(value, dict):
        named = [value[key] for key in _NAMES if isinstance(value.get(key), str)]
        if named:
            yield from named
            return
        for key, inner in value.items():
            if isinstance(inner, (list, dict)):
                yield from _listed(inner)
            elif inner and not (isinstance(inner, str) and fold(inner).strip() in _REFUSALS):
                yield key.replace("_", " ")
