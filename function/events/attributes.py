"""Attributes of an event as HTTP headers and JSON strings write them.

After the type system of the CloudEvents core specification 1.0.2 and section 3.1.3.2 of the HTTP
protocol binding, which percent-encodes header values.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from cloudevents.core.v1.event import CloudEvent

from function.errors import NotAnEvent

REQUIRED = ("specversion", "id", "source", "type")
OPTIONAL = ("subject", "time", "datacontenttype", "dataschema")
CORE = frozenset(REQUIRED + OPTIONAL)

_NAME = re.compile(r"[a-z0-9]+")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE = re.compile(rf"({_TOKEN}/{_TOKEN})[ \t]*((?:;[\x20-\x7e]*)?)")
_CHARSET = re.compile(r"; *charset *= *\"?([^\";,\s]*)", re.IGNORECASE)
_UTF8 = frozenset(("utf-8", "utf8", "us-ascii", "ascii"))  # ASCII bytes are UTF-8 bytes
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SAFE_CHARACTERS = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"%')
_SAFE_BYTES = _SAFE_CHARACTERS.encode()
# Core specification, type String: controls, surrogates and noncharacters are not allowed.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "]"
)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


MOST_BYTES = 65_536
"""Of all attributes of an event together, their names included, in UTF-8."""
LONGEST = {
    "id": 1_024,
    "source": 2_048,
    "type": 2_048,
    "subject": 2_048,
    "correlationid": 2_048,
    "conversationid": 1_024,
    "agent": 1_024,
}
"""Bytes in UTF-8 of the attributes that a reply repeats: it has to fit into an event of 64 KiB with
each of them up to twice, and each byte percent-encoded."""
_SHORT = min(LONGEST.values())


class CheckedEvent(CloudEvent):
    """An event of the SDK whose attributes are known to be right.

    The SDK would look at every attribute again, and stamp the moment of reading on an event that
    has no ``time``: that would be a lie.

    :param spelling: header values, one character a byte, of the attributes that are written
        otherwise than :func:`header_lines` would write them.
    """

    def __init__(
        self,
        attributes: dict[str, Any],
        data: Any = None,
        spelling: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._attributes = attributes
        self._data = data
        self.spelling = spelling


def spelling_of(event: CloudEvent) -> Mapping[str, str]:
    """Return the header values that an event came with and keeps; see :class:`CheckedEvent`."""
    return event.spelling if isinstance(event, CheckedEvent) else {}


class Media(NamedTuple):
    """A parsed media type."""

    kind: str  # type/subtype in lower case, "" when it is not a media type
    utf8: bool
    json: bool


@lru_cache(maxsize=256)
def media_of(content_type: str) -> Media:
    """Read a media type (RFC 9110, section 8.3.1); ``kind`` is empty where it is none."""
    match = _MEDIA_TYPE.fullmatch(content_type)
    if match is None:
        return Media("", True, False)
    kind = match[1].lower()
    charsets = _CHARSET.findall(match[2])
    return Media(
        kind,
        all(charset.lower() in _UTF8 for charset in charsets),
        kind.endswith(("/json", "+json")),
    )


def is_plain(value: str) -> bool:
    """Return whether a header value, or several of them joined, is its own canonical spelling."""
    # Deleting what may stand there takes less time than asking for each character what it is.
    return value.isascii() and not value.encode().translate(None, _SAFE_BYTES)


def read_header(name: str, value: str) -> tuple[str, str]:
    """Read the value of a ``ce-*`` header: unquote, percent-decode, check.

    Returns the text and its spelling, one character a byte. Many senders write values as they are:
    a percent sign that two hex digits do not follow stands for itself, and so do the quotes of a
    value that is not one quoted-string as a whole. Bytes that are not UTF-8 are Latin-1, which
    Python's own HTTP client writes.

    :raises NotAnEvent: percent-encoded bytes that are not UTF-8, or a character that attributes
        must not have.
    """
    try:
        try:
            octets = value.encode("latin-1")
        except UnicodeEncodeError:  # decoded by a generous server
            octets = value.encode("utf-8")
    except UnicodeError:
        raise NotAnEvent(f"header {shown('ce-' + name)} is not UTF-8") from None
    if name in LONGEST and len(octets) > 3 * LONGEST[name]:  # of which every byte may be encoded
        raise NotAnEvent(f"{name} is longer than {LONGEST[name]} bytes")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    if quoted := _QUOTED.fullmatch(text):
        text = _ESCAPE.sub(r"\1", quoted[1])
    if "%" in text:
        try:
            text = unquote_to_bytes(text).decode("utf-8")
        except UnicodeDecodeError:
            raise NotAnEvent(f"header {shown('ce-' + name)} is not UTF-8") from None
    return check_text(name, text), octets.decode("latin-1")


def header_lines(attributes: Mapping[str, str], spelling: Mapping[str, str]) -> str:
    """Write attributes as ``ce-*`` header lines.

    What a value must not hold is percent-encoded, control characters too.

    :param spelling: header values that are written as they are, one character a byte.
    """
    # Values are joined and checked at once: one by one costs 5 % of an event.
    if spelling or not is_plain("".join(attributes.values())):
        attributes = {
            name: spelling.get(name) or quote(text, safe=_SAFE_CHARACTERS)
            for name, text in attributes.items()
        }
    return "".join([f"ce-{name}: {text}\r\n" for name, text in attributes.items()])


def check_sizes(attributes: Mapping[str, str]) -> None:
    """Refuse attributes that are too long, with :class:`NotAnEvent`."""
    joined = "".join(attributes.values())
    if len(joined) <= (_SHORT if joined.isascii() else _SHORT // 4):
        return
    for name, longest in LONGEST.items():
        if len(attributes.get(name, "").encode()) > longest:
            raise NotAnEvent(f"{name} is longer than {longest} bytes")
    if len("".join([*attributes, *attributes.values()]).encode()) > MOST_BYTES:
        raise NotAnEvent(f"the attributes are longer than {MOST_BYTES} bytes")


def read_scalar(name: str, value: Any) -> str:
    """Return the canonical string of an extension that JSON wrote as a number or a boolean.

    :raises NotAnEvent: it is neither, or is not an extension.
    """
    if name in CORE:
        raise NotAnEvent(f"{name} must be a string")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if -(2**31) <= value < 2**31:
            return str(value)
        raise NotAnEvent(f"{shown(name)} is beyond the 32 bits of an integer attribute")
    raise NotAnEvent(f"{shown(name)} must be a string, an integer or a boolean")


def read_time(text: str) -> datetime:
    """Read an RFC 3339 timestamp; digits beyond the microsecond are cut.

    :raises NotAnEvent: it is none.
    """
    # fromisoformat alone takes more than RFC 3339; it cuts digits beyond the microsecond.
    if _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError:
            pass
    raise NotAnEvent(f"time {shown(text)} is not an RFC 3339 timestamp")


def check_names(names: Collection[str]) -> None:
    """Refuse what cannot be the name of an attribute, with :class:`NotAnEvent`."""
    if problem := _problem_of(names):
        raise NotAnEvent(problem)
    if "data" in names:
        raise NotAnEvent("data cannot be an attribute")


def _problem_of(names: Collection[str]) -> str:
    for name in names:
        if not _NAME.fullmatch(name):
            return f"attribute name {shown(name)} is not of a-z and 0-9"
    return ""


def check_text(name: str, text: str) -> str:
    """Return the text, if an attribute may hold it; otherwise :class:`NotAnEvent`."""
    if not (text.isascii() and text.isprintable()) and _FORBIDDEN.search(text):
        raise NotAnEvent(f"{shown(name)} holds a character that attributes must not have")
    return text


def shown(text: str) -> str:
    """Return the text of a sender as part of one short line: quoted, escaped and cut."""
    escaped = ascii(text if len(text) <= 40 else text[:37] + "...")
    return escaped if len(escaped) <= 80 else ascii(text[:6] + "...")


def canonical(event: CloudEvent) -> dict[str, str]:
    """Return each attribute as its canonical string (core specification, type system)."""
    attributes = event.get_attributes()
    # The SDK's own check lets a name end in a line feed, which would end its header line.
    if type(event) is not CheckedEvent and (problem := _problem_of(attributes)):
        raise ValueError(problem)
    return {
        name: value if type(value) is str else _written(name, value)
        for name, value in attributes.items()
        if value is not None
    }


def _written(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return _write_time(value)
    raise ValueError(f"attribute {name} has no canonical string")


def _write_time(moment: datetime) -> str:
    try:
        utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError:  # the first or last hours that datetime knows have no UTC in it
        return moment.isoformat()
    second = _second(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second)
    return f"{second}.{utc.microsecond:06}Z" if utc.microsecond else f"{second}Z"


@lru_cache(maxsize=16)
def _second(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    # Most events are of the same second, and isoformat takes twice as long as to look it up.
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
