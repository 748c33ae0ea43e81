"""The function behind a broker: publish a request event, await the reply event."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from agent_trm.contract import TRMResponse
from agent_trm.errors import Refused, Unavailable
from agent_trm.events import Sender, request_message
from agent_trm.receiver import Receiver, reply_of
from agent_trm.transport import read_reply


class BrokerTransport:
    """Publishes to a broker and waits at a receiver.

    :param sink: the broker's ingress.
    :param receiver: where a Trigger delivers the replies; the caller mounts or starts it.
    :param sender: who asks.
    :param http: replaces the network in tests.
    """

    def __init__(
        self,
        sink: str,
        receiver: Receiver,
        sender: Sender,
        http: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._sink = sink
        self._receiver = receiver
        self._sender = sender
        self._http = httpx.AsyncClient(transport=http)

    async def ask(self, data: dict[str, Any], event_id: str, seconds: float) -> TRMResponse:
        """See :meth:`agent_trm.transport.Transport.ask`."""
        until = time.monotonic() + seconds
        expires = datetime.now(UTC) + timedelta(seconds=seconds)
        message = request_message(data, event_id, self._sender, expires)
        # Before the event leaves: a broker answers only after every delivery.
        expected = self._receiver.expect(event_id)
        try:
            await self._publish(message.headers, message.body, seconds)
            left = max(until - time.monotonic(), 0)
            event_type, body = await reply_of(expected, left)
        finally:
            self._receiver.forget(event_id)
        return read_reply(event_type, body)

    async def check(self) -> str:
        """See :meth:`agent_trm.transport.Transport.check`.

        A broker tells nothing of who is behind it, so this says only that it can be reached.
        """
        try:
            answer = await self._http.request("OPTIONS", self._sink, timeout=5)
        except httpx.HTTPError as error:
            raise Unavailable(f"the broker cannot be reached: {type(error).__name__}") from None
        if answer.status_code >= 500:
            raise Unavailable(f"the broker answered {answer.status_code}")
        return "the broker can be reached; whether the function is behind it cannot be told"

    async def close(self) -> None:
        """Close the connections; the receiver belongs to the caller."""
        await self._http.aclose()

    async def _publish(self, headers: dict[str, str], body: bytes, seconds: float) -> None:
        try:
            answer = await self._http.post(
                self._sink, content=body, headers=headers, timeout=seconds
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"the broker cannot be reached: {type(error).__name__}") from None
        if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
            raise Unavailable(f"the broker answered {answer.status_code}")
        if answer.status_code >= 300:
            raise Refused(f"the broker answered {answer.status_code}")
