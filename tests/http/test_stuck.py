"""Liveness turns false when work goes on far beyond its deadline, and true when it ends."""

from __future__ import annotations

import io
import threading
import time

import pytest

from function.backends.registry import Member
from function.deadline import Deadline
from function.delivery.admission import Limiter, WaitQueue
from function.events.message import HttpResponse
from function.http.knative_func import TrmFunction
from function.http.routes import Routes
from function.service import Service
from function.settings import load_settings
from function.telemetry import Log
from tests.conftest import request_event
from tests.scripted import Call, ScriptedModel

PATIENCE = 20.0


def test_a_lane_knows_its_longest_work() -> None:
    now = [10.0]
    lane = Limiter(2, WaitQueue(0))
    assert lane.longest == 0.0
    with lane.turn(Deadline(100.0, clock=lambda: now[0])):
        now[0] = 15.0
        with lane.turn(Deadline(100.0, clock=lambda: now[0])):
            now[0] = 17.0
            assert lane.longest == 7.0
        assert lane.longest == 7.0
    assert lane.longest == 0.0


@pytest.mark.parametrize("stuck", [True, False])
def test_liveness(stuck: bool) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(call: Call) -> str:
        if call.turns[-1].content == "hold":
            begun.set()
            assert go_on.wait(PATIENCE)
        return "done"

    service = Service(
        load_settings({"TRM_MAX_DEADLINE_MS": "1"}),
        [Member("test", lambda: ScriptedModel(say=hold))],
        Log("ERROR", io.StringIO()),
        stuck_seconds=0.05 if stuck else 60.0,
    )
    function, routes = TrmFunction(service), Routes(service)
    service.start()
    assert service.chain.wait(PATIENCE)
    at_work = threading.Thread(
        target=service.handler.handle,
        args=(request_event({"prompt": "hold", "max_reflection_steps": 0}),),
    )

    def liveness() -> HttpResponse:
        answer = routes.probe("GET", "/health/liveness")
        assert answer is not None
        return answer

    assert liveness().status == 200
    at_work.start()
    assert begun.wait(PATIENCE)
    time.sleep(0.2)
    assert liveness().status == (503 if stuck else 200)
    if stuck:
        assert liveness().body == b"stuck: the lane text does not move\n"
        assert function.alive() == (False, "stuck: the lane text does not move")
    go_on.set()
    at_work.join(PATIENCE)
    assert liveness().status == 200
    assert function.alive() == (True, "alive")
    service.close()
