"""The weights in the package, as they are used."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from function.deadline import Deadline
from function.trm import torch_runner
from function.trm.checkpoint import load_checkpoint
from function.trm.errors import CheckpointError, PuzzleError
from function.trm.names import GRID_NETWORKS, WEIGHTS, find_weights, shipped_names, shown_name
from function.trm.sudoku.solver import SudokuSolver, open_solver
from lab.trm.measuring import measure_steps
from lab.trm.sudoku.curriculum import CURRICULA
from lab.trm.sudoku.generator import PuzzlePool
from lab.trm.sudoku.held_out import PuzzleSet

WELL_KNOWN = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"
ITS_ANSWER = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"


@pytest.fixture(scope="module")
def nine() -> Iterator[SudokuSolver]:
    solver = open_solver("sudoku-9x9")
    yield solver
    solver.engine.close()


def test_a_well_known_puzzle_is_solved_and_verified(nine: SudokuSolver) -> None:
    answer = nine.solve(WELL_KNOWN, Deadline.after(20))
    assert "".join(str(digit) for row in answer.grid for digit in row) == ITS_ANSWER
    assert (answer.solved, answer.confidence) == (True, 1.0)


def test_a_puzzle_is_answered_alike_alone_and_in_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    # In bf16 a batch's size decides how its products round.
    monkeypatch.setattr(torch_runner, "multiplies_faster_in_bf16", lambda: False)
    nine = open_solver("sudoku-9x9")
    pool = PuzzlePool.dug(nine.board, 6, seed=31)
    puzzles, _ = pool.cut(np.arange(6), np.full(6, 38))
    alone = [nine.solve(each.tolist(), Deadline.after(20), search=False) for each in puzzles]
    crowd: dict[int, Any] = {}

    def ask(number: int) -> None:
        given = puzzles[number % 6].tolist()
        crowd[number] = nine.solve(given, Deadline.after(20), search=False)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(18)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    nine.engine.close()
    for number in range(18):
        ours, theirs = alone[number % 6], crowd[number]
        assert ours.grid == theirs.grid
        assert len(ours.steps) == len(theirs.steps)
        for one, other in zip(ours.steps, theirs.steps, strict=True):
            assert one.confidence == pytest.approx(other.confidence, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "clues", "least"), [("sudoku-9x9", 38, 0.8), ("sudoku-6x6", 14, 0.8)]
)
def test_fresh_puzzles_come_out_right_without_search(name: str, clues: int, least: float) -> None:
    checkpoint = load_checkpoint(find_weights(name))
    pool = PuzzlePool.dug(CURRICULA[name].board, 40, seed=77)
    puzzles, solutions = pool.cut(np.arange(40), np.full(40, clues))
    figures = measure_steps(checkpoint.model, PuzzleSet("fresh", puzzles, solutions, 0))
    exact = figures.exact_by_step()
    assert exact[-1] >= least
    assert exact[-1] > exact[0]


def test_every_shipped_network_has_its_card_and_all_are_small() -> None:
    assert {"sudoku-6x6", "sudoku-9x9", *GRID_NETWORKS} <= set(shipped_names())
    for name in shipped_names():
        assert (WEIGHTS / name / "README.md").read_text().startswith(f"# {name}\n")
        if name not in GRID_NETWORKS:
            assert load_checkpoint(WEIGHTS / name).task == name
    sizes = [file.stat().st_size for file in WEIGHTS.rglob("*") if file.is_file()]
    assert sum(sizes) < 30e6


def test_names_and_paths_that_are_no_networks() -> None:
    with pytest.raises(CheckpointError, match="neither a shipped network"):
        find_weights("sudoku-25x25")
    assert find_weights(str(WEIGHTS / "sudoku-6x6")) == WEIGHTS / "sudoku-6x6"


def test_a_name_that_is_too_long_for_a_path_is_no_network() -> None:
    assert shown_name("x" * 5_000) == "x" * 5_000
    with pytest.raises(CheckpointError, match="neither a shipped network"):
        find_weights("x" * 5_000)


def test_a_contradictory_puzzle_is_refused_before_any_step(nine: SudokuSolver) -> None:
    with pytest.raises(PuzzleError, match="5 twice in row 1"):
        nine.solve("55" + "." * 79, Deadline.after(20))


def test_the_package_is_imported_without_the_network_library() -> None:
    code = (
        "import sys, function.trm, function.trm.names, function.trm.sudoku.codec, "
        "function.trm.sudoku.picture; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_start_with_one_network_imports_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys; from function.deadline import Deadline; "
        "from function.trm.registry import Networks; "
        "from function.trm.sudoku.codec import read_puzzle; "
        "from function.trm.sudoku.opening import solver_for; "
        "networks = Networks(threads=1); "
        "puzzle = read_puzzle('.23456456123231564564231312645645312'); "
        "name, solver = solver_for(puzzle, networks, 'trm:sudoku-6x6'); "
        "assert solver.solve(puzzle, Deadline.after(60)).solved; networks.close(); "
        "print(sorted({'concurrent.futures', 'zipfile', 'function.hub', 'torch', "
        "'function.trm.grid_networks'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
