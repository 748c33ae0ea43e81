"""One example: a request as an agent sends it, and its right answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

Language = Literal["en", "pt"]


@dataclass(frozen=True)
class Case:
    """A request with its right answer.

    ``answer`` is a text, or a JSON value in the order of the schema's fields. ``keys`` are parts of
    a text answer that any right answer must have, and ``equals`` fields of a JSON answer (dotted)
    that must be exactly so: evaluation judges by them. ``hint`` holds the reasons of checks that an
    earlier draft failed. ``counterpart`` has nearly the same words and another answer.
    """

    family: str
    language: Language
    data: dict[str, Any]
    answer: Any
    agent: str | None = None
    keys: tuple[str, ...] = ()
    equals: dict[str, Any] = field(default_factory=dict)
    hint: tuple[str, ...] = ()
    counterpart: Case | None = None

    def with_data(self, **fields: Any) -> Case:
        """Return the case with other fields of its request."""
        return replace(self, data={**self.data, **fields})
