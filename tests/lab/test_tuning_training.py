"""Adapters: trained on a tiny model, resumed, exported, merged into GGUF weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gguf.quants import dequantize

from function.backends.local.requantize import requantize
from lab.tuning import trainer as training
from lab.tuning.__main__ import main
from lab.tuning.base import Base, split_halves, transformers_name
from lab.tuning.batches import Example, batched, collate
from lab.tuning.case import Case
from lab.tuning.evaluation import is_right, table
from lab.tuning.lora import add_adapters, export_adapter, load_model, mean_adapter
from lab.tuning.trainer import Recipe, Trainer

HIDDEN, INNER, HEADS, KEYS, LAYERS, WORDS = 64, 96, 4, 2, 2, 40


class TinyBase(Base):
    """The weights of a small GGUF file; no tokenizer, no template."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.stem


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TinyBase:
    # Measured in a test of its own: it takes seconds.
    monkeypatch.setattr(training, "best_dtype", lambda device: torch.float32)
    path = tmp_path / "tiny.gguf"
    random = np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEYS)
    writer.add_context_length(64)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_token_list([f"w{number}" for number in range(WORDS)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    shapes = {"token_embd": (WORDS, HIDDEN), "output_norm": (HIDDEN,)}
    for layer in range(LAYERS):
        narrow = HIDDEN * KEYS // HEADS
        shapes |= {
            f"blk.{layer}.attn_norm": (HIDDEN,), f"blk.{layer}.ffn_norm": (HIDDEN,),
            f"blk.{layer}.attn_q": (HIDDEN, HIDDEN), f"blk.{layer}.attn_k": (narrow, HIDDEN),
            f"blk.{layer}.attn_v": (narrow, HIDDEN), f"blk.{layer}.attn_output": (HIDDEN, HIDDEN),
            f"blk.{layer}.ffn_gate": (INNER, HIDDEN), f"blk.{layer}.ffn_up": (INNER, HIDDEN),
            f"blk.{layer}.ffn_down": (HIDDEN, INNER),
        }  # fmt: skip
    for name, shape in shapes.items():
        values = random.normal(0, 0.1, shape).astype(np.float32)
        writer.add_tensor(f"{name}.weight", values + (len(shape) == 1))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return TinyBase(path)


def examples_of(count: int) -> list[Example]:
    random = np.random.default_rng(2)
    found = []
    for _ in range(count):
        prompt = [int(word) for word in random.integers(3, WORDS, size=random.integers(3, 9))]
        found.append(Example("echo", (*prompt, 1, prompt[0], 2), len(prompt) + 1))
    return found


def trainer_of(tiny: TinyBase, folder: Path, **options: Any) -> Trainer:
    recipe = Recipe(**{"updates": 12, "tokens": 64, "rank": 4, "warmup": 2, "rate": 0.02} | options)
    examples = examples_of(40)
    return Trainer(tiny, examples, examples[:5], recipe, folder, torch.device("cpu"))


def test_updates_lower_the_loss_and_only_of_answers(tiny: TinyBase, tmp_path: Path) -> None:
    trainer = trainer_of(tiny, tmp_path / "run")
    before = trainer.validate()["echo"][0]
    frozen = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    trainer.run()
    assert trainer.update == 12
    assert trainer.validate()["echo"][0] < before - 0.2
    for name, value in trainer.model.state_dict().items():
        trained = name.endswith((".up", ".down"))
        assert trained or torch.equal(value, frozen[name]), name


def test_a_run_resumes_under_a_longer_schedule(tiny: TinyBase, tmp_path: Path) -> None:
    first = trainer_of(tiny, tmp_path / "run", updates=4)
    first.run()
    second = trainer_of(tiny, tmp_path / "run", updates=6)
    assert (second.update, second.consumed) == (4, 4)
    for one, other in zip(first.weights, second.weights, strict=True):
        assert torch.equal(one, other)
    second.run()
    assert second.update == 6


def test_the_mean_of_adapters_adds_the_mean_of_what_they_add() -> None:
    random = torch.Generator().manual_seed(3)

    def adapter() -> dict[str, torch.Tensor]:
        return {
            "q.down": torch.randn(2, 8, generator=random),
            "q.up": torch.randn(6, 2, generator=random),
        }

    one, other = adapter(), adapter()
    wanted = 0.75 * one["q.up"] @ one["q.down"] + 0.25 * other["q.up"] @ other["q.down"]
    whole = mean_adapter(one, other, 0.25, rank=4)
    assert torch.allclose(whole["q.up"] @ whole["q.down"], wanted, atol=1e-5)
    near = mean_adapter(one, other, 0.25, rank=2)
    assert near["q.down"].shape == (2, 8) and near["q.up"].shape == (6, 2)
    assert (near["q.up"] @ near["q.down"] - wanted).norm() < wanted.norm()


def test_the_rate_rises_and_falls_to_nothing() -> None:
    recipe = Recipe(updates=100, rate=1.0, warmup=10)
    rates = [recipe.rate_at(update) for update in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == 1.0
    assert rates[55] == pytest.approx(0.5)
    assert rates[100] == 0.0


def test_batches_hold_every_example_once_and_few_blanks() -> None:
    examples = examples_of(60)
    batches = list(batched(examples, 64, 1))
    seen = [one.ids for batch in batches for one in batch]
    assert sorted(seen) == sorted(one.ids for one in examples)
    assert all(max(len(one.ids) for one in batch) * len(batch) <= 64 for batch in batches)
    assert list(batched(examples, 64, 1)) == batches
    filled = sum(len(one.ids) for one in examples)
    assert sum(max(len(one.ids) for one in batch) * len(batch) for batch in batches) < 1.4 * filled


def test_the_places_of_a_batch_predict_the_answers() -> None:
    examples = [Example("a", (5, 6, 7, 8), 2), Example("b", (9, 10), 1)]
    batch = collate(examples, torch.device("cpu"))
    assert batch.targets.tolist() == [7, 8, 10]
    assert batch.places.tolist() == [[0, 0, 1], [1, 2, 0]]
    assert batch.mask.tolist() == [[1, 1, 1, 1], [1, 1, 0, 0]]


def test_rows_of_queries_are_read_in_the_order_of_transformers() -> None:
    # Two heads of four rows: pairs of neighbours become halves.
    assert split_halves(8, 2).tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_merged_weights_answer_as_the_model_with_its_adapter(
    tiny: TinyBase, tmp_path: Path
) -> None:
    model = load_model(tiny, torch.float32)
    adapters = add_adapters(model, 4, 2.0)
    torch.manual_seed(3)
    state: dict[str, torch.Tensor] = {}
    for name, adapter in adapters.items():
        torch.nn.init.normal_(adapter.up, std=0.05)
        state |= {f"{name}.down": adapter.down.detach(), f"{name}.up": adapter.up.detach()}
    export_adapter(state, 2.0, tmp_path / "adapter.safetensors")
    ids = torch.tensor([[4, 9, 12, 30, 7]])
    with torch.no_grad():
        wanted = model(input_ids=ids).logits

        requantize(tiny.path, tmp_path / "merged.gguf", tmp_path / "adapter.safetensors")
        merged = load_model(TinyBase(tmp_path / "merged.gguf"), torch.float32)
        untouched = load_model(tiny, torch.float32)
        near = (merged(input_ids=ids).logits - wanted).abs().mean()
        far = (untouched(input_ids=ids).logits - wanted).abs().mean()
    assert near < 0.15 * far


def test_an_adapter_of_one_matrix_changes_no_other(tiny: TinyBase, tmp_path: Path) -> None:
    name = "layers.1.self_attn.k_proj"
    narrow = HIDDEN * KEYS // HEADS
    state = {f"{name}.down": torch.ones(1, HIDDEN), f"{name}.up": torch.ones(narrow, 1)}
    export_adapter(state, 0.5, tmp_path / "one.safetensors")
    requantize(tiny.path, tmp_path / "merged.gguf", tmp_path / "one.safetensors")
    before = {tensor.name: tensor for tensor in gguf.GGUFReader(tiny.path).tensors}
    for tensor in gguf.GGUFReader(tmp_path / "merged.gguf").tensors:
        old = dequantize(before[tensor.name].data, before[tensor.name].tensor_type)
        new = dequantize(tensor.data, tensor.tensor_type)
        added = 0.5 if transformers_name(tensor.name).endswith(f"{name}.weight") else 0.0
        assert np.allclose(new, old + added, atol=0.01), tensor.name


def test_the_type_of_the_weights_is_measured() -> None:
    assert training.best_dtype(torch.device("cuda")) is torch.bfloat16
    assert training.best_dtype(torch.device("cpu")) in (torch.float32, torch.bfloat16)


def test_answers_are_judged_by_what_any_right_one_has() -> None:
    text = Case("facts", "en", {}, "It is 7 kg.", keys=("7 kg",))
    assert is_right("The weight is 7 KG", text)
    assert not is_right("The weight is 8 kg", text)
    assert not is_right("", Case("facts", "en", {}, "x"))
    json_case = Case("host", "en", {}, {}, equals={"tableId": "t-1", "wine.price": 40})
    assert is_right('{"tableId": "t-1", "wine": {"price": 40}}', json_case)
    assert not is_right('{"tableId": "t-2", "wine": {"price": 40}}', json_case)
    assert not is_right("t-1", json_case)


def test_the_table_has_a_line_for_each_family() -> None:
    rows = [
        {"family": "facts", "language": "en", "passed": True, "right": right, "seconds": 1.0}
        for right in (True, False)
    ]
    lines = table(rows).splitlines()
    assert "| facts | 2 | 100% | 50% | 1.0 |" in lines
    assert lines[-1].startswith("| all | 2 |")


@pytest.mark.parametrize("command", ["generate", "train", "evaluate", "export"])
def test_the_command_line_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "usage: python -m lab.tuning" in capsys.readouterr().out
