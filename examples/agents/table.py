"""Outcomes as a table for people."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from examples.agents.agent import Outcome

COLUMNS = ("agent", "request", "answer", "checks", "steps", "confidence", "backend", "time")
WIDTHS = (17, 20, 44, 16, 5, 18, 21, 7)


def table(outcomes: Sequence[Outcome]) -> str:
    """Return rows of wrapped cells; under an answer that is not what was asked for, why."""
    rule = "-" * (sum(WIDTHS) + 2 * (len(WIDTHS) - 1))
    parts = [_row(COLUMNS), rule]
    for outcome in outcomes:
        parts += [_row(_cells(outcome)), rule]
    return "\n".join(parts)


def _cells(outcome: Outcome) -> tuple[str, ...]:
    passed = sum(check["passed"] for check in outcome.checks)
    failed = [check["name"] for check in outcome.checks if not check["passed"]]
    answer = " ".join(outcome.answer.split()) or "-"
    if outcome.problem:
        answer = f"{answer} [{outcome.problem}]"
    confidence = "unknown"
    if outcome.confidence is not None:
        confidence = f"{outcome.confidence:.2f} {_plain(outcome.method or '')}"
    return (
        outcome.agent.removeprefix("agent-"),
        outcome.title,
        textwrap.shorten(answer, 230, placeholder=" ..."),
        ", ".join([f"{passed}/{len(outcome.checks)}", *map(_plain, failed)]),
        str(outcome.steps),
        confidence,
        outcome.backend,
        f"{outcome.seconds:.1f} s",
    )


def _plain(name: str) -> str:
    """Return a name as words, which can be wrapped."""
    return name.replace("_", " ")


def _row(cells: Sequence[str]) -> str:
    columns = [
        textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, WIDTHS, strict=True)
    ]
    lines = []
    for number in range(max(map(len, columns))):
        line = [
            (column[number] if number < len(column) else "").ljust(width)
            for column, width in zip(columns, WIDTHS, strict=True)
        ]
        lines.append("  ".join(line).rstrip())
    return "\n".join(lines)
