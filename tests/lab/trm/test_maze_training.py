"""Training on mazes: held-out sets, a run that learns, and what is published of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from function.trm.checkpoint import load_checkpoint
from function.trm.maze.codec import read_maze, write_cells
from lab.trm import publishing
from lab.trm.maze.curriculum import CURRICULA, SideRange
from lab.trm.maze.generator import MazePool, without_path
from lab.trm.maze.held_out import held_out_mazes, mark_of
from lab.trm.model_card import RunFacts
from lab.trm.registry import CURRICULA as ALL
from lab.trm.trainer import Recipe, Trainer

SMALL = replace(
    CURRICULA["maze-9x9"],
    side=5,
    config=replace(CURRICULA["maze-9x9"].config, seq_len=25, hidden_size=32, num_heads=2),
    first=SideRange(4, 4),
    pool_size=300,
    sets={"full": SideRange(5, 5)},
)


def test_a_mark_is_shared_by_copies_alone() -> None:
    pool = MazePool.made(9, 4, 60, 1)
    marks = [mark_of(maze) for maze in without_path(pool.answers)]
    copies, _ = pool.sample(300, 4, 9, np.random.default_rng(2))
    assert {mark_of(copy.reshape(9, 9)) for copy in copies} <= set(marks)
    others = MazePool.made(9, 4, 60, 2)
    assert not {mark_of(maze) for maze in without_path(others.answers)} & set(marks)


def test_training_mazes_are_refused_and_doubles_count_once() -> None:
    training = MazePool.made(6, 4, 50, 1)
    turned = np.rot90(training.answers[:20:2], axes=(1, 2))
    fresh = MazePool.made(6, 4, 40, 2)
    pool = MazePool(
        np.concatenate((turned, fresh.answers, fresh.answers)),
        np.concatenate((training.shapes[:20:2], fresh.shapes, fresh.shapes)),
    )
    held_out = held_out_mazes(pool, training, "full", 6, 6, 100)
    assert held_out.refused >= 10
    assert len(held_out.tokens) == len({row.tobytes() for row in held_out.tokens}) <= 40
    for tokens, labels in zip(held_out.tokens, held_out.labels, strict=True):
        maze = read_maze(write_cells(tokens.reshape(6, 6)))
        assert maze.path_of(labels.reshape(6, 6)) is not None
    assert len(held_out_mazes(pool, training, "full", 6, 6, 3).tokens) == 3


def test_a_run_learns_and_is_published_with_its_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "VALIDATION_EXAMPLES", 100)
    assert "maze-9x9" in ALL
    trainer = Trainer(SMALL, Recipe(minutes=60, batch=16, warmup_steps=5), tmp_path)
    losses = [trainer.update()[0] for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    facts = RunFacts("python -m lab train ...", 1, 1.0, trainer.step, 16)
    publishing.publish(trainer.averaged(), SMALL, facts, tmp_path, examples=2)
    assert load_checkpoint(tmp_path).task == "maze-9x9"
    card = (tmp_path / "README.md").read_text()
    assert "for mazes up to 5x5" in card
    assert "### full: 2 mazes with a longer side of 5" in card
    assert "Verified search, 2 s each" in card
