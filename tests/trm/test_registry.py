"""Which network answers a request: the one it names, the one of the settings, a shipped one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from function.trm.config import NetworkConfig
from function.trm.errors import CheckpointError
from function.trm.registry import Networks
from function.trm.torch_runner import multiplies_faster_in_bf16
from tests.trm.official_files import write_grid_checkpoint


@pytest.fixture
def networks() -> Iterator[Callable[..., Networks]]:
    made: list[Networks] = []

    def make(*arguments: object) -> Networks:
        made.append(Networks(*arguments))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.close()


def tokens(count: int) -> Callable[[NetworkConfig], bool]:
    return lambda config: config.seq_len == count


def test_a_shipped_network_is_loaded_once(networks: Callable[..., Networks]) -> None:
    ours = networks()
    first = ours.find(None, tokens(36), ["sudoku-6x6"], "sudoku")
    assert first.name == "sudoku-6x6"
    assert first is ours.find("trm:sudoku-6x6", tokens(36), [], "sudoku")
    assert first is ours.find("some-text-model", tokens(36), ["sudoku-6x6"], "sudoku")
    assert first.halt_above == 3.0
    first.warm()


def test_a_request_names_what_is_here_and_fits_or_is_told(
    networks: Callable[..., Networks], tmp_path: Path
) -> None:
    ours = networks()
    with pytest.raises(CheckpointError, match="trm:sudoku-6x6 is a network of 36 tokens and 8"):
        ours.find("trm:sudoku-6x6", tokens(81), ["sudoku-9x9"], "sudoku of 9x9")
    path = write_grid_checkpoint(tmp_path, vocabulary=6)
    for name in ("sudoku-25x25", str(path), "someone/else"):
        with pytest.raises(CheckpointError, match="there is no network .* trm:sudoku-9x9"):
            ours.find(f"trm:{name}", tokens(900), [], "mazes")
    with pytest.raises(CheckpointError, match="no network here is for sudoku of 4x4"):
        ours.find(None, tokens(16), ["sudoku-4x4"], "sudoku of 4x4")


def test_the_network_of_the_settings_comes_before_shipped_ones(
    networks: Callable[..., Networks], tmp_path: Path
) -> None:
    path = str(write_grid_checkpoint(tmp_path, vocabulary=6))
    ours = networks(path, -1.5)
    chosen = ours.find(None, tokens(900), ["sudoku-9x9"], "mazes")
    assert (chosen.name, chosen.halt_above, chosen.file) == ("step_7", -1.5, Path(path))
    assert chosen is ours.find(f"trm:{path}", tokens(900), [], "mazes")
    assert ours.find(None, tokens(36), ["sudoku-6x6"], "sudoku").name == "sudoku-6x6"


def test_a_wrong_name_in_the_settings_is_not_passed_over(
    networks: Callable[..., Networks],
) -> None:
    with pytest.raises(CheckpointError, match="sudoku-7x7 is neither a shipped network"):
        networks("sudoku-7x7").find(None, tokens(36), ["sudoku-6x6"], "sudoku")


def test_networks_compute_on_the_threads_that_the_settings_give_them(
    networks: Callable[..., Networks],
) -> None:
    ours = networks(None, None, 3)
    network = ours.find(None, tokens(36), ["sudoku-6x6"], "sudoku")
    each = 8 if multiplies_faster_in_bf16() else 1  # samples for each of them
    assert network.engine.micro_batch.size == 3 * each
