"""OpenAI's API: chat completions, streamed or not, and models."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from function.contract import InferenceResponse, ReflectionStep
from function.deadline import Cancellation
from function.events.message import HttpResponse
from function.events.strict_json import json_bytes
from function.http.api.base import (
    Call,
    Problem,
    Response,
    Route,
    json_answer,
    problem_of,
    read_object,
)
from function.http.api.names import ModelName, ModelNames
from function.http.api.openai_request import Chat, Function, read_chat
from function.http.api.stream import EarlyText, Emit, StreamOpener, pieces_of
from function.reflection.listener import SILENT, Listener

if TYPE_CHECKING:
    from function.service import Service

EVENT_STREAM = ("content-type", "text/event-stream")
SEED_STEP = 1_000
"""Distance between the seeds of two choices: samples and steps of one take those behind its own."""
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_FINISH = {"stop": "stop", "length": "length", "deadline": "length"}


class OpenAi:
    """Answers chat completions with the handler of events."""

    def __init__(self, service: Service) -> None:
        self._answer = service.handler.answer_plain
        self._names = ModelNames(service)
        self._streams = StreamOpener(service.exchange, service.settings.waiters)
        self._width = service.settings.slots
        self._carried = service.exchange.carried
        self._created = int(time.time())

    @property
    def routes(self) -> Iterable[Route]:
        """Every route."""
        return [
            Route("POST", "/v1/chat/completions", self._complete),
            Route("GET", "/v1/models", self._list),
            Route("GET", "/v1/models/", self._show),
        ]

    def refuse(self, problem: Problem) -> HttpResponse:
        """Write an error as OpenAI does."""
        return json_answer(_error(problem), problem.status, problem.headers)

    def _list(self, call: Call) -> HttpResponse:
        return json_answer(
            {"object": "list", "data": [self._model(each) for each in self._names.listed]}
        )

    def _show(self, call: Call) -> HttpResponse:
        return json_answer(self._model(self._names.find(call.name)))

    def _model(self, known: ModelName) -> dict[str, Any]:
        return {
            "id": known.name,
            "object": "model",
            "created": self._created,
            "owned_by": "trm",
            "description": known.description,
        }

    def _complete(self, call: Call) -> Response:
        chat = read_chat(read_object(call), self._names)
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time())}
        head |= {"model": chat.model, "system_fingerprint": None}
        if not chat.stream:
            answers = self._answers(chat, SILENT, None)
            return json_answer({**head, "object": "chat.completion", **_completion(answers)})
        head["object"] = "chat.completion.chunk"

        def work(emit: Emit, cancellation: Cancellation) -> None:
            def on_step(step: ReflectionStep) -> None:
                chunk = _chunk(head, 0, {}) | {"trm": {"step": step.model_dump(mode="json")}}
                emit(_event(chunk))

            def on_text(piece: str) -> None:
                role = {} if early.begun else {"role": "assistant"}
                emit(_event(_chunk(head, 0, {**role, "content": piece})))

            early = EarlyText(on_text)
            listener = Listener()
            if chat.data.get("emit_steps") is True:
                listener.on_step = on_step
            if chat.count == 1 and not chat.tools:
                listener.on_text = early.show
            answers = self._answers(chat, listener, cancellation)
            for piece in _chunks(head, answers, chat.with_usage, early):
                emit(piece)

        return self._streams.open(
            work,
            [EVENT_STREAM],
            lambda: b": at work\n\n",
            lambda error: _event(_error(problem_of(error))),
        )

    def _answers(
        self, chat: Chat, listener: Listener, cancellation: Cancellation | None
    ) -> list[Completed]:
        """Return the answers asked for, each with a seed of its own."""

        def one(place: int) -> Completed:
            data = chat.data
            if place:
                first = data.get("seed")
                seed = (first if isinstance(first, int) else 0) + place * SEED_STEP
                data = {**data, "seed": seed % 2**31}
            ask = _asking(self._answer, data, listener, cancellation)
            return _called(ask, chat.tools) if chat.tools else Completed(ask({}))

        if chat.count == 1:
            found = [one(0)]
        else:
            with ThreadPoolExecutor(min(chat.count, self._width)) as pool:
                found = list(pool.map(self._carried(one), range(chat.count)))
        for completed in found:
            completed.response.input_notes.extend(chat.notes)
        return found


class Completed:
    """An answer, and the function that it calls, if any."""

    def __init__(
        self, response: InferenceResponse, function: str | None = None, arguments: str = "{}"
    ) -> None:
        self.response = response
        self.function = function
        self.arguments = arguments
        self._call = f"call_{uuid.uuid4().hex[:24]}"

    @property
    def finish_reason(self) -> str:
        """Why the answer ends, in OpenAI's words."""
        return "tool_calls" if self.function else _FINISH[self.response.finish_reason]

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """The call, if any."""
        called = {"name": self.function, "arguments": self.arguments}
        return [{"id": self._call, "type": "function", "function": called}] if self.function else []

    @property
    def details(self) -> dict[str, Any]:
        """The function's own fields of an answer: checks, confidence, steps, backend."""
        return self.response.model_dump(mode="json", exclude={"answer"})


