"""What the lines of a log decide is what an answer must say; what they leave open is not."""

from __future__ import annotations

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

COPY = (
    "05:10:01 INFO copied plan.pdf\n05:10:02 ERROR write /mnt/b/photos.zip: no space left\n"
    "05:10:03 INFO copied notes.txt"
)
DOORS = "badge 14 accepted at lobby\nbadge 20 denied at vault\nbadge 14 accepted at garage"
FORJA = "[10:00] fase=corte ok\n[10:05] fase=solda erro: gás baixo\n[10:05] produção interrompida"
SSH = (
    "accepted login for ada from 10.1.1.7\nfailed login for admin from 198.51.100.9\n"
    "accepted login for bo from 10.1.1.8"
)
TIMES = "render a.blend 410 ms\nrender b.blend 95 ms\nrender c.blend 388 ms"
BUILD = "[1/3] fetch done\n[2/3] link error: symbol foo is undefined\n[3/3] pack skipped"
CHECKS = "check_oil ok\ncheck_brakes FAILED pad at 2 mm\ncheck_horn ok"
TIED = "render a.blend 410 ms\nrender b.blend 410 ms"
GATE = "06:00 gate opened\n06:20 gate closed\n07:00 gate opened\n07:05 alarm"
TENTATIVAS = "tentativa 1: ocupado\ntentativa 2: ocupado\ntentativa 3: atendida"


def demand(question: str, log: str) -> Expected | None:
    return expected_of(parse_request({"prompt": f"{question}\n\n{log}"}))


@pytest.mark.parametrize(
    ("question", "log", "value"),
    [
        ("Which file could not be written?", COPY, "/mnt/b/photos.zip"),
        ("Which badge was denied?", DOORS, "20"),
        ("Which badge opened the roof?", DOORS, None),
        ("Em que fase a produção parou?", FORJA, "solda"),
        ("Which address tried to log in as admin?", SSH, "198.51.100.9"),
        ("Which address logged in the most?", SSH, None),
        ("How long did the slowest render take?", TIMES, "410 ms"),
        ("How long did the fastest render take?", TIMES, "95 ms"),
        ("Which render was the slowest?", TIMES, "render a.blend"),
        ("How long did the slowest render take?", TIED, None),
        ("How many times was the gate opened?", GATE, "2"),
        ("How many times was the window opened?", GATE, None),
        ("Quantas tentativas houve antes de a ligação ser atendida?", TENTATIVAS, "2"),
        ("Which step failed, and why?", BUILD, "link"),
        ("Which check failed and what was the reason?", CHECKS, "check_brakes"),
        ("Which test failed?", f"{CHECKS}\n1 failed", None),
        ("Which step of the deploy failed?", BUILD, None),
        ("Which file was copied?", COPY, None),
        ("Which folder was copied?", COPY, None),
    ],
)
def test_what_the_lines_decide(question: str, log: str, value: str | None) -> None:
    found = demand(question, log)
    if value is None:
        assert found is None
        return
    assert found is not None and found.values == (value,)
    assert found.is_met(found.stated)
    assert found.is_met(f"It is {value}.") or "why" in question or "reason" in question


def test_what_another_line_has_is_refuted() -> None:
    found = demand("Which file could not be written?", COPY)
    assert found is not None
    assert not found.is_met("plan.pdf could not be written.")
    assert found.is_met("The archive photos.zip could not be written.")


def test_why_a_step_failed_is_said_as_well() -> None:
    found = demand("Which step failed, and why?", BUILD)
    assert found is not None
    assert found.is_met("The link step: foo is an undefined symbol.")
    assert not found.is_met("The link step failed.")
    assert not found.is_met("Fetch, for an undefined symbol.")
