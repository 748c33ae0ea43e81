"""What can go wrong in the room of the Tiny Recursive Model.

TrmError
├── CheckpointError   the file, its tensors or its configuration do not make a network
├── PuzzleError       the puzzle cannot be read, or cannot have an answer
├── AlertError        the alert cannot be read
└── DeadlineError     the deadline passed before the first supervision step was done
"""

from __future__ import annotations

from collections.abc import Sequence


class TrmError(Exception):
    """Base of every error this package raises on purpose."""


class CheckpointError(TrmError, ValueError):
    """Lists every problem found, so that one look at the message is enough."""

    def __init__(self, summary: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__("\n  - ".join((summary, *self.problems)))


class PuzzleError(TrmError, ValueError):
    """The puzzle is malformed, has the wrong size, or contradicts itself."""


class AlertError(TrmError, ValueError):
    """The alert is malformed; `field` names the part, empty for the whole."""

    def __init__(self, field: str, problem: str) -> None:
        self.field, self.problem = field, problem
        super().__init__(f"{field}: {problem}" if field else problem)


class DeadlineError(TrmError, TimeoutError):
    """Nothing could be answered in time, not even badly."""
