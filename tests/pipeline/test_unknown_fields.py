"""Fields beside the contract's: facts, slips, bookkeeping, and records of event sources."""

from __future__ import annotations

from typing import Any

import pytest

from function.errors import InvalidRequest
from function.pipeline.intake import read_request, take_in
from function.pipeline.prompt_parts import Intake
from function.profiles.profile import Profile
from function.profiles.registry import read_profiles

KEEPER = Profile(name="keeper", description="Keeps.", system="You keep.", question="What now?")
FAILED_MOUNT: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {"name": "ledger-0.1", "creationTimestamp": "2026-03-01T08:00:00Z"},
    "involvedObject": {"kind": "Pod", "name": "ledger-0", "namespace": "bank"},
    "reason": "FailedMount",
    "message": "MountVolume.SetUp failed for volume keys",
    "type": "Warning",
    "count": 4,
}


def taken(profile: Profile | None = None, **data: Any) -> Intake:
    return take_in(data, profile)


def refused(data: dict[str, Any]) -> str:
    with pytest.raises(InvalidRequest) as caught:
        read_request(data, None, read_profiles({}))
    return str(caught.value)


def test_fields_beside_a_question_are_its_facts() -> None:
    found = taken(question="Which ferry is full?", ferries=[{"name": "Ida", "state": "full"}])
    assert found.data["context"] == {"ferries": [{"name": "Ida", "state": "full"}]}
    assert found.notes == ["taken as context: ferries"]


def test_fields_beside_messages_are_their_facts() -> None:
    asked = [{"role": "user", "content": "Which ferry is full?"}]
    assert taken(messages=asked, ferry="Ida").data["context"] == {"ferry": "Ida"}


def test_a_context_goes_before_fields_beside_it() -> None:
    found = taken(prompt="Where is Ida?", port="Faro", context={"port": "Olhão"})
    assert found.data["context"] == {"port": "Olhão"}


def test_strict_refuses_unknown_fields_of_any_kind() -> None:
    with pytest.raises(InvalidRequest, match="ferry: is not a known field"):
        taken(prompt="Where is Ida?", ferry="Ida", strict=True)
    with pytest.raises(InvalidRequest, match="level: is not a known field"):
        taken(message="pump stopped", level="error", strict=True)


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("max_token", 20, "max_tokens"),
        ("maxtokens", 20, "max_tokens"),
        ("reflexion_mode", "never", "reflection_mode"),
        ("respones_format", {"type": "json_object"}, "response_format"),
        ("temprature", 0.2, "temperature"),
        ("contxt", {"room": "cold"}, "context"),
        ("chocies", ["a", "b"], "choices"),
        ("sytem", "Be short.", "system"),
    ],
)
def test_a_slip_of_a_field_is_no_fact(name: str, value: object, field: str) -> None:
    found = take_in({"prompt": "Is it cold?", name: value}, None)
    assert "context" not in found.data
    note = f"unknown fields were ignored: {name} (is it meant to be {field}?)"
    assert found.notes == [note]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("agents", [{"name": "Rui", "state": "idle"}]),
        ("models", ["T", "S"]),
        ("tasks", ["paint"]),
        ("modelo", "X1"),
        ("speed", 40),
        ("content", {"title": "Tides"}),
        ("stops", ["Faro", "Tavira"]),
        ("temperatur", 21),
        ("max_token", "of the ring"),
        ("sample", "A-3"),
        ("mods", "eco"),
    ],
)
def test_another_word_is_a_fact(name: str, value: object) -> None:
    assert take_in({"prompt": "What is known?", name: value}, None).data["context"] == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("request_id", "9f2c"),
        ("sessionId", "s-1"),
        ("X-Trace-Id", "ab12"),
        ("emitted_at", "2026-03-01T08:00:00Z"),
        ("timestamp", 1_700_000_000),
        ("userId", "u-9"),
        ("jobId", "2f1a9b54-0a3c-4d1e-9f00-1234567890ab"),
    ],
)
def test_what_a_sender_keeps_for_itself_is_no_fact(name: str, value: object) -> None:
    found = take_in({"prompt": "Is the gate shut?", "gate": "shut", name: value}, None)
    assert found.data["context"] == {"gate": "shut"}
    assert f"not taken as context, being the sender's own: {name}" in found.notes


@pytest.mark.parametrize(
    ("asked", "name", "value"),
    [
        ("What is the request id?", "request_id", "9f2c"),
        ("When did the gate close?", "timestamp", "2026-03-01T08:00:00Z"),
        ("Quando foi isso?", "emitted_at", "2026-03-01"),
        ("What is known of the order?", "orderId", "A-17"),
        ("What is known of the gate?", "session", {"open": 3}),
    ],
)
def test_what_is_asked_for_is_a_fact(asked: str, name: str, value: object) -> None:
    assert take_in({"prompt": asked, name: value}, None).data["context"] == {name: value}


