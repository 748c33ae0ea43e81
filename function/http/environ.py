"""Headers as WSGI hands them over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def headers_of(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the headers of a request, without its length."""
    found = [
        (name[5:].replace("_", "-"), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    if content_type := environ.get("CONTENT_TYPE"):
        found.append(("content-type", content_type))
    return found
