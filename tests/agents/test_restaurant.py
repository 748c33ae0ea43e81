"""host, waiter, sommelier and chef: a template in the system prompt, the whole answer is JSON."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from tests.agents.cluster import Cluster

MENU = [
    {"name": "Porcini risotto", "price": 32, "allergens": ["dairy"]},
    {"name": "Roast vegetables", "price": 22, "allergens": []},
]
WINES = [
    {"name": "Chianti", "vintage": "2020", "region": "Tuscany", "price_bottle": 60,
     "price_glass": 14},
    {"name": "Barolo", "vintage": "2019", "region": "Piedmont", "price_bottle": 120},
]  # fmt: skip
TABLES = [{"id": "table-04", "capacity": 2}, {"id": "table-09", "capacity": 6}]


class Role(NamedTuple):
    """A role: its agent's name, its template, data of an event of its, and what a model writes."""

    agent: str
    profile: str
    event: str
    template: str
    data: dict[str, Any]
    written: dict[str, Any]
    holds: dict[str, Any]


ROLES = [
    Role(
        "host-maximilian",
        "agent-restaurant-host",
        "restaurant.guest.arriving",
        '{"action": "greet|seat|waitlist|inform|farewell", "guestId": "...", "tableId": "...", '
        '"partySize": <number>, "greeting": "...", "isVip": <boolean>, '
        '"waitMinutes": <number or null>, "specialInstructions": "...", '
        '"emotion": "warm|apologetic|delighted|professional"}',
        {"guestId": "guest-12", "partySize": 2, "isVip": True, "tables": TABLES},
        {
            "action": "seat", "guestId": "?", "tableId": "?", "partySize": 9, "isVip": False,
            "greeting": "Good evening, welcome back to us.", "waitMinutes": None,
            "specialInstructions": None, "emotion": "warm",
        },
        {"guestId": "guest-12", "partySize": 2, "isVip": True, "tableId": "table-04"},
    ),
    Role(
        "waiter-pierre",
        "agent-restaurant-waiter",
        "restaurant.guest.seated",
        '{"action": "present|recommend|take_order|inform|serve", "tableId": "table-XX", '
        '"message": "...", "presentation": {"opening": "...", "story": "...", '
        '"instruction": "...", "closing": "..."}, '
        '"emotion": "warm|enthusiastic|attentive|concerned"}',
        {"tableId": "table-04", "guest": {"allergies": ["dairy"]}, "menu": MENU},
        {
            "action": "recommend", "tableId": "?",
            "message": "May I offer you our Roast vegetables tonight?",
            "presentation": {
                "opening": "From the garden.", "story": "Slowly roasted.",
                "instruction": "Best while warm.", "closing": "Bon appétit!",
            },
            "emotion": "warm",
        },
        {"tableId": "table-04", "action": "recommend"},
    ),
    Role(
        "sommelier-isabella",
        "agent-restaurant-sommelier",
        "restaurant.service.wine.request",
        '{"action": "recommend|pour|describe|pair", "tableId": "...", "wine": {"name": "...", '
        '"vintage": "...", "region": "...", "price": <number>, "byGlass": <boolean>}, '
        '"pairing": {"dish": "...", "reason": "..."}, "description": "...", '
        '"emotion": "enthusiastic|thoughtful|educational"}',
        {"tableId": "table-04", "dish": "Porcini risotto", "budget": 80, "wines": WINES},
        {
            "action": "recommend", "tableId": "?",
            "wine": {"name": "Chianti", "vintage": "2020", "region": "Tuscany", "price": 60,
                     "byGlass": False},
            "pairing": {"dish": "Porcini risotto", "reason": "Its earthy notes echo the porcini."},
            "description": "A supple red with cherry notes.", "emotion": "thoughtful",
        },
        {"tableId": "table-04"},
    ),
    Role(
        "chef-marco",
        "agent-restaurant-chef",
        "restaurant.order.created",
        '{"action": "receive_ticket|start_dish|quality_check|call_dish|alert", '
        '"ticketId": "...", "dish": "...", "station": "grill|saute|garde_manger|pastry", '
        '"estimatedMinutes": <number>, "qualityStatus": "perfect|acceptable|redo", '
        '"message": "...", "priority": "normal|rush|vip"}',
        {"orderId": "o-7", "ticketId": "T-7", "priority": "rush",
         "items": [{"dish": "Sea bass", "station": "grill"}]},
        {
            "action": "start_dish", "ticketId": "?", "dish": "?", "station": "pastry",
            "estimatedMinutes": 14, "qualityStatus": "perfect",
            "message": "Sea bass to the grill, please.", "priority": "normal",
        },
        {"ticketId": "T-7", "dish": "Sea bass", "station": "grill", "priority": "rush",
         "action": "receive_ticket"},
    ),
]  # fmt: skip
NAMES = [role.agent for role in ROLES]


