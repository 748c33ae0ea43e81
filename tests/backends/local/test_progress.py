"""An engine that makes no progress is told from one that is slow."""

from __future__ import annotations

import io
from dataclasses import dataclass

from function.backends.local.progress import Progress
from function.backends.registry import Member
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.scripted import ScriptedModel


def test_the_silence_is_that_of_the_call_which_moved_least_recently() -> None:
    now = [0.0]
    progress = Progress(clock=lambda: now[0])
    assert progress.silence == 0.0
    with progress.call() as first:
        now[0] = 3.0
        with progress.call():
            assert progress.silence == 3.0
            first()
            now[0] = 7.0
            first()
            assert progress.silence == 4.0
        assert progress.silence == 0.0
    now[0] = 100.0
    assert progress.silence == 0.0


def test_a_call_that_fails_is_over() -> None:
    now = [0.0]
    progress = Progress(clock=lambda: now[0])
    try:
        with progress.call():
            raise RuntimeError
    except RuntimeError:
        now[0] = 50.0
    assert progress.silence == 0.0


@dataclass
class Engine(ScriptedModel):
    """A model whose engine can be watched."""

    silence: float = 0.0


def test_the_service_says_which_engine_does_not_move() -> None:
    engine = Engine()
    service = Service(
        load_settings({"TRM_MAX_DEADLINE_MS": "10000"}),
        [Member("other", ScriptedModel), Member("embedded", lambda: engine)],
        Log("ERROR", io.StringIO()),
        stuck_seconds=30.0,
    )
    service.start()
    assert service.chain.wait(20)
    engine.silence = 40.0
    assert service.stuck is None
    engine.silence = 41.0
    assert service.stuck == "the engine of embedded does not move"
    service.close()
