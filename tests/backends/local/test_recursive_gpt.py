"""``recursive_gpt``: its network, its cache per loop and layer, and the layouts it loads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.cache_utils import DynamicCache

from function.backends.local.transformers.recursive_gpt import (
    RecursiveGPTConfig,
    RecursiveGPTForCausalLM,
)
from function.backends.local.transformers.recursive_gpt_layout import LayoutError, lay_out
from function.errors import ModelUnavailable

SIZES: dict[str, Any] = {
    "vocab_size": 97,
    "n_positions": 64,
    "n_embd": 32,
    "n_physical_layers": 2,
    "n_loops": 3,
    "n_head": 4,
}


@pytest.fixture
def network() -> RecursiveGPTForCausalLM:
    torch.manual_seed(1)
    made = RecursiveGPTForCausalLM(RecursiveGPTConfig(**SIZES)).eval()
    with torch.no_grad():  # zero biases and unit norms would hide a wrong name
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return made


@pytest.fixture
def folder(network: RecursiveGPTForCausalLM, tmp_path: Path) -> Path:
    """Return as the public repository is laid out: its configuration is wrong about the width."""
    config = {
        **SIZES,
        "model_type": "recursive_gpt",
        "architectures": ["TinyRecursiveModel"],
        "n_embd": 512,
        "n_inner": None,
        "activation_function": "gelu_new",
        "resid_pdrop": 0.1,
        "embd_pdrop": 0.1,
        "attn_pdrop": 0.1,
        "layer_norm_epsilon": 1e-5,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    save_file(tensors_of(network), tmp_path / "model.safetensors")
    return tmp_path


def tensors_of(network: RecursiveGPTForCausalLM) -> dict[str, Tensor]:
    state = network.state_dict()
    del state["lm_head.weight"]
    return {name: tensor.clone() for name, tensor in state.items()}


def logits_of(network: RecursiveGPTForCausalLM, ids: Tensor) -> Tensor:
    with torch.no_grad():
        logits = network(ids, use_cache=False).logits
    assert isinstance(logits, Tensor)
    return logits


IDS = torch.tensor([[5, 17, 80, 3, 44, 9, 61, 12]])


def test_the_auto_classes_load_a_folder_with_the_sizes_of_its_tensors(
    network: RecursiveGPTForCausalLM, folder: Path
) -> None:
    loaded = AutoModelForCausalLM.from_pretrained(folder)
    assert isinstance(loaded, RecursiveGPTForCausalLM)
    assert loaded.config.n_embd == loaded.config.n_inner == 32
    assert loaded.lm_head.weight is loaded.wte.weight
    assert torch.equal(logits_of(loaded.eval(), IDS), logits_of(network, IDS))
    assert AutoConfig.from_pretrained(folder).num_hidden_layers == 6


def test_a_saved_network_is_loaded_again(network: RecursiveGPTForCausalLM, tmp_path: Path) -> None:
    network.save_pretrained(tmp_path)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert torch.equal(logits_of(loaded.eval(), IDS), logits_of(network, IDS))


def test_the_parameters_of_the_public_network() -> None:
    with torch.device("meta"):
        network = RecursiveGPTForCausalLM(RecursiveGPTConfig(n_embd=640))
    assert round(sum(p.numel() for p in network.parameters()) / 1e6, 2) == 40.21


def test_cached_logits_are_the_uncached_ones(network: RecursiveGPTForCausalLM) -> None:
    whole = logits_of(network, IDS)
    cache = DynamicCache()
    with torch.no_grad():
        parts = [
            network(IDS[:, a:b], past_key_values=cache, use_cache=True).logits
            for a, b in [(0, 3), (3, 4), (4, 7), (7, 8)]
        ]
    assert len(cache.layers) == 6, "one place for each loop and layer"
    assert (torch.cat(parts, dim=1) - whole).abs().max() < 1e-5


def test_generating_with_and_without_the_cache_is_the_same(
    network: RecursiveGPTForCausalLM,
) -> None:
    generate = cast(Any, network).generate
    cached, uncached = (
        generate(
            IDS,
            attention_mask=torch.ones_like(IDS),
            max_new_tokens=24,
            do_sample=False,
            use_cache=use_cache,
            pad_token_id=0,
        )
        for use_cache in (True, False)
    )
    assert cached.shape == (1, 32)
    assert torch.equal(cached, uncached)


def test_padding_on_the_left_changes_nothing(network: RecursiveGPTForCausalLM) -> None:
    padded = torch.cat([torch.zeros(1, 3, dtype=torch.long), IDS], dim=1)
    mask = torch.cat([torch.zeros(1, 3, dtype=torch.long), torch.ones_like(IDS)], dim=1)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    with torch.no_grad():
        logits = network(padded, attention_mask=mask, position_ids=positions).logits[:, 3:]
    assert (logits - logits_of(network, IDS)).abs().max() < 1e-5


def test_only_the_loops_make_it_deep(network: RecursiveGPTForCausalLM) -> None:
    before = logits_of(network, IDS)
    network.config.n_loops = 2
    assert (logits_of(network, IDS) - before).abs().max() > 1e-3


class Naming(NamedTuple):
    """Names of modules around GPT-2's; {i} is the layer, {a} and {b} twice it and one more."""

    attn: str
    mlp: str
    ln_1: str
    ln_2: str
    wte: str = "wte"
    wpe: str = "wpe"
    ln_f: str = "ln_f"


