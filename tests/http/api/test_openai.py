"""OpenAI's API, asked by its official client over HTTP, and in this process."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import APIStatusError, BadRequestError, NotFoundError, OpenAI
from pydantic import BaseModel

from function.backends.registry import Member
from function.errors import ModelUnavailable
from function.events.message import HttpResponse
from function.http.routes import Routes
from function.http.wsgi import Streamed
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.adapters import Server, scripted, serve
from tests.conftest import Running
from tests.http.api.calls import JSON, call, stream, value
from tests.scripted import Call, ScriptedModel

Run = Callable[..., Running]
TOKEN = "a-token-of-sixteen"
CHAT = "/v1/chat/completions"
ASKED = {"model": "trm", "messages": [{"role": "user", "content": "Sing a song."}]}
PATIENCE = 20.0
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tell the weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
TIME = {"type": "function", "function": {"name": "get_time", "description": "Tell the time"}}
SUDOKU = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("gunicorn", scripted("gunicorn"), {"TRM_BEARER_TOKENS": TOKEN}) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=f"http://127.0.0.1:{server.port}/v1", api_key=TOKEN, max_retries=0
    ) as ours:
        server.wait_for("/health/readiness", 200)
        yield ours


def ask(running: Running, **fields: Any) -> Any:
    answer = call(running, "POST", CHAT, {**ASKED, **fields})
    assert answer.status == 200, answer
    return value(answer)


def refused(answer: HttpResponse) -> tuple[int, str | None, str]:
    error = value(answer)["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["message"] and "Traceback" not in error["message"]
    return answer.status, error["param"], error["code"]


def test_the_official_client_is_answered(client: OpenAI) -> None:
    completion = client.chat.completions.create(
        model="trm",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "hello"}]},
        ],
        temperature=0,
        seed=7,
        max_completion_tokens=20,
    )
    assert completion.choices[0].message.content == "echo: hello"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None and completion.usage.total_tokens > 0
    trm = extra_of(completion)["trm"]
    assert trm["model_name"] == "scripted" and "confidence" in trm and "checks" in trm


def extra_of(model: BaseModel) -> dict[str, Any]:
    """Return the fields that the client has no names for."""
    assert model.model_extra is not None
    return model.model_extra


def test_our_own_fields_are_taken_from_extra_body(client: OpenAI) -> None:
    completion = client.chat.completions.create(
        model="trm",
        messages=[{"role": "user", "content": "hello"}],
        extra_body={
            "checks": {"must_contain": ["Grafana"]},
            "rules": [{"expression": "answer.contains('hello')", "message": "say hello"}],
            "context": {"service": "Loki"},
            "reflection_mode": "never",
        },
    )
    checks = {each["name"]: each["passed"] for each in extra_of(completion)["trm"]["checks"]}
    assert checks["must_contain"] is False
    assert any(name.startswith("rule") and passed for name, passed in checks.items())


def test_the_official_client_gets_tokens_while_they_are_written(
    client: OpenAI, tmp_path: Path
) -> None:
    gate = tmp_path / "open"
    asked: list[Any] = [{"role": "user", "content": f"one wait:{gate} two"}]
    parts = []
    for chunk in client.chat.completions.create(model="trm", messages=asked, stream=True):
        parts.append(chunk.choices[0].delta.content or "")
        if "wait:" in parts[-1]:
            gate.touch()
    assert "".join(parts) == f"echo: one wait:{gate} two"


def test_the_official_client_streams(client: OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="trm",
            messages=[{"role": "user", "content": "one two three"}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "echo: one two three"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert extra_of(chunks[-2])["trm"]["model_name"] == "scripted"
    usage = chunks[-1].usage
    assert chunks[-1].choices == [] and usage is not None and usage.completion_tokens > 0
    assert len(chunks) > 5


def test_models_are_listed_and_found(client: OpenAI) -> None:
    names = {model.id for model in client.models.list()}
    assert {"trm", "agent-sre", "sudoku", "alert_triage"} <= names
    assert client.models.retrieve("agent-sre").id == "agent-sre"
    with pytest.raises(NotFoundError) as caught:
        client.models.retrieve("gpt-4o")
    assert caught.value.code == "model_not_found"


def test_errors_are_read_by_the_official_client(client: OpenAI, server: Server) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.chat.completions.create(
            model="trm", messages=[{"role": "user", "content": "x"}], logprobs=True
        )
    assert (caught.value.param, caught.value.code) == ("logprobs", "unsupported_parameter")
    stranger = OpenAI(
        base_url=f"http://127.0.0.1:{server.port}/v1", api_key="guess-guess-guess", max_retries=0
    )
    with stranger, pytest.raises(APIStatusError) as denied:
        stranger.models.list()
    assert denied.value.status_code == 403
    with server.client() as raw:
        unknown = raw.send("POST", CHAT, JSON, json.dumps(ASKED).encode())
    assert unknown.status == 401 and unknown.headers["www-authenticate"] == "Bearer"
    assert unknown.json()["error"]["code"] == "invalid_api_key"


def test_a_profile_is_a_model(run: Run) -> None:
    reply = ask(run(), model="agent-bruno")
    assert reply["trm"]["profile"] == "agent-bruno"


def test_a_puzzle_is_a_message_to_a_task(run: Run) -> None:
    reply = ask(run(), model="sudoku", messages=[{"role": "user", "content": SUDOKU}])
    assert reply["choices"][0]["message"]["content"].startswith("5 3 4 | 6 7 8 | 9 1 2")
    assert reply["trm"]["confidence"] == 1.0


def test_history_and_system_reach_the_model(run: Run) -> None:
    model = ScriptedModel()
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "I am Ann."},
        {"role": "assistant", "content": "Hello Ann."},
        {"role": "user", "content": "Who am I?"},
    ]
    ask(run(model), messages=messages)
    turns = [(turn.role, turn.content) for turn in model.calls[0].turns]
    assert turns[0] == ("system", "Be brief.\n\nBe kind.")
    assert turns[1:3] == [("user", "I am Ann."), ("assistant", "Hello Ann.")]
    assert turns[-1][1] == "Who am I?"


@pytest.mark.parametrize(
    "wanted",
    [
        {"type": "json_object"},
        {
            "type": "json_schema",
            "json_schema": {
                "name": "city",
                "strict": True,
                "schema": {"type": "object", "required": ["city"]},
            },
        },
    ],
)
def test_json_is_asked_for_in_openai_s_form(run: Run, wanted: dict[str, Any]) -> None:
    reply = ask(run(ScriptedModel(['{"city": "Rome"}'])), response_format=wanted)
    assert json.loads(reply["choices"][0]["message"]["content"]) == {"city": "Rome"}
    assert reply["trm"]["data"] == {"city": "Rome"}


def test_a_text_format_asks_for_nothing(run: Run) -> None:
    assert ask(run(), response_format={"type": "text"})["trm"]["data"] is None


def test_several_choices_have_seeds_of_their_own(run: Run) -> None:
    model = ScriptedModel(say=lambda call: f"seed {call.seed}")
    reply = ask(run(model), n=3, seed=5)
    texts = [choice["message"]["content"] for choice in reply["choices"]]
    assert len(set(texts)) == 3 and "seed 5" in texts
    assert [choice["index"] for choice in reply["choices"]] == [0, 1, 2]
    assert all("confidence" in choice["trm"] for choice in reply["choices"])


@pytest.mark.parametrize("seed", [-1, 2**63 - 1, 0])
def test_any_seed_is_taken(run: Run, seed: int) -> None:
    ask(run(), seed=seed)


def test_an_answer_ends_at_a_stop_text(run: Run) -> None:
    reply = ask(run(ScriptedModel(["one two END three"])), stop=["END", "###"])
    assert reply["choices"][0]["message"]["content"].strip() == "one two"
    assert reply["choices"][0]["finish_reason"] == "stop"


def test_an_answer_cut_by_its_length_says_so(run: Run) -> None:
    model = ScriptedModel(["one two"], finish_reason="length")
    reply = ask(run(model), max_tokens=2)
    assert reply["choices"][0]["finish_reason"] == "length"
    assert model.calls[0].max_tokens == 2


def test_more_tokens_than_there_are_is_told(run: Run) -> None:
    reply = ask(run(), max_tokens=100_000)
    assert any("max_tokens" in note for note in reply["trm"]["input_notes"])


def test_a_named_function_is_called_with_arguments(run: Run) -> None:
    model = ScriptedModel(['{"city": "Rome"}'])
    named = {"type": "function", "function": {"name": "get_weather"}}
    reply = ask(run(model), tools=[WEATHER, TIME], tool_choice=named)
    choice = reply["choices"][0]
    called = choice["message"]["tool_calls"][0]["function"]
    assert choice["finish_reason"] == "tool_calls" and choice["message"]["content"] is None
    assert (called["name"], json.loads(called["arguments"])) == ("get_weather", {"city": "Rome"})


def test_one_of_several_functions_is_chosen_by_likelihood(run: Run) -> None:
    def likelihood(turns: Any, text: str) -> float:
        return -0.1 if "time" in text and "song" in turns[-1].content else -5.0

    model = ScriptedModel(likelihood=likelihood)
    reply = ask(run(model), tools=[WEATHER, TIME], tool_choice="required")
    called = reply["choices"][0]["message"]["tool_calls"][0]["function"]
    assert called == {"name": "get_time", "arguments": "{}"}
    assert reply["trm"]["choice"] == "get_time"


def test_arguments_that_are_no_json_are_shown_as_they_are(run: Run) -> None:
    named = {"type": "function", "function": {"name": "get_weather"}}
    reply = ask(run(ScriptedModel(["Rome"])), tools=[WEATHER], tool_choice=named)
    called = reply["choices"][0]["message"]["tool_calls"][0]["function"]
    assert called["arguments"] == "Rome"
    assert not all(check["passed"] for check in reply["trm"]["checks"])


def test_a_call_is_streamed(run: Run) -> None:
    named = {"type": "function", "function": {"name": "get_weather"}}
    model = ScriptedModel(['{"city": "Rome"}'])
    body = {**ASKED, "stream": True, "tools": [WEATHER], "tool_choice": named}
    _, pieces = stream(run(model), CHAT, body)
    told = [json.loads(piece[6:]) for piece in pieces if piece.startswith(b"data: {")]
    calls = [
        each["choices"][0]["delta"]["tool_calls"][0]
        for each in told
        if "tool_calls" in each["choices"][0]["delta"]
    ]
    assert calls[0]["index"] == 0 and calls[0]["function"]["name"] == "get_weather"
    assert pieces[-1] == b"data: [DONE]\n\n"


def test_steps_are_streamed_where_they_are_asked_for(run: Run) -> None:
    model = ScriptedModel(["another", "the word is Loki"])
    checks = {"must_contain": ["Loki"]}
    body = {**ASKED, "stream": True, "emit_steps": True, "checks": checks}
    _, pieces = stream(run(model), CHAT, body)
    first = json.loads(pieces[0][6:])
    assert first["trm"]["step"]["accepted"] is True
    assert first["choices"][0]["delta"] == {}


IMAGE = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"top_p": 0.5}, "top_p"),
        ({"frequency_penalty": 1}, "frequency_penalty"),
        ({"presence_penalty": 0.1}, "presence_penalty"),
        ({"logprobs": True}, "logprobs"),
        ({"logit_bias": {"1": 5}}, "logit_bias"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"functions": [{"name": "x"}]}, "functions"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"tools": [WEATHER]}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": "auto"}, "tool_choice"),
        ({"messages": [{"role": "user", "content": IMAGE}]}, "messages.0.content.0.type"),
        (
            {"messages": [{"role": "tool", "content": "x", "tool_call_id": "1"}]},
            "messages.0.role",
        ),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    run: Run, fields: dict[str, Any], param: str
) -> None:
    answer = call(run(), "POST", CHAT, {**ASKED, **fields})
    assert refused(answer) == (400, param, "unsupported_parameter")


@pytest.mark.parametrize(
    "fields",
    [
        {"top_p": 1},
        {"logprobs": False},
        {"presence_penalty": 0.0},
        {"functions": []},
        {"modalities": ["text"]},
        {"tools": [], "tool_choice": "none"},
        {"tools": [WEATHER], "tool_choice": "none"},
        {"user": "u", "store": False, "metadata": {}},
        {"temperature": None, "stop": None, "tools": None, "max_tokens": None},
    ],
)
def test_what_asks_for_nothing_is_taken(run: Run, fields: dict[str, Any]) -> None:
    assert ask(run(), **fields)["trm"]["input_notes"] == []


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "user"}]}, "prompt"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"model": ""}, "model"),
        ({"model": 5}, "model"),
        ({"n": 0}, "n"),
        ({"n": 99}, "n"),
        ({"seed": "7"}, "seed"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"checks": {"must_include": ["x"]}}, "checks.must_include"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}},
         "response_format.json_schema.schema"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [WEATHER, WEATHER], "tool_choice": "required"}, "tools"),
        ({"strict": True, "no_such_field": 1}, "no_such_field"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(run: Run, fields: dict[str, Any], param: str) -> None:
    status, found, _ = refused(call(run(), "POST", CHAT, {**ASKED, **fields}))
    assert status == 400
    assert found is not None and found.startswith(param), found


def test_an_unknown_field_is_noted(run: Run) -> None:
    notes = ask(run(), no_such_field=1, model="agent-bruno")["trm"]["input_notes"]
    assert any("no_such_field" in note for note in notes)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"model": "trm", "messages": [], "seed": NaN}', 400),
        (b'{"model": "\\ud800", "messages": [{"role": "user", "content": "x"}]}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b" " * 2_000_000, 413),
        (json.dumps({**ASKED, "model": "x" * 100_000}).encode(), 400),
        (json.dumps({**ASKED, "model": "x\r\ny\u202e"}).encode(), 404),
        (json.dumps({**ASKED, "messages": [{"role": "user", "content": "x" * 70_000}]}).encode(),
         400),
        (json.dumps({**ASKED, "messages": [ASKED["messages"][0]] * 500}).encode(), 400),
    ],
)  # fmt: skip
def test_hostile_bodies_are_refused_in_one_line(run: Run, body: bytes, status: int) -> None:
    assert refused(call(run(), "POST", CHAT, body))[0] == status


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "application/xml", "application/json; charset=utf-16",
     "application/x-www-form-urlencoded", "nonsense", "multipart/form-data; boundary=x"],
)  # fmt: skip
def test_other_content_types_are_refused(run: Run, kind: str | None) -> None:
    headers = [] if kind is None else [("Content-Type", kind)]
    assert refused(call(run(), "POST", CHAT, ASKED, headers))[0] == 415


def test_a_compressed_body_is_refused(run: Run) -> None:
    headers = [*JSON, ("content-encoding", "gzip")]
    assert refused(call(run(), "POST", CHAT, ASKED, headers))[0] == 415


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", CHAT, 405),
        ("HEAD", CHAT, 405),
        ("DELETE", CHAT, 405),
        ("OPTIONS", CHAT, 405),
        ("POST", "/v1/models", 405),
        ("DELETE", "/v1/models/trm", 405),
        ("GET", "/v1/models/none", 404),
        ("GET", "/v1/", 404),
        ("POST", "/v1/embeddings", 404),
        ("POST", "/v1/completions", 404),
        ("PATCH", "/v1/%0d%0aset-cookie: x", 404),
        ("GET", "/v1/../metrics", 404),
        ("GET", "/v1/chat/completions/", 404),
    ],
)
def test_other_paths_and_methods_get_one_line(
    run: Run, method: str, path: str, status: int
) -> None:
    answer = call(run(), method, path)
    assert refused(answer)[0] == status
    assert ("allow" in dict(answer.headers)) == (status == 405)


def test_what_has_to_be_sent_again_says_when(run: Run) -> None:
    asked: list[Call] = []

    def down(call: Call) -> str:
        asked.append(call)
        if len(asked) > 1:
            raise ModelUnavailable("no route", 7)
        return "ready"

    running = run(ScriptedModel(say=down))
    answer = call(running, "POST", CHAT, ASKED)
    assert refused(answer) == (503, None, "unavailable")
    assert int(dict(answer.headers)["retry-after"]) >= 1
    streamed = call(running, "POST", CHAT, {**ASKED, "stream": True})
    assert refused(streamed)[0] == 503
    running.service.drain()
    assert refused(call(running, "POST", CHAT, ASKED))[0] == 503


def test_a_bug_shows_no_insides(run: Run) -> None:
    def broken(call: Call) -> str:
        if call.turns[-1].content == "Sing a song.":
            raise RuntimeError("/srv/secret")
        return "ready"

    for streamed in (False, True):
        running = run(ScriptedModel(say=broken))
        answer = call(running, "POST", CHAT, {**ASKED, "stream": streamed})
        assert refused(answer) in [(500, None, "internal_error"), (503, None, "unavailable")]
        assert b"/srv" not in answer.body


@pytest.mark.slow
def test_a_client_that_goes_away_ends_its_work() -> None:
    noticed = threading.Event()

    class Endless(ScriptedModel):
        def generate(self, turns: Any, **options: Any) -> Any:
            deadline = options["deadline"]
            waits = threading.Event()
            if turns[-1].content == "Sing a song.":
                for _ in range(4_000):
                    if deadline.passed:
                        noticed.set()
                        break
                    waits.wait(0.005)
            return super().generate(turns, **options)

    model = Endless()
    service = Service(
        load_settings({}), [Member("test", lambda: model)], Log("ERROR", io.StringIO())
    )
    service.start()
    try:
        assert service.chain.wait(PATIENCE)
        body = json.dumps({**ASKED, "stream": True}).encode()
        answer = Routes(service).answer("POST", CHAT, JSON, body)
        assert isinstance(answer, Streamed)
        assert next(iter(answer.pieces)).startswith(b":")
        answer.close()
        assert noticed.wait(PATIENCE)
    finally:
        service.close()


def test_requests_are_counted_by_their_route(run: Run) -> None:
    running = run()
    ask(running)
    call(running, "GET", "/v1/models/no-such-model-of-mine")
    text = running.service.metrics.exposition().decode()
    assert 'http_route="/v1/chat/completions"' in text
    assert "no-such-model" not in text
