"""An answer while it competes to be returned, and what came of the competition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from function.backends.base import FinishReason, Tokens
from function.contract import CheckResult, InferenceRequest, ReflectionStep, StopReason
from function.reflection.answer import Answer
from function.reflection.confidence.confidence import Confidence, Signals

BASIC_CHECKS = frozenset(
    (
        "json_schema",
        "no_repetition",
        "no_echo",
        "question_language",
        "says_something",
        "no_placeholders",
    )
)
"""Checks that a refinement must not break, whatever else it gains."""
_PARTICULAR = re.compile(r"[\"\d:]")


def share_passed(checks: Sequence[CheckResult]) -> float:
    """Return share of the checks that pass, 0 to 1; 1 where nothing can be checked."""
    return sum(check.passed for check in checks) / len(checks) if checks else 1.0


@dataclass(slots=True)
class Candidate:
    """An answer with what is known about it.

    ``agreement`` is its mean likeness to the drafts beside it, None where there were none;
    ``step`` is the reflection step that wrote it, 0 for a draft.
    """

    answer: Answer
    finish_reason: FinishReason
    probability: float | None
    checks: tuple[CheckResult, ...]
    agreement: float | None = None
    step: int = 0

    @property
    def text(self) -> str:
        """The text of the answer."""
        return self.answer.text

    @property
    def score(self) -> float:
        """Share of the checks that pass, 0 to 1; 1 where nothing can be checked."""
        return share_passed(self.checks)

    @property
    def failures(self) -> list[str]:
        """The reasons of the checks that failed."""
        if not self.checks:
            return []
        return [check.reason for check in self.checks if not check.passed]

    @property
    def failed_checks(self) -> list[str]:
        """The names of the checks that failed."""
        return [check.name for check in self.checks if not check.passed]

    @property
    def signals(self) -> Signals:
        """What its confidence is made of, but for what the request says of it."""
        return Signals(
            likelihood=self.probability,
            passed=self.score,
            agreement=self.agreement,
            refined=self.step > 0,
        )

    @property
    def promise(self) -> tuple[bool, float, bool, float, float]:
        """Orders drafts: something before nothing, checks, whole texts, agreement, likelihood."""
        whole = self.finish_reason == "stop"
        return bool(self.text), self.score, whole, self.agreement or 0.0, self.probability or 0.0

    def refusal(self, best: Candidate, reflection: list[str], min_improvement: float) -> str:
        """Return why this refinement must not replace the best candidate; empty where it may."""
        if not self.text:
            return "it is empty"
        if self.text == best.text:
            return "it is the same answer"
        if self.finish_reason != "stop" and best.finish_reason == "stop":
            return "it was cut off"
        # "The answer must contain X" passes the check that X is in it, and answers nothing.
        if any(_opening(reason) in _plain(self.text) for reason in reflection):
            return "it repeats the reason"
        failed = self.failed_checks
        if broken := BASIC_CHECKS.intersection(failed).difference(best.failed_checks):
            return f"it fails {min(broken)}"
        gain = self.score - best.score
        if gain <= 0:
            return f"it still fails {', '.join(failed)}" if failed else "it passes no more checks"
        if gain < min_improvement and failed:
            return f"it passes {gain:.0%} more of the checks, less than {min_improvement:.0%}"
        return ""


@dataclass(frozen=True)
class Earlier:
    """The answer of another model that was not good enough, why, and the steps it took."""

    text: str
    reasons: list[str]
    steps: int


@dataclass(slots=True)
class Outcome:
    """What came of one request.

    ``handed_on`` is set by a native task that abstains: the request as a text model can read it.
    Where the operator turned escalation on, the first text model is asked. ``cut`` says that the
    answer stops in its middle, because its time was over. ``schema_notes`` name the keywords of the
    schema that decoding did not enforce.
    """

    answer: str
    checks: Sequence[CheckResult]
    confidence: Confidence
    stop_reason: StopReason
    tokens: Tokens
    trace: list[ReflectionStep] = field(default_factory=list)
    data: Any = None
    choice: str | None = None
    input_shortened: bool = False
    signals: Signals | None = None
    handed_on: InferenceRequest | None = None
    cut: bool = False
    finish_reason: FinishReason = "stop"
    schema_notes: Sequence[str] = ()
    filled_fields: list[str] = field(default_factory=list)


def _opening(reason: str) -> str:
    """Return a reason up to what is different from answer to answer; the model may say the rest
    anew."""
    opening = _plain(_PARTICULAR.split(reason, maxsplit=1)[0])
    return opening if len(opening.split()) > 2 else _plain(reason)


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" .\"'").split())
