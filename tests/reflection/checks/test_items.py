"""Copied fields, and items that may be offered with their prices."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.reflection.checks.loki import reasons


def test_copied_fields_stand_in_the_facts() -> None:
    checks = {"copied_fields": ["pod.name", "zone"]}
    context = {"pod": "loki-0", "zone": "São Paulo"}
    good = json.dumps({"pod": {"name": "LOKI-0"}, "zone": "sao paulo"})
    assert reasons(good, checks, context) == []
    assert reasons('{"zone": null}', checks, context) == []
    bad = json.dumps({"pod": {"name": "loki-1"}, "zone": "São Paulo"})
    assert reasons(bad, checks, context) == [
        'pod.name must be copied from the facts, "loki-1" is not'
    ]


MENU: dict[str, Any] = {
    "menu": [
        {"name": "Penne Arrabbiata", "allergens": ["gluten"]},
        {"name": "Risotto", "allergens": ["milk"]},
        {"name": "Green Salad", "allergens": [], "ingredients": ["walnuts"]},
    ],
    "guest": {"allergies": ["Milk"], "dislikes": ["walnut"]},
}


AVOID = ["guest.allergies", "guest.dislikes"]


INSTEAD = "; it may be one of these: penne arrabbiata"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I recommend the penne arrabbiata.", ""),
        ("Our **Penne Arrabbiata** is spicy.", ""),
        ("I recommend the RISOTTO.", f"risotto must not be offered: milk{INSTEAD}"),
        ("Green salad, perhaps?", f"green salad must not be offered: walnut{INSTEAD}"),
        (
            "Try our **Truffle Pizza**!",
            "Truffle Pizza is not one of the items: penne arrabbiata",
        ),
        (
            "- Lasagna: good\n- Penne Arrabbiata",
            "Lasagna is not one of the items: penne arrabbiata",
        ),
    ],
)
def test_only_allowed_items_are_offered(answer: str, reason: str) -> None:
    rule = {"allowed_items": {"items": "menu", "avoid": AVOID}}
    assert reasons(answer, rule, MENU) == ([reason] if reason else [])


@pytest.mark.parametrize(
    "marked",
    [
        *("“Pizza”", "„Pizza“", "„Pizza”", "«Pizza»", "‹Pizza›", "‘Pizza’", "'Pizza'", "`Pizza`"),
        *(
            "- Pizza",
            "- pizza",
            "* pizza;",
            "1. pizza",
            "- **Pizza**: good",
            "- 'Pizza'",
            "- «Pizza»",
        ),
    ],
)
def test_an_item_may_be_marked_in_many_ways(marked: str) -> None:
    rule = {"allowed_items": {"items": "menu", "avoid": AVOID}}
    (reason,) = reasons(f"We have:\n{marked}", rule, MENU)
    assert reason.casefold() == "pizza is not one of the items: penne arrabbiata"
    for item in ("Penne Arrabbiata", "Penne"):
        known = marked.replace("Pizza", item).replace("pizza", item.lower())
        assert reasons(f"We have:\n{known}", rule, MENU) == []


@pytest.mark.parametrize(
    "answer",
    [
        "- ask the guest for the table number\n- serve water",
        "It has no:\n- gluten\n- milk\n- walnuts",
        "- price: R$ 40\n- yes",
        "It's the chef's and the guests' choice, isn't it? Don't say 'no'.",
        "'n' is the guests' 'penne all'arrabbiata' isn't it",
    ],
)
def test_what_is_marked_may_be_no_item(answer: str) -> None:
    rule = {"allowed_items": {"items": "menu", "avoid": AVOID}}
    assert reasons(answer, rule, MENU) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Penne Arrabbiata", ""),
        (None, ""),
        ("pénne arrabbiata ", ""),
        ("Risotto", f"Risotto must not be offered: milk{INSTEAD}"),
        ("Penne", "Penne is not one of the items: penne arrabbiata"),
    ],
)
def test_a_field_names_an_allowed_item(name: str | None, reason: str) -> None:
    rule = {"allowed_items": {"items": "menu", "fields": ["dish.name"], "avoid": AVOID}}
    answer = json.dumps({"dish": {"name": name}, "message": "Risotto is out"})
    assert reasons(answer, rule, MENU) == ([reason] if reason else [])


SHOP: dict[str, Any] = {
    "products": [
        {"name": "Vestido Azul", "price": 199.9, "old_price": 299.9, "sizes": ["P", "M"]},
        {"name": "Vestido Verde", "price": 1_299.9},
        {"name": "Vestido", "price": "R$ 89,90"},
        {"name": "Saia", "stock": True},
        {"name": "Blusa de Seda", "price": 450},
    ],
}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("Vestido Azul por R$ 1.299,90.", "1.299,90 is the price of vestido verde"),
        ("O vestido azul, lindo, sai por 1299.90 reais!", "1299.90 is the price of vestido verde"),
        ("- **Vestido Azul**: R$ 89,90", "89,90 is the price of vestido,"),
        (
            "O Vestido Azul por R$ 1.299,90 e o Vestido Verde por R$ 199,90",
            "1.299,90 is the price of vestido verde",
        ),
        ('{"message": "Vestido Verde: R$199.90"}', "199.90 is the price of vestido azul"),
        ("O Vestido Azul sai de R$ 450", "450 is the price of blusa de seda, not of vestido azul"),
        ("Vestido por R$ 199,90", "199,90 is the price of vestido azul"),
        ("Vestido Azul e Vestido por R$ 1.299,90", "1.299,90 is the price of vestido verde"),
    ],
)
def test_a_price_behind_an_item_is_not_anothers(answer: str, reason: str) -> None:
    (found,) = reasons(answer, {"allowed_items": {"items": "products"}}, SHOP)
    assert found.startswith(reason)


@pytest.mark.parametrize(
    "answer",
    [
        "O Vestido Azul sai por R$ 199,90. O Verde custa R$ 1.299,90.",
        "O Vestido Azul sai de R$ 299,90 por R$ 199,90 e o Verde por R$ 1.299,90",
        "O Vestido Azul combina com o verde, que sai por R$ 1.299,90",
        "Vestido Azul e Vestido Verde por R$ 199,90 e R$ 1.299,90",
        "Por R$ 199,90 o Vestido Azul e por R$ 1.299,90 o Vestido Verde",
        "Além do Vestido Azul, por R$ 1.299,90 temos o Vestido Verde",
        "Saia por R$ 199,90 e R$ 50,00",
        "Vestido Azul por R$ 50,00",
        "Vestido Azul em 12x, 1.299,90 pontos",
        "Custa R$ 1.299,90",
    ],
)
def test_prices_of_several_items_pass(answer: str) -> None:
    assert reasons(answer, {"allowed_items": {"items": "products"}}, SHOP) == []


def test_prices_may_be_a_list_by_name() -> None:
    rule = {"allowed_items": {"items": "prices"}}
    for prices in ({"Soup": 5, "Tart": 8}, {"Soup": {"price": 5}, "Tart": {"price": 8}}):
        assert reasons("The tart is $8, the soup 5 euros.", rule, {"prices": prices}) == []
        assert reasons("The tart is $5", rule, {"prices": prices}) == [
            "5 is the price of soup, not of tart"
        ]
    assert reasons("Soup for $5", rule, {"prices": ["Soup", "Tart"]}) == []
    assert reasons("Soup for $5", rule, {}) == []
    sizes = [{"name": "Soup", "price": 5}, {"name": "Soup", "price": 8}, {"name": "T", "price": 9}]
    assert reasons("Soup for $5 or $8. Soup for $8", rule, {"prices": sizes}) == []
    assert reasons("Soup for $9", rule, {"prices": sizes}) == ["9 is the price of t, not of soup"]


def test_items_may_be_texts_or_keys() -> None:
    rule = {"allowed_items": {"items": "wines", "fields": ["wine"]}}
    for wines in (["Barolo"], {"Barolo": "red"}):
        assert reasons('{"wine": "Barolo"}', rule, {"wines": wines}) == []
        assert reasons('{"wine": "Rioja"}', rule, {"wines": wines}) != []
