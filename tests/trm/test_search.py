"""Verified search, with a network whose answers the tests decide."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from function.deadline import Deadline
from function.trm.attempt import Sample
from function.trm.calibration import PlattScaling
from function.trm.config import NetworkConfig
from function.trm.engine import Engine
from function.trm.errors import DeadlineError, PuzzleError, TrmError
from function.trm.microbatch import MicroBatch
from function.trm.network import State, StepOutput, TinyRecursiveModel
from function.trm.sudoku.board import board_of
from function.trm.sudoku.codec import BLANK_TOKEN
from function.trm.sudoku.solver import SudokuSolver
from function.trm.torch_runner import TorchRunner
from lab.trm.sudoku.backtracking import Solver
from lab.trm.sudoku.curriculum import CURRICULA
from tests.timing import soon

PUZZLE = "12.4 ..1. .1.. 4..1"
SOLUTION = ((1, 2, 3, 4), (3, 4, 1, 2), (2, 1, 4, 3), (4, 3, 2, 1))


class ScriptedModel:
    """Answers right from the step on that the script names for a puzzle, wrong before.

    `rights` gives that step for the first, second, ... distinct puzzle it is shown; later ones are
    always wrong. The state counts the steps.
    """

    def __init__(self, rights: list[int], halt: float = -1.0) -> None:
        # Its answers are scripted step by step.
        self.config = replace(CURRICULA["sudoku-4x4"].config, H_cycles=1)
        self.inner = SimpleNamespace(H_init=torch.zeros(1))
        self.rights, self.halt = rights, halt
        self.shown: list[bytes] = []

    def embed(self, tokens: torch.Tensor, identifiers: torch.Tensor | None = None) -> torch.Tensor:
        return tokens.T[:, :, None].float()

    def initial_state(self, batch: int) -> State:
        return State(torch.zeros(16, batch, 1), torch.zeros(16, batch, self.config.hidden_size))

    def advance(self, state: State, embedded: torch.Tensor) -> tuple[State, StepOutput]:
        state = State(state.answer + 1, state.latent)
        logits = []
        for place in range(embedded.shape[1]):
            clues = embedded[:, place, 0].numpy().astype(np.int8) - BLANK_TOKEN
            if clues.tobytes() not in self.shown:
                self.shown.append(clues.tobytes())
            number = self.shown.index(clues.tobytes())
            since = self.rights[number] if number < len(self.rights) else 10**9
            grid = Solver(board_of(4), clues.tolist()).solve()
            assert grid is not None
            if state.answer[0, place, 0] < since:
                grid[0] = grid[0] % 4 + 1
            digits = torch.tensor(grid) + BLANK_TOKEN
            logits.append(torch.nn.functional.one_hot(digits, 6).float())
        halts = torch.full((len(logits),), self.halt)
        return state, StepOutput(torch.stack(logits), halts, halts)


@pytest.fixture
def solver_of() -> Iterator[Callable[..., SudokuSolver]]:
    engines = []

    def make(model: Any, **options: Any) -> SudokuSolver:
        engines.append(Engine(TorchRunner(model)))
        return SudokuSolver(engines[-1], **options)

    yield make
    for engine in engines:
        engine.close()


def test_an_answer_that_checks_is_verified_at_once(solver_of: Callable[..., SudokuSolver]) -> None:
    answer = solver_of(ScriptedModel([3])).solve(PUZZLE, soon(), search=False)
    assert answer.grid == SOLUTION
    assert answer.answer.startswith("1 2 | 3 4\n3 4 | 1 2\n----+----\n")
    assert (answer.solved, answer.confidence) == (True, 1.0)
    assert (answer.stop_reason, answer.attempts) == ("checks_passed", 1)
    assert [step.step for step in answer.steps] == [1, 2, 3]
    assert answer.steps[1].changed == ()
    assert answer.steps[2].changed == ((0, 0),)
    told = [step.confidence for step in answer.steps]
    assert told == pytest.approx([0.2689, 0.2689, 1], abs=1e-4)
    blanks = PUZZLE.replace(" ", "").count(".")
    assert len(answer.steps[0].changed) == blanks + 1


def test_a_failed_check_leads_to_a_copy_whose_answer_is_mapped_back(
    solver_of: Callable[..., SudokuSolver],
) -> None:
    answer = solver_of(ScriptedModel([99, 99, 1])).solve(PUZZLE, soon())
    assert answer.grid == SOLUTION
    assert (answer.solved, answer.found_by) == (True, "search")
    assert answer.attempts >= 3
    # A wrong answer that comes twice is given up.
    assert [step.attempt for step in answer.steps[:2]] == [0, 0]
    assert {step.attempt for step in answer.steps[2:]} not in ({0}, set())
    assert len({step.attempt for step in answer.steps[2:]}) == 1
    assert answer.steps[-1].grid == SOLUTION


def test_halting_on_a_wrong_answer_starts_the_search(
    solver_of: Callable[..., SudokuSolver],
) -> None:
    model = ScriptedModel([99, 1], halt=2.0)
    answer = solver_of(model, halt_above=1.0).solve(PUZZLE, soon())
    assert answer.solved
    assert [step.attempt for step in answer.steps].count(0) == 1


def test_without_search_the_answer_says_how_sure_it_is(
    solver_of: Callable[..., SudokuSolver],
) -> None:
    calibration = PlattScaling(scale=0.5, shift=0.0)
    model = ScriptedModel([99], halt=2.0)
    solver = solver_of(model, calibration=calibration, halt_above=1.0)
    answer = solver.solve(PUZZLE, soon(), search=False)
    assert (answer.solved, answer.confidence) == (False, 0.0)
    assert answer.steps[-1].confidence == pytest.approx(0.7311, abs=1e-4)
    assert (answer.stop_reason, answer.attempts, len(model.shown)) == ("confident", 1, 1)
    patient = solver_of(ScriptedModel([99]))
    assert patient.solve(PUZZLE, soon(), search=False).stop_reason == "max_steps"


def test_the_deadline_ends_a_search_with_the_best_so_far(
    solver_of: Callable[..., SudokuSolver],
) -> None:
    answer = solver_of(ScriptedModel([])).solve(PUZZLE, Deadline.after(0.3))
    assert (answer.solved, answer.stop_reason) == (False, "deadline")
    assert answer.confidence < 1
    assert answer.attempts > 1
    assert len(answer.steps) >= 2


def test_a_deadline_in_the_past_is_an_error(solver_of: Callable[..., SudokuSolver]) -> None:
    with pytest.raises(DeadlineError):
        solver_of(ScriptedModel([1])).solve(PUZZLE, Deadline.after(-1))


def test_the_deadline_holds_while_others_keep_the_engine_busy(
    solver_of: Callable[..., SudokuSolver],
) -> None:
    solver = solver_of(ScriptedModel([99]))
    busy = Sample(
        tokens=np.ones(16, dtype=np.int64), deadline=soon(), finished=SimpleQueue(), max_steps=10**9
    )
    still = SimpleNamespace(size=1, record=lambda samples, seconds: None)
    solver.engine.micro_batch = cast(MicroBatch, still)
    solver.engine.submit([busy])
    with pytest.raises(DeadlineError):
        solver.solve(PUZZLE, Deadline.after(0.2))
    busy.cancelled = True
    assert busy.finished.get(timeout=30).ending == "cancelled"


def test_puzzles_of_another_size_are_refused(solver_of: Callable[..., SudokuSolver]) -> None:
    with pytest.raises(PuzzleError, match="solves 4x4, the puzzle is 9x9"):
        solver_of(ScriptedModel([1])).solve("." * 81, soon())


def test_a_network_of_another_task_is_refused() -> None:
    config = NetworkConfig(seq_len=16, vocab_size=12, hidden_size=8, mlp_t=True)
    engine = Engine(TorchRunner(TinyRecursiveModel(config)))
    with pytest.raises(PuzzleError, match="16 tokens and 12 symbols does not solve sudoku"):
        SudokuSolver(engine)
    engine.close()


def test_requests_from_many_threads_are_answered_each_by_its_own(
    solver_of: Callable[..., SudokuSolver],
) -> None:
    solver = solver_of(ScriptedModel([2] * 400))
    puzzles = [f"{a}..." + "." * 12 for a in range(1, 5)] * 4
    answers: dict[int, tuple[int, ...]] = {}

    def ask(number: int) -> None:
        answers[number] = solver.solve(puzzles[number], soon()).grid[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {number: row[0] for number, row in answers.items()} == {
        number: number % 4 + 1 for number in range(16)
    }


def test_closing_the_engine_tells_whoever_waits() -> None:
    model = ScriptedModel([])
    engine = Engine(TorchRunner(cast(TinyRecursiveModel, model)))
    solver = SudokuSolver(engine)
    raised: list[Exception] = []

    def ask() -> None:
        try:
            solver.solve(PUZZLE, soon())
        except TrmError as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not model.shown:
        pass
    engine.close()
    thread.join(30)
    assert [type(error) for error in raised] == [TrmError]
