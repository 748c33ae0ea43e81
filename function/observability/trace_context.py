"""W3C Trace Context (https://www.w3.org/TR/trace-context/): which trace an event carries on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LONGEST_STATE = 512
"""Characters of ``tracestate`` that section 3.3.1.5 demands to be passed on."""

_IDS = r"(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
# Version 00 ends there; a later one may have more fields, ff is not a version (section 3.2.2).
_PARENT = re.compile(rf"00-{_IDS}|(?!00|ff)[0-9a-f]{{2}}-{_IDS}(?:-[!-~]{{0,200}})?")
_STATE = re.compile(rf"[ -~]{{1,{LONGEST_STATE}}}")


def trace_of(carrier: Mapping[str, Any]) -> dict[str, str]:
    """Return the ``traceparent`` of a carrier and its ``tracestate``; empty where it is invalid."""
    parent = carrier.get("traceparent")
    if not isinstance(parent, str) or not _PARENT.fullmatch(parent):
        return {}
    state = carrier.get("tracestate")
    if isinstance(state, str) and _STATE.fullmatch(state):
        return {"traceparent": parent, "tracestate": state}
    return {"traceparent": parent}
