"""Choosing one of several given answers by likelihood, without generating any text.

Of ``scale-up`` and ``none`` that one is taken whose text gains most by the case at hand: how likely
the text is after "Situation: the queue is full", beside how likely it is after an unknown case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from function.backends.base import Model, Tokens
from function.contract import CheckResult, Choice, InferenceRequest
from function.deadline import Deadline
from function.reflection.answer import (
    Answer,
    Fit,
    Outcome,
    Signals,
    of_answer,
    of_choices,
    pooled,
    share_passed,
    weighted,
)
from function.reflection.checks.checks import always_checks, checks_of, run_checks
from function.reflection.checks.facts.question import FUNCTION_WORDS, SENTENCE
from function.reflection.checks.facts.vocabulary import WORD, Said
from function.reflection.prompt.choice_prompts import (
    case,
    is_report,
    listed_case,
    listed_unknown,
    named_texts,
    scored_names,
    scored_texts,
    unknown_case,
)
from function.reflection.prompt.facts import PLAIN, Rendering
from function.reflection.text.sentences import QUOTED
from function.reflection.text.words import fold
from function.remediation import chooses_remediation

ChoicePrompt = Literal["auto", "listed", "unlisted"]
"""Whether a prompt lists the options, so that a name is scored, or names none of them."""
UNLISTED_MODELS = frozenset(("SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct-tuned"))
"""Models that choose better when the options are not listed: of 40 choices of the development half
23 and 21 were right so, and 19 and 17 with a list; of Qwen2.5-Coder-0.5B's 22 and 26."""
WORTH = 7.4
"""Weight of a choice whose description alone has a word of the case: of 19 such choices 18 were
right."""

SHORTEST_SHARED = 4
"""Letters of a word that tells what a case is about."""
_DENIED = re.compile(r"(?:\b(?:not|no|never|without|nao|nem|sem)|n['’]t)\W+(?:\w+\W+)?$")


def choose(
    request: InferenceRequest,
    model: Model,
    deadline: Deadline,
    rendering: Rendering = PLAIN,
    fit: Fit | None = None,
    prompt: ChoicePrompt = "auto",
) -> Outcome:
    """Return the choice that the case at hand makes most likely.

    The checks are run on the names: of those that pass them the likeliest is taken. Where the facts
    decide, one passes.

    When the sender set ``confidence_threshold`` and marked a choice as the one to abstain with,
    a best choice under the threshold gives way to it.

    :raises ModelRefused: the request does not fit the model.
    :raises ModelUnavailable: the model cannot answer for the moment, or time ran out.
    """
    probabilities, tokens, shortened = _scored(request, model, deadline, rendering, prompt)
    wanted = [*checks_of(request, deadline), *always_checks(request)]
    checked = [run_checks(wanted, Answer(choice.name)) for choice in request.choices]
    every = range(len(probabilities))
    passing = [place for place in every if share_passed(checked[place]) == 1] or every
    best = max(passing, key=probabilities.__getitem__)
    signals = _signals(probabilities, best, checked[best])
    confidence = of_answer(signals, "choice_likelihood", fit)
    abstain = next((place for place in passing if request.choices[place].abstain), None)
    abstains = "confidence_threshold" in request.model_fields_set
    sure = probabilities[best] if confidence.value is None else confidence.value
    if abstains and abstain is not None and sure < request.confidence_threshold:
        best = abstain
        signals = _signals(probabilities, best, checked[best])
        confidence = of_answer(signals, "choice_likelihood", None)
    name = request.choices[best].name
    return Outcome(
        answer=name,
        choice=name,
        checks=checked[best],
        confidence=confidence,
        stop_reason="checks_passed" if signals.passed == 1 else "no_improvement",
        tokens=tokens,
        input_shortened=shortened,
        signals=signals,
    )


class _Scored(NamedTuple):
    probabilities: list[float]
    tokens: Tokens
    shortened: bool


def _scored(
    request: InferenceRequest,
    model: Model,
    deadline: Deadline,
    rendering: Rendering,
    prompt: ChoicePrompt,
) -> _Scored:
    """Return how likely each choice is, and what that took."""
    listed = prompt == "listed" or (prompt == "auto" and model.name not in UNLISTED_MODELS)
    # Texts of an alert are not to be trusted: beside a list of remediations they move the choice.
    if listed and not chooses_remediation(choice.name for choice in request.choices):
        texts = scored_names(request, model)
        asked, unknown = listed_case(request, model, rendering), listed_unknown(request, model)
    else:
        texts = scored_texts(request, model)
        if not is_report(request, rendering):
            texts = [*texts, *named_texts(request, model)]
        asked = case(request, model, rendering)
        unknown = unknown_case(request, model, rendering)
    given = model.score(asked.turns, texts, deadline)
    prior = model.score(unknown.turns, texts, deadline)
    count = len(request.choices)
    probabilities = of_choices(given.scores[:count], prior.scores[:count])
    # Of 112, 40 and 8 choices of three sets 73, 27 and 5 were right with both, 68, 24 and 5 with
    # descriptions alone, and 60, 18 and 5 with names alone.
    if len(texts) > count:
        by_name = of_choices(given.scores[count:], prior.scores[count:])
        probabilities = pooled(probabilities, by_name)
        shared = _words_shared(request.choices, request.question)
        if any(shared):
            probabilities = weighted(probabilities, [WORTH if one else 1.0 for one in shared])
    return _Scored(probabilities, given.tokens + prior.tokens, asked.shortened)


def _signals(probabilities: Sequence[float], chosen: int, checks: Sequence[CheckResult]) -> Signals:
    others = [value for place, value in enumerate(probabilities) if place != chosen]
    mine = probabilities[chosen]
    return Signals(likelihood=mine, passed=share_passed(checks), margin=mine - max(others))


def _words_shared(choices: Sequence[Choice], question: str) -> list[int]:
    """Return of each choice how many words of the case its description alone has.

    Names do not count: whoever writes a case may order one by its name.
    """
    said = [Said([choice.description or ""]) for choice in choices]
    folded = fold(_told(question))
    words = {
        match[0]
        for match in WORD.finditer(folded)
        if len(match[0]) >= SHORTEST_SHARED
        and match[0] not in FUNCTION_WORDS
        and not _DENIED.search(folded, 0, match.start())
    }
    counts = [0] * len(choices)
    for word in words:
        having = [place for place, one in enumerate(said) if one.has_form(word)]
        if len(having) == 1:
            counts[having[0]] += 1
    return counts


def _told(question: str) -> str:
    """Return what a question quotes, or else states."""
    quoted = list(QUOTED.finditer(question))
    if len(quoted) == 1:
        return quoted[0]["text"]
    stated = [part for part in SENTENCE.split(question) if not part.rstrip().endswith("?")]
    return " ".join(stated) or question
