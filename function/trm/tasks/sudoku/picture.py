"""The grid filling in, step by step: for a terminal, and as an animated SVG.

`python -m function show PUZZLE --svg steps.svg` draws both.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from function.deadline import Deadline
from function.trm.tasks.sudoku.answer import Grid, SudokuAnswer, SudokuStep
from function.trm.tasks.sudoku.codec import Puzzle, read_puzzle, write_grid

CELL, MARGIN, CAPTION = 32, 8, 28
CLUE, FILLED, CHANGED, PAPER, LINE = "#1a1a1a", "#2563a8", "#c2410c", "#ffffff", "#1a1a1a"
SECONDS = 0.9
"""How long the animation shows a step."""


def draw_text(puzzle: Puzzle, answer: SudokuAnswer) -> str:
    """The puzzle, then one grid per step with its confidence and the number of changed cells."""
    parts = [write_grid(puzzle.board, puzzle.clues)]
    for step in answer.steps:
        grid = np.array(step.grid, dtype=np.int8).ravel()
        parts.append(f"{_caption(step)}\n{write_grid(puzzle.board, grid)}")
    outcome = "solved and verified" if answer.solved else "not solved"
    parts.append(f"{outcome}: {answer.stop_reason} after {answer.attempts} attempt(s)")
    return "\n\n".join(parts) + "\n"


def draw_svg(puzzle: Puzzle, answer: SudokuAnswer) -> str:
    """An SVG that plays the steps for ever; clues black, new digits orange, others blue."""
    side = puzzle.board.side
    width = side * CELL + 2 * MARGIN
    height = width + CAPTION
    total = SECONDS * (len(answer.steps) + 1)
    frames = [
        _frame(puzzle, step, index, len(answer.steps), total)
        for index, step in enumerate(answer.steps)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="monospace" font-size="18" '
            'text-anchor="middle">',
            f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
            *_lines(puzzle),
            *_digits(puzzle, clues=True, grid=None, changed=frozenset()),
            *frames,
            "</svg>\n",
        ]
    )


def _caption(step: SudokuStep) -> str:
    copy = f", copy {step.attempt}" if step.attempt else ""
    return f"step {step.step}{copy}: confidence {step.confidence:.3f}, {len(step.changed)} changed"


def _frame(puzzle: Puzzle, step: SudokuStep, index: int, count: int, total: float) -> str:
    # The frame appears at its step and, unless it is the last one, goes at the next.
    times, values = [0.0], ["0" if index else "1"]
    if index:
        times.append(index * SECONDS / total)
        values.append("1")
    if index < count - 1:
        times.append((index + 1) * SECONDS / total)
        values.append("0")
    animation = (
        f'<animate attributeName="opacity" calcMode="discrete" dur="{total:g}s" '
        f'repeatCount="indefinite" keyTimes="{";".join(f"{time:.4f}" for time in times)}" '
        f'values="{";".join(values)}"/>'
    )
    # Where animations are not played the last grid is what should be seen.
    opacity = 1 if index == count - 1 else 0
    middle, foot = MARGIN + puzzle.board.side * CELL / 2, MARGIN + puzzle.board.side * CELL + 22
    digits = _digits(puzzle, clues=False, grid=step.grid, changed=frozenset(step.changed))
    caption = f'<text x="{middle:g}" y="{foot}" font-size="13">{_caption(step)}</text>'
    return "\n".join([f'<g opacity="{opacity}">{animation}', *digits, caption, "</g>"])


def _digits(
    puzzle: Puzzle,
    clues: bool,
    grid: Grid | None,
    changed: frozenset[tuple[int, int]],
) -> list[str]:
    shown = []
    for cell, clue in enumerate(puzzle.clues.tolist()):
        row, column = divmod(cell, puzzle.board.side)
        digit = clue if grid is None else grid[row][column]
        if not digit or clues != bool(clue):
            continue
        colour = CLUE if clues else CHANGED if (row, column) in changed else FILLED
        x, y = MARGIN + (column + 0.5) * CELL, MARGIN + (row + 0.5) * CELL + 6
        shown.append(f'<text x="{x:g}" y="{y:g}" fill="{colour}">{digit}</text>')
    return shown


def _lines(puzzle: Puzzle) -> list[str]:
    board, drawn = puzzle.board, []
    end = MARGIN + board.side * CELL
    for number in range(board.side + 1):
        place = MARGIN + number * CELL
        across, down = (2 if number % size == 0 else 0.5 for size in
                        (board.box_rows, board.box_columns))  # fmt: skip
        line = f'stroke="{LINE}" stroke-width='
        drawn.append(f'<path d="M{MARGIN} {place}H{end}" {line}"{across}"/>')
        drawn.append(f'<path d="M{place} {MARGIN}V{end}" {line}"{down}"/>')
    return drawn


def main(arguments: Sequence[str] | None = None) -> None:
    """Solve a puzzle, print its steps, and write them as an SVG when asked to."""
    # Importing this module to draw an answer must not load the network's library.
    from function.trm.tasks.sudoku.opening import open_solver

    parser = argparse.ArgumentParser(description="show how a sudoku is solved, step by step")
    parser.add_argument("puzzle", help="row by row, `.` or 0 where blank")
    parser.add_argument("--weights", help="name or path; default: the network of that size")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--svg", type=Path, help="file to write")
    given = parser.parse_args(arguments)
    puzzle = read_puzzle(given.puzzle)
    solver = open_solver(given.weights or f"sudoku-{puzzle.board.side}x{puzzle.board.side}")
    answer = solver.solve(given.puzzle, Deadline.after(given.seconds))
    solver.engine.close()
    print(draw_text(puzzle, answer), end="")
    if given.svg is not None:
        given.svg.write_text(draw_svg(puzzle, answer), encoding="utf-8")


if __name__ == "__main__":
    main()
