"""Which answer is the best so far, and whether the next model is asked; off by default."""

from __future__ import annotations

from dataclasses import dataclass, replace

from function.backends.base import Tokens
from function.backends.chain import SingleMember, Walk
from function.contract import ReflectionStep
from function.reflection.answer import Earlier, Outcome, share_passed

CUT_OFF = "its answer was cut off when its part of the time was over"


@dataclass(slots=True)
class Found:
    """An answer, the names of what gave it, and why those before it did not."""

    label: str
    model_name: str
    backend: str
    result: Outcome
    fallback_reason: str | None = None


class Escalation:
    """The answers of one request's members, weighed as they come.

    An answer that was cut off when the member's part of the time was over, as by a server that
    falls silent, is returned only if none after it comes to an end. The attempts of the members
    say which answer was taken.

    :param threshold: calibrated confidence under which the next member is asked; None for never.
    """

    def __init__(self, members: Walk | SingleMember, threshold: float | None) -> None:
        self.earlier: Earlier | None = None
        """What the next member has to improve."""
        self._members = members
        self._threshold = threshold
        self._best: Found | None = None
        self._cut: Found | None = None
        self._spent = Tokens()
        self._trace: list[ReflectionStep] = []

    @property
    def found(self) -> Found | None:
        """The best answer, with the tokens and steps of all; None while there is none."""
        return self._best or self._cut

    def take(self, found: Found) -> bool:
        """Weigh an answer; return whether it is good enough to be the last."""
        better = found
        if self._cut is not None:
            better, other = (self._cut, found) if found.result.cut else (found, self._cut)
            self._members.mark(other.label, "outdone")
            spent = self._cut.result.tokens + found.result.tokens
            better = replace(better, result=replace(better.result, tokens=spent))
            self._cut = None
        if found.result.cut and self._members.goes_on:
            self._members.outdo(found.label, CUT_OFF)
            self._cut = better
            return False
        return self._weigh(better)

    def give_up(self) -> bool:
        """Do without the answer of the next member; return whether to stop asking."""
        if self._cut is None:
            return True
        found, self._cut = self._cut, None
        return self._weigh(found)

    def _weigh(self, found: Found) -> bool:
        self._spent += found.result.tokens
        self._trace += found.result.trace
        if self._best is None:
            self._best = found
        elif improves(found.result, self._best.result):
            self._members.mark(self._best.label, "outdone")
            self._best = found
        else:
            self._members.mark(found.label, "outdone")
        self._best.result.tokens, self._best.result.trace = self._spent, self._trace
        if self._threshold is None:
            return True
        reason = weakness(self._best.result, self._threshold)
        if reason is None:
            return True
        self._members.outdo(found.label, reason)
        self.earlier = Earlier(self._best.result.answer, [reason], len(self._trace))
        return False


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
