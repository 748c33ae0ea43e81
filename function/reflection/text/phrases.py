"""Many phrases found in a text at once, in time that does not grow with their number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from function.reflection.text.words import SPACELESS

_TOKEN = re.compile(rf"[{SPACELESS}]|(?:(?![{SPACELESS}])\w)+|[^\w\s]")
_GOES_ON = re.compile(rf"(?![{SPACELESS}])\w")
LONGEST = 200
"""Characters of a phrase; longer ones are in no text for a reader."""


class Phrases:
    """Folded phrases, looked for at the beginnings of words and up to the ends of words.

    In scripts that write no spaces a word may begin and end at every letter.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._known = {phrase for phrase in phrases if phrase and len(phrase) <= LONGEST}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for phrase in self._known:
            if first := _TOKEN.match(phrase):
                lengths[first.group()].add(len(phrase))
        self._lengths = {word: sorted(found, reverse=True) for word, found in lengths.items()}

    def found_in(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield every phrase in a folded text with its place, the longest at a place first."""
        for token in _TOKEN.finditer(text):
            start = token.start()
            for length in self._lengths.get(token.group(), ()):
                phrase = text[start : start + length]
                if len(phrase) == length and phrase in self._known and _ends(text, start + length):
                    yield start, phrase


def _ends(text: str, end: int) -> bool:
    before = text[end - 1]
    return not (_GOES_ON.match(before) and _GOES_ON.match(text, end))
