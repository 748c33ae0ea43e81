"""Checkpoints from repositories on the Hugging Face hub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from function.errors import ModelUnavailable
from function.hub import Hub
from function.trm.checkpoint_files import (
    CONFIG,
    IDENTIFIERS,
    choose_weights,
    config_beside,
    parse_config,
)
from function.trm.errors import CheckpointError

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(:[\w][\w./-]*)?")
"""`owner/name`, as the hub writes it, or `owner/name:FILE` for one file of several."""


def download(name: str, endpoint: str | None = None, cache: Path | None = None) -> Path:
    """Fetch a checkpoint, its configuration and its identifiers; returns the weights file.

    `name` is `owner/name`, or `owner/name:FILE` for one of several checkpoints. A repository that
    was fetched before is used without the network when the hub is out of reach.
    `endpoint` is the hub's address and `cache` the folder of downloads, where not the usual ones.
    Raises CheckpointError when the repository cannot be read or holds no checkpoint.
    """
    repository, _, asked = name.partition(":")
    try:
        return _download(Hub(endpoint, cache), repository, asked)
    except ModelUnavailable as error:
        raise CheckpointError(str(error)) from error


def _download(hub: Hub, repository: str, asked: str) -> Path:
    files = hub.list_files(repository)
    try:
        chosen = _named_or_best(repository, asked, files)
    except CheckpointError:
        if CONFIG in files:  # what it describes says more than which files are missing
            parse_config(hub.fetch(repository, [CONFIG]) / CONFIG)
        raise
    config = config_beside(chosen, files)
    if config is not None:
        # Before the weights, which may be large and of another kind.
        parse_config(hub.fetch(repository, [config]) / config)
    identifiers = str(PurePosixPath(chosen).with_name(IDENTIFIERS))
    return hub.fetch(repository, [chosen, identifiers]) / chosen


def _named_or_best(repository: str, asked: str, files: Sequence[str]) -> str:
    if not asked:
        return choose_weights(repository, files)
    if asked not in files:
        raise CheckpointError(f"{repository} holds no file {asked}")
    return asked
