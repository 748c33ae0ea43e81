"""An alert and what should be done about it."""

from __future__ import annotations

from dataclasses import dataclass

from function.trm.alert_triage.alert import Alert
from function.trm.alert_triage.codec import Remedy


@dataclass(frozen=True, slots=True)
class Example:
    """An alert, what the labelling guide says to do, and where it is from."""

    alert: Alert
    remedy: Remedy
    family: str
