"""Tasks of the native TRM, asked for by events and answered with the shipped networks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Running
from tests.scripted import ScriptedModel

Run = Callable[..., Running]

PUZZLE = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"


def reply_data(running: Running, data: dict[str, Any]) -> dict[str, Any]:
    data = {"task": "sudoku", **data}
    found = running.reply(data).get_data()
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
    assert (data["model_name"], data["backend"]) == ("trm:sudoku-9x9", "trm")
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


def test_a_size_without_a_network_is_refused_for_good(run: Run) -> None:
    data = reply_data(run(), {"puzzle": "1" + "." * 15})
    assert data["error"]["code"] == "model_refused"
    assert "4x4" in data["error"]["message"]


def test_a_task_that_nobody_serves_is_refused(run: Run) -> None:
    data = reply_data(run(), {"task": "maze", "puzzle": "S.G"})
    assert data["error"]["code"] == "model_refused"
    assert "maze" in data["error"]["message"]


def test_text_requests_do_not_load_the_network() -> None:
    program = (
        "import sys\n"
        "from function.native.tasks import NativeTasks\n"
        "NativeTasks().close()\n"
        "assert 'torch' not in sys.modules and 'function.trm.network' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
