"""The function behind a broker: publish a request event, await the reply event."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from agent_trm.contract import AnyResponse
from agent_trm.errors import Refused, Unavailable
from agent_trm.events import Sender, request_message
from agent_trm.http import client_for
from agent_trm.receiver import Receiver, reply_of
from agent_trm.transport import expiry, read_reply


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
        self._http = client_for(sink, http)
        self._publishing: set[asyncio.Task[None]] = set()

    async def ask(self, data: dict[str, Any], event_id: str, seconds: float) -> AnyResponse:
        """See :meth:`agent_trm.transport.Transport.ask`."""
        message = request_message(data, event_id, self._sender, expiry(seconds))
        expected = self._receiver.expect(event_id, self._sender.request_type)
        publishing = asyncio.create_task(self._publish(message.headers, message.body, seconds))
        awaiting = asyncio.create_task(reply_of(expected, seconds))
        try:
            # Both at once: some brokers answer only after every delivery, the reply's included,
            # and one subscriber that is gone keeps them trying for long.
            await asyncio.wait({publishing, awaiting}, return_when=asyncio.FIRST_COMPLETED)
            if not awaiting.done():
                await publishing
            event_type, body = await awaiting
        finally:
            awaiting.cancel()
            self._receiver.forget(event_id)
            self._see_off(publishing)
        return read_reply(event_type, body)

    async def check(self) -> str:
        """See :meth:`agent_trm.transport.Transport.check`.

        A broker does not report its subscribers, so this says only that it can be reached.
        """
        try:
            answer = await self._http.request("OPTIONS", self._sink, timeout=5)
        except httpx.HTTPError as error:
            raise Unavailable(f"the broker cannot be reached: {type(error).__name__}") from None
        if answer.status_code >= 500:
            raise Unavailable(f"the broker answered {answer.status_code}")
        return "the broker can be reached; whether the function is behind it is unknown"

    async def close(self) -> None:
        """Close the connections; the receiver belongs to the caller."""
        here = asyncio.get_running_loop()
        for publishing in self._publishing:
            if publishing.get_loop() is here:
                publishing.cancel()
        await self._http.aclose()

    def _see_off(self, publishing: asyncio.Task[None]) -> None:
        """Let it end by itself: hung up on, a broker would not go on to the other subscribers."""
        self._publishing.add(publishing)
        publishing.add_done_callback(self._forget)

    def _forget(self, publishing: asyncio.Task[None]) -> None:
        self._publishing.discard(publishing)
        if not publishing.cancelled():
            publishing.exception()  # has been raised, or is of no interest any more

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
