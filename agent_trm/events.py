"""Request events to HTTP, reply events from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloudevents.core.bindings.http import HTTPMessage, from_http_event, to_binary_event
from cloudevents.core.v1.event import CloudEvent

from agent_trm.errors import Unavailable

REQUEST_TYPE = "io.homelab.trm.inference.requested"


_REQUESTED = ".requested"


def reply_types(request_type: str) -> frozenset[str]:
    """Return the types of the replies to a request of this type.

    ``x.requested`` is answered with ``x.completed`` or ``x.failed``, every other type with the
    canonical ones.
    """
    known = request_type if request_type.endswith(_REQUESTED) else REQUEST_TYPE
    family = known.removesuffix(_REQUESTED)
    return frozenset((f"{family}.completed", f"{family}.failed"))


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
) -> HTTPMessage:
    """Return a request event in binary mode; its id is also what its reply is found by."""
    attributes: dict[str, Any] = {
        "id": event_id,
        "source": sender.source,
        "type": sender.request_type,
        "specversion": "1.0",
        "time": datetime.now(UTC),
        "datacontenttype": "application/json",
        "correlationid": event_id,
        "expirytime": expires.isoformat(),
    }
    if agent := sender.agent or data.get("agent"):
        attributes["agent"] = agent
    return to_binary_event(CloudEvent(attributes, data))


def read_event(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, Any], Any]:
    """Return attributes and JSON data of an event, in binary or structured mode.

    :raises Unavailable: it is none.
    """
    try:
        event = from_http_event(HTTPMessage(dict(headers), body))
        data = event.get_data()
        if isinstance(data, (bytes, str)):
            data = json.loads(data)
        return dict(event.get_attributes()), data
    except Exception as error:  # the SDK raises many kinds, all of which say: no event
        raise Unavailable(f"no CloudEvent came back: {type(error).__name__}") from None
