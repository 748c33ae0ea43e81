"""agent-restaurant: host, waiter, sommelier and chef."""

from __future__ import annotations

from typing import Any

from agent_trm import TRMRequest, TRMResponse
from examples.agents.agent import Agent, Ask, has, says_one_of

GUEST = {"guestId": "G-17", "name": "Oliveira", "isVip": True, "allergies": ["peanut"]}
MENU = [
    {"name": "Pad Thai", "ingredients": "rice noodles, peanut, egg", "price": 18},
    {"name": "Green Curry", "ingredients": "chicken, coconut, basil", "price": 17},
    {"name": "Mango Salad", "ingredients": "mango, lime, chili", "price": 11},
]
WINES = [
    {"name": "Riesling Trocken", "vintage": 2022, "region": "Mosel", "price": 39, "byGlass": True},
    {"name": "Malbec Reserva", "vintage": 2020, "region": "Mendoza", "price": 44, "byGlass": False},
]


def welcomed(response: TRMResponse) -> str:
    """Return seated as who he is, and greeted in words."""
    return has(guestId="G-17", tableId="T4", isVip=True)(response) or _in_words(
        response, "greeting"
    )


def a_dish_without_peanut(response: TRMResponse) -> str:
    """Return the dish with peanut is a danger to this guest; one of the others has to be named."""
    if "pad thai" in response.answer.lower():
        return "offers what the guest is allergic to"
    return has(tableId="T4")(response) or says_one_of("Green Curry", "Mango Salad")(response)


def a_wine_of_the_list(response: TRMResponse) -> str:
    """Return whether name and price of one wine belong together."""
    wine = response.data.get("wine") if isinstance(response.data, dict) else None
    if not isinstance(wine, dict):
        return "no wine"
    known = {(item["name"], item["price"]) for item in WINES}
    if (wine.get("name"), wine.get("price")) not in known:
        return f"no such wine: {wine}"
    return _in_words(response, "pairing", "reason")


def _in_words(response: TRMResponse, *path: str) -> str:
    """Return a sentence for a guest has four words at least."""
    found: Any = response.data
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    few = not isinstance(found, str) or len(found.split()) < 4
    return f"{path[-1]} is {found!r}" if few else ""


AGENT = Agent(
    "agent-restaurant",
    "/agent-restaurant/floor",
    [
        Ask(
            "the host seats a guest",
            TRMRequest(
                agent="agent-restaurant-host",
                prompt="Guest Oliveira has arrived.",
                context={
                    "guest": GUEST,
                    "tables": [{"tableId": "T4", "seats": 2, "free": True}],
                    "waitMinutes": 0,
                },
            ),
            welcomed,
        ),
        Ask(
            "the waiter recommends a dish",
            TRMRequest(
                agent="agent-restaurant-waiter",
                prompt="Which main dish do you recommend to me?",
                context={"guest": GUEST, "menu": MENU, "table": {"tableId": "T4"}},
            ),
            a_dish_without_peanut,
        ),
        Ask(
            "the sommelier pairs a wine",
            TRMRequest(
                agent="agent-restaurant-sommelier",
                prompt="Which wine goes with the green curry?",
                context={"dish": "Green Curry", "wines": WINES, "guest": GUEST},
            ),
            a_wine_of_the_list,
        ),
        Ask(
            "the chef starts a ticket",
            TRMRequest(
                agent="agent-restaurant-chef",
                prompt="Ticket K-203 has come in and the wok station is free. Start it.",
                context={
                    "ticket": {"ticketId": "K-203", "dish": "Green Curry", "priority": "normal"},
                    "stations": [{"name": "wok", "free": True, "minutes": 12}],
                },
            ),
            has(action=("accept", "start"), ticketId="K-203", station="wok"),
        ),
    ],
)

if __name__ == "__main__":
    AGENT.run()
