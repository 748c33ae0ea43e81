"""agent-reasoning, and agents without a profile: medical records, a scanner's list."""

from __future__ import annotations

import json

from tests.agents.cluster import Cluster


def test_a_reasoning_service_is_replaced(homelab: Cluster) -> None:
    homelab.ollama.writes("Drain node-2 first, then upgrade it.")
    question = {
        "question": "In which order are the nodes upgraded?",
        "context": {"nodes": ["node-1", "node-2"]},
        "max_steps": 6,
        "task_type": "planning",
    }
    said = homelab.post("/reason", question)
    assert said["answer"] == "Drain node-2 first, then upgrade it."
    assert isinstance(said["steps"], int) and isinstance(said["confidence"], float)
    assert said["task_type"] == "planning" and isinstance(said["reasoning_trace"], list)
    assert said["duration_ms"] > 0 and "conversation_id" in said
    assert homelab.get("/health").json()["status"] == "healthy"
    assert homelab.get("/ready").status_code == 200


def test_an_event_of_the_reasoning_family(homelab: Cluster) -> None:
    homelab.ollama.writes("Both.")
    data = {"question": "Which?", "context": None, "max_steps": 3, "task_type": "general"}
    kind, said = homelab.send("io.homelab.reasoning.requested", "/agent-bruno/chatbot", data)
    assert kind == "io.homelab.reasoning.completed" and said["answer"] == "Both."
    assert said["steps"] >= 1 and said["profile"] == "agent-reasoning"


def test_records_are_asked_about_by_openai_s_api(homelab: Cluster) -> None:
    homelab.ollama.writes("A última consulta foi em março.")
    body = {
        "model": "llama3.2:3b",
        "messages": [
            {"role": "system", "content": "Responda só com o que está nos registros."},
            {"role": "user", "content": "Registros: consulta em março.\n\nQuando foi a última?"},
        ],
        "temperature": 0.3,
        "max_tokens": 512,
        "stream": False,
    }
    said = homelab.post("/v1/chat/completions", body)
    assert said["choices"][0]["message"]["content"] == "A última consulta foi em março."
    assert said["usage"]["total_tokens"] > 0 and said["trm"]["profile"] is None


def test_a_scanner_s_list_is_read_out_of_a_text(homelab: Cluster) -> None:
    written = {"weaknesses": ["reentrancy"], "severity": "high", "lines": ["12"]}
    homelab.ollama.writes(f"```json\n{json.dumps(written)}\n```")
    prompt = (
        "Look at this contract: function pay() { call(); balance = 0; }\n"
        "Answer as JSON with keys: weaknesses, severity, lines."
    )
    assert json.loads(homelab.generate(prompt)["response"]) == written
