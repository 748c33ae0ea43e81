"""What every hosted model does alike: answers, faults, retries and the deadline."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from function.backends.base import Tokens
from function.backends.hosted.base import HostedModel
from function.deadline import Deadline
from function.errors import FunctionError, ModelRefused, ModelUnavailable, PromptTooLong
from tests.backends.servers import APIS, KEY, TURNS, Api, Responder, Server, answer, generate
from tests.timing import Clock, timed

Connect = Callable[..., tuple[HostedModel, Server]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    opened: list[HostedModel] = []

    def open_(api: Api, *chats: Responder) -> tuple[HostedModel, Server]:
        server = Server(api, chats)
        model = server.open()
        opened.append(model)
        return model, server

    yield open_
    for model in opened:
        model.close()


@pytest.fixture(params=APIS, ids=[api.name for api in APIS])
def api(request: pytest.FixtureRequest) -> Api:
    chosen: Api = request.param
    return chosen


def failing(fault: Exception) -> Responder:
    def respond(request: httpx.Request) -> httpx.Response:
        raise fault

    return respond


def test_answers_are_listened_to_piece_by_piece(api: Api, connect: Connect) -> None:
    heard: list[str] = []
    model, _ = connect(api, saying(api, "It ", "is ", "fine."))
    assert model.abilities.streams
    assert generate(model, listen=heard.append).text == "It is fine." == "".join(heard)
    assert len(heard) == 3


def refusing(status: int, text: str = "no", **headers: str) -> Responder:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"error": {"message": text, "type": "t"}}
    return lambda request: httpx.Response(status, json=body, headers=named)


def saying(api: Api, *texts: str, **options: str) -> Responder:
    return lambda request: answer(*api.answered(*texts, **options))


def test_an_answer(api: Api, connect: Connect) -> None:
    model, server = connect(api, saying(api, "Hello", " there!"))
    said = generate(model)
    assert (said.text, said.finish_reason) == ("Hello there!", "stop")
    assert said.tokens == Tokens(19, 10, 0 if api.name == "ollama" else 4)
    if model.abilities.log_probabilities:
        assert said.log_probabilities == (-0.25, -0.25)
    else:
        assert said.log_probabilities is None
    (request,) = server.requests
    assert request.method == "POST"
    assert server.sent["stream"] is True
    assert server.sent["messages"][-1] == {"role": "user", "content": "Hello!"}


def test_an_answer_in_pieces_of_any_size(api: Api, connect: Connect) -> None:
    body = b"".join(api.answered("Grüße", " 👋"))
    chunks = [body[at : at + 3] for at in range(0, len(body), 3)]
    model, _ = connect(api, lambda request: answer(*chunks))
    assert generate(model).text == "Grüße 👋"


def test_an_answer_cut_by_its_length(api: Api, connect: Connect) -> None:
    model, _ = connect(api, saying(api, "Once upon", finish=api.cut))
    assert generate(model).finish_reason == "length"


def test_the_answer_is_asked_no_longer_than_the_window_allows(api: Api, connect: Connect) -> None:
    model, server = connect(api, saying(api, "x"))
    model.window = 200
    generate(model, max_tokens=5_000)
    asked = server.sent.get("max_tokens") or server.sent["options"]["num_predict"]
    assert 150 < asked < 200
    model.window = 1
    with suppress(PromptTooLong):  # Ollama's answer tells that it did not fit
        generate(model, max_tokens=5_000)
    asked = server.sent.get("max_tokens") or server.sent["options"]["num_predict"]
    assert asked == 16


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectTimeout("secret"),
        httpx.WriteTimeout("secret"),
        httpx.PoolTimeout("secret"),
        httpx.ReadTimeout("secret"),
        httpx.ConnectError("secret"),
        httpx.ReadError("secret"),
        httpx.WriteError("secret"),
        httpx.RemoteProtocolError("secret"),
        httpx.ProxyError("secret"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_broken_connection(api: Api, connect: Connect, fault: httpx.HTTPError) -> None:
    model, server = connect(api, failing(fault))
    with pytest.raises(ModelUnavailable) as failure:
        generate(model)
    assert failure.value.cause == type(fault).__name__
    assert "secret" not in str(failure.value)
    # Only what cannot have reached the server is sent again.
    again = type(fault) in (httpx.ConnectError, httpx.RemoteProtocolError)
    assert len(server.requests) == (3 if again else 1)
    assert server.pauses == ([0.1, 0.2] if again else [])


@pytest.mark.parametrize(
    "fault",
    [httpx.ReadTimeout("slow"), httpx.ReadError("reset"), httpx.RemoteProtocolError("closed")],
    ids=lambda fault: type(fault).__name__,
)
def test_a_connection_that_breaks_inside_the_answer(
    api: Api, connect: Connect, fault: httpx.HTTPError
) -> None:
    begun = api.answered("Once", " upon", " a time")[:2]
    model, server = connect(api, lambda request: answer(*begun, fault))
    with pytest.raises(ModelUnavailable) as failure:
        generate(model)
    assert failure.value.cause == type(fault).__name__
    assert len(server.requests) == 1


def test_half_an_answer(api: Api, connect: Connect) -> None:
    whole = api.answered("Once", " upon", " a", " time")
    for length in range(len(whole) - 3):
        model, server = connect(api, lambda request, n=length: answer(*whole[:n]))
        with pytest.raises(ModelUnavailable) as failure:
            generate(model)
        assert failure.value.cause == "HalfAnswer"
        assert len(server.requests) == 1


@pytest.mark.parametrize("texts", [(), ("",), (" ", "\n")])
def test_an_empty_answer(api: Api, connect: Connect, texts: tuple[str, ...]) -> None:
    model, _ = connect(api, saying(api, *texts))
    with pytest.raises(ModelUnavailable) as failure:
        generate(model)
    assert failure.value.cause == "EmptyAnswer"


@pytest.mark.parametrize(
    "data",
    [
        *("<html>gateway</html>", "[]", "null", "5", '"text"', "{", '{"choices": 5}'),
        *('{"type": "x"', "[" * 100_000),
    ],
)
def test_an_answer_that_is_none(api: Api, connect: Connect, data: str) -> None:
    line = data if api.name == "ollama" else f"data: {data}"
    model, _ = connect(api, lambda request: answer(line.encode() + b"\n"))
    with pytest.raises(ModelUnavailable) as failure:
        generate(model)
    assert failure.value.cause == "WrongAnswer"
    assert "gateway" not in str(failure.value)


def changed(api: Api, old: bytes, new: bytes) -> Responder:
    """Return an answer in which something was written otherwise."""
    whole = b"".join(api.answered("Once", " upon"))
    assert old in whole
    return lambda request: answer(whole.replace(old, new))


@pytest.mark.parametrize("number", [b"1e999", b"null", b'"x"', b"{}", b"-3"])
def test_a_count_that_is_none_costs_no_answer(api: Api, connect: Connect, number: bytes) -> None:
    count = b'eval_count": 1' if api.name == "ollama" else b'_tokens": 1'
    model, _ = connect(api, changed(api, count, count[:-1] + number + b', "x": 1'))
    said = generate(model)
    assert said.text == "Once upon"
    assert said.tokens.completion > 0 and said.tokens.prompt >= 0


@pytest.mark.parametrize("value", [b"NaN", b"null", b'"x"'])
def test_log_probabilities_that_are_none_cost_no_answer(
    api: Api, connect: Connect, value: bytes
) -> None:
    if api.name == "anthropic":  # it tells none
        return
    model, _ = connect(api, changed(api, b"-0.25", value))
    said = generate(model)
    assert (said.text, said.log_probabilities) == ("Once upon", None)


@pytest.mark.parametrize(
    ("texts", "text"),
    [(("Good \ud83d", "\ude00"), "Good \U0001f600"), (("\ud83d é",), "\ufffd é"), (("é",), "é")],
)
def test_half_a_character(api: Api, connect: Connect, texts: tuple[str, ...], text: str) -> None:
    """Servers that count in UTF-16 cut an emoji in two."""
    model, _ = connect(api, saying(api, *texts))
    assert generate(model).text == text


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_a_failure_that_passes(api: Api, connect: Connect, status: int) -> None:
    model, server = connect(api, refusing(status, "secret"))
    with pytest.raises(ModelUnavailable) as failure:
        generate(model)
    assert (failure.value.cause, failure.value.retry_after) == (f"status {status}", 1)
    assert "secret" not in str(failure.value)
    assert len(server.requests) == (3 if status in (429, 503, 529) else 1)


@pytest.mark.parametrize("status", [301, 307, 401, 402, 403, 404, 405, 410])
def test_a_failure_that_an_operator_has_to_mend(api: Api, connect: Connect, status: int) -> None:
    model, server = connect(api, refusing(status, KEY, location="http://elsewhere/"))
    with pytest.raises(ModelUnavailable) as failure:
        generate(model)
    assert (failure.value.cause, failure.value.retry_after) == (f"status {status}", 60)
    assert KEY not in str(failure.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (400, "bad messages", ModelRefused),
        (422, "bad messages", ModelRefused),
        (413, "body", PromptTooLong),
        (400, "This model's maximum context length is 4096 tokens.", PromptTooLong),
        (400, "request (3031 tokens) exceeds the available context size", PromptTooLong),
        (400, "prompt is too long: 210000 tokens > 200000 maximum", PromptTooLong),
    ],
)
def test_a_request_that_will_never_do(
    api: Api, connect: Connect, status: int, text: str, error: type[FunctionError]
) -> None:
    model, server = connect(api, refusing(status, text))
    with pytest.raises(FunctionError) as failure:
        generate(model)
    assert type(failure.value) is error
    assert text not in str(failure.value)
    # vLLM may refuse a field of ours without naming it: it is asked once more without that one.
    explained = error is PromptTooLong or api.name != "openai"
    assert len(server.requests) == (1 if explained else 2)


def test_a_failure_that_passed(api: Api, connect: Connect) -> None:
    model, server = connect(
        api, refusing(503), failing(httpx.ConnectError("refused")), saying(api, "Hello")
    )
    assert generate(model).text == "Hello"
    assert len(server.requests) == 3


def test_advice_to_wait_is_taken(api: Api, connect: Connect) -> None:
    model, server = connect(api, refusing(429, retry_after="2"), saying(api, "Hello"))
    assert generate(model).text == "Hello"
    assert server.pauses == [2.0]


@pytest.mark.parametrize(("advice", "passed_on"), [("30", 30), ("3", 3), ("9999999", 300)])
def test_long_advice_is_handed_on(api: Api, connect: Connect, advice: str, passed_on: int) -> None:
    model, server = connect(api, refusing(429, retry_after=advice))
    with pytest.raises(ModelUnavailable) as failure:
        generate(model)
    assert failure.value.retry_after == passed_on
    assert (len(server.requests), server.pauses) == (1, [])


def test_advice_beyond_the_deadline_is_handed_on(api: Api, connect: Connect) -> None:
    model, server = connect(api, refusing(429, retry_after="2"))
    with pytest.raises(ModelUnavailable):
        generate(model, deadline=Deadline.after(1.5))
    assert (len(server.requests), server.pauses) == (1, [])


def test_the_limits_of_every_phase(api: Api, connect: Connect) -> None:
    model, server = connect(api, saying(api, "Hello"))
    generate(model, deadline=Deadline.after(100, Clock()))
    limits = server.requests[-1].extensions["timeout"]
    assert limits == {"connect": 5.0, "write": 10.0, "read": 100.0, "pool": 5.0}
    generate(model, deadline=Deadline.after(2, Clock()))
    limits = server.requests[-1].extensions["timeout"]
    assert limits == {"connect": 2.0, "write": 2.0, "read": 2.0, "pool": 2.0}


def test_a_deadline_that_passes_is_no_failure_of_the_server(api: Api, connect: Connect) -> None:
    clock = Clock()

    def sleep(request: httpx.Request) -> httpx.Response:
        clock.now += 8
        raise httpx.ReadTimeout("timed out", request=request)

    model, _ = connect(api, sleep)
    said = generate(model, deadline=Deadline.after(7.5, clock))
    assert (said.text, said.finish_reason) == ("", "deadline")


def test_the_text_so_far_at_the_deadline(api: Api, connect: Connect) -> None:
    clock = Clock()

    def sleep() -> None:
        clock.now = 8

    whole = api.answered("Once", " upon", " a time")
    first = next(at for at, part in enumerate(whole) if b"Once" in part)
    model, _ = connect(api, lambda request: answer(*whole[: first + 1], sleep, *whole[first + 1 :]))
    said = generate(model, deadline=Deadline.after(7.5, clock))
    assert said.finish_reason == "deadline"
    assert "Once".startswith(said.text)  # the first words may be read after the deadline
    assert said.tokens.completion == len(said.text) // 4


@timed
def test_a_server_that_hangs_costs_no_more_than_the_deadline(api: Api, connect: Connect) -> None:
    release = threading.Event()

    def hang(request: httpx.Request) -> httpx.Response:
        release.wait(10)
        raise httpx.ReadTimeout("late", request=request)

    model, _ = connect(api, hang)
    started = time.monotonic()
    said = generate(model, deadline=Deadline.after(0.2))
    assert time.monotonic() - started < 2
    release.set()
    assert (said.text, said.finish_reason) == ("", "deadline")


def test_the_start_says_what_is_wrong(api: Api) -> None:
    def checked(respond: Responder) -> ModelUnavailable:
        with pytest.raises(ModelUnavailable) as failure:
            Server(api, [], checked=respond).open()
        assert "secret" not in str(failure.value)
        return failure.value

    assert checked(failing(httpx.ConnectError("secret"))).cause == "ConnectError"
    assert checked(refusing(401, "secret")).cause == "status 401"
    assert checked(refusing(500, "secret")).cause == "status 500"
    for text in ("secret", "[" * 100_000):
        assert checked(lambda request, it=text: httpx.Response(200, text=it)).cause == "WrongAnswer"  # type: ignore[misc]


def test_it_does_not_pretend_to_score(api: Api, connect: Connect) -> None:
    model, _ = connect(api, saying(api, "x"))
    assert not model.abilities.scoring
    with pytest.raises(ModelRefused):
        model.score(TURNS, ["a"], Deadline.after(1))


def test_tokens_are_estimated_with_caution(api: Api, connect: Connect) -> None:
    model, _ = connect(api, saying(api, "x"))
    assert model.count_tokens("") >= 0
    assert model.count_tokens("word " * 100) >= 100


def test_many_threads_share_a_model(api: Api, connect: Connect) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        words = json.loads(request.content)
        seed = words.get("seed") or words.get("options", {}).get("seed") or words["max_tokens"]
        return answer(*api.answered(f"said {seed}"))

    model, _ = connect(api, echo)
    heard: dict[int, str] = {}

    def ask(number: int) -> None:
        heard[number] = generate(model, seed=number, max_tokens=number).text

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert heard == {number: f"said {number}" for number in range(1, 17)}


PING = {"anthropic": b'event: ping\ndata: {"type": "ping"}\n\n', "ollama": b"\n"}


@timed
@pytest.mark.parametrize("begun", [0, 2])
def test_a_server_that_falls_silent_is_given_up_before_the_deadline(
    api: Api, connect: Connect, begun: int
) -> None:
    release = threading.Event()

    def hang() -> None:
        release.wait(10)

    first = api.answered("Once", " upon")[:begun]
    model, server = connect(api, lambda request: answer(*first, hang))
    started = time.monotonic()
    with pytest.raises(ModelUnavailable) as failure:
        generate(model, deadline=Deadline.after(60)._replace(silence=0.2))
    assert time.monotonic() - started < 2
    release.set()
    assert failure.value.cause == "ReadTimeout"
    assert len(server.requests) == 1


def test_signs_of_life_are_no_work(api: Api, connect: Connect) -> None:
    clock = Clock()

    def later() -> None:
        clock.now += 4

    pings: list[Any] = [later, PING.get(api.name, b": still here\n\n")] * 20
    model, _ = connect(api, lambda request: answer(*pings, *api.answered("Once")))
    with pytest.raises(ModelUnavailable) as failure:
        generate(model, deadline=Deadline(1_000, clock, silence=10))
    assert failure.value.cause == "ReadTimeout"
    assert clock.now < 200


def test_a_server_may_be_slow_as_long_as_it_writes(api: Api, connect: Connect) -> None:
    readings = itertools.count()

    def clock() -> float:
        """Return every look at it takes a quarter of a second."""
        return next(readings) / 4

    text = "abcdefghijklmnopqrstuvwxyz"
    model, _ = connect(api, saying(api, *text))
    assert generate(model, deadline=Deadline(1_000, clock, silence=10)).text == text
    assert clock() > 20
