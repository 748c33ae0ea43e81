"""The network in numpy computes what the network in torch computes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from function.deadline import Deadline
from function.trm import torch_runner
from function.trm.alert_triage.triage import AlertTriage, read_act_above, read_codec
from function.trm.checkpoint import Checkpoint, load_checkpoint
from function.trm.config import NetworkConfig
from function.trm.engine import Engine
from function.trm.names import find_weights
from function.trm.network import TinyRecursiveModel
from function.trm.numpy_network import NumpyNetwork
from function.trm.numpy_runner import NumpyRunner
from function.trm.runner import Runner, runner_for
from function.trm.sudoku.solver import SudokuSolver
from function.trm.torch_runner import TorchRunner
from lab.trm.alert_triage.public_rules import honest_alerts

from .official_files import write_grid_checkpoint

VARIANTS: list[dict[str, Any]] = [
    {"mlp_t": True, "pos_encodings": "none"},
    {"pos_encodings": "rope"},
    {"pos_encodings": "learned"},
    {"pos_encodings": "rope", "num_heads": 1, "L_layers": 1, "rope_theta": 500.0},
    {"mlp_t": True, "pos_encodings": "none", "puzzle_emb_ndim": 32, "num_puzzle_identifiers": 3},
    {"pos_encodings": "rope", "puzzle_emb_ndim": 40, "puzzle_emb_len": 3,
     "num_puzzle_identifiers": 3, "H_cycles": 3, "L_cycles": 4},
]  # fmt: skip


def random_model(**changes: Any) -> TinyRecursiveModel:
    torch.manual_seed(7)
    fields = {
        "seq_len": 30, "vocab_size": 7, "hidden_size": 32, "num_heads": 4, "H_cycles": 2,
        "L_cycles": 2, "expansion": 2.0,
    }  # fmt: skip
    model = TinyRecursiveModel(NetworkConfig(**(fields | changes))).eval().requires_grad_(False)
    model.inner.q_head.weight.normal_(std=0.1)
    return model


def in_numpy(model: TinyRecursiveModel) -> NumpyNetwork:
    return NumpyNetwork(model.config, {k: t.numpy() for k, t in model.state_dict().items()})


def differences(
    model: TinyRecursiveModel, network: NumpyNetwork, tokens: np.ndarray, steps: int
) -> list[float]:
    """The largest difference of logits and halting logits in each step."""
    identifiers = None
    if model.config.puzzle_emb_ndim:
        identifiers = np.arange(len(tokens)) % model.config.num_puzzle_identifiers
    found = []
    with torch.inference_mode():
        known = None if identifiers is None else torch.from_numpy(identifiers)
        embedded = model.embed(torch.from_numpy(tokens), known)
        state = model.initial_state(len(tokens))
        ours, x = network.initial_state(len(tokens)), network.embed(tokens, identifiers)
        for _ in range(steps):
            state, output = model(state, embedded)
            for _ in range(model.config.H_cycles):
                ours, mine = network.advance(ours, x)
            pairs = zip(mine, output, strict=True)
            found.append(max(np.abs(one - other.numpy()).max() for one, other in pairs))
    return found


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: "-".join(map(str, each.values())))
def test_a_step_has_the_logits_of_torch(variant: dict[str, Any]) -> None:
    model = random_model(**variant)
    tokens = np.random.default_rng(2).integers(0, 7, size=(5, 30))
    assert differences(model, in_numpy(model), tokens, steps=1)[0] < 2e-5
    exact = model.double()
    # The tables of rotary positions are fp32 in both, rounded apart in the last place.
    limit = 1e-6 if variant["pos_encodings"] == "rope" else 1e-12
    assert differences(exact, in_numpy(exact), tokens, steps=1)[0] < limit


def test_attention_over_parts_of_the_batch_is_the_same() -> None:
    model = random_model(pos_encodings="rope", seq_len=300)
    tokens = np.random.default_rng(3).integers(0, 7, size=(5, 300))  # two parts of 2**20 scores
    assert differences(model, in_numpy(model), tokens, steps=1)[0] < 2e-5


def shipped(name: str) -> Checkpoint:
    return load_checkpoint(find_weights(name))


PUZZLES = {
    "sudoku-9x9": [
        "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79",
        "..3.2.6..9..3.5..1..18.64....81.29..7.......8..67.82....26.95..8..2.3..9..5.1.3..",
    ],
    "sudoku-6x6": [".....33..42..1...45.263......2..63.5", "....52..1.6..3....2..316....35..5..."],
}


@pytest.mark.parametrize("name", sorted(PUZZLES))
def test_shipped_sudoku_networks_answer_and_halt_as_in_torch(name: str) -> None:
    checkpoint = shipped(name)
    answers = []
    for runner in (NumpyRunner(checkpoint.numpy_network), TorchRunner(checkpoint.model)):
        engine = Engine(runner)
        solver = SudokuSolver(engine, checkpoint.calibration, checkpoint.halt_above)
        answers.append([solver.solve(p, Deadline.after(60), search=False) for p in PUZZLES[name]])
        engine.close()
    for ours, theirs in zip(*answers, strict=True):
        assert (ours.grid, ours.stop_reason) == (theirs.grid, theirs.stop_reason)
        assert [step.grid for step in ours.steps] == [step.grid for step in theirs.steps]
        sure = [step.confidence for step in ours.steps]
        assert sure == pytest.approx([step.confidence for step in theirs.steps], abs=1e-3)


def test_alerts_are_answered_as_in_torch() -> None:
    checkpoint = shipped("alert-triage")
    folder = checkpoint.path.parent
    codec = read_codec(folder)
    alerts = [each.alert for each in honest_alerts()[:24]]
    tokens = np.stack([codec.encode(alert).tokens for alert in alerts])
    model, network = checkpoint.model, checkpoint.numpy_network
    assert max(differences(model, network, tokens, steps=3)) < 1e-4
    told = []
    for runner in (runner_for(checkpoint), TorchRunner(model)):
        engine = Engine(runner)
        triage = AlertTriage(
            engine, checkpoint.calibration, checkpoint.halt_above, codec, read_act_above(folder)
        )
        told.append([triage.triage(alert, Deadline.after(60)) for alert in alerts])
        engine.close()
    for ours, theirs in zip(*told, strict=True):
        assert (ours.remedy, ours.stop_reason) == (theirs.remedy, theirs.stop_reason)
        assert len(ours.steps) == len(theirs.steps)
        assert ours.confidence == pytest.approx(theirs.confidence, abs=1e-4)


def test_small_networks_run_in_torch_where_it_is_there_and_fast_in_bf16(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def runner(name: str, bf16: bool) -> Runner:
        monkeypatch.setattr(torch_runner, "multiplies_faster_in_bf16", lambda: bf16)
        made = runner_for(shipped(name), threads=1)
        made.close()
        return made

    assert isinstance(runner("sudoku-6x6", bf16=False), NumpyRunner)
    assert isinstance(runner("alert-triage", bf16=True), NumpyRunner)
    fast = runner("sudoku-6x6", bf16=True)
    assert isinstance(fast, TorchRunner)
    assert fast.model.inner.H_init.dtype is torch.bfloat16
    assert Engine(fast).micro_batch.size == 8  # calls cost one sample as much as its products
    monkeypatch.delitem(sys.modules, "torch")
    assert isinstance(runner("sudoku-6x6", bf16=True), NumpyRunner)


def test_bf16_has_the_answers_of_fp32() -> None:
    checkpoint = shipped("sudoku-9x9")
    answers = []
    for kind in (torch.float32, torch.bfloat16):
        engine = Engine(TorchRunner(checkpoint.model.to(kind), threads=1))
        solver = SudokuSolver(engine, checkpoint.calibration, checkpoint.halt_above)
        told = [solver.solve(p, Deadline.after(60), search=False) for p in PUZZLES["sudoku-9x9"]]
        answers.append([(answer.grid, answer.solved) for answer in told])
        engine.close()
    assert answers[0] == answers[1]


def test_large_networks_run_in_torch() -> None:
    large = random_model(hidden_size=512, num_heads=8, expansion=4.0, pos_encodings="rope")
    tensors = {name: tensor.numpy() for name, tensor in large.state_dict().items()}
    values = (None, shipped("sudoku-6x6").calibration, 0.0, True)
    runner = runner_for(Checkpoint(large.config, tensors, Path("step_1"), *values), threads=1)
    assert isinstance(runner, TorchRunner)
    runner.close()


WITHOUT_TORCH = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
"""


