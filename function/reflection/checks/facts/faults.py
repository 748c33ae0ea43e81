"""What becomes of a fault in a verifier: it is reported, and the verifier has nothing to say.

Without a listener the error is raised, so that tests of verifiers see it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import PurePath
from typing import Any, ParamSpec, TypeVar

from function.errors import FunctionError

P = ParamSpec("P")
T = TypeVar("T")
Listener = Callable[[str, list[str]], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> Callable[[], None]:
    """Have faults reported instead of raised; return what ends that.

    :param listener: gets the class of an error and the places of its traceback, the last first,
        without what a sender wrote.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def note_fault(error: Exception) -> None:
    """Report a fault of a verifier, or raise it where nothing listens.

    :raises Exception: the error, also where it is one that is raised on purpose.
    """
    if not _listeners or isinstance(error, FunctionError | TimeoutError):
        raise error
    frames = reversed(traceback.extract_tb(error.__traceback__))
    places = [f"{PurePath(one.filename).name}:{one.lineno} {one.name}" for one in frames]
    for listener in _listeners:
        listener(type(error).__name__, places)


def guarded(default: Callable[[], Any]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator of a function that returns a default where a verifier fails in it."""

    def guard(verify: Callable[P, T]) -> Callable[P, T]:
        @wraps(verify)
        def call(*args: P.args, **options: P.kwargs) -> T:
            try:
                return verify(*args, **options)
            except Exception as error:
                note_fault(error)
                substitute: T = default()
                return substitute

        return call

    return guard


def nothing() -> None:
    """Return None: what a verifier without a demand returns."""
