"""Ollama's chat API (https://docs.ollama.com/api/chat): what is its alone."""

from __future__ import annotations

import json
from functools import partial

import httpx
import pytest

from function.backends.base import Tokens, Turn
from function.backends.hosted.client import Network
from function.backends.hosted.ollama import OllamaModel
from function.deadline import Deadline
from function.errors import ModelUnavailable, PromptTooLong
from tests.backends.servers import APIS, Responder, Server, answer, generate, ollama_answer

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


@pytest.mark.parametrize(
    ("setting", "sent"), [("-1", -1), ("300", 300), ("0", 0), ("-1m", "-1m"), ("1h", "1h")]
)
def test_a_bare_number_of_seconds_is_sent_as_one(setting: str, sent: object) -> None:
    server = Server(OLLAMA, [hello])
    model = OllamaModel("http://o", "m", window=512, keep_alive=setting, network=server.network)
    generate(model)
    assert server.sent["keep_alive"] == sent
    assert type(server.sent["keep_alive"]) is type(sent)
    model.close()


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/api", "/api/chat", "/v1/chat/completions", "/"])
@pytest.mark.parametrize("base", ["http://o:1", "http://o:1/behind"])
def test_an_address_that_goes_on_with_an_api(base: str, path: str) -> None:
    urls: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        return hello(request) if request.url.path.endswith("chat") else httpx.Response(200, json={})

    network = Network(httpx.MockTransport(respond))
    model = OllamaModel(base + path, "m", window=512, network=network)
    generate(model)
    assert urls == [f"{base}/api/show", f"{base}/api/chat"]
    model.close()


@pytest.mark.parametrize(
    "wrong", [httpx.Response(404, text="404 page not found"), httpx.Response(200, text="<html>")]
)
def test_an_address_of_something_else(wrong: httpx.Response) -> None:
    network = Network(httpx.MockTransport(lambda request: wrong))
    with pytest.raises(ModelUnavailable, match="no Ollama answers at OLLAMA_URL"):
        OllamaModel("http://o:1", "m", window=512, network=network)


@pytest.mark.parametrize(
    ("name", "abilities", "think"),
    [
        ("qwen3:8b", ["completion", "thinking"], False),
        ("gpt-oss:20b", ["completion", "thinking"], "low"),
        ("llama3.2:3b", ["completion"], None),
        ("old", None, None),
    ],
)
def test_thinking_is_turned_off_where_there_is_any(
    name: str, abilities: list[str] | None, think: object
) -> None:
    server = Server(
        OLLAMA, [hello], lambda request: httpx.Response(200, json={"capabilities": abilities})
    )
    model = OllamaModel("http://o:1", name, window=512, network=server.network)
    generate(model)
    assert server.sent.get("think") == think
    model.close()


def counting(prompt: int) -> Responder:
    last = {"message": {"content": "Hi"}, "done": True, "prompt_eval_count": prompt}
    return lambda request: httpx.Response(200, json=last)


@pytest.mark.parametrize(
    ("text", "read", "whole"),
    [
        ("one word after another " * 100, 4_096, False),
        ("one word after another " * 100, 4_095, False),
        ("one word after another " * 100, 120, False),
        ("one word after another " * 100, 410, True),
        ("\u6a21\u578b\u7684\u670d\u52a1 " * 500, 300, False),
        ("\u6a21\u578b\u7684\u670d\u52a1 " * 500, 1_500, True),
        (" " * 9_000, 60, True),
        ("x" * 9_000, 1_200, True),
        ("one word after another " * 100, 0, True),
    ],
)
def test_a_conversation_that_was_cut_is_not_answered(text: str, read: int, whole: bool) -> None:
    model = Server(OLLAMA, [counting(read)]).open()
    turns = [Turn("system", "Be kind."), Turn("user", text)]
    ask = partial(
        model.generate, turns, max_tokens=9, temperature=0, seed=1, deadline=Deadline.after(9)
    )
    if whole:
        assert ask().text == "Hi"
    else:
        with pytest.raises(PromptTooLong, match=f"read only {read} tokens"):
            ask()
    model.close()


def test_scripts_of_many_bytes_take_more_tokens() -> None:
    model = Server(OLLAMA, [hello]).open()
    assert model.count_tokens("\u6a21" * 300) >= 300
    assert model.count_tokens("a" * 300) == 101
    model.close()


def test_a_server_without_the_model() -> None:
    refusal = httpx.Response(404, json={"error": "model 'm' not found"})
    network = Network(httpx.MockTransport(lambda request: refusal))
    with pytest.raises(ModelUnavailable, match="does not have the model m") as failure:
        OllamaModel("http://o:1", "m", window=4_096, network=network)
    assert failure.value.cause == "NoSuchModel"
