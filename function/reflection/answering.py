"""Which way one model answers one request."""

from __future__ import annotations

from dataclasses import replace

from function.backends.base import Model
from function.contract import CheckResult, InferenceRequest
from function.deadline import Deadline
from function.errors import ModelRefused
from function.reflection.candidates import Earlier, Outcome
from function.reflection.choices import ChoicePrompt, choose
from function.reflection.confidence.calibration import Calibration
from function.reflection.confidence.confidence import Confidence
from function.reflection.listener import SILENT, Listener
from function.reflection.loop import ReflectionLoop
from function.reflection.prompt.rendering import PLAIN, Rendering
from function.remediation import (
    NO_FUNCTION,
    chooses_remediation,
    labels_in,
    labels_written_in,
    remediation,
)
from function.tracer import NO_TRACER, Tracer


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
    if kind not in ("text", "choose"):
        raise ModelRefused(f"no model here serves the task {kind}")
    fit = calibration.kinds.get(kind_of(request)) if calibration else None
    if kind == "choose" and model.abilities.scoring:
        outcome = choose(request, model, deadline, rendering, fit, choice_prompt)
    else:
        outcome = ReflectionLoop(
            request, model, deadline, seed, listener, rendering, fit, earlier, tracer
        ).run()
    return _with_parameters(outcome, request)


def kind_of(request: InferenceRequest) -> str:
    """Return what sort of answer a request wants: ``choose``, ``json`` or ``text``."""
    if request.kind == "choose":
        return "choose"
    return "json" if request.response_format else "text"


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