def block(
    path: str,
    attn: str = "attn",
    mlp: str = "mlp",
    norms: tuple[str, str] = ("ln_1", "ln_2"),
    **other: str,
) -> Naming:
    """Return the naming of modules that lie together in a block at ``path``."""
    return Naming(*(f"{path}.{{i}}.{name}" for name in (attn, mlp, *norms)), **other)


NAMINGS = [
    block("h"),
    block("transformer.h", wte="transformer.wte", wpe="transformer.wpe", ln_f="transformer.ln_f"),
    block("model.layers", wte="model.embed_tokens", wpe="model.embed_positions", ln_f="model.norm"),
    block("blocks"),
    block("layers"),
    block("physical_layers"),
    block("physical_blocks"),
    block("core"),
    block("shared_layers"),
    block("recursive_blocks"),
    block("loop_layers", ln_f="loop_norm"),
    block("transformer.recursive_core.layers"),
    block("_orig_mod.module.model.h"),
    block("h", attn="self_attn"),
    block("h", attn="attention", mlp="feed_forward"),
    block("h", mlp="ffn"),
    block("h", attn="attn.inner", mlp="mlp.inner"),
    block("h", norms=("norm_1", "norm_2")),
    block("h", norms=("norm1", "norm2"), ln_f="norm"),
    block("h", norms=("attn_norm", "mlp_norm")),
    block("h", norms=("self_attn_norm", "ff_norm")),
    block("h", norms=("input_layernorm", "post_attention_layernorm"), ln_f="final_layernorm"),
    block("h", norms=("pre_attn_ln", "pre_ffn_ln")),
    block("layers", attn="1", mlp="3", norms=("0", "2")),
    block("h", wte="token_embeddings", wpe="position_embeddings"),
    block("h", wte="embed", wpe="pos_embed", ln_f="ln_final"),
    block("h", wte="embeddings.word", wpe="embeddings.position", ln_f="final_norm"),
    block("h", wte="tok_emb", wpe="emb2"),
    Naming("attns.{i}", "mlps.{i}", "norms_1.{i}", "norms_2.{i}"),
    Naming("attentions.{i}", "ffns.{i}", "attn_norms.{i}", "ffn_norms.{i}", ln_f="norm_f"),
    Naming("core.attn.{i}", "core.mlp.{i}", "core.norms.{a}", "core.norms.{b}", ln_f="out_norm"),
    Naming("stack.{a}", "stack.{b}", "norms.{a}", "norms.{b}", wte="embed_in", wpe="embed_pos"),
]


def renamed(network: RecursiveGPTForCausalLM, naming: Naming) -> dict[str, Tensor]:
    """Return the tensors as a class with these names would save them."""
    saved = {}
    for name, tensor in tensors_of(network).items():
        places = re.fullmatch(r"h\.(\d+)\.(attn|mlp|ln_1|ln_2)\.(.+)", name)
        if places is None:
            stem, _, kind = name.rpartition(".")
            saved[f"{getattr(naming, stem)}.{kind}"] = tensor
        else:
            i = int(places[1])
            path = getattr(naming, places[2]).format(i=i, a=2 * i, b=2 * i + 1)
            saved[f"{path}.{places[3]}"] = tensor
    return saved


def test_the_namings_are_as_many_as_the_pages_say() -> None:
    assert len(set(NAMINGS)) == 32


