"""Lines that a request demands of the facts."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import InferenceRequest
from function.deadline import NO_DEADLINE
from function.reflection.checks.facts.verify import expected_of
from function.reflection.loop import answer
from tests.scripted import Call, ScriptedModel

HIVES = {"hives": [{"hive": "North", "frames": 9, "queen": True},
                   {"hive": "Pond", "frames": 7, "queen": False}]}  # fmt: skip
MAST = {"mast": {"height": "18 m", "stays": 4, "painted": False}}


def asked(prompt: str, context: dict[str, Any]) -> InferenceRequest:
    return InferenceRequest.model_validate({"prompt": prompt, "context": context})


def stated(prompt: str, context: dict[str, Any]) -> str:
    found = expected_of(asked(prompt, context))
    return found.stated if found is not None and found.check == "asked_lines" else ""


@pytest.mark.parametrize(
    ("prompt", "context", "lines"),
    [
        ("Write HEIGHT= and PAINTED= for the config.", MAST, "HEIGHT=18 m\nPAINTED=false"),
        ("Reply with key: value lines: stays, height.", MAST, "stays: 4\nheight: 18 m"),
        ("CSV with header hive,frames, one row a hive.", HIVES, "hive,frames\nNorth,9\nPond,7"),
        ("Faça uma tabela com as colunas hive e queen.", HIVES,
         "| hive | queen |\n|---|---|\n| North | true |\n| Pond | false |"),
        ("PLACA=... e DOCA=..., uma por linha. O navio de placa QX-71 está na doca 4.", {},
         "PLACA=QX-71\nDOCA=4"),
    ],
)  # fmt: skip
def test_the_lines_that_are_demanded(prompt: str, context: dict[str, Any], lines: str) -> None:
    assert stated(prompt, context) == lines


@pytest.mark.parametrize(
    ("prompt", "context"),
    [
        ("Write HEIGHT= and COLOUR= for the config.", MAST),
        ("CSV with header hive,frames, without Pond.", HIVES),
        ("CSV with header hive,weight.", HIVES),
        ("Which table is free?", HIVES),
        ("Make a table of the hives.", HIVES),
        ("CSV with columns hive and note.", {"hives": [{"hive": "A", "note": "x, y"},
                                                      {"hive": "B", "note": "z"}]}),
    ],
)  # fmt: skip
def test_what_the_facts_do_not_give_whole(prompt: str, context: dict[str, Any]) -> None:
    assert stated(prompt, context) == ""


def test_blanks_and_fences_do_not_matter() -> None:
    found = expected_of(asked("CSV with header hive,frames, one row a hive.", HIVES))
    assert found is not None
    assert found.is_met("```csv\nhive, frames\nNorth, 9\n\nPond, 7\n```")
    assert not found.is_met("hive,frames\nPond,7\nNorth,9")
    assert not found.is_met("hive,frames\nNorth,9")


def test_lines_that_a_model_does_not_write_are_composed() -> None:
    def say(call: Call) -> str:
        return "The mast is high and has stays."

    outcome = answer(
        asked("Write HEIGHT= and STAYS= for the config.", MAST),
        ScriptedModel(say=say),
        NO_DEADLINE,
        1,
    )
    assert outcome.answer == "HEIGHT=18 m\nSTAYS=4"
    assert outcome.filled_fields == ["answer"]
