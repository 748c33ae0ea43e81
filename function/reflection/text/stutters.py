"""Stutters: a piece of a few characters that stands many times in a row: *nononononononono*."""

from __future__ import annotations

import re

STUTTER = 8
"""Times in a row that a piece of a few characters may stand."""
STUTTER_CHARACTERS = 24
SHORTEST_STUTTER = 2 * STUTTER
"""Characters of a word under which no stutter fits: one letter may stand up to LONGEST_RULE."""
LONGEST_RULE = 40
SHORT_TEXT = 300
"""Characters up to which a pattern looks for stutters: quadratic, and 50 us less for an event."""
_STUTTER = re.compile(r"(\S.{0,23}?)\1{7,}", re.DOTALL)


def has_stutter(text: str) -> bool:
    """Return whether a piece of a text stands many times in a row."""
    if len(text) <= SHORT_TEXT:
        runs = _STUTTER.finditer(text)
        return any(len(set(run[1])) > 1 or len(run[0]) >= LONGEST_RULE for run in runs)
    for period in range(1, STUTTER_CHARACTERS + 1):
        if len(text) < STUTTER * period:
            return False
        run = 0
        for place, (letter, later) in enumerate(zip(text, text[period:], strict=False)):
            run = run + 1 if letter == later and (run or not letter.isspace()) else 0
            if run < STUTTER * period:
                continue
            # A rule such as ``=====`` is a loop only where it is very long.
            if run >= LONGEST_RULE or len(set(text[place : place + period])) > 1:
                return True
    return False
