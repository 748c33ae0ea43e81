"""Training: losses, schedule, resuming, and that a network learns; then the judging of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from function.trm.calibration import PlattScaling
from function.trm.checkpoint import load_checkpoint
from function.trm.network import StepOutput
from lab.trm import publishing
from lab.trm.losses import deep_supervision_loss, stablemax_cross_entropy
from lab.trm.measuring import StepFigures, choose_threshold, fit_calibration
from lab.trm.model_card import RunFacts
from lab.trm.optimizers import orthogonalize
from lab.trm.sudoku.curriculum import CURRICULA, ClueRange, JudgedSet
from lab.trm.trainer import Recipe, Trainer

EASY = replace(
    CURRICULA["sudoku-4x4"],
    config=replace(CURRICULA["sudoku-4x4"].config, hidden_size=32, num_heads=2),
    first=ClueRange(12, 14),
    final=ClueRange(11, 13),
    pool_size=40,
    sets={"all": JudgedSet(ClueRange(11, 13), 2.0)},
)
RECIPE = Recipe(minutes=60, batch=16, warmup_steps=5)


def test_stablemax_is_what_the_paper_says() -> None:
    logits = torch.tensor([[[0.0, 1.0, -1.0]]])
    weights = [1.0, 2.0, 0.5]
    for label, weight in enumerate(weights):
        loss = stablemax_cross_entropy(logits, torch.tensor([[label]]))
        assert float(loss) == pytest.approx(-np.log(weight / 3.5), abs=1e-6)
    extreme = torch.tensor([[[1e4, -1e4]]], requires_grad=True)
    stablemax_cross_entropy(extreme, torch.tensor([[1]])).backward()
    assert extreme.grad is not None and torch.isfinite(extreme.grad).all()


@pytest.mark.parametrize("kind", ["softmax", "stablemax"])
def test_the_halting_loss_weighs_half_and_asks_for_the_whole_answer(
    kind: Literal["softmax", "stablemax"],
) -> None:
    logits = torch.zeros(2, 3, 4)
    logits[:, :, 1] = 30.0
    labels = torch.tensor([[1, 1, 1], [1, 1, 2]])
    unsure, sure = torch.zeros(2), torch.tensor([20.0, -20.0])
    half, right = deep_supervision_loss(StepOutput(logits, unsure, unsure), labels, kind)
    none, _ = deep_supervision_loss(StepOutput(logits, sure, sure), labels, kind)
    assert right.tolist() == [True, False]
    assert float(half - none) == pytest.approx(0.5 * np.log(2), abs=1e-4)


def test_the_learning_rate_warms_up_and_falls_in_the_last_half() -> None:
    rates = [RECIPE.rate_at(step, progress) for step, progress in
             ((0, 0.0), (4, 0.0), (100, 0.5), (100, 0.75), (100, 1.0))]  # fmt: skip
    assert rates == pytest.approx([0.2, 1.0, 1.0, 0.5, 0.0])


def test_orthogonalized_updates_have_singular_values_near_one() -> None:
    for shape in ((8, 24), (24, 8)):
        matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        values = torch.linalg.svdvals(orthogonalize(matrix))
        assert values.min() > 0.6 and values.max() < 1.3


def test_a_run_learns_and_its_weights_can_be_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "VALIDATION_EXAMPLES", 100)
    trainer = Trainer(EASY, RECIPE, tmp_path)
    losses = [trainer.update()[0] for _ in range(80)]
    assert np.mean(losses[-10:]) < 0.75 * np.mean(losses[:10])
    facts = RunFacts("python -m lab train ...", 1, 1.0, trainer.step, 16)
    publishing.publish(trainer.averaged(), EASY, facts, tmp_path, examples=20)
    shipped = load_checkpoint(tmp_path)
    assert (shipped.task, shipped.averaged) == ("sudoku-4x4", True)
    for name, value in trainer.average.values.items():
        torch.testing.assert_close(
            shipped.model.state_dict()[name], value.half().float(), rtol=0, atol=0
        )
    card = (tmp_path / "README.md").read_text()
    for words in ("seed 1", "80 updates", "Licence", "| exact |", "Halting", "Verified search"):
        assert words in card


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    whole = Trainer(EASY, RECIPE, tmp_path / "whole")
    for _ in range(6):
        expected = whole.update()
    part = Trainer(EASY, RECIPE, tmp_path / "parts")
    for _ in range(3):
        part.update()
    part.save()
    resumed = Trainer(EASY, RECIPE, tmp_path / "parts")
    assert resumed.step == 3
    for _ in range(3):
        got = resumed.update()
    assert got == pytest.approx(expected, rel=1e-4)
    for name, value in whole.average.values.items():
        torch.testing.assert_close(resumed.average.values[name], value, rtol=1e-3, atol=1e-4)


def test_another_recipe_does_not_resume_a_run(tmp_path: Path) -> None:
    Trainer(EASY, RECIPE, tmp_path).save()
    with pytest.raises(ValueError, match="another recipe"):
        Trainer(EASY, replace(RECIPE, seed=2), tmp_path)


def test_a_slot_is_freed_after_the_last_step(tmp_path: Path) -> None:
    trainer = Trainer(EASY, RECIPE, tmp_path)
    leaving = [trainer.update()[1] for _ in range(16)]
    assert leaving == [0] * 15 + [16]
    before = trainer.tokens.clone()
    trainer.update()
    assert trainer.ages.tolist() == [1] * 16
    assert not torch.equal(before, trainer.tokens)


def test_clues_get_fewer_until_the_curriculum_settles() -> None:
    curriculum = CURRICULA["sudoku-9x9"]
    assert curriculum.clues_at(0) == ClueRange(40, 60)
    assert curriculum.clues_at(0.2) == ClueRange(32, 53)
    assert curriculum.clues_at(0.4) == curriculum.clues_at(1) == ClueRange(24, 46)


def test_figures_of_halting() -> None:
    right = np.array([[0, 0, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0]], dtype=bool)
    halts = np.array([[-1, 3, 2, -1], [2, 3, 2, -2], [3, 3, 2, -3]], dtype=np.float32)
    figures = StepFigures(right, halts)
    assert figures.exact_by_step() == [0.25, 0.5, 0.5]
    halting = figures.halting(1.0)
    assert (halting.exact, halting.mean_steps, halting.halted) == (0.5, 1.75, 0.75)
    assert halting.halted_right == pytest.approx(2 / 3)
    assert figures.halting(9.0).halted_right == 0.0


def test_the_threshold_keeps_what_a_third_of_the_steps_can_reach() -> None:
    right = np.zeros((16, 100), dtype=bool)
    right[4:] = True
    halts = np.where(right, 5.0, 0.0).astype(np.float32)
    halts[:4, :20] = 1.0
    figures = StepFigures(right, halts)
    threshold = choose_threshold(figures)
    assert 1.0 <= threshold < 5.0
    assert figures.halting(threshold).mean_steps == 5
    late = StepFigures(np.roll(right, 8, axis=0), np.roll(halts, 8, axis=0))
    assert choose_threshold(late) < 0.0
    fitted = fit_calibration([figures])
    assert fitted != PlattScaling()
    assert fitted.probability(5.0) > 0.95 and fitted.probability(0.0) < 0.05
