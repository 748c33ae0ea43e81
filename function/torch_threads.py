"""How many threads torch computes on."""

from __future__ import annotations

import torch
from threadpoolctl import ThreadpoolController


def compute_on(threads: int) -> None:
    """Set how many threads torch computes on for the calling thread.

    ``torch.set_num_threads`` would change it for the whole process, other networks included.
    """
    # Torch sets a thread's number by itself when that computes in parallel for the first time.
    torch.ones(1 << 16).exp_()
    ThreadpoolController().limit(limits=threads, user_api="openmp")
