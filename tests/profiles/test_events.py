"""Events that profiles take: types, the question, the reply's type and its data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from function.errors import ConfigurationError
from function.profiles.registry import read_profiles
from tests.conftest import Running
from tests.scripted import ScriptedModel

Run = Callable[..., Running]
LABELS = {"alertname": "KubePodCrashLooping", "pod": "loki-0", "namespace": "monitoring"}
NOTES = """
description = "x"
system = "x"
[events]
types = ["a.b"]
"""


def test_alerts_are_taken_for_agent_sre(run: Run) -> None:
    running = run()
    for kind, function in (("fired", "pod-restart"), ("resolved", None)):
        data = {"labels": LABELS, "status": kind.replace("fired", "firing")}
        event_type = f"io.homelab.prometheus.alert.{kind}"
        reply = running.reply(data, type=event_type, source="/prometheus", id=kind)
        said: Any = reply.get_data()
        assert said["data"]["lambda_function"] == function
        assert reply.get_attributes()["agent"] == "agent-sre" and said["profile"] == "agent-sre"
        assert reply.get_type() == "io.homelab.trm.inference.completed"


def test_a_chat_message_is_answered_in_the_store_s_words(run: Run) -> None:
    data = {
        "message": "Oi! Tem vestido?",
        "brand": "fashion",
        "ai_seller_id": "luna",
        "customer_phone": "5511",
        "conversation_id": "c-1",
    }
    running = run(ScriptedModel(["Temos sim, qual o seu tamanho?"]))
    reply = running.reply(data, type="store.chat.message.new", source="/whatsapp")
    said: Any = reply.get_data()
    assert reply.get_type() == "store.chat.response"
    assert said["response"] == said["answer"]
    assert (said["brand"], said["ai_seller_id"], said["customer_phone"]) == (
        "fashion", "luna", "5511",
    )  # fmt: skip
    assert said["conversation_id"] == "c-1" and said["profile"] == "agent-store-multibrands"


def test_the_source_says_which_of_several_profiles(run: Run) -> None:
    source = "/agent-store-multibrands/ai-seller-fashion"
    reply = run().reply({"message": "Oi!"}, type="store.chat.message.new", source=source)
    said: Any = reply.get_data()
    assert said["profile"] == "agent-store-multibrands-luna"


def test_data_without_a_question_are_facts_for_the_profile_s_own(run: Run) -> None:
    model = ScriptedModel(['{"action": "greet", "greeting": "Welcome, Ms. Example."}'])
    data = {"guestId": "guest-12", "partySize": 2, "name": "Ms. Example"}
    reply = run(model).reply(data, type="restaurant.guest.arriving", source="/host")
    said: Any = reply.get_data()
    assert reply.get_type() == "restaurant.host.response"
    assert said["profile"] == "agent-restaurant-host"
    assert said["action"] == said["data"]["action"]
    assert "Ms. Example" in model.calls[0].turns[-1].content


def test_an_agent_that_is_named_goes_before_the_type(run: Run) -> None:
    data = {"message": "Hi", "agent": "agent-bruno"}
    said: Any = run().reply(data, type="restaurant.guest.arriving").get_data()
    assert said["profile"] == "agent-bruno"


def test_a_failed_reply_keeps_its_own_type(run: Run) -> None:
    reply = run().reply({"message": "x", "samples": 99}, type="restaurant.guest.arriving")
    assert reply.get_type() == "io.homelab.trm.inference.failed"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('reply = "a.b"', "would not end"),
        ('reply = "Not A Type"', "events.reply"),
        ("question = 5", "events.question"),
        ("other = 1", "events.other"),
        ("data = { x = 5 }", "events.data"),
    ],
)
def test_wrong_events_are_refused(more: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        read_profiles({"notes": NOTES + more})


@pytest.mark.parametrize("kind", ["io.homelab.trm.inference.completed", "x.failed", "x.step"])
def test_replies_cannot_be_taken(kind: str) -> None:
    with pytest.raises(ConfigurationError, match="would not end"):
        read_profiles({"notes": NOTES.replace("a.b", kind)})


def test_two_profiles_cannot_answer_each_other() -> None:
    other = NOTES.replace('"a.b"', '"c.d"') + 'reply = "a.b"'
    with pytest.raises(ConfigurationError, match="taken by"):
        read_profiles({"one": NOTES, "two": other})
