"""Tasks of the native TRM, asked for by events and answered with the shipped networks."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from function.service import Service
from function.settings import load_settings
from function.tasks.text import from_tokens, to_tokens
from function.telemetry import Log
from function.trm.config import NetworkConfig
from function.trm.network import TinyRecursiveModel
from tests.conftest import Running, data_in, request_event
from tests.scripted import ScriptedModel
from tests.trm.official_files import write_grid_checkpoint, write_official

Run = Callable[..., Running]

PUZZLE = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"


def reply_data(running: Running, data: dict[str, Any]) -> dict[str, Any]:
    data = {"task": "sudoku", **data}
    # Each request is an event of its own, so none gets the reply to another.
    found = running.reply(data, id=f"request-{len(running.logged)}").get_data()
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "asked",
    [
        {"puzzle": PUZZLE},
        {"prompt": PUZZLE},
        {"puzzle": [[int(c) for c in PUZZLE[row : row + 9]] for row in range(0, 81, 9)]},
    ],
)
def test_a_sudoku_is_solved_and_verified(run: Run, asked: dict[str, Any]) -> None:
    model = ScriptedModel()
    data = reply_data(run(model), asked)
    assert "".join(str(digit) for row in data["data"]["grid"] for digit in row) == SOLVED
    assert (data["confidence"], data["confidence_method"]) == (1.0, "verified")
    assert data["checks"] == [{"name": "sudoku_rules", "passed": True, "reason": ""}]
    assert (data["model_name"], data["backend"]) == ("trm:sudoku", "trm")
    assert data["stop_reason"] == "checks_passed"
    assert data["reflection_steps"] == len(data["reflection_trace"]) >= 1
    assert data["reflection_trace"][-1]["confidence"] == 1.0
    assert model.calls == []


@pytest.mark.parametrize(
    ("puzzle", "field"),
    [("11" + "." * 79, "puzzle"), ("123", "puzzle"), ({"a": 1}, "puzzle"), (5, "puzzle")],
)
def test_a_puzzle_that_is_none_is_refused(run: Run, puzzle: object, field: str) -> None:
    data = reply_data(run(), {"puzzle": puzzle})
    assert data["error"]["code"] == "invalid_request"
    assert [item["field"] for item in data["error"]["fields"]] == [field]


def test_a_prompt_that_holds_no_puzzle_is_named(run: Run) -> None:
    data = reply_data(run(), {"prompt": "please solve my sudoku"})
    assert [item["field"] for item in data["error"]["fields"]] == ["prompt"]


@pytest.mark.parametrize(
    "puzzle", ["12.4..1..1..4..1", "..5.2.6.23.531.25.2.61.3423.6...1.3."], ids=["4x4", "6x6"]
)
def test_smaller_boards_are_solved(run: Run, puzzle: str) -> None:
    data = reply_data(run(), {"puzzle": puzzle})
    grid = data["data"]["grid"]
    assert all(sorted(row) == list(range(1, len(grid) + 1)) for row in grid)
    assert (data["model_name"], data["confidence"]) == ("trm:sudoku", 1.0)
    assert data["data"]["found_by"] in ("network", "search")
    assert "note" not in data["data"]


def cells(side: int, clues: dict[int, str]) -> str:
    return "".join(clues.get(cell, ".") for cell in range(side * side))


UNSOLVABLE = {
    "two cells need the same digit": cells(
        9, {**{n: "1234567"[n] for n in range(7)}, 34: "8", 62: "8"}
    ),
    "built to mislead": (
        ".....5.8....6.1.43..........1.5........1.6...3.......553.....61........4........."
    ),
    "4x4": cells(4, {0: "1", 1: "2", 7: "3"}),
    "6x6": cells(6, {0: "1", 1: "2", 2: "3", 3: "4", 9: "5"}),
}


@pytest.mark.parametrize("puzzle", UNSOLVABLE.values(), ids=UNSOLVABLE)
def test_a_sudoku_without_a_solution_is_refused_at_once(run: Run, puzzle: str) -> None:
    data = reply_data(run(), {"puzzle": puzzle})
    assert data["error"]["code"] == "invalid_request"
    assert [item["field"] for item in data["error"]["fields"]] == ["puzzle"]
    assert "no solution" in data["error"]["fields"][0]["problem"]


@pytest.mark.parametrize("puzzle", ["." * 81, "1" + "." * 15, "100000" + "0" * 30])
def test_several_solutions_are_noted(run: Run, puzzle: str) -> None:
    data = reply_data(run(), {"puzzle": puzzle})
    assert data["data"]["solved"] and data["confidence"] == 1.0
    assert "several solutions" in data["data"]["note"]


def test_classic_search_answers_what_the_network_cannot_in_time(run: Run) -> None:
    hard = "....9..5..1.....3...23..7....45...7.8.....2.......64...9..1.....8..6......54....7"
    data = reply_data(run(), {"puzzle": hard, "deadline_ms": 1500})
    assert data["data"]["solved"] and data["confidence"] == 1.0
    assert data["data"]["found_by"] in ("network", "search", "solver")
    assert "".join(str(digit) for row in data["data"]["grid"] for digit in row).startswith("7438")


def test_a_request_names_its_network(run: Run) -> None:
    running = run()
    named = reply_data(running, {"puzzle": PUZZLE, "model": "trm:sudoku-9x9"})
    assert (named["model_name"], named["confidence"]) == ("trm:sudoku-9x9", 1.0)
    wrong = reply_data(running, {"puzzle": PUZZLE, "model": "trm:sudoku-6x6"})
    assert wrong["error"]["code"] == "model_refused"
    assert "not for sudoku of 9x9" in wrong["error"]["message"]
    unknown = reply_data(running, {"puzzle": PUZZLE, "model": "trm:/etc/passwd"})
    assert unknown["error"]["code"] == "model_refused"
    assert "there is no network" in unknown["error"]["message"]


def test_a_trace_entry_tells_what_changed(run: Run) -> None:
    trace = reply_data(run(), {"puzzle": PUZZLE})["reflection_trace"]
    assert trace[0]["reflection"].startswith("51 cells changed: r1c3, r1c4, ")
    assert trace[0]["reflection"].endswith(" and more")
    assert trace[0]["refined_answer"].startswith("5 3 ")
    for before, after in pairwise(trace):
        assert after["initial_answer"] == before["refined_answer"]


MAZE = "S.#\n#..\n##G"


@pytest.fixture
def maze_network(tmp_path: Path) -> str:
    """Return a tiny random network of the official layout for mazes of 30x30."""
    return f"trm:{write_grid_checkpoint(tmp_path, vocabulary=6)}"


def test_an_official_maze_network_is_served_by_its_path(run: Run, maze_network: str) -> None:
    running = run(TRM_MODEL_NAME=maze_network)
    # Loaded now, so that the search has all of its time.
    running.service.networks.open(maze_network.removeprefix("trm:")).warm()
    asked = {"task": "maze", "puzzle": MAZE, "deadline_ms": 3000}
    data = reply_data(running, asked)
    assert (data["model_name"], data["backend"]) == ("trm:step_7", "trm")
    (check,) = data["checks"]
    assert (check["name"], check["passed"]) == ("maze_path", True)
    assert data["data"]["path"] == [[0, 0], [0, 1], [1, 1], [1, 2], [2, 2]]
    assert data["answer"] == "\n".join(data["data"]["grid"]) == "So#\n#oo\n##G"
    wrong = reply_data(running, {"task": "maze", "puzzle": "S.\n..."})
    assert wrong["error"]["code"] == "invalid_request"
    assert "row 2 has 3 cells" in wrong["error"]["fields"][0]["problem"]
    large = reply_data(running, {"task": "maze", "puzzle": "S" + "." * 30 + "G"})
    assert (large["model_name"], large["data"]["steps"]) == ("trm:maze", 31)
    for name in (
        maze_network,
        "trm:step_7",
        "trm:/etc/other",
    ):  # by its path, or as replies show it
        asked = {"task": "maze", "puzzle": "S" + "." * 30 + "G", "model": name}
        refused = reply_data(running, asked)
        assert refused["error"]["code"] == "model_refused"
        known = name != "trm:/etc/other"
        assert ("not for mazes of 1x32" in refused["error"]["message"]) == known
    folder = maze_network.removeprefix("trm:").removesuffix("/step_7")
    assert folder not in refused["error"]["message"]
    assert folder not in json.dumps(running.service.backends)


ARC = {"id": "aa", "input": [[1, 2], [3, 4]]}


def arc_network(folder: Path) -> str:
    """Return a tiny random network of the official layout for ARC, and the puzzles it knows."""
    path = write_grid_checkpoint(folder, vocabulary=12, identifiers=4)
    names = ["<blank>", "aa", "aa|||t1|||0123456789", "aa|||t4|||0213456789"]
    (folder / "identifiers.json").write_text(json.dumps(names))
    return f"trm:{path}"


def test_a_known_arc_puzzle_is_answered_by_votes(run: Run, tmp_path: Path) -> None:
    network = arc_network(tmp_path)
    running = run(TRM_MODEL_NAME=network)
    data = reply_data(running, {"task": "arc", "puzzle": ARC})
    assert data["model_name"] == "trm:step_7"
    assert data["confidence_method"] == "augmentation_votes"
    assert data["calibrated"] is False
    found = data["data"]
    assert found["grid"] == found["candidates"][0]["grid"]
    assert data["confidence"] == pytest.approx(found["candidates"][0]["votes"] / found["voted"])
    assert data["reflection_steps"] == len(data["reflection_trace"]) >= 1
    unseen = reply_data(running, {"task": "arc", "puzzle": {**ARC, "id": "zz"}})
    assert unseen["error"]["code"] == "model_refused"
    assert "need a trained embedding" in unseen["error"]["message"]


def test_an_arc_puzzle_in_the_form_of_the_files(run: Run, tmp_path: Path) -> None:
    running = run(TRM_MODEL_NAME=arc_network(tmp_path))
    direct = reply_data(running, {"task": "arc", "puzzle": ARC})["data"]
    pair = {"input": [[1, 2], [3, 4]], "output": [[1]]}
    one = {"train": [pair, pair], "test": [{"input": ARC["input"]}]}
    for puzzle in ({"id": "aa", **one}, {"aa": one}):
        assert reply_data(running, {"task": "arc", "puzzle": puzzle})["data"] == direct
    two = {"id": "aa", "train": [pair], "test": [{"input": ARC["input"]}, {"input": [[5]]}]}
    data = reply_data(running, {"task": "arc", "puzzle": two})
    found = data["data"]
    assert {key: value for key, value in found.items() if key != "tests"} == direct
    assert found["tests"][0] == direct
    assert len(found["tests"]) == 2
    shares = [test["candidates"][0]["votes"] / test["voted"] for test in found["tests"]]
    assert data["confidence"] == pytest.approx(min(shares))
    assert [step["step"] for step in data["reflection_trace"]] == list(
        range(1, data["reflection_steps"] + 1)
    )


@pytest.mark.parametrize(
    ("puzzle", "fields"),
    [
        ([[1]], ["puzzle"]),
        ({"id": "aa"}, ["puzzle.input"]),
        ({"id": 5}, ["puzzle.input", "puzzle.id"]),
        ({"id": "aa", "input": [[11]]}, ["puzzle"]),
        ({"id": "aa", "train": [], "test": []}, ["puzzle.test"]),
        ({"id": "aa", "test": {"input": [[1]]}}, ["puzzle.test"]),
        ({"id": "aa", "test": [{"input": [[1]]}, {"output": [[1]]}]}, ["puzzle.test"]),
        ({"train": [], "test": [{"input": [[1]]}]}, ["puzzle.id"]),
        ({"id": "aa", "test": [{"input": [[11]]}]}, ["puzzle"]),
    ],
)
def test_what_is_no_arc_puzzle_is_refused(
    run: Run, tmp_path: Path, puzzle: object, fields: list[str]
) -> None:
    running = run(TRM_MODEL_NAME=arc_network(tmp_path))
    data = reply_data(running, {"task": "arc", "puzzle": puzzle})
    assert [item["field"] for item in data["error"]["fields"]] == fields


def test_arc_needs_a_network_and_the_names_of_its_puzzles(run: Run, tmp_path: Path) -> None:
    without = reply_data(run(), {"task": "arc", "puzzle": ARC})
    assert without["error"]["code"] == "model_refused"
    assert "set TRM_MODEL_NAME to one that was trained" in without["error"]["message"]
    network = arc_network(tmp_path)
    (tmp_path / "identifiers.json").unlink()
    unnamed = reply_data(run(TRM_MODEL_NAME=network), {"task": "arc", "puzzle": ARC})
    assert unnamed["error"]["code"] == "model_refused"
    assert "identifiers.json is missing" in unnamed["error"]["message"]


def alone(**environment: str) -> Service:
    """Return the function around what the environment names, not yet started."""
    return Service(load_settings(environment), log=Log("ERROR", io.StringIO()))


def test_a_network_alone_is_ready_and_refuses_text() -> None:
    service = alone(TRM_MODEL_NAME="trm:sudoku-6x6")
    service.start()
    assert service.chain.wait(60)
    assert service.state == (True, "ready: trm:sudoku-6x6 on trm")
    six = "..5.2.6.23.531.25.2.61.3423.6...1.3."
    reply = service.handler.handle(request_event({"task": "sudoku", "puzzle": six}))
    assert reply is not None and reply.get_type().endswith(".completed")
    assert data_in(reply)["model_name"] == "trm:sudoku-6x6"
    for asked in (
        {"prompt": "Hello"},
        {"prompt": "Which?", "choices": ["a", "b"]},
    ):
        refused = service.handler.handle(request_event(asked, id=str(asked)))
        assert refused is not None
        assert data_in(refused)["error"]["code"] == "model_refused"
    service.close()


@pytest.mark.parametrize("name", ["sudoku", "maze"])
def test_a_grid_network_alone_is_ready_without_torch(name: str) -> None:
    program = f"""
