"""Items of a list that a text is about."""

from __future__ import annotations

from typing import Any

import pytest

from function.schemas.catalogue import brazilian_price, covered, mentioned, named

LAMP = {"name": "Luminária Aurora", "category": "iluminação", "brand": "casa"}
VASE = {"name": "Vaso de Vidro", "category": "decoração", "brand": "casa"}
SHELF = {"name": "Estante Carvalho", "category": "móveis", "brand": "casa"}
SHOP = [LAMP, VASE, SHELF]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Vocês têm vasos?", [VASE]),
        ("Quero uma estante de carvalho", [SHELF]),
        ("Preciso de uma luz para a sala", [LAMP]),  # another everyday name for it
        ("algo para decoração", [VASE]),
        ("Tem luminária ou vaso?", [LAMP, VASE]),
        ("Vocês vendem geladeira?", []),
        ("o que tem na casa?", []),  # a word that all items have
        ("", []),
    ],
)
def test_the_items_with_most_words_of_a_text(text: str, found: list[Any]) -> None:
    assert mentioned(SHOP, text) == found


CREAMS = [{"name": "Creme Alba 30"}, {"name": "Creme Alba 60"}, {"name": "Creme Noite"}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tem creme?", CREAMS),  # all of a kind that is asked for
        ("tem creme fator 60?", CREAMS[1:2]),
        ("creme alba", CREAMS[:2]),
        ("creme até 60 reais", CREAMS),
        ("tem batom?", []),
    ],
)
def test_items_of_one_kind(text: str, found: list[Any]) -> None:
    assert mentioned(CREAMS, text) == found
    assert mentioned([*CREAMS, *({"name": f"Creme {n}x"} for n in "abc")], "tem creme?") == []


def test_of_messages_the_last_that_mentions_an_item_counts() -> None:
    talk = [{"content": "Tem vaso?"}, {"content": "Tenho a Estante Carvalho."}, {"content": "Ok!"}]
    assert mentioned(SHOP, talk) == [SHELF]
    assert mentioned(SHOP, []) == []


def test_texts_and_messages_are_items_too() -> None:
    notes = ["CRITICAL vulnerability on chain 7", "Backup finished"]
    assert mentioned(notes, "Is there a critical vulnerability?") == notes[:1]
    assert mentioned([{"message": "Disk full on n1"}], "Is the disk full?") == [
        {"message": "Disk full on n1"}
    ]
    assert mentioned([3, None, {}], "3") == [] == mentioned("no list", "list")


def test_a_named_item_is_named_whole() -> None:
    assert named(SHOP, "A luminaria aurora custa R$ 80,00.") == [LAMP]
    assert named(SHOP, {"message": "A luminária é linda"}) == []


@pytest.mark.parametrize(
    ("text", "by", "is_so"),
    [
        ("no nuts on the salad", "Salad without nuts", True),
        ("no nuts on the salad", "The salad is ready", False),
        (["no fish"], {"message": "Mind it: no fish."}, True),
        ("", "anything", True),
    ],
)
def test_what_covers_every_telling_word(text: Any, by: Any, is_so: bool) -> None:
    assert covered(text, by) is is_so


def test_a_price_in_reais() -> None:
    assert brazilian_price(1299.9) == "R$ 1.299,90"
