"""Questions of a diet or an allergen in a dish, answered from what is recorded of the dish.

*Is the soup vegan?* is answered against by cream among its ingredients.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from function.json_tree import dotted, leaves
from function.reflection.diets.dishes import Dish, read_dish
from function.reflection.diets.food_groups import GROUPS
from function.reflection.diets.foods import Food, Term, diets_in, excluded_by, terms_in
from function.reflection.text.words import fold
from function.schemas.sentences import picked

_ALLERGENS = frozenset(GROUPS) - {"meat", "pork", "honey", "alcohol"}
"""What a list of allergens has to name: those of EU law."""
_ASKS = re.compile(
    r"^\W*(?:(?:and|e|so|mas|but|hi|hello|oi|ola)\b\W*)*(?:is|are|does|do|has|can|could|tem|leva"
    r"|contem|vai|posso|pode)\b|\?|\b(?:know|tell me|saber|dizer) (?:if|whether|se)\b"
)
_ASKS_FOR_OTHERS = re.compile(
    r"\b(?:what|which|recommend\w*|suggest\w*|o que|qual|quais|recomend\w+|suger\w+|indic\w+)\b"
)
_VERB = re.compile(r"\b(?:contains?|have|has|with|leva|tem|contem|com)\b")
_HOLDS = re.compile(
    r"\b(?:contain\w*|has|have|any|there|use[ds]?|with|in (?:it|the|that|this)|free|without"
    r"|tem|tenha|leva|contem|ha|vai|feit[oa]|com|sem|eat|comer)\b"
)
_INGREDIENTS = re.compile(r"ingredien|composi|made_?(?:of|with)|feito_?com")
_DECLARED = re.compile(r"allerg|alerg|contain|contem")
_LONGEST_INGREDIENT = 40


class _Asked(NamedTuple):
    """What a question is about: a diet, or else a food and the groups that it stands for."""

    words: str
    diet: str
    groups: frozenset[str]
    foods: frozenset[Food] = frozenset()


def diet_verdict(context: Mapping[str, Any], question: str) -> dict[str, Any]:
    """Return what the facts say to a question such as "is the soup vegan?", empty for another one.

    ``asked`` is the diet or the food in the guest's words, and ``is_diet`` which of them it is.
    ``verdict`` is ``against`` where the dish breaks the diet or holds the food, ``for`` where it
    does not, else ``unknown``; ``because`` names what speaks against it, ``made_of`` all that is in
    the dish.
    """
    said = fold(question)
    if not _ASKS.search(said) or _ASKS_FOR_OTHERS.search(said):
        return {}
    dish_facts = _dish_of(context, said)
    if dish_facts is None:
        return {}
    name = str(dish_facts.get("name", ""))
    asked = _asked_of(question, said, fold(name))
    if asked is None:
        return {}
    dish = read_dish(name, dish_facts, "menu")
    made_of = list(_listed(dish_facts, _INGREDIENTS))
    parts = [*made_of, *_listed(dish_facts, _DECLARED)]
    because = [part for part in parts if any(_is_of(term, asked) for term in terms_in(fold(part)))]
    return {
        "asked": asked.words,
        "is_diet": bool(asked.diet),
        "verdict": _verdict(dish, asked, bool(made_of), _says_allergens(dish_facts)),
        "because": list(dict.fromkeys(because)),
        "made_of": made_of,
    }


def _verdict(dish: Dish, asked: _Asked, is_described: bool, says_allergens: bool) -> str:
    declared = any(of in asked.groups for of, _ in dish.declared)
    if declared or (
        asked.diet not in dish.diets
        and (dish.has(asked.foods) or any(map(dish.holds, asked.groups)))
    ):
        return "against"
    of_food = asked.groups or frozenset(of for of, _ in asked.foods)
    is_marked = asked.diet in dish.diets if asked.diet else of_food <= dish.free
    is_listed = says_allergens and not asked.diet and of_food <= _ALLERGENS
    if (
        is_marked
        or is_described
        or (is_listed and not any(of in of_food for of, _ in dish.declared))
    ):
        return "for"
    return "unknown"


def _asked_of(question: str, said: str, name: str) -> _Asked | None:
    words = question if len(question) == len(said) else said
    for start, end, diet in diets_in(said):
        if diet == "celiac":
            return _Asked("gluten", "", excluded_by(diet))
        return _Asked(words[start:end].lower(), diet, excluded_by(diet))
    of_name = {term.word for term in terms_in(name)}
    for term in terms_in(said):
        if term.word not in of_name and _HOLDS.search(said):
            groups = frozenset(of for of, number in term.foods if not number and of in GROUPS)
            return _Asked(words[term.start : term.end].lower(), "", groups, term.foods)
    return None


def _is_of(term: Term, asked: _Asked) -> bool:
    return bool(term.groups & asked.groups or term.foods & asked.foods)


def _dish_of(context: Mapping[str, Any], said: str) -> Mapping[str, Any] | None:
    """Return the facts of the one dish that a question may be about."""
    one = context.get("dish")
    if isinstance(one, dict):
        return one
    if isinstance(one, str):
        return {**context, "name": one}
    menu = context.get("menu")
    found = picked(menu, said)
    if len(found) != 1:  # what is asked for may be in the name of another dish
        found = picked(menu, _VERB.split(said)[0])
    return found[0] if len(found) == 1 and isinstance(found[0], dict) else None


def _says_allergens(facts: Iterable[str]) -> bool:
    return any(_DECLARED.search(fold(key)) for key in facts)


def _listed(facts: Mapping[str, Any], key: re.Pattern[str]) -> Iterator[str]:
    """Yield the single foods under a key of a dish, whether they are a list or one text."""
    for path, each in leaves(facts):
        if isinstance(each, str) and key.search(fold(dotted(path))):
            parts = (part.strip() for part in re.split(r"[,;\n]", each))
            yield from (part for part in parts if 0 < len(part) <= _LONGEST_INGREDIENT)
