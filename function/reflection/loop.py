"""The reflection loop.

draft -> check -> (reflect -> refine -> check -> score)* -> best candidate. A refinement replaces
the best candidate only when it passes more checks; everything else stays in the trace as not
accepted. The model's own certainty does not count there: a small model that criticises itself
repeats itself, and repeated text is the most certain of all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from function.contract import (
    CheckResult,
    InferenceRequest,
    ReflectionMode,
    ReflectionStep,
    StopReason,
)
from function.deadline import Deadline
from function.errors import ModelRefused, ModelUnavailable, RequestExpired
from function.models.base import FinishReason, Generation, Model, Tokens, Turn
from function.reflection.checks import Check, checks_of, run_checks, schema_of
from function.reflection.confidence import Confidence, of_text, token_probability
from function.reflection.extraction import extract_json
from function.reflection.prompts import CRITIQUE_TOKENS, conversation, critique_of, with_hint
from function.reflection.rendering import PLAIN, Rendering
from function.strict_json import strict_json

RETRY_TEMPERATURE = 0.7
RANDOM_SEED = 2**32 - 1
"""The first number that is no seed: engines take it for "draw one"."""

StepListener = Callable[[ReflectionStep], None]


def ignore_step(step: ReflectionStep) -> None:
    """The listener of those who do not watch."""


@dataclass(frozen=True)
class Candidate:
    """An answer with what is known about it."""

    text: str
    finish_reason: FinishReason
    probability: float | None
    checks: tuple[CheckResult, ...]

    @property
    def score(self) -> float:
        """Share of the checks that pass, 0 to 1; 1 where nothing can be checked."""
        if not self.checks:
            return 1.0
        return sum(check.passed for check in self.checks) / len(self.checks)

    @property
    def failures(self) -> list[str]:
        """The reasons of the checks that failed."""
        return [check.reason for check in self.checks if not check.passed]

    @property
    def confidence(self) -> Confidence:
        """Probability that this is the answer asked for."""
        return of_text(self.probability, self.checks)


@dataclass
class Outcome:
    """What came of one request."""

    answer: str
    checks: Sequence[CheckResult]
    confidence: Confidence
    stop_reason: StopReason
    tokens: Tokens
    trace: list[ReflectionStep] = field(default_factory=list)
    data: Any = None
    choice: str | None = None
    calibrated: bool = False
    input_shortened: bool = False


class ReflectionLoop:
    """One request in front of one model; use it once.

    :param seed: makes the drafts repeatable.
    :param on_step: called after every reflection step.
    :param rendering: how the context is shown to the model.
    """

    def __init__(
        self,
        request: InferenceRequest,
        model: Model,
        deadline: Deadline,
        seed: int,
        on_step: StepListener = ignore_step,
        rendering: Rendering = PLAIN,
    ) -> None:
        self._request = request
        self._model = model
        self._deadline = deadline
        self._seed = seed
        self._on_step = on_step
        self._rendering = rendering
        self._checks: list[Check] = checks_of(request)
        self._schema = schema_of(request)
        self._tokens = Tokens()
        self._counting = Lock()
        self._trace: list[ReflectionStep] = []

    def run(self) -> Outcome:
        """Draft and reflect until there is a reason to stop.

        :raises RequestExpired: the deadline passed before there was any answer.
        :raises ModelRefused: the request does not fit the model.
        :raises ModelUnavailable: the model cannot answer for the moment.
        """
        asked = conversation(self._request, self._model, self._rendering)
        best = self._draft(asked.turns)
        best, stop_reason = self._reflect(asked.turns, best)
        return Outcome(
            answer=best.text,
            checks=best.checks,
            confidence=best.confidence,
            stop_reason=stop_reason,
            tokens=self._tokens,
            trace=self._trace,
            data=self._parsed(best.text),
            choice=best.text if self._request.kind == "choose" and not best.failures else None,
            input_shortened=asked.shortened,
        )

    def _reflect(self, turns: list[Turn], best: Candidate) -> tuple[Candidate, StopReason]:
        request = self._request
        if request.reflection_mode is ReflectionMode.NEVER:
            return best, "never"
        for step in range(1, request.max_reflection_steps + 1):
            if reason := self._enough(best):
                return best, reason
            try:
                reflection = self._look_at(turns, best)
                refined = self._refine(turns, reflection, step)
            except (ModelRefused, ModelUnavailable):
                # There is an answer already; the conversation outgrew the window, or the model
                # went away. Neither is a reason to lose what we have.
                return best, "no_improvement"
            accepted = _improves(refined, best, reflection, request.min_improvement)
            entry = ReflectionStep(
                step=step,
                initial_answer=best.text,
                reflection="; ".join(reflection),
                refined_answer=refined.text,
                confidence=refined.confidence.value,
                improvement_score=round(refined.score - best.score, 6),
                accepted=accepted,
            )
            self._trace.append(entry)
            self._on_step(entry)
            if accepted:
                best = refined
        return best, self._enough(best) or "max_steps"

    def _enough(self, best: Candidate) -> StopReason | None:
        """Why no further step should be taken, if so."""
        if self._deadline.passed or best.finish_reason == "deadline":
            return "deadline"
        if self._request.reflection_mode is ReflectionMode.ALWAYS or best.failures:
            return None
        if best.checks:
            return "checks_passed"
        value = best.confidence.value
        # With nothing to check no refinement could be told from a worse one.
        sure = value is not None and value > self._request.confidence_threshold
        return "confident" if sure else "no_improvement"

    def _look_at(self, turns: list[Turn], best: Candidate) -> list[str]:
        """Failed checks are the reflection; only without any does the model criticise itself."""
        if best.failures:
            return best.failures
        answered = critique_of(turns, best.text, self._model)
        critique = self._ask(answered, CRITIQUE_TOKENS, self._seed, self._request.temperature, None)
        return [" ".join(critique.text.split()) or "nothing was found to mend"]

    def _refine(self, turns: list[Turn], reflection: list[str], step: int) -> Candidate:
        """Answer again, knowing what was wrong but not shown the answer that was.

        Measured on SmolLM2-135M: shown its wrong answer the model repeated it in every case; with
        the reason behind the question it mended 4 of 4 in one step. What comes before the
        question stays in the prefix cache either way.
        """
        temperature = self._request.temperature
        if step > 1:
            # The same question again at temperature 0 could only give the same answer.
            temperature = max(temperature, RETRY_TEMPERATURE)
        return self._generate(
            with_hint(turns, reflection, self._model), self._seed + step, temperature
        )

    def _draft(self, turns: list[Turn]) -> Candidate:
        if self._request.samples == 1:
            best = self._generate(turns, self._seed, self._request.temperature)
        else:
            seeds = range(self._seed, self._seed + self._request.samples)
            with ThreadPoolExecutor(len(seeds)) as pool:
                temperature = self._request.temperature
                drafts = list(
                    pool.map(lambda seed: self._generate(turns, seed, temperature), seeds)
                )
            best = max(drafts, key=_promise)
        if not best.text.strip() and best.finish_reason == "deadline":
            raise RequestExpired("the deadline passed before there was an answer")
        return best

    def _generate(self, turns: list[Turn], seed: int, temperature: float) -> Candidate:
        generation = self._ask(turns, self._request.max_tokens, seed, temperature, self._schema)
        text = generation.text.strip()
        if self._schema is not None:
            text = extract_json(text)
        if self._request.kind == "choose":
            text = text.strip("\"'`*. ")
        return Candidate(
            text=text,
            finish_reason=generation.finish_reason,
            probability=token_probability(generation.log_probabilities),
            checks=tuple(run_checks(self._checks, text)),
        )

    def _ask(
        self,
        turns: list[Turn],
        max_tokens: int,
        seed: int,
        temperature: float,
        schema: dict[str, Any] | None,
    ) -> Generation:
        generation = self._model.generate(
            turns,
            max_tokens=min(max_tokens, self._model.window),
            temperature=temperature,
            seed=seed % RANDOM_SEED,
            deadline=self._deadline,
            schema=schema,
        )
        with self._counting:  # samples are drafted side by side
            self._tokens += generation.tokens
        return generation

    def _parsed(self, text: str) -> Any:
        if self._schema is None:
            return None
        try:
            return strict_json(text.encode())
        except ValueError:
            return None


def _promise(draft: Candidate) -> tuple[bool, float, bool, float]:
    """Orders drafts: something before nothing, then checks, then whole texts, then likelihood."""
    whole = draft.finish_reason == "stop"
    return bool(draft.text), draft.score, whole, draft.probability or 0.0


def _improves(
    refined: Candidate, best: Candidate, reflection: list[str], min_improvement: float
) -> bool:
    """Whether a refinement may take the place of the best candidate."""
    if not refined.text or refined.text == best.text:
        return False
    if refined.finish_reason != "stop" and best.finish_reason == "stop":
        return False
    # "The answer must contain X" passes the check that X is in it, and answers nothing.
    if any(_plain(reason) in _plain(refined.text) for reason in reflection):
        return False
    gain = refined.score - best.score
    return gain > 0 and gain >= min_improvement


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" .\"'").split())
