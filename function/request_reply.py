"""Requests that came through Knative's RequestReply, whose caller waits in one HTTP call.

RequestReply sets ``correlationid`` to ``ID:CODE:NUMBER``: the event's id, the same id encrypted
with AES-GCM (12 bytes of nonce, 16 of tag) in base64, and the replica that holds the call. It
answers its caller after one minute at the latest (pkg/requestreply/ingress_handler.go in
knative/eventing), and never delivers a reply whose ``replyid`` is not of exactly three parts
between colons.
"""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode

from cloudevents.core.v1.event import CloudEvent

from function.errors import FieldError, InvalidRequest

REQUEST_REPLY_SECONDS = 50.0
"""How long such a request may take here; the rest of its minute belongs to two passages of the
broker."""
_AROUND = 28
"""Bytes that the encryption adds to an id."""


def seconds_of_call(event: CloudEvent) -> float:
    """Return how long the request may take; infinity where nobody waits in a call of RequestReply.

    :raises InvalidRequest: the reply could never be delivered, because the id has a colon.
    """
    if not _came_through(event):
        return math.inf
    if ":" in event.get_id():
        problem = "RequestReply delivers no reply to an event whose id has a colon"
        raise InvalidRequest([FieldError("id", problem)])
    return REQUEST_REPLY_SECONDS


def _came_through(event: CloudEvent) -> bool:
    correlation, event_id = event.get_attributes().get("correlationid"), event.get_id()
    if not isinstance(correlation, str) or not correlation.startswith(f"{event_id}:"):
        return False
    code, _, number = correlation[len(event_id) + 1 :].partition(":")
    if not (number.isascii() and number.isdecimal()):
        return False
    try:
        encrypted = urlsafe_b64decode(code)
    except ValueError:
        return False
    return len(encrypted) == len(event_id.encode()) + _AROUND
