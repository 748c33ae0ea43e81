"""The networks answer while no text model does."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NoReturn

import pytest

from function.backends.registry import Member
from function.errors import ModelUnavailable
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.conftest import Running

PUZZLE = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"
ALERT = {
    "status": "firing",
    "labels": {"alertname": "KubePodCrashLooping", "pod": "web-0", "namespace": "shop"},
}


def missing() -> NoReturn:
    raise ModelUnavailable("the server cannot be reached", 1)


@pytest.fixture
def running() -> Iterator[Running]:
    stream = io.StringIO()
    service = Service(load_settings({}), [Member("far", missing)], Log("DEBUG", stream))
    service.start()
    assert not service.chain.wait(10)
    yield Running(service, stream)
    service.close()


def test_a_replica_without_text_models_is_ready_and_says_for_what(running: Running) -> None:
    ready, told = running.service.state
    assert ready
    assert told.startswith("ready for alerts and puzzles only: ") and "cannot be reached" in told


@pytest.mark.parametrize(
    "data", [{"task": "sudoku", "puzzle": PUZZLE}, {"task": "alert_triage", "alert": ALERT}]
)
def test_networks_answer_without_a_text_model(running: Running, data: dict[str, object]) -> None:
    reply = running.reply(data).get_data()
    assert isinstance(reply, dict)
    assert reply["backend"] == "trm" and reply["answer"]


def test_text_is_refused_for_the_moment(running: Running) -> None:
    with pytest.raises(ModelUnavailable):
        running.reply({"prompt": "Who?"})
