"""What used to be silent: unknown fields, models, settings and types of events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from function.settings import unknown_settings
from tests.conftest import Running

Run = Callable[..., Running]


def said(running: Running, data: object, **attributes: Any) -> Any:
    return running.reply(data, **attributes).get_data()


def test_unknown_fields_are_noted_or_refused(run: Run) -> None:
    running = run()
    noted = said(running, {"prompt": "x", "promt": "y"})
    assert any("promt" in note for note in noted["input_notes"])
    strict = said(running, {"prompt": "x", "promt": "y", "strict": True}, id="2")
    assert [item["field"] for item in strict["error"]["fields"]] == ["promt"]


def test_an_unknown_field_of_an_agent_with_a_profile_is_refused_too(run: Run) -> None:
    data = {"agent": "agent-bruno", "prompt": "x", "weather": "fine"}
    assert "answer" in said(run(), data)
    assert "error" in said(run(), {**data, "strict": True})


@pytest.mark.parametrize("name", ["scripted", "test", "embedded"])
def test_a_known_model_is_not_noted(run: Run, name: str) -> None:
    assert said(run(), {"prompt": "x", "model": name, "strict": True})["input_notes"] == []


def test_an_unknown_model_is_noted_or_refused(run: Run) -> None:
    noted = said(run(), {"prompt": "x", "model": "gpt-4o"})
    assert any("gpt-4o" in note for note in noted["input_notes"])
    strict = said(run(), {"prompt": "x", "model": "gpt-4o", "strict": True})
    assert [item["field"] for item in strict["error"]["fields"]] == ["model"]


def test_unknown_variables_are_found_with_what_they_may_mean() -> None:
    given = {
        "TRM_SLOT": "4",
        "TRM_QUEUE": "6",
        "TRM_XYZZY": "1",
        "TRM_FUNCTION_URL": "http://f",
        "TRM_AGENT": "a",
        "TRM_SERVICE_HOST": "10.0.0.1",
        "TRM_PORT": "tcp://10.0.0.1:80",
        "TRM_PORT_80_TCP_ADDR": "10.0.0.1",
        "PATH": "/bin",
    }
    assert unknown_settings(given) == {"TRM_SLOT": "TRM_SLOTS", "TRM_XYZZY": ""}


def test_a_type_that_is_nearly_ours_is_logged_as_a_warning(run: Run) -> None:
    running = run()
    for event_type, level in [
        ("io.homelab.trm.inference.request", "WARNING"),
        ("io.homelab.trm.inference.completed", "INFO"),
        ("org.example.other", "INFO"),
        ("x" * 100_000, "INFO"),
    ]:
        event = {"specversion": "1.0", "id": "1", "source": "/s", "type": event_type}
        headers = [("content-type", "application/json")]
        headers += [(f"ce-{name}", value) for name, value in event.items()]
        assert running.service.exchange.answer(headers, b"{}").status in (204, 400)
        if running.logged[-1]["event"] == "trm_event_ignored":
            assert running.logged[-1]["level"] == level, event_type


def test_metrics_name_the_profile_and_the_build(run: Run) -> None:
    running = run()
    said(running, {"agent": "agent-bruno", "prompt": "x"})
    said(running, {"agent": "5511-a-stranger", "prompt": "x"}, id="2")
    text = running.service.metrics.exposition().decode()
    assert 'trm_request_duration_seconds_count{agent="agent-bruno",task="text"} 1' in text
    assert 'trm_request_duration_seconds_count{agent="none",task="text"} 1' in text
    assert "5511" not in text and "trm_build_info{" in text
