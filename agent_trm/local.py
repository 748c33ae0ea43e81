"""The function in this process, where its package is installed."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from agent_trm.contract import AnyResponse, ReflectionStep, TRMResponse
from agent_trm.errors import Refused, TRMError, Unavailable
from agent_trm.streaming import StreamedPart
from agent_trm.transport import margin

if TYPE_CHECKING:
    from function.deadline import Cancellation
    from function.service import Service

LOAD_SECONDS = 300.0
MISSING = "set TRM_FUNCTION_URL, or install the function in this process"


class LocalTransport:
    """Runs the function's core here, without HTTP; loads it with the first request.

    Importing it, loading and answering are done by other threads than the event loop's. What is
    left is one pause, of a second or two for the embedded model: llama.cpp's binding keeps the
    interpreter to itself while it opens a model, whichever thread asks it to. Who cannot have that
    awaits :meth:`agent_trm.client.TRMClient.load_model` before the loop has other work.

    The model named is tried first and the embedded one after it; the answer's ``model_name`` and
    ``fallback_reason`` say which of them answered.

    :param environment: settings of the function that go before those of the process.
    :param missing: the error where the function is not installed.
    """

    def __init__(self, environment: dict[str, str], missing: str = MISSING) -> None:
        self._environment = environment
        self._missing = missing
        self._loading: Future[Service] | None = None

    async def ask(self, data: dict[str, Any], event_id: str, seconds: float) -> AnyResponse:
        """See :meth:`agent_trm.transport.Transport.ask`."""
        until = time.monotonic() + seconds
        try:
            async with asyncio.timeout(seconds):
                service = await self._loaded()
                # In a thread: the model would hold the event loop for seconds.
                return await asyncio.to_thread(_answer, service, _until(data, until))
        except TimeoutError:
            raise Unavailable(f"the function did not answer within {seconds:.1f} s") from None

    async def stream(self, data: dict[str, Any], seconds: float) -> AsyncIterator[StreamedPart]:
        """See :meth:`agent_trm.client.TRMClient.stream`."""
        until = time.monotonic() + seconds
        loop = asyncio.get_running_loop()
        parts: asyncio.Queue[StreamedPart | Exception] = asyncio.Queue()

        def put(part: StreamedPart | Exception) -> None:
            with suppress(RuntimeError):  # the loop has ended: no caller reads
                loop.call_soon_threadsafe(parts.put_nowait, part)

        try:
            async with asyncio.timeout(seconds):
                service = await self._loaded()
                with _cancellation() as cancellation:
                    work = (service, _until(data, until), put, cancellation)
                    Thread(target=_answer_in_parts, args=work, daemon=True).start()
                    while not isinstance(part := await parts.get(), Exception):
                        yield part
                        if isinstance(part, TRMResponse):
                            return
                    raise part
        except TimeoutError:
            raise Unavailable(f"the function did not answer within {seconds:.1f} s") from None

    async def check(self) -> str:
        """See :meth:`agent_trm.transport.Transport.check`."""
        ready, detail = (await self._loaded()).state
        if not ready:
            raise Unavailable(detail)
        return detail

    async def close(self) -> None:
        """Give the model's memory back."""
        loading, self._loading = self._loading, None
        if loading is not None:
            with suppress(TRMError):
                await asyncio.to_thread((await _done(loading)).close)

    async def _loaded(self) -> Service:
        if self._loading is None or _failed(self._loading):
            self._loading = Future()
            loading = (self._loading, self._environment, self._missing)
            Thread(target=_load_into, args=loading, name="agent_trm", daemon=True).start()
        return await _done(self._loading)


async def _done(loading: Future[Service]) -> Service:
    """Wait for a load, in any event loop; giving up does not end it, the next one needs it."""
    return await asyncio.shield(asyncio.wrap_future(loading))


def _failed(loading: Future[Service]) -> bool:
    return loading.done() and loading.exception() is not None


def _load_into(loading: Future[Service], environment: dict[str, str], missing: str) -> None:
    loading.set_running_or_notify_cancel()
    try:
        loading.set_result(_load(environment, missing))
    except BaseException as error:
        loading.set_exception(error)


def _load(environment: dict[str, str], missing: str = MISSING) -> Service:
    try:
        from function.backends.registry import members_of
        from function.errors import ConfigurationError
        from function.service import Service
        from function.settings import load_settings
        from function.telemetry import Log
        from function.trm.registry import Networks
    except ImportError:
        raise Unavailable(missing) from None
    wanted = {**os.environ, **environment}
    try:
        settings = load_settings(wanted)
    except ConfigurationError as error:
        raise Refused(str(error), "configuration") from None
    networks = Networks(
        settings.network, settings.halt_above, settings.engine_threads, settings.network_fields
    )
    members = members_of(settings, networks)
    if wanted.get("TRM_MODEL_NAME", "embedded") != "embedded" or wanted.get("TRM_MODEL_PATH"):
        members += members_of(load_settings({}), networks)
    service = Service(settings, members, Log(settings.log_level, sys.stderr), networks=networks)
    service.start()
    if not service.chain.wait(LOAD_SECONDS):
        reason = service.state[1]
        service.close()
        raise Unavailable(reason)
    return service


def _until(data: dict[str, Any], until: float) -> dict[str, Any]:
    """Return a request that ends a little before a moment of the monotonic clock."""
    left = until - time.monotonic()
    return {**data, "deadline_ms": max(int((left - margin(left)) * 1000), 1)}


@contextmanager
def _cancellation() -> Iterator[Cancellation]:
    """Yield what ends the work when its parts are read no more."""
    from function.deadline import Cancellation

    cancellation = Cancellation()
    try:
        yield cancellation
    finally:
        cancellation.cancel()


def _answer_in_parts(
    service: Service,
    data: dict[str, Any],
    put: Callable[[StreamedPart | Exception], None],
    cancellation: Cancellation,
) -> None:
    """Answer a request step by step and piece by piece; the last part is the response or error."""
    from function.http.api.stream import EarlyText
    from function.reflection.listener import Listener

    early = EarlyText(put)

    def on_step(step: Any) -> None:
        put(ReflectionStep.model_validate(step.model_dump()))

    try:
        response = _answer(service, data, Listener(on_step, on_text=early.show), cancellation)
        rest = early.rest_of(response.answer)
    except Exception as error:
        put(error)
        return
    if rest:
        put(rest)
    put(response)


def _answer(service: Service, data: dict[str, Any], *watched: Any) -> AnyResponse:
    from function.errors import RequestFailed, TryAgain

    try:
        response = service.handler.answer_plain(data, *watched)
    except RequestFailed as error:
        raise Refused(str(error), error.code) from None
    except TryAgain as error:
        raise Unavailable(str(error), error.retry_after) from None
    return TRMResponse[Any].model_validate(response.model_dump(mode="json"))
