"""More of a restaurant's evening: orders, menus that are not there yet, diets said in words."""

from __future__ import annotations

from typing import Any

from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.families.restaurant import DISHES, WORDS, as_role, presentation
from lab.tuning.names import code, person
from lab.tuning.phrases import listed


def order(draw: Draw) -> Case:
    """Return an order that is placed, and its confirmation."""
    dishes = [dish for dish, _, _ in draw.some(DISHES, 1, 3)]
    table = _table(draw)
    context: dict[str, Any] = {
        "tableId": table, "orderId": code(draw, "ord-"),
        "items": [{"dish": dish} for dish in dishes],
    }  # fmt: skip
    said = listed(dishes, "en")
    answer = {
        "action": "take_order", "tableId": table, "message": draw.say(WORDS["taken"], dishes=said),
        "presentation": presentation(draw, dishes[0]), "emotion": "attentive",
    }  # fmt: skip
    equals = {"tableId": table, "action": "take_order"}
    return as_role(
        draw, "waiter", context, draw.say(WORDS["ordering"], dishes=said), answer, equals
    )


def arrival(draw: Draw) -> Case:
    """Return guests who ask for a menu that the waiter was not given."""
    table = _table(draw)
    context: dict[str, Any] = {"tableId": table, "guestId": code(draw, "g-")}
    context["partySize"] = draw.integer(1, 8)
    if draw.chance(0.5):
        context["occasion"] = draw.one(WORDS["occasions"])
    answer = {
        "action": "present", "tableId": table, "message": draw.say(WORDS["no_menu"]),
        "presentation": {
            "opening": draw.say(WORDS["house"]), "story": draw.say(WORDS["season"]),
            "instruction": draw.say(WORDS["unhurried"]), "closing": draw.say(WORDS["back"]),
        },
        "emotion": "warm",
    }  # fmt: skip
    return as_role(draw, "waiter", context, draw.one(WORDS["arrived"]), answer, {"tableId": table})


def diet(draw: Draw) -> Case:
    """Return a diet that only the guest's words tell, and a dish that keeps to it."""
    allergen = draw.any_of(tuple(WORDS["diets"]))
    table = _table(draw)
    safe = draw.some([dish for dish in DISHES if not dish[2]], 1, 2)
    others = draw.some([dish for dish in DISHES if dish[2] == allergen], 1, 2)
    menu = [
        {"name": name, "allergens": [found] if found else [], "price": draw.integer(9, 44)}
        for name, _, found in draw.shuffled([*safe, *others])
    ]
    dish = draw.any_of(safe)[0]
    context = {"tableId": table, "menu": menu, "guest": {"name": person(draw)}}
    answer = {
        "action": "recommend", "tableId": table, "message": draw.say(WORDS["recommend"], dish=dish),
        "presentation": presentation(draw, dish), "emotion": "attentive",
    }  # fmt: skip
    return as_role(
        draw, "waiter", context, draw.one(WORDS["diets"][allergen]), answer, {"tableId": table}
    )


def _table(draw: Draw) -> str:
    return f"table-{draw.integer(1, 30):02d}"
