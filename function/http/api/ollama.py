"""Ollama's API as far as agents use it: chat, generate, and the routes that clients ask first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from function.contract import InferenceResponse, ReflectionStep
from function.deadline import Cancellation
from function.errors import InvalidRequest
from function.events.message import HttpResponse
from function.events.strict_json import json_bytes
from function.http.api.base import (
    Call,
    Problem,
    Response,
    Route,
    WrongCall,
    json_answer,
    problem_of,
    read_object,
    renamed,
    unsupported,
)
from function.http.api.chat import (
    ChatTurn,
    Lenient,
    limited_tokens,
    own_fields,
    parse,
    request_of,
    request_of_turns,
    seed_of,
)
from function.http.api.names import ModelName, ModelNames, UnknownModelError
from function.http.api.stream import EarlyText, Emit, StreamOpener, pieces_of
from function.reflection.listener import SILENT, Listener

if TYPE_CHECKING:
    from function.service import Service

ND_JSON = ("content-type", "application/x-ndjson")
VERSION = "0.9.0"
"""Version of Ollama's API, which clients compare with the one they need."""
_NANOSECONDS = 1_000_000
_FINISH = {"stop": "stop", "length": "length", "deadline": "length"}
_READ_OPTIONS = frozenset(("num_predict", "temperature", "seed", "stop"))
_REFUSED: dict[str, str] = {
    "images": "only text is read",
    "suffix": "text is only continued",
    "template": "the model's own is used",
    "raw": "the model's own template is used",
    "think": "thoughts are not shown",
    "tools": "use choices, or tools of /v1/chat/completions",
}
"""Fields that are refused where they ask for something."""
_NAMES = {"max_tokens": "options.num_predict", "temperature": "options.temperature"}
_NAMES |= {"seed": "options.seed", "stop": "options.stop", "response_format": "format"}


class Options(Lenient):
    """The options that are read."""

    num_predict: int | None = Field(None, ge=-2)
    temperature: float | None = None
    seed: int | None = None
    stop: str | Annotated[list[str], Field(max_length=8)] = Field(default_factory=list)


class OllamaBody(Lenient):
    """The fields of both ways to ask."""

    model: str = Field(min_length=1, max_length=200)
    stream: bool = True
    format: str | dict[str, Any] = ""
    options: Options = Options()
    keep_alive: str | float | None = None
    strict: bool = False


class GenerateBody(OllamaBody):
    """A prompt; without one the model is only loaded."""

    prompt: str = Field("", max_length=65_536)
    system: str = Field("", max_length=65_536)


class ChatBody(OllamaBody):
    """The turns of a chat; without any the model is only loaded."""

    messages: list[ChatTurn] = Field(default_factory=list, max_length=200)


@dataclass(frozen=True)
class Asked:
    """A request, how its answer is written, and what could not be used of it."""

    model: str
    data: dict[str, Any] | None
    stream: bool
    say: Callable[[str], dict[str, Any]]
    notes: list[str] = field(default_factory=list)

    def line(self, text: str = "", **more: Any) -> dict[str, Any]:
        """Return one line of an answer."""
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return {"model": self.model, "created_at": now, **self.say(text), "done": False, **more}


