"""agent-bruno: whole transcripts by the client, a status endpoint of bools, queries of others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from agent_trm import ReflectionMode, TRMClient, TRMRequest
from tests.agents.cluster import Cluster

SYSTEM = "You help people who visit the homepage of a homelab. Be brief and use markdown."
PRODUCERS = "[RECENT NOTICES]\n- high severity finding on ethereum: 1 issue\n[END NOTICES]"


class Health(BaseModel):
    """The reply of the agent's health endpoint."""

    model_config = ConfigDict(strict=True)
    status: str
    ollama_available: bool


def client_of(homelab: Cluster) -> TRMClient:
    """Return the client as the agent makes it, in the environment of its pod."""
    environment = {
        "TRM_FUNCTION_URL": homelab.url,
        "TRM_AGENT": "agent-bruno",
        "OLLAMA_URL": homelab.url,
        "OLLAMA_MODEL": "llama3.2:3b",
    }
    return TRMClient("ainz/tiny-recursive-model", use_hf_api=False, environment=environment)


def transcript(*messages: str, notices: str = "") -> str:
    """Return a conversation as one text, the last turn the assistant's."""
    roles = ("User", "Assistant")
    turns = [f"{roles[place % 2]}: {text}" for place, text in enumerate(messages)]
    return "\n\n".join([f"System: {SYSTEM}\n{notices}", *turns, "Assistant:"])


async def asked(client: TRMClient, prompt: str) -> tuple[str, int, Any]:
    """Ask and read the reply as the agent does."""
    request = TRMRequest(
        prompt=prompt,
        max_reflection_steps=3,
        reflection_mode=ReflectionMode.AUTO,
        max_tokens=2_048,
        conversation_id="conversation-7",
    )
    response = await client.generate(request)
    return response.answer.strip(), response.tokens_used, response


def test_a_conversation_is_answered_in_its_last_turn(homelab: Cluster) -> None:
    homelab.ollama.writes("Grafana shows them, see **Dashboards**.")
    prompt = transcript("Hi", "Hello! How can I help?", "Where do I see metrics?")
    text, tokens, response = asyncio.run(asked(client_of(homelab), prompt))
    assert text == "Grafana shows them, see **Dashboards**." and tokens > 0
    assert response.conversation_id == "conversation-7" and response.profile == "agent-bruno"
    turns = homelab.ollama.asked[0]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert turns[0]["content"].startswith(SYSTEM) and "metrics" in turns[-1]["content"]


def test_ten_messages_of_the_longest_kind_are_taken(homelab: Cluster) -> None:
    long = "The dashboard of the homelab shows many panels. " * 85
    prompt = transcript(*[long[:4_096]] * 9, "And now?")
    assert len(prompt) > 36_000
    assert asyncio.run(asked(client_of(homelab), prompt))[0]


def test_the_answer_ends_where_the_model_goes_on_for_the_user(homelab: Cluster) -> None:
    homelab.ollama.writes("See Grafana.\n\nUser: Thanks!\n\nAssistant: You are welcome.")
    assert asyncio.run(asked(client_of(homelab), transcript("Where?")))[0] == "See Grafana."


def test_notices_between_system_and_question_reach_the_model(homelab: Cluster) -> None:
    asyncio.run(asked(client_of(homelab), transcript("Anything new?", notices=PRODUCERS)))
    read = " ".join(turn["content"] for turn in homelab.ollama.asked[0])
    assert "high severity finding on ethereum" in read


def test_readings_that_are_nowhere_are_a_failed_check(homelab: Cluster) -> None:
    homelab.ollama.writes("The error rate is 3.7 %.")
    response = asyncio.run(asked(client_of(homelab), transcript("What is the error rate?")))[2]
    assert "grounded_numbers" in response.reflection_trace[0].failed_checks
    assert response.withheld_answer == "The error rate is 3.7 %." and "3.7" not in response.answer


def test_health_and_readiness_are_bools(homelab: Cluster) -> None:
    healthy = asyncio.run(client_of(homelab).health_check())
    assert Health(status="healthy", ollama_available=healthy).ollama_available is True
    assert homelab.get("/api/tags").status_code == 200


def test_the_fallback_of_its_own_is_answered_too(homelab: Cluster) -> None:
    options = {"temperature": 0.7, "top_p": 0.9, "num_predict": 1_024}
    reply = homelab.generate(transcript("Where do I see metrics?"), options=options)
    assert reply["response"].strip() == "done"
    assert reply["prompt_eval_count"] + reply["eval_count"] > 0


@pytest.mark.parametrize("context", [None, "The portfolio holds two projects."])
def test_a_query_to_another_agent_gets_that_agent_s_response(
    homelab: Cluster, context: str | None
) -> None:
    homelab.ollama.writes("There are two projects.")
    query = {
        "conversation_id": "conversation-7",
        "source_agent": "agent-bruno",
        "target_agent": "agent-contracts",
        "query_type": "projects",
        "query": "Which projects are there?",
        "context": context,
        "timestamp": "2026-11-30T01:00:00+00:00",
    }
    kind, said = homelab.send("io.homelab.agent.query", "/agent-bruno/chatbot", query)
    assert kind == "io.homelab.agent.response"
    assert said["response"] == "There are two projects."
    assert (said["source_agent"], said["target_agent"]) == ("agent-contracts", "agent-bruno")
    assert (said["query_type"], said["conversation_id"]) == ("projects", "conversation-7")
