"""What is shown of a request while it is answered: steps, texts under way, text that stays.

With the stop text ``END`` a text under way that ends in ``E`` is shown without that letter until
the next piece says whether it begins the stop text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from function.backends.server_marks import JOINER
from function.backends.thoughts import may_be_thoughts
from function.contract import ReflectionStep
from function.reflection.checks.soundness import SAID_TWICE, SENTENCE_END, AnswerCut, plain_sentence

StepListener = Callable[[ReflectionStep], None]
_UNFIT = re.compile(f"[\ud800-\udfff{JOINER}]")
"""Characters that are put together, or taken out, when the text is whole."""


class Piece(NamedTuple):
    """A piece of a text under way.

    ``step`` is the reflection step that the text is written for, 0 for the first draft. ``draft``
    numbers the texts of a request from 1 on: with another number a new text begins.
    """

    step: int
    draft: int
    text: str


def ignore_step(step: ReflectionStep) -> None:
    """Ignore a step: the default listener."""


@dataclass(eq=False)
class Listener:
    """Takes what happens to one request; its functions are called from other threads as well.

    :param on_step: gets every reflection step as it comes.
    :param on_piece: gets every text as it is written; all of it may still be replaced.
    :param on_text: gets text that stays in the answer, where no other can replace it.
    """

    on_step: StepListener = ignore_step
    on_piece: Callable[[Piece], None] | None = None
    on_text: Callable[[str], None] | None = None
    shown: bool = field(default=False, init=False)
    """Whether ``on_text`` got anything, so that no other answer may be given."""
    _drafts: count[int] = field(default_factory=lambda: count(1), init=False)

    def open(self, step: int, cut: AnswerCut) -> TextListener | None:
        """Return what takes the next text as it is written; None where it is not wanted."""
        if self.on_piece is None and self.on_text is None:
            return None
        return TextListener(self, step, next(self._drafts), cut)

    def show(self, text: str) -> None:
        """Pass on text that stays in the answer."""
        self.shown = True
        if self.on_text is not None:
            self.on_text(text)


class TextListener:
    """Takes the pieces of one text until it is closed."""

    def __init__(self, listener: Listener, step: int, draft: int, cut: AnswerCut) -> None:
        self._on_piece = listener.on_piece
        self._settled = None if listener.on_text is None else SettledText(listener.show, cut)
        self._step = step
        self._draft = draft
        self._closed = False

    def __call__(self, text: str) -> None:
        """Take a piece; an engine that was given up may still write some after the end."""
        if self._closed or not text:
            return
        if self._on_piece is not None:
            self._on_piece(Piece(self._step, self._draft, text))
        if self._settled is not None:
            self._settled.take(text)

    def close(self) -> None:
        """Take no more."""
        self._closed = True


SILENT = Listener()
"""Shows nothing."""


class SettledText:
    """Takes a text piece by piece and shows what is certain to stand in the answer.

    An answer is the text of a model without its thoughts, without what is behind its cut and
    without the blanks around it. Where a piece could still turn out to be one of those it is held
    back, and shown as soon as it is none. What stays undecided is for the caller to show with the
    whole answer.

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
