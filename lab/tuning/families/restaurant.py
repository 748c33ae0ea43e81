"""The four roles of a restaurant: their JSON, from guests, tables, menus, wine lists, tickets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.names import code, made_up, person
from lab.tuning.pools import pool

FAMILY = "restaurant"
WORDS: dict[str, Any] = pool("restaurant")
DISHES: list[tuple[str, str, str]] = [(name, at, holds) for name, at, holds in WORDS["dishes"]]
ROLES = {
    "host": """{"action": "greet|seat|waitlist|inform|farewell", "greeting": "...",
 "guestId": "...", "tableId": "...", "isVip": <boolean>, "partySize": <number>,
 "waitMinutes": <number or null>, "specialInstructions": "...",
 "emotion": "warm|apologetic|delighted|professional"}""",
    "waiter": """{"action": "present|recommend|take_order|inform|serve", "tableId": "...",
 "message": "...", "emotion": "warm|enthusiastic|attentive|concerned",
 "presentation": {"opening": "...", "story": "...", "instruction": "...", "closing": "..."}}""",
    "sommelier": """{"action": "recommend|pour|describe|pair", "tableId": "...",
 "wine": {"name": "...", "vintage": "...", "region": "...", "price": <number>,
  "byGlass": <boolean>},
 "pairing": {"dish": "...", "reason": "..."}, "description": "...",
 "emotion": "enthusiastic|thoughtful|educational"}""",
    "chef": """{"action": "receive_ticket|start_dish|quality_check|call_dish|alert",
 "ticketId": "...", "dish": "...", "station": "grill|saute|garde_manger|pastry",
 "estimatedMinutes": <number>, "qualityStatus": "perfect|acceptable|redo", "message": "...",
 "priority": "normal|rush|vip"}""",
}


def host(draw: Draw) -> Case:
    """Return an arriving guest, who is seated at the smallest table that fits, or waits."""
    name = person(draw)
    party = draw.integer(1, 8)
    guest = code(draw, "g-")
    vip = draw.chance(0.3)
    context: dict[str, Any] = {"guestId": guest, "name": name, "partySize": party, "isVip": vip}
    wanted = draw.one(WORDS["features"]) if draw.chance(0.4) else None
    if draw.chance(0.75):
        tables = _tables(draw, party)
        context["tables"] = tables
        table = min(tables, key=lambda one: int(one["capacity"]))["id"]
        action, emotion = "seat", "delighted" if vip else "warm"
        greeting, wait = draw.say(WORDS["greetings"], name=name), None
    else:
        wait = draw.integer(10, 55)
        context |= {"waitMinutes": wait, "tables": []}
        table, action, emotion = None, "waitlist", "apologetic"
        greeting = draw.say(WORDS["waiting"], name=name)
    if wanted:
        context["preferences"] = [wanted]
    answer = {
        "action": action, "greeting": greeting, "guestId": guest, "tableId": table, "isVip": vip,
        "partySize": party, "waitMinutes": wait,
        "specialInstructions": f"{wanted} if possible" if wanted else None, "emotion": emotion,
    }  # fmt: skip
    equals = {"tableId": table, "partySize": party, "guestId": guest}
    asked = draw.one(WORDS["host_asked"])
    return as_role(draw, "host", context, asked, answer, equals)


def waiter(draw: Draw) -> Case:
    """Return a guest with a diet, who is offered a dish that keeps to it."""
    table = f"table-{draw.integer(1, 30):02d}"
    allergen = draw.any_of(("fish", "milk", "gluten", "nuts", "shellfish"))
    chosen = draw.some(DISHES, 3, 5)
    safe = [dish for dish in chosen if dish[2] != allergen and not (dish[2] and draw.chance(0.2))]
    allowed = [dish for dish in chosen if dish[2] != allergen]
    if not safe:
        safe = allowed or [draw.one([dish for dish in DISHES if not dish[2]])]
        chosen = [*chosen, *(dish for dish in safe if dish not in chosen)]
    menu = [
        {"name": name, "allergens": [found] if found else [], "price": draw.integer(9, 44)}
        for name, _, found in chosen
    ]
    context: dict[str, Any] = {"tableId": table, "menu": menu}
    if draw.chance(0.7):
        context["guest"] = {"name": person(draw), "allergies": [allergen]}
    dish = draw.any_of(safe)[0]
    answer = {
        "action": "recommend",
        "tableId": table,
        "message": draw.say(WORDS["recommend"], dish=dish),
        "presentation": presentation(draw, dish),
        "emotion": draw.any_of(("warm", "enthusiastic", "attentive")),
    }  # fmt: skip
    return as_role(draw, "waiter", context, draw.one(WORDS["wants"]), answer, {"tableId": table})


def sommelier(draw: Draw) -> Case:
    """Return a request for a wine within a budget."""
    dish = draw.one(DISHES)[0]
    wines = []
    for _ in range(draw.integer(2, 4)):
        price = draw.integer(28, 190)
        wine: dict[str, Any] = {
            "name": f"{made_up(draw)} {made_up(draw)}", "style": draw.one(WORDS["styles"]),
            "region": draw.one(WORDS["regions"]), "vintage": str(draw.integer(2009, 2023)),
            "price_bottle": price,
        }  # fmt: skip
        if draw.chance(0.5):
            wine["price_glass"] = max(6, price // 5)
        wines.append(wine)
    chosen = draw.any_of(wines)
    budget = chosen["price_bottle"] + draw.integer(0, 9)
    chosen = max(
        (wine for wine in wines if wine["price_bottle"] <= budget),
        key=lambda wine: int(wine["price_bottle"]),
    )
    table = f"table-{draw.integer(1, 30):02d}"
    context = {"tableId": table, "dish": dish, "budget": budget, "wines": wines}
    reason = draw.one(WORDS["wine_reasons"])
    answer = {
        "action": draw.any_of(("recommend", "pair")),
        "tableId": table,
        "wine": bottle_of(chosen),
        "pairing": {"dish": dish, "reason": f"With {dish} {reason}."},
        "description": draw.say(
            WORDS["wine_words"], style=chosen["style"], region=chosen["region"]
        ),
        "emotion": draw.any_of(("enthusiastic", "thoughtful", "educational")),
    }  # fmt: skip
    asked = draw.one(WORDS["wine_asked"])
    equals = {"wine.name": chosen["name"], "wine.price": chosen["price_bottle"]}
    return as_role(draw, "sommelier", context, asked, answer, equals)


def bottle_of(wine: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer names of a wine of the list."""
    return {
        "name": wine["name"],
        "vintage": wine["vintage"],
        "region": wine["region"],
        "price": wine["price_bottle"],
        "byGlass": False,
    }


