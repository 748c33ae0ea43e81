"""Ollama's chat API, answered as its documentation shows (https://docs.ollama.com/api/chat)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from function.deadline import Deadline
from function.errors import ModelRefused, ModelUnavailable
from function.models.base import Generation, Tokens, Turn
from function.models.ollama import OllamaModel

SHOWN = {
    "details": {"format": "gguf", "family": "llama", "parameter_size": "3.2B"},
    "capabilities": ["completion", "tools"],
}
ANSWERED = {
    "model": "llama3.2:3b",
    "created_at": "2023-12-12T14:13:43.416799Z",
    "message": {"role": "assistant", "content": "Hello! How are you today?"},
    "done": True,
    "done_reason": "stop",
    "total_duration": 5191566416,
    "load_duration": 2154458,
    "prompt_eval_count": 26,
    "prompt_eval_duration": 383809000,
    "eval_count": 298,
    "eval_duration": 4799921000,
}
TURNS = [Turn("system", "Be kind."), Turn("user", "Hello!")]

Responder = Callable[[httpx.Request], httpx.Response]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """An Ollama server that keeps what it was sent."""

    def __init__(self, chat: Responder) -> None:
        self.requests: list[httpx.Request] = []
        self._chat = chat

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path == "/api/show":
            return httpx.Response(200, json=SHOWN)
        return self._chat(request)

    @property
    def sent(self) -> dict[str, Any]:
        """The body of the last request."""
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        return body


Connect = Callable[[Responder], tuple[OllamaModel, Server]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    opened: list[OllamaModel] = []

    def open_(chat: Responder) -> tuple[OllamaModel, Server]:
        server = Server(chat)
        transport = httpx.MockTransport(server)
        model = OllamaModel("http://ollama:11434", "llama3.2:3b", window=4_096, transport=transport)
        opened.append(model)
        return model, server

    yield open_
    for model in opened:
        model.close()


def answering(**changes: object) -> Responder:
    return lambda request: httpx.Response(200, json={**ANSWERED, **changes})


def generate(model: OllamaModel, **options: Any) -> Generation:
    given: dict[str, Any] = {
        "max_tokens": 64,
        "temperature": 0.3,
        "seed": 7,
        "deadline": Deadline.after(60),
    }
    return model.generate(TURNS, **{**given, **options})


def test_an_answer(connect: Connect) -> None:
    model, server = connect(answering())
    said = generate(model)
    assert said == Generation("Hello! How are you today?", "stop", Tokens(26, 298, 0), None)
    request = server.requests[-1]
    assert (request.method, str(request.url)) == ("POST", "http://ollama:11434/api/chat")
    assert server.sent["model"] == "llama3.2:3b"
    assert server.sent["stream"] is False
    assert server.sent["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello!"},
    ]
    options = server.sent["options"]
    assert (options["temperature"], options["num_predict"], options["seed"]) == (0.3, 64, 7)
    assert "format" not in server.sent


def test_the_model_is_asked_for_at_the_start(connect: Connect) -> None:
    _, server = connect(answering())
    assert server.requests[0].url.path == "/api/show"
    assert server.sent == {"model": "llama3.2:3b"}


def test_a_schema_is_handed_on(connect: Connect) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    model, server = connect(answering(message={"role": "assistant", "content": '{"age": 22}'}))
    assert generate(model, schema=schema).text == '{"age": 22}'
    assert server.sent["format"] == schema


def test_without_a_seed_none_is_sent(connect: Connect) -> None:
    model, server = connect(answering())
    generate(model, seed=None)
    assert "seed" not in server.sent["options"]


def test_an_answer_cut_by_its_length(connect: Connect) -> None:
    model, _ = connect(answering(done_reason="length"))
    assert generate(model).finish_reason == "length"


def test_a_cached_prompt_has_no_count(connect: Connect) -> None:
    answer = {key: value for key, value in ANSWERED.items() if key != "prompt_eval_count"}
    model, _ = connect(lambda request: httpx.Response(200, json=answer))
    assert generate(model).tokens == Tokens(0, 298, 0)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ModelRefused),
        (404, ModelUnavailable),
        (429, ModelUnavailable),
        (500, ModelUnavailable),
        (502, ModelUnavailable),
        (503, ModelUnavailable),
    ],
)
def test_an_error_of_the_server(connect: Connect, status: int, error: type[Exception]) -> None:
    body = {"error": "secret words of the prompt"}
    model, _ = connect(lambda request: httpx.Response(status, json=body))
    with pytest.raises(error) as failure:
        generate(model)
    assert type(failure.value) is error
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("closed"),
        httpx.ReadTimeout("slow"),
    ],
)
def test_a_broken_connection(connect: Connect, fault: httpx.HTTPError) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise fault

    model, _ = connect(fail)
    with pytest.raises(ModelUnavailable, match=type(fault).__name__):
        generate(model)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>gateway</html>",
        b"[]",
        b"null",
        b"{}",
        b'{"message": "hello"}',
        b'{"message": {}}',
        b'{"message": {"role": "assistant", "content": null}}',
        b'{"message": {"role": "assistant", "content": 5}}',
        b'{"message": {"role": "assistant", "content": "x"}, "eval_count": "many"}',
    ],
)
def test_an_answer_that_is_none(connect: Connect, body: bytes) -> None:
    model, _ = connect(lambda request: httpx.Response(200, content=body))
    with pytest.raises(ModelUnavailable, match="no answer"):
        generate(model)


def test_the_deadline_is_the_time_it_waits(connect: Connect) -> None:
    clock = Clock()
    model, server = connect(answering())
    generate(model, deadline=Deadline.after(7.5, clock))
    assert server.requests[-1].extensions["timeout"]["read"] == 7.5


def test_a_deadline_that_passes_is_no_failure_of_the_server(connect: Connect) -> None:
    clock = Clock()

    def sleep(request: httpx.Request) -> httpx.Response:
        clock.now += 8
        raise httpx.ReadTimeout("timed out", request=request)

    model, _ = connect(sleep)
    said = generate(model, deadline=Deadline.after(7.5, clock))
    assert (said.text, said.finish_reason) == ("", "deadline")


def test_a_server_without_the_model() -> None:
    transport = httpx.MockTransport(
        lambda request: httpx.Response(404, json={"error": "model 'llama3.2:3b' not found"})
    )
    with pytest.raises(ModelUnavailable, match=r"does not have the model llama3\.2:3b"):
        OllamaModel("http://ollama:11434", "llama3.2:3b", window=4_096, transport=transport)


def test_a_server_that_is_not_there() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(ModelUnavailable, match="cannot be reached: ConnectError"):
        OllamaModel("http://o:1", "m", window=4_096, transport=httpx.MockTransport(fail))


def test_it_does_not_pretend_to_score(connect: Connect) -> None:
    model, _ = connect(answering())
    assert not model.abilities.scoring and not model.abilities.log_probabilities
    with pytest.raises(ModelRefused):
        model.score(TURNS, ["a"], Deadline.after(1))


def test_tokens_are_estimated_with_caution(connect: Connect) -> None:
    model, _ = connect(answering())
    assert model.count_tokens("") >= 0
    assert model.count_tokens("word " * 100) >= 100