import sys
from function.service import Service
from function.settings import load_settings
service = Service(load_settings({{"TRM_MODEL_NAME": "trm:{name}"}}))
service.start()
assert service.chain.wait(60) and service.state == (True, "ready: trm:{name} on trm")
service.close()
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120, capture_output=True)


def test_a_network_that_is_none_is_told_at_the_start() -> None:
    service = alone(TRM_MODEL_NAME="trm:sudoku-7x7")
    service.start()
    assert not service.chain.wait(60)
    ready, told = service.state
    assert not ready
    assert "sudoku-7x7 is neither a shipped network (alert-triage, maze, sudoku, " in told
    service.close()


def test_a_network_alone_never_loads_a_text_engine() -> None:
    program = """
import sys
from function.service import Service
from function.settings import load_settings
service = Service(load_settings({"TRM_MODEL_NAME": "trm:sudoku-6x6"}))
service.start()
assert service.chain.wait(60), service.state
service.close()
assert "torch" not in sys.modules
assert not {"xllamacpp", "transformers", "huggingface_hub"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120, capture_output=True)


def test_text_requests_do_not_load_the_network() -> None:
    program = (
        "import sys\n"
        "from function.tasks.registry import NativeTasks\n"
        "from function.trm.registry import Networks\n"
        "NativeTasks(Networks()).close()\n"
        "assert 'torch' not in sys.modules and 'function.trm.network' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def text_network(folder: Path, **changes: Any) -> str:
    """Return a random network of the layout of ordlibrary/x402, with its one layer and its
    cycles."""
    arch = {
        "name": "recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1",
        "H_cycles": 2, "L_cycles": 2, "L_layers": 1, "hidden_size": 32, "num_heads": 4,
        "expansion": 4, "pos_encodings": "rope", "mlp_t": False, "puzzle_emb_ndim": 32,
        "puzzle_emb_len": 16, "halt_max_steps": 3,
    } | changes  # fmt: skip
    sizes = {"seq_len": 512, "vocab_size": 258, "expansion": 4.0}
    torch.manual_seed(4)
    model = TinyRecursiveModel(NetworkConfig.from_dict({**arch, **sizes}))
    return f"trm:{write_official(folder, model, arch)}"


@pytest.fixture
def text_service(tmp_path: Path) -> Iterator[Service]:
    """Yield the function around a network over bytes and nothing else."""
    service = alone(TRM_MODEL_NAME=text_network(tmp_path))
    service.start()
    assert service.chain.wait(60)
    yield service
    service.close()


def data_of(service: Service, asked: dict[str, Any]) -> dict[str, Any]:
    reply = service.handler.handle(request_event(asked, id=json.dumps(asked)[:200]))
    assert reply is not None
    found = reply.get_data()
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "asked",
    [
        {"prompt": "What is x402?"},
        {"prompt": "¿Qué?", "task": "text"},
        {"prompt": "é" * 256, "model": "trm:step_100"},
        {"messages": [{"role": "user", "content": "Hello"}]},
    ],
)
def test_a_prompt_is_answered_by_a_network_over_bytes(
    text_service: Service, asked: dict[str, Any]
) -> None:
    data = data_of(text_service, asked)
    assert (data["model_name"], data["backend"]) == ("trm:step_100", "trm")
    assert (data["confidence_method"], data["calibrated"]) == ("halting", False)
    assert 0 < data["confidence"] < 1
    assert data["stop_reason"] in ("confident", "max_steps")
    assert data["reflection_trace"][-1]["refined_answer"] == data["answer"]
    assert data["reflection_steps"] == len(data["reflection_trace"]) >= 1
    assert data["tokens_used"] <= 2 * 512


def test_what_a_network_over_bytes_cannot_answer(text_service: Service) -> None:
    long = data_of(text_service, {"prompt": "é" * 257})
    assert long["error"]["code"] == "model_refused"
    assert "514 bytes do not fit 512 positions" in long["error"]["message"]
    formed = {"prompt": "x", "response_format": {"type": "json_object"}}
    assert "cannot follow a format" in data_of(text_service, formed)["error"]["message"]
    checked = data_of(text_service, {"prompt": "x", "checks": {"must_contain": ["zebra"]}})
    assert (checked["confidence"], checked["confidence_method"]) == (0.0, "failed_checks")
    choose = data_of(text_service, {"prompt": "x", "choices": ["a", "b"]})
    assert choose["error"]["code"] == "model_refused"
    assert data_of(text_service, {"task": "sudoku", "puzzle": PUZZLE})["model_name"] == "trm:sudoku"


def test_text_goes_to_text_models_beside_another_network(run: Run, maze_network: str) -> None:
    running = run(TRM_MODEL_NAME=maze_network)
    running.service.networks.open(maze_network.removeprefix("trm:"))
    assert reply_data(running, {"task": "text", "prompt": "x"})["backend"] != "trm"


@pytest.mark.parametrize("text", ["", "a", "¿Qué es x402? 🙂", "x" * 512])
def test_a_text_is_the_same_after_its_symbols(text: str) -> None:
    tokens = to_tokens(text.encode(), 512)
    assert tokens.max(initial=0) <= 257
    assert from_tokens(tokens) == text


def test_an_answer_ends_where_the_network_ends_it() -> None:
    written = to_tokens(b"  pay per call", 512)
    written[14:] = to_tokens(b"untrained" * 55, 498)
    written[14] = 1
    assert from_tokens(written) == "pay per call"
    written[:2] = 0  # padding in front, as where a network leaves the prompt's place empty
    assert from_tokens(written) == "pay per call"
    written[2] = 0xFF + 2
    assert from_tokens(written) == "\ufffday per call"
