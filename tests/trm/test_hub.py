"""Checkpoints from the hub: what is chosen, what is missing, and that it is fetched once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from function.trm.checkpoint import load_checkpoint
from function.trm.checkpoint_files import choose_weights
from function.trm.errors import CheckpointError
from function.trm.hub import download
from function.trm.names import find_weights
from tests.hub_server import HubServer
from tests.trm.official_files import write_grid_checkpoint


@pytest.fixture
def hub() -> Iterator[HubServer]:
    made = HubServer()
    yield made
    made.close()


def test_an_official_checkpoint_is_fetched_with_what_is_beside_it(
    hub: HubServer, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for step in (7, 70):
        write_grid_checkpoint(made, vocabulary=6, step=step)
    files = {f"maze/{path.name}": path.read_bytes() for path in made.iterdir()}
    hub.repositories["someone/mazes"] = {**files, "README.md": b"", "maze/losses.py": b""}

    def fetch(name: str) -> Path:
        return download(name, hub.endpoint, tmp_path / "cache")

    path = find_weights("someone/mazes", fetch)
    assert path.name == "step_70"
    assert load_checkpoint(path).model.config.seq_len == 900
    assert sorted(hub.fetched) == ["maze/all_config.yaml", "maze/step_70"]
    hub.close()
    assert find_weights("someone/mazes", fetch) == path
    with pytest.raises(CheckpointError, match="cannot be reached.*someone/else was never fetched"):
        fetch("someone/else")


def test_a_repository_that_is_not_there_is_one_clear_error(hub: HubServer, tmp_path: Path) -> None:
    hub.repositories["someone/code"] = {"README.md": b"", "train.py": b""}
    with pytest.raises(CheckpointError, match="the hub answers 404 for no/body"):
        download("no/body", hub.endpoint, tmp_path)
    with pytest.raises(CheckpointError, match="holds neither model.safetensors nor .* README.md"):
        download("someone/code", hub.endpoint, tmp_path)


def test_the_weights_are_chosen_by_name() -> None:
    files = ["a/step_9", "a/step_10", "a/all_config.yaml", "step_x", "optimizer.pt"]
    assert choose_weights("o/n", files) == "a/step_10"
    assert choose_weights("o/n", [*files, "model.safetensors", "config.json"]) == (
        "model.safetensors"
    )
    assert choose_weights("o/n", [*files, "b/step_11"]) == "b/step_11"


def test_a_name_that_means_nothing_is_told_what_it_could_be() -> None:
    with pytest.raises(CheckpointError, match="neither a shipped network .*sudoku-9x9.* owner/"):
        find_weights("too/many/parts")
