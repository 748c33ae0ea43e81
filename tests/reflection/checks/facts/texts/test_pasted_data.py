"""Data that stand in a prompt as a program writes them are verified like a context."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.texts.pasted_data import pasted_data
from function.reflection.checks.facts.verify import expected_of

MANIFEST = (
    "kind: CronJob\nmetadata:\n  name: prune\n  namespace: tools\nspec:\n  schedule: 0 3 * * *"
)
UNIT = "Unit:       chrony\nState:      stopped\nMain PID:   771\nMemory:     3 MiB"
ENV = "SMTP_HOST=mail.lab\nSMTP_PORT=587\nRETRIES=4"
REPORT = '{"site": "attic", "probes": [{"id": "p1", "temp_c": 17}, {"id": "p2", "temp_c": 31}]}'


def stated(prompt: str) -> str | None:
    expected = expected_of(parse_request({"prompt": prompt}))
    return None if expected is None else expected.stated


@pytest.mark.parametrize(
    ("question", "data", "answer"),
    [
        ("In which namespace is prune?", MANIFEST, "tools"),
        ("What is the state of this unit?", UNIT, "stopped"),
        ("How much memory does it take?", UNIT, "3 MiB"),
        ("What is the SMTP port?", ENV, "587"),
        ("Which probe is the hottest?", REPORT, "p2"),
        ("How hot is p1?", REPORT, "17"),
        ("Who wrote this file?", ENV, None),
    ],
)
@pytest.mark.parametrize("prompt", ["{question}\n\n{data}", "{data}\n{question}",
                                    "```\n{data}\n```\n\n{question}"])  # fmt: skip
def test_a_question_about_data_in_the_prompt(
    question: str, data: str, answer: str | None, prompt: str
) -> None:
    found = stated(prompt.format(question=question, data=data))
    assert found is None if answer is None else answer in (found or "")


def test_a_json_text_may_stand_in_the_line_of_the_question() -> None:
    assert stated(f"Which probe is the coldest? {REPORT}") == "p1 (temp c: 17)."


@pytest.mark.parametrize(
    "prompt",
    [
        "Notes:\n- Shoes go below the bench.\n- Turn the knob twice.\n\nHow do I dim the lamp?",
        "Ana: are you there?\nBo: yes, who asks?",
        "a: &x\n  - 1\nb:\n  - *x\n  - *x\nWhat is b?",
        "b: !!python/object:os.system\n  - x\nc: 1\nWhat is b?",
        '{"a": ' + "[" * 3000 + "]" * 3000 + "}\nWhat is a?",
        "What is {this}?",
        "",
    ],
)
def test_what_is_no_data(prompt: str) -> None:
    assert pasted_data(prompt) is None


def test_times_and_versions_stay_as_they_are_written() -> None:
    found = pasted_data(
        "When does it open?\nopens: 08:10\nversion: 1.20\nsince: 2026-11-30\nsize: 4.5"
    )
    assert found is not None
    assert found.context == {
        "opens": "08:10",
        "version": "1.20",
        "since": "2026-11-30",
        "size": 4.5,
    }
