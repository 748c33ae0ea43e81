"""Letters go back to the broker, one or all of them."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from function.dead_letters.resending import FAILURES, SECONDS
from function.events.codec import decode
from function.events.message import HttpResponse
from tests.dead_letters.desks import EVENT, SENT, Desk, accept


def test_a_letter_goes_back_as_it_first_came_and_is_forgotten(tmp_path: Path) -> None:
    desk = Desk(tmp_path, accept)
    desk.keep()
    assert desk.send("POST", "/1/resend").status == 202
    (request,) = desk.posted
    again = decode(list(request.headers.items()), request.content)
    wanted = dict(EVENT.get_attributes())
    for name in [name for name in wanted if name.startswith("knativeerror")]:
        del wanted[name]
    assert again.get_attributes() == wanted
    assert json.loads(request.content) == EVENT.get_data()
    assert desk.send("GET", "/1").status == 404
    assert desk.logged[-1]["event"] == "trm_dead_letter_resent"


def test_a_letter_that_the_broker_refuses_is_kept_and_named_as_what_it_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda request: httpx.Response(503))
    desk.keep()
    answer = desk.send("POST", "/1/resend")
    assert answer.status == 503 and b"status 503" in answer.body and b"reply" not in answer.body
    assert len(desk.rows) == 1
    (line,) = [line for line in desk.logged if line["event"] == "trm_sink_failed"]
    assert (line["id"], line["number"]) == ("lost-1", 1) and "reply" not in line


def test_resending_waits_as_long_as_an_answer_takes(tmp_path: Path) -> None:
    """A synchronous broker answers after the event's reply has been delivered."""
    begun, go_on = threading.Event(), threading.Event()

    def respond(request: httpx.Request) -> httpx.Response:
        begun.set()
        assert go_on.wait(30)
        return httpx.Response(202)

    desk = Desk(tmp_path, respond)
    desk.keep()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(desk.send, "POST", "/1/resend")
        assert begun.wait(20)
        again = desk.send("POST", "/1/resend")
        assert again.status == 409, "two people resend it once"
        go_on.set()
        assert sending.result(20).status == 202
    assert len(desk.posted) == 1 and desk.rows == []
    assert SECONDS > 255 + 150, "all retries of deploy/ and the answer after them"


def resend_all(desk: Desk) -> HttpResponse:
    answer = desk.send("POST", "/resend")
    assert desk.service.resender is not None
    desk.service.resender.join()
    return answer


def test_all_letters_can_be_resent_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, accept)
    for number in range(20):
        desk.keep([(n, f"r{number}" if n == "ce-id" else v) for n, v in SENT.headers])
    answer = resend_all(desk)
    assert (answer.status, answer.body) == (202, b"sending 20 dead letters\n")
    assert {request.headers["ce-id"] for request in desk.posted} == {f"r{n}" for n in range(20)}
    assert desk.rows == []
    last = desk.logged[-1]
    assert (last["event"], last["sent"], last["kept"]) == ("trm_dead_letters_resent", 20, 0)
    assert resend_all(desk).body == b"sending 0 dead letters\n"


def test_one_that_is_refused_does_not_hold_up_the_others(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda r: httpx.Response(400 if r.headers["ce-id"] == "r0" else 202))
    for number in range(8):
        desk.keep([(n, f"r{number}" if n == "ce-id" else v) for n, v in SENT.headers])
    resend_all(desk)
    assert [row.split()[0] for row in desk.rows] == ["1"]


def test_a_broker_that_is_away_ends_the_run(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda request: httpx.Response(400))
    for _ in range(30):
        desk.keep()
    resend_all(desk)
    assert FAILURES <= len(desk.posted) <= FAILURES + 4
    assert len(desk.rows) == 30


def test_what_comes_back_during_a_run_is_not_sent_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    def bounce(request: httpx.Request) -> httpx.Response:
        desk.keep()
        return httpx.Response(202)

    desk = Desk(tmp_path, bounce)
    for _ in range(3):
        desk.keep()
    resend_all(desk)
    assert len(desk.posted) == 3 and len(desk.rows) == 3


def test_without_a_sink_nothing_can_be_resent(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.keep()
    for path in ("/1/resend", "/resend"):
        answer = desk.send("POST", path)
        assert answer.status == 503 and b"K_SINK" in answer.body
