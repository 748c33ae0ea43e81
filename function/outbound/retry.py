"""How long a server asks its caller to wait (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from function.deadline import Clock


def advised_seconds(headers: Mapping[str, str], now: Clock) -> float:
    """Return seconds to wait by ``Retry-After``; 0 for none or nonsense.

    :param headers: of the answer, found in any case.
    :param now: seconds since the epoch, for a date of a server that does not send its own time.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]+", text):
        return min(float(text), 1e9)  # a number of 400 digits is infinite
    moment = _timestamp(text)
    if moment is None:
        return 0.0
    # Counted from the server's own clock where it sends it: the two need not agree.
    sent = _timestamp(headers.get("date", ""))
    return max(0.0, moment - (now() if sent is None else sent))


def _timestamp(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # asctime, the oldest of the three forms, names no zone; HTTP dates are all UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
