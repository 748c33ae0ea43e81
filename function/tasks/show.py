"""Show how a puzzle is solved: `trm network show --task sudoku PUZZLE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from function.deadline import Deadline
from function.trm.errors import TrmError
from function.trm.maze import picture as maze_picture
from function.trm.maze.codec import read_maze
from function.trm.maze.opening import solver_for as maze_solver_for
from function.trm.registry import Networks
from function.trm.sudoku import picture as sudoku_picture
from function.trm.sudoku.codec import read_puzzle
from function.trm.sudoku.opening import solver_for as sudoku_solver_for


def _show_sudoku(given: str, networks: Networks, seconds: float) -> tuple[str, str]:
    puzzle = read_puzzle(given)
    _, solver = sudoku_solver_for(puzzle, networks)
    answer = solver.solve(puzzle, Deadline.after(seconds))
    return sudoku_picture.draw_text(puzzle, answer), sudoku_picture.draw_svg(puzzle, answer)


def _show_maze(given: str, networks: Networks, seconds: float) -> tuple[str, str]:
    maze = read_maze(given)
    _, solver = maze_solver_for(maze, networks)
    answer = solver.solve(maze, Deadline.after(seconds))
    return maze_picture.draw_text(maze, answer), maze_picture.draw_svg(maze, answer)


TASKS: dict[str, Callable[[str, Networks, float], tuple[str, str]]] = {
    "sudoku": _show_sudoku,
    "maze": _show_maze,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Solve a puzzle, print its steps, and write them as an animated SVG.

    What is not a puzzle, or has no network, ends the process with status 1 and one line.
    """
    parser = argparse.ArgumentParser(
        prog="trm network show", description="show how a puzzle is solved, step by step"
    )
    parser.add_argument("--task", choices=sorted(TASKS), default="sudoku")
    parser.add_argument("puzzle", help="row by row; a maze with a line a row, or '-' for stdin")
    parser.add_argument("--weights", help="name or path; default: the network of that size")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--svg", type=Path, help="file to write; default: TASK.svg")
    given = parser.parse_args(arguments)
    networks = Networks(given.weights)
    try:
        puzzle = sys.stdin.read() if given.puzzle == "-" else given.puzzle
        text, svg = TASKS[given.task](puzzle, networks, given.seconds)
    except TrmError as error:
        sys.exit(str(error))
    finally:
        networks.close()
    print(text, end="")
    file = given.svg or Path(f"{given.task}.svg")
    file.write_text(svg, encoding="utf-8")
    print(f"written: {file}")


if __name__ == "__main__":
    main()
