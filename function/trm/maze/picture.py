"""The path growing through a maze, step by step: for a terminal, and as an animated SVG."""

from __future__ import annotations

from function.trm.maze.answer import MazeAnswer, MazeStep
from function.trm.maze.codec import SHOWN, write_cells
from function.trm.maze.grid import PATH, WALL, Maze
from function.trm.svg_film import CELL, Frame, caption_of, draw_film, place_of

STONE, MARKED, CHANGED, LETTER = "#3f3f46", "#93c5fd", "#fdba74", "#1a1a1a"


def draw_text(maze: Maze, answer: MazeAnswer) -> str:
    """Return the maze, then one grid per step with its confidence and the number of changed
    cells."""
    parts = [write_cells(maze.cells)]
    parts += ["\n".join((_caption(step), *step.grid)) for step in answer.steps]
    outcome = f"not solved: {answer.problem}"
    if answer.path is not None:
        outcome = f"solved and verified: {len(answer.path) - 1} steps"
    parts.append(f"{outcome}: {answer.stop_reason} after {answer.attempts} attempt(s)")
    return "\n\n".join(parts) + "\n"


def draw_svg(maze: Maze, answer: MazeAnswer) -> str:
    """Return an SVG that plays the steps in a loop; newly marked cells orange, others blue."""
    cells = maze.cells.tolist()
    walls = [_square(row, column, STONE) for row, line in enumerate(cells)
             for column, token in enumerate(line) if token == WALL]  # fmt: skip
    letters = []
    for letter, (row, column) in (("S", maze.start), ("G", maze.goal)):
        x, y = place_of(row, column)
        letters.append(
            f'<text x="{x + CELL / 2:g}" y="{y + CELL / 2 + 6:g}" fill="{LETTER}">{letter}</text>'
        )
    frames = [Frame(_marks(step), _caption(step)) for step in answer.steps]
    return draw_film(maze.rows, maze.columns, walls + letters, frames)


def _marks(step: MazeStep) -> list[str]:
    changed = set(step.changed)
    return [
        _square(row, column, CHANGED if (row, column) in changed else MARKED)
        for row, line in enumerate(step.grid)
        for column, symbol in enumerate(line)
        if symbol == SHOWN[PATH]
    ]


def _square(row: int, column: int, colour: str) -> str:
    x, y = place_of(row, column)
    return f'<rect x="{x:g}" y="{y:g}" width="{CELL}" height="{CELL}" fill="{colour}"/>'


def _caption(step: MazeStep) -> str:
    return caption_of(step.step, step.attempt, step.confidence, len(step.changed))
