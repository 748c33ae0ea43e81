"""Choosing one of several given answers by likelihood, without generating any text."""

from __future__ import annotations

from function.contract import CheckResult, InferenceRequest
from function.deadline import Deadline
from function.models.base import Model
from function.reflection.confidence import Confidence, of_choices
from function.reflection.loop import Outcome
from function.reflection.prompts import case, choice_text, unknown_case
from function.reflection.rendering import PLAIN, Rendering


def choose(
    request: InferenceRequest, model: Model, deadline: Deadline, rendering: Rendering = PLAIN
) -> Outcome:
    """Return the choice that the case at hand makes most likely.

    When the sender set ``confidence_threshold`` and marked a choice as the one to abstain with,
    a best choice under the threshold gives way to it.

    :raises ModelRefused: the request does not fit the model.
    :raises ModelUnavailable: the model cannot answer for the moment, or time ran out.
    """
    texts = [choice_text(choice) for choice in request.choices]
    asked = case(request, model, rendering)
    given = model.score(asked.turns, texts, deadline)
    prior = model.score(unknown_case(request, model).turns, texts, deadline)
    probabilities = of_choices(given.scores, prior.scores)
    best = max(range(len(texts)), key=probabilities.__getitem__)
    abstain = next((i for i, choice in enumerate(request.choices) if choice.abstain), None)
    abstains = "confidence_threshold" in request.model_fields_set
    if abstains and abstain is not None and probabilities[best] < request.confidence_threshold:
        best = abstain
    name = request.choices[best].name
    return Outcome(
        answer=name,
        choice=name,
        checks=[CheckResult(name="choices", passed=True)],
        confidence=Confidence(probabilities[best], "choice_likelihood"),
        stop_reason="checks_passed",
        tokens=given.tokens + prior.tokens,
        input_shortened=asked.shortened,
    )
