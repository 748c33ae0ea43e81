"""Read HTTP/1.1 requests from the bytes of a connection (RFC 9112)."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import httptools

from function.events.message import HttpResponse, line

Headers = list[tuple[str, str]]
MAX_HEAD_BYTES = 262_144
"""Longest head: attributes of 64 KiB, percent-encoded in binary mode, take 192 KiB."""
MAX_HEADERS = 1_000
MAX_TARGET_BYTES = 8_192
DISCARDED_BYTES = 64 * 1_048_576
"""How much of a body over the limit is read and thrown away before the sender gets its 413: few
senders read before they have written everything."""
_UPGRADE = re.compile(rb"\r\n(?:upgrade:[^\r\n]*\r\n)+", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_REQUEST_LINE = b"POST / HTTP/1.1\r\n"
_SPECIAL = frozenset(("connection", "expect", "transfer-encoding", "upgrade"))
METHODS = ("GET", "HEAD", "OPTIONS", "POST")


class Request(NamedTuple):
    """One whole request; header names are in lower case, values one character a byte.

    ``keep`` is whether its sender accepts more answers on the connection.
    """

    method: str
    target: str
    headers: Headers
    body: bytes
    keep: bool

    @property
    def path(self) -> str:
        """Decoded path of the target."""
        return path_of(self.target)


class Refused(Exception):
    """The request cannot be read; its connection ends with ``answer``."""

    def __init__(self, status: int, text: str, *headers: tuple[str, str]) -> None:
        super().__init__(text)
        self.answer: HttpResponse = line(status, text, *headers)


def path_of(target: str) -> str:
    """Return the decoded path of a request target, also of one in absolute form."""
    path = target.partition("?")[0]
    if not path.startswith("/"):
        try:
            path = urlsplit(path).path or "/"
        except ValueError:
            return path
    return unquote(path)


class _Judge:
    """Ignore every callback: the parser only decides whether the bytes are HTTP. A call per header
    costs more than splitting the lines of a head that is known to be right."""


_JUDGE = _Judge()


def read_event(data: bytes) -> tuple[Headers, bytes] | None:
    """Return headers and body of the one whole ``POST /`` in ``data``.

    None for everything that :class:`RequestReader` has to read: another path or method, a part of
    a request, more than one, ``Expect``, ``Upgrade``, ``Connection: close``, broken HTTP.
    """
    end = data.find(_HEAD_END)
    if not 0 <= end <= MAX_HEAD_BYTES or not data.startswith(_REQUEST_LINE):
        return None
    try:
        httptools.HttpRequestParser(_JUDGE).feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    lines = data[len(_REQUEST_LINE) : end].decode("latin-1").split("\r\n")
    if len(lines) > MAX_HEADERS:
        return None
    headers = []
    for text in lines:
        name, _, value = text.partition(":")
        headers.append((name.lower(), value.strip(" \t")))
    found = dict(headers)
    body = data[end + 4 :]
    # The length, which the parser allows once, says where the request ends. Nothing may be
    # missing, and nothing may follow: it would be the beginning of the next request, and be lost.
    if found.get("content-length") != str(len(body)):
        return None
    if not found.keys().isdisjoint(_SPECIAL):
        special = [header for header in headers if header[0] in _SPECIAL]
        if any(name != "connection" or value.lower() != "keep-alive" for name, value in special):
            return None
    return headers, body


class _Message:
    """Collect what the parser finds in one request."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: Headers = []
        self.chunks: list[bytes] = []
        self.received = 0
        self.head_done = False
        self.done = False
        self.overrun = False
        """Whether the parser was given bytes of a following request."""

    def on_message_begin(self) -> None:
        self.overrun = self.done

    def on_url(self, part: bytes) -> None:
        if not self.done:
            self.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.head_done:  # else it is a trailer, which no event needs
            text = value.decode("latin-1").strip(" \t")
            self.headers.append((name.decode("latin-1").lower(), text))

    def on_headers_complete(self) -> None:
        self.head_done = True

    def on_body(self, part: bytes) -> None:
        self.chunks.append(part)
        self.received += len(part)

    def on_message_complete(self) -> None:
        self.done = True