@pytest.mark.parametrize("naming", NAMINGS, ids=str)
@pytest.mark.parametrize("layers", [1, 3, 11])
def test_tensors_are_matched_whatever_the_modules_around_are_called(
    naming: Naming, layers: int
) -> None:
    torch.manual_seed(2)
    sizes = {**SIZES, "n_embd": 8, "n_head": 2, "n_physical_layers": layers}
    network = RecursiveGPTForCausalLM(RecursiveGPTConfig(**sizes))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    held = renamed(network, naming)
    shuffled = {name: held[name] for name in sorted(held, key=lambda n: n[::-1])}
    layout = lay_out(shuffled)
    wanted = tensors_of(network)
    assert set(layout.tensors) == set(wanted)
    assert all(torch.equal(layout.tensors[name], wanted[name]) for name in wanted)
    assert layout.sizes == {
        "vocab_size": 97, "n_positions": 64, "n_embd": 8, "n_inner": 8,
        "n_physical_layers": layers, "tie_word_embeddings": True,
    }  # fmt: skip


@pytest.mark.parametrize("naming", [NAMINGS[9], NAMINGS[28]], ids=str)
def test_a_folder_of_another_naming_computes_the_same(
    network: RecursiveGPTForCausalLM, folder: Path, naming: Naming
) -> None:
    held = renamed(network, naming)
    held["lm_head.weight"] = held[f"{naming.wte}.weight"].clone()
    held[f"{naming.attn.format(i=0)}.bias"] = torch.ones(1, 1, 64, 64).tril()
    save_file(held, folder / "model.safetensors")
    loaded = AutoModelForCausalLM.from_pretrained(folder).eval()
    assert torch.equal(logits_of(loaded, IDS), logits_of(network, IDS))


@pytest.mark.parametrize("name", ["lm_head", "output", "classifier", "a.tied"])
def test_a_tied_head_may_be_stored_again(network: RecursiveGPTForCausalLM, name: str) -> None:
    held = tensors_of(network)
    layout = lay_out({**held, f"{name}.weight": held["wte.weight"].clone()})
    assert layout.sizes["tie_word_embeddings"] is True
    assert set(layout.tensors) == set(held)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ln_attn", "ln_mlp"),
        ("attention_norm", "ffn_norm"),
        ("attn.norm", "mlp.norm"),
        ("norm_a", "norm_b"),
        ("ln_pre", "ln_post"),
        ("ln", "ln_mlp"),
        ("z_attn_ln", "a_mlp_ln"),
    ],
)
def test_norms_are_told_apart(network: RecursiveGPTForCausalLM, first: str, second: str) -> None:
    wanted = tensors_of(network)
    layout = lay_out(renamed(network, block("core.layers", norms=(first, second))))
    assert all(torch.equal(layout.tensors[name], wanted[name]) for name in wanted)


def test_a_head_of_its_own_is_kept(network: RecursiveGPTForCausalLM, folder: Path) -> None:
    head = torch.randn(97, 32)
    save_file({**tensors_of(network), "lm_head.weight": head}, folder / "model.safetensors")
    loaded = AutoModelForCausalLM.from_pretrained(folder).eval()
    assert torch.equal(loaded.lm_head.weight, head)
    assert torch.equal(loaded.wte.weight, network.wte.weight)


def test_an_unknown_layout_is_refused_with_a_list(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["loop_embedding.weight"] = torch.zeros(3, 32)
    del tensors["h.1.ln_2.bias"], tensors["wpe.weight"]
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(LayoutError) as refused:
        AutoModelForCausalLM.from_pretrained(folder)
    assert refused.value.problems == (
        "missing a table [positions, 32]",
        "missing h.1.ln_2.bias",
        "unexpected loop_embedding.weight",
    )


def test_wrong_shapes_are_refused_with_a_list(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["h.0.mlp.c_proj.weight"] = torch.zeros(31, 32)
    tensors["ln_f.bias"] = torch.zeros(7)
    save_file(tensors, folder / "model.safetensors")
    wrong = "h.0.mlp.c_proj.weight is [31, 32] instead of [32, 32]"
    with pytest.raises(LayoutError, match=re.escape(wrong)) as refused:
        AutoModelForCausalLM.from_pretrained(folder)
    assert len(refused.value.problems) == 2


def test_a_pickle_is_read_as_tensors_only(folder: Path, network: RecursiveGPTForCausalLM) -> None:
    (folder / "model.safetensors").unlink()
    torch.save(tensors_of(network), folder / "pytorch_model.bin")
    loaded = AutoModelForCausalLM.from_pretrained(folder).eval()
    assert torch.equal(logits_of(loaded, IDS), logits_of(network, IDS))


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.mark,)


def test_a_pickle_is_never_executed(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").unlink()
    mark = tmp_path / "exploded"
    torch.save({"wte.weight": Bomb(mark)}, folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="plain tensors"):
        AutoModelForCausalLM.from_pretrained(folder)
    assert not mark.exists()


def test_a_folder_without_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match="neither"):
        AutoModelForCausalLM.from_pretrained(folder)
