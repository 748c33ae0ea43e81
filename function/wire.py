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
    than one, a client that waits for ``100 Continue`` or wants to be hung up on, a header that is
    repeated, broken HTTP.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0 or not data.startswith(_REQUEST_LINE):
        return None
    try:
        httptools.HttpRequestParser(_JUDGE).feed_data(data)
    except httptools.HttpParserError:
        return None
    lines = data[len(_REQUEST_LINE) : end].decode("latin-1").split("\r\n")
    parts = [line.partition(":") for line in lines]
    found = {name.lower(): value.strip(" \t") for name, _, value in parts}
    body = data[end + 4 :]
    # The length, which the parser lets be there once, says where the request ends. Nothing may be
    # missing, and nothing may follow: it would be the beginning of the next request, and be lost.
    if found.get("content-length") != str(len(body)) or len(found) < len(parts):
        return None
    if not _SPECIAL.isdisjoint(found):
        special = {name: value.lower() for name, value in found.items() if name in _SPECIAL}
        if special != {"connection": "keep-alive"}:
            return None
    return list(found.items()), body
