"""A text that fields of an answer are read from: its words, its clauses, what it denies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from function.reflection.checks.facts.vocabulary import WORD, are_forms, mean_the_same, word_set
from function.reflection.checks.stated_numbers import UNITS, Mention, mentions
from function.reflection.text.words import fold, leaning
from function.schemas.days_and_months import MONTHS

_BREAK = re.compile(
    r"[,;!?\n()|]|\.(?:\s|$)|\s[-–—/]\s|\b(?:and|but|however|e|mas|porem|porém)\b", re.I
)
_SHORTENED = re.compile(r"\b(?:no|nr|n|mr|mrs|ms|dr|dra|sr|sra|prof|profa|st|av|r)$", re.I)
"""Words whose full stop ends no sentence."""
_NEGATIONS = word_set(
    "no not never without none nor neither cannot isn aren wasn weren don doesn didn won hasn "
    "haven non nao nem sem nunca nenhum nenhuma jamais"
)
_UNLESS = word_set(
    "if whether unless forget maybe perhaps se caso talvez esqueca esquecer only apenas"
)
"""Words beside which a negation or a mention is not plain."""
_COUNT = rf"(?:\d+|{'|'.join(word for word in UNITS if len(word) > 2)})"
_PART_OF = re.compile(rf"\b{_COUNT} (?:of|out of|d[aeo]s?) (?:the |our |os |as )?{_COUNT}\b|\d/\d")
"""*Two of the seven*: neither number alone is that of what is counted."""
_FAR = 4
"""Words between a negation and what it denies, at most."""
_MONTHS = frozenset(
    [fold(name) for names in MONTHS for name in names] + [name[:3] for name in MONTHS[0]]
)
_ORDINAL = frozenset(("st", "nd", "rd", "th"))
_LETTERS_OF_FORM = 4


class Token(NamedTuple):
    """A word of a text, folded, with its place and the number of its clause."""

    word: str
    start: int
    end: int
    clause: int


class ParsedText:
    """A text taken apart into words.

    :param text: as it was written.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def tokens(self) -> list[Token]:
        """The words with the clauses that they are in."""
        ends = [
            found.start()
            for found in _BREAK.finditer(self.text)
            if found[0][0] != "." or not _SHORTENED.search(self.text[: found.start()])
        ]
        found: list[Token] = []
        clause = 0
        for token in WORD.finditer(self.text):
            while clause < len(ends) and ends[clause] < token.start():
                clause += 1
            found.append(Token(fold(token[0]), *token.span(), clause))
        return found

    @cached_property
    def _negations(self) -> frozenset[str]:
        """Words that deny; *no* is a preposition in Portuguese."""
        return _NEGATIONS - {"no"} if leaning(self.text) == "pt" else _NEGATIONS

    @cached_property
    def numbers(self) -> list[Mention]:
        """The numbers that count something; days of a date, and parts of a whole, are none."""
        parts = [found.span() for found in _PART_OF.finditer(fold(self.text))]
        return [
            one
            for one in mentions(self.text)
            if not self._is_of_date(one)
            and not any(start <= one.start < end for start, end in parts)
        ]

    def _is_of_date(self, mention: Mention) -> bool:
        near = [*mention.before[-1:], *(word for word in mention.after if word not in ("de", "of"))]
        return not _MONTHS.isdisjoint(near[:2])

    def is_ordinal(self, mention: Mention) -> bool:
        """Return whether a number is a place or a day, such as *6th*."""
        joined = self.text[mention.end : mention.end + 1].isalpha()
        return joined and bool(mention.after) and mention.after[0] in _ORDINAL

    def places(
        self, words: Sequence[str], *, alike: Callable[[str, str], bool] | None = None
    ) -> Iterator[tuple[int, int]]:
        """Yield the first and the last place where words stand in a row.

        :param alike: whether two folded words are taken for one; forms of one word by default.
        """
        are_alike = alike or is_form
        for first in range(len(self.tokens) - len(words) + 1):
            row = [token.word for token in self.tokens[first : first + len(words)]]
            if all(map(are_alike, words, row)):
                yield first, first + len(words) - 1

    def clause_of(self, place: int) -> list[tuple[int, Token]]:
        """Return the words of the clause that a word is in, with their places."""
        clause = self.tokens[place].clause
        return [(i, token) for i, token in enumerate(self.tokens) if token.clause == clause]

    def is_of_a_choice(self, first: int, last: int) -> bool:
        """Return whether words are among options that a text lists: *low/high*, *low|high*."""
        start, end = self.tokens[first].start, self.tokens[last].end
        beside = self.text[:start].rstrip()[-1:] + self.text[end:].lstrip()[:1]
        return "/" in beside or "|" in beside

    def is_denied(self, first: int, last: int, *, behind: bool) -> bool | None:
        """Return whether a clause denies what stands in it, None where that is not plain.

        :param behind: whether a negation behind it counts: *a projector isn't needed*, and a
            question leaves open what it says.
        """
        clause = self.clause_of(first)
        following = [token.word for token in self.tokens[clause[-1][0] + 1 :][:1]]
        if not _UNLESS.isdisjoint([*(token.word for _, token in clause), *following]):
            return None
        end = self.tokens[clause[-1][0]].end
        if behind and self.text[end : end + 2].lstrip()[:1] == "?":
            return None
        found = [
            place
            for place, token in clause
            if token.word in self._negations
            and (0 < first - place <= _FAR or (behind and 0 < place - last <= _FAR))
        ]
        return None if len(found) > 1 else bool(found)


def is_form(word: str, other: str) -> bool:
    """Return whether two folded words are forms of one word; short ones must be the same."""
    if word == other or word + "s" == other or other + "s" == word:
        return True
    return min(len(word), len(other)) > _LETTERS_OF_FORM and are_forms(word, other)


def are_inflected(word: str, other: str) -> bool:
    """Return whether two folded words differ by the last letter at most, or by a plural."""
    is_close = abs(len(word) - len(other)) <= 1 and other.startswith(word[:-1])
    return is_close and is_form(word, other)


def is_near(word: str, other: str) -> bool:
    """Return whether two folded words are forms of one word, or share a meaning."""
    return is_form(word, other) or mean_the_same(word, other)
