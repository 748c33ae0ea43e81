"""CloudEvents over HTTP: request events out in binary mode, reply events in from either mode.

Written without the CloudEvents SDK, whose releases 1.x and 2.x have no module in common: an agent
keeps the one it has. See the CloudEvents specification, "HTTP Protocol Binding", section 3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from agent_trm.errors import Unavailable

REQUEST_TYPE = "io.homelab.trm.inference.requested"
_REQUIRED = ("id", "source", "type", "specversion")
_STRUCTURED = "application/cloudevents+json"
_SAFE = "".join(map(chr, range(0x21, 0x7F))).replace('"', "").replace("%", "")
"""Characters of an attribute that a header holds as they are."""
_REQUESTED = ".requested"


def reply_types(request_type: str) -> frozenset[str]:
    """Return the types of the replies to a request of this type.

    ``x.requested`` is answered with ``x.completed`` or ``x.failed``, every other type with the
    canonical ones.
    """
    known = request_type if request_type.endswith(_REQUESTED) else REQUEST_TYPE
    family = known.removesuffix(_REQUESTED)
    return frozenset((f"{family}.completed", f"{family}.failed"))


class Message(NamedTuple):
    """An HTTP message with an event."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Sender:
    """Who asks: attributes that every request event of a client has.

    :param agent: whom a broker brings the replies to. Requests of a role or persona of that agent
        name it in their data, and get its profile.
    :param request_type: another one that the function accepts.
    """

    source: str
    agent: str | None = None
    request_type: str = REQUEST_TYPE


def request_message(
    data: dict[str, Any], event_id: str, sender: Sender, expires: datetime
) -> Message:
    """Return a request event in binary mode; its id is also what its reply is found by."""
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": sender.source,
        "type": sender.request_type,
        "time": datetime.now(UTC).isoformat(),
        "correlationid": event_id,
        "expirytime": expires.isoformat(),
    }
    if agent := sender.agent or data.get("agent"):
        attributes["agent"] = agent
    headers = {f"ce-{name}": quote(text, safe=_SAFE) for name, text in attributes.items()}
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Message({**headers, "content-type": "application/json"}, body.encode())


def read_event(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, Any], Any]:
    """Return attributes and JSON data of an event, in binary or structured mode.

    The content type decides the mode: brokers send structured events with ``ce-`` headers too.

    :raises Unavailable: it is none.
    """
    given = {name.lower(): text for name, text in headers.items()}
    try:
        if given.get("content-type", "").strip().lower().startswith(_STRUCTURED):
            envelope = json.loads(body)
            data = envelope.pop("data", None)
            attributes = dict(envelope)
        else:
            attributes = {
                name.removeprefix("ce-"): unquote(text, errors="strict")
                for name, text in given.items()
                if name.startswith("ce-")
            }
            data = json.loads(body) if body else None
        if isinstance(data, str):
            data = json.loads(data)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Unavailable(f"no CloudEvent came back: {type(error).__name__}") from None
    missing = [name for name in _REQUIRED if not isinstance(attributes.get(name), str)]
    if missing:
        raise Unavailable(f"no CloudEvent came back: {', '.join(missing)} missing")
    return attributes, data
