"""Profiles: what an agent gets when its request does not say otherwise."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from function.contract import InferenceRequest, JsonObjectFormat, parse_request
from function.errors import ConfigurationError, InvalidRequest
from function.pipeline.intake import read_request
from function.profiles.profile import ANY_JSON, ProfileFormat
from function.profiles.registry import ProfileRegistry, read_profiles, shipped_profiles
from function.reflection.checks.assertions import contains
from function.reflection.checks.items import items_of
from function.reflection.checks.rules import RuleSet
from function.reflection.prompt.facts import Rendering
from function.schemas.catalogue import brazilian_price
from tests.conftest import Running
from tests.scripted import ScriptedModel

Run = Callable[..., Running]

PERSONAS = [
    f"agent-store-multibrands-{name}" for name in ("bella", "luna", "max", "pixel", "sofia")
]
ROLES = [f"agent-restaurant-{name}" for name in ("chef", "host", "sommelier", "waiter")]
ALL = sorted(
    [
        "agent-bruno",
        "agent-reasoning",
        "agent-store-multibrands-sales-assistant",
        "agent-screenshot",
        "agent-sre",
    ]
    + ["agent-store-multibrands"]
    + PERSONAS
    + ROLES
)
HEAD = 'description = "d"\nsystem = "s"\n'


def complete(text: str, **data: Any) -> InferenceRequest:
    """Return a request of the agent ``a`` with this profile."""
    shelf = read_profiles({"a": HEAD + text})
    return parse_request({"prompt": "x", "agent": "a", **data}, complete=shelf.complete)


@pytest.fixture(scope="module")
def shelf() -> ProfileRegistry:
    return shipped_profiles()


def test_every_agent_has_one(shelf: ProfileRegistry) -> None:
    assert list(shelf) == ALL


@pytest.mark.parametrize("name", ALL)
def test_each_completes_a_request(shelf: ProfileRegistry, name: str) -> None:
    request = parse_request({"prompt": "x", "agent": name}, complete=shelf.complete)
    assert request.system == shelf[name].system
    assert request.max_tokens <= 512 and request.temperature <= 0.5
    if request.response_format is not None:
        Draft202012Validator.check_schema(shelf[name].response_format.schema_)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", PERSONAS)
def test_a_persona_is_the_store_with_another_voice(shelf: ProfileRegistry, name: str) -> None:
    persona, store = shelf[name], shelf["agent-store-multibrands"]
    assert persona.system != store.system and name.rpartition("-")[2].title() in persona.system
    assert (persona.checks, persona.context, persona.history) == (
        store.checks,
        store.context,
        store.history,
    )


def test_an_alert_is_answered_by_one_of_seven_or_none(shelf: ProfileRegistry) -> None:
    data = {"prompt": "x", "agent": "agent-sre", "task": "choose"}
    request = parse_request(data, complete=shelf.complete)
    assert len(request.choices) == 8
    assert [choice.name for choice in request.choices if choice.abstain] == ["none"]
    assert request.response_format is None and request.system is None


def test_a_report_has_no_choices(shelf: ProfileRegistry) -> None:
    request = parse_request({"prompt": "x", "agent": "agent-sre"}, complete=shelf.complete)
    assert request.choices == [] and request.kind == "text"
    assert request.response_format is not None


def test_an_unknown_agent_has_no_defaults(shelf: ProfileRegistry) -> None:
    data = {"prompt": "x", "agent": "somebody"}
    assert parse_request(data, complete=shelf.complete) == parse_request(data)
    assert shelf.rendering("somebody") == shelf.rendering(None) == Rendering()


def test_the_request_goes_before_the_profile() -> None:
    profile = 'temperature = 0.1\nmax_tokens = 9\n[checks]\nmax_words = 5\nlanguage = "pt"'
    bare = complete(profile)
    assert (bare.system, bare.temperature, bare.max_tokens) == ("s", 0.1, 9)
    assert (bare.checks.max_words, bare.checks.language) == (5, "pt")
    asked = complete(
        profile, system="mine", temperature=0.7, maxTokens=2_048, checks={"max_words": 50}
    )
    # 0.7 and 2,048 are what a request has without saying so; here it said so.
    assert (asked.system, asked.temperature, asked.max_tokens) == ("mine", 0.7, 9)
    assert (asked.checks.max_words, asked.checks.language) == (50, "pt")


CHOOSES = 'task = "choose"\nchoices = [{ name = "a" }, { name = "b" }]\n'
SHAPED = '[response_format]\ntype = "json_schema"\nschema = {}'


def test_choices_of_the_request_go_before_the_schema_of_the_profile() -> None:
    asked = complete(SHAPED, choices=["a", "b"])
    assert (asked.kind, asked.response_format) == ("choose", None)


def test_the_schema_of_the_request_goes_before_the_choices_of_the_profile() -> None:
    wanted = {"type": "json_object", "required": ["a"]}
    asked = complete(CHOOSES + SHAPED, response_format=wanted)
    assert (asked.kind, asked.choices) == ("text", [])
    assert asked.response_format == JsonObjectFormat.model_validate(wanted)
    assert complete(CHOOSES + SHAPED).kind == "choose"


@pytest.mark.parametrize("key", ["response_format", "json_format"])
def test_json_that_a_request_does_not_describe_is_that_of_the_profile(key: str) -> None:
    text = SHAPED.replace("response_format", key)
    asked = complete(CHOOSES + text, response_format={"type": "json_object"})
    assert isinstance(asked.response_format, ProfileFormat) and asked.kind == "text"
    assert complete("", response_format={"type": "json_object"}).response_format == ANY_JSON


def test_an_agent_that_is_asked_for_json_now_and_then_writes_text_else() -> None:
    assert complete(SHAPED.replace("response_format", "json_format")).response_format is None


@pytest.mark.parametrize("name", ["agent-store-multibrands", *PERSONAS])
def test_a_seller_that_is_asked_for_json_tells_when_to_escalate(
    shelf: ProfileRegistry, name: str
) -> None:
    wanted = {"prompt": "x", "agent": name, "response_format": {"type": "json_object"}}
    request = parse_request(wanted, complete=shelf.complete)
    assert isinstance(request.response_format, ProfileFormat)
    validator = Draft202012Validator(request.response_format.schema_)
    said = {
        "message": "Vou chamar um colega para ajudar.",
        "intent": "complaint",
        "sentiment": 0.2,
        "escalate": True,
        "escalation_reason": "complaint",
    }
    assert validator.is_valid(said)
    assert validator.is_valid({**said, "escalate": False, "escalation_reason": None})
    assert not validator.is_valid({**said, "escalation_reason": "boredom"})


def test_a_request_that_asks_for_both_is_refused_with_a_profile_too() -> None:
    with pytest.raises(InvalidRequest, match="response_format: contradicts choices"):
        complete(CHOOSES, task="choose", response_format={"type": "json_object"})


def test_the_older_name_of_the_steps_goes_before_the_profile() -> None:
    assert complete("max_reflection_steps = 1", max_steps=7).max_reflection_steps == 7
    assert complete("max_reflection_steps = 1").max_reflection_steps == 1


def test_only_the_last_messages_of_the_history_are_kept() -> None:
    messages = [{"role": "user", "content": str(n)} for n in range(9)]
    by_prompt = complete("history = 2", messages=messages)
    assert [message.content for message in by_prompt.history] == ["7", "8"]
    shelf = read_profiles({"a": HEAD + "history = 2"})
    alone = parse_request({"messages": messages, "agent": "a"}, complete=shelf.complete)
    assert [message.content for message in alone.messages] == ["6", "7", "8"]
    assert alone.question == "8"
    assert [message.content for message in complete("", messages=messages).history] == list(
        "012345678"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + "colour = 1", "profile: a: colour: unknown key"),
        (HEAD + "[checks]\nrhymes = true", "profile: a: checks.rhymes: unknown key"),
        (HEAD + "[context]\nupside_down = true", "profile: a: context.upside_down: unknown key"),
        (HEAD + '[[choices]]\nname = "b"\nnote = "n"', "profile: a: choices.0.note: unknown key"),
        (
            HEAD + '[response_format]\ntype = "json_schema"\nstrict = true\nschema = {}',
            "profile: a: response_format.strict: unknown key",
        ),
        (HEAD + 'temperature = "hot"', "profile: a: temperature: Input should be a valid number"),
        (HEAD + 'extends = "nobody"', "profile: a: extends: no other profile is named"),
        (HEAD + "extends = []", "profile: a: extends: no other profile is named"),
        (HEAD + '[[choices]]\nname = "x"\n[[choices]]\nname = "x"', "must differ"),
        ('system = "s"', "profile: a: description: Field required"),
        ("system = ", "profile: a: not TOML: .*line 1"),
    ],
)
def test_a_wrong_file_stops_the_start(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        read_profiles({"a": text})


def test_a_task_without_choices_is_still_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        complete("", task="choose")
    assert [field.field for field in refused.value.fields] == ["choices"]


# Rendering


def test_hidden_fields_are_hidden_at_any_depth() -> None:
    context = {"phone": "1", "customer": {"name": "Ana", "phone": "2"}, "list": [{"phone": "3"}]}
    shown = Rendering(hide=["phone"]).shown(context)
    assert shown == {"customer": {"name": "Ana"}, "list": [{}]}


def test_fields_are_known_in_any_spelling() -> None:
    context = {"customerPhone": "1", "phone_number": "2", "PHONE": "3", "iphone": 4}
    assert Rendering(hide=["phone"]).shown(context) == {"iphone": 4}
    ids = {"customerId": 1, "customer-id": 2, "customers": 3}
    assert Rendering(hide=["customer_id"]).shown(ids) == {"customers": 3}
    prices = Rendering(prices=["old_price", "preco"])
    shown = prices.shown({"oldPrice": 249.9, "preço": 1, "old_price_count": 2})
    assert shown == {"oldPrice": "R$ 249,90", "preço": "R$ 1,00", "old_price_count": 2}


@pytest.mark.parametrize("role", ["waiter", "sommelier"])
@pytest.mark.parametrize(
    "guest",
    [
        {"guest": {"allergies": ["peanuts"]}},
        {"guests": [{"allergies": "shellfish, peanut"}, {}]},
        {"table": {"guests": [{"allergens": ["peanut"]}]}},
        {"allergies": ["peanut"]},
    ],
)
def test_nobody_is_offered_what_they_must_not_have(role: str, guest: dict[str, Any]) -> None:
    rule = shipped_profiles()[f"agent-restaurant-{role}"].checks.allowed_items
    assert rule is not None
    dish = {"name": "Pad Thai", "contains": "rice noodles, peanut, egg"}
    items = items_of({**guest, rule.items: [dish, {"name": "Soup"}]}, rule)
    assert (set(items.allowed), set(items.banned)) == ({"soup"}, {"pad thai"})


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_persona_does_not_write_its_name_before_what_it_says(persona: str) -> None:
    checks = shipped_profiles()[persona].checks
    name = persona.rpartition("-")[2]
    assert contains(f"{name.title()}: Oi! Tudo bem?", checks.must_not_contain)


def test_the_first_fields_come_first() -> None:
    shown = Rendering(first=["b", "nowhere"]).shown({"a": 1, "b": 2})
    assert list(shown.items()) == [("b", 2), ("a", 1)]


def test_rows_are_one_line_an_item() -> None:
    menu = [
        {"name": "Risotto", "allergens": ["milk"], "vegan": False},
        {"name": "Salad", "allergens": []},
    ]
    shown = Rendering(rows=["menu"]).shown({"menu": menu})
    assert shown["menu"] == {"Risotto": "allergens milk, vegan no", "Salad": "allergens "}
    assert Rendering(rows=["menu"]).shown({"menu": ["a"]}) == {"menu": ["a"]}


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (199.9, "R$ 199,90"),
        (1_299.9, "R$ 1.299,90"),
        (0, "R$ 0,00"),
        (1_000_000, "R$ 1.000.000,00"),
    ],
)
def test_prices_are_brazilian(amount: float, text: str) -> None:
    assert brazilian_price(amount) == text
    shown = Rendering(prices=["price"]).shown({"products": [{"price": amount, "stock": 3}]})
    assert shown == {"products": [{"price": text, "stock": 3}]}


def test_what_is_no_number_is_no_price() -> None:
    assert Rendering(prices=["price"]).shown({"price": True}) == {"price": True}


def test_without_context_the_model_is_told_so() -> None:
    assert Rendering(empty="no data").shown({}) == {"note": "no data"}
    assert Rendering(empty="no data").shown({"a": 1}) == {"a": 1}
    assert Rendering().shown({}) == {}


# In the function


def test_the_agent_of_the_event_or_of_the_data_brings_its_profile(run: Run) -> None:
    model = ScriptedModel(["Temos o Fone Pulse por R$ 89,90, que é ótimo para correr."])
    running = run(model)
    data = {
        "prompt": "Tem fone de ouvido?",
        "context": {"phone": "+55 11 99999", "products": [{"name": "Fone Pulse", "price": 89.9}]},
    }
    first = running.reply(data, agent="agent-store-multibrands-max")
    running.reply({**data, "agent": "agent-store-multibrands-max"}, id="request-2")
    by_event, by_data = model.calls
    assert by_event.turns == by_data.turns
    system, user = by_event.turns
    assert system.content.startswith("Você é Max")
    assert "products.Fone Pulse: price R$ 89,90" in user.content
    assert "99999" not in user.content
    assert (by_event.max_tokens, by_event.temperature) == (256, 0.3)
    body: Any = first.get_data()
    made = [(check["name"], check["passed"]) for check in body["checks"]]
    assert [check for check in made if not check[0].startswith("rule:")] == [
        ("must_not_contain", True),
        ("max_sentences", True),
        ("language", True),
        ("grounded_numbers", True),
        ("allowed_items", True),
    ]


def test_the_command_lists_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "function", "profiles"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == ALL


TABLES = [{"id": "t-2", "capacity": 2}, {"id": "t-5", "capacity": 5, "features": ["garden"]}]


@pytest.mark.parametrize(
    ("facts", "filled"),
    [
        ({"partySize": 2, "reservationId": "res-12"}, {"tableId": None}),
        ({"partySize": 9, "tables": TABLES}, {"tableId": None}),
        ({"partySize": 4, "tables": TABLES}, {"tableId": "t-5"}),
        ({"partySize": 2, "tables": TABLES}, {"tableId": "t-2"}),
        ({"tableId": "t-9"}, {"tableId": "t-9"}),
        ({"partySize": 2, "freeTables": ["a", "b"]}, {}),
    ],
)
def test_a_host_names_a_table_only_where_there_is_one(
    facts: dict[str, Any], filled: dict[str, Any]
) -> None:
    data = {"agent": "host-maximilian", "prompt": "Seat them.", "context": facts}
    values = RuleSet(read_request(data, None, shipped_profiles()).request).values()
    assert {name: values[name] for name in values if name == "tableId"} == filled


@pytest.mark.parametrize(
    ("context", "actions"),
    [
        ({"ocr_text": "GREY TIDE\nListen on Spotify"}, ["spotify_search"]),
        ({"ocr_text": "ouça no SoundCloud ou no YouTube"}, ["youtube_search", "soundcloud_search"]),
        ({"title": "Grey Tide", "url": "https://open.spotify.com/x"}, None),
    ],
)
def test_a_screen_that_says_where_to_look_decides_the_actions(
    context: dict[str, str], actions: list[str] | None
) -> None:
    asked = {"agent": "agent-screenshot", "prompt": "Fill it in.", "context": context}
    request = shipped_profiles().complete(parse_request(asked))
    assert RuleSet(request).values().get("actions") == actions
