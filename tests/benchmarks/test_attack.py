"""The attack's own judgement: which answers are outside the status table."""

from __future__ import annotations

import socket
import threading

import pytest

from benchmarks.attack.inputs import SCHEMAS, broken_http
from benchmarks.attack.senders import Answer, event, exchange, outside_the_table


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(0, "", b"", 1.0), "no answer"),
        (Answer(500, "text/plain", b"internal error\n", 1.0), "status 500"),
        (Answer(501, "text/plain", b"no\n", 1.0), "status 501"),
        (Answer(400, "text/html", b"<html>\n</html>\n", 1.0), "status 400 in HTML"),
        (Answer(400, "text/plain", b"one\ntwo\n", 1.0), "status 400 with 2 lines, 8 bytes"),
        (Answer(400, "text/plain", b"one line\n", 1.0), ""),
        (Answer(200, "application/json", b"{\n}\n", 1.0), ""),
        (Answer(204, "", b"", 1.0), ""),
    ],
)
def test_answers(answer: Answer, problem: str) -> None:
    assert outside_the_table(answer) == problem


def test_an_answer_ends_at_its_length() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                first = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\n"
                connection.sendall(
                    first + b"content-length: 4\r\n\r\noh\r\nHTTP/1.1 200 OK\r\n\r\n"
                )

        thread = threading.Thread(target=serve)
        thread.start()
        answer = exchange(server.getsockname()[1], event({"prompt": "x"}), seconds=10)
        thread.join()
    assert (answer.status, answer.body) == (400, b"oh\r\n")


def test_inputs_can_be_sent() -> None:
    assert all(isinstance(request, bytes) for request in broken_http().values())
    for schema in SCHEMAS.values():
        assert event({"response_format": {"type": "json_schema", "schema": schema}})
