"""Reads an ordinary event request from the bytes of a connection."""

from __future__ import annotations

import httptools

Headers = list[tuple[str, str]]
_JUDGED = frozenset(("content-length", "connection", "expect", "transfer-encoding", "upgrade"))


class _Message:
    """What the parser found; it calls these methods."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: Headers = []
        self.body = b""
        self.ended = 0
        self.lengths: list[str] = []
        self.special = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers.append((key, text))
        if key in _JUDGED:
            if key == "content-length":
                self.lengths.append(text)
            else:
                self.special |= key != "connection" or text.lower() != "keep-alive"

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.ended += 1


def read_event(data: bytes) -> tuple[Headers, bytes] | None:
    """Headers and body of the one whole ``POST /`` in ``data``.

    None for everything that wants more care: another path or method, a part of a request, more
    than one, a client that waits for ``100 Continue`` or wants to be hung up on, broken HTTP.
    """
    message = _Message()
    parser = httptools.HttpRequestParser(message)
    try:
        parser.feed_data(data)
    except httptools.HttpParserError:
        return None
    ordinary = (
        message.ended == 1
        and message.url == b"/"
        and parser.get_method() == b"POST"
        and parser.get_http_version() == "1.1"
        # Nothing may follow: it would be the beginning of the next request, and be lost.
        and data.find(b"\r\n\r\n") + 4 + len(message.body) == len(data)
    )
    # A length says where the request ends; two of them, or chunks, are for others to judge.
    if not ordinary or message.special or message.lengths != [str(len(message.body))]:
        return None
    return message.headers, message.body
