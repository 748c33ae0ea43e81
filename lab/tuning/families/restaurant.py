"""The four roles of a restaurant: their JSON, from guests, tables, menus, wine lists, tickets."""

from __future__ import annotations

import json
from typing import Any

from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.names import code, made_up, person

FAMILY = "restaurant"
DISHES = (
    ("Seared Trout", "saute", "fish"), ("Beef Cheeks", "grill", ""), ("Mushroom Risotto", "saute",
     "milk"),
    ("Leek Tart", "pastry", "gluten"), ("Tuna Tartare", "garde_manger", "fish"),
    ("Roast Chicken", "grill", ""), ("Almond Cake", "pastry", "nuts"), ("Beetroot Carpaccio",
     "garde_manger", ""),
    ("Crab Bisque", "saute", "shellfish"), ("Lentil Stew", "saute", ""), ("Grilled Aubergine",
     "grill", ""),
    ("Cheese Souffle", "pastry", "milk"), ("Prawn Skewers", "grill", "shellfish"), ("Walnut Salad",
     "garde_manger", "nuts"),
    ("Duck Breast", "grill", ""), ("Saffron Noodles", "saute", "gluten"), ("Poached Pear", "pastry",
     ""),
    ("Octopus Salad", "garde_manger", "molluscs"), ("Pumpkin Soup", "saute", ""), ("Lamb Shoulder",
     "grill", ""),
    ("Fig Tartlet", "pastry", "gluten"), ("Venison Loin", "grill", ""), ("Rice Pudding", "pastry",
     "milk"),
    ("Fennel Salad", "garde_manger", ""),
)  # fmt: skip
REGIONS = ("Douro", "Mosel", "Jura", "Priorat", "Etna", "Wachau", "Dao", "Bierzo")
STYLES = (
    "crisp white",
    "light red",
    "full red",
    "dry rose",
    "rich white",
    "sparkling",
    "mature red",
    "mineral white",
)
FEATURES = (
    "terrace",
    "quiet corner",
    "fireplace",
    "garden view",
    "bar side",
    "booth",
    "balcony",
    "near the stage",
)
GREETINGS = (
    "Good evening {name}, welcome; your table is ready.",
    "Welcome, {name}. Please follow me to your table.",
    "{name}, how good to see you; let me show you to your table.",
    "A warm welcome, {name}; everything is prepared.",
    "Good to have you with us, {name}. Your table is waiting.",
    "Welcome {name}, we have just the place for you.",
    "Please come in, {name}; I will take you to your table.", "Good evening and welcome, {name}.",
)  # fmt: skip
WAITING = (
    "Good evening {name}; every table is taken, please wait a little.",
    "Welcome {name}, I am sorry, we are full at the moment.",
    "{name}, thank you for your patience; no table is free yet.",
    "I am sorry, {name}, there is a short wait for a table.",
)  # fmt: skip
OPENINGS = ("Let me tell you about this dish.", "Here is what I have in mind for you.",
    "May I suggest something?",
            "Tonight the kitchen is proud of this.", "There is one dish I love.",
            "Allow me a recommendation.",
            "A little idea for your table.", "I know what would please you.")  # fmt: skip
STORIES = ("The kitchen makes {dish} fresh every evening.",
    "{dish} is a recipe our chef learnt at home.",
           "Guests come back for {dish}.", "{dish} has been on our menu from the first day.",
           "The chef cooks {dish} slowly and with care.",
           "{dish} shows what the season has to give.",
           "Regulars always ask for {dish}.", "The secret of {dish} is its stock.")  # fmt: skip
INSTRUCTIONS = ("Enjoy it while it is hot.", "Take a bit of everything on the fork.",
    "Share it if you like.",
                "Start with the sauce.", "Squeeze the lemon over it.", "Best eaten slowly.",
                "Ask me for more bread at any time.", "Let it rest for a moment.")  # fmt: skip
CLOSINGS = ("I hope you like it.", "Shall I bring it to you?", "May I note it down?",
    "Just give me a sign.",
            "It would be my pleasure.", "Tell me what you think.", "I am at your service.",
            "Your choice, of course.")  # fmt: skip
