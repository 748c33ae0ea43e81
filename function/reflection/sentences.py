"""Sentences: how many there are, and the first of them.

They end with ``.``, ``!``, ``?`` or a line; the point of a number or of 'e.g.' ends none.
"""

from __future__ import annotations

import re

_END = re.compile(r"(?<!\b[^\W\d_])(?<!\bvs)(?<!\bDr)(?<!\bSr)(?<!\bSra)[.!?…]+(?=[\s\"'”)]|$)|\n+")


def count_sentences(text: str) -> int:
    """Pieces with a letter in them, between ends of sentences."""
    return sum(map(_says_something, _END.split(text)))


def first_sentences(text: str, number: int) -> str:
    """The text up to the end of so many sentences; all of it when there are no more."""
    start = found = 0
    for end in _END.finditer(text):
        found += _says_something(text[start : end.start()])
        start = end.end()
        if found == number:
            return text[:start].rstrip()
    return text


def _says_something(piece: str) -> bool:
    return any(char.isalpha() for char in piece)
