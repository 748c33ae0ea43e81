"""The dead letter sink: nothing that it accepted is lost, and nobody's words are in its log."""

from __future__ import annotations

import io
import json
from pathlib import Path

import httpx

from function.dead_letters.service import DeadLetters
from function.dead_letters.shelf import Shelf
from function.delivery.sink import Sink
from function.events import Mode, decode, encode
from function.telemetry import Log
from tests.broker.processes import dead_letters
from tests.conftest import request_event

EVENT = request_event(
    {"prompt": "Ligue para +55 11 91234-5678"},
    id="lost-1",
    agent="agent-bruno",
    datacontenttype="application/json",
    knativeerrorcode="503",
    knativeerrordest="http://trm.agents.svc.cluster.local",
)
SENT = encode(EVENT, Mode.BINARY)


def letters(
    folder: Path, posted: list[httpx.Request] | None = None, status: int = 202
) -> tuple[DeadLetters, io.StringIO]:
    stream = io.StringIO()
    log = Log("DEBUG", stream)

    def take(request: httpx.Request) -> httpx.Response:
        assert posted is not None
        posted.append(request)
        return httpx.Response(status)

    sink = None
    if posted is not None:
        sink = Sink(
            "http://broker.test/",
            transport=httpx.MockTransport(take),
            sleep=lambda seconds: None,
            log=log,
        )
    return DeadLetters(Shelf(folder), log, sink), stream


def test_a_letter_is_kept_listed_and_shown(tmp_path: Path) -> None:
    service, stream = letters(tmp_path)
    assert service.answer("POST", "/", SENT.headers, SENT.body).status == 202
    listed = service.answer("GET", "/", [], b"").body.decode()
    assert "lost-1" in listed and "503" in listed and "agent-bruno" in listed
    shown = service.answer("GET", "/1", [], b"")
    assert decode(shown.headers, shown.body).get_attributes() == EVENT.get_attributes()
    assert json.loads(shown.body)["data"] == EVENT.get_data()
    assert json.loads(stream.getvalue())["event"] == "trm_dead_letter"


def test_neither_log_nor_list_holds_data(tmp_path: Path) -> None:
    service, stream = letters(tmp_path)
    service.answer("POST", "/", SENT.headers, SENT.body)
    assert "91234" not in stream.getvalue()
    assert b"91234" not in service.answer("GET", "/", [], b"").body


def test_what_is_no_event_is_refused(tmp_path: Path) -> None:
    service, _ = letters(tmp_path)
    assert service.answer("POST", "/", [("content-type", "text/plain")], b"x").status == 400
    assert Shelf(tmp_path).numbers() == []


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    assert [Shelf(tmp_path).add(EVENT), Shelf(tmp_path).add(EVENT)] == [1, 2]


def test_the_oldest_goes_when_there_are_too_many(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, kept=3)
    for _ in range(5):
        shelf.add(EVENT)
    assert sorted(shelf.numbers()) == [3, 4, 5]


def test_a_letter_goes_back_as_it_first_came_and_is_forgotten(tmp_path: Path) -> None:
    posted: list[httpx.Request] = []
    service, _ = letters(tmp_path, posted)
    service.answer("POST", "/", SENT.headers, SENT.body)
    assert service.answer("POST", "/1/resend", [], b"").status == 202
    (request,) = posted
    again = decode(list(request.headers.items()), request.content)
    wanted = dict(EVENT.get_attributes())
    del wanted["knativeerrorcode"], wanted["knativeerrordest"]
    assert again.get_attributes() == wanted
    assert json.loads(request.content) == EVENT.get_data()
    assert service.answer("GET", "/1", [], b"").status == 404


def test_a_letter_that_the_broker_refuses_is_kept(tmp_path: Path) -> None:
    posted: list[httpx.Request] = []
    service, _ = letters(tmp_path, posted, status=503)
    service.answer("POST", "/", SENT.headers, SENT.body)
    assert service.answer("POST", "/1/resend", [], b"").status == 503
    assert posted and Shelf(tmp_path).numbers() == [1]


def test_unknown_places_are_404(tmp_path: Path) -> None:
    service, _ = letters(tmp_path)
    for method, path in (("GET", "/1"), ("POST", "/1/resend"), ("GET", "/x"), ("PUT", "/")):
        assert service.answer(method, path, [], b"").status == 404


def test_a_letter_can_be_thrown_away(tmp_path: Path) -> None:
    service, _ = letters(tmp_path)
    service.answer("POST", "/", SENT.headers, SENT.body)
    assert service.answer("DELETE", "/1", [], b"").status == 204
    assert Shelf(tmp_path).numbers() == []


def test_letters_outlive_the_process(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    with dead_letters(folder) as url:
        # In chunks, as some brokers send.
        parts = iter([SENT.body[:5], SENT.body[5:]])
        assert httpx.post(url, headers=dict(SENT.headers), content=parts).status_code == 202
    with dead_letters(folder) as url:
        assert "lost-1" in httpx.get(url).text
