"""The network against an independent reading of the equations."""

from __future__ import annotations

from itertools import product
from typing import Any, Literal

import numpy as np
import pytest
import torch

from benchmarks.official_style import OfficialStyle
from function.trm.config import NetworkConfig
from function.trm.errors import CheckpointError
from function.trm.network import State, TinyRecursiveModel
from tests.trm.reference import Reference

BASE: dict[str, Any] = {
    "seq_len": 7, "vocab_size": 5, "hidden_size": 16, "num_heads": 2, "L_layers": 2,
    "H_cycles": 2, "L_cycles": 2, "expansion": 2.0,
}  # fmt: skip
PUZZLES: dict[str, dict[str, Any]] = {
    "no puzzle embedding": {"puzzle_emb_ndim": 0, "puzzle_emb_len": 0},
    "a padded vector": {"puzzle_emb_ndim": 20, "puzzle_emb_len": 3, "num_puzzle_identifiers": 4},
}


def random_model(config: NetworkConfig) -> TinyRecursiveModel:
    torch.manual_seed(7)
    model = TinyRecursiveModel(config).eval()
    with torch.no_grad():
        if config.puzzle_emb_ndim:
            model.inner.puzzle_emb.weights.normal_()
        model.inner.q_head.weight.normal_(std=0.3)
    return model


def follow(model: TinyRecursiveModel, tolerance: float) -> None:
    """Sixteen steps of a batch of three beside the reference, one sample at a time."""
    config = model.config
    tokens = torch.randint(5, (3, 7), generator=torch.Generator().manual_seed(1))
    identifiers = torch.tensor([3, 0, 2])
    weights = {name: value.double().numpy() for name, value in model.state_dict().items()}
    reference = Reference(weights, config.to_dict())
    expected = [
        reference.run(tokens[i].tolist(), int(identifiers[i]) if config.puzzle_emb_ndim else 0, 16)
        for i in range(3)
    ]
    with torch.no_grad():
        embedded = model.embed(tokens, identifiers)
        state = model.initial_state(3)
        for step in range(16):
            state, output = model(state, embedded)
            for sample in range(3):
                logits, q = expected[sample][step]
                heads = torch.stack((output.halt, output.proceed), dim=-1)
                np.testing.assert_allclose(output.logits[sample], logits, rtol=0, atol=tolerance)
                np.testing.assert_allclose(heads[sample], q, rtol=0, atol=tolerance)


VARIANTS = pytest.mark.parametrize(
    ("mlp_t", "positions", "puzzles"),
    list(product([False, True], ["rope", "learned", "none"], PUZZLES)),
)


@VARIANTS
def test_logits_agree_with_the_equations_over_sixteen_steps(
    mlp_t: bool, positions: Literal["rope", "learned", "none"], puzzles: str
) -> None:
    config = NetworkConfig(**BASE, mlp_t=mlp_t, pos_encodings=positions, **PUZZLES[puzzles])
    model = random_model(config)
    with torch.no_grad():
        # Matrices as small as this let rounding die out from step to step instead of growing.
        for parameter in model.inner.L_level.parameters():
            parameter.mul_(0.5)
    follow(model, tolerance=1e-4)


@VARIANTS
def test_equations_hold_to_rounding_where_errors_grow(
    mlp_t: bool, positions: Literal["rope", "learned", "none"], puzzles: str
) -> None:
    config = NetworkConfig(**BASE, mlp_t=mlp_t, pos_encodings=positions, **PUZZLES[puzzles])
    follow(random_model(config).double(), tolerance=1e-5)


@VARIANTS
def test_with_gradients_a_step_computes_the_same_and_neither_way_touches_what_it_is_given(
    mlp_t: bool, positions: Literal["rope", "learned", "none"], puzzles: str
) -> None:
    config = NetworkConfig(**BASE, mlp_t=mlp_t, pos_encodings=positions, **PUZZLES[puzzles])
    model = random_model(config).double()
    tokens = torch.randint(5, (3, 7), generator=torch.Generator().manual_seed(3))
    embedded = model.embed(tokens, torch.tensor([3, 0, 2])).detach()
    state = State(*(torch.randn_like(embedded) for _ in range(2)))
    given = [each.clone() for each in (*state, embedded)]
    trained, shown = model(state, embedded)
    assert trained.answer.requires_grad
    with torch.no_grad():
        served, told = model(state, embedded)
    for ours, theirs in zip((*trained, *shown), (*served, *told), strict=True):
        torch.testing.assert_close(ours.detach(), theirs, rtol=0, atol=1e-9)
    for before, after in zip(given, (*state, embedded), strict=True):
        assert torch.equal(before, after)


