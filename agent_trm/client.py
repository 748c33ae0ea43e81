"""The client that agents use."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from pydantic import BaseModel, ValidationError

from agent_trm.broker import BrokerTransport
from agent_trm.contract import AnyResponse, TRMRequest, TRMResponse
from agent_trm.errors import Refused, TRMError, Unavailable
from agent_trm.events import REQUEST_TYPE, Sender
from agent_trm.local import MISSING, LocalTransport
from agent_trm.ollama import Ollama
from agent_trm.receiver import Receiver
from agent_trm.streaming import StreamedPart
from agent_trm.transport import Transport
from agent_trm.url import UrlTransport

DEFAULT_MODEL = "ainz/tiny-recursive-model"
LONGEST_PAUSE = 10.0
"""Pause between two attempts without ``Retry-After``, in seconds."""
FALLBACK_SHARE = 0.25
"""Of the time, what is kept for the fallback where there is one."""
SINK_ALONE = (
    "K_SINK is set, but without a receiver no reply arrives: pass TRMClient(receiver=Receiver()), "
    "or set TRM_FUNCTION_URL, or install the function in this process"
)
Typed = TypeVar("Typed", bound=BaseModel)
_log = logging.getLogger("agent_trm")


@dataclass(frozen=True)
class Health:
    """Whether a request would be answered now, by what, and one line for people."""

    healthy: bool
    detail: str
    fallback: bool = False


class TRMClient:
    """Asks the TRM function, wherever it is.

    The first of these that is given decides: ``transport``; ``url`` or ``TRM_FUNCTION_URL``;
    ``sink`` or ``K_SINK`` with a ``receiver``; else the function in this process.

    :param model_name: the model to run in process; a function elsewhere has its own.
    :param model_path: a file with it.
    :param device: ``auto``, ``cpu`` or ``cuda``, for the model in process.
    :param use_hf_api: whether the model in process may be a hosted one.
    :param hf_api_token: for the hosted one.
    :param h_cycles: recursion of the network; kept because agents pass it. A trained network has
        its own, which nothing may change.
    :param l_cycles: as ``h_cycles``.
    :param source: ``source`` of the request events.
    :param agent: ``agent`` of the request events, else ``TRM_AGENT``; requests of one of its roles
        name that role.
    :param request_type: ``type`` of the request events.
    :param token: bearer token of the function at ``url``.
    :param timeout: seconds for one :meth:`generate`, with its retries and its fallback.
    :param retries: further attempts after one that can succeed later.
    :param ollama: the fallback; without it, the one that ``OLLAMA_URL`` names.
    :param environment: replaces the process's own.
    :param sleep: replaces waiting in tests.
    """

    def __init__(
        self,
        model_name: str | None = None,
        model_path: str | None = None,
        device: str | None = None,
        use_hf_api: bool | None = None,
        hf_api_token: str | None = None,
        h_cycles: int = 3,
        l_cycles: int = 6,
        *,
        url: str | None = None,
        sink: str | None = None,
        receiver: Receiver | None = None,
        transport: Transport | None = None,
        source: str = "/agent-trm",
        agent: str | None = None,
        request_type: str = REQUEST_TYPE,
        token: str | None = None,
        timeout: float = 120.0,
        retries: int = 3,
        ollama: Ollama | None = None,
        environment: Mapping[str, str] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        values = os.environ if environment is None else environment
        self.model_name = model_name or values.get("TRM_MODEL_NAME") or DEFAULT_MODEL
        self.h_cycles = h_cycles
        self.l_cycles = l_cycles
        agent = agent or values.get("TRM_AGENT") or None
        self._agent = agent
        self._timeout = timeout
        self._retries = retries
        self._sleep = sleep
        sender = Sender(source, agent, request_type)
        url = url or values.get("TRM_FUNCTION_URL")
        if receiver is not None:
            sink = sink or values.get("K_SINK")
        if transport is not None:
            self._transport = transport
        elif url:
            self._transport = UrlTransport(url, sender, token)
        elif sink:
            if receiver is None:
                raise TRMError(
                    "a broker needs a receiver, at which the replies arrive: TRMClient(sink=..., "
                    "receiver=Receiver())"
                )
            self._transport = BrokerTransport(sink, receiver, sender)
        else:
            self._transport = LocalTransport(
                _settings(self.model_name, model_path, device, use_hf_api, hf_api_token),
                SINK_ALONE if values.get("K_SINK") else MISSING,
            )
        self._ollama = ollama
        if ollama is None and (server := values.get("OLLAMA_URL")):
            self._ollama = Ollama(server, values.get("OLLAMA_MODEL") or "llama3.2:3b")
        _tell("trm_client_initialized", transport=type(self._transport).__name__)

    async def load_model(self) -> None:
        """Make sure that a model answers; in process this loads it.

        :raises Unavailable: none does.
        """
        detail = await self._transport.check()
        _tell("trm_model_loaded", detail=detail)

    @overload
    async def generate(self, request: TRMRequest) -> AnyResponse: ...

    @overload
    async def generate(self, request: TRMRequest, data_type: type[Typed]) -> TRMResponse[Typed]: ...

    async def generate(
        self, request: TRMRequest, data_type: type[BaseModel] | None = None
    ) -> TRMResponse[Any]:
        """Return the function's answer, or Ollama's draft when the function gives none.

        :param data_type: a pydantic model: its JSON Schema is asked for, unless the request has a
            ``response_format``, and ``data`` of the response is one.
        :raises Refused: the request can never succeed, or its answer does not fit ``data_type``.
        :raises Unavailable: nothing answered in time.
        """
        if data_type is None:
            return await self._generate(request)
        if request.response_format is None:
            wanted = {"type": "json_schema", "schema": data_type.model_json_schema()}
            request = request.model_copy(update={"response_format": wanted})
        response = await self._generate(request)
        try:
            data = data_type.model_validate(response.data)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, problem["loc"])) or "data"
            message = f"the answer is no {data_type.__name__}: {place}: {problem['msg']}"
            raise Refused(message, "invalid_answer") from None
        typed: TRMResponse[Any] = response.model_copy(update={"data": data})
        return typed

    async def stream(self, request: TRMRequest) -> AsyncIterator[StreamedPart]:
        """Yield the steps as they are done, the answer in pieces, and last the whole response.

        The pieces of a plain request come while they are written; those of one with checks, rules,
        a format or reflection when the answer is settled. Through a broker everything comes with
        the answer. There are no retries and no fallback.

        :raises TRMError: as :meth:`generate`.
        """
        data = self._data(request)
        if isinstance(self._transport, UrlTransport | LocalTransport):
            async for part in self._transport.stream(data, self._timeout):
                yield part
            return
        response = await self._transport.ask(data, str(uuid.uuid4()), self._timeout)
        for step in response.reflection_trace:
            yield step
        yield response.answer
        yield response

    async def _generate(self, request: TRMRequest) -> AnyResponse:
        event_id = str(uuid.uuid4())
        until = time.monotonic() + self._timeout
        _tell("trm_generation_started", id=event_id)
        try:
            response = await self._ask(request, event_id, until)
        except TRMError as error:
            _tell("trm_generation_failed", id=event_id, error=type(error).__name__)
            raise
        if response.reflection_trace:
            _tell("trm_reflection_steps", id=event_id, steps=response.reflection_steps)
        _tell(
            "trm_generation_completed",
            id=event_id,
            model=response.model_name,
            duration_ms=response.duration_ms,
            tokens=response.tokens_used,
        )
        return response

    async def health_check(self) -> bool:
        """Return whether a request would be answered now; see :meth:`health`."""
        return (await self.health()).healthy

    async def health(self) -> Health:
        """Ask what would answer a request now."""
        try:
            return Health(True, await self._transport.check())
        except TRMError as error:
            problem = str(error)
        if self._ollama is not None:
            try:
                return Health(True, f"{await self._ollama.check()}; {problem}", fallback=True)
            except Unavailable as error:
                problem = f"{problem}; {error}"
        return Health(False, problem)

    async def close(self) -> None:
        """Close connections and give the model's memory back."""
        await self._transport.close()
        if self._ollama is not None:
            await self._ollama.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _data(self, request: TRMRequest) -> dict[str, Any]:
        data = request.data()
        if self._agent is not None:
            data.setdefault("agent", self._agent)
        return data

    async def _ask(self, request: TRMRequest, event_id: str, until: float) -> AnyResponse:
        data = self._data(request)
        share = 0.0 if self._ollama is None else FALLBACK_SHARE
        give_up = until - share * self._timeout
        for attempt in range(self._retries + 1):
            try:
                # The same id each time: the function answers an event once.
                left = max(give_up - time.monotonic(), 0.001)
                return await self._transport.ask(data, event_id, left)
            except Refused:
                raise
            except Unavailable as error:
                problem = error
            pause = problem.retry_after or min(0.5 * 2**attempt, LONGEST_PAUSE)
            if attempt == self._retries or time.monotonic() + pause >= give_up:
                break
            await self._sleep(pause)
        left = until - time.monotonic()
        if self._ollama is None or left <= 0:
            raise problem
        return await self._ollama.ask(request, str(problem), left)


def _settings(
    model_name: str,
    model_path: str | None,
    device: str | None,
    use_hf_api: bool | None,
    hf_api_token: str | None,
) -> dict[str, str]:
    """Return the options as the function's settings; those not given are left to the
    environment."""
    given = {
        "TRM_MODEL_NAME": model_name,
        "TRM_MODEL_PATH": model_path,
        "DEVICE": device,
        "TRM_USE_HF_API": None if use_hf_api is None else str(use_hf_api).lower(),
        "HF_API_TOKEN": hf_api_token,
    }
    return {name: value for name, value in given.items() if value is not None}


def _tell(event: str, **fields: Any) -> None:
    """Write one JSON line: names and numbers, never what was asked or answered."""
    _log.info(json.dumps({"event": event, **fields}))
