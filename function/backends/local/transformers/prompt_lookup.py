"""Guesses the next tokens by looking up where the last few stood before (prompt lookup decoding).

Source of the method: A. Saxena, "Prompt Lookup Decoding" (2023). Exact here at every temperature:
each token is drawn from the network's own distribution, and a guess counts only while it is what
was drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

NGRAM = 3
MOST_GUESSED = 8
REST_AFTER_MISS = 6


class Guesses:
    """Guesses for one text; ``before`` are tokens of an earlier answer to the same question."""

    def __init__(self, before: Sequence[int]) -> None:
        self._before = tuple(before)
        self._most = MOST_GUESSED // 2
        self._rest = 0

    def after(self, ids: Sequence[int], most: int) -> list[int]:
        """Return tokens that may follow ``ids``, at most ``most``, often none."""
        if self._rest:
            self._rest -= 1
            return []
        most = min(most, self._most)
        last = tuple(ids[-NGRAM:])
        return _followers(ids, last, most) or _followers(self._before, last, most)

    def learn(self, guessed: int, right: int) -> None:
        """Guess more after a hit, and rest after a miss: a wrong guess costs time."""
        if guessed == right > 0:
            self._most = min(self._most * 2, MOST_GUESSED)
        elif guessed and not right:
            self._most = max(self._most // 2, 1)
            self._rest = REST_AFTER_MISS


def _followers(ids: Sequence[int], last: tuple[int, ...], most: int) -> list[int]:
    for end in range(len(ids) - 1, NGRAM - 1, -1):
        if ids[end - 1] == last[-1] and tuple(ids[end - NGRAM : end]) == last:
            return list(ids[end : end + most])
    return []
