"""Compile numeric loops with numba where it is installed; plain Python runs them elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Return `loop` compiled by numba, or unchanged without numba (some 100 times slower)."""
    if find_spec("numba") is None:
        return loop
    from numba import njit

    fast: Loop = njit(cache=True, nogil=True)(loop)
    return fast
