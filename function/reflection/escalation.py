"""Has the next model answer when an answer is not good enough to be the last; off by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from function.backends.base import Model
from function.backends.lent import Lent
from function.backends.walk import Answered, Walk
from function.deadline import Deadline
from function.errors import FunctionError
from function.reflection.candidates import Earlier, Outcome, share_passed

Work = Callable[[Model, Deadline, Earlier | None], Outcome]
"""Has a model answer before the deadline, knowing the candidate so far if there is one."""
Found = Answered[Outcome]
"""What came of a request at one backend, with the names of that."""


def climb(walk: Walk, work: Work, threshold: float | None, found: Found | None = None) -> Found:
    """Return the best answer of the members, of which each next one is asked only if need be.

    The attempts of the walk tell whose answer it is. A member that gives none loses nothing.

    :param threshold: calibrated confidence under which the next one is asked; None for never.
    :param found: an answer that something else gave before, see :attr:`Outcome.handed_on`.
    :raises RequestFailed: the request can never succeed, or its time is over.
    :raises ModelUnavailable: no member can answer for the moment.
    """
    if found is None:
        found = ask_once(walk, work)
    if threshold is None:
        return found
    best = asked = found
    spent, trace = found.result.tokens, list(found.result.trace)
    while reason := weakness(best.result, threshold):
        walk.outdo(asked.label, reason)
        try:
            asked = ask_once(walk, work, Earlier(best.result.answer, [reason], len(trace)))
        except FunctionError:  # nobody else can; there is an answer already
            break
        spent += asked.result.tokens
        trace += asked.result.trace
        if improves(asked.result, best.result):
            walk.mark(best.label, "outdone")
            best = asked
        else:
            walk.mark(asked.label, "outdone")
    return replace(best, result=replace(best.result, tokens=spent, trace=trace))


def weakness(outcome: Outcome, threshold: float) -> str | None:
    """Return why an answer should not be the last, if so."""
    if outcome.handed_on is not None:
        return "it abstained"
    failures = [check.reason for check in outcome.checks if not check.passed]
    if failures:
        return "; ".join(failures)
    if not outcome.answer.strip():
        return "it is empty"
    confidence = outcome.confidence
    if confidence.calibrated and confidence.value is not None and confidence.value < threshold:
        return f"its confidence is {confidence.value:.2f}, less than {threshold:g}"
    return None


def improves(later: Outcome, best: Outcome) -> bool:
    """Return whether the answer of a later member is the better one.

    More checks that pass decide, then confidence where both are calibrated. Else the later one is
    taken: the other is known to be doubtful, or to be none.
    """
    if not later.answer.strip() or (best.handed_on is not None and later.choice == best.choice):
        return False
    passed, passed_before = share_passed(later.checks), share_passed(best.checks)
    if passed != passed_before:
        return passed > passed_before
    if passed < 1:
        return False
    now, before = later.confidence, best.confidence
    if now.calibrated and before.calibrated and now.value is not None and before.value is not None:
        return now.value > before.value
    return True


def ask_once(walk: Walk | Lent, work: Work, earlier: Earlier | None = None) -> Found:
    """Return the answer of the next member; errors as for :func:`climb`.

    One that was cut off when the member's part of the time was over, as by a server that falls
    silent, is returned only if nobody after it comes to an end.
    """
    found = walk.ask(lambda model, budget: work(model, budget, earlier))
    if isinstance(walk, Lent) or not found.result.cut or not walk.goes_on:
        return found
    walk.outdo(found.label, "its answer was cut off when its part of the time was over")
    try:
        later = ask_once(walk, work, earlier)
    except FunctionError:
        return found
    best, other = (found, later) if later.result.cut else (later, found)
    walk.mark(other.label, "outdone")
    spent = found.result.tokens + later.result.tokens
    return replace(best, result=replace(best.result, tokens=spent))
