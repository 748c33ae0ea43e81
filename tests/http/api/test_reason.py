"""The APIs of the agents' own services: /reason, /health and /ready."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, Field

from function.backends.registry import Member
from function.http.routes import Routes
from function.service import Service
from function.settings import REASONING_REQUEST, load_settings
from function.telemetry import Log
from tests.conftest import Running
from tests.http.api.calls import call, value
from tests.scripted import ScriptedModel

Run = Callable[..., Running]
ALERT = {"alertname": "KubePodCrashLooping", "pod": "loki-0", "namespace": "monitoring"}


class Step(BaseModel):
    """A step as the agents' client reads it."""

    step: int
    intermediate_answer: str | None = None
    confidence: float = Field(ge=0, le=1)


class Reply(BaseModel):
    """A reply as the agents' client reads it."""

    answer: str
    steps: int
    confidence: float = Field(ge=0, le=1)
    reasoning_trace: list[Step]
    duration_ms: float
    task_type: str
    conversation_id: str | None = None


def reason(running: Running, body: object) -> Any:
    answer = call(running, "POST", "/reason", body)
    assert answer.status == 200, answer
    return value(answer)


QUESTION = {
    "question": "Which pod fails?",
    "context": {"pod": "loki-0"},
    "max_steps": 20,
    "task_type": "troubleshooting",
    "conversation_id": "c-3",
}


def test_a_question_gets_the_reasoning_service_s_reply(run: Run) -> None:
    reply = reason(run(ScriptedModel(["loki-0"])), QUESTION)
    parsed = Reply.model_validate(reply)
    assert (parsed.answer, parsed.task_type) == ("loki-0", "troubleshooting")
    assert parsed.conversation_id == "c-3" and reply["profile"] == "agent-reasoning"
    assert "task_type" not in json.dumps(reply["input_notes"])


def test_a_question_without_context_or_type(run: Run) -> None:
    reply = reason(run(), {"question": "Why?", "context": None})
    assert Reply.model_validate(reply).task_type == "general"


def test_the_trace_is_in_its_words(run: Run) -> None:
    model = ScriptedModel(["no", "the pod loki-0"])
    checks = {"must_contain": ["loki-0"]}
    reply = reason(run(model), {**QUESTION, "checks": checks, "agent": "unknown-one"})
    assert reply["reasoning_trace"][0]["intermediate_answer"] == "the pod loki-0"
    assert reply["steps"] == 1


def test_a_problem_gets_a_result(run: Run) -> None:
    problem = f"Choose a function for this alert.\n\nLabels: {json.dumps(ALERT)}"
    reply = reason(run(), {"problem": problem, "max_iterations": 10})
    found = json.loads(reply["result"])
    assert found["lambda_function"] == "pod-restart" and found["confidence"] == reply["confidence"]
    assert found["parameters"]["namespace"] == "monitoring"
    assert reply["profile"] == "agent-sre"


def test_an_event_of_its_family_has_the_same_fields(run: Run) -> None:
    data: Any = run().reply({"question": "Why?"}, type=REASONING_REQUEST).get_data()
    assert Reply.model_validate(data).task_type == "general"
    other: Any = run().reply({"question": "Why?"}).get_data()
    assert "task_type" not in other


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", {"problem": 5}, {"question": ""}])
def test_other_bodies_are_refused(run: Run, body: object) -> None:
    answer = call(run(), "POST", "/reason", body)
    assert answer.status == 400 and value(answer)["detail"]


def test_health_and_readiness(run: Run) -> None:
    running = run()
    assert value_of(Routes(running.service), "/health")[1]["status"] == "healthy"
    assert value_of(Routes(running.service), "/ready") == (200, "ready")
    assert call(running, "POST", "/ready").status == 405
    running.service.drain()
    assert value_of(Routes(running.service), "/ready")[0] == 503


def test_a_function_that_is_loading_is_degraded_and_not_ready() -> None:
    gate = threading.Event()

    def load() -> ScriptedModel:
        assert gate.wait(20)
        return ScriptedModel()

    service = Service(load_settings({}), [Member("slow", load)], Log("ERROR", io.StringIO()))
    service.start()
    try:
        status, health = value_of(Routes(service), "/health")
        assert (status, health["model_loaded"]) == (200, False)
        assert value_of(Routes(service), "/ready") == (503, "not_ready")
    finally:
        gate.set()
        service.close()


def value_of(routes: Routes, path: str) -> tuple[int, Any]:
    """Status of a probe, and its body, or for /ready what that says."""
    answer = routes.answer("GET", path, [], b"")
    assert answer is not None
    body = json.loads(answer.body)  # type: ignore[union-attr]
    return answer.status, body["status"] if path == "/ready" else body
