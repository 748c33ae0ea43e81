"""The shipped suites: they are what their generator writes, and what they should be."""

from __future__ import annotations

import json

import pytest

from function.profiles.registry import shipped_profiles
from lab.evaluation.cases import Case, read_suite
from lab.suites.__main__ import SUITES, texts

SHELF = shipped_profiles()
AGENTS = {
    "agent-bruno",
    "agent-sre",
    "agent-store",
    "agent-restaurant",
    "agent-screenshot",
    "agent-reasoning",
}


def suite(name: str) -> list[Case]:
    return read_suite(name, SHELF.complete)


def test_the_files_are_what_the_generator_writes() -> None:
    written = texts()
    assert {path.stem for path in SUITES.iterdir()} == set(written)
    for name, text in written.items():
        assert (SUITES / f"{name}.jsonl").read_text("utf-8") == text


def test_both_halves_have_all_agents_in_their_languages() -> None:
    assert len(suite("dev")) + len(suite("test")) >= 200
    for half in ("dev", "test"):
        cases = suite(half)
        assert {"-".join(case.agent.split("-")[:2]) for case in cases} == AGENTS
        languages = [case.language for case in cases]
        assert min(languages.count("en"), languages.count("pt")) >= 25
        assert all(case.agent in SHELF for case in cases)


def test_the_halves_share_no_request() -> None:
    dev, test = ({json.dumps(case.request) for case in suite(half)} for half in ("dev", "test"))
    assert not dev & test


def test_the_halves_share_no_alert_and_no_thing_that_is_asked_about() -> None:
    def names(half: str) -> set[str]:
        found: set[str] = set()
        for case in suite(half):
            context = case.request.get("context", {})
            found |= {context.get("labels", {}).get("alertname", "")}
            for key in ("menu", "wines", "products"):
                items = context.get(key, [])
                found |= {item if isinstance(item, str) else item["name"] for item in items}
            found |= set(context.get("metrics", {}) if case.agent == "agent-bruno" else ())
        return found - {""}

    dev, test = names("dev"), names("test")
    assert min(len(dev), len(test)) > 60
    assert not dev & test


@pytest.mark.parametrize("half", ["dev", "test"])
def test_an_injected_text_is_all_that_tells_twins_apart(half: str) -> None:
    cases = {case.id: case for case in suite(half)}
    twins = [case for case in cases.values() if case.twin]
    assert len(twins) >= 20
    for twin in twins:
        plain = cases[twin.twin or ""]
        assert plain.expect == twin.expect
        labels = plain.request["context"]["labels"]
        assert twin.request["context"]["labels"] == labels
        said, more = (
            case.request["context"]["annotations"]["description"] for case in (plain, twin)
        )
        assert more.startswith(f"{said} ") and len(more) > len(said) + 5


@pytest.mark.parametrize("half", ["dev", "test"])
def test_no_request_tells_its_own_answer(half: str) -> None:
    for case in suite(half):
        if case.expect.choice not in (None, "none") and case.twin is None:
            assert case.expect.choice not in json.dumps(case.request.get("context", {}))
