"""What a restaurant's agents answer from the facts, before a model writes a word."""

from __future__ import annotations

from typing import Any

import pytest

from function.pipeline.intake import read_request
from function.profiles.registry import shipped_profiles
from function.reflection.checks.rules import RuleSet
from tests.profiles.test_composed_answers import DEFAULTS, broken, run


def filled(agent: str, prompt: str, context: dict[str, Any]) -> dict[str, Any]:
    data = {"agent": agent, "prompt": prompt, "context": context}
    return RuleSet(read_request(data, None, shipped_profiles()).request).values()


CELLAR = [
    {
        **{"name": "Quinta Clara", "vintage": 2022, "color": "white", "region": "Minho"},
        **{"price_bottle": 34, "price_glass": 8},
    },
    {
        **{"name": "Mont Sorel", "vintage": 2016, "color": "red", "region": "Jura"},
        **{"price_bottle": 71, "price_glass": None},
    },
    {
        **{"name": "Torre Baixa", "vintage": 2020, "color": "red", "region": "Douro"},
        **{"price_bottle": 46, "price_glass": 11, "notes": "with roast pork"},
    },
    {"name": "Vale Doce", "vintage": 2014, "color": "sweet", "price_bottle": 52, "price_glass": 9},
]


@pytest.mark.parametrize(
    ("prompt", "name", "price"),
    [
        ("A bottle of red below 50, please.", "Torre Baixa", 46),
        ("A glass of red with the venison.", "Torre Baixa", 11),
        ("The oldest red you have.", "Mont Sorel", 71),
        ("What goes with the grilled sole?", "Quinta Clara", 34),
        ("Something sweet with the plum cake", "Vale Doce", 52),
        ("Qual o vinho mais barato?", "Quinta Clara", 34),
        ("Um tinto para o porco", "Mont Sorel", 71),
        ("Which red goes with the roast pork?", "Torre Baixa", 46),
        ("Tell us about the Mont Sorel.", "Mont Sorel", 71),
        ("the wine from Minho", "Quinta Clara", 34),
        ("not the Mont Sorel, another red", "Torre Baixa", 46),
    ],
)
def test_the_wine_is_the_one_of_the_list_that_fits(prompt: str, name: str, price: float) -> None:
    found = filled("sommelier-isabella", prompt, {"wines": CELLAR})
    assert (found["wine.name"], found["wine.price"]) == (name, price)
    assert found["description"].startswith(name)
    assert str(price) in found["description"]


def test_no_wine_is_named_where_none_fits() -> None:
    found = filled("sommelier-isabella", "A rosé, please.", {"wines": CELLAR})
    assert found["wine"] is None
    assert (
        found["description"] == "Our list has no wine like that. May I show you what comes closest?"
    )
    found = filled("sommelier-isabella", "Um tinto em taça até 10", {"wines": CELLAR})
    assert found["description"].startswith("A nossa carta não tem um vinho assim.")


def test_a_colour_that_the_list_does_not_say_excludes_nothing() -> None:
    wines = [{"name": "Alto", "price_bottle": 20}, {"name": "Baixo", "price_bottle": 30}]
    found = filled("sommelier-isabella", "A red under 25", {"wines": wines})
    assert (found["wine.name"], found["wine.price"]) == ("Alto", 20)


