"""The served schemas tell the truth about requests and replies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from function.contract import ReflectionStep, parse_request
from function.events.replies import step_event
from function.events.types import manifests, schema_text, schemas
from function.settings import Settings
from tests.adapters import ROOT
from tests.conftest import Running, request_event
from tests.scripted import ScriptedModel

Run = Callable[..., Running]

REQUESTS: list[dict[str, Any]] = [
    {"prompt": "x"},
    {"prompt": "x", "choices": ["a", "b"]},
    {"prompt": "x", "choices": [{"name": "a"}, {"name": "b", "abstain": True}]},
    {"prompt": "x", "response_format": {"type": "json_object", "required": ["a"]}},
    {"prompt": "x", "response_format": {"type": "json_schema", "schema": {"type": "object"}}},
    {"prompt": "x", "checks": {"must_contain": ["a"], "max_words": 5}, "reflection_mode": "always"},
    {"messages": [{"role": "user", "content": "Hi"}], "temperature": 1, "seed": 3},
    {"prompt": "x", "context": {"a": [1, {"b": None}]}, "samples": 2, "deadline_ms": 60_000},
]
BAD: list[dict[str, Any]] = [
    {"prompt": 5},
    {"prompt": "x" * 65_537},
    {"prompt": "x", "temperature": 3},
    {"prompt": "x", "max_tokens": 0},
    {"prompt": "x", "task": "poem"},
    {"prompt": "x", "checks": {"rhymes": True}},
    {"prompt": "x", "samples": "2"},
]


MANIFESTS = ROOT / "deploy" / "base" / "eventtypes.yaml"

SCHEMAS = MANIFESTS.parents[2] / "docs" / "schemas"


def problems(name: str, data: object) -> list[str]:
    return [error.message for error in Draft202012Validator(schemas()[name]).iter_errors(data)]


def test_there_is_one_for_every_kind_of_data() -> None:
    assert set(schemas()) == {"request", "completed", "failed", "step"}


@pytest.mark.parametrize("name", ["request", "completed", "failed", "step"])
def test_they_are_schemas(name: str) -> None:
    schema = schemas()[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"/schemas/{name}"
    assert schema["description"]


@pytest.mark.parametrize("data", REQUESTS)
def test_accepted_requests_validate(data: dict[str, Any]) -> None:
    parse_request(data)
    assert problems("request", data) == []


@pytest.mark.parametrize("data", BAD)
def test_refused_requests_do_not_validate(data: dict[str, Any]) -> None:
    assert problems("request", data) != []


@pytest.mark.parametrize("data", REQUESTS)
def test_completed_replies_validate(run: Run, data: dict[str, Any]) -> None:
    reply = run(ScriptedModel(["no", '{"a": 1}'])).reply(data)
    assert reply.get_type().endswith(".completed")
    assert problems("completed", reply.get_data()) == []


def test_a_reply_without_a_signal_validates(run: Run) -> None:
    reply = run(ScriptedModel(log_probabilities=None)).reply({"prompt": "x"})
    data: Any = reply.get_data()
    assert data["confidence"] is None
    assert problems("completed", data) == []


@pytest.mark.parametrize("data", [*BAD, {}, {"prompt": "x", "task": "maze"}])
def test_failed_replies_validate(run: Run, data: dict[str, Any]) -> None:
    reply = run().reply(data)
    assert reply.get_type().endswith(".failed")
    assert problems("failed", reply.get_data()) == []


def test_step_events_validate() -> None:
    event = request_event({"prompt": "x", "conversation_id": "c"})
    step = ReflectionStep(
        step=1,
        initial_answer="long",
        reflection="shorter",
        refined_answer="a",
        improvement_score=0.5,
        accepted=True,
    )
    sent = step_event(event, parse_request(event.get_data()), step, "/trm")
    assert problems("step", sent.get_data()) == []
    assert problems("step", {"step": 1, "accepted": True}) != []


def test_one_kind_of_reply_is_not_the_other(run: Run) -> None:
    running = run()
    assert problems("failed", running.reply({"prompt": "x"}).get_data())
    assert problems("completed", running.reply({}, id="request-2").get_data())


def test_the_committed_manifests_are_those_of_the_registry() -> None:
    assert MANIFESTS.read_text() == manifests(Settings().source)


@pytest.mark.parametrize("name", ["request", "completed", "failed", "step"])
def test_the_committed_schemas_are_those_of_the_registry(name: str) -> None:
    """``python -m function schema NAME > docs/schemas/NAME.json`` writes them."""
    assert (SCHEMAS / f"{name}.json").read_text("utf-8") == schema_text(name)


def test_every_type_that_can_be_sent_is_announced(run: Run) -> None:
    specs = [item["spec"] for item in yaml.safe_load_all(MANIFESTS.read_text())]
    announced = {spec["type"]: spec for spec in specs}
    assert len(announced) == 8
    for number, request_type in enumerate(sorted(Settings().accepted_types)):
        completed = run().reply({"prompt": "x"}, id=f"good-{number}", type=request_type)
        failed = run().reply({}, id=f"bad-{number}", type=request_type)
        for reply in (completed, failed):
            spec = announced[reply.get_type()]
            assert spec["source"] == reply.get_source()
            name = spec["schema"].rpartition("/")[2]
            assert problems(name, reply.get_data()) == []
