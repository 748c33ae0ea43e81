"""Every kind of event that the function takes or sends: its types, its data, what it is for.

The served schemas and the EventType manifests in ``deploy/`` are both made from this registry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from function.contract import FailedResponse, InferenceRequest, InferenceResponse, StepEvent
from function.settings import CANONICAL_REQUEST, REASONING_REQUEST

BROKER = "agents"
"""The broker of ``deploy/``, which announces these types."""
SERVICE_URL = "http://trm.agents.svc.cluster.local"
"""Where the Service of ``deploy/`` is reached in its cluster."""
REQUESTED = ".requested"
_HEADER = (
    "# Written by `python -m function event-types`; the registry is function/events/types.py.\n"
)


@dataclass(frozen=True)
class EventKind:
    """One kind of event; ``suffix`` is the last word of its types, ``model`` its data."""

    name: str
    suffix: str
    model: type[BaseModel]
    meaning: str


KINDS = (
    EventKind("request", "requested", InferenceRequest, "An agent asks for an answer."),
    EventKind("completed", "completed", InferenceResponse, "The answer to one request."),
    EventKind("failed", "failed", FailedResponse, "Why one request never gets an answer."),
    EventKind("step", "step", StepEvent, "One reflection step of a request, as it comes."),
)
FAMILIES = tuple(name.removesuffix(REQUESTED) for name in (CANONICAL_REQUEST, REASONING_REQUEST))
"""What the types of a request and of its replies begin with."""


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schemas (draft 2020-12) of every kind of event data."""
    return {
        kind.name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"/schemas/{kind.name}",
            **kind.model.model_json_schema(
                mode="validation" if kind.name == "request" else "serialization"
            ),
        }
        for kind in KINDS
    }


def schema_text(name: str) -> str:
    """Return one of the schemas as it is committed in ``docs/schemas/``."""
    return json.dumps(schemas()[name], indent=2, ensure_ascii=False) + "\n"


def manifests(source: str) -> str:
    """Return the EventTypes as one YAML text for ``kubectl apply``.

    :param source: ``source`` of the function's own events.
    """
    import yaml  # here, because serving needs none

    return _HEADER + yaml.safe_dump_all(_event_types(source), sort_keys=False, width=100)


def _event_types(source: str) -> Iterator[dict[str, Any]]:
    for family in FAMILIES:
        for kind in KINDS:
            event_type = f"{family}.{kind.suffix}"
            spec = {
                "type": event_type,
                "schema": f"{SERVICE_URL}/schemas/{kind.name}",
                "description": kind.meaning,
                "reference": {
                    "apiVersion": "eventing.knative.dev/v1",
                    "kind": "Broker",
                    "name": BROKER,
                },
            }
            if kind.name != "request":
                spec["source"] = source
            yield {
                "apiVersion": "eventing.knative.dev/v1beta2",
                "kind": "EventType",
                "metadata": {"name": event_type},
                "spec": spec,
            }