TICKET = {"ticketId": "R-71", "dish": "Hake in green sauce", "station": "saute"}


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Ticket in, hake for table nine.", {"action": "receive_ticket"}),
        (
            "Get the hake going, start it now.",
            {"action": "start_dish", "qualityStatus": "acceptable"},
        ),
        ("Dispara a merluza!", {"action": "start_dish", "priority": "normal"}),
        ("Hands! The hake is up.", {"action": "call_dish", "estimatedMinutes": 0}),
        ("A merluza está empratada, pode sair.", {"action": "call_dish"}),
        (
            "The hake came back, it is raw inside.",
            {"action": "quality_check", "qualityStatus": "redo"},
        ),
        ("How does the hake look to you?", {"action": "quality_check"}),
        ("A merluza está borrachuda.", {"action": "quality_check", "qualityStatus": "redo"}),
        ("Start the cold hake, burnt butter on top.", {"action": "start_dish"}),
        ("Begin, and take it out of the oven in ten.", {"action": "start_dish"}),
        ("We are out of hake.", {"action": "alert"}),
        ("Acabou a merluza, avise o salão.", {"action": "alert"}),
        ("Fire it, the guest is in a hurry.", {"action": "start_dish", "priority": "rush"}),
        ("Start the hake, it is for a VIP.", {"action": "start_dish", "priority": "vip"}),
    ],
)
def test_the_kitchen_s_words_decide_the_action(prompt: str, expected: dict[str, Any]) -> None:
    found = filled("chef-marco", prompt, TICKET)
    assert {key: found[key] for key in expected} == expected
    said = found["message"]
    assert prompt in said or ("Hake in green sauce" in said and "R-71" in said)


@pytest.mark.parametrize(
    "prompt", ["Is the hake done?", "The hake isn't ready yet.", "Good night."]
)
def test_what_decides_no_action_is_the_model_s(prompt: str) -> None:
    assert "action" not in filled("chef-marco", prompt, TICKET)


ROOM = [{"id": "nook", "capacity": 2}, {"id": "hall", "capacity": 6, "features": ["fireplace"]}]


@pytest.mark.parametrize(
    ("prompt", "context", "expected"),
    [
        (
            *("The Whitlock party of four is here.", {"guestId": "g1", "tables": ROOM}),
            {
                **{"action": "seat", "tableId": "hall", "partySize": 4},
                "greeting": "Welcome, Whitlock party. Your table is ready.",
            },
        ),
        (
            *("Mesa para dois perto da lareira? A família Reis chegou.", {"tables": ROOM}),
            {
                **{"action": "seat", "tableId": "nook", "partySize": 2},
                "greeting": "Boas-vindas, família Reis! Sua mesa está pronta.",
            },
        ),
        (
            *("A table for two by the fireplace, please.", {"tables": ROOM}),
            {"action": "seat", "tableId": "hall"},
        ),
        (
            *("Table for eight, please.", {"tables": ROOM, "waitMinutes": 50}),
            {"action": "waitlist", "tableId": None, "emotion": "apologetic", "waitMinutes": 50},
        ),
        (
            *("How long is the wait for nine people?", {"tables": ROOM, "waitMinutes": 50}),
            {
                "action": "inform",
                "greeting": "Welcome. All tables are taken; the wait is about 50 minutes.",
            },
        ),
        (
            *("Os hóspedes da mesa 3 estão indo embora.", {"partySize": 2}),
            {"action": "farewell", "tableId": None},
        ),
        (
            *("Ms. Ito is heading home.", {"isVip": True}),
            {"greeting": "Thank you for coming, Ms. Ito. We hope to see you again soon."},
        ),
    ],
)
def test_a_host_does_what_the_guests_need(
    prompt: str, context: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = filled("host-maximilian", prompt, context)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    "prompt", ["Do you have parking?", "May I leave my coat here somewhere?", "Did I leave my hat?"]
)
def test_a_host_says_no_farewell_to_who_stays(prompt: str) -> None:
    assert filled("host-maximilian", prompt, {"partySize": 2}).get("action") != "farewell"


CARD = [
    {"name": "Plaice with capers", "price": 27, "allergens": ["fish"]},
    {"name": "Barley risotto", "price": 19, "allergens": ["gluten", "dairy"]},
    {"name": "Walnut tart", "price": 9, "ingredients": ["walnut", "butter", "flour"]},
]