def run_program(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], timeout=240, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_official_checkpoints_need_no_torch(tmp_path: Path) -> None:
    file = write_grid_checkpoint(tmp_path, vocabulary=6, tokens=81)
    program = (
        WITHOUT_TORCH
        + f"""
from pathlib import Path
from function.trm.loading import open_network
network = open_network({str(file)!r}, fields={{"seq_len": 81, "hidden_size": 16}})
network.warm()
network.engine.close()
assert "torch" not in sys.modules
"""
    )
    run_program(program)


DEFAULT_PATH = """
import sys
from function.contract import InferenceRequest
from function.deadline import Deadline
from function.tasks.registry import NativeTasks
from function.trm.registry import Networks

tasks = NativeTasks(Networks())
maze = {{"task": "maze", "puzzle": ["S  ", "## ", "G  "]}}
alert = {{"status": "firing", "labels": {{"alertname": "KubePodCrashLooping", "pod": "web-0",
         "namespace": "shop"}}, "annotations": {{}}}}
for body in (
    {{"task": "sudoku", "puzzle": {puzzle!r}}}, maze,
    {{"task": "alert_triage", "alert": alert}},
    {{"task": "sudoku", "puzzle": {puzzle!r}, "model": "trm:sudoku-9x9"}},
):
    name, outcome = tasks.run(InferenceRequest.model_validate(body), Deadline.after(120))
    assert outcome.answer, body
tasks.close()
assert not {{"torch", "transformers"}} & set(sys.modules)
"""


def test_networks_answer_without_torch() -> None:
    run_program(DEFAULT_PATH.format(puzzle=PUZZLES["sudoku-9x9"][0]))
