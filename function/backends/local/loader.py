"""Finds out what kind of model a name means, and loads it into this process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from function.backends.base import Model
from function.backends.local.footprint import MIB, folder_bytes, gguf_bytes
from function.backends.local.gguf_check import PART
from function.errors import ConfigurationError, ModelUnavailable
from function.extras import require
from function.hub import REPOSITORY, Hub
from function.settings import Settings
from function.threads import wait_briefly

if TYPE_CHECKING:
    from function.backends.local.transformers.model import RemoteCode

EMBEDDED = "embedded"
EMBEDDED_BASE = "embedded-base"
"""The embedded model without the adapter that the package may bring."""
HUB_PREFIX = "hf:"
PREFERRED = ("Q4_K_M", "Q8_0", "Q4_0")
"""Of a repository's GGUF files, where none is asked for: small and still good come first."""
_SHOWN = 8
HUB = Hub()


@dataclass(frozen=True)
class Located:
    """The files of a model on this machine: a GGUF file, or a folder of Hugging Face's format."""

    path: Path
    name: str
    """What replies call the model."""
    verified: bool = False
    """Whether its checksum is that of a file which is known to work."""

    @property
    def is_gguf(self) -> bool:
        """Whether llama.cpp runs it."""
        return not self.path.is_dir()


def load_local(name: str, settings: Settings, hub: Hub = HUB) -> Model:
    """Load ``embedded``, ``embedded-base``, a GGUF file, a folder, or a hub repository.

    On the hub: ``owner/name`` (safetensors before GGUF) or ``owner/name:FILE.gguf``, where the
    part after the colon may also be a quantisation such as ``Q8_0``; ``hf:`` may go before.

    :raises ModelUnavailable: there is no such model, or it cannot be loaded.
    """
    return load_located(locate(name, settings, hub), settings)


def locate(name: str, settings: Settings, hub: Hub = HUB) -> Located:
    """Return the files that a name means, see :func:`load_local`; from the hub they are fetched.

    :raises ModelUnavailable: there is no such model, or it cannot be fetched.
    """
    plain = name.removeprefix(HUB_PREFIX)
    repository, _, wanted = plain.partition(":")
    if name in (EMBEDDED, EMBEDDED_BASE):
        return _embedded(name)
    if os.path.isdir(name):
        return Located(Path(name), Path(name).resolve().name)
    if os.path.isfile(name) or not REPOSITORY.fullmatch(repository):
        return Located(Path(name), Path(name).stem)
    if not wanted and name.endswith(".gguf"):
        raise ModelUnavailable(f"no model file {Path(name).name}")
    revision = settings.model_revision or None
    files = hub.list_files(repository, revision)
    # Safetensors come first; without any, loading the folder reports what it lacks.
    ggufs = any(file.endswith(".gguf") for file in files)
    if not wanted and (not ggufs or any(f.endswith((".safetensors", ".bin")) for f in files)):
        _require_torch(repository)
        from function.backends.local.transformers.model import fetch_folder

        return Located(fetch_folder(repository, _code(settings), hub, files), repository)
    chosen = choose_gguf(repository, files, wanted)
    folder = hub.fetch(repository, [PART.sub("-*-of-*", chosen)], revision)
    return Located(folder / chosen, f"{repository}:{PurePosixPath(chosen).name}")


def _embedded(name: str) -> Located:
    from function.backends.local import embedded as weights

    tuning = weights.shipped_tuning() if name == EMBEDDED else None
    if tuning is None:
        return Located(weights.embedded_weights(), weights.EMBEDDED_NAME, verified=True)
    return Located(weights.tuned_weights(tuning), weights.TUNED_NAME, verified=True)


def load_located(located: Located, settings: Settings) -> Model:
    """Load a model from its files.

    :raises ModelUnavailable: it cannot be loaded.
    """
    if located.is_gguf:
        from function.backends.local.llama_cpp import GgufModel

        if not located.verified:
            from function.backends.local.trial import try_out

            try_out(located.path, window=settings.window, threads=settings.engine_threads)
        return GgufModel(
            located.path,
            located.name,
            slots=settings.slots,
            window=settings.window,
            threads=settings.engine_threads,
        )
    _require_torch(located.name)
    wait_briefly()
    from function.backends.local.transformers.model import TransformersModel

    return TransformersModel(
        str(located.path),
        located.name,
        device=settings.device,
        slots=settings.slots,
        window=settings.window,
        threads=settings.engine_threads,
        code=_code(settings),
    )


def footprint(located: Located, settings: Settings) -> int:
    """Return bytes that a model takes when all its slots are full, without the code that runs it.

    :raises ModelUnavailable: its files cannot be read.
    """
    if located.is_gguf:
        from function.backends.local.llama_cpp import KEPT_PROMPTS_MIB

        size = gguf_bytes(located.path, settings.slots, settings.window)
        return size + KEPT_PROMPTS_MIB * MIB
    _require_torch(located.name)
    import torch

    from function.backends.local.transformers.batching import KEPT_PER_SLOT
    from function.backends.local.transformers.model import has_native_bf16, place_for, precision

    single = precision(place_for(settings.device), has_native_bf16()) is torch.float32
    tokens = (1 + KEPT_PER_SLOT) * settings.slots * settings.window
    return folder_bytes(located.path, tokens, single)


def choose_gguf(repository: str, files: list[str], wanted: str) -> str:
    """Return the GGUF file of a repository: the one named, or of the quantisation named.

    :raises ModelUnavailable: there is none, or there are several; lists what there is.
    """
    offered = sorted(file for file in files if file.endswith(".gguf") and "mmproj" not in file)
    # Of a file in parts the engine is given the first.
    firsts = [f for f in offered if not (part := PART.search(f)) or "-00001-" in part[0]]
    if wanted in firsts:
        return wanted
    for tag in (wanted,) if wanted else PREFERRED:
        found = [file for file in firsts if tag.lower() in PurePosixPath(file).name.lower()]
        if len(found) == 1:
            return found[0]
    if not wanted and len(firsts) == 1:
        return firsts[0]
    shown = ", ".join(firsts[:_SHOWN]) or "none"
    asked = f"no single {wanted}" if wanted else "no preferred file"
    raise ModelUnavailable(f"{repository} has {asked} among its GGUF files: {shown}")


def _code(settings: Settings) -> RemoteCode:
    from function.backends.local.transformers.model import RemoteCode

    return RemoteCode(settings.trust_remote_code, settings.model_revision or None)


def _require_torch(name: str) -> None:
    try:
        require("transformers", f"the model {name}")
    except ConfigurationError as error:
        raise ModelUnavailable(str(error)) from None
