"""A job answers the one event it was started for, through the sink."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from function.backends.registry import Member
from function.delivery.sink import Sink
from function.errors import ConfigurationError
from function.events.codec import Mode, encode
from function.http.job import answer_file
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.conftest import request_event
from tests.scripted import ScriptedModel

LONG = "io.homelab.trm.inference.requested.long"
ENVIRONMENT = {"K_SINK": "http://broker.test/", "TRM_REQUEST_TYPES": LONG}


def service(
    take: Callable[[httpx.Request], httpx.Response], environment: dict[str, str] = ENVIRONMENT
) -> Service:
    log = Log("ERROR")
    sink = Sink(
        "http://broker.test/",
        transport=httpx.MockTransport(take),
        sleep=lambda seconds: None,
        log=log,
    )
    model = ScriptedModel(texts=["forty-two"])
    return Service(load_settings(environment), [Member("test", lambda: model)], log, sink=sink)


def lay(folder: Path, **attributes: str) -> str:
    event = request_event({"prompt": "Why?"}, **{"type": LONG, "agent": "agent-sre", **attributes})
    (folder / "event").write_bytes(encode(event, Mode.STRUCTURED).body)
    return str(folder)


def test_the_reply_goes_to_the_sink_with_an_ordinary_type(tmp_path: Path) -> None:
    posted: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        posted.append(request)
        return httpx.Response(202)

    assert answer_file(service(take), lay(tmp_path)) == 0
    (request,) = posted
    assert request.headers["ce-type"] == "io.homelab.trm.inference.completed"
    assert request.headers["ce-agent"] == "agent-sre"
    assert request.headers["ce-causationid"] == "request-1"
    assert json.loads(request.content)["answer"] == "forty-two"


def test_a_job_whose_reply_nobody_takes_has_failed(tmp_path: Path) -> None:
    assert answer_file(service(lambda request: httpx.Response(503)), lay(tmp_path)) == 1


def test_an_event_that_is_none_of_ours_is_done(tmp_path: Path) -> None:
    folder = lay(tmp_path, type="io.homelab.other")
    assert answer_file(service(lambda request: httpx.Response(500)), folder) == 0


def test_a_file_that_holds_no_event_has_failed(tmp_path: Path) -> None:
    (tmp_path / "event").write_text("{}")
    assert answer_file(service(lambda request: httpx.Response(202)), str(tmp_path)) == 1


@pytest.mark.parametrize("folder", [None, "/nowhere"])
def test_a_job_without_an_event_says_so(folder: str | None) -> None:
    with pytest.raises(ConfigurationError, match="K_EVENT_PATH"):
        answer_file(service(lambda request: httpx.Response(202)), folder)


def test_a_job_without_a_sink_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="K_SINK"):
        answer_file(service(lambda request: httpx.Response(202), {}), lay(tmp_path))


def test_a_type_that_is_answered_in_the_response_leaves_by_the_sink(tmp_path: Path) -> None:
    posted: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        posted.append(request)
        return httpx.Response(202)

    assert answer_file(service(take), lay(tmp_path, type="boson.fn")) == 0
    assert [request.headers["ce-causationid"] for request in posted] == ["request-1"]
    again = service(lambda request: httpx.Response(503))
    assert answer_file(again, lay(tmp_path, type="boson.fn")) == 1


def test_a_job_that_may_only_respond_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="TRM_REPLY"):
        answer_file(
            service(lambda request: httpx.Response(202), {**ENVIRONMENT, "TRM_REPLY": "response"}),
            lay(tmp_path),
        )
