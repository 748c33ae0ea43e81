"""Questions of a diet or an allergen are answered from what is recorded of the dish."""

from __future__ import annotations

from typing import Any

import pytest

from function.reflection.diets.questions import diet_verdict

CHOWDER = {"name": "Corn chowder", "ingredients": ["corn", "potato", "butter"]}
CARD = [
    {"name": "Beetroot salad", "allergens": ["nuts"], "dietary": ["vegan"]},
    {"name": "Sea bream", "allergens": ["fish"]},
    {"name": "House stew"},
    {"name": "Bobó da casa", "ingredients": "camarão, mandioca, leite de coco"},
    {"name": "Pudim de leite", "allergens": ["leite"]},
]


@pytest.mark.parametrize(
    ("context", "question", "verdict", "asked", "because"),
    [
        ({"dish": CHOWDER}, "is the corn chowder vegan", "against", "vegan", ["butter"]),
        ({"dish": CHOWDER}, "Is it vegetarian?", "for", "vegetarian", []),
        ({"dish": CHOWDER}, "Does the chowder have eggs in it?", "for", "eggs", []),
        ({"dish": CHOWDER}, "Is there potato in it?", "against", "potato", ["potato"]),
        ({"menu": CARD}, "Is the beetroot salad vegan?", "for", "vegan", []),
        ({"menu": CARD}, "Does the sea bream contain milk?", "for", "milk", []),
        ({"menu": CARD}, "Can a coeliac eat the sea bream?", "for", "gluten", []),
        ({"menu": CARD}, "Is the sea bream vegetarian?", "against", "vegetarian", ["fish"]),
        ({"menu": CARD}, "Is the stew halal?", "unknown", "halal", []),
        ({"menu": CARD}, "O bobó leva leite?", "for", "leite", []),
        ({"menu": CARD}, "Quero saber se o bobó é vegano", "against", "vegano", ["camarão"]),
        (
            {"dish": "Feijoada", "ingredients": ["feijão", "paio"]},
            *("A feijoada tem porco?", "against", "porco", ["paio"]),
        ),
    ],
)
def test_the_facts_of_the_dish_decide(
    context: dict[str, Any], question: str, verdict: str, asked: str, because: list[str]
) -> None:
    found = diet_verdict(context, question)
    assert (found["verdict"], found["asked"], found["because"]) == (verdict, asked, because)


@pytest.mark.parametrize(
    "question",
    [
        "I would like the chowder, please.",
        "Is the chowder good?",
        "What do you recommend for a vegan?",
        "O que você indica com camarão?",
        "",
    ],
)
def test_other_requests_are_left_alone(question: str) -> None:
    assert diet_verdict({"dish": CHOWDER, "menu": CARD}, question) == {}


def test_of_no_known_dish_nothing_is_said() -> None:
    assert diet_verdict({"menu": CARD}, "Is the curry vegan?") == {}
    assert diet_verdict({}, "Is it vegan?") == {}
