"""A waiter and a sommelier who are asked in Portuguese and answer in Portuguese."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.families.restaurant import as_role, bottle_of
from lab.tuning.names import made_up, person
from lab.tuning.pools import pool


def waiter_pt(draw: Draw) -> Case:
    """Return a guest with a diet, who is offered a dish that keeps to it."""
    words = pool("restaurant_pt")
    said, avoided = draw.any_of(words["diets"])
    rows = [[part.strip() for part in line.split("|")] for line in words["dishes"]]
    safe = draw.random.sample([row for row in rows if row[1] != avoided], draw.integer(1, 3))
    unsafe = draw.random.sample([row for row in rows if row[1] == avoided], 1)
    menu = [
        {"name": name, "allergens": [] if holds == "-" else [holds], "price": draw.integer(29, 98)}
        for name, holds in draw.shuffled([*safe, *unsafe])
    ]
    table = f"table-{draw.integer(1, 30):02d}"
    guest = {"name": person(draw), "allergies": [avoided], "note": said}
    dish = draw.any_of(safe)[0]
    answer = {
        "action": "recommend",
        "tableId": table,
        "message": draw.say(words["recommend"], dish=dish),
        "presentation": {
            "opening": draw.say(words["openings"]),
            "story": draw.say(words["stories"], dish=dish),
            "instruction": draw.say(words["instructions"]),
            "closing": draw.say(words["closings"]),
        },
        "emotion": draw.any_of(("warm", "enthusiastic", "attentive")),
    }
    context: dict[str, Any] = {"tableId": table, "menu": menu, "guest": guest}
    return _asked(draw, "waiter", context, words["wants"], answer, {"tableId": table})


def sommelier_pt(draw: Draw) -> Case:
    """Return a request for a wine within a budget."""
    words = pool("restaurant_pt")
    dish = draw.any_of(words["dishes"]).partition(" |")[0]
    prices = draw.random.sample(range(45, 290), draw.integer(2, 4))
    wines = [
        {
            "name": f"{made_up(draw)} {made_up(draw)}",
            "style": draw.any_of(words["styles"]),
            "region": draw.any_of(words["regions"]),
            "vintage": str(draw.integer(2012, 2023)),
            "price_bottle": price,
        }
        for price in prices
    ]
    asked_price = draw.any_of(prices)
    budget = asked_price + draw.integer(0, 9)
    fitting = [wine for wine, price in zip(wines, prices, strict=True) if price <= budget]
    chosen = max(fitting, key=lambda wine: int(wine["price_bottle"]))
    table = f"table-{draw.integer(1, 30):02d}"
    answer = {
        "action": draw.any_of(("recommend", "pair")),
        "tableId": table,
        "wine": bottle_of(chosen),
        "pairing": {"dish": dish, "reason": f"Com {dish}, {draw.one(words['wine_reasons'])}."},
        "description": draw.one(words["wine_words"]).format(**chosen),
        "emotion": draw.any_of(("enthusiastic", "thoughtful", "educational")),
    }  # fmt: skip
    context = {"tableId": table, "dish": dish, "budget": budget, "wines": wines}
    equals = {"wine.name": chosen["name"], "wine.price": chosen["price_bottle"]}
    return _asked(draw, "sommelier", context, words["wine_asked"], answer, equals)


def _asked(
    draw: Draw,
    role: str,
    context: dict[str, Any],
    asks: list[str],
    answer: dict[str, Any],
    equals: dict[str, Any],
) -> Case:
    asked = draw.one(asks)
    case = as_role(draw, role, context, asked, answer, equals)
    if asked not in str(case.data):
        case = case.with_data(request=asked)
    return replace(case, language="pt")
