"""The client for code without an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from pydantic import BaseModel

from agent_trm.client import Health, TRMClient
from agent_trm.contract import AnyResponse, TRMRequest, TRMResponse
from agent_trm.streaming import StreamedPart

Result = TypeVar("Result")
Typed = TypeVar("Typed", bound=BaseModel)


class SyncTRMClient:
    """Calls a :class:`TRMClient` in an event loop of its own; safe for many threads.

    Its parameters are those of :class:`TRMClient`.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._client = TRMClient(*arguments, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="agent_trm", daemon=True
        )
        self._thread.start()

    def load_model(self) -> None:
        """See :meth:`TRMClient.load_model`."""
        self._run(self._client.load_model())

    @overload
    def generate(self, request: TRMRequest) -> AnyResponse: ...

    @overload
    def generate(self, request: TRMRequest, data_type: type[Typed]) -> TRMResponse[Typed]: ...

    def generate(
        self, request: TRMRequest, data_type: type[BaseModel] | None = None
    ) -> TRMResponse[Any]:
        """See :meth:`TRMClient.generate`."""
        if data_type is None:
            return self._run(self._client.generate(request))
        return self._run(self._client.generate(request, data_type))

    def stream(self, request: TRMRequest) -> Iterator[StreamedPart]:
        """See :meth:`TRMClient.stream`."""
        parts = self._client.stream(request)
        while (part := self._run(_next(parts))) is not None:
            yield part

    def health_check(self) -> bool:
        """See :meth:`TRMClient.health_check`."""
        return self._run(self._client.health_check())

    def health(self) -> Health:
        """See :meth:`TRMClient.health`."""
        return self._run(self._client.health())

    def close(self) -> None:
        """Close the connections and end the event loop."""
        if self._loop.is_closed():
            return
        self._run(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


async def _next(parts: Any) -> StreamedPart | None:
    return await anext(parts, None)
