"""One model answers one request: it scores given choices, or writes in the reflection loop.

draft -> check -> (reflect -> refine -> check -> score)* -> best candidate. A refinement replaces
the best candidate only when it passes more checks; everything else stays in the trace as not
accepted. The model's own certainty does not count there: a small model that criticises itself
repeats itself, and repeated text is the most certain of all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

from function.backends.base import Model, Turn
from function.contract import (
    CheckResult,
    InferenceRequest,
    ReflectionMode,
    ReflectionStep,
    StopReason,
)
from function.deadline import Deadline, milliseconds
from function.errors import ModelRefused, ModelUnavailable
from function.reflection.answer import (
    Calibration,
    Candidate,
    Confidence,
    Earlier,
    Fit,
    Outcome,
    Signals,
    of_answer,
)
from function.reflection.checks.checks import rules_of
from function.reflection.choices import ChoicePrompt, choose
from function.reflection.confidence.signals import Source, openness
from function.reflection.drafting import Drafter, composed_values, filled_values, schema_for
from function.reflection.listener import SILENT, Listener
from function.reflection.prompt.facts import PLAIN, Rendering
from function.reflection.prompt.prompts import (
    CRITIQUE_TOKENS,
    conversation,
    critique_of,
    with_earlier,
    with_hint,
)
from function.reflection.prompt.screening import screened
from function.remediation import (
    NO_FUNCTION,
    chooses_remediation,
    labels_in,
    labels_written_in,
    remediation,
    without_action,
)
from function.telemetry import NO_TRACER, Tracer

RETRY_TEMPERATURE = 0.7
LITTLE = 4
"""Characters of a prompt that asks next to nothing."""
FEW_TOKENS = 64
"""Most tokens of an answer to that."""
FILLING_SHARE = 8
"""Part of the time left that may go into fields whose values follow from the facts."""
LEAST_COMPOSING = 0.2
"""Seconds for what the facts give in place of an answer, also when its time is over."""
SCREENING_SHARE = 8
"""Part of the time left that may go into looking for orders to the model in the context."""
SOURCE_SHARE = 8
"""Part of the time left that may go into reading what answers are compared with."""


def answer(
    request: InferenceRequest,
    model: Model,
    deadline: Deadline,
    seed: int,
    listener: Listener = SILENT,
    rendering: Rendering = PLAIN,
    calibration: Calibration | None = None,
    earlier: Earlier | None = None,
    tracer: Tracer = NO_TRACER,
    choice_prompt: ChoicePrompt = "auto",
) -> Outcome:
    """Score the choices where the model can, else draft and reflect.

    :param earlier: what another model answered; choices are scored without looking at it.

    :raises ModelRefused: no model does this task, or the request does not fit this one.
    :raises ModelUnavailable: the model cannot answer for the moment.
    :raises RequestExpired: the deadline passed before there was any answer.
    """
    kind = request.kind
    left_out: tuple[str, ...] = ()
    if len(request.question) <= LITTLE and asks_next_to_nothing(request):
        # A small model that is given a letter goes on to its last token.
        request = request.model_copy(update={"max_tokens": min(request.max_tokens, FEW_TOKENS)})
    if request.context or request.response_format or kind == "choose":
        request, left_out = screened(request, deadline.share(SCREENING_SHARE))
    if kind not in ("text", "choose"):
        raise ModelRefused(f"no model here serves the task {kind}")
    fit = calibration.kinds.get(kind_of(request)) if calibration else None
    if kind == "choose" and model.abilities.scoring:
        outcome = choose(request, model, deadline, rendering, fit, choice_prompt)
    else:
        outcome = ReflectionLoop(
            request, model, deadline, seed, listener, rendering, fit, earlier, tracer
        ).run()
    outcome.notes = left_out
    if outcome.choice is not None:
        outcome.answer = request.origin.wordings.get(outcome.choice, outcome.answer)
    return _with_parameters(outcome, request)


def asks_next_to_nothing(request: InferenceRequest) -> bool:
    """Return whether a request for a text has nothing but one short word."""
    beside = request.context or request.system or request.messages or request.response_format
    one_word = len(request.question.split()) <= 1 and "?" not in request.question
    return one_word and request.kind == "text" and not beside


def kind_of(request: InferenceRequest) -> str:
    """Return what sort of answer a request wants: ``choose``, ``json`` or ``text``."""
    if request.kind == "choose":
        return "choose"
    return "json" if request.response_format else "text"


@dataclass
class ReflectionLoop:
    """One request in front of one model; use it once.

    :param seed: makes the drafts repeatable.
    :param listener: gets every reflection step, and the texts as they are written.
    :param rendering: how the context is shown to the model.
    :param fit: what such answers of this model turned out to be worth.
    :param earlier: what another model answered, for this one to do better.
    """

    request: InferenceRequest
    model: Model
    deadline: Deadline
    seed: int
    listener: Listener = SILENT
    rendering: Rendering = PLAIN
    fit: Fit | None = None
    earlier: Earlier | None = None
    tracer: Tracer = NO_TRACER

    def __post_init__(self) -> None:
        request, deadline = self.request, self.deadline
        self._source = _source(request, deadline) if self.fit is not None else None
        self._rules = rules = rules_of(request)
        values = {}
        if request.response_format is not None:
            values = filled_values(request, rules, deadline.share(FILLING_SHARE))
        schema = schema_for(request, deadline, values)
        self._openness = None if schema is None else openness(schema)
        self._steps_before = self.earlier.steps if self.earlier else 0
        self._drafter = Drafter(
            *(request, self.model, deadline, schema, rules, values, self.tracer),
            self.listener,
            self._steps_before,
        )
        self._trace: list[ReflectionStep] = []
        self._judged: tuple[Candidate, Signals, Confidence] | None = None

    def run(self) -> Outcome:
        """Draft and reflect until there is a reason to stop.

        :raises RequestExpired: the deadline passed before there was any answer.
        :raises ModelRefused: the request does not fit the model.
        :raises ModelUnavailable: the model cannot answer for the moment.
        """
        asked = conversation(self.request, self.model, self.rendering)
        turns = asked.turns
        if (earlier := self.earlier) is not None:
            turns = with_earlier(turns, earlier.text, earlier.reasons, self.model)
        best = self._drafter.draft(turns, self.seed)
        best, stop_reason = self._reflect(asked.turns, best)
        written = best
        best = self._with_composed(best)
        signals, confidence = self._judge(best)
        data = None
        if self.request.response_format is not None:
            data = without_action(best.answer.value, "parameters" in best.failed_checks)
        return Outcome(
            answer=best.text,
            checks=best.checks,
            confidence=confidence,
            stop_reason=stop_reason,
            tokens=self._drafter.tokens,
            trace=self._trace,
            data=data,
            choice=best.text if self.request.kind == "choose" and not best.failures else None,
            input_shortened=asked.shortened,
            signals=signals,
            filled_fields=self._drafter.filled,
            cut=best.finish_reason == "deadline",
            finish_reason=best.finish_reason,
            schema_notes=self._drafter.schema_notes,
            withheld=None if best is written else written.text,
        )

    def _with_composed(self, best: Candidate) -> Candidate:
        """Return what the facts give for an answer that no step could repair, else the answer.

        Text that was shown stays.
        """
        if not best.failures or self.listener.shown:
            return best
        # An answer whose time is over is the likeliest to fail, and this takes milliseconds.
        deadline = Deadline.after(max(self.deadline.left / FILLING_SHARE, LEAST_COMPOSING))
        values = composed_values(self.request, self._rules, best.answer, deadline)
        return self._drafter.compose(best, values) or best

    def _reflect(self, turns: list[Turn], best: Candidate) -> tuple[Candidate, StopReason]:
        request = self.request
        if request.reflection_mode is ReflectionMode.NEVER:
            if best.finish_reason == "deadline":
                return best, "deadline"
            return best, "budget" if self._drafter.limited else "never"
        for step in range(1, request.max_reflection_steps + 1):
            if reason := self._enough(best):
                return best, reason
            try:
                with self.tracer.step(step) as span:
                    entry, refined = self._take_step(turns, best, step)
                    span.end(entry)
            except (ModelRefused, ModelUnavailable):
                # There is an answer already; the conversation outgrew the window, or the model
                # went away, or the tokens are used up. None is a reason to lose what we have.
                return best, "budget" if self._drafter.limited else "no_improvement"
            self._trace.append(entry)
            self.listener.on_step(entry)
            if entry.accepted:
                best = refined
        return best, self._enough(best) or "max_steps"

    def _take_step(
        self, turns: list[Turn], best: Candidate, step: int
    ) -> tuple[ReflectionStep, Candidate]:
        """Look at the best candidate and refine it."""
        started, spent = perf_counter(), self._drafter.tokens.total
        reflection = self._look_at(turns, best)
        refined = self._refine(turns, reflection, step)
        refusal = refined.refusal(best, reflection, self.request.min_improvement)
        entry = ReflectionStep(
            step=step + self._steps_before,
            initial_answer=best.text,
            reflection="; ".join(reflection),
            refined_answer=refined.text,
            confidence=None if refusal else self._judge(refined)[1].value,
            improvement_score=round(refined.score - best.score, 6),
            accepted=not refusal,
            refused_because=refusal or None,
            failed_checks=best.failed_checks,
            tokens_used=self._drafter.tokens.total - spent,
            duration_ms=milliseconds(perf_counter() - started),
        )
        return entry, refined

    def _enough(self, best: Candidate) -> StopReason | None:
        """Return why no further step should be taken, if so."""
        if self.deadline.passed or best.finish_reason == "deadline":
            return "deadline"
        if self._drafter.limited:
            return "budget"
        if self.request.reflection_mode is ReflectionMode.ALWAYS or best.failures:
            return None
        if best.checks:
            return "checks_passed"
        value = self._judge(best)[1].value
        # With nothing to check a refinement cannot be distinguished from a worse one.
        sure = value is not None and value > self.request.confidence_threshold
        return "confident" if sure else "no_improvement"

    def _look_at(self, turns: list[Turn], best: Candidate) -> list[str]:
        """Failed checks are the reflection; only without any does the model criticise itself."""
        if best.failures:
            return best.failures
        answered = critique_of(turns, best.text, self.model)
        temperature = self.request.temperature
        critique = self._drafter.ask(answered, CRITIQUE_TOKENS, self.seed, temperature)
        return [" ".join(critique.text.split()) or "nothing was found to mend"]

    def _refine(self, turns: list[Turn], reflection: list[str], step: int) -> Candidate:
        """Answer again, knowing what was wrong but not shown the answer that was.

        Measured on SmolLM2-135M: shown its wrong answer the model repeated it in every case; with
        the reason behind the question it mended 4 of 4 in one step. What comes before the
        question stays in the prefix cache either way.
        """
        # The same question again at temperature 0 could only give the same answer.
        again = max(self.request.temperature, RETRY_TEMPERATURE)
        temperature = again if step > 1 else self.request.temperature
        left = self.request.max_reflection_steps - step + 1
        same = left if temperature == again else 1
        hinted = with_hint(turns, reflection, self.model)
        return self._drafter.refine(hinted, self.seed + step, temperature, step, same)

    def _judge(self, candidate: Candidate) -> tuple[Signals, Confidence]:
        """Return what is known about a candidate, and how sure that makes of it."""
        if self._judged is None or self._judged[0] is not candidate:
            signals = candidate.signals
            if self._openness is not None:
                signals.openness = self._openness
            # Without a fit the words are not used, and counting them takes time.
            if self._source is not None:
                signals = self._source.complete(signals, candidate.answer)
            confidence = of_answer(signals, "token_probability", self.fit)
            self._judged = candidate, signals, confidence
        return self._judged[1:]


def _source(request: InferenceRequest, deadline: Deadline) -> Source | None:
    try:
        return Source(request, deadline.share(SOURCE_SHARE))
    except TimeoutError:
        return None


def _with_parameters(outcome: Outcome, request: InferenceRequest) -> Outcome:
    """Return the outcome with the parameters that an alert's labels say, where remediations are
    chosen."""
    names = (choice.name for choice in request.choices)
    if outcome.choice is None or not chooses_remediation(names):
        return outcome
    labels = labels_in(request.context) or labels_written_in(request.question)
    if not labels:
        return outcome
    found = remediation(outcome.choice, labels)
    reasoning = found.problem or "the parameters are as the labels of the alert say"
    if found.choice == NO_FUNCTION:
        reasoning = "none of the functions fits the alert best"
    check = CheckResult(name="parameters", passed=not found.problem, reason=found.problem)
    return replace(
        outcome,
        data={
            "lambda_function": found.function,
            "parameters": found.parameters,
            "reasoning": reasoning,
        },
        checks=[*outcome.checks, check],
        confidence=Confidence(0.0, "failed_checks") if found.problem else outcome.confidence,
    )