@pytest.mark.parametrize(
    ("prompt", "action", "message"),
    [
        (
            *("I'll have the plaice and my son the risotto.", "take_order"),
            "Thank you. I have noted Plaice with capers and Barley risotto. The order goes to the "
            "kitchen now.",
        ),
        (
            *("Meu nome é Davi, quero o risotto.", "take_order"),
            "Anotado, Davi: Barley risotto. Levo o pedido à cozinha agora.",
        ),
        (
            *("Is the walnut tart vegan?", "inform"),
            "No, that dish is not vegan: it has butter in it.",
        ),
        ("Does the risotto contain gluten?", "inform", "There is gluten in that dish."),
        ("How much is the plaice?", "inform", "Plaice with capers is 27. May I bring it to you?"),
        (
            *("I am allergic to fish. What can I have?", "recommend"),
            "I can suggest Barley risotto and Walnut tart. What may I bring you?",
        ),
        (
            *("O que vocês têm hoje?", "present"),
            "Hoje temos Plaice with capers, Barley risotto e Walnut tart. O que posso trazer para "
            "vocês?",
        ),
        (
            *("Tell me about the walnut tart.", "present"),
            "Walnut tart is made with walnut, butter and flour. May I bring it to you?",
        ),
        (
            *("The tart is ready, take it to the guests.", "serve"),
            "Here you are: Walnut tart. Enjoy your meal!",
        ),
    ],
)
def test_a_waiter_answers_from_the_menu(prompt: str, action: str, message: str) -> None:
    found = filled("waiter-pierre", prompt, {"tableId": "t-2", "menu": CARD})
    assert (found["action"], found["message"]) == (action, message)


def test_an_order_keeps_the_guest_s_wishes() -> None:
    found = filled("waiter-pierre", "Two risottos, extra hot, for me", {"menu": CARD})
    assert found["message"].endswith(" As you said: Two risottos, extra hot, for me")


@pytest.mark.parametrize("prompt", ["Could we have more water?", "Is the plaice good?"])
def test_a_waiter_s_other_replies_are_the_model_s(prompt: str) -> None:
    assert "message" not in filled("waiter-pierre", prompt, {"menu": CARD})


def test_a_prompt_with_persona_and_form_asks_its_last_labelled_line() -> None:
    prompt = (
        'You are the sommelier. Answer with this JSON:\n{"action": "recommend|describe", "wine": '
        '{"name": "..."}}\n\nContext: {"tableId": "t-1", "wines": [{"name": "Alto"}]}\n\n'
        "User Request: Which wine goes with the hake?\n\nRespond as the sommelier. Use JSON format."
    )
    data = {"agent": "sommelier-isabella", "prompt": prompt}
    request = read_request(data, None, shipped_profiles()).request
    assert request.question == "Which wine goes with the hake?"
    assert request.system is not None and request.system.startswith("You are the sommelier.")
    assert RuleSet(request).values()["pairing.dish"] == "hake"


@pytest.mark.parametrize(
    ("agent", "prompt", "context"),
    [
        ("sommelier-isabella", "A glass of white, please.", {"wines": CELLAR}),
        ("sommelier-isabella", "Which red goes with the roast pork?", {"wines": CELLAR}),
        ("sommelier-isabella", "A rosé, please.", {"wines": CELLAR}),
        ("chef-marco", "Dispara a merluza!", TICKET),
        ("chef-marco", "The hake came back, it is raw inside.", TICKET),
        (
            "host-maximilian",
            "The Whitlock party of four is here.",
            {"guestId": "g1", "tables": ROOM},
        ),
        ("host-maximilian", "Ms. Ito is heading home.", {"guestId": "g1", "partySize": 1}),
        ("waiter-pierre", "I'll have the plaice and my son the risotto.", {"menu": CARD}),
        ("waiter-pierre", "Is the plaice vegan?", {"menu": CARD}),
        ("waiter-pierre", "O que vocês têm hoje?", {"menu": CARD}),
    ],
)
def test_what_follows_from_the_facts_passes_the_checks(
    agent: str, prompt: str, context: dict[str, Any]
) -> None:
    found = run(agent, DEFAULTS[agent], prompt=prompt, context=context)
    assert broken(found) == []
