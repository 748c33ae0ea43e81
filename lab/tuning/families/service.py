"""More of a restaurant's evening: orders, menus that are not there yet, diets said in words."""

from __future__ import annotations

from typing import Any

from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.families.restaurant import DISHES, RECOMMEND, as_role, presentation
from lab.tuning.names import code, person

TAKEN = (
    "Thank you, I have noted {dishes} for you.", "Very well: {dishes}. It will not take long.",
    "{dishes}, with pleasure; I pass it to the kitchen.", "Your order is in: {dishes}.",
    "I have {dishes} for your table, thank you.",
    "A fine choice, {dishes} is on its way to the chef.",
    "Let me repeat: {dishes}. Thank you.", "Noted, {dishes} for this table.",
)  # fmt: skip
ORDERING = (
    "We would like to order {dishes}.", "Please bring us {dishes}.", "We take {dishes}.",
    "{dishes} for us, please.", "We have decided: {dishes}.", "Can we have {dishes}?",
    "I think we start with {dishes}.", "For our table {dishes}, thank you.",
)  # fmt: skip
ARRIVED = (
    "Good evening, we are ready for the menu.", "Could you show us the menu?", "We just sat down.",
    "Hello! What is on the menu?", "May we see the card?", "We are celebrating, surprise us!",
    "What do you serve tonight?", "Good evening, we have not been here before.",
)  # fmt: skip
NO_MENU = (
    "Welcome to your table; I will bring you the menu right away.",
    "Good evening, the menu is coming in a moment.",
    "How nice to have you here; I fetch the menu for you.",
    "Let me get the menu, then I gladly tell you about the dishes.",
    "A warm welcome; the chef has just finished the menu and I bring it at once.",
    "Good evening and welcome; I will be back with the menu directly.",
    "I am at your service and bring the menu now.",
    "Please make yourselves at home; your menu is on its way.",
)  # fmt: skip
DIETS = {
    "milk": ("I am lactose intolerant, what can I have?", "No dairy for me, please. Any idea?",
             "Which dish comes without milk?", "I cannot have milk. What do you suggest?"),
    "gluten": ("I have celiac disease, what is safe?", "Something without gluten, please.",
               "No gluten for me. What do you recommend?", "I must avoid wheat; which dish?"),
    "nuts": ("I am allergic to nuts. What can I eat?", "Nothing with nuts, please.",
             "Which dish has no nuts?", "Nuts are dangerous for me, any advice?"),
    "fish": ("I do not eat fish, what else is there?", "I am allergic to fish. Your advice?",
             "No fish, please; what would you choose?", "Something without fish?"),
    "shellfish": ("I am allergic to shellfish, what can I take?", "No shellfish for me, please.",
                  "Which dish is free of shellfish?", "Shellfish makes me ill. What do you offer?"),
}  # fmt: skip
HOUSE = (
    "You have one of our nicest tables.", "We are happy that you came.",
    "It is a good evening to dine here.",
    "The whole team welcomes you.", "You chose the right day.", "Thank you for joining us tonight.",
)  # fmt: skip
SEASON = (
    "The kitchen cooks with what the season gives.", "Our chef buys everything on the market.",
    "Every plate is made when you order it.", "The house has been run by one family for years.",
    "There is something new on the card each week.", "Most of it comes from farms nearby.",
)  # fmt: skip
UNHURRIED = (
    "Take all the time you need.", "Tell me about allergies before you choose.",
    "Ask me whatever you like.",
    "Begin with a glass of water.", "Have a look around first.", "Let me know when you are ready.",
)  # fmt: skip
BACK = (
    "I will be right back.", "Just wave at me.", "It is a pleasure to serve you.",
    "I am never far away.",
    "See you in a moment.", "Enjoy the evening.",
)  # fmt: skip
OCCASIONS = ("birthday", "reunion", "first visit", "promotion", "farewell dinner", "engagement")


def order(draw: Draw) -> Case:
    """Return an order that is placed, and its confirmation."""
    dishes = [dish for dish, _, _ in draw.some(DISHES, 1, 3)]
    table = _table(draw)
    context: dict[str, Any] = {
        "tableId": table, "orderId": code(draw, "ord-"),
        "items": [{"dish": dish} for dish in dishes],
    }  # fmt: skip
    said = _joined(dishes)
    answer = {
        "action": "take_order", "tableId": table, "message": draw.say(TAKEN, dishes=said),
        "presentation": presentation(draw, dishes[0]), "emotion": "attentive",
    }  # fmt: skip
    equals = {"tableId": table, "action": "take_order"}
    return as_role(draw, "waiter", context, draw.say(ORDERING, dishes=said), answer, equals)


def arrival(draw: Draw) -> Case:
    """Return guests who ask for a menu that the waiter was not given."""
    table = _table(draw)
    context: dict[str, Any] = {"tableId": table, "guestId": code(draw, "g-")}
    context["partySize"] = draw.integer(1, 8)
    if draw.chance(0.5):
        context["occasion"] = draw.one(OCCASIONS)
    answer = {
        "action": "present", "tableId": table, "message": draw.say(NO_MENU),
        "presentation": {
            "opening": draw.say(HOUSE), "story": draw.say(SEASON),
            "instruction": draw.say(UNHURRIED), "closing": draw.say(BACK),
        },
        "emotion": "warm",
    }  # fmt: skip
    return as_role(draw, "waiter", context, draw.one(ARRIVED), answer, {"tableId": table})


def diet(draw: Draw) -> Case:
    """Return a diet that only the guest's words tell, and a dish that keeps to it."""
    allergen = draw.any_of(tuple(DIETS))
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
        "action": "recommend", "tableId": table, "message": draw.say(RECOMMEND, dish=dish),
        "presentation": presentation(draw, dish), "emotion": "attentive",
    }  # fmt: skip
    return as_role(draw, "waiter", context, draw.one(DIETS[allergen]), answer, {"tableId": table})


def _table(draw: Draw) -> str:
    return f"table-{draw.integer(1, 30):02d}"


def _joined(dishes: list[str]) -> str:
    *first, last = dishes
    return f"{', '.join(first)} and {last}" if first else last