class RequestReader:
    """Cut requests out of the bytes of one connection, however TCP has split them.

    :param max_body: longest body; a longer one is read, not kept, and refused.
    """

    def __init__(self, max_body: int) -> None:
        self._max_body = max_body
        self._buffer = bytearray()
        self._scanned = 0
        self._message: _Message | None = None
        self._parser: httptools.HttpRequestParser | None = None
        self._length: int | None = 0
        self._discarded = 0
        self._keep = False
        self._broken = False
        self.wants_continue = False
        """Whether the sender waits for ``100 Continue``; reset by the caller that sent it."""

    @property
    def idle(self) -> bool:
        """Whether no request has begun."""
        return not self._buffer and self._message is None

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self._buffer) + (self._message.received if self._message else 0)

    def feed(self, data: bytes) -> None:
        """Add bytes that have arrived."""
        self._buffer += data

    def next(self) -> Request | None:
        """Return the next whole request; None while it is incomplete.

        :raises Refused: it is not HTTP or over a limit; the connection cannot be read on.
        """
        if self._message is None and not self._read_head():
            return None
        body = self._read_chunks() if self._length is None else self._read_length()
        if body is None:
            return None
        message, self._message = self._message, None
        assert message is not None and self._parser is not None
        method = self._parser.get_method().decode()
        keep = self._keep and not self._broken
        return Request(method, message.target.decode("latin-1"), message.headers, body, keep)

    def _read_head(self) -> bool:
        buffer = self._buffer
        while buffer.startswith(b"\r\n"):  # RFC 9112, section 2.2
            del buffer[:2]
        if buffer and not 65 <= buffer[0] <= 90 and buffer != b"\r":
            raise Refused(400, "this is not HTTP/1.1")
        end = buffer.find(_HEAD_END, max(0, self._scanned - 3))
        self._scanned = len(buffer)
        if (end if end >= 0 else len(buffer)) > MAX_HEAD_BYTES:
            raise Refused(431, f"the head is longer than {MAX_HEAD_BYTES} bytes")
        first = buffer.find(b"\n", 0, MAX_TARGET_BYTES + 32)
        if first < 0 and len(buffer) > MAX_TARGET_BYTES + 32:
            raise Refused(414, f"the target is longer than {MAX_TARGET_BYTES} bytes")
        if first > 0 and buffer[first - 1] != 13:
            raise Refused(400, "a line of the head ends without CR")
        if end < 0:
            return False
        head = bytes(buffer[: end + 4])
        del buffer[: end + 4]
        self._scanned = 0
        self._begin(head)
        return True

    def _begin(self, head: bytes) -> None:
        message = _Message()
        parser = httptools.HttpRequestParser(message)
        try:
            parser.feed_data(head)
        except httptools.HttpParserUpgrade:
            if parser.get_method() == b"CONNECT":
                raise _unknown_method() from None
            # The answer over HTTP/1.1 declines the offer (RFC 9110, section 7.8). The parser would
            # read no chunks behind it.
            return self._begin(_UPGRADE.sub(b"\r\n", head))
        except httptools.HttpParserInvalidMethodError:
            raise _unknown_method() from None
        except httptools.HttpParserError as error:
            raise Refused(400, _problem(error)) from None
        if not message.head_done or parser.get_http_version() not in ("1.0", "1.1"):
            raise Refused(400, "this is not HTTP/1.1")
        if len(message.headers) > MAX_HEADERS:
            raise Refused(431, f"the head has more than {MAX_HEADERS} headers")
        if len(message.target) > MAX_TARGET_BYTES:
            raise Refused(414, f"the target is longer than {MAX_TARGET_BYTES} bytes")
        self._message, self._parser = message, parser
        self._frame(parser, message.headers)

    def _frame(self, parser: httptools.HttpRequestParser, headers: Headers) -> None:
        """Find out how the body ends."""
        found = dict(headers)
        version = parser.get_http_version()
        options = [
            option.strip().lower()
            for name, value in headers
            if name == "connection"
            for option in value.split(",")
        ]
        wanted = "keep-alive" in options if version == "1.0" else "close" not in options
        self._keep = wanted
        coding = found.get("transfer-encoding")
        length = found.get("content-length")
        if coding is not None:
            if coding.lower() != "chunked" or version == "1.0":
                raise Refused(400, "the only transfer coding is chunked, in HTTP/1.1")
            self._length = None
        elif length is not None:
            self._length = int(length)
        elif parser.get_method() == b"POST":
            raise Refused(411, "a POST needs a content-length, or chunks")
        else:
            self._length = 0
        expected = found.get("expect", "")
        if expected and expected.lower() != "100-continue":
            raise Refused(417, "the only expectation is 100-continue")
        if expected and (self._length or 0) > self._max_body:
            raise self._too_long()
        self.wants_continue = bool(expected) and version == "1.1"

    def _read_length(self) -> bytes | None:
        assert self._length is not None
        if self._length > self._max_body:
            self._discarded += len(self._buffer)
            self._buffer.clear()
            if self._discarded >= min(self._length, DISCARDED_BYTES):
                raise self._too_long()
            return None
        if len(self._buffer) < self._length:
            return None
        body = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        return body

    def _read_chunks(self) -> bytes | None:
        message, parser = self._message, self._parser
        assert message is not None and parser is not None
        data = bytes(self._buffer)
        self._buffer.clear()
        self._discarded += len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._broken = True
        except httptools.HttpParserError as error:
            if not message.done:
                raise Refused(400, _problem(error)) from None
            self._broken = True
        # The parser keeps what follows in the same bytes: the sender has to send it again.
        self._broken |= message.overrun
        if message.received > self._max_body:
            message.chunks.clear()
            if message.done or self._discarded > DISCARDED_BYTES:
                raise self._too_long()
            return None
        if self._discarded > self._max_body + DISCARDED_BYTES:  # chunks of a byte, or trailers
            raise self._too_long()
        if not message.done:
            return None
        self._discarded = 0
        return b"".join(message.chunks)

    def _too_long(self) -> Refused:
        return Refused(413, f"the body is longer than {self._max_body} bytes")


def _unknown_method() -> Refused:
    return Refused(405, "this method is not supported", ("allow", ", ".join(METHODS)))


def _problem(error: httptools.HttpParserError) -> str:
    # The parser's sentences are constants, without a byte of the request.
    return f"this is not HTTP/1.1: {str(error)[:100].lower()}"
