"""Which way one model answers one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from function.contract import InferenceRequest
from function.deadline import Deadline
from function.errors import ModelRefused
from function.models.base import Model
from function.reflection.calibrated import Calibration
from function.reflection.candidate import Earlier, Outcome
from function.reflection.choosing import choose
from function.reflection.loop import ReflectionLoop, StepListener, ignore_step
from function.reflection.rendering import PLAIN, Rendering

if TYPE_CHECKING:
    from function.tracing.spans import Spans


def answer(
    request: InferenceRequest,
    model: Model,
    deadline: Deadline,
    seed: int,
    on_step: StepListener = ignore_step,
    rendering: Rendering = PLAIN,
    calibration: Calibration | None = None,
    earlier: Earlier | None = None,
    spans: Spans | None = None,
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
        return choose(request, model, deadline, rendering, fit)
    return ReflectionLoop(
        request, model, deadline, seed, on_step, rendering, fit, earlier, spans
    ).run()


def kind_of(request: InferenceRequest) -> str:
    """What sort of answer a request wants: ``choose``, ``json`` or ``text``."""
    if request.kind == "choose":
        return "choose"
    return "json" if request.response_format else "text"
