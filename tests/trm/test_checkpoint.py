"""Checkpoints in both layouts, and one clear error for everything that can be wrong."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from function.trm.calibration import PlattScaling
from function.trm.checkpoint import load_checkpoint
from function.trm.config import NetworkConfig
from function.trm.errors import CheckpointError
from function.trm.network import TinyRecursiveModel
from lab.measures import ece
from lab.trm.saving import save_checkpoint
from tests.timing import timed
from tests.trm.official_files import write_official

ARCH = {
    "name": "recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1",
    "loss": {"name": "losses@ACTLossHead", "loss_type": "stablemax_cross_entropy"},
    "H_cycles": 2, "L_cycles": 2, "H_layers": 0, "L_layers": 2, "hidden_size": 16, "num_heads": 2,
    "expansion": 2, "pos_encodings": "none", "mlp_t": True, "puzzle_emb_ndim": 16,
    "halt_max_steps": 16, "halt_exploration_prob": 0.1, "forward_dtype": "bfloat16",
}  # fmt: skip


def tiny(**changes: Any) -> TinyRecursiveModel:
    torch.manual_seed(3)
    fields: dict[str, Any] = {
        "seq_len": 9, "vocab_size": 5, "hidden_size": 16, "num_heads": 2, "H_cycles": 2,
        "L_cycles": 2, "expansion": 2.0, "pos_encodings": "none", "mlp_t": True,
        "puzzle_emb_ndim": 16, "puzzle_emb_len": 16, "num_puzzle_identifiers": 3,
    }  # fmt: skip
    return TinyRecursiveModel(NetworkConfig(**(fields | changes))).eval()


def first_logits(model: TinyRecursiveModel) -> torch.Tensor:
    tokens = torch.arange(model.config.seq_len).remainder(model.config.vocab_size)[None]
    with torch.no_grad():
        embedded = model.embed(tokens, torch.tensor([1]))
        return model(model.initial_state(1), embedded)[1].logits


def test_an_official_checkpoint_is_read_with_sizes_from_its_tensors(tmp_path: Path) -> None:
    model = tiny()
    for name in ("H_init", "L_init"):
        buffer = getattr(model.inner, name)
        buffer.copy_(buffer.bfloat16())
    write_official(tmp_path, tiny(), ARCH, step=9)
    write_official(tmp_path, model, ARCH, step=100)
    loaded = load_checkpoint(tmp_path)
    assert loaded.path.name == "step_100"
    assert loaded.averaged
    assert loaded.model.config.seq_len == 9
    assert loaded.model.config.num_puzzle_identifiers == 3
    assert {p.dtype for p in loaded.model.state_dict().values()} == {torch.float32}
    torch.testing.assert_close(first_logits(loaded.model), first_logits(model), rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_our_own_layout_comes_back_as_it_was_written(tmp_path: Path, dtype: torch.dtype) -> None:
    model = tiny(pos_encodings="rope", mlp_t=False)
    save_checkpoint(model, tmp_path, "sudoku-4x4", PlattScaling(0.5, -1.0), 2.0, dtype)
    loaded = load_checkpoint(tmp_path)
    assert (loaded.task, loaded.calibration) == ("sudoku-4x4", PlattScaling(0.5, -1.0))
    assert loaded.halt_above == 2.0
    assert loaded.model.config == model.config
    tolerance = 1e-5 if dtype is torch.float32 else 0.02
    difference = (first_logits(loaded.model) - first_logits(model)).abs().max()
    assert difference <= tolerance


def test_the_tokens_of_an_attention_network_must_be_named(tmp_path: Path) -> None:
    model = tiny(mlp_t=False, pos_encodings="rope")
    file = write_official(tmp_path, model, ARCH | {"mlp_t": False, "pos_encodings": "rope"})
    with pytest.raises(CheckpointError, match="name the task"):
        load_checkpoint(file)
    assert load_checkpoint(file, seq_len=9).model.config.positions == 25


def test_every_wrong_tensor_is_named_at_once(tmp_path: Path) -> None:
    save_checkpoint(tiny(), tmp_path, "sudoku-4x4")
    tensors = load_file(tmp_path / "model.safetensors")
    del tensors["inner.H_init"]
    tensors["inner.q_head.weight"] = torch.zeros(1, 16)
    tensors["inner.lm_head.weight"] = torch.full_like(tensors["inner.lm_head.weight"], torch.nan)
    tensors["inner.extra"] = torch.zeros(2)
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(tmp_path)
    assert set(caught.value.problems) == {
        "missing: inner.H_init [16]",
        "wrong size: inner.q_head.weight is [1, 16], expected [2, 16]",
        "not finite: inner.lm_head.weight",
        "unexpected: inner.extra [2]",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_size": 32}, "wrong size: inner.lm_head.weight"),
        ({"L_layers": 3}, "missing: inner.L_level.layers.2.mlp"),
        ({"expansion": 40.0}, "wrong size: inner.L_level.layers.0.mlp.gate_up_proj.weight"),
        ({"mlp_t": False}, "unexpected: inner.L_level.layers.0.mlp_t"),
        ({"H_cycles": "three"}, "H_cycles must be of type int"),
        ({"L_cycles": None}, "L_cycles must be of type int"),
    ],
)
def test_a_configuration_that_does_not_fit_the_tensors(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    save_checkpoint(tiny(), tmp_path, "sudoku-4x4")
    values = json.loads((tmp_path / "config.json").read_text()) | change
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path)


BAD_VALUES: list[Any] = [
    None,
    [],
    {},
    "x",
    True,
    0,
    -1,
    10**7,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
]
FIELDS = [*NetworkConfig.__annotations__, "calibration", "halt_above", "task", "ema"]


@timed
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.filterwarnings("error")
def test_any_value_in_a_configuration_is_taken_or_refused_in_time(
    tmp_path: Path, field: str
) -> None:
    save_checkpoint(tiny(), tmp_path, "sudoku-4x4")
    values = json.loads((tmp_path / "config.json").read_text())
    for bad in [*BAD_VALUES, {"scale": "x"}, {"scale": 1, "other": 2}, {"shift": 10**400}]:
        (tmp_path / "config.json").write_text(json.dumps(values | {field: bad}))
        started = time.monotonic()
        try:
            loaded = load_checkpoint(tmp_path)
        except CheckpointError as error:
            assert len(str(error)) < 2_000
        else:
            assert math.isfinite(loaded.halt_above + loaded.calibration.probability(1.0))
            assert loaded.task is None or isinstance(loaded.task, str)
        assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"L_layers": 10**7}, "L_layers must be 1 to 128"),
        ({"H_cycles": 10**400}, "H_cycles must be 1 to 128"),
        ({"calibration": [1, 2]}, "calibration must hold scale and shift"),
        ({"calibration": {"scale": 1, "bias": 0}}, "calibration must hold scale and shift"),
        ({"calibration": {"scale": None}}, "scale must be a number, not None"),
        ({"halt_above": {}}, "halt_above must be a number, not dict"),
        ({"halt_above": 10**400}, "halt_above must be within"),
        ({"hidden_size": 0}, "hidden_size must be 1 to"),
    ],
)
def test_a_value_that_cannot_be_is_named(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    save_checkpoint(tiny(), tmp_path, "sudoku-4x4")
    values = json.loads((tmp_path / "config.json").read_text()) | change
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 100_000, "\ufeff{}", "[]", "null", "NaN", '{"L_layers": 1e999}'],
)
def test_a_configuration_that_is_no_object_of_settings(tmp_path: Path, text: str) -> None:
    save_checkpoint(tiny(), tmp_path, "sudoku-4x4")
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path)
    (tmp_path / "config.json").unlink()
    (tmp_path / "all_config.yaml").write_text(text)
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "held",
    [
        {1: torch.zeros(2)},
        {"inner.H_init": torch.zeros(2, device="meta")},
        {"inner.H_init": torch.zeros(2, 2).to_sparse()},
        {"inner.H_init": torch.zeros(2, dtype=torch.complex64)},
        {"inner.embed_tokens.embedding_weight": torch.zeros(())},
        {"inner.embed_tokens.embedding_weight": torch.zeros(0, 0)},
        {"inner.L_level.layers.99999999999.x": torch.zeros(2)},
        {f"inner.L_level.layers.{'9' * 5_000}.x": torch.zeros(2)},
        {"inner.embed_pos.embedding_weight": torch.zeros(())},
        {"inner.puzzle_emb.weights": torch.zeros(0, 0)},
        {"reader.vectors": torch.zeros(0, 0)},
        [torch.zeros(2)],
        "text",
    ],
)
def test_any_tensors_are_refused_by_name(tmp_path: Path, held: Any) -> None:
    file = write_official(tmp_path, tiny(), ARCH)
    whole = torch.load(file, weights_only=True)
    for content in (held, {**whole, **held} if isinstance(held, dict) else held):
        torch.save(content, file)
        with pytest.raises(CheckpointError):
            load_checkpoint(file)


def test_torn_files_are_refused(tmp_path: Path) -> None:
    save_checkpoint(tiny(), tmp_path / "own", "sudoku-4x4")
    official = write_official(tmp_path, tiny(), ARCH)
    for file in (tmp_path / "own" / "model.safetensors", official):
        whole = file.read_bytes()
        for length in (0, 1, 9, len(whole) // 3, len(whole) // 2, len(whole) - 1):
            file.write_bytes(whole[:length])
            with pytest.raises(CheckpointError):
                load_checkpoint(file)


def test_missing_fields_are_named(tmp_path: Path) -> None:
    arch = {name: value for name, value in ARCH.items() if name not in ("H_cycles", "num_heads")}
    file = write_official(tmp_path, tiny(), arch)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(file)
    assert caught.value.problems == (
        "the configuration lacks H_cycles",
        "the configuration lacks num_heads",
    )


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("code ran while loading",)


def test_code_in_a_checkpoint_never_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_official(tmp_path, tiny(), ARCH)
    torch.save({"inner.H_init": Evil()}, file)
    with pytest.raises(CheckpointError, match="cannot be read as plain tensors"):
        load_checkpoint(file)
    assert capsys.readouterr().out == ""


def test_files_that_are_not_checkpoints(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        load_checkpoint(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match="holds neither"):
        load_checkpoint(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not a tensor")
    with pytest.raises(CheckpointError, match="cannot be read as plain tensors"):
        load_checkpoint(tmp_path)
    save_checkpoint(tiny(), tmp_path, "sudoku-4x4")
    (tmp_path / "config.json").unlink()
    with pytest.raises(CheckpointError, match="neither config.json nor all_config.yaml"):
        load_checkpoint(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match="cannot be parsed"):
        load_checkpoint(tmp_path)


def test_calibration_recovers_known_odds() -> None:
    true = PlattScaling(0.5, 1.0)
    logits = [value / 10 for value in range(-100, 100)] * 20
    generator = torch.Generator().manual_seed(0)
    draws = torch.rand(len(logits), generator=generator).tolist()
    right = [draw < true.probability(q) for draw, q in zip(draws, logits, strict=True)]
    fitted = PlattScaling.fit(logits, right)
    assert fitted.scale == pytest.approx(0.5, abs=0.05)
    assert fitted.shift == pytest.approx(1.0, abs=0.15)
    told = [fitted.probability(q) for q in logits]
    assert ece(told, right) < 0.02
    assert PlattScaling.fit([1.0, 2.0], [True, True]) == PlattScaling()
