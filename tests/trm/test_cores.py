"""Cores that take samples through a step by themselves compute what the network computes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from function.trm.config import NetworkConfig
from function.trm.cores import Cores
from function.trm.network import TinyRecursiveModel

VARIANTS: list[dict[str, Any]] = [
    {"mlp_t": True, "pos_encodings": "none"},
    {"mlp_t": False, "pos_encodings": "rope"},
    {"mlp_t": False, "pos_encodings": "learned"},
    {"mlp_t": True, "pos_encodings": "none", "puzzle_emb_ndim": 32, "num_puzzle_identifiers": 3},
]


def model_of(variant: dict[str, Any]) -> TinyRecursiveModel:
    torch.manual_seed(5)
    config = NetworkConfig(
        seq_len=16, vocab_size=6, hidden_size=32, num_heads=2, H_cycles=2, L_cycles=2,
        expansion=2.0, **variant,
    )  # fmt: skip
    model = TinyRecursiveModel(config).eval().requires_grad_(False)
    model.inner.q_head.weight.normal_(std=0.1)
    return model


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: "-".join(map(str, v.values())))
@pytest.mark.parametrize("samples", [1, 2, 3, 4, 8])
def test_a_cycle_is_that_of_the_network(variant: dict[str, Any], samples: int) -> None:
    model = model_of(variant)
    cores = Cores(model, 3)
    identifiers = torch.arange(samples) % 3 if "puzzle_emb_ndim" in variant else None
    with torch.inference_mode():
        embedded = model.embed(torch.randint(1, 6, (samples, 16)), identifiers)
        ours = theirs = model.initial_state(samples)
        for _ in range(4):
            ours, our_output = cores.advance(ours, embedded)
            theirs, their_output = model.advance(theirs, embedded)
            for mine, other in zip((*ours, *our_output), (*theirs, *their_output), strict=True):
                assert mine.shape == other.shape
                torch.testing.assert_close(mine, other, atol=1e-4, rtol=1e-4)
    cores.close()


def test_each_core_computes_alone_and_other_threads_as_before() -> None:
    before = torch.__config__.parallel_info()
    cores = Cores(model_of(VARIANTS[0]), 3)
    told = cores._threads.submit(torch.__config__.parallel_info).result()
    assert "omp_get_max_threads() : 1\n" in told
    assert torch.__config__.parallel_info() == before
    cores.close()


def test_a_failure_of_one_core_is_that_of_the_cycle() -> None:
    model = model_of(VARIANTS[0])
    cores = Cores(model, 3)
    with torch.inference_mode(), pytest.raises(RuntimeError):
        cores.advance(model.initial_state(4), torch.zeros(16, 4, 31))
    cores.close()
