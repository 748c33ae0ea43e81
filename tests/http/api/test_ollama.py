"""Ollama's API, asked by its client over HTTP, and in this process as agents ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ollama import Client, ResponseError

from tests.adapters import Server, scripted, serve
from tests.conftest import Running
from tests.http.api.calls import JSON, call, stream, value
from tests.scripted import ScriptedModel

Run = Callable[..., Running]
FORM = [("content-type", "application/x-www-form-urlencoded")]
SONG = [{"role": "user", "content": "sing a song"}]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("gunicorn", scripted("gunicorn")) as running:
        running.wait_for("/health/readiness", 200)
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    ours = Client(host=f"http://127.0.0.1:{server.port}")
    yield ours
    ours._client.close()


def generate(running: Running, **fields: Any) -> Any:
    body = {"model": "trm", "prompt": "sing a song", "stream": False, **fields}
    answer = call(running, "POST", "/api/generate", body)
    assert answer.status == 200, answer
    return value(answer)


def chat(running: Running, **fields: Any) -> Any:
    body = {"model": "trm", "messages": SONG, "stream": False, **fields}
    answer = call(running, "POST", "/api/chat", body)
    assert answer.status == 200, answer
    return value(answer)


def test_the_client_generates(client: Client) -> None:
    options = {"temperature": 0, "num_predict": 20, "seed": 3}
    reply = client.generate(
        "trm", "sing a song", system="Be brief.", options=options, keep_alive="5m"
    )
    assert reply.response == "echo: sing a song"
    assert reply.done and reply.done_reason == "stop"
    assert reply.eval_count and reply.prompt_eval_count and reply.total_duration is not None


def test_the_client_chats_and_streams(client: Client) -> None:
    assert client.chat("trm", SONG).message.content == "echo: sing a song"
    parts = list(client.chat("trm", SONG, stream=True))
    assert "".join(part.message.content or "" for part in parts) == "echo: sing a song"
    assert [part.done for part in parts].index(True) == len(parts) - 1
    written = list(client.generate("trm", "one two", stream=True))
    assert "".join(part.response or "" for part in written) == "echo: one two"
    assert written[-1].done_reason == "stop" and written[-1].eval_count


def test_the_client_lists_and_shows(client: Client) -> None:
    names = {model.model for model in client.list().models}
    assert {"trm", "agent-sre", "sudoku", "llama3.2:3b"} <= names
    assert client.show("agent-sre").capabilities == ["completion"]
    assert client.ps().models == []
    with pytest.raises(ResponseError) as caught:
        client.show("no-such-model")
    assert caught.value.status_code == 404


def test_errors_are_read_by_the_client(client: Client) -> None:
    with pytest.raises(ResponseError) as caught:
        client.generate("trm", "sing a song", images=[b"\x89PNG\r\n\x1a\n"])
    assert caught.value.status_code == 400 and "images" in caught.value.error
    with pytest.raises(ResponseError) as caught:
        client.generate("agent-sree", "sing a song")
    assert caught.value.status_code == 404 and "agent-sre" in caught.value.error


def test_an_agent_s_call_is_answered_as_it_is(run: Run) -> None:
    reply = generate(
        run(),
        model="llama3.2:3b",
        options={"temperature": 0.7, "top_p": 0.9, "num_predict": 1024},
    )
    assert reply["response"] == "done" and reply["model"] == "llama3.2:3b"
    assert reply["prompt_eval_count"] + reply["eval_count"] > 0
    assert any("top_p" in note for note in reply["trm"]["input_notes"])


def test_a_model_that_is_not_here_is_answered_by_the_default_and_told(run: Run) -> None:
    running = run()
    reply = generate(running, model="deepseek-coder-v2:33b")
    assert any("deepseek-coder-v2:33b" in note for note in reply["trm"]["input_notes"])
    for fields in ({"model": "agent-bruna"}, {"model": "gpt-4o", "strict": True}):
        body = {"prompt": "sing a song", "stream": False, **fields}
        answer = call(running, "POST", "/api/generate", body)
        assert answer.status == 404 and "does not exist" in value(answer)["error"]


@pytest.mark.parametrize("name", ["agent-bruno", "agent-bruno:latest"])
def test_a_profile_is_a_model(run: Run, name: str) -> None:
    assert chat(run(), model=name)["trm"]["profile"] == "agent-bruno"


def test_the_restaurant_s_template_is_read_out_of_its_prompt(run: Run) -> None:
    system = 'Respond with JSON: {"action": "greet|seat", "greeting": "..."}'
    model = ScriptedModel(['{"action": "greet", "greeting": "Welcome"}'])
    prompt = 'Context: {"partySize": 2}\n\nUser Request: We are here.\n\nUse JSON format.'
    reply = generate(run(model), prompt=prompt, system=system)
    assert json.loads(reply["response"])["action"] == "greet"
    assert reply["trm"]["data"] == {"action": "greet", "greeting": "Welcome"}


@pytest.mark.parametrize(
    "wanted", ["json", {"type": "object", "properties": {"a": {"type": "integer"}}}]
)
def test_json_is_asked_for_by_format(run: Run, wanted: object) -> None:
    reply = chat(run(ScriptedModel(['{"a": 1}'])), format=wanted)
    assert json.loads(reply["message"]["content"]) == {"a": 1}


@pytest.mark.parametrize("number", [-1, -2])
def test_endless_answers_have_the_usual_limit(run: Run, number: int) -> None:
    model = ScriptedModel()
    generate(run(model), options={"num_predict": number})
    assert model.calls[0].max_tokens > 100


def test_an_answer_ends_at_a_stop_text(run: Run) -> None:
    reply = generate(run(ScriptedModel(["one two END"])), options={"stop": ["END"]})
    assert reply["response"].strip() == "one two"


def test_our_own_fields_are_taken(run: Run) -> None:
    checks = {"must_contain": ["Loki"]}
    reply = chat(run(), checks=checks, context={"a": 1}, reflection_mode="never")
    assert reply["trm"]["checks"][0]["passed"] is False
    earlier = generate(run(), context=[1, 2, 3])
    assert any("context" in note for note in earlier["trm"]["input_notes"])


def test_streaming_is_the_default(run: Run) -> None:
    streamed, pieces = stream(run(), "/api/chat", {"model": "trm", "messages": SONG})
    assert dict(streamed.headers)["content-type"] == "application/x-ndjson"
    lines = [json.loads(piece) for piece in pieces]
    assert [line["done"] for line in lines] == [False, True]
    assert lines[-1]["message"] == {"role": "assistant", "content": ""} and "trm" in lines[-1]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/generate", {"model": "trm"}), ("/api/chat", {"model": "trm", "messages": []})],
)
def test_nothing_asked_loads_the_model(run: Run, path: str, body: object) -> None:
    model = ScriptedModel()
    reply = value(call(run(model), "POST", path, body))
    assert reply["done"] is True and reply["done_reason"] == "load" and not model.calls


@pytest.mark.parametrize(
    ("path", "fields", "named"),
    [
        ("/api/generate", {"images": ["AA=="]}, "images"),
        ("/api/generate", {"suffix": "x"}, "suffix"),
        ("/api/generate", {"raw": True}, "raw"),
        ("/api/generate", {"template": "x"}, "template"),
        ("/api/generate", {"think": True}, "think"),
        ("/api/generate", {"format": "yaml"}, "format"),
        ("/api/generate", {"format": {"type": "no such type"}}, "format"),
        ("/api/generate", {"prompt": 5}, "prompt"),
        ("/api/generate", {"prompt": "x" * 70_000}, "prompt"),
        ("/api/generate", {"options": []}, "options"),
        ("/api/generate", {"options": {"temperature": 9}}, "options.temperature"),
        ("/api/generate", {"options": {"num_predict": "x"}}, "options.num_predict"),
        ("/api/generate", {"options": {"mirostat": 1}, "strict": True}, "options.mirostat"),
        ("/api/generate", {"model": None}, "model"),
        ("/api/generate", {"stream": "no"}, "stream"),
        ("/api/chat", {"tools": [{"type": "function"}]}, "tools"),
        ("/api/chat", {"messages": [{"role": "user", "content": "x", "images": ["AA=="]}]},
         "messages.0.images"),
        ("/api/chat", {"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ("/api/chat", {"messages": [{"role": "x", "content": "x"}]}, "messages.0.role"),
        ("/api/show", {}, "model"),
        ("/api/show", {"model": 5}, "model"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_by_name(
    run: Run, path: str, fields: dict[str, Any], named: str
) -> None:
    asked: dict[str, dict[str, Any]] = {
        "/api/generate": {"prompt": "x"},
        "/api/chat": {"messages": SONG},
        "/api/show": {},
    }
    body = {"model": "trm", **asked[path], **fields}
    if path == "/api/show":
        body = fields
    answer = call(run(), "POST", path, body)
    assert answer.status == 400
    assert value(answer).keys() == {"error"} and named in value(answer)["error"]


@pytest.mark.parametrize("path", ["/api/generate", "/api/chat", "/api/show"])
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"model": NaN}', b'"x"', b"7"]
)
def test_hostile_bodies_are_refused_in_one_line(run: Run, path: str, body: bytes) -> None:
    answer = call(run(), "POST", path, body)
    assert answer.status == 400 and value(answer)["error"]


def test_curl_s_own_content_type_is_taken_from_programs_only(run: Run) -> None:
    running = run()
    body = {"model": "trm", "prompt": "sing a song", "stream": False}
    assert call(running, "POST", "/api/generate", body, FORM).status == 200
    page = [*FORM, ("origin", "http://elsewhere.example")]
    assert call(running, "POST", "/api/generate", body, page).status == 415
    assert call(running, "POST", "/api/generate", body, [("content-type", "x")]).status == 415


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/tags", 200),
        ("HEAD", "/api/version", 200),
        ("GET", "/api/generate", 405),
        ("DELETE", "/api/tags", 405),
        ("POST", "/api/pull", 404),
        ("POST", "/api/embed", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/tags/x", 404),
    ],
)
def test_paths_and_methods(run: Run, method: str, path: str, status: int) -> None:
    answer = call(run(), method, path)
    assert answer.status == status
    assert value(answer)


def test_a_token_is_required_where_the_settings_name_one(run: Run) -> None:
    running = run(TRM_BEARER_TOKENS="a-token-of-sixteen")
    assert call(running, "GET", "/api/tags").status == 401
    known = [*JSON, ("authorization", "Bearer a-token-of-sixteen")]
    assert call(running, "GET", "/api/tags", None, known).status == 200
