"""How many threads torch computes on, and how fast one multiplies matrices."""

from __future__ import annotations

import math
import time

import torch
from threadpoolctl import ThreadpoolController


def compute_on(threads: int) -> None:
    """Set how many threads torch computes on for the calling thread.

    ``torch.set_num_threads`` would change it for the whole process, other networks included.
    """
    # Torch sets a thread's number by itself when that computes in parallel for the first time.
    torch.ones(1 << 16).exp_()
    ThreadpoolController().limit(limits=threads, user_api="openmp")


def seconds_to_multiply(kind: torch.dtype, rows: int, inner: int, columns: int) -> float:
    """Return the processor seconds of this thread for a product [rows, inner] x [inner, columns].

    It is the best of six, milliseconds in all. Flags of the CPU do not say it: of two processors
    that both have avx512_bf16 one took half as long in bf16 as in fp32, the other twice as long.
    """
    left, right = torch.ones(rows, inner, dtype=kind), torch.ones(inner, columns, dtype=kind)
    best = math.inf
    for _ in range(6):
        begun = time.thread_time()
        left @ right
        best = min(best, time.thread_time() - begun)
    return best
