"""Ollama's chat API (https://docs.ollama.com/api/chat): what is its alone."""

from __future__ import annotations

import json

import httpx
import pytest

from function.errors import ModelUnavailable
from function.models.base import Tokens
from function.models.ollama import OllamaModel
from function.models.remote import Network
from tests.models.servers import APIS, Server, answer, generate, ollama_answer

OLLAMA = next(api for api in APIS if api.name == "ollama")
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


def hello(request: httpx.Request) -> httpx.Response:
    return answer(*ollama_answer("Hello"))


def test_what_is_asked() -> None:
    server = Server(OLLAMA, [hello])
    model = server.open()
    generate(model, schema=SCHEMA)
    request = server.requests[-1]
    assert (request.method, str(request.url)) == ("POST", "http://ollama:11434/api/chat")
    assert server.sent == {
        "model": "llama3.2:3b",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Hello!"},
        ],
        "stream": True,
        "keep_alive": "5m",
        "logprobs": True,
        "format": SCHEMA,
        "options": {"temperature": 0.3, "num_predict": 64, "num_ctx": 4_096, "seed": 7},
    }
    generate(model, seed=None)
    assert "seed" not in server.sent["options"]
    assert "format" not in server.sent
    model.close()


def test_the_model_is_asked_for_at_the_start_and_kept_as_wished() -> None:
    shown: list[httpx.Request] = []

    def show(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/chat":
            assert json.loads(request.content)["keep_alive"] == "24h"
            return hello(request)
        shown.append(request)
        info = {"model_info": {"llama.context_length": 2_048, "llama.block_count": 5}}
        return httpx.Response(200, json=info)

    network = Network(httpx.MockTransport(show))
    model = OllamaModel("http://o:1", "m", window=4_096, keep_alive="24h", network=network)
    assert [request.url.path for request in shown] == ["/api/show"]
    assert json.loads(shown[0].content) == {"model": "m"}
    assert model.window == 2_048
    assert generate(model).text == "Hello"
    model.close()


@pytest.mark.parametrize("shown", [{}, [], {"model_info": None}, {"model_info": {"a": 1}}])
def test_a_server_that_does_not_tell_the_window(shown: object) -> None:
    network = Network(httpx.MockTransport(lambda request: httpx.Response(200, json=shown)))
    model = OllamaModel("http://o:1", "m", window=4_096, network=network)
    assert model.window == 4_096
    model.close()


def test_an_older_server_tells_no_log_probabilities_and_no_cached_prompt() -> None:
    parts = [json.loads(line) for line in ollama_answer("Hello")]
    for part in parts:
        for name in ("logprobs", "prompt_eval_count"):
            part.pop(name, None)
    lines = [json.dumps(part).encode() + b"\n" for part in parts]
    server = Server(OLLAMA, [lambda request: answer(*lines)])
    model = server.open()
    said = generate(model)
    assert (said.log_probabilities, said.tokens) == (None, Tokens(0, 10, 0))
    model.close()


def test_an_error_inside_the_answer() -> None:
    begun = ollama_answer("Once")[0]
    server = Server(OLLAMA, [lambda request: answer(begun, b'{"error": "secret"}\n')])
    model = server.open()
    with pytest.raises(ModelUnavailable, match="gave up") as failure:
        generate(model)
    assert "secret" not in str(failure.value)
    model.close()


def test_a_server_without_the_model() -> None:
    refusal = httpx.Response(404, json={"error": "model 'm' not found"})
    network = Network(httpx.MockTransport(lambda request: refusal))
    with pytest.raises(ModelUnavailable, match="does not have the model m") as failure:
        OllamaModel("http://o:1", "m", window=4_096, network=network)
    assert failure.value.cause == "NoSuchModel"
