"""Trials by hand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from function.reflection.answer import Signals
from lab.evaluation.trials import Trial, Way


def way(right: list[bool], answers: list[str] | None = None) -> Way:
    return Way(answers=answers or ["x"] * len(right), right=right, tokens=10, seconds=0.5)


def trial(
    name: str,
    loop: list[bool],
    single: bool = False,
    critique: list[bool] | None = None,
    signals: Signals | None = None,
    **fields: Any,
) -> Trial:
    """Return a trial of a text whose loop was right after each step as told."""
    return Trial(
        id=name,
        key=name,
        family=fields.get("family", "facts"),
        kind=fields.get("kind", "text"),
        language="en",
        twin=fields.get("twin"),
        loop=way(loop, fields.get("answers")),
        single=way([single]),
        critique=way(critique or [single] * 4),
        member=fields.get("member"),
        valid=fields.get("valid"),
        signals=asdict(signals or Signals(0.8)),
        decided=fields.get("decided", ""),
        obeyed=fields.get("obeyed", False),
    )
