"""The grid networks in numpy: equal to the trained ones, and equivariant where they say so."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from function.trm import grid_networks
from function.trm.grid_checkpoint import load_grid_network
from function.trm.grid_networks import GridNetwork
from function.trm.names import GRID_NETWORKS
from function.trm.sudoku.board import board_of
from function.trm.sudoku.candidate_search import axes_of, candidates_of, consistent
from function.trm.sudoku.symmetry import random_symmetries
from lab.training.candidate_network import CandidateNetwork
from lab.training.convolution_network import ConvolutionNetwork
from lab.training.recursion import RecursiveNetwork
from lab.trm.sudoku.generator import PuzzlePool


def in_numpy(network: RecursiveNetwork) -> GridNetwork:
    tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return getattr(grid_networks, type(network).__name__)(tensors, 2, 2, 2)


def boards_of(kind: type[RecursiveNetwork]) -> torch.Tensor:
    if kind is ConvolutionNetwork:
        return torch.randint(1, 5, (3, 7, 11))
    return torch.rand(3, 3, 2, 2, 3, 6) < 0.5


@pytest.mark.parametrize("kind", [CandidateNetwork, ConvolutionNetwork])
def test_numpy_computes_what_was_trained(kind: type[CandidateNetwork | ConvolutionNetwork]) -> None:
    torch.manual_seed(3)
    network, boards = kind(), boards_of(kind)
    ours = in_numpy(network).run(np.moveaxis(boards.numpy(), 0, -1))
    embedded = network.embed(boards)
    state = network.initial_state(embedded)
    with torch.no_grad():
        for step in islice(ours, 3):
            state, output = network(state, embedded)
            theirs = np.moveaxis(output.logits.numpy(), 0, -1)
            np.testing.assert_allclose(step.logits, theirs, atol=1e-3)
            np.testing.assert_allclose(step.halt, output.halt.numpy(), atol=1e-4)


def test_a_symmetric_copy_gets_the_same_answer_transformed() -> None:
    torch.manual_seed(4)
    network, board = in_numpy(CandidateNetwork()), board_of(9)
    puzzles, _ = PuzzlePool.dug(board, 3, seed=9).cut(np.arange(3), np.full(3, 30))
    symmetries = random_symmetries(board, 3, np.random.default_rng(1))

    def read(grids: NDArray[np.int8]) -> tuple[NDArray[np.int8], Any]:
        masks = np.moveaxis(candidates_of(board, grids), 0, -1)
        (step,) = islice(network.run(masks.reshape(*axes_of(board), 9, 3)), 1)
        logits = np.moveaxis(step.logits, -1, 0).reshape(3, 81, 9)
        return (logits.argmax(-1) + 1).astype(np.int8), step.halt

    plain, halt = read(puzzles)
    copied, halt_of_copy = read(symmetries.apply(puzzles))
    np.testing.assert_array_equal(symmetries.undo(copied), plain)
    np.testing.assert_allclose(halt_of_copy, halt, atol=1e-4)


def test_candidates_follow_the_clues() -> None:
    board = board_of(4)
    grids = np.zeros((2, 16), dtype=np.int8)
    grids[0, 0] = 3
    grids[1, [2, 3, 4, 8]] = 1, 2, 3, 4  # nothing is left for the first cell
    candidates = candidates_of(board, grids)
    assert candidates[0, 0].tolist() == [False, False, True, False]
    assert not candidates[0, [1, 2, 3, 4, 5, 8, 12], 2].any() and candidates[0, 15].all()
    assert consistent(board, candidates).tolist() == [True, False]


def test_products_stay_on_the_calling_thread() -> None:
    for name in GRID_NETWORKS:
        load_grid_network(name)
    pools = [pool for pool in threadpool_info() if pool["internal_api"] == "openblas"]
    assert pools and {pool["num_threads"] for pool in pools} == {1}