RECOMMEND = (
    "I would recommend {dish}; it fits what you told me.",
    "{dish} would be a fine choice for you tonight.",
    "For you I would choose {dish}.", "How about {dish}? You can eat it without worry.",
    "May I suggest {dish} for your table?", "Our {dish} is just right for you.",
    "I warmly suggest {dish} this evening.", "You will be happy with {dish}.",
)  # fmt: skip
WANTS = (
    "What do you recommend?", "What can I eat here?", "Please suggest a dish for me.",
    "What is good tonight?",
    "I am hungry, what should I take?", "Something for me, please?", "What would you choose?",
    "Which dish suits me?",
)  # fmt: skip
WINE_REASONS = (
    "its acidity cuts through the richness of the plate",
    "it is as delicate as the dish and does not cover it",
    "its fruit goes well with the roasted flavours", "it has the body that this dish asks for",
    "its mineral side lifts the taste of the dish", "its soft tannins suit the sauce very well",
    "it refreshes the palate between two bites", "both share the same earthy tone",
)  # fmt: skip
WINE_WORDS = (
    "A {style} of {region} with a long finish.", "From {region}, a {style} that stays in the mind.",
    "{region} at its best, this is a {style}.", "An honest {style}; {region} shows its character.",
    "Elegant and clear, a {style} from {region}.",
    "This {style} speaks of {region} with every sip.",
    "Our {style} of {region} opens slowly in the glass.", "A generous {style}, grown in {region}.",
)  # fmt: skip
KITCHEN = (
    "New ticket {ticket}: {dish} goes to {station}.",
    "{dish} for ticket {ticket}, {station} starts now.",
    "Ticket {ticket} is in; {station} takes {dish}.",
    "{station}, please begin {dish} of ticket {ticket}.",
    "We have {dish} on ticket {ticket}, over to {station}.",
    "{station}: one {dish}, ticket {ticket}.",
    "Listen up, {ticket} came in with {dish} for {station}.",
    "Take {dish} of ticket {ticket} at {station}.",
)  # fmt: skip
READY = ("{dish} of ticket {ticket} is ready to go out.", "Hands, please: {dish}, ticket {ticket}.",
         "Ticket {ticket}, {dish} is at the pass.",
         "{dish} can be served, ticket {ticket}.")  # fmt: skip
REDO = ("{dish} of ticket {ticket} is not good enough; make it again.",
    "Send {dish} back, ticket {ticket} must be redone.",
        "Do {dish} of ticket {ticket} once more, please.",
        "{dish} fails the check on ticket {ticket}; start over.")  # fmt: skip
ROLES = {
    "host": """{"action": "greet|seat|waitlist|inform|farewell", "greeting": "...",
 "guestId": "...", "tableId": "...", "isVip": <boolean>, "partySize": <number>,
 "waitMinutes": <number or null>, "specialInstructions": "...",
 "emotion": "warm|apologetic|delighted|professional"}""",
    "waiter": """{"action": "present|recommend|take_order|inform|serve", "tableId": "...",
 "message": "...", "emotion": "warm|enthusiastic|attentive|concerned",
 "presentation": {"opening": "...", "story": "...", "instruction": "...", "closing": "..."}}""",
}
INTRODUCTIONS = (
    "You work as {role} of {house}. Always reply with JSON:\n{form}",
    "{house} employs you as its {role}.\nOutput format:\n{form}",
    "Play the {role} in the dining room of {house}. JSON output:\n{form}",
    "As {role} of {house} you answer only in this JSON format: {form}",
)
ENDINGS = (
    "Answer as the {role}.",
    "Reply in JSON format as the {role}.",
    "Respond as {role}, JSON only.",
    "Your JSON answer as {role}:",
)


