"""Text that is sent while it is written: which, when, and what happens if it cannot go on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from function.errors import ModelUnavailable
from function.http.routes import Routes
from function.http.wsgi import Streamed
from function.pipeline.inference import NOT_REFINED
from tests.conftest import Running
from tests.http.api.calls import JSON, PATIENCE, running_on, stream
from tests.scripted import STREAMS, ScriptedModel

Run = Callable[..., Running]
CHAT = "/v1/chat/completions"
TEXT = "one two three four"
ASKED = [{"role": "user", "content": "Sing a song."}]


def events(pieces: list[bytes]) -> list[Any]:
    """Return the events of a stream, without its comments and its end."""
    lines = b"".join(pieces).decode().splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]


def deltas(pieces: list[bytes]) -> list[str]:
    found = [
        each["choices"][0]["delta"].get("content") for each in events(pieces) if "choices" in each
    ]
    return [text for text in found if text]


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "trm", "messages": ASKED, "stream": True, **fields}


def gated(text: str = TEXT) -> tuple[ScriptedModel, threading.Event]:
    """Return a model that goes on behind its first piece when the event is set."""
    go_on = threading.Event()

    def between(piece: str) -> None:
        assert go_on.wait(PATIENCE)

    return ScriptedModel([text], abilities=STREAMS, between=between), go_on


def first_then_all(running: Running, path: str, asked: Any, go_on: threading.Event) -> Any:
    """Return the first piece, which came before the model was let go on, and all of them."""
    answer = Routes(running.service).answer("POST", path, JSON, json.dumps(asked).encode())
    assert isinstance(answer, Streamed), answer
    pieces = iter(answer.pieces)
    first = next(pieces)
    assert not go_on.is_set()
    go_on.set()
    whole = [first, *pieces]
    answer.close()
    return first, whole


def test_tokens_are_sent_while_the_answer_is_written(run: Run) -> None:
    model, go_on = gated()
    first, whole = first_then_all(run(model), CHAT, body(), go_on)
    (begun,) = events([first])
    assert begun["choices"][0]["delta"] == {"role": "assistant", "content": "one"}
    assert deltas(whole) == ["one", " two", " three", " four"]
    roles = [each["choices"][0]["delta"].get("role") for each in events(whole)]
    assert roles.count("assistant") == 1
    last = events(whole)[-1]
    assert last["choices"][0]["finish_reason"] == "stop"
    assert (last["trm"]["stop_reason"], last["trm"]["input_notes"]) == ("never", [])


@pytest.mark.parametrize(
    ("path", "asked", "name"),
    [
        ("/api/generate", {"model": "trm", "prompt": "Sing a song."}, "response"),
        ("/api/chat", {"model": "trm", "messages": ASKED}, "message"),
    ],
)
def test_so_are_those_of_ollama_s_api(run: Run, path: str, asked: Any, name: str) -> None:
    model, go_on = gated()
    first, whole = first_then_all(run(model), path, asked, go_on)
    lines = [json.loads(line) for line in b"".join(whole).splitlines()]
    texts = [line[name] if name == "response" else line[name]["content"] for line in lines]
    assert json.loads(first)[name] in ("one", {"role": "assistant", "content": "one"})
    assert [text for text in texts if text] == ["one", " two", " three", " four"]
    assert lines[-1]["done"] is True


SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}


@pytest.mark.parametrize(
    "fields",
    [
        {"checks": {"must_contain": ["one"]}},
        {"rules": [{"expression": "answer != ''", "message": "say something"}]},
        {"response_format": SCHEMA},
        {"samples": 2},
        {"max_reflection_steps": 2},
        {"reflection_mode": "auto"},
        {"reflection_mode": "always", "max_reflection_steps": 1},
        {"model": "agent-bruno"},
        {"n": 2},
    ],
)
def test_what_can_be_replaced_is_sent_when_it_is_settled(run: Run, fields: Any) -> None:
    written = threading.Event()
    model = ScriptedModel(
        ['{"a": 1}' if "response_format" in fields else TEXT],
        abilities=STREAMS,
        between=lambda piece: written.set(),
    )
    _, pieces = stream(run(model), CHAT, body(**fields))
    assert deltas(pieces) and not written.is_set(), "no text was listened to"


@pytest.mark.parametrize(
    "fields",
    [
        {"reflection_mode": "never", "max_reflection_steps": 3},
        {"max_reflection_steps": 0},
        {"max_steps": 0},
        {"context": {"loki": "up"}, "temperature": 0, "stop": ["three"]},
    ],
)
def test_what_cannot_be_replaced_is_sent_at_once(run: Run, fields: Any) -> None:
    written: list[str] = []
    model = ScriptedModel([TEXT], abilities=STREAMS, between=written.append)
    _, pieces = stream(run(model), CHAT, body(**fields))
    assert written
    assert "".join(deltas(pieces)) == ("one two" if "stop" in fields else TEXT)


def test_a_basic_check_that_fails_is_told_and_not_mended(run: Run) -> None:
    looping = "la la " * 30
    running = run(ScriptedModel([looping, "fine"], abilities=STREAMS))
    _, pieces = stream(running, CHAT, body())
    told = events(pieces)[-1]["trm"]
    assert "".join(deltas(pieces)) == looping.strip()
    assert [check["name"] for check in told["checks"] if not check["passed"]] == ["no_repetition"]
    assert NOT_REFINED in told["input_notes"] and told["reflection_steps"] == 0
    # Unstreamed, or with reflection asked for, it is refined.
    running = run(ScriptedModel([looping, "fine"], abilities=STREAMS))
    _, pieces = stream(running, CHAT, body(reflection_mode="auto"))
    assert "".join(deltas(pieces)) == "fine"


def test_a_model_that_does_not_stream_is_answered_in_pieces_at_the_end(run: Run) -> None:
    running = run(ScriptedModel([TEXT]))
    _, pieces = stream(running, CHAT, body())
    assert "".join(deltas(pieces)) == TEXT


def test_an_answer_that_breaks_off_ends_with_an_error(run: Run) -> None:
    def between(piece: str) -> None:
        if piece.strip() == "two":
            raise ModelUnavailable("the server is gone", 5)

    running = run(ScriptedModel([TEXT, "another"], abilities=STREAMS, between=between))
    _, pieces = stream(running, CHAT, body())
    *texts, error = events(pieces)
    assert "".join(each["choices"][0]["delta"]["content"] for each in texts) == "one two"
    assert error["error"]["code"] == "unavailable"
    assert "another" not in b"".join(pieces).decode()


def test_no_other_member_goes_on_with_what_one_began() -> None:
    def between(piece: str) -> None:
        if piece.strip() == "two":
            raise ModelUnavailable("the server is gone", 5)

    models = [
        ScriptedModel([TEXT], abilities=STREAMS, between=between),
        ScriptedModel(["another answer"], abilities=STREAMS),
    ]
    with running_on(*models) as running:
        _, pieces = stream(running, CHAT, body())
        assert "".join(deltas(pieces)) == "one two"
        assert events(pieces)[-1]["error"]["message"] == "the answer broke off"
        assert not models[1].calls
        # Nothing is sent early of an answer that can be replaced: the next member gives one.
        _, pieces = stream(running, CHAT, body(max_reflection_steps=1))
        assert "".join(deltas(pieces)) in (TEXT, "another answer")
