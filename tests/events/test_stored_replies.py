"""What is read from a shared store, and what is not."""

from __future__ import annotations

import pytest

from function.events.codec import encode
from function.events.message import HttpMessage
from function.events.replies import LARGEST_STORED, is_reply, pack, unpack
from tests.conftest import request_event

HEAD = (
    "content-type: application/json\r\nce-specversion: 1.0\r\nce-id: 1\r\nce-source: /trm\r\n"
    "ce-type: t\r\nce-time: 2026-01-01T00:00:00Z\r\n"
)


def test_a_reply_comes_back_as_it_was_stored() -> None:
    event = request_event({"answer": "größer\r\n\r\n"}, time="2026-01-01T00:00:00Z", subject="ü")
    message = encode(event)
    raw = HttpMessage(message.head + "ce-replyid: K\u00c3\u00bcche 50%\r\n", message.body)
    for written in (message, raw):
        assert is_reply(pack(written))
        assert unpack(pack(written)) == written


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"\r\n\r\n{}",
        pack(HttpMessage(HEAD + "set-cookie: a=b\r\n", b"{}")),
        pack(HttpMessage(HEAD + "ce-x: a\r\nlocation: /\r\n", b"{}")),
        pack(HttpMessage(HEAD + "ce-x: a\nset-cookie: b\r\n", b"{}")),
        pack(HttpMessage(HEAD + "ce-x: a\rset-cookie: b\r\n", b"{}")),
        pack(HttpMessage(HEAD + "ce-x: \u20ac\r\n", b"{}")),
        pack(HttpMessage(HEAD + "ce-x: \x00\r\n", b"{}")),
        pack(HttpMessage(HEAD + "ce-x-y: a\r\n", b"{}")),
        pack(HttpMessage(HEAD.replace("application/json", "text/html"), b"{}")),
        pack(HttpMessage(HEAD.replace("ce-id: 1\r\n", ""), b"{}")),
        pack(HttpMessage(HEAD.replace("ce-time", "ce-other"), b"{}")),
        pack(HttpMessage(HEAD, b"")),
        pack(HttpMessage(HEAD, b"[]")),
        pack(HttpMessage(HEAD, b'{"a": NaN}')),
        pack(HttpMessage(HEAD, b"{}\r\n\r\nHTTP/1.1 200 OK")),
        pack(HttpMessage(HEAD, b'{"a": "' + b"x" * LARGEST_STORED + b'"}')),
        HEAD.encode() + b"{}",
    ],
)
def test_what_is_not_a_reply_in_our_form_is_refused(stored: bytes) -> None:
    assert not is_reply(stored)


def test_the_smallest_reply_is_one() -> None:
    assert is_reply(pack(HttpMessage(HEAD, b"{}")))
