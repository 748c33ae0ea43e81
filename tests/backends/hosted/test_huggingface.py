"""Hugging Face's router: which models it serves, and how it is asked."""

from __future__ import annotations

import httpx
import pytest

from function.backends.hosted.client import Network
from function.backends.hosted.huggingface import HuggingFaceModel
from function.errors import ModelUnavailable
from tests.backends.servers import APIS, KEY, ROUTED, Server, answer, generate, openai_answer

HUB = next(api for api in APIS if api.name == "huggingface")


def open_(name: str) -> HuggingFaceModel:
    network = Network(httpx.MockTransport(lambda request: httpx.Response(200, json=ROUTED)))
    return HuggingFaceModel(name, KEY, window=4_096, network=network)


def test_what_is_asked() -> None:
    server = Server(HUB, [lambda request: answer(*openai_answer("Hello"))])
    model = server.open()
    assert generate(model).text == "Hello"
    (request,) = server.requests
    assert str(request.url) == "https://router.huggingface.co/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert server.sent["model"] == "owner/name"
    assert (model.backend, model.name) == ("huggingface", "owner/name")
    model.close()


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("owner/name", 32_768),
        ("owner/name:groq", 131_072),
        ("owner/name:fastest", 32_768),
        ("owner/name:silent", 4_096),
    ],
)
def test_the_window_is_that_of_whoever_may_answer(name: str, window: int) -> None:
    model = open_(name)
    assert (model.name, model.window) == (name, window)
    model.close()


@pytest.mark.parametrize("name", ["owner/other", "owner/dead", "owner/name:gone", "name"])
def test_a_model_that_no_provider_serves_is_not_healthy(name: str) -> None:
    with pytest.raises(ModelUnavailable, match=f"does not serve {name}") as failure:
        open_(name)
    assert failure.value.cause == "NoSuchModel"
