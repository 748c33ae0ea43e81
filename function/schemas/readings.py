"""What a reading says by its name and value alone: metrics as health reports have them.

Thresholds are those of common alert rules: utilisation and saturation from 90 %, readiness and
success under 90 %, errors above 5 %, any item that was lost.
"""

from __future__ import annotations

import re
from typing import Any

from function.json_tree import is_number

HIGH_USE = 0.9
LOW_SHARE = 0.9
HIGH_ERRORS = 0.05
MOST_ERRORS = 0.5

_USE = re.compile(r"util|usage|saturat|_used|used_|load_ratio|full")
_SHARE = re.compile(r"ready|availab|success|uptime|health|hit_r|score")
_ERROR = re.compile(r"error|fail|5xx|4xx")
_RATIO = re.compile(r"rat(?:e|io)|percent|pct|share")
_LOST = re.compile(r"dropped|discard|lost|oom|evict|rejected|restart")
_UP = re.compile(r"(?:^|[:_.])up$")
_OF = re.compile(r"\s*(\d+)\s*/\s*(\d+)\s*")
_PERCENT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*%\s*")


def trouble(name: str, value: Any) -> str:
    """Return what is wrong with a reading: ``down``, ``low``, ``high`` or ``missing``.

    Empty for one that is fine and for one whose name does not say what is good.
    """
    if value is None:
        return "missing"
    key = name.lower()
    if isinstance(value, str):
        if (part := _OF.fullmatch(value)) is not None:
            return _of_all(int(part[1]), int(part[2]))
        if (percent := _PERCENT.fullmatch(value)) is None:
            return ""
        return _of_share(key, float(percent[1].replace(",", ".")) / 100)
    if not is_number(value):
        return ""
    if _UP.search(key):
        return "down" if value == 0 else ""
    if _LOST.search(key):
        return "high" if value > 0 else ""
    return _of_share(key, float(value)) if 0 <= value <= 1 else ""


def is_judged(name: str, value: Any) -> bool:
    """Return whether the name of a reading says which values of it are good."""
    key = name.lower()
    if isinstance(value, str):
        return _OF.fullmatch(value) is not None or bool(
            _PERCENT.fullmatch(value) and (_USE.search(key) or _SHARE.search(key))
        )
    if not is_number(value):
        return False
    if _UP.search(key) or _LOST.search(key):
        return True
    known = _USE.search(key) or _SHARE.search(key) or _ERROR.search(key)
    return bool(known) and 0 <= value <= 1


def _of_all(there: int, wanted: int) -> str:
    if there >= wanted:
        return ""
    return "low" if there else "down"


def _of_share(key: str, share: float) -> str:
    if _ERROR.search(key):
        if not _RATIO.search(key) and share == 1:
            return ""  # one error may be many or few
        return "high" if share > HIGH_ERRORS else ""
    if _USE.search(key):
        return "high" if share >= HIGH_USE else ""
    if _SHARE.search(key):
        return "low" if share < LOW_SHARE else ""
    return ""
