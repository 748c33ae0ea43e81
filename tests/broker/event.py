"""Events as a broker carries them: attributes as text and a body that it never looks into.

A codec of its own, so that a mistake of the product's does not pass for the truth here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

REQUIRED = ("specversion", "id", "source", "type")
STRUCTURED = "application/cloudevents+json"
_SAFE = "!#$&'()*+,-./:;<=>?@[]^_`{|}~"


class NoEvent(Exception):
    """The message is not a CloudEvent; the text says why."""


@dataclass(frozen=True)
class Event:
    """One event; ``ttl`` is how often it and its replies may still pass a broker."""

    attributes: dict[str, str]
    content_type: str = "application/json"
    body: bytes = b""
    trace: str | None = None
    ttl: int = field(default=255, compare=False)

    @property
    def id(self) -> str:
        return self.attributes["id"]

    @property
    def type(self) -> str:
        return self.attributes["type"]

    @property
    def key(self) -> tuple[str, str]:
        """What tells events apart: source and id."""
        return self.attributes["source"], self.id

    def marked(self, **attributes: str) -> Event:
        """Return the event with more attributes."""
        return replace(self, attributes={**self.attributes, **attributes})

    def headers(self) -> dict[str, str]:
        """Return the event in binary mode."""
        found = {f"ce-{name}": quote(value, _SAFE) for name, value in self.attributes.items()}
        if self.body:
            found["content-type"] = self.content_type
        if self.trace:
            found["traceparent"] = self.trace
        return found


def read_event(headers: Mapping[str, str], body: bytes) -> Event:
    """Read an event in either mode; names of headers in any case.

    :raises NoEvent: it is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    content_type = given.get("content-type", "")
    if content_type.startswith(STRUCTURED):
        event = _read_structured(body)
    else:
        attributes = {
            name.removeprefix("ce-"): unquote(value)
            for name, value in given.items()
            if name.startswith("ce-")
        }
        event = Event(attributes, content_type, body)
    for name in REQUIRED:
        if not event.attributes.get(name):
            raise NoEvent(f"{name} is missing")
    if event.attributes["specversion"] != "1.0":
        raise NoEvent("the specversion is not 1.0")
    return replace(event, trace=given.get("traceparent"))


def _read_structured(body: bytes) -> Event:
    try:
        envelope = json.loads(body)
        data = envelope.pop("data", None)
        content_type = envelope.pop("datacontenttype", "application/json")
    except (ValueError, AttributeError):
        raise NoEvent("the body is not an event") from None
    attributes = {name: str(value) for name, value in envelope.items()}
    return Event(attributes, content_type, b"" if data is None else json.dumps(data).encode())
