"""An alert as Alertmanager sends it, read from untrusted JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from function.trm.errors import AlertError

NAME_LABEL = "alertname"
LONGEST_VALUE = 4096
LONGEST_KEY = 256
MOST_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Alert:
    """Labels that decide, annotations that may lie, and whether it is over."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    resolved: bool = False

    @property
    def name(self) -> str:
        return self.labels.get(NAME_LABEL, "")


def read_alert(value: object) -> Alert:
    """Read `labels`, `annotations`, `commonLabels`, `commonAnnotations` and `status`.

    What all alerts of a group have in common stands behind what an alert says itself; other fields
    are ignored. Raises AlertError, which names the field that is wrong.
    """
    if not isinstance(value, Mapping):
        raise AlertError("", "must be an object with labels")
    labels = _texts(value, "commonLabels") | _texts(value, "labels")
    if not labels:
        raise AlertError("labels", "at least one label is needed")
    status = value.get("status") or "firing"
    if status not in ("firing", "resolved"):
        raise AlertError("status", "must be firing or resolved")
    annotations = _texts(value, "commonAnnotations") | _texts(value, "annotations")
    return Alert(labels, annotations, status == "resolved")


def _texts(alert: Mapping[object, object], name: str) -> dict[str, str]:
    entries = alert.get(name)
    if entries is None:
        return {}
    if not isinstance(entries, Mapping):
        raise AlertError(name, "must be an object of texts")
    if len(entries) > MOST_ENTRIES:
        raise AlertError(name, f"has {len(entries)} entries, more than {MOST_ENTRIES}")
    for key, text in entries.items():
        if isinstance(key, str) and len(key) > LONGEST_KEY:
            raise AlertError(name, f"has a name longer than {LONGEST_KEY} characters")
        if not isinstance(key, str) or not isinstance(text, str):
            raise AlertError(f"{name}.{key}", "must be a text")
        if len(text) > LONGEST_VALUE:
            raise AlertError(f"{name}.{key}", f"is longer than {LONGEST_VALUE} characters")
    return dict(entries)
