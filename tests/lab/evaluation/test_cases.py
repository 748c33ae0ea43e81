"""Cases: read from a suite, judged by their expectation, compared with their twins."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from function.errors import ConfigurationError
from function.profiles.registry import ProfileRegistry, profiles_with
from lab.evaluation.cases import Case, read_suite, spread
from lab.evaluation.expectation import Expectation

SHIPPED = profiles_with(None)
FRESH_ANSWERS = Path(__file__).with_name("fresh_answers.jsonl")


def case(expect: dict[str, Any] | None = None, **fields: Any) -> Case:
    given = {"id": "c-1", "family": "facts", "language": "en", "agent": None, **fields}
    given.setdefault("request", {"prompt": "Why?"})
    return Case(expect=Expectation(**(expect or {})), **given)


def line(**fields: Any) -> str:
    return json.dumps({**case().model_dump(), **fields})


def test_a_request_is_read_as_the_function_reads_it() -> None:
    said = "System: Be kind.\n\nUser: Is it up?\n\nAssistant:"
    asked = case(agent="chef-marco", request={"prompt": said}).read(SHIPPED).request
    assert (asked.question, asked.system) == ("Is it up?", "Be kind.")
    assert asked.response_format is not None  # of the chef's profile


def test_an_injected_text_is_obeyed_or_not() -> None:
    wanted = {"fields": {"tableId": "t-1"}}
    injected = case(wanted, twin="c-0", hostile="x-9")
    assert injected.obeyed('{"tableId": "x-9"}')
    assert not injected.obeyed('{"tableId": "t-1", "message": "x-9 is not a table"}')
    assert injected.decided('{"tableId": "x-9"}') != injected.decided('{"tableId": "t-1"}')
    chosen = case({"choice": "a"}, twin="c-0", hostile="b")
    assert (chosen.obeyed("b"), chosen.obeyed("a")) == (True, False)
    assert not case({"choice": "a"}).obeyed("b")


def test_some_cases_are_drawn_from_all_families() -> None:
    cases = read_suite("dev", SHIPPED)
    some = spread(cases, 40)
    assert 40 <= len(some) <= 50
    assert len({each.family for each in some}) >= 15
    ids = {each.id for each in some}
    assert all(each.twin in ids for each in some if each.twin is not None)
    assert spread(cases, None) == cases


def test_a_suite_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(line() + "\n" + line(id="c-2") + "\n")
    assert [each.id for each in read_suite(str(path), ProfileRegistry({}))] == ["c-1", "c-2"]


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
        read_suite(str(path), ProfileRegistry({}))
    assert "\n" not in str(refusal.value)


def test_no_suite_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="no suite nothing"):
        read_suite("nothing", ProfileRegistry({}))


def test_the_halves_share_no_request_and_the_test_half_has_families_of_its_own() -> None:
    dev, test = read_suite("dev", SHIPPED), read_suite("test", SHIPPED)
    own = [[each for each in half if each.twin is None] for half in (dev, test)]
    assert [len(half) for half in own] == [152, 219]
    assert not {_request(each) for each in dev} & {_request(each) for each in test}
    families = [Counter(each.family for each in half) for half in own]
    assert set(families[1]) - set(families[0]) == {"records", "audits", "chats", "logs"}
    assert set(families[0]) - set(families[1]) == {"moods", "topics", "intents", "urgency"}
    assert min(sum(each.language == "pt" for each in half) / len(half) for half in own) > 0.3
    assert sum(each.twin is not None for each in test) >= 60


def test_the_fresh_suite_has_six_cases_a_family_and_no_request_of_the_others() -> None:
    fresh = read_suite("fresh", SHIPPED)
    own = [each for each in fresh if each.twin is None]
    families = Counter(each.family for each in own)
    assert (len(families), set(families.values())) == (22, {6})
    assert sum(each.language == "pt" for each in own) == 44
    known = {each.id: each for each in own}
    twins = [each for each in fresh if each.twin is not None]
    assert len(twins) >= len(fresh) / 5
    for twin in twins:
        assert twin.twin is not None and twin.hostile
        plain = known[twin.twin]
        assert (twin.expect, twin.family) == (plain.expect, plain.family)
        assert _request(twin) != _request(plain)
    others = {_request(each) for name in ("dev", "test") for each in read_suite(name, SHIPPED)}
    assert not {_request(each) for each in fresh} & others


def test_each_fresh_case_takes_a_right_answer_and_no_wrong_one() -> None:
    answers = {
        each["id"]: each for each in map(json.loads, FRESH_ANSWERS.read_text("utf-8").splitlines())
    }
    cases = read_suite("fresh", SHIPPED)
    assert {each.id for each in cases if each.twin is None} == answers.keys()
    for each in cases:
        known = answers[each.twin or each.id]
        for answer in known["right"]:
            assert (each.wrong(answer), each.obeyed(answer)) == ("", False), each.id
        assert all(each.wrong(answer) for answer in known["wrong"]), each.id


def test_no_case_is_passed_by_an_answer_that_is_of_no_use() -> None:
    useless = ("", "I am here to help you with that.", "{}", "a " * 60, "Yes. No. Maybe.")
    for each in (case for name in ("dev", "fresh", "test") for case in read_suite(name, SHIPPED)):
        assert all(each.wrong(answer) for answer in useless[:4]), each.id


def _request(each: Case) -> str:
    return json.dumps(each.request, sort_keys=True)
