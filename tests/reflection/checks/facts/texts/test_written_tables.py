"""Tables and logs that stand as text are verified like any other facts."""

from __future__ import annotations

from typing import Any

import pytest

from function.contract import parse_request
from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.verify import expected_of

ROOMS = (
    "| room | seats | floor |\n|---|---|---|\n| Elbe | 14 | 2 |\n"
    "| Saale | 6 | 1 |\n| Ilm | 22 | 1 |"
)
WINES = "vinho;safra;estoque\nTannat Sul;2019;4\nSerra Merlot;2021;0\nVale Branco;2022;11"
PETS = "pet,kg,owner\nRex,31,Ana\nMia,4,Bo\nLou,12,Cy"
LOG = (
    "08:00:01 INFO reader started\n08:02:10 ERROR disk sdb not found\n08:02:40 WARN retry in 30 s\n"
    "08:03:10 ERROR disk sdb not found\n08:05:00 INFO disk sdb mounted"
)
CATCH = "skipper,fish,eur\nUlf,cod,1200\nSiv,crab,310\nUlf,hake,95"
SALES = "- Kiosk: Monday, 120 EUR\n- Barge: Monday, 80 EUR\n- Kiosk: Tuesday, 30 EUR"
FEIRA = "- Ilha: sábado, R$ 1.300\n- Serra: sábado, R$ 900\n- Ilha: domingo, R$ 450"
DOOR = ["07:10 gate opened", "07:25 van leaves", "09:02 gate closed", "11:40 gate opened"]
AULAS = "Registro:\n[09:00] aula de ioga\n[10:30] aula de pilates\n[18:00] aula de boxe"


def demand(question: str, text: str, context: dict[str, Any] | None = None) -> Expected | None:
    prompt = f"{question}\n\n{text}" if text else question
    return expected_of(parse_request({"prompt": prompt, "context": context or {}}))


@pytest.mark.parametrize(
    ("question", "text", "stated"),
    [
        ("Which room has the most seats?", ROOMS, "Ilm"),
        ("Which room has the fewest seats?", ROOMS, "Saale"),
        ("How many seats does room Elbe have?", ROOMS, "14"),
        ("How many rooms have more than 10 seats?", ROOMS, "2"),
        ("How many rooms are there?", ROOMS, "3"),
        ("Which pet has the lowest kg?", PETS, "Mia"),
        ("Who is the owner of Mia?", PETS, "Bo"),
        ("Qual é a safra do vinho Serra Merlot?", WINES, "2021"),
        ("Quantos vinhos tem?", WINES, "3"),
        ("How many errors are there?", LOG, "2"),
        ("How many warnings are in the log?", LOG, "1"),
        ("When was the disk mounted?", LOG, "08:05:00"),
        ("When did the reader start?", LOG, "08:00:01"),
        ("At what time was the disk first not found?", LOG, None),
        ("When was the last error?", LOG, "08:03:10"),
        ("When was the first error?", LOG, "08:02:10"),
        ("When was the error?", LOG, None),
        ("A que horas é a aula de boxe?", AULAS, "18:00"),
        ("Total of what Ulf was paid, please.", CATCH, "1295"),
        ("Total of what Ulf caught, please.", CATCH, None),
        ("How much did the stand Kiosk sell?", SALES, "150 EUR"),
        ("Qual a soma das vendas da barraca Ilha?", FEIRA, "R$ 1750"),
        ("Which room is the nicest?", ROOMS, None),
        ("How many chairs are broken?", ROOMS, None),
        ("How many errors came from sdb?", LOG, None),
        ("When will the disk be mounted again?", LOG, None),
        ("Why was the disk not found?", LOG, None),
        ("How long did the disk take to be mounted?", LOG, None),
        ("Which room has the most seats?", "One line.\nAnother line, with a comma.", None),
    ],
)
def test_what_a_text_of_lines_says_is_asked_for(
    question: str, text: str, stated: str | None
) -> None:
    found = demand(question, text)
    if stated is None:
        assert found is None
        return
    assert found is not None
    assert stated in found.stated and found.is_met(found.stated)
    assert not found.is_met("It is Vltava, 77.")


@pytest.mark.parametrize(
    ("question", "context", "stated"),
    [
        ("When was the gate closed?", {"log": DOOR}, "09:02"),
        ("When did the van leave?", {"log": DOOR}, "07:25"),
        ("When was the gate opened?", {"log": DOOR}, None),
        ("When was the gate last opened?", {"log": DOOR}, "11:40"),
        ("How many errors are there?", {"output": LOG}, "2"),
        ("Which room has the most seats?", {"house": {"plan": ROOMS}}, "Ilm"),
    ],
)
def test_the_lines_may_be_a_field(
    question: str, context: dict[str, Any], stated: str | None
) -> None:
    found = demand(question, "", context)
    if stated is None:
        assert found is None
    else:
        assert found is not None and stated in found.stated
