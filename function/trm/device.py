"""Where a network computes."""

from __future__ import annotations

import torch


def best_device() -> torch.device:
    """CUDA where there is one, then Apple's MPS, otherwise the CPU; always in fp32."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
