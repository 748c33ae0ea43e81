"""How alert names are written."""

from __future__ import annotations

import random
import re

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")
_PREFIXES = ("Acme", "Prod", "Homelab", "Platform", "Sre", "Infra", "Team", "My", "Custom")
_SUFFIXES = ("Warning", "Critical", "Alert", "High", "Info", "Page", "5m", "15m", "V2")


def styled(name: str, generator: random.Random) -> str:
    """Return a CamelCase name as some team would write it."""
    if generator.random() < 0.06:
        name = generator.choice(_PREFIXES) + name
    if generator.random() < 0.08:
        name += generator.choice(_SUFFIXES)
    form = generator.random()
    if form < 0.8:
        return name
    parts = _PARTS.findall(name)
    if form < 0.87:
        return "_".join(parts).lower()
    if form < 0.92:
        return "-".join(parts).lower()
    return " ".join(parts) if form < 0.97 else "_".join(parts).upper()
