"""Messages without facts: greetings, tests, thanks, and questions that only facts could answer."""

from __future__ import annotations

from typing import Any

from lab.tuning.asking import language_of
from lab.tuning.case import Case
from lab.tuning.draw import Draw
from lab.tuning.families.choice_forms import filled
from lab.tuning.phrases import sloppy
from lab.tuning.pools import pool

FAMILY = "chat"
KINDS = (*["hello"] * 3, "how", "test", "thanks", "bye", "about", *["needs"] * 3)
"""Kinds of messages, the frequent ones several times."""


def greetings(draw: Draw) -> Case:
    """Return a message and a short sensible answer."""
    language = language_of(draw)
    forms = pool("greetings")
    kind = draw.any_of(KINDS)
    asked = filled(draw, draw.one(forms[kind][language]), language)
    asked = sloppy(draw, asked, [])
    said = draw.one(forms[f"{kind}_said"][language])
    data: dict[str, Any] = {draw.any_of(("prompt", "prompt", "prompt", "message")): asked}
    if draw.chance(0.5):
        written = "en" if draw.chance(0.3) else language
        data["system"] = draw.one(forms["systems"][written])
    if kind not in ("hello", "test") and draw.chance(0.2):
        data["messages"] = [
            {"role": "user", "content": draw.one(forms["hello"][language])},
            {"role": "assistant", "content": draw.one(forms["hello_said"][language])},
        ]
    return Case(FAMILY, language, data, said)
