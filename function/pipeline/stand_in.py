"""What a profile has said instead of an answer whose confidence is too low."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from function.contract import InferenceRequest
from function.profiles.profile import BelowConfidence
from function.reflection.candidates import Outcome


def stand_in(
    request: InferenceRequest, outcome: Outcome, rule: BelowConfidence | None
) -> tuple[Outcome, str | None]:
    """Return what is replied, and the model's own answer where it is withheld.

    Written texts are replaced, of JSON the fields that the answer has. An answer without a
    confidence is never withheld, nor is the choice of an action.
    """
    value = outcome.confidence.value
    if rule is None or request.kind != "text" or value is None or value >= rule.threshold:
        return outcome, None
    if request.response_format is None:
        if rule.answer is None:
            return outcome, None
        return replace(outcome, answer=rule.answer), outcome.answer
    known: dict[str, Any] = outcome.data if isinstance(outcome.data, dict) else {}
    changed = {name: item for name, item in rule.fields.items() if name in known}
    if not changed:
        return outcome, None
    data = {**known, **changed}
    text = json.dumps(data, ensure_ascii=False)
    return replace(outcome, answer=text, data=data), outcome.answer
