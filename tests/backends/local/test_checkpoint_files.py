"""Folders that are not models in Hugging Face's format are each told apart in one line."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from function.backends.local.checkpoint_files import check_folder
from function.backends.local.loader import Located, footprint, load_local
from function.backends.local.mlx import MlxModel
from function.errors import ModelUnavailable
from function.settings import load_settings

SETTINGS = load_settings(
    {"TRM_WINDOW": "512", "TRM_SLOTS": "1", "TRM_ENGINE_THREADS": "1", "DEVICE": "cpu"}
)
WEIGHTS, CONFIG = "model.safetensors", "config.json"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:aaaa\nsize 98362432\n"
DEEP = b"[" * 100_000
SHAPES = b'{"a":{"dtype":"F32","shape":["x",3],"data_offsets":[0,4]}}'


def write(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def cut(name: str, share: float) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: int(len(whole) * share)])

    return change


def configure(**values: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        known = json.loads((folder / CONFIG).read_text())
        (folder / CONFIG).write_text(json.dumps(known | values))

    return change


def remove(*patterns: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        for path in [path for pattern in patterns for path in folder.glob(pattern)]:
            path.unlink()

    return change


def only_gguf(folder: Path) -> None:
    remove("*")(folder)
    (folder / "m.gguf").write_bytes(b"GGUF")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "an empty folder": (remove("*"), "has no config.json"),
    "a folder of GGUF": (only_gguf, "holds GGUF files: name one, such as m.gguf"),
    "no tokenizer": (remove("token*"), "has no tokenizer"),
    "no weights": (remove("*.safetensors"), "holds neither model.safetensors nor"),
    "a list as configuration": (write(CONFIG, b"[]"), "config.json holds no JSON object"),
    "a web page as configuration": (write(CONFIG, b"<html>"), "config.json is a web page"),
    "an empty configuration": (write(CONFIG, b""), "config.json is empty"),
    "half a configuration": (cut(CONFIG, 0.5), "config.json is not JSON"),
    "a deep configuration": (write(CONFIG, DEEP), "config.json is"),
    "countless layers": (configure(num_hidden_layers=10**9), "num_hidden_layers outside"),
    "an impossible width": (configure(hidden_size=2**40), "hidden_size outside"),
    "no tokens": (configure(vocab_size=-1), "vocab_size outside"),
    "a pointer as weights": (write(WEIGHTS, POINTER), "model.safetensors is a Git LFS pointer"),
    "a web page as weights": (write(WEIGHTS, b"<!DOCTYPE html>"), "is a web page"),
    "zeros as weights": (write(WEIGHTS, bytes(5_000)), "begins with zeros only"),
    "empty weights": (write(WEIGHTS, b""), "model.safetensors is empty"),
    "half of the weights": (cut(WEIGHTS, 0.5), "is shorter than its tensors"),
    "all but a byte of the weights": (cut(WEIGHTS, 0.99999), "is shorter than its tensors"),
    "half a header": (cut(WEIGHTS, 0.0005), "is not a readable safetensors file"),
    "an impossible header": (write(WEIGHTS, b"\xff" * 64), "is not a readable safetensors file"),
    "a deep header": (
        write(WEIGHTS, len(DEEP).to_bytes(8, "little") + DEEP),
        "is not a readable safetensors file",
    ),
    "shapes of text": (
        write(WEIGHTS, len(SHAPES).to_bytes(8, "little") + SHAPES + bytes(4)),
        "is not a readable safetensors file",
    ),
    "a pointer as tokenizer": (write("tokenizer.json", POINTER), "tokenizer.json is a Git LFS"),
    "half a tokenizer": (cut("tokenizer.json", 0.5), "tokenizer.json is not JSON"),
}
OTHER: dict[str, tuple[Callable[[Path], object], str]] = {
    "another architecture": (configure(model_type="vit"), "Unrecognized configuration class"),
    "an unknown architecture": (configure(model_type="nosuch"), "model type `nosuch`"),
    "more layers than there are": (configure(num_hidden_layers=5), "lacks model.layers.2."),
    "a type that is a list": (configure(model_type=[1]), "transformers cannot load"),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that is whole by its files; no library can make a network of it."""
    folder = tmp_path_factory.mktemp("made") / "good"
    folder.mkdir()
    sizes = {"num_hidden_layers": 2, "hidden_size": 32, "vocab_size": 258}
    (folder / CONFIG).write_text(json.dumps({"model_type": "llama", **sizes}))
    tensors = {f"model.layers.{number}.weight": np.ones((258, 32)) for number in range(2)}
    save_file(tensors, folder / WEIGHTS)
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE", "vocab": {}}}))
    (folder / "tokenizer_config.json").write_text("{}")
    return folder


def broken(good: Path, folder: Path, change: Callable[[Path], object]) -> Path:
    made = folder / "made"
    shutil.copytree(good, made)
    change(made)
    return made


def told_by(load: Callable[[], object]) -> str:
    with pytest.raises(ModelUnavailable) as refused:
        load()
    told = str(refused.value)
    assert told.isprintable() and len(told) < 700
    return told


@pytest.mark.parametrize("name", BROKEN)
def test_a_folder_that_is_no_model_is_named(name: str, good: Path, tmp_path: Path) -> None:
    change, reason = BROKEN[name]
    folder = broken(good, tmp_path, change)
    told = told_by(lambda: check_folder(folder))
    assert reason in told and str(tmp_path) not in told


@pytest.mark.slow  # imports torch
@pytest.mark.parametrize("name", BROKEN)
def test_it_is_named_by_whatever_reads_it(name: str, good: Path, tmp_path: Path) -> None:
    folder = broken(good, tmp_path, BROKEN[name][0])
    told = told_by(lambda: check_folder(folder))
    assert told_by(lambda: load_local(str(folder), SETTINGS)) == told
    assert told_by(lambda: footprint(Located(folder, "made"), SETTINGS)) == told
    if name != "no weights" and importlib.util.find_spec("mlx_lm"):  # their names differ there
        assert told_by(lambda: MlxModel(str(folder), window=512)) == told


@pytest.mark.slow  # imports torch
@pytest.mark.parametrize("name", OTHER)
def test_a_model_of_another_kind_is_named(name: str, tmp_path: Path) -> None:
    from tests.backends.local.test_transformers import llama, save_model

    change, reason = OTHER[name]
    folder = broken(save_model(tmp_path / "whole", llama()), tmp_path, change)
    told = told_by(lambda: load_local(str(folder), SETTINGS))
    assert reason in told and str(tmp_path) not in told
    pytest.importorskip("mlx_lm", reason="mlx-lm is not installed")
    told_by(lambda: MlxModel(str(folder), window=512))


def test_a_whole_folder_passes(good: Path) -> None:
    assert check_folder(good)["model_type"] == "llama"
