"""What a reading says by its name and value alone: metrics as health reports have them.

Thresholds are those of common alert rules: utilisation and saturation from 90 %, readiness and
success under 90 %, errors above 5 %, any item that was lost.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from function.json_tree import is_number

HIGH_USE = 0.9
LOW_SHARE = 0.9
HIGH_ERRORS = 0.05

_USE = re.compile(r"util|usage|saturat|_used|used_|load_ratio|full")
_SHARE = re.compile(r"ready|availab|success|uptime|health|hit_r|score")
_ERROR = re.compile(r"error|fail|5xx|4xx")
_RATIO = re.compile(r"rat(?:e|io)|percent|pct|share")
_LOST = re.compile(r"dropped|discard|lost|oom|evict|rejected|restart")
_UP = re.compile(r"(?:^|[:_.])up$")
_OF = re.compile(r"\s*(\d+)\s*/\s*(\d+)\s*")
_PERCENT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*%\s*")


class Verdict(NamedTuple):
    """What is wrong with a reading, and whether its name says which values of it are good.

    ``trouble`` is ``down``, ``low``, ``high`` or ``missing``; empty for a reading that is fine, and
    for one whose name does not say what is good.
    """

    trouble: str
    judged: bool


UNKNOWN = Verdict("", False)


def trouble(name: str, value: Any) -> str:
    """Return what is wrong with a reading, see :class:`Verdict`."""
    return verdict(name, value).trouble


def verdict(name: str, value: Any) -> Verdict:
    """Judge a reading by its name and value."""
    if value is None:
        return Verdict("missing", False)
    key = name.lower()
    if isinstance(value, str):
        if (part := _OF.fullmatch(value)) is not None:
            return Verdict(_of_all(int(part[1]), int(part[2])), True)
        if (percent := _PERCENT.fullmatch(value)) is None:
            return UNKNOWN
        return _of_share(key, float(percent[1].replace(",", ".")) / 100)
    if not is_number(value):
        return UNKNOWN
    if _UP.search(key):
        return Verdict("down" if value == 0 else "", True)
    if _LOST.search(key):
        return Verdict("high" if value > 0 else "", True)
    return _of_share(key, float(value)) if 0 <= value <= 1 else UNKNOWN


def _of_all(there: int, wanted: int) -> str:
    if there >= wanted:
        return ""
    return "low" if there else "down"


def _of_share(key: str, share: float) -> Verdict:
    if _ERROR.search(key):
        # One error may be many or few.
        is_count = share == 1 and not _RATIO.search(key)
        return Verdict("high" if share > HIGH_ERRORS and not is_count else "", True)
    if _USE.search(key):
        return Verdict("high" if share >= HIGH_USE else "", True)
    if _SHARE.search(key):
        return Verdict("low" if share < LOW_SHARE else "", True)
    return UNKNOWN
