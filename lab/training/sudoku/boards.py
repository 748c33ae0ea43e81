"""Puzzles and solutions as the tensors that the candidate network is trained on."""

from __future__ import annotations

import torch
from torch import Tensor

from function.trm.sudoku.board import Board, Cells
from function.trm.sudoku.candidate_search import axes_of, candidates_of


def as_boards(board: Board, puzzles: Cells) -> Tensor:
    """Return puzzles [n, cells] as candidate masks [n, bands, rows, stacks, columns, digits]."""
    masks = candidates_of(board, puzzles)
    return torch.from_numpy(masks).view(len(puzzles), *axes_of(board), board.side)


def as_labels(board: Board, solutions: Cells) -> Tensor:
    """Return solutions [n, cells] as digit indices [n, bands, rows, stacks, columns]."""
    digits = torch.from_numpy(solutions.astype("int64")) - 1
    return digits.view(len(solutions), *axes_of(board))
