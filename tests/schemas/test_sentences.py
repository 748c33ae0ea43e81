"""What a sentence says: the highest price, a name, a dish, items of a list."""

from __future__ import annotations

import pytest

from function.schemas.sentences import eaten, limit, person, picked, portuguese

CARD = [
    {"name": "Plaice with capers"},
    {"name": "Barley risotto"},
    {"name": "Pork chop"},
    {"name": "Lamb chop"},
]


@pytest.mark.parametrize(
    ("text", "highest"),
    [
        ("something red below 45 euros", 45),
        ("quero um notebook por menos de R$ 3.500,00", 3_500),
        ("no more than $1,200 please", 1_200),
        ("um presente, no máximo uns 80 reais", 80),
        ("between 30 and 55, please", 55),
        ("Orçamento de R$ 99,90", 99.9),
        ("table 7, under 38", 38),
        ("até 6 pessoas", None),
        ("in at most 20 minutes", None),
        ("em até 10x sem juros", None),
        ("up to 15% off", None),
        ("até as 8", None),
        ("the 2019 Pinot", None),
        (None, None),
    ],
)
def test_the_highest_price(text: object, highest: float | None) -> None:
    assert limit(text) == highest


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Whitlock party of three has arrived.", "Whitlock party"),
        ("Mr. and Mrs. Adeyemi are at the door.", "Mr. and Mrs. Adeyemi"),
        ("Hello, my name is Ingrid Dahl.", "Ingrid Dahl"),
        ("Boa noite, reserva em nome de Tavares.", "Tavares"),
        ("A família Prado chegou.", "família Prado"),
        ("Dona Celeste está saindo.", "Dona Celeste"),
        ("A reservation for Friday, please.", ""),
        ("We have no reservation.", ""),
        ("the window table", ""),
        (7, ""),
    ],
)
def test_the_name_of_a_guest(text: object, name: str) -> None:
    assert person(text) == name


@pytest.mark.parametrize(
    ("text", "dish"),
    [
        ("A glass of something with the roast quail, please.", "roast quail"),
        ("We are having oysters.", "oysters"),
        ("O que combina com a caldeirada de peixe?", "caldeirada de peixe"),
        ("Um tinto para o cabrito, até 90.", "cabrito"),
        ("A wine for the table", ""),
        ("Something for the evening, with pleasure", ""),
        ("a white under 30", ""),
    ],
)
def test_what_a_guest_eats(text: str, dish: str) -> None:
    assert eaten(text) == dish
    assert eaten(["Good evening.", text]) == dish


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The plaice for me, the risotto for her.", ["Plaice with capers", "Barley risotto"]),
        ("the lamb chop", ["Lamb chop"]),
        ("a chop", []),
        ("a chop and the risotto", []),
        ("just some water", []),
    ],
)
def test_items_are_picked_by_words_of_their_own(text: str, names: list[str]) -> None:
    assert [each["name"] for each in picked(CARD, text)] == names


def test_a_name_within_a_longer_one_is_picked_where_it_is_all_that_is_said() -> None:
    assert picked(["Tartare", "Tuna tartare"], "the tartare, please") == ["Tartare"]
    assert picked(["Tartare", "Tuna tartare"], "the tuna tartare") == ["Tuna tartare"]
    assert picked("no list", "the tuna") == []


def test_portuguese_by_words_that_english_has_not() -> None:
    assert portuguese("Vocês têm mesa para dois?") and portuguese("Não quero queijo.")
    assert not portuguese("A table for two at eight o'clock, please.") and not portuguese(None)
