"""Finds out what kind of model a name means, and loads it into this process."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from function.errors import ModelUnavailable
from function.models.base import Model
from function.models.hub import REPOSITORY, Hub
from function.settings import Settings

EMBEDDED = "embedded"
HUB_PREFIX = "hf:"
PREFERRED = ("Q4_K_M", "Q8_0", "Q4_0")
"""Of a repository's GGUF files, where none is asked for: small and still good come first."""
_PART = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)")
_SHOWN = 8
HUB = Hub()


def load_local(name: str, settings: Settings, hub: Hub = HUB) -> Model:
    """Load ``embedded``, a GGUF file, a folder of Hugging Face's format, or a hub repository.

    On the hub: ``owner/name`` (safetensors before GGUF) or ``owner/name:FILE.gguf``, where the
    part after the colon may also be a quantisation such as ``Q8_0``; ``hf:`` may go before.

    :raises ModelUnavailable: there is no such model, or it cannot be loaded.
    """
    plain = name.removeprefix(HUB_PREFIX)
    repository, _, wanted = plain.partition(":")
    if name == EMBEDDED:
        from function.models.gguf import EMBEDDED_NAME, find_embedded_weights

        return _gguf(find_embedded_weights(), EMBEDDED_NAME, settings)
    if Path(name).is_dir():
        return _transformers(name, Path(name).resolve().name, settings, hub)
    if Path(name).is_file() or not REPOSITORY.fullmatch(repository):
        return _gguf(Path(name), Path(name).stem, settings)
    if not wanted and name.endswith(".gguf"):
        raise ModelUnavailable(f"no model file {name}")
    files = hub.list_files(repository, settings.model_revision or None)
    if not wanted and not any(file.endswith(".gguf") for file in files):
        return _transformers(repository, repository, settings, hub)
    if not wanted and any(file.endswith((".safetensors", ".bin")) for file in files):
        return _transformers(repository, repository, settings, hub)
    chosen = choose_gguf(repository, files, wanted)
    parts = [_PART.sub("-*-of-*", chosen)]
    folder = hub.fetch(repository, parts, settings.model_revision or None)
    return _gguf(folder / chosen, f"{repository}:{PurePosixPath(chosen).name}", settings)


def choose_gguf(repository: str, files: list[str], wanted: str) -> str:
    """The GGUF file of a repository: the one named, or of the quantisation named.

    :raises ModelUnavailable: there is none, or there are several; lists what there is.
    """
    offered = sorted(file for file in files if file.endswith(".gguf") and "mmproj" not in file)
    # Of a file in parts the engine is given the first.
    firsts = [f for f in offered if not (part := _PART.search(f)) or "-00001-" in part[0]]
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


def _gguf(path: Path, name: str, settings: Settings) -> Model:
    from function.models.gguf import GgufModel

    return GgufModel(
        path,
        name,
        slots=settings.slots,
        window=settings.window,
        threads=settings.engine_threads,
    )


def _transformers(source: str, name: str, settings: Settings, hub: Hub) -> Model:
    from function.models.transformers import RemoteCode, TransformersModel

    return TransformersModel(
        source,
        name,
        device=settings.device,
        slots=settings.slots,
        window=settings.window,
        threads=settings.engine_threads,
        code=RemoteCode(settings.trust_remote_code, settings.model_revision or None),
        hub=hub,
    )
