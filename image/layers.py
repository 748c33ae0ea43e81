"""Says how large an image is, layer by layer: ``python -m image.layers IMAGE``."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Layer:
    """One layer: what made it, and its size in bytes unpacked and as it is pulled."""

    command: str
    unpacked: int
    pulled: int


def layers(image: str) -> list[Layer]:
    """Return the layers of an image in the local storage, the base first."""
    with tempfile.TemporaryDirectory() as scratch:
        unpacked, config = _pushed(image, Path(scratch, "unpacked"), "--disable-compression")
        pulled, _ = _pushed(image, Path(scratch, "pulled"))
    made = [step for step in config["history"] if not step.get("empty_layer")]
    commands = [step.get("created_by", "") for step in made]
    # Layers of a build that was taken from its cache have no step of their own.
    commands = [""] * (len(unpacked) - len(commands)) + commands
    return [Layer(*one) for one in zip(commands, unpacked, pulled, strict=True)]


def _pushed(image: str, folder: Path, *options: str) -> tuple[list[int], dict[str, Any]]:
    """Return the sizes of the layers as this command writes them, and the image's config."""
    subprocess.run(["buildah", "push", "--quiet", *options, image, f"dir:{folder}"], check=True)
    manifest = json.loads((folder / "manifest.json").read_text())
    config = folder / manifest["config"]["digest"].partition(":")[2]
    return [layer["size"] for layer in manifest["layers"]], json.loads(config.read_text())


def table(found: list[Layer]) -> str:
    """Return the layers and their sum as a markdown table, in megabytes."""
    rows = ["| layer | unpacked | pulled |", "|---|---|---|"]
    rows += [
        f"| {_short(layer.command)} | {_mb(layer.unpacked)} | {_mb(layer.pulled)} |"
        for layer in found
    ]
    total = sum(layer.unpacked for layer in found), sum(layer.pulled for layer in found)
    rows.append(f"| sum | {_mb(total[0])} | {_mb(total[1])} |")
    return "\n".join(rows)


def _short(command: str) -> str:
    """Return what a layer was made by, without the shell, the digests of what was copied, and
    the end."""
    text = re.sub(r"^/bin/sh( -c)?( #\(nop\))?", "", command)
    text = re.sub(r"(dir|file):[0-9a-f]{64}", r"\1", text.replace("|", " "))
    return f"`{' '.join(text.split())[:60]}`" if text else "base"


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:,.1f} MB"


if __name__ == "__main__":
    print(table(layers(sys.argv[1])))
