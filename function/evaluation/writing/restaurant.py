"""Cases for the restaurant's four roles: fields copied from the context, nothing forbidden."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from function.evaluation.cases import Case, Expectation
from function.evaluation.writing.halves import Half, of

DISHES = {
    "dev": [
        ("Lentil soup", ["celery"]),
        ("Walnut tart", ["nuts", "gluten"]),
        ("Grilled bass", ["fish"]),
        ("Mushroom risotto", ["milk"]),
    ],
    "test": [
        ("Tomato salad", ["celery"]),
        ("Hazelnut cake", ["nuts", "gluten"]),
        ("Salmon tartare", ["fish"]),
        ("Potato gratin", ["milk"]),
    ],
}
WINES = {
    "dev": [("Quinta Azul", 2019, "Douro", 38.0), ("Casa Verde", 2021, "Minho", 24.0)],
    "test": [("Monte Claro", 2018, "Alentejo", 42.0), ("Serra Alta", 2022, "Dão", 27.0)],
}


def cases(half: Half) -> Iterator[Case]:
    """Four for each role."""
    draw = Random(f"restaurant {half}")
    for number in range(4):
        yield _waiter(half, number, draw)
        yield _host(half, number, draw)
        yield _sommelier(half, number, draw)
        yield _chef(half, number, draw)


def _case(role: str, half: Half, number: int, request: dict[str, Any], fields: Any) -> Case:
    return Case(
        id=f"{role}-{half}-{number}",
        agent=f"agent-restaurant-{role}",
        language="pt" if number == 3 else "en",
        request=request,
        expect=Expectation(fields=fields),
    )


def _waiter(half: Half, number: int, draw: Random) -> Case:
    dishes = DISHES[half]
    allergens = sorted({word for _, words in dishes for word in words})
    avoided = draw.choice(allergens)
    table = f"T{draw.randrange(2, 30)}"
    request = {
        "prompt": "O que você recomenda?" if number == 3 else "What do you recommend?",
        "context": {
            "table": {"tableId": table},
            "guest": {"allergies": [avoided]},
            "menu": [{"name": name, "contains": words} for name, words in dishes],
        },
    }
    return _case("waiter", half, number, request, {"tableId": table, "action": "recommend"})


def _host(half: Half, number: int, draw: Random) -> Case:
    guest = f"g-{draw.randrange(100, 999)}"
    name = draw.choice(of(half, ["Ana", "Bruno", "Carla"], ["Davi", "Elisa", "Fabio"]))
    free = f"T{draw.randrange(2, 30)}"
    vip = number % 2 == 0
    request = {
        "prompt": "Boa noite, temos reserva."
        if number == 3
        else "Good evening, we have a booking.",
        "context": {
            "guest": {"guestId": guest, "name": name, "isVip": vip},
            "tables": [{"tableId": free, "free": True}],
            "waitMinutes": 0,
        },
    }
    return _case("host", half, number, request, {"guestId": guest, "tableId": free, "isVip": vip})


def _sommelier(half: Half, number: int, draw: Random) -> Case:
    wines = [
        {"name": name, "vintage": year, "region": region, "price": price, "byGlass": True}
        for name, year, region, price in WINES[half]
    ]
    dish = draw.choice(DISHES[half])[0]
    disliked = wines[number % 2]["name"]
    kept = wines[1 - number % 2]
    question = f"Qual vinho combina com {dish}?" if number == 3 else f"Which wine goes with {dish}?"
    request = {
        "prompt": question,
        "context": {"dish": dish, "wines": wines, "guest": {"dislikes": [disliked]}},
    }
    fields = {"wine.name": kept["name"], "wine.price": kept["price"], "pairing.dish": dish}
    return _case("sommelier", half, number, request, fields)


def _chef(half: Half, number: int, draw: Random) -> Case:
    ticket = f"K-{draw.randrange(100, 999)}"
    station = draw.choice(of(half, ["grill", "pasta", "cold"], ["oven", "pastry", "wok"]))
    minutes = draw.randrange(6, 40)
    request = {
        "prompt": "Comece o pedido." if number == 3 else "Start the ticket.",
        "context": {
            "ticket": {"ticketId": ticket, "station": station, "estimatedMinutes": minutes},
            "priority": "normal",
        },
    }
    fields = {
        "ticketId": ticket,
        "station": station,
        "estimatedMinutes": minutes,
        "action": "start",
    }
    return _case("chef", half, number, request, fields)
