"""An answer: its text and JSON value, what is known about it, how sure of it the function is.

Nothing here looks at the length of an answer: the token probability is a mean, not a sum. A fit
turns signals into a probability that was held against what turned out to be right; one small file
for each model is shipped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from function.backends.base import FinishReason, Score, Tokens
from function.contract import CheckResult, InferenceRequest, ReflectionStep, StopReason
from function.events.strict_json import strict_json
from function.json_tree import texts

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
LEAST_AUROC = 0.75
MOST_ECE = 0.1
"""A confidence that does worse on families left out of the fit is not given."""
SMALLEST = 1e-6


class Answer:
    """The text of an answer, and the JSON value that it is where it is one.

    The value is parsed when it is first read; nothing may change it.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Answer({self.text!r})"

    @property
    def value(self) -> Any:
        """The JSON value, or None where the text is not JSON; see :attr:`problem`."""
        return self._parsed[0]

    @property
    def problem(self) -> str:
        """Why the text is not JSON, or an empty string where it is."""
        return self._parsed[1]

    @cached_property
    def tree(self) -> dict[str, Any] | list[Any] | None:
        """The JSON object or array, or None where the text is neither."""
        # Most answers are prose, and a parser's error takes longer than a look at one character.
        if not self.text.lstrip().startswith(("{", "[")):
            return None
        value: dict[str, Any] | list[Any] | None = self.value
        return value

    @cached_property
    def texts(self) -> list[str]:
        """The texts in the JSON value, or the whole text where it is prose."""
        return [self.text] if self.tree is None else list(texts(self.tree))

    @cached_property
    def _parsed(self) -> tuple[Any, str]:
        try:
            return strict_json(self.text.encode("utf-8", "surrogatepass")), ""
        except ValueError as error:
            return None, str(error) or "not JSON"


@dataclass(slots=True)
class Signals:
    """The features that confidence is made of; None where a signal is missing.

    ``likelihood`` is the mean token probability, or the share of the best choice; ``margin`` how
    far that is above the second choice's; ``passed`` the share of checks that pass; ``agreement``
    the mean likeness to the other drafts; ``refined`` whether a reflection step wrote the answer;
    ``support`` the share of its words that the request has as well; ``news`` whether it says
    something of the facts that the question lacks; ``openness`` how many bits of a JSON answer the
    schema left to the model.
    """

    likelihood: float | None
    passed: float = 1.0
    agreement: float | None = None
    refined: bool = False
    margin: float | None = None
    support: float | None = None
    news: bool = False
    openness: float | None = None

    @property
    def features(self) -> dict[str, float]:
        """The signals as numbers of about the same size; unknown ones are 0."""
        return {
            "likelihood": _logit(self.likelihood),
            "agreement": 0.0 if self.agreement is None else self.agreement,
            "refined": float(self.refined),
            "margin": 0.0 if self.margin is None else self.margin,
            "support": 0.0 if self.support is None else self.support,
            "news": float(self.news),
            "openness": 0.0 if self.openness is None else self.openness / 10,
        }


class Fit(BaseModel):
    """A logistic regression over the signals of one kind of answer.

    ``auroc`` and ``ece`` are of families of cases that the regression had not seen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: dict[str, float]
    intercept: float
    cases: int = Field(ge=1)
    auroc: float = Field(ge=0, le=1)
    ece: float = Field(ge=0, le=1)

    @property
    def informative(self) -> bool:
        """Whether this confidence holds for requests that it was not fitted to."""
        return self.auroc >= LEAST_AUROC and self.ece <= MOST_ECE

    def probability(self, signals: Signals) -> float:
        """Return the probability that an answer with these signals is right."""
        features = signals.features
        total = self.intercept + sum(
            weight * features[name] for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


class Calibration(BaseModel):
    """What is known about one model's confidence: a fit for each kind of answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    suite: str
    kinds: dict[str, Fit]


