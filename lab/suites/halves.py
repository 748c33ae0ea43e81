"""The two halves of the material: what prompts and calibration may see, and what they may not."""

from __future__ import annotations

from typing import Literal

Half = Literal["dev", "test"]


def of(half: Half, dev: list[str], test: list[str]) -> list[str]:
    """The words of a half; the halves share none."""
    assert not set(dev) & set(test)
    return dev if half == "dev" else test
