"""How many threads numpy's matrix products take."""

from __future__ import annotations

from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def compute_on_one_thread() -> None:
    """Keep numpy's products on the calling thread, in the whole process.

    They are too small to share: beside busy processes OpenBLAS' threads wait for each other, and a
    step took 12 times as long on two cores as on one.
    """
    ThreadpoolController().select(internal_api="openblas").limit(limits=1)
