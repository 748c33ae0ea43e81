"""Prompts of choices: the turns whose continuation is scored for each choice, and what is scored.

A case ("Situation: the disk is full") is scored beside an unknown one ("Situation: unknown"), so
that the wording of a choice counts for nothing.
"""

from __future__ import annotations

from typing import Any

from function.backends.base import Model
from function.contract import Choice, InferenceRequest
from function.reflection.prompt.facts import PLAIN, Rendering
from function.reflection.prompt.injection import (
    NAME_LABEL,
    known_labels,
    question_without_orders,
    without_orders,
)
from function.reflection.prompt.prompts import (
    Conversation,
    Parts,
    fit,
    history_of,
    parts_of,
    put_question,
    system_of,
)
from function.reflection.prompt.truncation import beginning, shortened_to
from function.reflection.text.sentences import QUOTED
from function.remediation import FUNCTIONS, chooses_remediation, labels_in

CHOOSE_QUESTION = "What should be done?"
UNKNOWN_CASE = "unknown"
SCORED_TOKENS = 48
"""Of a choice's text: 64 choices, scored one after the other, then take less than two minutes."""


def listed_case(
    request: InferenceRequest, model: Model, rendering: Rendering = PLAIN
) -> Conversation:
    """Return the turns that list the options, and whose continuation is the name of one."""
    longest = max(model.count_tokens(name) for name in scored_names(request, model))
    cleaned, question = _without_orders(request, request.context, rendering)
    return put_question(cleaned, question, model, rendering, longest)


def listed_unknown(request: InferenceRequest, model: Model) -> Conversation:
    """Return the turns of :func:`listed_case` without its case: the baseline of each name."""
    told = request.model_copy(update={"context": {}})
    longest = max(model.count_tokens(name) for name in scored_names(request, model))
    return put_question(told, UNKNOWN_CASE, model, PLAIN, longest)


def case(request: InferenceRequest, model: Model, rendering: Rendering = PLAIN) -> Conversation:
    """Return the turns whose continuation is scored for each choice, as far as they fit.

    The options are not named: measured on the untouched SmolLM2-135M, a list of them in the prompt
    made every option about as likely as the next (15 of 16 cases right without, 6 with).
    """
    longest = max(model.count_tokens(text) for text in scored_texts(request, model))
    shown = rendering.for_choosing(request.context)
    if _is_alert(request) and chooses_remediation(choice.name for choice in request.choices):
        shown = known_labels(labels_in(request.context) or request.context)
    cleaned, question = _without_orders(request, shown, rendering)
    if is_report(request, rendering):
        situation = _situation(question)
    else:
        situation = _framed(question, bool(request.context))[0]
    return fit(parts_of(cleaned, rendering, situation), model, longest)


def unknown_case(
    request: InferenceRequest, model: Model, rendering: Rendering = PLAIN
) -> Conversation:
    """Return the turns of :func:`case` without its case: the baseline of each choice's wording."""
    longest = max(model.count_tokens(text) for text in scored_texts(request, model))
    situation = _situation(UNKNOWN_CASE)
    if not is_report(request, rendering):
        situation = _framed(request.question, bool(request.context))[1]
    return fit(Parts(system_of(request), history_of(request), "", (), situation), model, longest)


def _framed(question: str, has_facts: bool) -> tuple[str, str]:
    """Return a question about a case, and the same about an unknown case.

    A question that stands beside a quoted text, or beside facts, takes the place of ours, also
    where the case is unknown: what it makes likely by itself does not count.
    """
    quoted = list(QUOTED.finditer(question))
    if len(quoted) == 1:
        start, end = quoted[0].span()
        before, behind = question[:start].rstrip(), question[end:]
        asked = f"{before.rstrip(':')} {behind.lstrip(' .')}".strip()
        if asked and ("?" in asked or before.endswith(":")):
            return f"Situation: {quoted[0][1]}\n{asked}", f"Situation: {UNKNOWN_CASE}\n{asked}"
    if has_facts and question.rstrip().endswith("?"):
        return question, f"Situation: {UNKNOWN_CASE}\n{question}"
    return _situation(question), _situation(UNKNOWN_CASE)


def _situation(text: str) -> str:
    return f"Situation: {text}\n{CHOOSE_QUESTION}"


def scored_texts(request: InferenceRequest, model: Model) -> list[str]:
    """Return the text of each choice that is scored, cut to :data:`SCORED_TOKENS`."""
    return _cut([choice_text(choice) for choice in request.choices], model)


def scored_names(request: InferenceRequest, model: Model) -> list[str]:
    """Return the name of each choice, which is scored where they are listed, cut alike."""
    return _cut([choice.name for choice in request.choices], model)


def choice_text(choice: Choice) -> str:
    """Return what is scored for a choice: its description, or its name, as a sentence begins."""
    text = choice.description or _as_sentence(choice.name)
    return text[0].upper() + text[1:]


def named_texts(request: InferenceRequest, model: Model) -> list[str]:
    """Return what is scored beside the descriptions: the names, none where they are those."""
    if not any(choice.description for choice in request.choices):
        return []
    return _cut([_as_sentence(choice.name) for choice in request.choices], model)


def _cut(texts: list[str], model: Model) -> list[str]:
    return [shortened_to(text, SCORED_TOKENS, model.count_tokens, beginning) for text in texts]


def _as_sentence(name: str) -> str:
    words = name.replace("-", " ").replace("_", " ")
    return words[0].upper() + words[1:]


def _without_orders(
    request: InferenceRequest, shown: dict[str, Any], rendering: Rendering
) -> tuple[InferenceRequest, str]:
    """Return the request with this context, and its question; both lose orders to the model where
    they only report a case, as alerts do.
    """
    if not is_report(request, rendering):
        return request.model_copy(update={"context": shown}), request.question
    context = without_orders(shown, request.choices)
    question = question_without_orders(request.question, request.choices)
    return request.model_copy(update={"context": context}), question


def is_report(request: InferenceRequest, rendering: Rendering) -> bool:
    """Return whether a request only reports a case, such as an alert."""
    remediates = any(choice.name in FUNCTIONS for choice in request.choices)
    return rendering.reports or remediates or _is_alert(request)


def _is_alert(request: InferenceRequest) -> bool:
    labels = labels_in(request.context) or request.context
    return isinstance(labels.get(NAME_LABEL), str)