Ask = Callable[[dict[str, Any]], InferenceResponse]


def _asking(
    answer: Callable[..., InferenceResponse],
    data: dict[str, Any],
    listener: Listener,
    cancellation: Cancellation | None,
) -> Ask:
    return lambda more: answer({**data, **more}, listener, cancellation)


def _called(ask: Ask, tools: tuple[Function, ...]) -> Completed:
    """Choose one of the functions, then write its arguments by their schema."""
    chosen, response = tools[0], None
    if len(tools) > 1:
        choices = [{"name": each.name, "description": each.description} for each in tools]
        response = ask({"choices": choices})
        named = [each for each in tools if each.name == response.choice]
        if not named:
            return Completed(response)
        chosen = named[0]
    if not chosen.parameters.get("properties") and response is not None:
        return Completed(response, chosen.name)
    schema = {"type": "object", **chosen.parameters}
    written = ask({"response_format": {"type": "json_schema", "schema": schema}})
    if response is not None:
        written.choice = response.choice
        written.confidence = min(
            filter(None, (written.confidence, response.confidence)), default=None
        )
        written.usage.prompt += response.usage.prompt
        written.usage.completion += response.usage.completion
        written.usage.cached += response.usage.cached
    valid = written.data is not None
    arguments = json.dumps(written.data, ensure_ascii=False) if valid else written.answer
    return Completed(written, chosen.name, arguments)


def _completion(answers: list[Completed]) -> dict[str, Any]:
    choices = []
    for index, each in enumerate(answers):
        content = None if each.function else each.response.answer
        message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
        if each.function:
            message["tool_calls"] = each.tool_calls
        choice = {"index": index, "message": message, "logprobs": None}
        choice["finish_reason"] = each.finish_reason
        choices.append(choice if len(answers) == 1 else {**choice, "trm": each.details})
    return {"choices": choices, "usage": _usage(answers), "trm": answers[0].details}


def _chunks(
    head: dict[str, Any], answers: list[Completed], with_usage: bool, early: EarlyText
) -> Iterator[bytes]:
    """Yield the events of a stream behind the early ones; the last of each choice has ``trm``."""
    for index, each in enumerate(answers):
        if not early.begun:
            yield _event(_chunk(head, index, {"role": "assistant", "content": ""}))
        if each.function:
            called = [{"index": 0, **call} for call in each.tool_calls]
            yield _event(_chunk(head, index, {"tool_calls": called}))
        else:
            answer = each.response.answer
            for piece in pieces_of(early.rest_of(answer)):
                yield _event(_chunk(head, index, {"content": piece}))
        last = _chunk(head, index, {}, each.finish_reason)
        yield _event({**last, "trm": each.details})
    if with_usage:
        yield _event({**head, "choices": [], "usage": _usage(answers)})
    yield b"data: [DONE]\n\n"


def _chunk(
    head: dict[str, Any], index: int, delta: dict[str, Any], finish: str | None = None
) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**head, "choices": [choice]}


def _usage(answers: list[Completed]) -> dict[str, Any]:
    used = [each.response.usage for each in answers]
    prompt = sum(each.prompt for each in used)
    completion = sum(each.completion for each in used)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": sum(each.cached for each in used)},
    }


def _event(value: object) -> bytes:
    return b"data: %b\n\n" % json_bytes(value)


def _error(problem: Problem) -> dict[str, Any]:
    kind = _TYPES.get(problem.status)
    if kind is None:
        kind = "server_error" if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
    return {
        "error": {
            "message": problem.message,
            "type": kind or "invalid_request_error",
            "param": problem.field,
            "code": problem.code,
        }
    }
