"""The context as lines of facts: those that there is room for, those that a question names.

Small models read ``- loki.error_rate: 0.03`` better than nested JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from function.reflection.prompt.truncation import Count, fits, room_in_characters, shortened
from function.reflection.text.words import fold, remembered

_JSON = json.JSONEncoder(ensure_ascii=False)
SHORTEST_FACT = 80
"""Characters under which a fact is rather left out than shortened."""
MOST_NAMED = 6
"""Facts beyond which a question names nothing in particular."""
STEM = 4
"""Letters by which two words are one: 'errors' is 'error', and 'memória' is 'memory'."""
SHORTEST_WORD = 2

_WORD = re.compile(r"[^\W_]+")


class Fact(NamedTuple):
    """One field of the context: its dotted path and a value without fields of its own."""

    path: str
    value: Any

    @property
    def field(self) -> str:
        """Name of the field: the last of its path."""
        return self.path.rpartition(".")[2]

    @property
    def record(self) -> str:
        """Path of what the field is in."""
        return self.path.rpartition(".")[0]

    def line(self, characters: int | None = None) -> str:
        """Return the fact on one line, at most about so many characters long.

        A text loses its middle, a list its last items, and what is left of it is whole JSON.
        """
        path = self.path if characters is None else shortened(self.path, characters // 2)
        if isinstance(self.value, str):
            # A line break inside a value would let it pose as the end of the facts.
            text = " ".join(self.value.split())
        else:
            text = _one_line(self.value)
        start = f"- {path}: "
        if characters is None or len(start) + len(text) <= characters:
            return start + text
        left = max(characters - len(start), 0)
        if isinstance(self.value, list):
            return start + _first_items(self.value, left)
        return start + shortened(text, left)


def facts_of(context: dict[str, Any]) -> list[Fact]:
    """Return every leaf of the context, in its order."""
    found: list[Fact] = []
    if context:
        _gather(context, "", found)
    return found


def named(facts: Sequence[Fact], question: str) -> list[Fact]:
    """Return the facts whose path shares most words with a question, in their order.

    None where the path of no fact has a word of it, and none where more than half of the facts or
    more than :data:`MOST_NAMED` do equally well. They are shown once more behind the others, among
    which a small model loses them.
    """
    paths = [_stems_of_path(fact.path) for fact in facts]
    said = fold(question)
    # Most questions name nothing; to see that costs less than to take them to pieces.
    if not any(map(said.__contains__, chain.from_iterable(paths))):
        return []
    asked = _stems(said)
    shared = [len(asked & stems) for stems in paths]
    most = max(shared, default=0)
    found = [fact for fact, count in zip(facts, shared, strict=True) if count == most]
    few = len(found) <= min(MOST_NAMED, len(facts) // 2)
    return found if most and few else []


def fitting_lines(facts: Sequence[Fact], tokens: int, count: Count) -> list[str]:
    """Return the facts as lines that take at most ``tokens``.

    Long facts are shortened first, down to 80 characters; then the last ones are left out, and
    one line says how many. Without room for that line there is none at all.
    """
    whole = [fact.line() for fact in facts]
    text = "\n".join(whole)
    if fits(text, tokens, count):
        return whole
    characters = room_in_characters(text, tokens, count)
    while characters > 0:
        lines = _trimmed(facts, whole, characters)
        if fits("\n".join(lines), tokens, count):
            return lines
        characters = int(characters * 0.85)
    return []


def _trimmed(facts: Sequence[Fact], whole: Sequence[str], characters: int) -> list[str]:
    longest = _longest_allowed([len(line) + 1 for line in whole], characters) - 1
    if longest >= SHORTEST_FACT:
        return [
            line if len(line) <= longest else fact.line(longest)
            for fact, line in zip(facts, whole, strict=True)
        ]
    kept: list[str] = []
    used = len(left_out(len(facts)))
    for fact, line in zip(facts, whole, strict=True):
        short = line if len(line) <= SHORTEST_FACT else fact.line(SHORTEST_FACT)
        used += len(short) + 1
        if used > characters:
            break
        kept.append(short)
    return [*kept, left_out(len(facts) - len(kept))]


def left_out(number: int) -> str:
    """Return the line that says how many facts are missing."""
    return f"- ({number} more facts did not fit)"


def _longest_allowed(lengths: Sequence[int], total: int) -> int:
    """Return the length to which the longest must shrink for the sum to be at most ``total``."""
    left, allowed = total, 0
    for place, length in enumerate(sorted(lengths)):
        allowed = left // (len(lengths) - place)
        if length > allowed:
            break
        left -= length
    return allowed


def _gather(value: Any, path: str, found: list[Fact]) -> None:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            name = key if key.isidentifier() else " ".join(key.split())
            below = f"{path}.{name}" if path else name
            if isinstance(inner, (dict, list)):
                _gather(inner, below, found)
            else:
                found.append(Fact(below, inner))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for index, inner in enumerate(value, 1):
            _gather(inner, f"{path}.{index}", found)
    else:
        found.append(Fact(path, value))


def _one_line(value: Any) -> str:
    if type(value) in (int, float):  # most values, and the encoder takes ten times as long
        return repr(value)
    return " ".join(_JSON.encode(value).split())


def _first_items(items: list[Any], characters: int) -> str:
    kept: list[Any] = []
    length = len("[]") + len(_more(len(items)))
    for item in items:
        length += len(_one_line(item)) + (len(", ") if kept else 0)
        if length > characters:
            break
        kept.append(item)
    return _one_line(kept) + _more(len(items) - len(kept))


def _more(number: int) -> str:
    return f" (and {number} more)"


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words of a text, by which words of one root are equal."""
    return {word[:STEM] for word in _WORD.findall(fold(text)) if len(word) >= SHORTEST_WORD}


_stems_of_path = remembered(_stems)
