"""A dead letter: the HTTP message that could not be delivered, in the bytes in which it came.

It is kept unread, because what a subscriber refused may be what a strict reader refuses; what the
list shows of it is read as leniently as possible.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from function.errors import FunctionError
from function.events.attributes import canonical, media_of
from function.events.codec import STRUCTURED_TYPE, decode, is_json
from function.events.message import HttpMessage, message_of
from function.events.strict_json import json_bytes, strict_json

ERROR_PREFIX = "knativeerror"
"""Attributes that Knative adds to what it could not deliver."""
LONGEST_PARSED = 262_144
"""Bytes of a structured event that the list reads; a longer one is listed without attributes."""
_KEPT = frozenset(("content-type", "traceparent", "tracestate"))
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
"""What no HTTP client sends in a header, although some servers let it in."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


class Letter(NamedTuple):
    """Headers of the event alone, names in lower case, values one character a byte; the body."""

    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def received(cls, headers: Iterable[tuple[str, str]], body: bytes) -> Letter:
        """Keep what belongs to the event, and nothing of the request that brought it."""
        named = [(name.lower(), _CONTROL.sub(_percent, value)) for name, value in headers]
        kept = [(n, v) for n, v in named if n in _KEPT or n.startswith("ce-")]
        return cls(kept, body)

    @property
    def attributes(self) -> dict[str, str]:
        """The event's attributes as far as they can be read; empty where there are none."""
        if self._structured:
            envelope = self._envelope() or {}
            return {n: _writable(str(v)) for n, v in envelope.items() if _is_scalar(v)}
        return {
            name.removeprefix("ce-"): unquote_to_bytes(value.encode("latin-1", "replace")).decode(
                errors="replace"
            )
            for name, value in self.headers
            if name.startswith("ce-")
        }

    @property
    def reason(self) -> str:
        """Why it was not delivered, in the words of the last one to refuse it."""
        return reason_of(self.attributes.get("knativeerrordata", ""))

    def event_json(self) -> bytes | None:
        """Return the event as structured JSON with its data readable; None where it is not a valid
        event."""
        try:
            event = decode(self.headers, self.body)
            envelope: dict[str, Any] = {**canonical(event)}
            data: Any = event.get_data()
            if isinstance(data, bytes):
                envelope |= _readable(data, event.get_datacontenttype())
            elif data is not None:
                envelope["data"] = data
            return json_bytes(envelope)
        except (FunctionError, ValueError, RecursionError):
            return None

    def message_again(self) -> HttpMessage:
        """Return the message as it first came, without what Knative added to it."""
        body = self.body
        if self._structured and (envelope := self._envelope(len(body))) is not None:
            marked = [name for name in envelope if name.startswith(ERROR_PREFIX)]
            for name in marked:
                del envelope[name]
            if marked:
                body = json.dumps(envelope, ensure_ascii=False).encode(errors="surrogatepass")
        headers = [(n, v) for n, v in self.headers if not n.startswith(f"ce-{ERROR_PREFIX}")]
        return message_of(headers, body)

    @property
    def _structured(self) -> bool:
        content_type = dict(self.headers).get("content-type", "")
        return content_type.strip().lower().startswith(STRUCTURED_TYPE)

    def _envelope(self, longest: int = LONGEST_PARSED) -> dict[str, Any] | None:
        if len(self.body) > longest:
            return None
        try:
            envelope = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return envelope if isinstance(envelope, dict) else None


def reason_of(error_data: str) -> str:
    """Return ``knativeerrordata`` as text: Knative writes base64, older Kafka brokers text.

    Knative cuts it to 1,024 characters, so the last character of the text may be torn.
    """
    if _BASE64.fullmatch(error_data):
        try:
            octets = base64.b64decode(error_data + "=" * (-len(error_data) % 4))
        except ValueError:
            return error_data
        for torn in range(min(4, len(octets))):
            try:
                text = octets[: len(octets) - torn].decode()
            except UnicodeDecodeError:
                continue
            if all(c.isprintable() or c.isspace() for c in text):
                return text
    return error_data


def _percent(control: re.Match[str]) -> str:
    return f"%{ord(control[0]):02X}"


def _writable(text: str) -> str:
    """Replace lone surrogates, which JSON can hold and neither the list nor the log."""
    return text.encode(errors="replace").decode()


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def _readable(data: bytes, content_type: str | None) -> dict[str, Any]:
    """Return the data as a person reads it, where it is JSON or text."""
    try:
        if is_json(content_type):
            return {"data": strict_json(data)}
        if media_of(content_type or "").kind.startswith("text/"):
            return {"data": data.decode()}
    except ValueError:
        pass
    return {"data_base64": base64.b64encode(data).decode()}
