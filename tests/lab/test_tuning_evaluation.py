"""Validation examples answered by a scripted model, through the reflection loop."""

from __future__ import annotations

import json
from pathlib import Path

from function.backends.local.embedded import embedded_weights
from lab.tuning.base import Base
from lab.tuning.case import Case
from lab.tuning.evaluation import answered
from lab.tuning.generator import record_of
from lab.tuning.rendering import render
from tests.scripted import ScriptedModel


def test_right_answers_count_and_failed_checks_do_not(tmp_path: Path) -> None:
    base = Base(embedded_weights())
    data = {"prompt": "How many?", "context": {"n": 3}, "checks": {"grounded_numbers": True}}
    case = Case("facts", "en", data, "There are 3 of them.", keys=("3",))
    path = tmp_path / "validation.jsonl"
    path.write_text((json.dumps(record_of(render(case, base), "plain")) + "\n") * 2, "utf-8")
    model = ScriptedModel(["There are 3 of them.", "There are 3 of the 14."])
    right, wrong = answered(path, model, 5, 0)
    assert (right["right"], right["failed"]) == (True, [])
    assert (wrong["right"], wrong["failed"]) == (False, ["grounded_numbers"])
    assert right["wanted"] == "There are 3 of them."
