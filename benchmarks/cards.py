"""What the cards of the shipped puzzle networks say, beside its bars.

The figures of a card were measured on the weights as they are stored (`python -m lab judge`
does it again); to repeat that here would take most of an hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.processes import ROOT

WEIGHTS = ROOT / "function" / "trm" / "weights"
FULL = SMOKE = 0
"""Nothing is counted."""

_SHARE = r"([\d.]+)%"
_HALTING = re.compile(rf": {_SHARE} exact in ([\d.]+) steps on average;.*and {_SHARE} of these")
_SEARCH = re.compile(rf"Verified search, ([\d.]+) s .*: {_SHARE} solved.*, ([\d.]+) s on average")


@dataclass(frozen=True)
class SetCard:
    """What a card says about one set; shares in percent, times in seconds."""

    exact: dict[int, float]
    """By the number of supervision steps."""
    halting: float
    mean_steps: float
    halted_right: float
    search: tuple[float, float, float] | None
    """Limit, solved and mean time; None where an answer cannot be checked."""

    @property
    def last(self) -> int:
        """The number of steps without halting."""
        return max(self.exact)


def read_card(path: Path) -> dict[str, SetCard]:
    """Return the sets of a model card by the first word of their headings.

    :raises ValueError: a set lacks its table or its halting.
    """
    _, *sections = re.split(r"^### ", path.read_text("utf-8"), flags=re.MULTILINE)
    return {section.partition(":")[0]: _read_set(section, path) for section in sections}


def _read_set(section: str, path: Path) -> SetCard:
    steps = re.search(r"^\| after step \| (.+) \|$", section, re.MULTILINE)
    shares = re.search(r"^\| exact \| (.+) \|$", section, re.MULTILINE)
    halting = _HALTING.search(section)
    if not (steps and shares and halting):
        raise ValueError(f"{path} does not say what its network does")
    search = _SEARCH.search(section)
    return SetCard(
        exact={
            int(step): float(share.rstrip("%"))
            for step, share in zip(steps[1].split(" | "), shares[1].split(" | "), strict=True)
        },
        halting=float(halting[1]),
        mean_steps=float(halting[2]),
        halted_right=float(halting[3]),
        search=(float(search[1]), float(search[2]), float(search[3])) if search else None,
    )


def measure(_: int) -> Iterator[Figure]:
    """Sudoku by its cards, and the size of all that ships."""
    card = "function/trm/weights/{}/README.md"
    nine = read_card(WEIGHTS / "sudoku-9x9" / "README.md")
    where = card.format("sudoku-9x9")
    yield from _easy(nine["easy"], where)
    yield _search("sudoku-9x9, hard: solved by verified search", nine["hard"], 90, where)
    six = read_card(WEIGHTS / "sudoku-6x6" / "README.md")["all"]
    where = card.format("sudoku-6x6")
    yield _exact("sudoku-6x6: exact after all steps", six, 95, where)
    yield _size()


def _easy(found: SetCard, where: str) -> Iterator[Figure]:
    name = "sudoku-9x9, easy"
    whole = found.exact[found.last]
    yield _exact(f"{name}: exact after all steps", found, 85, where)
    yield Figure(
        f"{name}: gained over one step", whole - found.exact[1], "at least", 20,
        f"{found.exact[1]:g} % after one step ({where})", "points",
    )  # fmt: skip
    yield Figure(
        f"{name}: lost by halting", whole - found.halting, "at most", 1,
        f"{found.halting:g} % exact ({where})", "points",
    )  # fmt: skip
    yield Figure(
        f"{name}: steps when halting, of all", found.mean_steps / found.last, "at most", 0.333,
        f"{found.mean_steps:g} steps on average ({where})",
    )  # fmt: skip
    yield Figure(
        f"{name}: right of those that halted", found.halted_right, "at least", 95, where, "%"
    )
    yield _search(f"{name}: solved by verified search", found, 99, where)


def _exact(name: str, found: SetCard, bar: float, where: str) -> Figure:
    detail = f"{found.last} steps, no search ({where})"
    return Figure(name, found.exact[found.last], "at least", bar, detail, "%")


def _search(name: str, found: SetCard, bar: float, where: str) -> Figure:
    if found.search is None:
        raise ValueError(f"{where} says nothing about verified search")
    limit, solved, mean = found.search
    detail = f"within {limit:g} s each, {mean:g} s on average ({where})"
    return Figure(name, solved, "at least", bar, detail, "%")


def _size() -> Figure:
    files = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    names = ", ".join(sorted(path.name for path in WEIGHTS.iterdir()))
    return Figure("all puzzle networks, size", size, "at most", 30, names, "MB")
