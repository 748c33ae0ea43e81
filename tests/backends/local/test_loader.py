"""What a model's name means, and how models come from the hub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from function.backends.base import Turn
from function.backends.local.embedded import (
    EMBEDDED_NAME,
    TUNED_NAME,
    embedded_weights,
    shipped_tuning,
)
from function.backends.local.llama_cpp import GgufModel
from function.backends.local.loader import EMBEDDED, EMBEDDED_BASE, choose_gguf, load_local, locate
from function.deadline import Deadline
from function.errors import ConfigurationError, ModelUnavailable
from function.hub import Hub
from function.reflection.answer import calibration_of
from function.settings import load_settings
from tests.hub_server import COMMIT, HubServer

if TYPE_CHECKING:
    from function.backends.local.transformers.model import TransformersModel

SETTINGS = load_settings(
    {"TRM_WINDOW": "512", "TRM_SLOTS": "1", "TRM_ENGINE_THREADS": "1", "DEVICE": "cpu"}
)


@pytest.fixture
def server() -> Iterator[HubServer]:
    with closing(HubServer()) as made:
        yield made


@pytest.fixture
def hub(server: HubServer, tmp_path: Path) -> Hub:
    return Hub(server.endpoint, tmp_path / "cache")


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def say(model: TransformersModel | GgufModel) -> str:
    said = model.generate(
        [Turn("system", "Be helpful."), Turn("user", "What is the capital of Japan?")],
        max_tokens=12,
        temperature=0,
        seed=1,
        deadline=Deadline.after(60),
    )
    return said.text


@pytest.mark.slow  # imports torch
def test_a_repository_of_safetensors(server: HubServer, hub: Hub, tmp_path: Path) -> None:
    from function.backends.local.transformers.model import TransformersModel
    from tests.backends.local.test_transformers import llama, save_model

    folder = save_model(tmp_path / "made", llama())
    extra = {"run.py": b"raise SystemExit", "pytorch_model.bin": b"!", "big.gguf": b"!"}
    server.repositories["some/model"] = files_of(folder) | extra
    with closing(load_local("some/model", SETTINGS, hub)) as model:
        assert isinstance(model, TransformersModel)
        assert model.name == "some/model"
        text = say(model)
    assert not set(extra) & set(server.fetched)
    with closing(load_local(str(folder), SETTINGS, hub)) as model:
        assert isinstance(model, TransformersModel)
        assert (model.name, say(model)) == ("made", text)
    server.close()
    with closing(load_local("hf:some/model", SETTINGS, hub)) as model:
        assert isinstance(model, TransformersModel)
        assert say(model) == text, "fetched before, used without the hub"


def test_the_untuned_model_has_a_name_of_its_own() -> None:
    base, embedded = (locate(name, SETTINGS) for name in (EMBEDDED_BASE, EMBEDDED))
    assert base.path == embedded_weights()
    assert (base.name, base.verified) == (EMBEDDED_NAME, True)
    if shipped_tuning() is None:
        assert embedded == base
    else:
        assert embedded.name == TUNED_NAME and embedded.path != base.path


def test_the_base_models_calibration_is_not_the_tuned_ones() -> None:
    assert calibration_of(EMBEDDED_NAME) is not None
    assert calibration_of(TUNED_NAME) != calibration_of(EMBEDDED_NAME)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["some/gguf", "hf:some/gguf:Q8_0", "some/gguf:a/m.Q8_0.gguf"])
def test_a_repository_of_gguf_files(server: HubServer, hub: Hub, name: str) -> None:
    weights = embedded_weights().read_bytes()
    server.repositories["some/gguf"] = {"README.md": b"", "a/m.Q8_0.gguf": weights, "m.f16": b""}
    with closing(load_local(name, SETTINGS, hub)) as model:
        assert isinstance(model, GgufModel)
        assert model.name == "some/gguf:m.Q8_0.gguf"
        assert "Tokyo" in say(model)
    assert server.fetched == ["a/m.Q8_0.gguf"]


@pytest.mark.parametrize(
    ("files", "wanted", "chosen"),
    [
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf", "m-f16.gguf"], "", "m-Q4_K_M.gguf"),
        (["m-q8_0.gguf", "m-f16.gguf"], "", "m-q8_0.gguf"),
        (["m-q8_0.gguf", "m-f16.gguf"], "F16", "m-f16.gguf"),
        (["m.gguf", "mmproj-m.gguf"], "", "m.gguf"),
        (["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"], "", "m-00001-of-00002.gguf"),
    ],
)
def test_the_gguf_file_that_is_chosen(files: list[str], wanted: str, chosen: str) -> None:
    assert choose_gguf("some/model", files, wanted) == chosen


@pytest.mark.parametrize("wanted", ["", "Q2_K", "q8"])
def test_no_gguf_file_is_guessed(wanted: str) -> None:
    files = ["a-q8_0.gguf", "b-q8_0.gguf", "notes.txt"]
    with pytest.raises(ModelUnavailable, match="a-q8_0.gguf, b-q8_0.gguf"):
        choose_gguf("some/model", files, wanted)


@pytest.mark.parametrize("name", ["no/where", "./no/where.gguf", "no/where.gguf", "nowhere"])
def test_names_that_mean_nothing(hub: Hub, name: str) -> None:
    with pytest.raises(ModelUnavailable):
        load_local(name, SETTINGS, hub)


def test_a_hub_out_of_reach(server: HubServer, hub: Hub) -> None:
    server.close()
    with pytest.raises(ModelUnavailable, match="was never fetched before"):
        load_local("some/model", SETTINGS, hub)


def test_remote_code_needs_a_commit() -> None:
    for revision in ("", "main", COMMIT[:7]):
        with pytest.raises(ConfigurationError, match=r"needs a commit \(40 hex\)") as refused:
            load_settings({"TRM_TRUST_REMOTE_CODE": "true", "TRM_MODEL_REVISION": revision})
        assert "\n" not in str(refused.value)
    trusting = load_settings({"TRM_TRUST_REMOTE_CODE": "true", "TRM_MODEL_REVISION": COMMIT})
    assert trusting.trust_remote_code
