"""Layouts of public repositories, each with random weights of that layout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import save_file
from torch import Tensor

from function.trm.checkpoint import load_checkpoint
from function.trm.checkpoint_files import choose_weights, read_fields
from function.trm.config import NetworkConfig
from function.trm.errors import CheckpointError
from function.trm.hub import download
from function.trm.names import find_weights
from function.trm.network import TinyRecursiveModel
from function.trm.registry import Networks
from tests.hub_server import HubServer

ARCH: dict[str, Any] = {
    "name": "recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1",
    "loss": {"name": "losses@ACTLossHead", "loss_type": "stablemax_cross_entropy"},
    "H_cycles": 3, "L_cycles": 4, "H_layers": 0, "L_layers": 2, "hidden_size": 32, "num_heads": 8,
    "expansion": 4, "pos_encodings": "rope", "mlp_t": False, "puzzle_emb_ndim": 32,
    "puzzle_emb_len": 16, "halt_max_steps": 16, "halt_exploration_prob": 0.1,
    "forward_dtype": "bfloat16", "no_ACT_continue": True,
}  # fmt: skip


def network(vocabulary: int, tokens: int, **changes: Any) -> TinyRecursiveModel:
    torch.manual_seed(11)
    sizes = {"vocab_size": vocabulary, "seq_len": tokens, "num_puzzle_identifiers": 2}
    fields = {**ARCH, "expansion": 4.0, **sizes, **changes}
    return TinyRecursiveModel(NetworkConfig.from_dict(fields)).eval()


def official(model: TinyRecursiveModel, prefix: str = "_orig_mod.model.") -> dict[str, Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in model.state_dict().items()}


def same_weights(one: TinyRecursiveModel, other: TinyRecursiveModel) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in one.state_dict().items())


ALPHAXIV = [
    ("maze_hard_step_32550", 6, 900, {}, (3, 4)),
    ("step_32550_sudoku_epoch50k", 11, 81, {"mlp_t": True, "pos_encodings": "none"}, (3, 6)),
    ("step_32550_sudoku_epoch50k", 11, 81, {}, (3, 6)),
    ("step_259320_arc_ag1_attn_type_h3l4", 12, 900, {}, (3, 4)),
    ("step_723914", 12, 900, {}, (3, 4)),  # as Trelis/TRM-ARC-AGI-II: a plain name, no yaml
]


@pytest.mark.parametrize(("name", "vocabulary", "tokens", "changes", "cycles"), ALPHAXIV)
def test_a_step_without_a_configuration_takes_the_official_one(
    tmp_path: Path,
    name: str,
    vocabulary: int,
    tokens: int,
    changes: dict[str, Any],
    cycles: tuple[int, int],
) -> None:
    model = network(vocabulary, tokens, H_cycles=cycles[0], L_cycles=cycles[1], **changes)
    torch.save(official(model), tmp_path / name)
    (tmp_path / "README.md").write_text("weights")
    loaded = load_checkpoint(tmp_path)
    assert loaded.path.name == name
    assert loaded.model.config == model.config
    assert same_weights(loaded.model, model)


def test_the_settings_give_the_configuration_that_tensors_cannot(tmp_path: Path) -> None:
    model = network(7, 20, H_cycles=2, L_cycles=5, halt_max_steps=8)
    torch.save(official(model), tmp_path / "step_5")
    with pytest.raises(CheckpointError, match="lacks H_cycles(.|\n)*set TRM_MODEL_CONFIG"):
        load_checkpoint(tmp_path)
    given = '{"H_cycles": 2, "L_cycles": 5, "seq_len": 20, "halt_max_steps": 8}'
    networks = Networks(str(tmp_path), fields=read_fields(given))
    try:
        assert networks.open(str(tmp_path)).config == model.config
    finally:
        networks.close()


def test_the_settings_take_the_repositorys_own_file(tmp_path: Path) -> None:
    # As the official repository has it: references, and fields that only training reads.
    text = yaml.safe_dump({**ARCH, "L_cycles": 9, "puzzle_emb_ndim": "${.hidden_size}"})
    (tmp_path / "trm.yaml").write_text(text)
    model = network(12, 900, L_cycles=9)
    torch.save(official(model), tmp_path / "step_5")
    loaded = load_checkpoint(tmp_path, fields=read_fields(str(tmp_path / "trm.yaml")))
    assert loaded.model.config == model.config


def test_given_fields_replace_those_beside_the_weights(tmp_path: Path) -> None:
    torch.save(official(network(12, 900)), tmp_path / "step_5")
    (tmp_path / "all_config.yaml").write_text(yaml.safe_dump({"arch": ARCH}))
    assert load_checkpoint(tmp_path, fields={"H_cycles": 1}).model.config.H_cycles == 1
    assert load_checkpoint(tmp_path).model.config.H_cycles == 3


@pytest.mark.parametrize("section", [True, False])
def test_a_configuration_of_the_same_name_is_taken(tmp_path: Path, section: bool) -> None:
    changes = {"mlp_t": True, "pos_encodings": "none", "L_cycles": 6}
    model = network(11, 81, **changes)
    arch = {**ARCH, **changes}
    torch.save(official(model), tmp_path / "TRM-MLP-Sudoku-Extreme.pt")
    file = tmp_path / "TRM-MLP-Sudoku-Extreme.yaml"
    file.write_text(yaml.safe_dump({"arch": arch, "ema": True} if section else arch))
    for path in (tmp_path, tmp_path / "TRM-MLP-Sudoku-Extreme.pt"):
        loaded = load_checkpoint(path)
        assert loaded.model.config == model.config
        assert loaded.averaged is section


@pytest.fixture
def hub() -> Iterator[HubServer]:
    made = HubServer()
    yield made
    made.close()


def test_one_of_several_files_on_the_hub_is_named(hub: HubServer, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for name, cycles in (("TRM-A", 2), ("TRM-B", 5)):
        torch.save(official(network(12, 900)), made / f"{name}.pt")
        text = yaml.safe_dump({"arch": {**ARCH, "L_cycles": cycles}})
        (made / f"{name}.yaml").write_text(text)
    hub.repositories["someone/several"] = {f.name: f.read_bytes() for f in made.iterdir()}

    def fetch(name: str) -> Path:
        return download(name, hub.endpoint, tmp_path / "cache")

    with pytest.raises(CheckpointError, match="several checkpoints; name one: TRM-A.pt, TRM-B.pt"):
        find_weights("someone/several", fetch)
    path = find_weights("someone/several:TRM-B.pt", fetch)
    assert load_checkpoint(path).model.config.L_cycles == 5
    assert sorted(hub.fetched) == ["TRM-B.pt", "TRM-B.yaml"]
    with pytest.raises(CheckpointError, match="someone/several holds no file TRM-C.pt"):
        find_weights("someone/several:TRM-C.pt", fetch)
    hub.close()
    assert find_weights("someone/several:TRM-B.pt", fetch) == path


def test_steps_in_subfolders_are_found_on_disk(tmp_path: Path) -> None:
    model = network(12, 900)
    for step in (9, 80):
        folder = tmp_path / "checkpoints" / "arc" / f"run_{step}"
        folder.mkdir(parents=True)
        torch.save(official(model), folder / f"step_{step}")
        (folder / "all_config.yaml").write_text(yaml.safe_dump({"arch": ARCH}))
    assert load_checkpoint(tmp_path).path.name == "step_80"


PREFIXES = ["", "model.", "module.", "_orig_mod.module.", "module._orig_mod.model."]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("wrapper", [None, "model", "state_dict", "model_state_dict"])
def test_prefixes_and_wrappers_are_taken_off(
    tmp_path: Path, prefix: str, wrapper: str | None
) -> None:
    model = network(12, 900)
    held: dict[str, Any] = official(model, prefix)
    if wrapper is not None:
        held = {wrapper: held, "optimizer": {"state": {}}, "step": 7}
    torch.save(held, tmp_path / "step_7")
    assert same_weights(load_checkpoint(tmp_path).model, model)


def test_a_tensor_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    model = network(12, 900)
    torch.save(official(model) | official(model, "module."), tmp_path / "step_7")
    with pytest.raises(CheckpointError, match="two tensors named inner"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "recursive_reasoning.hrm@HierarchicalReasoningModel_ACTV1",
        "recursive_reasoning.trm_singlez@TinyRecursiveReasoningModel_ACTV1",
        "recursive_reasoning.transformers_baseline@Model_ACTV2",
        "urm.urm@URM",
    ],
)
def test_another_architecture_is_refused_by_name(tmp_path: Path, name: str) -> None:
    torch.save(official(network(12, 900)), tmp_path / "step_5")
    (tmp_path / "all_config.yaml").write_text(yaml.safe_dump({"arch": {**ARCH, "name": name}}))
    with pytest.raises(CheckpointError, match=f"names the architecture '{name}'"):
        load_checkpoint(tmp_path)
    with pytest.raises(CheckpointError, match="names the architecture"):
        read_fields(json.dumps({"name": name}))


def test_recursive1_is_refused_before_its_weights_are_fetched(
    hub: HubServer, tmp_path: Path
) -> None:
    config = {
        "architectures": ["TRMForCausalLM"],
        "trm_config_dict": {"y_cycles": 2, "z_cycles": 3, "num_layers": 8, "hidden_size": 768},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="recursive1 is another architecture"):
        load_checkpoint(tmp_path)
    hub.repositories["recursive-models/recursive1"] = {
        "config.json": (tmp_path / "config.json").read_bytes(), "model-00001.bin": b""
    }  # fmt: skip
    with pytest.raises(CheckpointError, match="recursive1 is another architecture"):
        download("recursive-models/recursive1", hub.endpoint, tmp_path / "other")
    hub.fetched.clear()
    save_file({"model.embed.weight": torch.zeros(4, 4)}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="recursive1 is another architecture"):
        load_checkpoint(tmp_path)
    hub.repositories["recursive-models/recursive1"] = {
        name: (tmp_path / name).read_bytes() for name in ("config.json", "model.safetensors")
    }
    with pytest.raises(CheckpointError, match="recursive1 is another architecture"):
        download("recursive-models/recursive1", hub.endpoint, tmp_path / "cache")
    assert hub.fetched == ["config.json"]


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["step_5", "step_5_all_preds.0", "step_5_all_preds.1"], "step_5"),
        (["step_5", "step_9_optimizer.pt", "optimizer_step_9"], "step_5"),
        (["step_9.yaml", "step_9.txt", "step_5.pt"], "step_5.pt"),
        (["a/step_900", "step_5"], "step_5"),
        (["a/b/step_5", "a/b/step_40", "readme"], "a/b/step_40"),
        (["step_5", "maze_step_9"], "step_5"),
        (["NAME.pt", "NAME.yaml", "step_5"], "step_5"),
        (["NAME.pth", "all_config.yaml", "optimizer.pt"], "NAME.pth"),
        (["maze_step_9", "maze_step_10"], "maze_step_10"),
    ],
)
def test_the_weights_among_other_files(files: list[str], chosen: str) -> None:
    assert choose_weights("o/n", files) == chosen


@pytest.mark.parametrize(
    "files",
    [
        ["maze_step_9", "step_10_sudoku"],
        ["a/step_5", "b/step_5"],
        ["a/model.safetensors", "b/model.safetensors"],
    ],
)
def test_several_runs_are_not_chosen_from(files: list[str]) -> None:
    with pytest.raises(CheckpointError, match="several checkpoints; name one"):
        choose_weights("o/n", files)


@pytest.mark.parametrize(
    "files", [["NAME.pt"], ["step_"], ["my_stepper_5"], ["step_5_all_preds.0"]]
)
def test_what_holds_no_weights(files: list[str]) -> None:
    with pytest.raises(CheckpointError, match="holds neither"):
        choose_weights("o/n", files)
