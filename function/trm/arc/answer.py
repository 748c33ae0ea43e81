"""What the solver hands back: the winning grid, the votes, and how the winner came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rows = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class ArcStep:
    """The grid after one supervision step, mapped back to the puzzle as given.

    `attempt` is the number of the copy; `changed` holds (row, column) from 0 of the cells that
    differ from the step before, cells outside of one of both grids included; `confidence` is the
    calibrated halting probability.
    """

    attempt: int
    grid: Rows
    changed: tuple[tuple[int, int], ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A grid that was answered, by how many copies, and their mean halting probability."""

    grid: Rows
    votes: int
    confidence: float


@dataclass(frozen=True, slots=True)
class ArcAnswer:
    """Candidates by votes, then by mean halting probability; the first is the answer.

    `steps` are those of the copy that was surest of the first candidate. `voted` counts the copies
    that answered.
    """

    candidates: tuple[Candidate, ...]
    voted: int
    steps: tuple[ArcStep, ...]
    stop_reason: Literal["confident", "max_steps", "deadline"]

    @property
    def share(self) -> float:
        """The share of the votes that the answer got."""
        return self.candidates[0].votes / self.voted
