"""The function in this process, where its package is installed."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

from agent_trm.contract import TRMResponse
from agent_trm.errors import Refused, Unavailable

if TYPE_CHECKING:
    from function.service import Service

LOAD_SECONDS = 300.0


class LocalTransport:
    """Runs the function's core here, without HTTP; loads it with the first request.

    The model named is tried first and the embedded one after it; the answer's ``model_name`` and
    ``fallback_reason`` tell which of them spoke.

    :param environment: settings of the function that go before those of the process.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._service: Service | None = None
        self._loading = asyncio.Lock()

    async def ask(self, data: dict[str, Any], event_id: str, seconds: float) -> TRMResponse:
        """See :meth:`agent_trm.transport.Transport.ask`."""
        service = await self._loaded()
        data = {**data, "deadline_ms": max(int(seconds * 1000), 1)}
        # In a thread: the model would hold the event loop for seconds.
        return await asyncio.to_thread(_answer, service, data)

    async def check(self) -> str:
        """See :meth:`agent_trm.transport.Transport.check`."""
        return (await self._loaded()).state[1]

    async def close(self) -> None:
        """Give the model's memory back."""
        if self._service is not None:
            await asyncio.to_thread(self._service.close)
            self._service = None

    async def _loaded(self) -> Service:
        async with self._loading:
            if self._service is None:
                self._service = await asyncio.to_thread(_load, self._environment)
            return self._service


def _load(environment: dict[str, str]) -> Service:
    try:
        from function.models.members import members_of
        from function.service import Service
        from function.settings import load_settings
        from function.telemetry import Log
        from function.trm.networks import Networks
    except ImportError:
        raise Unavailable(
            "set TRM_FUNCTION_URL or K_SINK, or install the function in this process"
        ) from None
    wanted = {**os.environ, **environment}
    settings = load_settings(wanted)
    networks = Networks(settings.network, settings.halt_above, settings.engine_threads)
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


def _answer(service: Service, data: dict[str, Any]) -> TRMResponse:
    from function.errors import RequestFailed, TryAgain

    try:
        response = service.handler.answer_plain(data)
    except RequestFailed as error:
        raise Refused(str(error), error.code) from None
    except TryAgain as error:
        raise Unavailable(str(error), error.retry_after) from None
    return TRMResponse.model_validate(response.model_dump(mode="json"))
