"""Sentences: how many there are, and the first of them.

They end with ``.``, ``!``, ``?``, the stop of another script (``。``, ``؟``, ``।``) or a line; the
point of a number or of 'e.g.' ends none. A Latin stop needs a space or a closing mark behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

OTHER_STOPS = "。｡！？．؟۔।॥።፧፨။។៕։᙮᠃᠉꓿꘎꘏꛳꛷꩝꩞꩟‼⁇⁈⁉"
"""Stops of scripts without capitals or spaces, which end a sentence whatever follows."""
# Possessive: a run of stops before a letter would else be tried again from each of them.
_END = re.compile(rf"(?<![.!?…])[.!?…]++(?=[\s\"'”»)\]」』]|$)|[{OTHER_STOPS}]++|\n++")
QUOTED = re.compile(
    r"(?<!\w)['\"‘“«](?=\w)(?P<text>.{4,}?)(?<=[\w.!?%)…])['\"’”»](?!\w)", re.DOTALL
)
"""A text that another one quotes."""
_ABBREVIATED = re.compile(
    r"(?:\b(?:[^\W\d_]|vs|ex|fig|figs|prof|profa|dr|dra|sr|sra|srta|mr|mrs|av|approx|aprox)"
    r"|\b(?P<ends>etc)|\b(?P<counts>no|nos))$",
    re.IGNORECASE,
)
_NEXT = re.compile(r"[ \"'”)]*+(\S)")
_BEFORE = 8
"""Characters before a point in which an abbreviation and what is before it have room."""
_NUMBER = re.compile(r"\s\d")
BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
"""The mark of an entry of a list: a dash, a dot or a number."""


def count_sentences(text: str) -> int:
    """Pieces with a letter in them, between ends of sentences."""
    return sum(map(_says_something, sentences(text)))


def sentences(text: str) -> Iterator[str]:
    """Yield what stands between ends of sentences, in its order; it may be without words."""
    start = 0
    for end in _ends(text):
        yield text[start : end.start()]
        start = end.end()
    yield text[start:]


def first_sentences(text: str, number: int) -> str:
    """Return the first sentences of a text, at most ``number``."""
    start = found = 0
    for end in _ends(text):
        found += _says_something(text[start : end.start()])
        start = end.end()
        if found == number:
            return text[:start].rstrip()
    return text


def _ends(text: str) -> Iterator[re.Match[str]]:
    for end in _END.finditer(text):
        if end.group() != "." or not _goes_on(text, end):
            yield end


def _goes_on(text: str, point: re.Match[str]) -> bool:
    """Return whether a point belongs to an abbreviation with the sentence going on behind it."""
    found = _ABBREVIATED.search(text, max(point.start() - _BEFORE, 0), point.start())
    if found is None:
        return False
    if found["ends"]:
        following = _NEXT.match(text, point.end())
        return following is None or not following[1].isupper()
    return not found["counts"] or _NUMBER.match(text, point.end()) is not None


def _says_something(piece: str) -> bool:
    return any(char.isalpha() for char in piece)
