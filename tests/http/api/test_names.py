"""What ``model`` means: backends by their labels, which answer alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from function.errors import ModelUnavailable
from function.http.api.names import DEFAULT, ModelNames
from tests.conftest import Running
from tests.http.api.calls import call, running_on, value
from tests.scripted import Call, ScriptedModel

Run = Callable[..., Running]
CHAT = "/v1/chat/completions"
SONG = [{"role": "user", "content": "Sing a song."}]


def down(asked: Call) -> str:
    if asked.turns[-1].content == "Sing a song.":
        raise ModelUnavailable("the server is down", 7)
    return "ready"


def asked(running: Running, model: str, **fields: Any) -> Any:
    return call(running, "POST", CHAT, {"model": model, "messages": SONG, **fields})


def test_backends_are_listed_beside_profiles_and_tasks() -> None:
    with running_on(ScriptedModel(), ScriptedModel()) as running:
        listed = value(call(running, "GET", "/v1/models"))["data"]
        names = [each["id"] for each in listed]
        assert len(set(names)) == len(names)
        assert {"trm", "agent-sre", "sudoku", "m0", "m1"} <= set(names)
        assert value(call(running, "GET", "/v1/models/m1"))["id"] == "m1"
        tags = value(call(running, "GET", "/api/tags"))["models"]
        assert {"m0", "m1"} <= {each["name"] for each in tags}


def test_a_backend_that_is_named_answers_alone() -> None:
    first, second = ScriptedModel(["first"]), ScriptedModel(["second"])
    with running_on(first, second) as running:
        for model, answer in (("trm", "first"), ("m0", "first"), ("m1", "second")):
            reply = value(asked(running, model))
            assert reply["choices"][0]["message"]["content"] == answer
            assert [each["label"] for each in reply["trm"]["attempts"]] == [
                "m1" if model == "m1" else "m0"
            ]
            assert reply["trm"]["fallback_reason"] is None
            assert reply["trm"]["input_notes"] == []
        body = {"model": "m1", "prompt": "Sing a song.", "stream": False}
        assert value(call(running, "POST", "/api/generate", body))["response"] == "second"


@pytest.mark.parametrize("escalates", ["", "true"])
def test_no_other_one_answers_for_it(escalates: str) -> None:
    with running_on(ScriptedModel(say=down), ScriptedModel(["second"])) as running:
        answer = asked(running, "m0")
        error = value(answer)["error"]
        assert (answer.status, error["code"]) == (503, "unavailable")
        assert int(dict(answer.headers)["retry-after"]) >= 1
        assert value(asked(running, "trm"))["choices"][0]["message"]["content"] == "second"
    checks = {"must_contain": ["moon"]}
    with running_on(
        ScriptedModel(["first"]), ScriptedModel(["moon"]), TRM_ESCALATE=escalates
    ) as running:
        reply = value(asked(running, "m0", checks=checks, max_reflection_steps=1))
        assert reply["choices"][0]["message"]["content"] == "first"
        assert [each["label"] for each in reply["trm"]["attempts"]] == ["m0"]


def test_an_event_may_name_one_as_well() -> None:
    with running_on(ScriptedModel(["first"]), ScriptedModel(["second"])) as running:
        asked = {"prompt": "Sing a song.", "model": "m1", "strict": True}
        data: Any = running.reply(asked).get_data()
        assert data["answer"] == "second"


def test_a_name_that_is_close_to_a_backend_s_is_refused_with_it(run: Run) -> None:
    answer = asked(run(), "tests")
    assert answer.status == 404 and "is test meant?" in value(answer)["error"]["message"]


def test_profiles_and_tasks_keep_their_names(run: Run) -> None:
    running = run(TRM_MODELS="test", OLLAMA_MODEL="llama3.2:3b")
    names = ModelNames(running.service)
    listed = [each.name for each in names.listed]
    assert listed.count("test") == 1 and listed[0] == DEFAULT
    assert names.find("llama3.2:3b").fields == {}
    assert names.find("sudoku").fields == {"task": "sudoku"}
