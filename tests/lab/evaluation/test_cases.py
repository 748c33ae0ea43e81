"""Cases and expectations: what counts as right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from function.contract import InferenceRequest, parse_request
from function.errors import ConfigurationError
from lab.evaluation.cases import Case, Expectation, read_suite


def complete(request: InferenceRequest) -> InferenceRequest:
    return request


def case(expect: dict[str, Any] | None = None, **request: Any) -> Case:
    return Case(
        id="c-1",
        agent="nobody",
        language="en",
        request={"prompt": "Why?", **request},
        expect=Expectation(**(expect or {})),
    )


@pytest.mark.parametrize(
    ("expect", "answer", "right"),
    [
        ({}, "anything", True),
        ({"choice": "scale"}, "scale", True),
        ({"choice": "scale"}, "Scale", False),
        ({"numbers": ["3.1 %"]}, "It is 0.031.", True),
        ({"numbers": ["3.1 %"]}, "It is 3.2 %.", False),
        ({"numbers": ["R$ 199,90"]}, "Custa R$ 199,90.", True),
        ({"any_of": [["Grafana", "Prometheus"]]}, "Look at grafana", True),
        ({"any_of": [["Grafana"], ["Loki"]]}, "Look at Grafana", False),
        ({"any_of": [["não"]]}, "Nao.", True),
        ({"none_of": ["error"]}, "No ERROR", False),
        ({"fields": {"wine.name": "Serra Alta"}}, '{"wine": {"name": "serra alta"}}', True),
        ({"fields": {"wine.name": "Serra"}}, '{"wine": {"name": "Serra Alta"}}', False),
        ({"fields": {"wine.name": "Serra"}}, '{"wine": {}}', False),
        ({"fields": {"a": [1, 2]}}, '{"a": 2}', True),
        ({"fields": {"a": True}}, '{"a": 1}', False),
        ({"fields": {"a": None}}, '{"a": null}', True),
        ({"fields": {"a": 1}}, "no JSON", False),
    ],
)
def test_what_is_right(expect: dict[str, Any], answer: str, right: bool) -> None:
    assert (Expectation(**expect).wrong(answer) == "") is right


def test_the_checks_of_the_request_have_to_pass_as_well() -> None:
    asked = case({"numbers": ["5"]}, checks={"max_words": 2})
    wrong = asked.judge(asked.asked(complete))
    assert wrong("It 5") == ""
    assert "words" in wrong("It is 5")
    assert wrong("It is") != ""


def test_the_request_is_completed_by_its_agent() -> None:
    asked = case().asked(lambda request: request.model_copy(update={"seed": 7}))
    assert (asked.seed, asked.agent) == (7, "nobody")
    assert asked.prompt == parse_request({"prompt": "Why?"}).prompt


def line(**fields: Any) -> str:
    return json.dumps({**case().model_dump(), **fields})


def test_a_suite_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(line() + "\n" + line(id="c-2") + "\n")
    assert [each.id for each in read_suite(str(path), complete)] == ["c-1", "c-2"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (line() + "\n" + line(), "the ids must differ"),
        (line() + "\nno JSON", "line 2"),
        (line(more=1), "line 1"),
        (line(request={}), "line 1"),
        ("", "has no cases"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_a_broken_suite_says_where(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ConfigurationError, match=problem) as refusal:
        read_suite(str(path), complete)
    assert "\n" not in str(refusal.value)


def test_no_suite_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="no suite nothing"):
        read_suite("nothing", complete)
