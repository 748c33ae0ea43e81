"""The labels of an alert that decide between choices, less whatever else may stand in a label.

Anybody who can name a pod or add a label writes into an alert. So only labels with a known meaning
are read, and only where their values look like values of theirs: identifiers for resources, one
word for states, one compound word for the name of the alert.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from function.reflection.prompt.injection import Quoted
from function.remediation import NAMED_BY, bare_key, means_namespace

NAME_LABEL = "alertname"
_RESOURCES = frozenset(noun for nouns in NAMED_BY.values() for noun in nouns) | {
    *("container", "node", "nodename", "host", "instance", "job", "cronjob", "service", "app"),
    *("name", "workload", "endpoint", "device", "mountpoint", "volumename", "resourcequota"),
    *("poddisruptionbudget", "scaledobject", "helmchart", "helmrepository", "certificate"),
}
_STATES = frozenset(
    (
        *("reason", "phase", "condition", "status", "state", "kind", "type", "severity", "ready"),
        *("suspended", "suspend", "customresource_kind", "resource_kind", "workload_type"),
        *("resource", "replicas", "desired_replicas", "spec_replicas", "available_replicas"),
        *("ready_replicas", "current_replicas", "unavailable_replicas", "max_replicas", "code"),
    )
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9/][A-Za-z0-9._:/-]*")
_STATE = re.compile(r"[A-Za-z][A-Za-z]{0,39}|[0-9]{1,6}|[a-z]+\.[a-z]+")
_ALERT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_:-]{2,99}")
_HUMP = re.compile(r"[a-z0-9][A-Z]|[A-Za-z0-9][_:-][A-Za-z0-9]|[A-Z][A-Z][a-z]")
LONGEST_VALUE = 253
UNREADABLE = "unnamed"
"""Stands for the name of a resource that is not a name."""
_NO_CHOICE = Quoted()


def telling_labels(labels: Mapping[str, Any]) -> dict[str, Any]:
    """Return the labels with a known meaning, less values that no such label has."""
    found: dict[str, Any] = {}
    for key, value in labels.items():
        if isinstance(value, str) and (shown := _shown(key, value)) is not None:
            found[key] = shown
    return found


def _shown(key: str, value: str) -> str | None:
    if key == NAME_LABEL:
        return _alert_name(value)
    if key in _STATES:
        return value if _STATE.fullmatch(value) else None
    if bare_key(key) in _RESOURCES or means_namespace(key):
        return value if _is_identifier(value) else UNREADABLE
    return None


def _alert_name(value: str) -> str | None:
    """Return the name of the alert, or what stands before anything added to it."""
    first, _, rest = value.strip().partition(" ")
    is_name = _ALERT_NAME.fullmatch(first) is not None
    if is_name and (not rest or _HUMP.search(first)):
        return first
    return None


def _is_identifier(value: str) -> bool:
    if len(value) > LONGEST_VALUE or not _IDENTIFIER.fullmatch(value):
        return False
    return not _NO_CHOICE.ordered(re.sub(r"[-._:/]+", " ", value))
