"""Events to decode and to encode."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cloudevents.core.v1.event import CloudEvent

from function.events.codec import (
    decode,
)

REQUIRED = {"specversion": "1.0", "id": "1", "source": "/agents/a", "type": "boson.fn"}

STRUCTURED = ("content-type", "application/cloudevents+json")
JSON = ("content-type", "application/json")


def binary(body: bytes = b"", content_type: str | None = None, **attributes: str) -> CloudEvent:
    return binary_of(attributes, body, content_type)


def binary_of(
    attributes: Mapping[str, str], body: bytes = b"", content_type: str | None = None
) -> CloudEvent:
    headers = [(f"ce-{name}", value) for name, value in (REQUIRED | dict(attributes)).items()]
    if content_type is not None:
        headers.append(("content-type", content_type))
    return decode(headers, body)


def structured(**members: Any) -> CloudEvent:
    return structured_of(members)


def structured_of(members: Mapping[str, Any]) -> CloudEvent:
    return decode([STRUCTURED], json.dumps(REQUIRED | dict(members)).encode())


def event_with(data: Any = None, **attributes: Any) -> CloudEvent:
    return CloudEvent(REQUIRED | attributes, data)
