"""The function by its URL: one POST, the reply event in the response."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx

from agent_trm.contract import AnyResponse
from agent_trm.errors import Refused, Unavailable
from agent_trm.events import Sender, read_event, request_message
from agent_trm.http import client_for
from agent_trm.streaming import StreamedPart, chat_body, parts_of, refusal_of
from agent_trm.transport import expiry, read_reply


class UrlTransport:
    """Posts request events to the function itself.

    :param url: where the function listens.
    :param sender: who asks.
    :param token: sent as a bearer token where the function asks for one.
    :param http: replaces the network in tests.
    """

    def __init__(
        self,
        url: str,
        sender: Sender,
        token: str | None = None,
        http: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._sender = sender
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = client_for(url, http, headers=headers)

    async def ask(self, data: dict[str, Any], event_id: str, seconds: float) -> AnyResponse:
        """See :meth:`agent_trm.transport.Transport.ask`."""
        message = request_message(data, event_id, self._sender, expiry(seconds))
        # Without this a function with a sink would post the reply there.
        headers = {**message.headers, "prefer": "reply"}
        try:
            # httpx has limits for each read, but none for all of them.
            async with asyncio.timeout(seconds):
                answer = await self._http.post(
                    f"{self._url}/", content=message.body, headers=headers, timeout=seconds
                )
        except (TimeoutError, httpx.ReadTimeout):
            raise Unavailable(f"the function did not answer within {seconds:.1f} s") from None
        except httpx.HTTPError as error:
            raise Unavailable(f"the function cannot be reached: {type(error).__name__}") from None
        if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
            raise Unavailable(f"the function answered {answer.status_code}", _pause(answer))
        if answer.status_code != 200:
            raise Refused(f"the function answered {answer.status_code}: {answer.text[:200]}")
        attributes, body = read_event(answer.headers, answer.content)
        return read_reply(str(attributes.get("type", "")), body)

    async def stream(self, data: dict[str, Any], seconds: float) -> AsyncIterator[StreamedPart]:
        """See :meth:`agent_trm.transport.Transport.stream`."""
        url = f"{self._url}/v1/chat/completions"
        body = chat_body(data)
        try:
            async with (
                asyncio.timeout(seconds),
                self._http.stream("POST", url, json=body, timeout=seconds) as answer,
            ):
                if answer.status_code != 200:
                    raise refusal_of(answer.status_code, await answer.aread(), _pause(answer))
                async for part in parts_of(answer.aiter_lines()):
                    yield part
        except (TimeoutError, httpx.ReadTimeout):
            raise Unavailable(f"the function did not answer within {seconds:.1f} s") from None
        except httpx.HTTPError as error:
            raise Unavailable(f"the function cannot be reached: {type(error).__name__}") from None

    async def check(self) -> str:
        """See :meth:`agent_trm.transport.Transport.check`."""
        try:
            answer = await self._http.get(f"{self._url}/health/readiness", timeout=5)
        except httpx.HTTPError as error:
            raise Unavailable(f"the function cannot be reached: {type(error).__name__}") from None
        if answer.status_code != 200:
            raise Unavailable(f"the function is not ready: {answer.text.strip()[:200]}")
        if not answer.text.startswith("ready"):
            raise Unavailable("what answers there is not the function")
        return answer.text.strip()[:200]

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _pause(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None
