"""Low confidence: what a profile replies instead, and that the reply says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from function.backends.base import Tokens
from function.contract import InferenceRequest, parse_request
from function.pipeline.responses import stand_in
from function.profiles.profile import BelowConfidence
from function.profiles.registry import shipped_profiles
from function.reflection.answer import Confidence, Outcome

RULE = BelowConfidence(threshold=0.3, answer="I cannot tell.", fields={"escalate": True, "who": 1})
JSON = {"type": "json_object", "required": ["escalate"]}


def asked(**fields: Any) -> InferenceRequest:
    return parse_request({"prompt": "Why?", **fields})


def outcome(confidence: float | None, **fields: Any) -> Outcome:
    given: dict[str, Any] = {"answer": "So.", "checks": [], "stop_reason": "no_improvement"}
    given |= {"tokens": Tokens(), "confidence": Confidence(confidence, "token_probability")}
    return Outcome(**{**given, **fields})


@pytest.mark.parametrize(
    ("confidence", "withheld"), [(0.0, True), (0.29, True), (0.3, False), (None, False)]
)
def test_a_text_under_the_threshold_is_withheld(confidence: float | None, withheld: bool) -> None:
    found, own = stand_in(asked(), outcome(confidence), RULE)
    assert (found.answer, own) == (("I cannot tell.", "So.") if withheld else ("So.", None))
    assert found.confidence.value == confidence


def test_of_json_the_fields_that_the_answer_has_are_replaced() -> None:
    text = '{"escalate": false, "message": "oi"}'
    doubtful = outcome(0.1, answer=text, data={"escalate": False, "message": "oi"})
    found, own = stand_in(asked(response_format=JSON), doubtful, RULE)
    assert found.data == {"escalate": True, "message": "oi"}
    assert (found.answer, own) == ('{"escalate": true, "message": "oi"}', text)
    other = replace(doubtful, data={"message": "oi"})
    assert stand_in(asked(response_format=JSON), other, RULE) == (other, None)
    broken = replace(doubtful, data=None)
    assert stand_in(asked(response_format=JSON), broken, RULE) == (broken, None)


def test_choices_and_agents_without_a_rule_keep_their_answers() -> None:
    doubtful = outcome(0.1)
    chosen = asked(choices=["a", "b"])
    assert stand_in(chosen, doubtful, RULE) == (doubtful, None)
    no_text = BelowConfidence(threshold=0.3, fields={"a": 1})
    assert stand_in(asked(), doubtful, no_text) == (doubtful, None)


def test_every_seller_hands_over_to_a_person() -> None:
    for name in ("luna", "max", "sofia", "bella", "pixel", "agent-store-multibrands"):
        seller = shipped_profiles().find(name)
        assert seller is not None
        assert seller.below_confidence is not None and seller.json_format is not None
        assert "pessoa" in (seller.below_confidence.answer or "")
        properties = seller.json_format.schema_["properties"]
        assert set(seller.below_confidence.fields) <= set(properties)
