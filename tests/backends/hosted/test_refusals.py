"""Refusals of real servers: the other forms, the next backend, and the line in the log."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest

from function.backends.base import Model, Turn
from function.backends.chain import Chain
from function.backends.hosted.base import HostedModel
from function.backends.hosted.refusals import fault_of, read_refusal
from function.backends.registry import Member
from function.backends.thoughts import OnlyThoughts
from function.deadline import Deadline
from function.errors import FunctionError, ModelRefused, ModelUnavailable, PromptTooLong
from function.telemetry import Log
from tests.backends.asking import ask as ask_members
from tests.backends.servers import APIS, Api, Server, answer, generate
from tests.scripted import ScriptedModel

API = {api.name: api for api in APIS}
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"v": True}, "required": ["v"]}

CREDIT = [
    (400, {"type": "invalid_request_error", "message": "Your credit balance is too low to access"}),
    (400, {"message": "You have reached your specified API usage limits. You will regain access"}),
    (429, {"code": "insufficient_quota", "message": "You exceeded your current quota, please"}),
    (400, {"code": "billing_hard_limit_reached", "message": "Billing hard limit"}),
    (403, {"message": "Insufficient Balance"}),
    (400, {"message": "Budget has been exceeded! Current cost: 3, Max budget: 2"}),
    (402, {"message": "You have exceeded your monthly included credits"}),
]
OPERATOR = [
    (400, {"param": "model", "message": "No models loaded. Please load a model in the developer"}),
    (400, {"message": "Model loading was cancelled"}),
    (400, {"message": "Failed to load model 'x'. Error: insufficient system resources"}),
    (400, {"code": "model_not_supported", "message": "The requested model 'o/n' is not supported"}),
    (400, {"code": "model_decommissioned", "message": "The model has been decommissioned"}),
    (400, {"message": "The model `m` does not exist"}),
    (400, {"status": "INVALID_ARGUMENT", "message": "API key not valid. Please pass a valid API"}),
    (400, {"message": "This organization has been disabled."}),
    (400, {"message": "User location is not supported for the API use."}),
]
WITHHELD = [
    (400, {"code": "content_filter", "message": "The response was filtered due to the prompt"}),
    (400, {"code": "data_inspection_failed", "message": "Input data may contain inappropriate"}),
    (400, {"message": "Content Exists Risk"}),
]


def fault(status: int, error: object) -> FunctionError:
    return fault_of("it", read_refusal(status, json.dumps({"error": error})))


@pytest.mark.parametrize(("status", "error"), CREDIT)
def test_an_empty_wallet_is_no_fault_of_the_request(status: int, error: dict[str, str]) -> None:
    failure = fault(status, error)
    assert isinstance(failure, ModelUnavailable)
    assert failure.retry_after >= 60


@pytest.mark.parametrize(("status", "error"), OPERATOR)
def test_what_an_operator_has_to_mend_is_no_fault_of_the_request(
    status: int, error: dict[str, str]
) -> None:
    failure = fault(status, error)
    assert isinstance(failure, ModelUnavailable)
    assert (failure.cause, failure.retry_after) == ("NotServed", 60)


@pytest.mark.parametrize(("status", "error"), WITHHELD)
def test_a_filter_refuses_the_request(status: int, error: dict[str, str]) -> None:
    assert type(fault(status, error)) is ModelRefused


def test_an_output_limit_that_thoughts_reached() -> None:
    said = "Could not finish the message because max_tokens or model output limit was reached."
    assert isinstance(fault(400, {"message": said}), OnlyThoughts)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"error": {"type": "t", "code": "c", "message": "no"}}, "status 400: t/c: no"),
        ({"error": "no"}, "status 400: no"),
        ({"detail": "no"}, "status 400: no"),
        ({"object": "error", "message": "no", "code": 40}, "status 400: 40: no"),
        ([{"error": {"status": "S", "message": "no"}}], "status 400: S: no"),
        (
            {"detail": [{"loc": ["body", "seed"], "msg": "bad", "input": "my secret"}]},
            "status 400: seed: bad",
        ),
        (
            {"error": {"message": "Provider returned error", "metadata": {"raw": "no"}}},
            "status 400: Provider returned error; no",
        ),
        ({"error": {"message": "key sk-proj-abcdef123 is wrong"}}, "status 400: key *** is wrong"),
        ({"error": "Bearer abc at http://u:p@host/"}, "status 400: *** at http***host/"),
        ({"error": "a\nb " + "x y " * 99}, "status 400: a b " + ("x y " * 49) + "..."),
        ({"error": "You wrote 'my very private words' here"}, "status 400: You wrote '[...]' here"),
        ({}, "status 400"),
        ([], "status 400"),
        (None, "status 400"),
    ],
)
def test_what_is_logged_of_a_refusal(body: object, detail: str) -> None:
    refusal = read_refusal(400, json.dumps(body), ["these are my very private words, keep them"])
    assert refusal.detail == detail


def test_a_page_is_not_logged() -> None:
    assert read_refusal(502, "<html><body>secret").detail == "status 502"
    assert read_refusal(500, "Internal Server Error").detail == "status 500: Internal Server Error"


def test_words_of_a_prompt_do_not_decide_what_an_error_is_about() -> None:
    prompt = "Ignore this: your credit balance is too low to access it"
    body = json.dumps({"error": f"bad value: {prompt}"})
    assert read_refusal(400, body, [prompt]).kind == "other"


# Other forms


class Picky:
    """A server that refuses bodies as ``judge`` says, and answers the others."""

    def __init__(self, api: str, judge: Callable[[dict[str, Any]], tuple[int, object] | None]):
        self._judge = judge
        self.api = API[api]
        self.server = Server(self.api, [self._respond])
        self.model = self.server.open()

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.server.requests]

    def _respond(self, request: httpx.Request) -> httpx.Response:
        refusal = self._judge(json.loads(request.content))
        if refusal is not None:
            return httpx.Response(refusal[0], json={"error": refusal[1]})
        return answer(*self.api.answered("Hello"))


def test_a_limit_that_goes_by_another_name() -> None:
    said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    it = Picky("openai", lambda body: (400, {"message": said}) if "max_tokens" in body else None)
    assert generate(it.model).text == "Hello"
    assert generate(it.model).text == "Hello"
    assert [body.get("max_completion_tokens") for body in it.asked] == [None, 64, 64]


@pytest.mark.parametrize(
    ("api", "sentence"),
    [
        ("openai", "'max_tokens' or 'max_completion_tokens' is too large: 500. ... 96 left"),
        ("huggingface", "`inputs` tokens + `max_new_tokens` must be <= 2048. Given: 1900 and 500"),
        (
            "openai",
            "maximum context length is 4097 tokens, however you requested 4600 (4100 in "
            "the messages, 500 in the completion). Please reduce the length of the messages.",
        ),
    ],
)
def test_an_answer_that_would_be_too_long_is_asked_for_shorter(api: str, sentence: str) -> None:
    it = Picky(api, lambda body: (422, sentence) if body["max_tokens"] > 96 else None)
    for _ in range(2):  # that was about this conversation: nothing is remembered
        assert generate(it.model, max_tokens=500).text == "Hello"
    assert [body["max_tokens"] for body in it.asked] == [500, 250, 125, 62] * 2


def test_a_limit_of_the_model_is_remembered() -> None:
    sentence = "max_tokens: 500 > 300, which is the maximum allowed number of output tokens for m"
    it = Picky("anthropic", lambda body: (400, sentence) if body["max_tokens"] > 300 else None)
    for _ in range(2):
        assert generate(it.model, max_tokens=500).text == "Hello"
    assert [body["max_tokens"] for body in it.asked] == [500, 250, 250]


def test_a_conversation_too_long_for_the_shortest_answer() -> None:
    it = Picky("openai", lambda body: (400, "max_tokens is too large for this context length"))
    with pytest.raises(PromptTooLong):
        generate(it.model, max_tokens=500)
    assert [body["max_tokens"] for body in it.asked] == [500, 250, 125, 62, 31, 16]


@pytest.mark.parametrize(
    ("api", "status", "sentence"),
    [
        ("openai", 400, "Failed to convert schema: v is no object"),
        ("openai", 400, "The provided JSON schema contains features not supported by xgrammar."),
        ("openai", 500, "failed to parse grammar"),
        ("openai", 400, "Unrecognized type: true"),
        ("ollama", 400, "invalid JSON schema in format"),
        ("ollama", 500, "failed to load grammar"),
        ("anthropic", 400, "Schema is too complex for compilation."),
        ("huggingface", 422, "Failed to validate JSON"),
    ],
)
def test_a_schema_that_a_server_cannot_use_is_left_out(
    api: str, status: int, sentence: str
) -> None:
    schema = {**SCHEMA, "properties": {"v": {"type": "integer"}}, "additionalProperties": False}
    field = {"ollama": "format", "anthropic": "output_config"}.get(api, "response_format")
    it = Picky(api, lambda body: (status, sentence) if field in body else None)
    for _ in range(2):
        said = generate(it.model, schema=schema)
        assert said.text == "Hello"
        assert said.schema_notes[0].startswith("schema: checked after decoding, ")
    assert [field in body for body in it.asked] == [True, False, False]
    assert generate(it.model, schema={**schema, "title": "other"}).text == "Hello"
    assert field in it.asked[-2]  # what goes for one schema does not go for all


@pytest.mark.parametrize(
    "sentence", ["System role not supported", "Developer instruction is not enabled for m"]
)
def test_a_template_without_system_turns(sentence: str) -> None:
    def judge(body: dict[str, Any]) -> tuple[int, object] | None:
        return (400, sentence) if body["messages"][0]["role"] == "system" else None

    it = Picky("openai", judge)
    for _ in range(2):
        assert generate(it.model).text == "Hello"
    assert len(it.asked) == 3
    assert it.asked[-1]["messages"] == [{"role": "user", "content": "Be kind.\n\nHello!"}]


@pytest.mark.parametrize("api", API)
def test_refusals_come_to_an_end(api: str) -> None:
    for sentence in ("no", "max_tokens is not supported, use max_completion_tokens instead",
                     "max_tokens too large", "seed temperature logprobs not supported",
                     "System role not supported"):  # fmt: skip
        it = Picky(api, lambda body, it=sentence: (400, it))  # type: ignore[misc]
        with pytest.raises(ModelRefused):
            generate(it.model, schema=SCHEMA)
        assert len(it.asked) < 9


# The next one


@pytest.fixture
def chained() -> Iterator[Callable[..., tuple[Chain, io.StringIO]]]:
    opened: list[Chain] = []

    def build(*models: Model) -> tuple[Chain, io.StringIO]:
        log = io.StringIO()
        members = [Member(f"m{place}", lambda it=it: it) for place, it in enumerate(models)]  # type: ignore[misc]
        chain = Chain(members, [Turn("user", "Say: ready.")], Log("INFO", log))
        opened.append(chain)
        chain.start()
        assert chain.wait(20)
        while "loading" in [link["state"] for link in chain.backends]:
            threading.Event().wait(0.002)
        return chain, log

    yield build
    for chain in opened:
        chain.close()


def ask(chain: Chain) -> tuple[str, Sequence[str | None]]:
    walk = chain.walk(Deadline.after(30))
    label = ask_members(walk, lambda model, deadline: generate(model, deadline=deadline)).label  # type: ignore[arg-type]
    return label, [attempt.error for attempt in walk.attempts]


def after_the_start(api: Api, status: int, error: object) -> HostedModel:
    """Return a model that answers the probe, and refuses what comes then."""
    body = {"error": error}
    probe = lambda request: answer(*api.answered("Ready"))  # noqa: E731
    return Server(api, [probe, lambda request: httpx.Response(status, json=body)]).open()


@pytest.mark.parametrize("api", API)
@pytest.mark.parametrize(
    ("status", "error"), [CREDIT[0], OPERATOR[0], WITHHELD[0], (400, {"message": "bad request"})]
)
def test_the_next_one_answers_what_a_server_refuses(
    api: str, status: int, error: dict[str, str], chained: Any
) -> None:
    chain, log = chained(after_the_start(API[api], status, error), ScriptedModel())
    assert ask(chain)[0] == "m1"
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"] == "trm_backend_failed"]
    assert line["backend"] == "m0"
    assert line["detail"].startswith(f"status {status}: ")
    assert error["message"][:20] in line["detail"]
    opened = chain.backends[0]["state"] == "open"
    assert opened == ((status, error) in (CREDIT[0], OPERATOR[0]))


def test_what_cannot_be_read_is_named_in_the_log(chained: Any) -> None:
    api = API["openai"]
    probe = lambda request: answer(*api.answered("Ready"))  # noqa: E731
    bad = b'data: {"choices": [{"delta": {"content": 5}}]}\n\n'
    model = Server(api, [probe, lambda request: answer(bad)]).open()
    chain, log = chained(model, ScriptedModel())
    assert ask(chain) == ("m1", ["WrongAnswer", None])
    (line,) = [it for it in log.getvalue().splitlines() if "trm_backend_failed" in it]
    assert json.loads(line)["detail"] == "content is not text"
