"""Time grows no faster than a text does, wherever a sender or a model may write one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from function.backends.base import Abilities
from function.contract import InferenceRequest, parse_request
from function.deadline import Deadline
from function.errors import RequestFailed
from function.profiles.registry import shipped_profiles
from function.reflection.answer import Calibration, Fit
from function.reflection.loop import answer
from function.trm.alert_triage.alert import read_alert
from function.trm.alert_triage.codec import AlertCodec
from function.trm.alert_triage.vocabulary import Vocabulary
from lab.trm.alert_triage.baselines import by_keywords
from tests.hostile_texts import disproportionate
from tests.scripted import ScriptedModel

FIT = Fit(weights={"support": 1.0, "news": 1.0}, intercept=0.0, cases=9, auroc=1.0, ece=0.0)
FITS = Calibration(model="scripted", suite="none", kinds={"text": FIT, "json": FIT, "choose": FIT})

CHOICES = [{"name": "pod-restart", "description": "Restart the pod"}, {"name": "none"}]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "string", "maxLength": 50}, "n": {"type": "number"}},
}
JSON = {"response_format": {"type": "json_schema", "schema": SCHEMA}}
GROUNDED = {"grounded_numbers": True, "grounded_names": True, "language": "en"}
OFFERED = {"allowed_items": {"items": "menu", "avoid": ["guest"]}}
MENU = [{"name": "Dress", "price": 10}, {"name": "Blue Hat", "price": 20}]

FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "prompt": lambda text: {"prompt": text},
    "prompt to choose by": lambda text: {"prompt": text, "choices": CHOICES},
    "prompt with choices to report": lambda text: {
        "agent": "agent-sre", "task": "choose", "prompt": text, "context": {"labels": {"pod": "a"}}
    },
    "system": lambda text: {"prompt": "Why 3?", "system": text, "checks": GROUNDED},
    "message": lambda text: {
        "messages": [{"role": "user", "content": text}], "checks": GROUNDED
    },
    "context value": lambda text: {
        "prompt": "Why 3?", "context": {"a": text}, "checks": GROUNDED
    },
    "context key": lambda text: {"prompt": "Why 3?", "context": {text: 3}, "checks": GROUNDED},
    "context to choose by": lambda text: {
        "prompt": "Which?", "context": {"a": text}, "choices": CHOICES
    },
    "context to copy from": lambda text: {
        "prompt": "Which?", "context": {"a": text, "b": text[::-1]},
        "checks": {"copied_fields": ["a"], "grounded_numbers": True}, **JSON,
    },
    "label": lambda text: {
        "agent": "agent-sre", "task": "choose", "prompt": "Which?",
        "context": {"labels": {"a": text}},
    },
    "label name": lambda text: {
        "agent": "agent-sre", "task": "choose", "prompt": "Which?",
        "context": {"labels": {text: "a"}},
    },
    "name of an item": lambda text: {
        "prompt": "What?", "context": {"menu": [{"name": text}, *MENU], "guest": "nuts"},
        "checks": OFFERED,
    },
    "many items": lambda text: {
        "prompt": "What?", "context": {"menu": text.split(), "guest": "nuts"}, "checks": OFFERED
    },
    "what to avoid": lambda text: {
        "prompt": "What?", "context": {"menu": MENU, "guest": text}, "checks": OFFERED
    },
    "many things to avoid": lambda text: {
        "prompt": "What?", "context": {"menu": text.split(), "guest": text.split()},
        "checks": OFFERED,
    },
    "screen text": lambda text: {
        "agent": "agent-screenshot", "prompt": "What is it?", "context": {"ocr_text": text}
    },
    "guest": lambda text: {
        "agent": "agent-restaurant-waiter", "prompt": text[:8_000],
        "context": {"guest": {"allergies": text}, "menu": MENU},
    },
    "choice name": lambda text: {"prompt": "Which?", "choices": [text[:200], "none"]},
    "choice description": lambda text: {
        "prompt": "Which?", "choices": [{"name": "a", "description": text[:2_000]}, "none"]
    },
    "wanted text": lambda text: {"prompt": "x", "checks": {"must_contain": [text]}},
    "unwanted text": lambda text: {"prompt": "x", "checks": {"must_not_contain": [text]}},
    "free field": lambda text: {
        "prompt": "x", "checks": {"grounded_numbers": True, "free_fields": [text]}
    },
    "copied field": lambda text: {"prompt": "x", "checks": {"copied_fields": [text]}, **JSON},
}  # fmt: skip
"""Requests around a text, by the field that holds it."""


def answered(request: InferenceRequest, model: ScriptedModel) -> Callable[[], object]:
    """Work that answers a request in every step there is."""
    rendering = shipped_profiles().rendering(request.agent)

    def work() -> object:
        return answer(request, model, Deadline.after(600), 1, rendering=rendering, calibration=FITS)

    return work


def work_on(data: dict[str, Any]) -> Callable[[], object]:
    """Work that reads a request and answers it; one that is refused is read only."""

    def work() -> object:
        try:
            request = parse_request({**data, "max_steps": 1}, complete=shipped_profiles().complete)
        except RequestFailed as refused:
            return refused
        return answered(request, ScriptedModel(texts=["It is 3."]))()

    return work


@pytest.mark.parametrize("field", FIELDS)
def test_a_longer_request_takes_longer_in_proportion(field: str) -> None:
    assert not disproportionate(lambda text: work_on(FIELDS[field](text)))


ANSWERED: dict[str, dict[str, Any]] = {
    "text": {
        "prompt": "Why 3?",
        "context": {"pods": 3, "menu": MENU, "guest": "nuts"},
        "checks": {
            "must_contain": ["x"], "must_not_contain": ["y"], "regex": "z", "max_words": 5,
            "max_sentences": 2, **GROUNDED, **OFFERED,
        },
    },
    "JSON": {
        "prompt": "Why 3?", "context": {"pods": 3},
        "checks": {**GROUNDED, "copied_fields": ["a"]}, **JSON,
    },
    "choice": {"prompt": "Which?", "choices": CHOICES},
    "several": {"prompt": "Why 3?", "samples": 3, "context": {"pods": 3}},
}  # fmt: skip
"""Requests whose answer is the text."""


@pytest.mark.parametrize("kind", ANSWERED)
def test_a_longer_answer_takes_longer_in_proportion(kind: str) -> None:
    request = parse_request({**ANSWERED[kind], "max_steps": 1})

    def prepared(text: str) -> Callable[[], object]:
        model = ScriptedModel(texts=[text, f"{text} 1", f"{text} 2"])
        model.abilities = Abilities(json_schema=True, log_probabilities=True)
        return answered(request, model)

    assert not disproportionate(prepared)


def test_a_longer_alert_takes_longer_in_proportion() -> None:
    codec = AlertCodec(Vocabulary(["pod", "##s"]))

    def work_on_alert(text: str) -> Callable[[], object]:
        text = text[:4_096]
        labels = {"alertname": text, "pod": text, text[:256]: "a"}
        given = {"labels": labels, "annotations": {"a": text}}

        def work() -> object:
            alert = read_alert(given)
            return codec.encode(alert), by_keywords(alert)

        return work

    assert not disproportionate(work_on_alert)