def test_official_sizes_have_the_published_number_of_parameters() -> None:
    config = NetworkConfig(
        seq_len=81, vocab_size=11, hidden_size=512, mlp_t=True, pos_encodings="none",
        puzzle_emb_ndim=512, puzzle_emb_len=16,
    )  # fmt: skip
    shapes = {n: tuple(p.shape) for n, p in TinyRecursiveModel(config).named_parameters()}
    assert shapes["inner.L_level.layers.1.mlp.gate_up_proj.weight"] == (3072, 512)
    assert shapes["inner.L_level.layers.0.mlp_t.down_proj.weight"] == (97, 512)
    assert sum(np.prod(shape) for shape in shapes.values()) == pytest.approx(5.0e6, rel=0.03)


def test_only_the_last_cycle_keeps_gradients() -> None:
    torch.manual_seed(0)
    one = NetworkConfig(**{**BASE, "H_cycles": 1}, mlp_t=True, pos_encodings="none")
    two = NetworkConfig(**BASE, mlp_t=True, pos_encodings="none")
    model = TinyRecursiveModel(two)
    tokens = torch.randint(5, (2, 7))
    _, output = model(model.initial_state(2), model.embed(tokens))
    output.logits.square().sum().backward()
    computed = model.inner.lm_head.weight.grad
    assert computed is not None
    gradient = computed.clone()
    by_hand = TinyRecursiveModel(one)
    by_hand.load_state_dict(model.state_dict())
    with torch.no_grad():
        state = by_hand.cycle(by_hand.initial_state(2), by_hand.embed(tokens))
    _, again = by_hand(state, by_hand.embed(tokens))
    again.logits.square().sum().backward()
    torch.testing.assert_close(by_hand.inner.lm_head.weight.grad, gradient)
    for ours, theirs in zip(model.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad)


def test_a_network_with_puzzle_embeddings_refuses_a_missing_identifier() -> None:
    config = NetworkConfig(**BASE, puzzle_emb_ndim=16, puzzle_emb_len=1)
    with pytest.raises(ValueError, match="puzzle identifier"):
        TinyRecursiveModel(config).embed(torch.zeros(1, 7, dtype=torch.long))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"hidden_size": 0}, "hidden_size must be 1 to 65536, not 0"),
        ({"L_layers": 10**7}, "L_layers must be 1 to 128"),
        ({"L_cycles": 10**9}, "L_cycles must be 1 to 128"),
        ({"seq_len": 2**40}, "seq_len must be 1 to 16384"),
        ({"hidden_size": 0, "puzzle_emb_ndim": 4}, "hidden_size must be"),
        ({"expansion": float("inf")}, "expansion must be"),
        ({"rope_theta": float("nan")}, "rope_theta must be"),
        ({"num_heads": 3}, "not a multiple of num_heads"),
        ({"num_heads": 16}, "even number of channels"),
        ({"pos_encodings": "sines"}, "rope, learned or none"),
        ({"puzzle_emb_len": 16}, "puzzle_emb_len must be 0"),
        ({"puzzle_emb_ndim": 100, "puzzle_emb_len": 2}, "does not fit"),
    ],
)
def test_impossible_configurations_are_refused_by_name(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(CheckpointError, match=message):
        NetworkConfig(**{**BASE, **fields})


def test_the_plain_network_for_comparisons_of_speed_computes_the_same() -> None:
    model = random_model(NetworkConfig(**BASE, mlp_t=True, pos_encodings="none"))
    plain = OfficialStyle(model.state_dict(), model.config)
    tokens = torch.randint(5, (3, 7), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        embedded, state = model.embed(tokens), model.initial_state(3)
        x, z_h, z_l = plain.begin(tokens)
        state, output = model(state, embedded)
        _, _, logits = plain.step(x, z_h, z_l)
    torch.testing.assert_close(output.logits, logits, rtol=0, atol=1e-4)
