"""Checkpoints from repositories on the Hugging Face hub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from function.trm.errors import CheckpointError

WEIGHTS, CONFIG, OFFICIAL_CONFIG = "model.safetensors", "config.json", "all_config.yaml"
IDENTIFIERS = "identifiers.json"
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""`owner/name`, as the hub writes it."""
_SHOWN = 8


def download(repository: str, endpoint: str | None = None, cache: Path | None = None) -> Path:
    """Fetch a checkpoint, its configuration and its identifiers; returns the weights file.

    A repository that was fetched before is used without the network when the hub is out of reach.
    `endpoint` is the hub's address and `cache` the folder of downloads, where not the usual ones.
    Raises CheckpointError when the repository cannot be read or holds no checkpoint.
    """
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        files = HfApi(endpoint=endpoint).list_repo_files(repository)
        chosen = PurePosixPath(choose_weights(repository, files))
        beside = [str(chosen.with_name(name)) for name in (CONFIG, OFFICIAL_CONFIG, IDENTIFIERS)]
        for name in [name for name in beside if name in files] + [str(chosen)]:
            path = hf_hub_download(repository, name, cache_dir=cache, endpoint=endpoint)
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
    return folder / choose_weights(repository, held)


def choose_weights(repository: str, files: Sequence[str]) -> str:
    """The file to load: `model.safetensors`, or the last `step_N`, with its configuration.

    Raises CheckpointError, which tells what the repository holds instead.
    """
    found: list[tuple[bool, int, str]] = []
    for name in files:
        path = PurePosixPath(name)
        step = re.fullmatch(r"step_(\d+)", path.name)
        if path.name == WEIGHTS or step:
            found.append((path.name == WEIGHTS, int(step[1]) if step else 0, name))
    if not found:
        raise CheckpointError(
            f"{repository} holds neither {WEIGHTS} nor a file named step_N, but "
            + (", ".join(sorted(files)[:_SHOWN]) or "nothing")
        )
    chosen = max(found)[2]
    beside = [str(PurePosixPath(chosen).with_name(name)) for name in (CONFIG, OFFICIAL_CONFIG)]
    if not set(beside) & set(files):
        raise CheckpointError(f"{repository} lacks {' or '.join(beside)} beside {chosen}")
    return chosen
