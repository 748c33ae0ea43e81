"""ARC: grids and tokens, names of copies, known puzzles, and the vote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from function.deadline import Deadline
from function.trm.arc.augmentation import IDENTITY, Augmentation, read_name, transform
from function.trm.arc.codec import (
    END,
    FIRST_COLOUR,
    from_tokens,
    read_grid,
    to_tokens,
    write_grid,
)
from function.trm.arc.identifiers import KnownPuzzles, UnseenPuzzle
from function.trm.arc.solver import ArcSolver
from function.trm.calibration import PlattScaling
from function.trm.config import NetworkConfig
from function.trm.engine import Engine
from function.trm.errors import CheckpointError, DeadlineError, PuzzleError
from function.trm.network import State, StepOutput, TinyRecursiveModel
from function.trm.torch_runner import TorchRunner
from tests.timing import soon

GRID = np.array([[0, 1, 2], [3, 4, 5]], dtype=np.int8)


@pytest.mark.parametrize(
    "given", [[[0, 1, 2], [3, 4, 5]], ["012", "3 4 5"], "012\n345", "\n0,1,2\n3,4,5\n"]
)
def test_rows_and_texts_are_the_same_grid(given: Any) -> None:
    np.testing.assert_array_equal(read_grid(given), GRID)
    assert write_grid(read_grid(given)) == "0 1 2\n3 4 5"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[1, 2], [3]], "row 2 has 1 cells instead of 2"),
        ([[10]], "row 1 holds 10: colours are 0 to 9"),
        ([[True]], "holds True"),
        (["1a"], "holds 'a'"),
        ([[[1]]], r"holds \[1\]"),
        ([5], "row 1 is neither"),
        ([], "not empty"),
        ("", "not empty"),
        (7, "a text or a list"),
        ([[]], "1 to 30 columns"),
        ([[0]] * 31, "at most 30 rows"),
        ([[0] * 31], "1 to 30 columns"),
    ],
)
def test_what_is_no_grid_is_refused_by_name(given: Any, message: str) -> None:
    with pytest.raises(PuzzleError, match=message):
        read_grid(given)


def test_end_tokens_stand_to_the_right_and_below() -> None:
    tokens = to_tokens(GRID).reshape(30, 30)
    np.testing.assert_array_equal(tokens[:2, :3], GRID + FIRST_COLOUR)
    assert (tokens[2, :3] == END).all() and (tokens[:2, 3] == END).all()
    assert tokens[2, 3] == 0
    assert (tokens > 0).sum() == 6 + 3 + 2
    full = np.full((30, 30), 9, dtype=np.int8)
    assert (to_tokens(full) == 11).all()
    for grid in (GRID, full, GRID[:1], GRID[:, :1]):
        np.testing.assert_array_equal(from_tokens(to_tokens(grid)), grid)


def test_the_largest_rectangle_of_colours_is_read() -> None:
    tokens = to_tokens(GRID).reshape(30, 30)
    tokens[1, 2] = END  # 2x2 is left, and larger than 1x3
    np.testing.assert_array_equal(from_tokens(tokens.ravel()), GRID[:, :2])
    tokens[1, 1] = 0
    np.testing.assert_array_equal(from_tokens(tokens.ravel()), GRID[:1])
    tokens[0, 0] = 0
    assert from_tokens(tokens.ravel()).size == 0


def test_every_transform_is_undone() -> None:
    colours = np.array([0, 5, 1, 2, 3, 4, 9, 8, 7, 6], dtype=np.int8)
    copies = set()
    for number in range(8):
        augmentation = Augmentation(number, colours)
        copy = augmentation.apply(GRID)
        copies.add((copy.shape, copy.tobytes()))
        np.testing.assert_array_equal(augmentation.undo(copy), GRID)
    assert len(copies) == 8
    assert IDENTITY.apply(GRID)[0].tolist() == [0, 1, 2]
    # The official numbers: a quarter turn against the clock, reflections, both diagonals.
    assert transform(GRID, 1).tolist() == [[2, 5], [1, 4], [0, 3]]
    assert transform(GRID, 4).tolist() == [[2, 1, 0], [5, 4, 3]]
    assert transform(GRID, 5).tolist() == [[3, 4, 5], [0, 1, 2]]
    assert transform(GRID, 6).tolist() == [[0, 3], [1, 4], [2, 5]]
    assert transform(GRID, 7).tolist() == [[5, 2], [4, 1], [3, 0]]


def test_names_of_copies_are_read() -> None:
    assert read_name("007bbfb7") == ("007bbfb7", IDENTITY)
    puzzle, augmentation = read_name("007bbfb7|||t3|||0213456789")
    assert (puzzle, augmentation.number) == ("007bbfb7", 3)
    assert augmentation.colours.tolist() == [0, 2, 1, 3, 4, 5, 6, 7, 8, 9]
    for wrong in ("a|||t8|||0123456789", "a|||t1|||1023456789", "a|||t1|||0113456789", "a|||b"):
        with pytest.raises(CheckpointError, match="is not a name of a puzzle's copy"):
            read_name(wrong)


NAMES = ["<blank>", "aa", "aa|||t1|||0123456789", "bb", "aa|||t4|||0213456789"]


def test_known_puzzles_come_from_the_file_beside_the_weights(tmp_path: Path) -> None:
    weights = tmp_path / "step_1"
    with pytest.raises(CheckpointError, match="identifiers.json is missing"):
        KnownPuzzles.beside(weights, 5)
    path = tmp_path / "identifiers.json"
    path.write_text(json.dumps(NAMES))
    known = KnownPuzzles.beside(weights, 5)
    assert [copy.identifier for copy in known.copies("aa")] == [1, 2, 4]
    assert [copy.identifier for copy in known.copies("bb")] == [3]
    with pytest.raises(UnseenPuzzle, match="'cc': unseen ARC tasks need a trained embedding"):
        known.copies("cc")
    with pytest.raises(CheckpointError, match="5 names for 6 embeddings"):
        KnownPuzzles.beside(weights, 6)
    path.write_text("{}")
    with pytest.raises(CheckpointError, match="is not a list of names"):
        KnownPuzzles.beside(weights, 5)
    path.write_text("{")
    with pytest.raises(CheckpointError, match="cannot be read"):
        KnownPuzzles.beside(weights, 5)


class ScriptedModel:
    """Answers each identifier with the grid and the halting logit of the script, always at once."""

    def __init__(self, script: dict[int, tuple[np.ndarray, float]], steps: int = 2) -> None:
        self.config = NetworkConfig(
            seq_len=900, vocab_size=12, hidden_size=8, num_heads=1, puzzle_emb_ndim=8,
            puzzle_emb_len=1, num_puzzle_identifiers=len(NAMES), halt_max_steps=steps,
            H_cycles=1,
        )  # fmt: skip
        self.inner = SimpleNamespace(H_init=torch.zeros(1))
        self.script = script
        self.shown: dict[int, np.ndarray] = {}

    def embed(self, tokens: torch.Tensor, identifiers: torch.Tensor) -> torch.Tensor:
        for row, identifier in zip(tokens, identifiers.tolist(), strict=True):
            self.shown[identifier] = row.numpy().copy()
        return identifiers.float()[None, :, None]

    def initial_state(self, batch: int) -> State:
        return State(torch.zeros(1, batch, 1), torch.zeros(1, batch, 1))

    def advance(self, state: State, embedded: torch.Tensor) -> tuple[State, StepOutput]:
        told = [self.script[int(identifier)] for identifier in embedded[0, :, 0]]
        tokens = torch.stack([torch.from_numpy(to_tokens(grid)) for grid, _ in told])
        halts = torch.tensor([halt for _, halt in told])
        logits = torch.nn.functional.one_hot(tokens, 12).float()
        return state, StepOutput(logits, halts, halts)


@pytest.fixture
def solver_of() -> Iterator[Callable[..., ArcSolver]]:
    engines = []

    def make(script: dict[int, Any], names: list[str] = NAMES, **options: Any) -> ArcSolver:
        engines.append(Engine(TorchRunner(cast(TinyRecursiveModel, ScriptedModel(script)))))
        return ArcSolver(engines[-1], KnownPuzzles(names), **options)

    yield make
    for engine in engines:
        engine.close()


RIGHT, WRONG = np.array([[7, 8]], dtype=np.int8), np.array([[1], [2]], dtype=np.int8)


def copied(identifier: int, grid: np.ndarray) -> np.ndarray:
    return read_name(NAMES[identifier])[1].apply(grid)


def test_answers_of_copies_are_mapped_back_and_the_majority_wins(
    solver_of: Callable[..., ArcSolver],
) -> None:
    solver = solver_of({1: (WRONG, 5.0), 2: (copied(2, RIGHT), 0.0), 4: (copied(4, RIGHT), 1.0)})
    answer = solver.solve("aa", GRID, soon())
    first, second = answer.candidates
    assert (first.grid, first.votes) == (((7, 8),), 2)
    assert (second.grid, second.votes) == (((1,), (2,)), 1)
    assert first.confidence == pytest.approx((0.5 + 0.7311) / 2, abs=1e-4)
    assert (answer.voted, answer.share) == (3, 2 / 3)
    shown = cast(Any, solver.engine.runner).model.shown
    assert sorted(shown) == [1, 2, 4]
    np.testing.assert_array_equal(shown[2], to_tokens(copied(2, GRID)))
    # The trace is that of the surest copy of the winner.
    assert answer.steps[-1].grid == ((7, 8),)
    assert answer.steps[-1].confidence == pytest.approx(0.7311, abs=1e-4)
    assert answer.steps[0].changed == ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2))


def test_equal_votes_are_decided_by_the_mean_confidence(
    solver_of: Callable[..., ArcSolver],
) -> None:
    other = np.array([[3]], dtype=np.int8)
    script = {1: (WRONG, -1.0), 2: (copied(2, RIGHT), 2.0), 4: (copied(4, other), 1.0)}
    answer = solver_of(script, halt_above=9.0).solve("aa", GRID, soon())
    assert [each.grid for each in answer.candidates] == [((7, 8),), ((3,),), ((1,), (2,))]
    assert answer.stop_reason == "max_steps"


def test_a_vote_ends_when_nobody_can_overtake(solver_of: Callable[..., ArcSolver]) -> None:
    many = ["<blank>", "aa"] + [f"aa|||t{n % 8}|||0123456789" for n in range(30)]
    script = {n: (read_name(many[n])[1].apply(RIGHT), 3.0) for n in range(1, len(many))}
    answer = solver_of(script, many).solve("aa", GRID, soon())
    assert answer.candidates[0].votes == answer.voted
    assert answer.stop_reason == "confident"
    assert 16 <= answer.voted < 31


def test_one_copy_alone_answers(solver_of: Callable[..., ArcSolver]) -> None:
    calibration = PlattScaling(scale=2.0)
    answer = solver_of({3: (RIGHT, 1.0)}, calibration=calibration).solve("bb", GRID, soon())
    assert (answer.share, answer.voted, answer.candidates[0].grid) == (1.0, 1, ((7, 8),))
    assert answer.candidates[0].confidence == pytest.approx(0.8808, abs=1e-4)


def test_unseen_puzzles_and_late_requests_are_refused(solver_of: Callable[..., ArcSolver]) -> None:
    solver = solver_of({})
    with pytest.raises(UnseenPuzzle):
        solver.solve("zz", GRID, soon())
    with pytest.raises(DeadlineError):
        solver.solve("aa", GRID, Deadline.after(-1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vocab_size": 6}, "900 tokens and 6 symbols does not answer"),
        ({"puzzle_emb_ndim": 0, "puzzle_emb_len": 0}, "without puzzle embeddings"),
    ],
)
def test_a_network_of_another_task_is_refused(changes: dict[str, Any], message: str) -> None:
    fields: dict[str, Any] = {"seq_len": 900, "vocab_size": 12, "hidden_size": 8, "num_heads": 1}
    fields |= {"puzzle_emb_ndim": 8, "puzzle_emb_len": 1} | changes
    engine = Engine(TorchRunner(TinyRecursiveModel(NetworkConfig(**fields))))
    with pytest.raises(CheckpointError, match=message):
        ArcSolver(engine, KnownPuzzles(NAMES))
    engine.close()


def test_names_are_read_when_their_puzzle_is_asked_for() -> None:
    known = KnownPuzzles(["<blank>", "aa", "bb|||t9|||0123456789", "aa|||t1|||0123456789"])
    assert [copy.identifier for copy in known.copies("aa")] == [1, 3]
    with pytest.raises(CheckpointError, match="is not a name of a puzzle's copy"):
        known.copies("bb")
