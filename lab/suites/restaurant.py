"""Cases for the restaurant's four roles: fields copied from the context, nothing forbidden."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from lab.evaluation.cases import Case, Expectation
from lab.suites.halves import Half, of

DISHES = {
    "dev": [
        ("Lentil soup", ["celery"]),
        ("Walnut tart", ["nuts", "gluten"]),
        ("Grilled bass", ["fish"]),
        ("Mushroom risotto", ["milk"]),
        ("Shrimp curry", ["crustaceans"]),
        ("Lamb stew", []),
        ("Sesame noodles", ["sesame", "gluten"]),
        ("Egg salad", ["eggs"]),
    ],
    "test": [
        ("Tomato salad", ["celery"]),
        ("Hazelnut cake", ["nuts", "gluten"]),
        ("Salmon tartare", ["fish"]),
        ("Potato gratin", ["milk"]),
        ("Crab cakes", ["crustaceans", "eggs"]),
        ("Roast duck", []),
        ("Tofu bowl", ["soy", "sesame"]),
        ("Onion tart", ["gluten"]),
    ],
}
WINES = {
    "dev": [
        ("Quinta Azul", 2019, "Douro", 38.0),
        ("Casa Verde", 2021, "Minho", 24.0),
        ("Pedra Lisa", 2017, "Bairrada", 51.0),
        ("Rio Manso", 2020, "Lisboa", 19.5),
    ],
    "test": [
        ("Monte Claro", 2018, "Alentejo", 42.0),
        ("Serra Alta", 2022, "Dão", 27.0),
        ("Vale Frio", 2016, "Setúbal", 58.0),
        ("Lago Novo", 2021, "Algarve", 22.5),
    ],
}


def cases(half: Half) -> Iterator[Case]:
    """Eight for each role."""
    draw = Random(f"restaurant {half}")
    for number in range(8):
        yield _waiter(half, number, draw)
        yield _host(half, number, draw)
        yield _sommelier(half, number, draw)
        yield _chef(half, number, draw)


def _case(role: str, half: Half, number: int, request: dict[str, Any], fields: Any) -> Case:
    return Case(
        id=f"{role}-{half}-{number}",
        agent=f"agent-restaurant-{role}",
        language="pt" if _is_portuguese(number) else "en",
        request=request,
        expect=Expectation(fields=fields),
    )


def _is_portuguese(number: int) -> bool:
    return number % 4 == 3


def _waiter(half: Half, number: int, draw: Random) -> Case:
    dishes = draw.sample(DISHES[half], 4)
    allergens = sorted({word for _, words in dishes for word in words})
    avoided = draw.choice(allergens)
    table = f"T{draw.randrange(2, 30)}"
    request = {
        "prompt": "O que você recomenda?" if _is_portuguese(number) else "What do you recommend?",
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
    free, taken = (f"T{place}" for place in draw.sample(range(2, 30), 2))
    tables = [{"tableId": free, "free": True}]
    if number >= 4:
        tables.insert(number % 2, {"tableId": taken, "free": False})
    vip = number % 2 == 0
    request = {
        "prompt": "Boa noite, temos reserva."
        if _is_portuguese(number)
        else "Good evening, we have a booking.",
        "context": {
            "guest": {"guestId": guest, "name": name, "isVip": vip},
            "tables": tables,
            "waitMinutes": 0,
        },
    }
    return _case("host", half, number, request, {"guestId": guest, "tableId": free, "isVip": vip})


def _sommelier(half: Half, number: int, draw: Random) -> Case:
    wines = [
        {"name": name, "vintage": year, "region": region, "price": price, "byGlass": True}
        for name, year, region, price in draw.sample(WINES[half], 2)
    ]
    dish = draw.choice(DISHES[half])[0]
    disliked = wines[number % 2]["name"]
    kept = wines[1 - number % 2]
    question = (
        f"Qual vinho combina com {dish}?"
        if _is_portuguese(number)
        else f"Which wine goes with {dish}?"
    )
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
        "prompt": "Comece o pedido." if _is_portuguese(number) else "Start the ticket.",
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
