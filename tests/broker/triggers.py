"""Triggers and how they deliver, read from the project's own manifests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.broker.event import Event
from tests.deploy.kustomize import render

Object = Mapping[str, Any]
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
OVERLAYS = DEPLOY / "overlays"
PARALLELISM = "rabbitmq.eventing.knative.dev/parallelism"
_SECONDS = re.compile(r"PT(?:(\d+)M)?(?:(\d+)S)?")


@dataclass(frozen=True)
class Delivery:
    """How often and how long an event is offered; times in seconds."""

    retry: int
    linear: bool
    delay: float
    timeout: float
    retry_after_max: float | None
    dead_letter_sink: str | None

    def pause(self, attempt: int, retry_after: float | None) -> float:
        """Return how long to wait after a failed attempt, counted from 0.

        Knative, pkg/kncloudevents/retries.go: the longer one of the backoff and the advice,
        which counts only where ``retryAfterMax`` allows it.
        """
        backoff = self.delay * (attempt if self.linear else 2**attempt)
        if self.retry_after_max is None or retry_after is None:
            return backoff
        return max(backoff, min(retry_after, self.retry_after_max))


@dataclass(frozen=True)
class Trigger:
    """Which events go where; ``subscriber`` is a name, ``path`` where it listens."""

    name: str
    attributes: Mapping[str, str]
    subscriber: str
    path: str
    delivery: Delivery
    parallelism: int = 1

    def takes(self, event: Event) -> bool:
        """Return whether every attribute is exactly what the filter says; an empty one is any."""
        return all(
            not value or event.attributes.get(name) == value
            for name, value in self.attributes.items()
        )


def triggers_of(overlay: str) -> list[Trigger]:
    """Return the Triggers of an overlay of ``deploy/`` and those of the example agents; a Trigger
    without delivery has its broker's."""
    objects = [*render(OVERLAYS / overlay), *render(DEPLOY / "agents")]
    (broker,) = [x for x in objects if x["kind"] == "Broker"]
    found = []
    for item in objects:
        if item["kind"] != "Trigger":
            continue
        spec = item["spec"]
        assert spec["broker"] == broker["metadata"]["name"]
        notes = item["metadata"].get("annotations", {})
        found.append(
            Trigger(
                item["metadata"]["name"],
                spec["filter"]["attributes"],
                spec["subscriber"]["ref"]["name"],
                spec["subscriber"].get("uri", "/"),
                delivery_of(spec.get("delivery") or broker["spec"]["delivery"]),
                int(notes.get(PARALLELISM, "1")) if overlay == "rabbitmq" else 30,
            )
        )
    return found


def delivery_of(spec: Object) -> Delivery:
    """Return a delivery spec; what it leaves out is not done."""
    advice = spec.get("retryAfterMax")
    return Delivery(
        retry=spec.get("retry", 0),
        linear=spec.get("backoffPolicy") == "linear",
        delay=seconds(spec.get("backoffDelay", "PT0S")),
        timeout=seconds(spec.get("timeout", "PT60S")),
        retry_after_max=None if advice is None else seconds(advice),
        dead_letter_sink=spec.get("deadLetterSink", {}).get("ref", {}).get("name"),
    )


def seconds(duration: str) -> float:
    """Return an ISO 8601 duration of minutes and seconds."""
    match = _SECONDS.fullmatch(duration)
    assert match, duration
    return 60.0 * int(match[1] or 0) + int(match[2] or 0)