def test_settings_of_other_servers_are_no_facts() -> None:
    found = taken(prompt="What is the capital of Peru?", stream=False, top_p=0.9, app="web")
    assert "context" not in found.data
    assert found.notes == ["not taken as context, being the sender's own: stream, top_p, app"]
    assert taken(prompt="Is it up?", app="web", pods=3).data["context"] == {"app": "web", "pods": 3}
    assert taken(prompt="Which mode is on?", mode="eco").data["context"] == {"mode": "eco"}


def test_a_profile_takes_all_of_them() -> None:
    found = taken(KEEPER, prompt="And?", request_id="9f2c", contxt={"a": 1})
    assert found.data["context"] == {"request_id": "9f2c", "contxt": {"a": 1}}


RECORDS: list[dict[str, Any]] = [
    {"level": "error", "logger": "tide.gauge", "message": "sensor lost"},
    {"log.level": "WARN", "message": "could not open the valve"},
    {"app": "ferry", "status": "Degraded", "message": "Back-off restarting failed container"},
    {"request": "GET /tides", "status_code": 500},
    {"problem": "Pump 3 stands still", "severity": "high"},
    {**FAILED_MOUNT, "type": "Normal"},
]


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_without_a_question_is_refused(record: dict[str, Any]) -> None:
    problem = refused(record)
    name = next(name for name in ("message", "request", "problem") if name in record)
    assert f"{name} was not taken for it" in problem
    assert '{"prompt": "...", "context": {...}}' in problem


@pytest.mark.parametrize("record", RECORDS)
def test_a_standing_question_is_asked_of_a_record(record: dict[str, Any]) -> None:
    found = take_in(record, KEEPER)
    assert found.data["prompt"] == "What now?"
    assert found.data["context"] == record


@pytest.mark.parametrize("record", RECORDS)
def test_a_question_of_its_own_is_asked_of_a_record(record: dict[str, Any]) -> None:
    record = {name: value for name, value in record.items() if name != "involvedObject"}
    found = take_in({**record, "question": "What broke?"}, None)
    assert found.data["prompt"] == "What broke?"
    assert found.data["context"] == record


@pytest.mark.parametrize(
    "data",
    [
        {"message": "Hello"},
        {"message": "Hello", "user": "lea"},
        {"message": "Is the pump on?", "level": "high"},
        {"message": "Summarise the log", "status": "open"},
        {"message": "Resuma o registo", "level": "error"},
        {"request": "A table for two, please", "reason": "birthday"},
        {"message": "why did it stop", "severity": "low"},
    ],
)
def test_a_message_that_asks_is_the_question(data: dict[str, Any]) -> None:
    asked = data.get("message", data.get("request"))
    assert take_in(data, None).data["prompt"] == asked


@pytest.mark.parametrize(
    "event",
    [
        FAILED_MOUNT,
        {
            "regarding": FAILED_MOUNT["involvedObject"],
            "reason": "FailedMount",
            "note": FAILED_MOUNT["message"],
            "type": "Warning",
        },
        {
            **{name: FAILED_MOUNT[name] for name in ("involvedObject", "reason", "message")},
            "severity": "error",
        },
    ],
)
def test_an_event_that_reports_a_fault_is_an_alert(event: dict[str, Any]) -> None:
    found = read_request(event, None, read_profiles({}))
    assert found.request.kind == "alert_triage"
    assert found.request.alert == {
        "labels": {"alertname": "FailedMount", "pod": "ledger-0", "namespace": "bank"},
        "annotations": {"description": "MountVolume.SetUp failed for volume keys"},
    }
    assert found.notes == ("the event reports a fault: taken as an alert",)


def test_a_profile_that_remedies_alerts_gets_the_alert() -> None:
    text = """
description = "Heals."
system = "You heal."
question = "How is it?"
[[choices]]
name = "pod-restart"
[[choices]]
name = "none"
abstain = true
"""
    found = read_request({"agent": "healer", **FAILED_MOUNT}, None, read_profiles({"healer": text}))
    assert found.request.kind == "alert_triage"


def test_a_question_about_an_event_is_asked() -> None:
    found = take_in({**FAILED_MOUNT, "prompt": "Which pod is it?"}, None)
    assert "alert" not in found.data
    assert found.data["context"] == FAILED_MOUNT


def test_labels_of_a_record_are_an_alert() -> None:
    labels = {"alertname": "PumpStopped", "pump": "3"}
    found = take_in({"status": "firing", "labels": labels, "message": "pump 3 stands still"}, None)
    assert found.data["alert"]["labels"] == labels
    assert "prompt" not in found.data


@pytest.mark.parametrize("name", ["input", "text", "body"])
def test_a_lone_text_is_probably_the_prompt(name: str) -> None:
    assert f"is {name!r} meant to be prompt?" in refused({name: "Where is the ferry?"})


def test_errors_say_what_to_send() -> None:
    problem = refused({"temperature": 21.4, "humidity": 61})
    assert "temperature: Input should be less than or equal to 2; a fact of this name" in problem
    assert 'such as {"prompt": "..."}' in problem and '"context": {...}' in problem
