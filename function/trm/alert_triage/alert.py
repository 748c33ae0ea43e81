"""An alert as Alertmanager sends it, read from untrusted JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from function.trm.errors import AlertError

NAME_LABEL = "alertname"
LONGEST_VALUE = 4096
LONGEST_KEY = 256
MOST_ENTRIES = 100
FACTS = "for an answer to a prompt put facts into context"


@dataclass(frozen=True, slots=True)
class Alert:
    """Labels that decide, annotations that may lie, and whether it is over."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    resolved: bool = False

    @property
    def name(self) -> str:
        return self.labels.get(NAME_LABEL, "")


def alerts_of(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the alerts of a group in its order, each with what all have in common.

    What is not a group is one alert. Raises AlertError, which names the field that is wrong.
    """
    alerts = value.get("alerts")
    if alerts is None:
        return [dict(value)]
    if not isinstance(alerts, Sequence) or isinstance(alerts, str):
        raise AlertError("alerts", "must be a list of alerts")
    return [_of_group(value, place, alert) for place, alert in enumerate(alerts)]


def _of_group(group: Mapping[str, Any], place: int, alert: object) -> dict[str, Any]:
    if not isinstance(alert, Mapping):
        raise AlertError(f"alerts.{place}", "must be an object with labels")
    found = dict(alert)
    for name, common in (("labels", "commonLabels"), ("annotations", "commonAnnotations")):
        own, shared = found.get(name), group.get(common)
        if isinstance(shared, Mapping) and (own is None or isinstance(own, Mapping)):
            found[name] = {**shared, **(own or {})}
    if found.get("status") is None and group.get("status") is not None:
        found["status"] = group["status"]
    return found


def read_alert(value: object) -> Alert:
    """Read an alert, or a group of alerts as Alertmanager's webhook sends it.

    Of a group the first alert that fires is read; what all have in common stands behind what it
    says itself. Fields beside `labels`, `annotations`, `commonLabels`, `commonAnnotations`,
    `status` and `alerts` are ignored. Raises AlertError, which names the field that is wrong.
    """
    if not isinstance(value, Mapping):
        least = '{"labels": {"alertname": "..."}}'
        raise AlertError("", f"must be an object with labels, such as {least}; {FACTS}")
    labels, annotations = _texts(value, "commonLabels"), _texts(value, "commonAnnotations")
    status = _status(value)
    place, first = _first_firing(value)
    if first is not None:
        try:
            labels |= _texts(first, "labels")
            annotations |= _texts(first, "annotations")
            status = status or _status(first)
        except AlertError as error:
            raise AlertError(f"alerts.{place}.{error.field}", error.problem) from None
    labels |= _texts(value, "labels")
    annotations |= _texts(value, "annotations")
    if not labels:
        raise AlertError("labels", "at least one label is needed")
    return Alert(labels, annotations, status == "resolved")


def _first_firing(value: Mapping[object, object]) -> tuple[int, Mapping[object, object] | None]:
    """Return the place and the alert of a group that is read: the first that fires, else the
    first."""
    alerts = value.get("alerts")
    if alerts is None:
        return 0, None
    if not isinstance(alerts, Sequence) or isinstance(alerts, str):
        raise AlertError("alerts", "must be a list of alerts")
    for place, alert in enumerate(alerts):
        if not isinstance(alert, Mapping):
            raise AlertError(f"alerts.{place}", "must be an object with labels")
        if alert.get("status") != "resolved":
            return place, alert
    return (0, alerts[0]) if alerts else (0, None)


def _status(alert: Mapping[object, object]) -> str | None:
    status = alert.get("status") or None
    if status not in ("firing", "resolved", None):
        raise AlertError("status", "must be firing or resolved")
    return status


def _texts(alert: Mapping[object, object], name: str) -> dict[str, str]:
    entries = alert.get(name)
    if entries is None:
        return {}
    if not isinstance(entries, Mapping):
        raise AlertError(name, "must be an object of texts")
    if len(entries) > MOST_ENTRIES:
        raise AlertError(name, f"has {len(entries)} entries, more than {MOST_ENTRIES}")
    for key, text in entries.items():
        if text is None:
            continue
        if isinstance(key, str) and len(key) > LONGEST_KEY:
            raise AlertError(name, f"has a name longer than {LONGEST_KEY} characters")
        if not isinstance(key, str) or not isinstance(text, str):
            raise AlertError(f"{name}.{key}", "must be a text")
        if len(text) > LONGEST_VALUE:
            raise AlertError(f"{name}.{key}", f"is longer than {LONGEST_VALUE} characters")
    return {key: text for key, text in entries.items() if text is not None}
