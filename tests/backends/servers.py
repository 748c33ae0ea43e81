"""The servers that hosted models talk to, answering as the documentation of each API shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from function.backends.base import Generation, Turn
from function.backends.hosted.anthropic import AnthropicModel
from function.backends.hosted.base import HostedModel
from function.backends.hosted.client import Network
from function.backends.hosted.huggingface import HuggingFaceModel
from function.backends.hosted.ollama import OllamaModel
from function.backends.hosted.openai import OpenAIModel
from function.deadline import Deadline

TURNS = [Turn("system", "Be kind."), Turn("user", "Hello!")]
KEY = "sk-very-secret"

Responder = Callable[[httpx.Request], httpx.Response]


@dataclass
class Body(httpx.SyncByteStream):
    """A body that arrives in chunks; a fault among them breaks it off."""

    chunks: Sequence[bytes | Exception | Callable[[], None]]
    closed: bool = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            if callable(chunk):
                chunk()
                continue
            yield chunk

    def close(self) -> None:
        self.closed = True


def answer(*chunks: bytes | Exception | Callable[[], None]) -> httpx.Response:
    """Return a 200 whose body arrives in these chunks."""
    return httpx.Response(200, stream=Body(chunks))


def server_sent(*data: object) -> list[bytes]:
    """Return a stream of server-sent events, one chunk each."""
    return [
        f"data: {item if isinstance(item, str) else json.dumps(item)}\n\n".encode() for item in data
    ]


def logged(*values: float) -> dict[str, Any]:
    """Log-probabilities as OpenAI and Ollama write a token's."""
    return {"content": [{"token": "t", "logprob": value, "bytes": None} for value in values]}


def chat_chunk(**choice: Any) -> dict[str, Any]:
    """Return one chunk of an OpenAI stream."""
    return {
        "id": "chatcmpl-123",
        "object": "chat.completion.chunk",
        "created": 1694268190,
        "model": "m",
        "choices": [{"index": 0, "delta": {}, "finish_reason": None, **choice}],
    }


def openai_answer(*texts: str, finish: str = "stop") -> list[bytes]:
    """https://platform.openai.com/docs/api-reference/chat-streaming"""
    usage = {
        "prompt_tokens": 19,
        "completion_tokens": 10,
        "total_tokens": 29,
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    return server_sent(
        chat_chunk(delta={"role": "assistant", "content": ""}),
        *(chat_chunk(delta={"content": text}, logprobs=logged(-0.25)) for text in texts),
        chat_chunk(finish_reason=finish),
        {**chat_chunk(), "choices": [], "usage": usage},
        "[DONE]",
    )


def ollama_answer(*texts: str, finish: str = "stop") -> list[bytes]:
    """https://docs.ollama.com/api/chat, streaming"""
    head = {"model": "llama3.2:3b", "created_at": "2023-08-04T08:52:19.385406455-07:00"}
    parts: list[dict[str, Any]] = [
        {
            **head,
            "message": {"role": "assistant", "content": text},
            "logprobs": logged(-0.25)["content"],
            "done": False,
        }
        for text in texts
    ]
    last = {
        **head,
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": finish,
        "total_duration": 4883583458,
        "load_duration": 1334875,
        "prompt_eval_count": 19,
        "prompt_eval_duration": 342546000,
        "eval_count": 10,
        "eval_duration": 4535599000,
    }
    return [json.dumps(part).encode() + b"\n" for part in [*parts, last]]


def anthropic_answer(*texts: str, finish: str = "end_turn") -> list[bytes]:
    """https://platform.claude.com/docs/en/build-with-claude/streaming"""
    start: dict[str, Any] = {
        "id": "msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "claude-haiku-4-5",
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 15, "output_tokens": 1, "cache_read_input_tokens": 4},
    }
    block = {"type": "text", "text": ""}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "ping"},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": text},
            }
            for text in texts
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": finish, "stop_sequence": None},
            "usage": {"output_tokens": 10},
        },
        {"type": "message_stop"},
    ]
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]


