"""Real requests: asked once, judged as their agents parse the answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from function.errors import ConfigurationError
from lab.evaluation.demands import Answer, failed, parse
from lab.evaluation.real import Line, judged, main, read_lines


def line(name: str = "r-1", **fields: Any) -> dict[str, Any]:
    given = {"id": name, "agent": "agent-sre", "role": "report", "form": "as_sent"}
    return {**given, "request": {"prompt": "Is it up?"}, "must": [{"nonempty": 1}], **fields}


@pytest.mark.parametrize(
    ("agent", "text", "value"),
    [
        ("agent-sre", 'Here you are:\n```json\n{"a": 1}\n```', {"a": 1}),
        ("agent-sre", 'It is {"a": {"b": 2}} now', {"a": {"b": 2}}),
        ("chef-marco", 'It is {"a": 1}', None),
        ("agent-screenshot", '```\n{"a": 1}\n```', {"a": 1}),
        ("sales-assistant", 'Claro: {"a": 1}.', {"a": 1}),
        ("agent-bruno", "It is up.", None),
    ],
)
def test_an_answer_is_parsed_as_the_agent_does(agent: str, text: str, value: Any) -> None:
    assert parse(agent, text) == value


@pytest.mark.parametrize(
    ("demand", "text", "wrong"),
    [
        ({"keys": ["a", "b"]}, '{"a": 1}', "b"),
        ({"enum": {"a": ["x"]}}, '{"a": "y"}', "y"),
        ({"equals": {"a": None}}, '{"a": null}', ""),
        ({"range": {"score": [0.9, 1.0]}}, '{"score": 0.5}', "0.5"),
        ({"range": {"score": [0.9, 1.0]}}, '{"score": true}', "True"),
        ({"min_words": {"a": 2}}, '{"a": "one"}', "short"),
        ({"grounded": 1}, '{"score": 7, "a": "12 of 13"}', "13"),
        ({"max_words": 2}, "one two three", "3 words"),
        ({"max_sentences": 1}, "One. Two.", "2 sentences"),
        ({"no_loop": 1}, "a b " * 20, "repeats"),
        ({"language": "pt"}, "It is what you have in the box.", "not pt"),
        ({"no_prefix": 1}, "Luna: Oi", "prefix"),
        ({"prices_known": ["89,90"]}, "R$ 89,90 e R$ 12,00", "12,00"),
        ({"lambda": "none"}, '{"lambda_function": null}', ""),
        ({"lambda": "none"}, '{"lambda_function": "none"}', "none"),
        ({"lambda": "pod-restart"}, '{"lambda_function": "pod-restart"}', ""),
        ({"params": {"name": "a"}}, '{"parameters": {"name": "b"}}', "b"),
        ({"params": {}}, '{"parameters": {"name": "b"}}', "b"),
        ({"wine": 1}, '{"wine": {"name": "Barolo", "vintage": "2016", "price": 180}}', ""),
        ({"wine": 1}, '{"wine": {"name": "Barolo", "vintage": "2016", "price": 28}}', "28"),
        ({"action": None}, '{"actions": []}', ""),
        ({"action": "youtube_search"}, '{"actions": []}', "[]"),
        ({"order": ["db", "api"]}, "api, db", "order"),
        ({"reasoning_response": 1}, "x", "steps"),
        ({"vuln": ["reentrancy"]}, '{"vulnerabilities": [{"type": "reentrancy"}]}', ""),
        ({"mentions_missing": 1}, "All is well", "missing"),
    ],
)
def test_each_demand(demand: dict[str, Any], text: str, wrong: str) -> None:
    found = failed([demand], Answer(text, parse("agent-sre", text), {}, "12"))
    assert (wrong in found[0]) if wrong else not found


def test_the_first_draft_is_judged_beside_the_answer() -> None:
    asked = Line(**line(must=[{"contains_any": ["up"]}]))
    reply = {
        "answer": "It is up.",
        "tokens_used": 9,
        "reflection_trace": [{"initial_answer": "It is blue.", "refined_answer": "It is up."}],
    }
    verdict = judged(asked, reply, 1.0)
    assert verdict.first and not verdict.last
    composed = judged(asked, {"answer": "It is up.", "withheld_answer": "It is blue."}, 1.0)
    assert composed.first and not composed.last
    assert judged(asked, {"error": "no"}, 1.0).last == ['failed: {"error": "no"}']


def test_an_alert_event_is_judged_by_the_fields_of_its_reply() -> None:
    alert = line(role="remediation", form="adapted", must=[{"lambda": "pod-restart"}])
    reply = {"answer": "pod-restart: name a", "data": {"lambda_function": "pod-restart"}}
    assert judged(Line(**alert), reply, 1.0).last == []


def test_requests_are_asked_once_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(json.dumps(line(f"r-{n}")) for n in range(4)))
    asked: list[dict[str, Any]] = []

    def ask(data: dict[str, Any]) -> dict[str, Any]:
        asked.append(data)
        return {"answer": "It is." if len(asked) > 1 else "", "tokens_used": 5}

    command = ["--requests", str(path), "--out", str(tmp_path)]
    main([*command, "--cases", "2"], ask)
    assert "| all | 2 | 1 | 1 (50%) | 0 | 5 |" in capsys.readouterr().out
    main(command, ask)
    assert len(asked) == 4
    assert "| agent-sre, as_sent | 4 | 3 | 3 (75%) |" in capsys.readouterr().out


def test_a_line_that_cannot_be_judged_is_named(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text(json.dumps(line(must=[{"poetry": 1}])))
    with pytest.raises(ConfigurationError, match="line 1: unknown demand poetry"):
        read_lines(path)
