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
from urllib.parse import quote

from cloudevents.core.v1.event import CloudEvent

from function.errors import FieldError, InvalidRequest
from function.events.attributes import spelling_of

REQUEST_REPLY_SECONDS = 50.0
"""How long such a request may take here; the rest of its minute belongs to two passages of the
broker."""
_AROUND = 28
"""Bytes that the encryption adds to an id."""
_UNQUOTED = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


def seconds_of_call(event: CloudEvent) -> float:
    """Return how long the request may take; infinity where nobody waits in a call of RequestReply.

    :raises InvalidRequest: the reply could never be delivered, because the id has a colon.
    """
    if not _came_through(event):
        return math.inf
    # Upstream decodes nothing: "%3A" is no colon there.
    if ":" in spelling_of(event).get("id", event.get_id()):
        problem = "RequestReply delivers no reply to an event whose id has a colon"
        raise InvalidRequest([FieldError("id", problem)])
    return REQUEST_REPLY_SECONDS


def _came_through(event: CloudEvent) -> bool:
    correlation, event_id = event.get_attributes().get("correlationid"), event.get_id()
    spelling = spelling_of(event)
    spelled = spelling.get("correlationid", "")
    if not isinstance(correlation, str) or max(correlation.count(":"), spelled.count(":")) < 2:
        return False
    # Upstream takes the id as it stands in the header, or in the JSON of a structured event.
    spelled_id = spelling.get("id") or quote(event_id, safe=_UNQUOTED)
    return _is_signed(correlation, event_id, len(event_id.encode())) or any(
        _is_signed(text, start, len(spelled_id))
        for text in (correlation, spelled)
        for start in (event_id, spelled_id)
    )


def _is_signed(correlation: str, event_id: str, length: int) -> bool:
    if not correlation.startswith(f"{event_id}:"):
        return False
    code, _, number = correlation[len(event_id) + 1 :].partition(":")
    if not (number.isascii() and number.isdecimal()):
        return False
    try:
        encrypted = urlsafe_b64decode(code)
    except ValueError:
        return False
    return len(encrypted) == length + _AROUND