def host(draw: Draw) -> Case:
    """Return an arriving guest, who is seated at the smallest table that fits, or waits."""
    name = person(draw)
    party = draw.integer(1, 8)
    guest = code(draw, "g-")
    vip = draw.chance(0.3)
    context: dict[str, Any] = {"guestId": guest, "name": name, "partySize": party, "isVip": vip}
    wanted = draw.one(FEATURES) if draw.chance(0.4) else None
    if draw.chance(0.75):
        tables = _tables(draw, party)
        context["tables"] = tables
        table = min(tables, key=lambda one: int(one["capacity"]))["id"]
        action, emotion = "seat", "delighted" if vip else "warm"
        greeting, wait = draw.say(GREETINGS, name=name), None
    else:
        wait = draw.integer(10, 55)
        context |= {"waitMinutes": wait, "tables": []}
        table, action, emotion = None, "waitlist", "apologetic"
        greeting = draw.say(WAITING, name=name)
    if wanted:
        context["preferences"] = [wanted]
    answer = {
        "action": action, "greeting": greeting, "guestId": guest, "tableId": table, "isVip": vip,
        "partySize": party, "waitMinutes": wait,
        "specialInstructions": f"{wanted} if possible" if wanted else None, "emotion": emotion,
    }  # fmt: skip
    equals = {"tableId": table, "partySize": party, "guestId": guest}
    asked = draw.one(("We are here.", "Good evening, a table please.",
        "Hello, do you have room for us?",
                      "I have come for dinner.", "Is there a table for us?",
                      "We just arrived."))  # fmt: skip
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
        "message": draw.say(RECOMMEND, dish=dish),
        "presentation": presentation(draw, dish),
        "emotion": draw.any_of(("warm", "enthusiastic", "attentive")),
    }  # fmt: skip
    return as_role(draw, "waiter", context, draw.one(WANTS), answer, {"tableId": table})


def sommelier(draw: Draw) -> Case:
    """Return a request for a wine within a budget."""
    dish = draw.one(DISHES)[0]
    wines = []
    for _ in range(draw.integer(2, 4)):
        price = draw.integer(28, 190)
        wine: dict[str, Any] = {
            "name": f"{made_up(draw)} {made_up(draw)}", "style": draw.one(STYLES),
            "region": draw.one(REGIONS), "vintage": str(draw.integer(2009, 2023)),
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
    reason = draw.one(WINE_REASONS)
    answer = {
        "action": draw.any_of(("recommend", "pair")),
        "tableId": table,
        "wine": {
            "name": chosen["name"], "vintage": chosen["vintage"], "region": chosen["region"],
            "price": chosen["price_bottle"], "byGlass": False,
        },
        "pairing": {"dish": dish, "reason": f"With {dish} {reason}."},
        "description": draw.say(WINE_WORDS, style=chosen["style"], region=chosen["region"]),
        "emotion": draw.any_of(("enthusiastic", "thoughtful", "educational")),
    }  # fmt: skip
    asked = draw.one(("Which wine goes with this?", "A bottle for our table, please.",
        "What should we drink?",
                      "Help me to choose a wine.", "We would like wine with dinner.",
                      "Your advice on wine?"))  # fmt: skip
    equals = {"wine.name": chosen["name"], "wine.price": chosen["price_bottle"]}
    return as_role(draw, "sommelier", context, asked, answer, equals)


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
    message = draw.say(KITCHEN, ticket=ticket, dish=dish, station=station)
    if stage == "quality_check":
        quality = draw.any_of(("perfect", "redo"))
        context["inspection"] = {
            "perfect": draw.one(("cooked to the point", "looks and tastes right", "no fault found",
            "very good")),
            "redo": draw.one(("burnt at the edge", "cold in the middle", "far too salty",
            "still raw")),
        }[quality]  # fmt: skip
        message = draw.say(REDO if quality == "redo" else READY, ticket=ticket, dish=dish)
    elif stage == "call_dish":
        context["state"] = draw.one(("plated", "done", "waiting at the pass", "ready"))
        quality, minutes = "perfect", 0
        message = draw.say(READY, ticket=ticket, dish=dish)
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
    asked = draw.one(("What happens with this ticket?", "Next step?", "Go on with it, chef.",
                      "What now?", "Your decision, chef?", "How do we proceed?"))  # fmt: skip
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
        "opening": draw.say(OPENINGS),
        "story": draw.say(STORIES, dish=dish),
        "instruction": draw.say(INSTRUCTIONS),
        "closing": draw.say(CLOSINGS),
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
            ending = draw.one(ENDINGS).format(role=role)
            shown = json.dumps(context, ensure_ascii=False)
            data = {"prompt": f"Context: {shown}\n\nUser Request: {asked}\n\n{ending}"}
            if role in ROLES:
                data["system"] = draw.one(INTRODUCTIONS).format(
                    role=role, house=made_up(draw), form=ROLES[role]
                )
    return Case(role, "en", data, answer, f"agent-restaurant-{role}", equals=equals)
