"""Regular expressions that senders write: bounded before they are compiled, timed when they match.

Patterns use the syntax of the ``regex`` package, whose matching can be stopped. Those of a JSON
Schema are read by the same package, so what is accepted is exactly what can be matched.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

LONGEST = 1_000
"""Characters of a pattern. Of a literal this long, the tables for its first search take 0.25 s of
processor time, growing with the cube; a pattern of 700,000 took 14 s to compile."""
MOST_REPEATED = 10_000
"""Atoms of a pattern whose counted repeats are written out: ``(ab{3}){2}`` has 8. Engines that
compile to automata build a state for each."""
MATCH_SECONDS = 0.1
_RECURSIVE = re.compile(r"\(\?(?:R|[-+]?\d+|&\w+|P>\w+)\)")
"""Calls of a group from within itself: matching one takes memory without end."""


class BadPattern(ValueError):
    """The pattern is too long, repeats too much, or is not a regular expression."""


@lru_cache(maxsize=256)
def compiled(pattern: str) -> regex.Pattern[str]:
    """Return the compiled pattern.

    :raises BadPattern: with one short line that says why.
    """
    if len(pattern) > LONGEST:
        raise BadPattern(f"a pattern has {len(pattern)} characters, at most {LONGEST} are allowed")
    if written_out(pattern) > MOST_REPEATED:
        raise BadPattern(f"the repeats of a pattern write out to more than {MOST_REPEATED} atoms")
    if _RECURSIVE.search(pattern):
        raise BadPattern("a pattern calls its own groups, which is not allowed")
    import regex  # here, because few requests bring a pattern

    try:
        return regex.compile(pattern)
    except RecursionError:
        raise BadPattern("a pattern is nested too deeply") from None
    except (regex.error, ArithmeticError, LookupError, ValueError) as error:
        raise BadPattern(f"no regular expression: {str(error)[:200]}") from None


def is_found(pattern: str, text: str, seconds: float = MATCH_SECONDS) -> bool:
    """Return whether the pattern matches anywhere in the text.

    :raises BadPattern: it cannot be compiled, or fails while it matches.
    :raises TimeoutError: it takes longer than ``seconds``.
    """
    try:
        return compiled(pattern).search(text, timeout=max(seconds, 0.001)) is not None
    except (RecursionError, MemoryError):
        raise BadPattern("a pattern needs too much memory to match") from None


def written_out(pattern: str) -> int:
    """Return the number of atoms with every counted repeat written out, roughly and from above."""
    totals, last = [0], 0  # of the groups that are open; of the atom before
    place = 0
    while place < len(pattern):
        char = pattern[place]
        if char == "{" and (repeat := _repeat_at(pattern, place)) is not None:
            times, place = repeat
            totals[-1] += last * (times - 1)
            last *= times
            continue
        place += 2 if char == "\\" else 1
        if char == "[":
            place = _end_of_set(pattern, place)
        if char == "(":
            totals.append(0)
            continue
        if char == ")":
            last = max(totals.pop(), 1)
            totals = totals or [0]
        elif char in "*+?|^$":
            continue
        else:
            last = 1
        totals[-1] += last
    return sum(totals)


def _repeat_at(pattern: str, place: int) -> tuple[int, int] | None:
    """Return the highest count of ``{n}``, ``{n,}`` or ``{n,m}`` and where it ends."""
    end = pattern.find("}", place)
    low, _, high = pattern[place + 1 : end].partition(",") if end > 0 else ("", "", "")
    digits = high.strip() or low.strip()
    if not digits.isdecimal() or not (low.strip() or "0").isdecimal():
        return None
    return (max(int(digits), 1) if len(digits) < 10 else MOST_REPEATED + 1), end + 1


def _end_of_set(pattern: str, place: int) -> int:
    """Return the place behind the bracket that closes a set of characters."""
    if pattern[place : place + 1] == "^":
        place += 1
    if pattern[place : place + 1] == "]":
        place += 1
    while place < len(pattern) and pattern[place] != "]":
        place += 2 if pattern[place] == "\\" else 1
    return place + 1