class Ollama:
    """Answers generate and chat with the handler of events."""

    def __init__(self, service: Service) -> None:
        self._answer = service.handler.answer_plain
        self._names = ModelNames(service)
        self._streams = StreamOpener(service.exchange, service.settings.waiters)
        self._moved = service.settings.ollama_model
        self._since = datetime.now(UTC).isoformat().replace("+00:00", "Z")

    @property
    def routes(self) -> Iterable[Route]:
        """Every route."""
        return [
            Route("POST", "/api/generate", self._generate),
            Route("POST", "/api/chat", self._chat),
            Route("POST", "/api/show", self._show),
            Route("GET", "/api/tags", self._tags),
            Route("GET", "/api/ps", lambda call: json_answer({"models": []})),
            Route("GET", "/api/version", lambda call: json_answer({"version": VERSION})),
        ]

    def refuse(self, problem: Problem) -> HttpResponse:
        """Write an error as Ollama does."""
        return json_answer(_error(problem), problem.status, problem.headers)

    def _tags(self, call: Call) -> HttpResponse:
        names = [each.name for each in self._names.listed]
        return json_answer({"models": [self._model(name) for name in [*names, self._moved]]})

    def _model(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "model": name,
            "modified_at": self._since,
            "size": 0,
            "digest": "",
            "details": _DETAILS,
        }

    def _show(self, call: Call) -> HttpResponse:
        body = read_object(call, takes_forms=True)
        name = body.get("model", body.get("name"))
        if not isinstance(name, str):
            raise WrongCall(400, "model is required", field="model")
        known = self._names.find(name)
        shown = {"modelfile": "", "parameters": "", "template": "", "details": _DETAILS}
        about = {"general.description": known.description}
        capabilities = {"model_info": about, "capabilities": ["completion"]}
        return json_answer({**shown, **capabilities, "modified_at": self._since})

    def _generate(self, call: Call) -> Response:
        body = read_object(call, takes_forms=True)
        _refuse(body)
        given = parse(GenerateBody, body)
        meant, notes = self._find(given)
        data = request_of(given.prompt, given.system, [], meant) if given.prompt else None
        return self._reply(_asked(given, data, notes, lambda text: {"response": text}))

    def _chat(self, call: Call) -> Response:
        body = read_object(call, takes_forms=True)
        _refuse(body)
        given = parse(ChatBody, body)
        for place, turn in enumerate(given.messages):
            if (turn.model_extra or {}).get("images"):
                raise unsupported(f"messages.{place}.images", _REFUSED["images"])
        meant, notes = self._find(given)
        data = request_of_turns(given.messages, meant) if given.messages else None

        def say(text: str) -> dict[str, Any]:
            return {"message": {"role": "assistant", "content": text}}

        return self._reply(_asked(given, data, notes, say))

    def _find(self, given: OllamaBody) -> tuple[ModelName, list[str]]:
        """Return the model of this name; an agent that is moved here keeps the one it has.

        :raises UnknownModelError: it is close to a known one, or ``strict`` is set.
        """
        try:
            return self._names.find(given.model), []
        except UnknownModelError as unknown:
            if unknown.close or given.strict:
                raise
            return self._names.listed[0], [f"{unknown}: the default models answered"]

    def _reply(self, asked: Asked) -> Response:
        if asked.data is None:
            return json_answer(asked.line(done=True, done_reason="load"))
        data = asked.data
        if not asked.stream:
            return json_answer(_whole(asked, self._ask(data, SILENT, None)))

        def work(emit: Emit, cancellation: Cancellation) -> None:
            def on_step(step: ReflectionStep) -> None:
                emit(_line(asked.line(trm={"step": step.model_dump(mode="json")})))

            early = EarlyText(lambda piece: emit(_line(asked.line(piece))))
            listener = Listener(on_text=early.show)
            if data.get("emit_steps") is True:
                listener.on_step = on_step
            response = self._ask(data, listener, cancellation)
            for piece in pieces_of(early.rest_of(response.answer)):
                emit(_line(asked.line(piece)))
            emit(_line({**_whole(asked, response), **asked.say("")}))

        return self._streams.open(
            work,
            [ND_JSON],
            lambda: _line(asked.line()),
            lambda error: _line(_error(problem_of(error))),
        )

    def _ask(
        self, data: dict[str, Any], listener: Listener, cancellation: Cancellation | None
    ) -> InferenceResponse:
        try:
            return self._answer(data, listener, cancellation)
        except InvalidRequest as error:
            raise renamed(error, _NAMES) from None


def _refuse(body: dict[str, Any]) -> None:
    for name, instead in _REFUSED.items():
        if body.get(name):
            raise unsupported(name, instead)


def _asked(
    given: OllamaBody,
    data: dict[str, Any] | None,
    notes: list[str],
    say: Callable[[str], dict[str, Any]],
) -> Asked:
    """Return a request with the options in the contract's words."""
    if data is None:
        return Asked(given.model, None, given.stream, say)
    options = given.options
    if options.num_predict is not None and options.num_predict > 0:
        data["max_tokens"] = limited_tokens(options.num_predict, "options.num_predict", notes)
    if options.temperature is not None:
        data["temperature"] = options.temperature
    if options.seed is not None:
        data["seed"] = seed_of(options.seed)
    if options.stop:
        data["stop"] = [options.stop] if isinstance(options.stop, str) else options.stop
    if isinstance(given.format, dict) and given.format:
        data["response_format"] = {"type": "json_schema", "schema": given.format}
    elif given.format == "json":
        data["response_format"] = {"type": "json_object"}
    elif given.format:
        raise unsupported("format", "use json or a JSON Schema")
    extra = dict(given.model_extra or {})
    if isinstance(extra.get("context"), list):  # the tokens of an earlier answer
        del extra["context"]
        notes.append("context is not a list here: send the turns to /api/chat")
    data |= own_fields(extra, ("stop", "seed", "temperature"))
    unused = sorted((options.model_extra or {}).keys() - _READ_OPTIONS)
    unknown = sorted(extra.keys() - data.keys() - _REFUSED.keys())
    ignored = [*unknown, *(f"options.{name}" for name in unused)]
    if ignored and given.strict:
        raise WrongCall(400, f"{ignored[0][:64]} changes nothing here", field=ignored[0][:64])
    if ignored:
        notes.append(f"ignored: {', '.join(name[:40] for name in ignored[:10])}")
    return Asked(given.model, data, given.stream, say, notes)


def _whole(asked: Asked, response: InferenceResponse) -> dict[str, Any]:
    response.input_notes.extend(asked.notes)
    total = int(response.duration_ms * _NANOSECONDS)
    return asked.line(
        response.answer,
        done=True,
        done_reason=_FINISH[response.finish_reason],
        total_duration=total,
        load_duration=0,
        prompt_eval_count=response.usage.prompt,
        prompt_eval_duration=0,
        eval_count=response.usage.completion,
        eval_duration=total,
        trm=response.model_dump(mode="json", exclude={"answer"}),
    )


def _line(value: object) -> bytes:
    return json_bytes(value) + b"\n"


def _error(problem: Problem) -> dict[str, Any]:
    message = problem.message
    if problem.field is not None and problem.field not in message:
        message = f"{problem.field}: {message}"
    return {"error": message}


_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "trm",
    "families": ["trm"],
    "parameter_size": "",
    "quantization_level": "",
}
