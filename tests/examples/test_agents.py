"""The agents' programs ask everything and get every reply, whatever the model says."""

from __future__ import annotations

import importlib

import pytest

from agent_trm import TRMResponse
from examples.agents.__main__ import AGENTS, main
from examples.agents.agent import Agent, Outcome, chooses, has, says, says_one_of
from examples.agents.table import table
from examples.demo import NOT_AS_ASKED
from function.profiles.registry import shipped_profiles
from tests.adapters import scripted


def response(answer: str = "", **fields: object) -> TRMResponse:
    given = {"reflection_steps": 0, "duration_ms": 1, "tokens_used": 1, "model_name": "none"}
    return TRMResponse.model_validate({"answer": answer, **given, **fields})


def agent(module: str) -> Agent:
    found = importlib.import_module(f"examples.agents.{module}").AGENT
    assert isinstance(found, Agent)
    return found


def test_all_agents_get_a_reply_to_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bruno", "restaurant", "store"], scripted("gunicorn")) == NOT_AS_ASKED
    asked = sum(len(agent(name).asks) for name in ("bruno", "restaurant", "store"))
    assert f"{asked} requests, {asked} replies" in capsys.readouterr().out


def test_an_agent_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chess"]) == 2
    assert "chess" in capsys.readouterr().err


@pytest.mark.parametrize("module, name", AGENTS.items())
def test_the_agents_go_by_the_names_of_their_profiles(module: str, name: str) -> None:
    assert agent(module).name == name
    profiles = set(shipped_profiles())
    for ask in agent(module).asks:
        assert ask.request.agent is None or ask.request.agent in profiles
        assert (ask.request.agent or name).startswith(name)


def test_the_roles_that_agents_play() -> None:
    roles = {ask.request.agent for ask in agent("restaurant").asks}
    assert roles == {f"agent-restaurant-{role}" for role in ("host", "waiter", "sommelier", "chef")}
    tasks = [ask.request.task for ask in agent("reasoning").asks]
    assert "sudoku" in tasks


def test_judgements() -> None:
    assert says("3.1")(response("it is 3.1 %")) == ""
    assert says("3.1", "Loki")(response("it is 3.1 %")) == "does not say Loki"
    assert says_one_of("Grafana", "Loki")(response("see grafana")) == ""
    assert says_one_of("Grafana")(response("no")) == "says none of Grafana"
    assert chooses("none")(response(choice="none")) == ""
    assert chooses("none")(response(choice="pod-restart")) == "should be none"
    assert has(status=("Warning", "Critical"))(response(data={"status": "Critical"})) == ""
    assert has(status="Critical")(response(data={"status": "Healthy"})) == "status is 'Healthy'"
    assert has(status="Critical")(response()) == "no JSON"


def test_the_table_shows_what_is_wrong() -> None:
    checks = [{"name": "must_contain", "passed": False}, {"name": "language", "passed": True}]
    shown = table(
        [
            Outcome(
                "agent-a", "asks", "yes", checks, 2, 0.5, "failed_checks", "m (b)", 1.25, "bad"
            ),
            Outcome("agent-b", "asks too", problem="nothing came"),
        ]
    )
    assert "yes [bad]" in shown and "1/2, must" in shown and "1.2 s" in shown
    assert "nothing came" in shown and "unknown" in shown
    assert max(map(len, shown.splitlines())) <= 165
