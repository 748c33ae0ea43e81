"""What is shown of a request while it is answered: steps, texts under way, text that stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from function.contract import ReflectionStep
from function.reflection.checks.soundness import AnswerCut
from function.reflection.settled_text import SettledText

StepListener = Callable[[ReflectionStep], None]


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


@dataclass
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
