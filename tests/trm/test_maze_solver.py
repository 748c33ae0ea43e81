"""Verified search over mazes, with a network whose answers the tests decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from function.deadline import Deadline
from function.trm.config import NetworkConfig
from function.trm.engine import Engine
from function.trm.errors import DeadlineError, PuzzleError
from function.trm.maze.codec import read_maze, write_cells
from function.trm.maze.grid import PATH, WALL, flood
from function.trm.maze.solver import MazeProblem, MazeSolver
from function.trm.network import State, StepOutput, TinyRecursiveModel
from function.trm.torch_runner import TorchRunner
from lab.trm.maze.curriculum import CURRICULA
from tests.timing import soon

TEXT = "S.#..\n#...#\n##.#G\n#....\n#.#.#"
SOLVED = "So#..\n#oo.#\n##o#G\n#.ooo\n#.#.#"
PATH_CELLS = ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (3, 2), (3, 3), (3, 4), (2, 4))


class ScriptedModel:
    """Answers right from the step on that the script names for a view, without a path before.

    `rights` gives that step for the first, second, ... distinct view it is shown; later ones are
    never answered right. The state counts the steps.
    """

    def __init__(self, rights: list[int], halt: float = -1.0) -> None:
        # Its answers are scripted step by step.
        self.config = replace(CURRICULA["maze-9x9"].config, H_cycles=1)
        self.inner = SimpleNamespace(H_init=torch.zeros(1))
        self.rights, self.halt = rights, halt
        self.shown: list[bytes] = []

    def embed(self, tokens: torch.Tensor, identifiers: torch.Tensor | None = None) -> torch.Tensor:
        return tokens.T[:, :, None].float()

    def initial_state(self, batch: int) -> State:
        return State(torch.zeros(81, batch, 1), torch.zeros(81, batch, self.config.hidden_size))

    def advance(self, state: State, embedded: torch.Tensor) -> tuple[State, StepOutput]:
        state = State(state.answer + 1, state.latent)
        logits = []
        for place in range(embedded.shape[1]):
            cells = embedded[:, place, 0].numpy().astype(np.int8).reshape(9, 9)
            if cells.tobytes() not in self.shown:
                self.shown.append(cells.tobytes())
            number = self.shown.index(cells.tobytes())
            since = self.rights[number] if number < len(self.rights) else 10**9
            maze = read_maze(write_cells(cells))
            answer = cells.copy()
            if state.answer[0, place, 0] >= since:
                for cell in flood(cells != WALL, maze.start).way_to(maze.goal)[1:-1]:
                    answer[cell] = PATH
            wanted = torch.from_numpy(answer.astype(np.int64)).flatten()
            logits.append(torch.nn.functional.one_hot(wanted, 6).float())
        halts = torch.full((len(logits),), self.halt)
        return state, StepOutput(torch.stack(logits), halts, halts)


@pytest.fixture
def solver_of() -> Iterator[Callable[..., MazeSolver]]:
    engines = []

    def make(model: Any, **options: Any) -> MazeSolver:
        engines.append(Engine(TorchRunner(model)))
        return MazeSolver(engines[-1], **options)

    yield make
    for engine in engines:
        engine.close()


def test_a_path_that_checks_is_verified_at_once(solver_of: Callable[..., MazeSolver]) -> None:
    answer = solver_of(ScriptedModel([2])).solve(TEXT, soon())
    assert answer.answer == SOLVED
    assert answer.grid == tuple(SOLVED.split("\n"))
    assert answer.path == PATH_CELLS
    assert (answer.solved, answer.problem) == (True, "")
    assert (answer.confidence, answer.found_by) == (1.0, "network")
    assert (answer.stop_reason, answer.attempts) == ("checks_passed", 1)
    assert [step.changed for step in answer.steps] == [(), tuple(sorted(PATH_CELLS[1:-1]))]
    assert [step.confidence for step in answer.steps] == pytest.approx([0.2689, 1.0], abs=1e-4)


def test_a_failed_check_leads_to_copies_whose_answers_are_mapped_back(
    solver_of: Callable[..., MazeSolver],
) -> None:
    answer = solver_of(ScriptedModel([99, 99, 99, 1])).solve(TEXT, soon())
    assert (answer.answer, answer.path) == (SOLVED, PATH_CELLS)
    assert answer.attempts >= 4
    assert answer.steps[-1].attempt > 0
    assert len(answer.steps[-1].changed) == len(PATH_CELLS) - 2


def test_what_is_wrong_is_told_when_time_runs_out(solver_of: Callable[..., MazeSolver]) -> None:
    answer = solver_of(ScriptedModel([])).solve(TEXT, Deadline.after(0.3))
    assert (answer.solved, answer.path, answer.stop_reason) == (False, None, "deadline")
    assert "does not lead" in answer.problem
    assert answer.confidence == 0.0
    assert answer.steps[-1].confidence == pytest.approx(0.2689, abs=1e-4)
    with pytest.raises(DeadlineError):
        solver_of(ScriptedModel([1])).solve(TEXT, Deadline.after(-1))


def test_every_copy_shows_the_same_maze_and_reads_back() -> None:
    maze = read_maze(TEXT)
    problem, generator = MazeProblem(maze, 9), np.random.default_rng(0)
    shown = set()
    for _ in range(60):
        view = problem.copy(generator)
        copy = read_maze(write_cells(view.tokens.astype(np.int8).reshape(9, 9)))
        assert copy.length == maze.length
        np.testing.assert_array_equal(view.read(view.tokens), maze.cells.ravel())
        shown.add(view.tokens.tobytes())
    assert len(shown) > 40
    given = problem.given().tokens.reshape(9, 9)
    np.testing.assert_array_equal(given[:5, :5], maze.cells)
    assert (given[5:] == WALL).all() and (given[:, 5:] == WALL).all()


def test_a_maze_that_is_too_large_is_refused(solver_of: Callable[..., MazeSolver]) -> None:
    with pytest.raises(PuzzleError, match="up to 9x9, the maze is 1x10"):
        solver_of(ScriptedModel([1])).solve("S........G", soon())


@pytest.mark.parametrize("sizes", [{"seq_len": 81, "vocab_size": 11}, {"seq_len": 80}])
def test_a_network_of_another_task_is_refused(sizes: dict[str, Any]) -> None:
    fields: dict[str, Any] = {
        "seq_len": 81,
        "vocab_size": 6,
        "hidden_size": 8,
        "mlp_t": True,
    } | sizes
    engine = Engine(TorchRunner(TinyRecursiveModel(NetworkConfig(**fields))))
    with pytest.raises(PuzzleError, match="does not solve mazes"):
        MazeSolver(engine)
    engine.close()