def call(homelab: Cluster, role: Role, model: str, request: str) -> Any:
    """Ask as the agent does: its template as system, the event's data and a request as prompt."""
    prompt = (
        f"Context: {json.dumps(role.data)}\n\nUser Request: {request}\n\n"
        f"Respond as {role.agent}. Use JSON format."
    )
    system = f"You work in a fine restaurant.\n\nWhen responding, output JSON:\n{role.template}\n"
    options = {"temperature": 0.7, "num_predict": 1_024}
    return homelab.generate(prompt, model, system=system, options=options)


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
@pytest.mark.parametrize("by_name", [True, False], ids=["by-name", "by-template"])
def test_the_whole_answer_is_the_role_s_json(homelab: Cluster, role: Role, by_name: bool) -> None:
    homelab.ollama.writes(f"Of course!\n```json\n{json.dumps(role.written)}\n```")
    model = role.agent if by_name else "llama3.2:3b"
    reply = call(homelab, role, model, "What do you say?")
    answer = json.loads(reply["response"])  # the whole text, as the agent reads it
    assert reply["trm"]["profile"] == role.profile
    assert answer.keys() == role.written.keys() and role.holds.items() <= answer.items()
    assert [each for each in reply["trm"]["checks"] if not each["passed"]] == []


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
@pytest.mark.parametrize("question", [None, "request", "message"])
def test_an_event_of_the_role_gets_its_response(
    homelab: Cluster, role: Role, question: str | None
) -> None:
    homelab.ollama.writes(json.dumps(role.written))
    asked = {} if question is None else {question: "What do you say?"}
    kind, said = homelab.send(role.event, "/agent-restaurant/floor", {**role.data, **asked})
    assert kind == f"restaurant.{role.profile.rpartition('-')[2]}.response"
    assert said["profile"] == role.profile and role.holds.items() <= said["data"].items()
    assert said["action"] == said["data"]["action"]


def test_a_dish_that_the_guest_must_not_eat_is_refused(homelab: Cluster) -> None:
    waiter = ROLES[1]
    offered = {**waiter.written, "message": "May I offer you our Porcini risotto tonight?"}
    homelab.ollama.writes(json.dumps(offered), json.dumps(waiter.written))
    reply = call(homelab, waiter, "waiter-pierre", "What do you recommend?")
    message = json.loads(reply["response"])["message"]
    assert "Roast vegetables" in message
    assert "risotto" not in message


EVENTS = [
    ("host", ("reservation.request", "guest.arriving", "table.cleared", "guest.departed")),
    ("waiter", ("guest.seated", "kitchen.dish.ready", "sommelier.pairing")),
    ("sommelier", ("guest.preference", "service.wine.request")),
    ("chef", ("order.created", "order.modified", "guest.dietary", "service.timing")),
]


@pytest.mark.parametrize(
    ("role", "event"), [(role, event) for role, events in EVENTS for event in events]
)
def test_every_event_that_a_role_subscribes_to_is_answered(
    homelab: Cluster, role: str, event: str
) -> None:
    kind, said = homelab.send(f"restaurant.{event}", "/agent-restaurant/floor", {"note": "hello"})
    assert (kind, said["profile"]) == (f"restaurant.{role}.response", f"agent-restaurant-{role}")