def file_name(model: str) -> str:
    """Return the name of a model's file in ``function/reflection/calibration``."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", model).strip("-.") + ".json"


@cache
def calibration_of(model: str) -> Calibration | None:
    """Return the calibration that is shipped for a model, or None."""
    file = files("function.reflection") / "calibration" / file_name(model)
    if not file.is_file():
        return None
    return Calibration.model_validate_json(file.read_text("utf-8"))


@dataclass(slots=True)
class Confidence:
    """A probability and where it comes from; both None without any signal.

    ``calibrated`` says that such values were held against what turned out to be right.
    """

    value: float | None
    method: str | None
    calibrated: bool = False


UNKNOWN = Confidence(None, None)


def token_probability(log_probabilities: Sequence[float] | None) -> float | None:
    """Return the geometric mean of the tokens' probabilities, 0 to 1; None without
    log-probabilities."""
    if not log_probabilities:
        return None
    return math.exp(sum(log_probabilities) / len(log_probabilities))


def of_answer(signals: Signals, method: str, fit: Fit | None) -> Confidence:
    """Return how sure the function is of an answer.

    An answer that fails a check is known to be wrong; that is calibrated where the fit, which was
    held against such answers too, can tell right from wrong. Else it is what the fit makes of the
    signals, nothing where it cannot tell, and without a fit the likelihood.

    :param method: what the likelihood is, without a fit.
    """
    if signals.passed < 1:
        return Confidence(0.0, "failed_checks", fit is not None and fit.informative)
    if fit is not None and signals.likelihood is not None:
        if not fit.informative:
            return UNKNOWN
        return Confidence(fit.probability(signals), "logistic_regression", True)
    if signals.likelihood is None:
        return UNKNOWN
    return Confidence(min(signals.likelihood, 1.0), method)


def of_choices(given: Sequence[Score], prior: Sequence[Score]) -> list[float]:
    """Return the probability of each choice: softmax of length-normalised PMI.

    Divided by the square root of the length: on the development half 19 of 21 alerts were right,
    17 with the mean over the tokens (which favours short texts) and 16 with the sum (long ones).

    :param given: how likely each choice's text is after the case at hand.
    :param prior: how likely it is without the case, which is what its wording alone is worth.
    :return: probabilities in the same order, summing to 1.

    Source: "Surface Form Competition", arXiv 2104.08315 (domain-conditional PMI).
    """
    gains = [
        with_case.log_probability / math.sqrt(with_case.length)
        - without.log_probability / math.sqrt(without.length)
        for with_case, without in zip(given, prior, strict=True)
    ]
    peak = max(gains)
    return _normalised([math.exp(gain - peak) for gain in gains], gains)


def pooled(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Return the normalised geometric mean of two distributions over the same choices."""
    means = [math.sqrt(first * second) for first, second in zip(one, other, strict=True)]
    return _normalised(means, one)


def weighted(probabilities: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the normalised products of probabilities and weights."""
    products = [value * weight for value, weight in zip(probabilities, weights, strict=True)]
    return _normalised(products, probabilities)


def _normalised(values: Sequence[float], otherwise: Sequence[float]) -> list[float]:
    """Return values that sum to 1, others where they are all 0."""
    total = sum(values)
    return [value / total for value in values] if total else list(otherwise)


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
    schema that decoding did not enforce. ``withheld`` is what the model wrote, where the facts gave
    an answer in its place. ``notes`` name texts that lost orders to the model.
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
    notes: Sequence[str] = ()
    filled_fields: list[str] = field(default_factory=list)
    withheld: str | None = None


def _opening(reason: str) -> str:
    """Return a reason up to what is different from answer to answer; the model may say the rest
    anew."""
    opening = _plain(_PARTICULAR.split(reason, maxsplit=1)[0])
    return opening if len(opening.split()) > 2 else _plain(reason)


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" .\"'").split())


def _logit(probability: float | None) -> float:
    if probability is None:
        return 0.0
    inside = min(max(probability, SMALLEST), 1 - SMALLEST)
    return math.log(inside / (1 - inside))
