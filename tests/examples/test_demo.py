"""The demo says "as asked" only of replies that pass every check and say what the facts say."""

from __future__ import annotations

from typing import Any

import pytest

from examples.demo import SCENES, SUDOKU, Scene, verdict

SOLVED = (
    "534678912672195348198342567859761423426853791"
    "713924856961537284287419635345286179"
)  # fmt: skip


def scene(words: str) -> Scene:
    (found,) = (each for each in SCENES if words in each.title)
    return found


def reply(answer: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "answer": answer, "data": None, "choice": None, "checks": [], "reflection_trace": [],
        **fields,
    }  # fmt: skip


REPAIR = {"accepted": True, "failed_checks": ["must_contain"]}
RESTART = {"parameters": {"name": "api-7c9d", "namespace": "shop", "type": "pod"}}
CRITICAL = {"status": "Critical", "score": 0.24}


@pytest.mark.parametrize(
    ("title", "given", "good"),
    [
        ("context answers", reply("It is 3.1 %."), True),
        ("context answers", reply("It is 4 %."), False),
        ("repaired", reply("It is Loki: 3.1 %.", reflection_trace=[REPAIR]), True),
        ("repaired", reply("It is Loki."), False),
        ("repaired", reply("Tempo", reflection_trace=[REPAIR]), False),
        ("triaged", reply(choice="pod-restart", data=RESTART), True),
        ("triaged", reply(choice="pod-restart", data={"parameters": {}}), False),
        ("triaged", reply(choice="none"), False),
        ("report", reply(data=CRITICAL), True),
        ("report", reply(data={**CRITICAL, "status": "Healthy"}), False),
        ("report", reply(data={"status": "Critical"}), False),
        ("sudoku", reply(SOLVED), True),
        ("sudoku", reply(SOLVED[::-1]), False),
        ("sudoku", reply(SUDOKU), False),
        ("sudoku", reply("no"), False),
        ("func invoke", reply("Hello."), True),
        ("func invoke", reply(" "), False),
    ],
)
def test_verdicts(title: str, given: dict[str, Any], good: bool) -> None:
    assert (verdict(scene(title), given) == "") is good


@pytest.mark.parametrize("each", SCENES, ids=lambda each: each.title)
def test_a_failed_check_is_never_as_asked(each: Scene) -> None:
    right = reply("It is Loki: 3.1 %.", reflection_trace=[REPAIR])
    failed = {**right, "checks": [{"name": "language", "passed": False, "reason": "not English"}]}
    assert verdict(each, failed) == "language failed: not English"
