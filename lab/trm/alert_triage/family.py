"""Families of alerts: one situation each, in many wordings."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Split = Literal["train", "dev", "test"]
Subject = Literal[
    "pod", "workload", "deployment", "claim", "volume", "flux", "otherflux", "node", "service",
    "namespace", "certificate", "job", "bare", "podusage", "app", "scaler", "autoscaler",
]  # fmt: skip


class Family(BaseModel):
    """One family of a file in `families/`; `names` and `texts` are templates with wordings.

    `choice` is one of the codec's, or `flux` where the kind of the resource decides. `reasons` are
    values of a label that says what happened. Families of `dev` and `test` are never trained on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    choice: str
    subject: Subject
    split: Split = "train"
    names: list[str] = Field(min_length=1)
    texts: list[str] = Field(min_length=1)
    reasons: list[str] = []
    replicas: bool = False
    suspended: bool = False
    mount: bool = False
    product: str | None = None
    weight: int = 1
    """How often it is drawn, beside the other families of its choice."""


@cache
def all_families() -> tuple[Family, ...]:
    """Return every family, in the order of the files."""
    families: list[Family] = []
    for file in sorted((Path(__file__).parent / "families").glob("*.toml")):
        found = tomllib.loads(file.read_text(encoding="utf-8"))["family"]
        families += [Family.model_validate(each) for each in found]
    return tuple(families)


def families_of(split: Split) -> list[Family]:
    """Return the families of one split."""
    return [family for family in all_families() if family.split == split]
