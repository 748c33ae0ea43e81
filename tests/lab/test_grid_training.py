"""Deep supervision of the grid networks, a few updates long."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from function.trm.maze.grid import OPEN, PATH
from function.trm.sudoku.board import board_of
from lab.training.candidate_network import CandidateNetwork
from lab.training.convolution_network import ConvolutionNetwork
from lab.training.maze.__main__ import Mazes
from lab.training.recursion import RecursiveNetwork
from lab.training.sudoku.__main__ import RatedPuzzles, SmallPuzzles, exact
from lab.training.sudoku.generator import generate
from lab.training.trainer import Recipe, Source, Trainer

RECIPE = Recipe(minutes=1, updates=20, batch=4)


@pytest.fixture
def rated(tmp_path: Path) -> RatedPuzzles:
    puzzles, answers, ratings, _ = generate([3], moves=1, size=1)
    chains = np.arange(12) // 6
    grown = (np.resize(each, (12, *each.shape[1:])) for each in (puzzles, answers, ratings))
    clues, solutions, _ = grown
    depths = np.array([0, 20, 50, 80, 120, 2100] * 2)
    np.savez(tmp_path / "sudoku-0.npz", puzzles=clues, solutions=solutions, ratings=depths,
             chains=chains)  # fmt: skip
    return RatedPuzzles(tmp_path, held_out=1)


def sources_of(kind: str, rated: RatedPuzzles, folder: Path) -> tuple[RecursiveNetwork, Source]:
    if kind == "9x9":
        return CandidateNetwork(), rated
    if kind == "6x6":
        return CandidateNetwork(), SmallPuzzles(board_of(6), 1.0, 5)
    return ConvolutionNetwork(), Mazes(6, 10, (1.0,), folder)


@pytest.mark.parametrize("kind", ["9x9", "6x6", "maze"])
def test_updates_lower_the_loss_and_a_run_resumes(
    kind: str, rated: RatedPuzzles, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    network, source = sources_of(kind, rated, tmp_path)
    trainer = Trainer(network, [source], RECIPE, tmp_path / "run", compiled=False)
    losses = [trainer.update()[0] for _ in range(20)]
    assert np.mean(losses[-3:]) < losses[0]
    trainer.save()
    again, _ = sources_of(kind, rated, tmp_path)
    resumed = Trainer(again, [source], RECIPE, tmp_path / "run", compiled=False)
    assert resumed.step == 20
    for name, tensor in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor)


def test_held_out_chains_are_never_sampled(rated: RatedPuzzles) -> None:
    assert len(rated.puzzles) == len(rated.validation[0]) == 6
    assert exact(CandidateNetwork(), *rated.validation, steps=1) in (0.0, 1.0)


def test_a_maze_is_framed_by_walls_and_right_when_every_open_cell_is(tmp_path: Path) -> None:
    source = Mazes(6, 10, (1.0,), tmp_path)
    boards, labels = source.sample(3, 1.0, np.random.default_rng(0))
    assert boards.shape == labels.shape == (3, 8, 8)
    assert bool(((labels == PATH) <= (boards == OPEN)).all())
    network = ConvolutionNetwork()
    embedded = network.embed(boards)
    _, output = network(network.initial_state(embedded), embedded)
    perfect = output._replace(logits=torch.where(labels == PATH, 1.0, -1.0))
    assert source.loss(perfect, labels)[1].all()
    flawed = perfect.logits.clone()
    flawed[0][labels[0] == PATH] = -1.0
    assert source.loss(perfect._replace(logits=flawed), labels)[1].tolist() == [False, True, True]