def chef(draw: Draw) -> Case:
    """Return a ticket at one of its stages."""
    dish, station, _ = draw.one(DISHES)
    ticket = code(draw, draw.one(("K-", "TK", "ord-", "#")))
    priority = draw.any_of(("normal", "normal", "rush", "vip"))
    context: dict[str, Any] = {
        "ticketId": ticket,
        "dish": dish,
        "station": station,
        "priority": priority,
    }
    stage = draw.any_of(("receive_ticket", "start_dish", "quality_check", "call_dish"))
    minutes, quality = (
        {"grill": 20, "saute": 14, "garde_manger": 8, "pastry": 6}[station],
        "acceptable",
    )
    message = draw.say(WORDS["kitchen"], ticket=ticket, dish=dish, station=station)
    if stage == "quality_check":
        quality = draw.any_of(("perfect", "redo"))
        context["inspection"] = {
            "perfect": draw.one(("cooked to the point", "looks and tastes right", "no fault found",
            "very good")),
            "redo": draw.one(("burnt at the edge", "cold in the middle", "far too salty",
            "still raw")),
        }[quality]  # fmt: skip
        message = draw.say(
            WORDS["redo"] if quality == "redo" else WORDS["ready"], ticket=ticket, dish=dish
        )
    elif stage == "call_dish":
        context["state"] = draw.one(("plated", "done", "waiting at the pass", "ready"))
        quality, minutes = "perfect", 0
        message = draw.say(WORDS["ready"], ticket=ticket, dish=dish)
    else:
        context["state"] = (
            draw.one(("just came in", "new", "not seen yet", "printed"))
            if stage == "receive_ticket"
            else draw.one(("received", "accepted, nothing begun", "in the queue", "its turn now"))
        )
    answer = {
        "action": stage, "ticketId": ticket, "dish": dish, "station": station,
        "estimatedMinutes": minutes, "qualityStatus": quality, "message": message,
        "priority": priority,
    }  # fmt: skip
    asked = draw.one(WORDS["ticket_asked"])
    return as_role(
        draw,
        "chef",
        context,
        asked,
        answer,
        {"ticketId": ticket, "action": stage, "qualityStatus": quality},
    )


def presentation(draw: Draw, dish: str) -> dict[str, str]:
    """Return what a waiter says around a dish."""
    return {
        "opening": draw.say(WORDS["openings"]),
        "story": draw.say(WORDS["stories"], dish=dish),
        "instruction": draw.say(WORDS["instructions"]),
        "closing": draw.say(WORDS["closings"]),
    }


def _tables(draw: Draw, party: int) -> list[dict[str, Any]]:
    sizes = draw.random.sample(range(party, party + 8), draw.integer(1, 3))
    small = [size for size in (1, 2, 3) if size < party]
    sizes += draw.random.sample(small, draw.integer(0, len(small)))
    return [
        {"id": f"table-{number:02d}", "capacity": size}
        for number, size in zip(
            draw.random.sample(range(1, 60), len(sizes)), draw.shuffled(sizes), strict=True
        )
    ]


def as_role(
    draw: Draw,
    role: str,
    context: dict[str, Any],
    asked: str,
    answer: dict[str, Any],
    equals: dict[str, Any],
) -> Case:
    """Return a case of a role in one of the forms that its requests have."""
    data: dict[str, Any]
    match draw.integer(0, 3):
        case 0:
            data = {"prompt": asked, "context": context}
        case 1:
            data = {**context, "request": asked}
        case 2:
            data = dict(context)
        case _:
            data = _in_one_prompt(draw, role, context, asked)
    return Case(role, "en", data, answer, f"agent-restaurant-{role}", equals=equals)


def _in_one_prompt(draw: Draw, role: str, context: dict[str, Any], asked: str) -> dict[str, Any]:
    """Return a request whose facts stand in the prompt; the role before them or as the system."""
    ending = draw.one(WORDS["endings"]).format(role=role)
    shown = json.dumps(context, ensure_ascii=False, indent=draw.any_of((None, None, 2)))
    facts = draw.one(("Context: {}", "Context:\n{}", "Facts: {}", "Data:\n{}")).format(shown)
    said = draw.one(("User Request: {}", "Request: {}", "Guest: {}", "The guest says: {}"))
    parts = [facts, said.format(asked), ending]
    if draw.chance(0.25):
        return {"prompt": "\n\n".join(parts)}
    introduced = draw.one(WORDS["introductions"]).format(
        role=role, house=made_up(draw), form=ROLES[role]
    )
    if draw.chance(0.35):
        return {"prompt": "\n\n".join([introduced, *parts])}
    return {"system": introduced, "prompt": "\n\n".join(parts)}
