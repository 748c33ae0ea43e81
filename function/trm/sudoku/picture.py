"""The grid filling in, step by step: for a terminal, and as an animated SVG."""

from __future__ import annotations

import numpy as np

from function.trm.sudoku.answer import Grid, SudokuAnswer, SudokuStep
from function.trm.sudoku.codec import Puzzle, write_grid
from function.trm.svg_film import CELL, MARGIN, Frame, caption_of, draw_film

CLUE, FILLED, CHANGED, LINE = "#1a1a1a", "#2563a8", "#c2410c", "#1a1a1a"


def draw_text(puzzle: Puzzle, answer: SudokuAnswer) -> str:
    """Return the puzzle, then one grid per step with its confidence and the number of changed
    cells."""
    parts = [write_grid(puzzle.board, puzzle.clues)]
    for step in answer.steps:
        grid = np.array(step.grid, dtype=np.int8).ravel()
        parts.append(f"{_caption(step)}\n{write_grid(puzzle.board, grid)}")
    outcome = "solved and verified" if answer.solved else "not solved"
    parts.append(f"{outcome}: {answer.stop_reason} after {answer.attempts} attempt(s)")
    return "\n\n".join(parts) + "\n"


def draw_svg(puzzle: Puzzle, answer: SudokuAnswer) -> str:
    """Return an SVG that plays the steps in a loop; clues black, new digits orange, others blue."""
    side = puzzle.board.side
    still = [*_lines(puzzle), *_digits(puzzle, clues=True, grid=None, changed=frozenset())]
    frames = [
        Frame(
            _digits(puzzle, clues=False, grid=step.grid, changed=frozenset(step.changed)),
            _caption(step),
        )
        for step in answer.steps
    ]
    return draw_film(side, side, still, frames)


def _caption(step: SudokuStep) -> str:
    return caption_of(step.step, step.attempt, step.confidence, len(step.changed))


def _digits(
    puzzle: Puzzle, clues: bool, grid: Grid | None, changed: frozenset[tuple[int, int]]
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
