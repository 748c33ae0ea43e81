"""The part of a text under way that is certain to stand in the answer.

An answer is the text of a model without its thoughts, without what is behind its cut and without
the blanks around it. Where a piece could still turn out to be one of those it is held back, and
shown as soon as it is none. What stays undecided is for the caller to show with the whole answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from function.backends.server_marks import JOINER
from function.backends.thoughts import may_be_thoughts
from function.reflection.checks.soundness import SAID_TWICE, SENTENCE_END, AnswerCut, plain_sentence

_UNFIT = re.compile(f"[\ud800-\udfff{JOINER}]")
"""Characters that are put together, or taken out, when the text is whole."""


class SettledText:
    """Takes a text piece by piece and shows what is certain of it.

    :param show: gets the pieces that stand in the answer, in their order.
    :param cut: where the answer ends before the text does.
    """

    def __init__(self, show: Callable[[str], None], cut: AnswerCut) -> None:
        self._show = show
        self._cut = cut
        self._text = ""
        self._shown = 0
        self._ended = False
        self._sentence = 0
        self._sentences: set[str] = set()

    def take(self, piece: str) -> None:
        """Add a piece of the text."""
        if self._ended:
            return
        seen = len(self._text)
        self._text += piece
        places = (
            len(self._text),
            self._unfit(piece, seen),
            self._end_if(*may_be_thoughts(self._text, self._shown)),
            self._end_if(*self._cut.may_end(self._text, seen)),
            self._repetition(),
        )
        end = min(place for place in places if place is not None)
        settled = self._text[:end].rstrip()
        if self._shown == 0:
            self._shown = len(settled) - len(settled.lstrip())
        if len(settled) > self._shown:
            begin, self._shown = self._shown, len(settled)
            self._show(settled[begin:])

    def _end_if(self, place: int | None, is_certain: bool) -> int | None:
        """Note that nothing from a place on is shown; return the place."""
        self._ended |= is_certain
        return place

    def _unfit(self, piece: str, seen: int) -> int | None:
        found = _UNFIT.search(piece)
        return self._end_if(None if found is None else seen + found.start(), found is not None)

    def _repetition(self) -> int | None:
        """Return where a sentence begins that stands in the text before, or may come to be one."""
        while (end := SENTENCE_END.search(self._text, self._sentence)) is not None:
            plain = plain_sentence(self._text[self._sentence : end.start()])
            if plain in self._sentences:
                return self._end_if(self._sentence, True)
            if len(plain.split()) >= SAID_TWICE:
                self._sentences.add(plain)
            self._sentence = end.end()
        begun = plain_sentence(self._text[self._sentence :])
        if begun and any(known.startswith(begun) for known in self._sentences):
            return self._sentence
        return None
