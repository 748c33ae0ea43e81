"""Checkpoints from repositories on the Hugging Face hub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

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
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    repository, _, asked = name.partition(":")
    try:
        files = HfApi(endpoint=endpoint).list_repo_files(repository)
        try:
            chosen = _named_or_best(repository, asked, files)
        except CheckpointError:
            if CONFIG in files:  # what it describes says more than which files are missing
                parse_config(
                    Path(hf_hub_download(repository, CONFIG, cache_dir=cache, endpoint=endpoint))
                )
            raise
        config = config_beside(chosen, files)
        identifiers = str(PurePosixPath(chosen).with_name(IDENTIFIERS))
        wanted = [identifiers] if identifiers in files else []
        if config is not None:
            path = hf_hub_download(repository, config, cache_dir=cache, endpoint=endpoint)
            parse_config(Path(path))  # before the weights, which may be large and of another kind
        for file in [*wanted, chosen]:
            path = hf_hub_download(repository, file, cache_dir=cache, endpoint=endpoint)
        return Path(path)
    except CheckpointError:
        raise
    except HfHubHTTPError as error:
        status = error.response.status_code
        raise CheckpointError(
            f"the hub answers {status} for {repository}: no such repository, or not for everybody"
        ) from error
    except Exception as error:  # the errors of the library's transports have no base in common
        try:
            folder = Path(snapshot_download(repository, cache_dir=cache, local_files_only=True))
        except OSError:
            reason = f"the hub cannot be reached ({type(error).__name__})"
            raise CheckpointError(f"{reason}, and {repository} was never fetched before") from error
    held = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    return folder / _named_or_best(repository, asked, held)


def _named_or_best(repository: str, asked: str, files: Sequence[str]) -> str:
    if not asked:
        return choose_weights(repository, files)
    if asked not in files:
        raise CheckpointError(f"{repository} holds no file {asked}")
    return asked