LISTED = {
    "object": "list",
    "data": [
        {"id": "mistral-7b", "object": "model", "created": 1686935002, "owned_by": "vllm"},
        {"id": "other", "object": "model", "created": 1686935002, "owned_by": "vllm"},
    ],
}
ROUTED = {
    "object": "list",
    "data": [
        {
            "id": "owner/name",
            "object": "model",
            "created": 1740143024,
            "owned_by": "owner",
            "providers": [
                {"provider": "groq", "status": "live", "context_length": 131072},
                {"provider": "nscale", "status": "live", "context_length": 32768},
                {"provider": "gone", "status": "error", "context_length": 2048},
                {"provider": "silent", "status": "live"},
            ],
        },
        {"id": "owner/dead", "providers": [{"provider": "x", "status": "error"}]},
    ],
}
SHOWN = {
    "details": {"format": "gguf", "family": "llama", "parameter_size": "3.2B"},
    "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
    "capabilities": ["completion", "tools"],
}
KNOWN = {
    "type": "model",
    "id": "claude-haiku-4-5",
    "display_name": "Claude Haiku 4.5",
    "created_at": "2025-10-15T00:00:00Z",
    "max_input_tokens": 200000,
    "max_tokens": 64000,
}


@dataclass(frozen=True)
class Api:
    """One kind of server: how a model on it is opened, and how it answers."""

    name: str
    open: Callable[[Network], HostedModel]
    check: str
    """Path of the question asked at the start."""
    checked: object
    chat: str
    """Path of the conversation."""
    answered: Callable[..., list[bytes]]
    cut: str
    """Why an answer ends that grew too long, in the API's words."""


APIS = [
    Api(
        "openai",
        lambda net: OpenAIModel(
            "http://vllm:8000/v1", "mistral-7b", key=KEY, window=4096, network=net
        ),
        "/v1/models",
        LISTED,
        "/v1/chat/completions",
        openai_answer,
        "length",
    ),
    Api(
        "huggingface",
        lambda net: HuggingFaceModel("owner/name", KEY, window=4096, network=net),
        "/v1/models",
        ROUTED,
        "/v1/chat/completions",
        openai_answer,
        "length",
    ),
    Api(
        "ollama",
        lambda net: OllamaModel("http://ollama:11434", "llama3.2:3b", window=4096, network=net),
        "/api/show",
        SHOWN,
        "/api/chat",
        ollama_answer,
        "length",
    ),
    Api(
        "anthropic",
        lambda net: AnthropicModel("claude-haiku-4-5", KEY, window=4096, network=net),
        "/v1/models/claude-haiku-4-5",
        KNOWN,
        "/v1/messages",
        anthropic_answer,
        "max_tokens",
    ),
]


@dataclass
class Server:
    """A server of one kind that keeps what it was sent; ``chats`` answer in turn, the last for
    ever."""

    api: Api
    chats: Sequence[Responder]
    checked: Responder | None = None
    requests: list[httpx.Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != self.api.chat:
            if self.checked is not None:
                return self.checked(request)
            assert request.url.path == self.api.check
            return httpx.Response(200, json=self.api.checked)
        self.requests.append(request)
        return self.chats[min(len(self.requests), len(self.chats)) - 1](request)

    @property
    def network(self) -> Network:
        """The network on which this server is the only one."""
        return Network(httpx.MockTransport(self), self.pauses.append, lambda: 0.5, lambda: 0.0)

    @property
    def sent(self) -> dict[str, Any]:
        """The body of the last request for text."""
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        return body

    def open(self) -> HostedModel:
        """Return a model on this server."""
        return self.api.open(self.network)


def generate(model: HostedModel, **options: Any) -> Generation:
    """Ask for the next turn as most tests do."""
    given: dict[str, Any] = {
        "max_tokens": 64,
        "temperature": 0.3,
        "seed": 7,
        "deadline": Deadline.after(60),
    }
    return model.generate(TURNS, **{**given, **options})
