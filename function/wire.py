"""Reads an ordinary event request from the bytes of a connection."""

from __future__ import annotations

import httptools

Headers = list[tuple[str, str]]
_REQUEST_LINE = b"POST / HTTP/1.1\r\n"
_SPECIAL = frozenset(("connection", "expect", "transfer-encoding", "upgrade"))


class _Judge:
    """Listens to nothing: the parser is here to say whether this is HTTP. Being called for every
    header would cost more than to cut the lines of a head that is known to be right."""


_JUDGE = _Judge()


def read_event(data: bytes) -> tuple[Headers, bytes] | None:
    """Headers and body of the one whole ``POST /`` in ``data``.

    None for everything that wants more care: another path or method, a part of a request, more
    than one, a client that waits for ``100 Continue`` or wants to be hung up on, broken HTTP.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0 or not data.startswith(_REQUEST_LINE):
        return None
    try:
        httptools.HttpRequestParser(_JUDGE).feed_data(data)
    except httptools.HttpParserError:
        return None
    lines = data[len(_REQUEST_LINE) : end].decode("latin-1").split("\r\n")
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        headers.append((name.lower(), value.strip(" \t")))
    found = dict(headers)
    body = data[end + 4 :]
    # The length, which the parser lets be there once, says where the request ends. Nothing may be
    # missing, and nothing may follow: it would be the beginning of the next request, and be lost.
    if found.get("content-length") != str(len(body)):
        return None
    if not found.keys().isdisjoint(_SPECIAL):
        special = [header for header in headers if header[0] in _SPECIAL]
        if any(name != "connection" or value.lower() != "keep-alive" for name, value in special):
            return None
    return headers, body
