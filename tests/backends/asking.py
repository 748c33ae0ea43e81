"""Ask the members of a chain in order, as the pipeline does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from function.backends.base import Model
from function.backends.chain import Walk
from function.deadline import Deadline


@dataclass
class Answered:
    """What a member made of a request, and why those before it did not answer."""

    label: str
    model_name: str
    backend: str
    result: Any
    fallback_reason: str | None


def ask(walk: Walk, work: Callable[[Model, Deadline], Any]) -> Answered:
    """Ask one member after the other until one answers."""
    while True:
        results = []
        with walk.next() as tried:
            results.append(work(tried.model, tried.budget))
        for result in results:
            names = tried.label, tried.model.name, tried.model.backend
            return Answered(*names, result, walk.fallback_reason)
