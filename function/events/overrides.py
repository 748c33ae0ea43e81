"""``K_CE_OVERRIDES``: extension attributes that the operator puts on every event sent out.

Knative's SinkBinding and ContainerSource inject the variable beside ``K_SINK`` as
``{"extensions": {"name": "value"}}`` (https://knative.dev/docs/eventing/custom-event-source/).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from cloudevents.core.v1.event import CloudEvent

from function.errors import ConfigurationError, NotAnEvent
from function.events.attributes import CheckedEvent, spelling_of
from function.events.codec import STRUCTURED_TYPE, decode
from function.events.strict_json import strict_json

_NAME = re.compile(r"[a-z0-9]+")
# An override is an extension: the Go SDK refuses these names too (EventContextV1.SetExtension,
# "spec attribute MUST NOT be overwritten by extension"). Another id would break deduplication,
# and a fixed count of hops would let requests go round in a loop.
_RESERVED = frozenset(
    ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema")
    + ("data", "trmhops")
)


def parse_overrides(k_ce_overrides: str) -> dict[str, str]:
    """Read ``K_CE_OVERRIDES``; an empty text, which Knative injects by default, means none.

    Keys beside ``extensions`` are ignored, as Knative ignores them.

    :returns: extension attributes by name.
    :raises ConfigurationError: no JSON of that shape, a name that no extension can have, or a
        value that no attribute can have; one line.
    """
    if not k_ce_overrides.strip():
        return {}
    try:
        written = strict_json(k_ce_overrides.encode("utf-8", "surrogatepass"))
    except ValueError as bad:
        raise ConfigurationError(f"K_CE_OVERRIDES is {bad}") from None
    if not isinstance(written, dict):
        raise ConfigurationError("K_CE_OVERRIDES is not a JSON object")
    extensions = written.get("extensions")
    if extensions is None:
        return {}
    if not isinstance(extensions, dict):
        raise ConfigurationError("K_CE_OVERRIDES: extensions is not a JSON object")
    for name, value in extensions.items():
        _check(name, value)
    return extensions


def with_overrides(event: CloudEvent, overrides: Mapping[str, str]) -> CloudEvent:
    """Return a new event that is ``event`` with these attributes set; ``event`` stays as it was."""
    given = event.get_attributes().items()
    attributes = {name: value for name, value in given if value is not None} | dict(overrides)
    kept = spelling_of(event).items()
    spelling = {name: value for name, value in kept if name not in overrides}
    return CheckedEvent(attributes, event.get_data(), spelling)


def _check(name: str, value: object) -> None:
    shown = ascii(name if len(name) <= 40 else name[:37] + "...")
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"K_CE_OVERRIDES: name {shown} is not of a-z and 0-9")
    if name in _RESERVED:
        raise ConfigurationError(f"K_CE_OVERRIDES: {shown} is not an extension")
    if not isinstance(value, str):
        raise ConfigurationError(f"K_CE_OVERRIDES: the value of {shown} is not a string")
    # The codec that judges every event judges this one: what it refuses, subscribers refuse.
    probe = {"specversion": "1.0", "id": "1", "source": "/", "type": "probe", name: value}
    try:
        decode([("content-type", STRUCTURED_TYPE)], json.dumps(probe).encode())
    except NotAnEvent as bad:
        raise ConfigurationError(f"K_CE_OVERRIDES: {bad}") from None
