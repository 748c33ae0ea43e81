"""Diets are hard: an item that breaks one is never offered."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest

from function.contract import AllowedItems, parse_request
from function.profiles.registry import shipped_profiles
from function.reflection.answer import Answer
from function.reflection.checks.checks import checks_of, run_checks
from function.reflection.checks.constrained_schema import narrowed
from function.reflection.checks.items import items_for
from function.reflection.checks.rules import RuleSet
from function.reflection.diets.food_groups import DIETS, GROUPS, OTHER_FOODS
from function.reflection.text.words import fold
from tests.timing import timed

MENU: list[dict[str, Any]] = [
    {"name": "Margherita", "ingredients": ["wheat flour", "tomato", "mozzarella"]},
    {"name": "Corn Polenta", "dietary": ["gluten-free", "vegan"], "description": "with olive oil"},
    {"name": "Steak", "allergens": [], "dietary": ["gluten-free"]},
    {"name": "Grilled Bass", "allergens": ["fish"], "dietary": ["gluten free"]},
    {"name": "Prawn Salad", "allergens": ["crustaceans", "mustard"], "dietary": []},
    {"name": "Satay", "allergens": ["peanuts", "soya"], "description": "chicken skewer"},
    {"name": "Almond Torte", "allergens": ["nuts", "eggs"], "dietary": ["vegetarian", "GF"]},
    {"name": "Tofu Bowl", "allergens": ["soy", "sesame"], "dietary": ["vegan"]},
    {"name": "Mussels", "allergens": ["molluscs", "celery", "sulphites"]},
    {"name": "Lupin Patty", "allergens": {"lupin": True, "milk": False}, "vegan": True},
    {"name": "Macarrão ao alho", "contém": "glúten"},
    {"name": "Pudim", "ingredientes": "leite condensado, ovos, açúcar", "dietary": ["vegetariano"]},
    {"name": "Fruit Plate", "description": "kiwi and mango, no cream", "dietary": ["vegan"]},
]
NAMES = {str(item["name"]) for item in MENU}
DAIRY = {"Margherita", "Pudim"}
GLUTEN = {"Margherita", "Macarrão ao alho"}
EGGS = {"Almond Torte", "Pudim"}
MEAT_FREE = {"Corn Polenta", "Almond Torte", "Tofu Bowl", "Lupin Patty", "Pudim", "Fruit Plate"}
VEGAN = {"Corn Polenta", "Tofu Bowl", "Lupin Patty", "Fruit Plate"}
NUTS = {"Almond Torte", "Satay"}  # "nuts" may be peanuts, too
FISH, SHELLFISH = {"Grilled Bass"}, {"Prawn Salad", "Mussels"}
SOY = {"Satay", "Tofu Bowl"}


def banned(prompt: str = "Recommend a dish.", **context: Any) -> set[str]:
    asked = parse_request(
        {"prompt": prompt, "agent": "waiter-pierre", "context": {"menu": MENU, **context}},
        complete=shipped_profiles().complete,
    )
    assert asked.checks.allowed_items is not None
    found = items_for(asked, asked.checks.allowed_items)
    assert found.unplaced == []
    return {name for name in NAMES if fold(name) in found.banned}


SAID = [
    ("no dairy", DAIRY),
    ("dairy free", DAIRY),
    ("Dairy-Free", DAIRY),
    ("lactose intolerant", DAIRY),
    ("milk", DAIRY),
    ("Lactose", DAIRY),
    ("cheese", DAIRY),
    ("sem leite", DAIRY),
    ("intolerância à lactose", DAIRY),
    ("intolerante a lactose", DAIRY),
    ("laticínios", DAIRY),
    ("alérgica a queijo", DAIRY),
    ("gluten-free", GLUTEN),
    ("no gluten", GLUTEN),
    ("gluten", GLUTEN),
    ("coeliac", GLUTEN),
    ("celiac disease", GLUTEN),
    ("Celíaca", GLUTEN),
    ("doença celíaca", GLUTEN),
    ("sem glúten", GLUTEN),
    ("alergia ao trigo", GLUTEN),
    ("wheat intolerance", GLUTEN),
    ("eggs", EGGS),
    ("egg allergy (severe)", EGGS),
    ("não posso comer ovos", EGGS),
    ("fish", FISH),
    ("no salmon", FISH),
    ("peixe", FISH),
    ("shellfish", SHELLFISH),
    ("frutos do mar", SHELLFISH),
    ("camarão", {"Prawn Salad"}),
    ("shrimp", {"Prawn Salad"}),
    ("moluscos", {"Mussels"}),
    ("nut allergy", NUTS),
    ("nut-free", NUTS),
    ("tree nuts", {"Almond Torte"}),
    ("walnuts", {"Almond Torte"}),
    ("castanhas", {"Almond Torte"}),
    ("peanut", NUTS),  # an item with "nuts" may hold peanuts
    ("amendoim", NUTS),
    ("alergia a amendoins", NUTS),
    ("soja", SOY),
    ("sem gergelim", {"Tofu Bowl"}),
    ("sesame seeds", {"Tofu Bowl"}),
    ("celery", {"Mussels"}),
    ("aipo", {"Mussels"}),
    ("mostarda", {"Prawn Salad"}),
    ("sulfites", {"Mussels"}),
    ("tremoço", {"Lupin Patty"}),
    ("kiwi", {"Fruit Plate"}),
    ("allergic to garlic", {"Macarrão ao alho"}),
    ("vegan", NAMES - VEGAN),
    ("vegana", NAMES - VEGAN),
    ("vegetarian", NAMES - MEAT_FREE),
    ("Vegetariano", NAMES - MEAT_FREE),
    ("vegetarian and gluten-free", NAMES - MEAT_FREE | GLUTEN),
    ("no dairy, no eggs", DAIRY | EGGS),
    ("leite e ovos", DAIRY | EGGS),
    ("none", set()),
    ("No known allergies", set()),
    ("nenhuma", set()),
    ("n/a", set()),
    ("", set()),
    ("sem restrições alimentares", set()),
]


@pytest.mark.parametrize(("said", "expected"), SAID, ids=[said for said, _ in SAID])
@pytest.mark.parametrize("key", ["allergies", "allergens", "dietary", "dietaryRestrictions"])
def test_what_is_listed_of_a_guest(key: str, said: str, expected: set[str]) -> None:
    assert banned(guest={key: [said]}) == expected


@pytest.mark.parametrize(
    "context",
    [
        {"dietary": ["no dairy"]},
        {"allergies": "Dairy"},
        {"guest": {"preferences": {"dislikes": ["dairy"]}}},
        {"guest": {"preferences": {"dietary": "dairy-free"}}},
        {"guest": {"notes": "She cannot eat dairy. Likes the window."}},
        {"table": {"guests": [{"name": "Rui"}, {"name": "Ana", "allergies": {"dairy": "mild"}}]}},
        {"table": {"guests": [{"allergies": [{"allergen": "milk", "severity": "high"}]}]}},
        {"notes": "mesa 4: intolerância a lactose"},
        {"guest": {"lactoseIntolerant": True}},
        {"guest": {"dairy_free": True, "vip": True}},
        {"specialInstructions": "Alergias: leite"},
        {"message": "My son is lactose-intolerant."},
    ],
)
def test_where_it_may_be_said(context: dict[str, Any]) -> None:
    assert banned(**context) == DAIRY


SENTENCES = [
    ("I'm allergic to milk, what do you recommend?", DAIRY),
    ("Something without dairy, please.", DAIRY),
    ("No dairy for me.", DAIRY),
    ("I can't have lactose", DAIRY),
    ("I don’t eat cheese", DAIRY),
    ("Is there a dairy-free option?", DAIRY),
    ("My wife has a dairy allergy, and we love fish.", DAIRY),
    ("Sou intolerante à lactose. O que sugere?", DAIRY),
    ("Quero um prato sem leite", DAIRY),
    ("Não como queijo nem manteiga", DAIRY),
    ("Não posso comer laticínios, mas adoro peixe", DAIRY),
    ("I have celiac disease; what can I eat?", GLUTEN),
    ("Sou celíaco, o que posso comer?", GLUTEN),
    ("A gluten free main course, please", GLUTEN),
    ("Tem algo sem glúten?", GLUTEN),
    ("We avoid gluten.", GLUTEN),
    ("I'm allergic to shellfish and mustard.", SHELLFISH),
    ("I have a nut allergy. Is the steak good?", NUTS),
    ("Minha filha é alérgica a amendoim e soja.", NUTS | SOY),
    ("Tenho alergia a frutos do mar", SHELLFISH),
    ("Cliente alérgica: leite", DAIRY),
    ("I'm vegan.", NAMES - VEGAN),
    ("Somos vegetarianos, o que indica?", NAMES - MEAT_FREE),
    ("Nothing with eggs, thank you.", EGGS),
    ("Hold the eggs please", EGGS),
    ("egg and soy allergies at this table", EGGS | SOY),
    ("What goes with the fish?", set()),
    ("No problem, we would like the steak.", set()),
    ("No, I would like the cheese plate.", set()),
    ("I have no allergies, bring me the fish.", set()),
    ("I'm not allergic to nuts.", set()),
    ("Não tenho alergia a nada.", set()),
    ("I am not vegan.", set()),
    ("Sem pressa, estamos esperando um amigo.", set()),
    ("I love cheese and eggs.", set()),
    ("Two glasses of milk without ice", set()),
]


@pytest.mark.parametrize(("prompt", "expected"), SENTENCES, ids=[said for said, _ in SENTENCES])
def test_what_is_only_in_the_sentence(prompt: str, expected: set[str]) -> None:
    assert banned(prompt) == expected


@pytest.mark.parametrize("meat", ["carne de porco", "carne suína", "pork meat"])
def test_one_kind_of_meat_is_not_all_of_it(meat: str) -> None:
    assert banned(f"Sem {meat}, por favor.") == banned("Sem porco, por favor.")
    assert banned(f"No {meat}, please.") != banned("No meat, please.")


def test_what_was_said_earlier_still_holds() -> None:
    messages = [
        {"role": "user", "content": "I'm allergic to peanuts."},
        {"role": "assistant", "content": "Noted. Do you eat fish?"},
        {"role": "user", "content": "Yes. What do you recommend?"},
    ]
    data = {"messages": messages, "context": {"menu": MENU}}
    rule = AllowedItems(items="menu")
    assert set(items_for(parse_request(data), rule).banned) == {"satay", "almond torte"}


@pytest.mark.parametrize(
    ("dislike", "allowed"),
    [
        ("salmon", {"sea bass", "brie", "buttered peas"}),
        ("salmão", {"sea bass", "brie", "buttered peas"}),
        ("fish", {"brie", "buttered peas"}),
        ("cheese", {"salmon tartare", "sea bass", "buttered peas"}),
        ("dairy", {"salmon tartare", "sea bass"}),
        ("peas", {"salmon tartare", "sea bass", "brie"}),
        ("loud music", {"salmon tartare", "sea bass", "brie", "buttered peas"}),
    ],
)
def test_a_dislike_is_of_the_food_alone(dislike: str, allowed: set[str]) -> None:
    names = ("Salmon Tartare", "Sea Bass", "Brie", "Buttered Peas")
    menu = [{"name": name, "with": "butter" if name.startswith("B") else ""} for name in names]
    context = {"menu": menu, "guest": {"preferences": {"dislikes": [dislike]}}}
    found = items_for(
        parse_request({"prompt": "x", "context": context}), AllowedItems(items="menu")
    )
    assert found.allowed == allowed


@pytest.mark.parametrize(
    ("item", "diet", "allowed"),
    [
        ({"name": "Bread", "dietary": ["gluten-free"]}, "gluten", True),
        ({"name": "Gluten-free Brownie"}, "gluten", True),
        ({"name": "Pão sem glúten"}, "no gluten", True),
        ({"name": "Brownie", "gluten_free": True}, "celiac", True),
        ({"name": "Brownie", "glutenFree": False}, "celiac", False),
        ({"name": "Bread", "dietary": ["gluten-free"], "allergens": ["gluten"]}, "gluten", False),
        ({"name": "Salad", "description": "gluten-free option on request, with croutons"},
         "gluten", False),
        ({"name": "Bread", "dietary": ["gluten-free option available"]}, "gluten", False),
        ({"name": "Bread", "dietary": ["wheat-free"]}, "gluten", False),
        ({"name": "Latte", "dietary": ["lactose-free"]}, "lactose intolerant", True),
        ({"name": "Latte", "dietary": ["lactose-free"]}, "milk allergy", False),
        ({"name": "Soup", "description": "without cream"}, "dairy", True),
        ({"name": "Soup", "allergens": {"milk": False}}, "dairy", True),
        ({"name": "Soup", "allergens": {"milk": True}}, "dairy", False),
        ({"name": "Soup", "allergens": "may contain traces of milk"}, "dairy", False),
        ({"name": "Curry", "ingredients": ["coconut milk"]}, "dairy", True),
        ({"name": "Toast", "ingredients": ["peanut butter"]}, "dairy", True),
        ({"name": "Drink", "ingredients": ["oat milk"]}, "dairy", True),
        ({"name": "Eggplant"}, "eggs", True),
        ({"name": "Butternut Squash"}, "nuts, dairy", True),
        ({"name": "Spätzle", "contains_gluten": "yes"}, "gluten", False),
        ({"name": "Barolo", "pairs_with": "aged cheese"}, "dairy", True),
        ({"name": "Burger", "dietary": ["vegetarian"]}, "vegan", False),
        ({"name": "Burger", "dietary": ["plant-based"]}, "vegan", True),
        ({"name": "Burger", "isVegan": True}, "vegetarian", True),
        ({"name": "Burger", "vegan": False}, "vegan", False),
        ({"name": "Burger", "dietary": ["vegan option"]}, "vegan", False),
        ({"name": "Roast Lamb"}, "vegetarian", False),
        ({"name": "Barolo"}, "vegan", True),
        ({"name": "Carbonara", "with": "guanciale"}, "halal", False),
    ],
)  # fmt: skip
def test_what_an_item_is_and_is_marked_as(item: dict[str, Any], diet: str, allowed: bool) -> None:
    asked = parse_request({"prompt": "x", "context": {"menu": [item], "dietary": [diet]}})
    found = items_for(asked, AllowedItems(items="menu"))
    assert bool(found.allowed) is allowed


UNPLACED = [
    ("x", {"allergies": ["latex"]}, "latex"),
    ("x", {"guest": {"allergies": ["milk", "birch pollen"]}}, "birch pollen"),
    ("x", {"dietary": ["keto"]}, "keto"),
    ("I'm allergic to quixotine, what do you recommend?", {}, "quixotine"),
    ("Sou alérgico a níquel.", {}, "niquel"),
    ("I have allergies.", {}, "i have allergies"),
    ("Minha esposa tem uma alergia grave", {}, "minha esposa tem uma alergia grave"),
]


@pytest.mark.parametrize(("prompt", "context", "said"), UNPLACED, ids=[s for *_, s in UNPLACED])
def test_what_cannot_be_placed_is_a_failed_check(
    prompt: str, context: dict[str, Any], said: str
) -> None:
    data = {"prompt": prompt, "context": {"menu": MENU, **context}}
    asked = parse_request({**data, "checks": {"allowed_items": {"items": "menu"}}})
    (check,) = run_checks(checks_of(asked), Answer("I recommend the Steak."))
    assert (check.name, check.passed) == ("allowed_items", False)
    assert said[:60] in check.reason


def test_a_word_of_an_item_is_placed() -> None:
    menu = [{"name": "Steak"}, {"name": "Quixotine Stew"}]
    data = {"prompt": "I'm allergic to quixotine.", "context": {"menu": menu}}
    asked = parse_request({**data, "checks": {"allowed_items": {"items": "menu"}}})
    assert run_checks(checks_of(asked), Answer("Take the Steak."))[0].passed
    assert not run_checks(checks_of(asked), Answer("Take the Quixotine Stew."))[0].passed


@pytest.mark.parametrize(
    "context",
    [{"dietary": ["sulfite free"]}, {"guest": {"notes": "alérgica a sulfitos"}}],
)
def test_wines_of_the_list_are_wine(context: dict[str, Any]) -> None:
    wines = [
        {"name": "Barolo", "price_bottle": 90},
        {"name": "Zero", "price_bottle": 40, "dietary": ["sulphite-free"]},
    ]
    asked = parse_request(
        {"prompt": "Which?", "agent": "sommelier-isabella", "context": {"wines": wines, **context}},
        complete=shipped_profiles().complete,
    )
    schema = asked.response_format.schema_  # type: ignore[union-attr]
    (name,) = _names_in(narrowed(schema, asked)["properties"]["wine"])
    assert name == {"enum": ["Zero"]}
    answer = json.dumps({"wine": {"name": "Barolo"}})
    reasons = {each.name: each.reason for each in run_checks(checks_of(asked), Answer(answer))}
    assert reasons["allowed_items"].startswith("Barolo must not be offered: sul")


def _names_in(wine: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["properties"]["name"] for each in wine.get("anyOf", [wine])]


def test_the_fourteen_allergens_are_in_the_table() -> None:
    fourteen = {
        *("gluten", "crustaceans", "eggs", "fish", "peanuts", "soya", "dairy", "nuts"),
        *("celery", "mustard", "sesame", "sulphites", "lupin", "molluscs"),
    }
    assert fourteen <= GROUPS.keys()
    assert {group for _, groups in DIETS.values() for group in groups.split(", ")} <= GROUPS.keys()
    words = [
        word for concepts in GROUPS.values() for words in concepts for word in words.split(", ")
    ]
    for word in [*words, *", ".join(OTHER_FOODS).split(", ")]:
        assert word == fold(word) and word.strip()


@timed
@pytest.mark.parametrize("piece", ["no ", "sem ", "allergic to ", "milk, ", "nut allergy ", ": "])
def test_no_text_takes_long_to_read(piece: str) -> None:
    text = (piece * 65_536)[:65_536]
    data = {"prompt": text, "context": {"menu": MENU, "allergies": text[:10_000]}}
    asked = parse_request(data)
    started = process_time()
    items_for(asked, AllowedItems(items="menu"))
    assert process_time() - started < 5


def test_a_filled_field_is_no_item_that_must_not_be_offered() -> None:
    wines = [
        {"name": "Barolo", "price_bottle": 90, "contains": "egg white"},
        {"name": "Soave", "price_bottle": 40},
    ]
    data = {"agent": "sommelier-isabella", "prompt": "The Barolo? I'm allergic to eggs."}
    asked = parse_request(
        {**data, "context": {"wines": wines, "budget": 100}}, complete=shipped_profiles().complete
    )
    assert RuleSet(asked).values()["wine.name"] == "Soave"
    assert asked.context["wines"] == wines
