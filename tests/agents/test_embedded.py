"""The embedded model behind the agents' calls: its words are its own, the form is theirs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.adapters import serve
from tests.agents.cluster import PATIENCE, SERVE, Cluster, Ollama
from tests.agents.test_bruno import transcript
from tests.agents.test_restaurant import NAMES, ROLES, Role, call
from tests.agents.test_sellers import message_of
from tests.agents.test_sellers import transcript as conversation

LOADING = 300.0
"""Seconds in which the weights are loaded on a machine that does other things too."""


@pytest.fixture(scope="module")
def alone() -> Iterator[Cluster]:
    """Serve the function of the overlay while the cluster's Ollama is down."""
    gone = {"OLLAMA_URL": "http://127.0.0.1:9", "TRM_BACKENDS": "ollama,local"}
    with serve("gunicorn", SERVE, {**gone, "TRM_MAX_DEADLINE_MS": "600000"}) as server:
        url = f"http://127.0.0.1:{server.port}"
        until = time.monotonic() + LOADING
        while httpx.get(f"{url}/health/readiness", timeout=PATIENCE).status_code != 200:
            assert time.monotonic() < until, server.log
            time.sleep(0.5)
        yield Cluster(url, Ollama(9), patience=LOADING)


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_the_roles_of_the_restaurant_are_answered_in_their_form(alone: Cluster, role: Role) -> None:
    reply = call(alone, role, role.agent, "What do you say?")
    answer = json.loads(reply["response"])
    assert answer.keys() == role.written.keys() and role.holds.keys() <= answer.keys()
    assert reply["trm"]["backend"] == "llama.cpp" and reply["trm"]["profile"] == role.profile


def test_a_visitor_is_told_that_there_are_no_readings(alone: Cluster) -> None:
    reply = alone.generate(transcript("What is the error rate of Loki now?"), "agent-bruno")
    assert reply["response"].strip() and "User:" not in reply["response"]
    assert reply["trm"]["profile"] == "agent-bruno"


def test_a_customer_is_answered_without_a_prefix(alone: Cluster) -> None:
    reply = alone.generate(conversation("Oi! Tem vestido azul?"), "ai-seller-fashion")
    text = message_of(reply["response"])
    assert text and text == reply["response"].strip() and "Cliente:" not in text
