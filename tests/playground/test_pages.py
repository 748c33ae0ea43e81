"""The playground without a browser: what is served, streamed and remembered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from function.contract import parse_request
from function.errors import ModelUnavailable
from function.http.flask_app import build_app
from function.pipeline.history import History
from function.playground.examples import TASKS, examples_of
from function.settings import CANONICAL_REQUEST
from function.tasks.registry import NATIVE_KINDS
from tests.conftest import Running, data_in
from tests.scripted import STREAMS, Call, ScriptedModel

Run = Callable[..., Running]
STRUCTURED = "application/cloudevents+json"
TOKEN = "a-token-of-sixteen"
PATIENCE = 10.0
ASSETS = [
    "script.js",
    "stream.js",
    "style.css",
    "icon.svg",
    "grid.js",
    "diff.js",
    "commands.js",
    "request.css",
    "request.js",
]


def envelope(data: object, **attributes: str) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": "request-1",
        "source": "/playground",
        "type": CANONICAL_REQUEST,
        "data": data,
        **attributes,
    }


def open_pages(running: Running) -> FlaskClient:
    return build_app(running.service).test_client()


def ask(pages: FlaskClient, event: object, **headers: str) -> TestResponse:
    return pages.post(
        "/playground/ask",
        data=json.dumps(event),
        content_type=STRUCTURED,
        headers=headers,
    )


def told(stream: str) -> list[tuple[str, Any]]:
    """Return the events of a stream: their names and data."""
    found = []
    for message in stream.split("\n\n"):
        fields = [line.partition(": ") for line in message.splitlines() if line[:1] != ":"]
        if fields:
            data = "\n".join(value for name, _, value in fields if name == "data")
            found.append((next(value for name, _, value in fields if name == "event"), data))
    return [(name, json.loads(data)) for name, data in found]


@pytest.fixture
def pages(run: Run) -> FlaskClient:
    return open_pages(run(TRM_PLAYGROUND="true"))


def test_there_is_no_page_by_default(run: Run) -> None:
    running = run()
    client = open_pages(running)
    assert client.get("/").status_code == 405
    assert client.get("/playground/script.js").status_code == 404
    assert client.get("/playground/history").status_code == 404
    assert client.post("/playground/ask").status_code == 404
    assert running.service.history is None


def test_page_loads_nothing_from_elsewhere(pages: FlaskClient) -> None:
    page = pages.get("/")
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert "http://" not in page.text.replace("http://www.w3.org", "") and "//cdn" not in page.text
    assert "style=" not in page.text and "onclick" not in page.text
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in page.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    assert pages.head("/").status_code == 200
    assert pages.put("/").status_code == 405


@pytest.mark.parametrize("name", ASSETS)
def test_assets_say_what_they_are(pages: FlaskClient, name: str) -> None:
    asset = pages.get(f"/playground/{name}")
    kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    assert asset.status_code == 200
    assert asset.mimetype == kinds[name.rpartition(".")[2]]
    assert asset.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.html", "pages.py", "..", "nothing.js"])
def test_only_assets_are_served(pages: FlaskClient, name: str) -> None:
    assert pages.get(f"/playground/{name}").status_code == 404


def test_markup_in_what_is_shown_is_escaped(run: Run) -> None:
    page = open_pages(run(TRM_PLAYGROUND="true", TRM_REQUEST_TYPES="a<script>b")).get("/")
    assert "a&lt;script&gt;b" in page.text
    block = page.text.split('id="examples">')[1].split("</script>")[0]
    assert "<" not in block
    assert isinstance(json.loads(block), list)


def test_every_profile_and_native_task_has_an_example(run: Run) -> None:
    service = run().service
    examples = examples_of(service.profiles)
    assert {example.data.get("agent") for example in examples} - {None} == set(service.profiles)
    assert len({example.name for example in examples}) == len(examples)
    tasks = {parse_request(item.data).kind for item in examples if item.group == TASKS}
    assert {"text", "choose", "sudoku"} <= tasks
    for example in examples:
        assert example.type in service.settings.accepted_types
        parse_request(example.data, complete=service.profiles.complete)


def test_native_examples_are_puzzles_that_are_solved(run: Run) -> None:
    running = run()
    service = running.service
    for example in examples_of(service.profiles):
        request = parse_request(example.data, complete=service.profiles.complete)
        if request.kind in NATIVE_KINDS:
            reply = running.reply(example.data, id=example.name)
            assert all(check["passed"] for check in data_in(reply)["checks"]), example.name


def test_steps_are_streamed_before_the_reply(run: Run) -> None:
    model = ScriptedModel(["another", "still none", "the word is Loki"])
    client = open_pages(run(model, TRM_PLAYGROUND="true"))
    data = {"prompt": "Which word?", "checks": {"must_contain": ["Loki"]}}
    response = ask(client, envelope(data))
    assert response.status_code == 200
    assert response.mimetype == "text/event-stream"
    names, values = zip(*told(response.text), strict=True)
    assert names == ("step", "step", "reply")
    assert [step["accepted"] for step in values[:2]] == [False, True]
    assert [step["failed_checks"] for step in values[:2]] == [["must_contain"], ["must_contain"]]
    assert all(step["tokens_used"] > 10 and step["duration_ms"] >= 0 for step in values[:2])
    reply = values[2]
    assert reply["specversion"] == "1.0" and reply["causationid"] == "request-1"
    assert reply["type"].endswith(".completed")
    assert reply["data"]["answer"] == "the word is Loki"
    assert reply["data"]["reflection_trace"] == list(values[:2])


def test_texts_are_shown_while_they_are_written(run: Run) -> None:
    go_on = threading.Event()

    def between(piece: str) -> None:
        assert go_on.wait(PATIENCE), "the first piece came only with the whole text"

    texts = ["not this one", "the word is Loki"]
    model = ScriptedModel(texts, abilities=STREAMS, between=between)
    client = open_pages(run(model, TRM_PLAYGROUND="true"))
    data = {"prompt": "Which word?", "checks": {"must_contain": ["Loki"]}}
    parts = []
    for part in ask(client, envelope(data)).response:
        parts.append(part if isinstance(part, str) else part.decode())
        if "event: draft" in parts[-1]:
            go_on.set()
    events = told("".join(parts))
    drafts = [value for name, value in events if name == "draft"]
    assert drafts[0] == {"step": 0, "draft": 1, "text": "not"}
    for number, text in enumerate(texts, 1):
        assert "".join(it["text"] for it in drafts if it["draft"] == number) == text
    assert {it["step"] for it in drafts if it["draft"] == 2} == {1}
    names = [name for name, _ in events if name != "draft"]
    assert names == ["step", "reply"]
    assert "draft" not in [name for name, _ in told(ask(client, envelope(data)).text)]


def test_a_step_is_told_while_the_next_is_being_written(run: Run) -> None:
    seen = threading.Event()

    def say(call: Call) -> str:
        if len(model.calls) == 3:
            assert seen.wait(PATIENCE), "the first step came only after the second was asked for"
        return f"attempt {len(model.calls)}"

    model = ScriptedModel(say=say)
    client = open_pages(run(model, TRM_PLAYGROUND="true"))
    data = {"prompt": "x", "checks": {"must_contain": ["y"]}, "max_reflection_steps": 2}
    parts = []
    for part in ask(client, envelope(data)).response:
        parts.append(part if isinstance(part, str) else part.decode())
        if "event: step" in parts[-1]:
            seen.set()
    assert [name for name, _ in told("".join(parts))] == ["step", "step", "reply"]


def test_a_duplicate_gets_the_stored_reply_without_steps(run: Run) -> None:
    model = ScriptedModel(["no", "the word"])
    client = open_pages(run(model, TRM_PLAYGROUND="true"))
    data = {"prompt": "x", "checks": {"must_contain": ["word"]}}
    first, second = (ask(client, envelope(data)).text for _ in range(2))
    assert [name for name, _ in told(second)] == ["reply"]
    assert told(second)[0] == told(first)[-1]
    assert ": replayed\n" in second and ": replayed\n" not in first
    latest, before = json.loads(client.get("/playground/history").data)[:2]
    assert (before["replayed"], latest["replayed"]) == (False, True)


def test_a_request_that_fails_is_a_reply_too(pages: FlaskClient) -> None:
    ((name, reply),) = told(ask(pages, envelope({"prompt": 7})).text)
    assert name == "reply"
    assert reply["type"].endswith(".failed")
    assert reply["data"]["error"]["code"] == "invalid_request"


def test_what_has_no_reply_is_told_as_an_error(run: Run) -> None:
    def gone(call: Call) -> str:
        raise ModelUnavailable("no model can answer", 7)

    model = ScriptedModel()
    running = run(model, TRM_PLAYGROUND="true")
    client = open_pages(running)
    model.say = gone
    (unavailable,) = told(ask(client, envelope({"prompt": "x"})).text)
    assert unavailable[0] == "error"
    assert unavailable[1]["status"] == 503 and unavailable[1]["retry_after"] == "7"
    (ignored,) = told(ask(client, envelope({"prompt": "x"}, type="not.ours")).text)
    assert ignored[0] == "error" and ignored[1]["status"] == 204
    (broken,) = told(ask(client, {"specversion": "1.0"}).text)
    assert broken[0] == "error" and broken[1]["status"] == 400


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", None])
def test_only_structured_events_are_asked(pages: FlaskClient, content_type: str | None) -> None:
    body = json.dumps(envelope({"prompt": "x"}))
    response = pages.post("/playground/ask", data=body, content_type=content_type)
    assert 400 <= response.status_code < 500
    assert pages.get("/playground/history").json == []


def test_a_long_body_is_refused(run: Run) -> None:
    client = open_pages(run(TRM_PLAYGROUND="true", TRM_MAX_BODY_BYTES="1024"))
    assert ask(client, envelope({"prompt": "x" * 2000})).status_code == 413


def test_tokens_are_asked_for(run: Run) -> None:
    client = open_pages(run(TRM_PLAYGROUND="true", TRM_BEARER_TOKENS=TOKEN))
    assert "Bearer token" in client.get("/").text
    (refused,) = told(ask(client, envelope({"prompt": "x"})).text)
    assert refused[0] == "error" and refused[1]["status"] == 401
    assert client.get("/playground/history").status_code == 401
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert told(ask(client, envelope({"prompt": "x"}), **bearer).text)[-1][0] == "reply"
    assert client.get("/playground/history", headers=bearer).status_code == 200


def test_history_tells_what_happened_and_nothing_that_was_said(run: Run) -> None:
    model = ScriptedModel(["a secret answer"])
    client = open_pages(run(model, TRM_PLAYGROUND="true"))
    data = {
        "prompt": "my phone is 5511900000000",
        "agent": "agent-bruno",
        "conversation_id": "talk-1",
    }
    client.post("/", data=json.dumps(envelope(data)), content_type=STRUCTURED)
    stranger = {"prompt": "x", "agent": "5511900000000"}
    # Read to its end: it is in the history when it is answered.
    ask(client, envelope(stranger, id="request-2", subject="Marina")).get_data()
    client.post("/", data=json.dumps(envelope({}, id="3", type="x.5511")), content_type=STRUCTURED)
    client.post("/", data='{"prompt": "plain"}', content_type="application/json")
    client.post("/", data="{", content_type="application/json")
    client.post("/", data=json.dumps(envelope({}, id="4")), content_type=STRUCTURED)
    response = client.get("/playground/history")
    for text in ("5511", "secret", "talk-1", "Marina", "request-", "/playground"):
        assert text not in response.text
    entries = response.get_json()[::-1]
    shown = [tuple(entry[name] for name in ("type", "agent", "status")) for entry in entries]
    assert shown == [
        (CANONICAL_REQUEST, "agent-bruno", 200),
        (CANONICAL_REQUEST, "other", 200),
        ("other", None, 204),
        (None, None, 200),
        (None, None, 400),
        (CANONICAL_REQUEST, None, 200),
    ]
    assert [entry["outcome"] for entry in entries] == [
        *("completed", "completed", "ignored", "completed", "refused"),
        "failed: invalid_request",
    ]
    first = entries[0]
    assert (first["steps"], first["backend"]) == (0, "test")
    assert 0 < first["confidence"] < 1 and first["ms"] > 0


def test_history_is_bounded() -> None:
    seconds = iter(range(10))
    history = History([], [], longest=3, clock=lambda: float(next(seconds)))
    for status in (500, 503, 429, 413, 200):
        history.note([], status, 0.002)
    entries = history.entries()
    assert [entry["outcome"] for entry in entries] == ["completed", "refused", "try again"]
    assert entries[0]["time"] == "1970-01-01T00:00:04.000+00:00"
    assert entries[0]["ms"] == 2.0


def test_batches_are_remembered_event_by_event(run: Run) -> None:
    client = open_pages(run(TRM_PLAYGROUND="true", TRM_BATCHES="true"))
    batch = [envelope({"prompt": "x"}, id=str(number)) for number in range(3)]
    kind = "application/cloudevents-batch+json"
    assert client.post("/", data=json.dumps(batch), content_type=kind).status_code == 200
    assert len(client.get("/playground/history").get_json()) == 3
