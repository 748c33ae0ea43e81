"""What one event may cost at hosted models, and what its sender gets beyond it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from function.backends.base import Abilities, Allowance, AllowanceSpent
from tests.conftest import Running
from tests.scripted import Call, ScriptedModel

HOSTED = Abilities(json_schema=True, log_probabilities=True, hosted=True)
LIMIT = 2_000


def long_answer(call: Call) -> str:
    return "word " * min(300, call.max_tokens - 1) + str(call.seed)


def test_the_first_call_is_always_made() -> None:
    allowance = Allowance(100)
    granted, reserved = allowance.reserve(prompt=5_000, wanted=50)
    assert granted == 50
    allowance.settle(reserved, 5_050)
    with pytest.raises(AllowanceSpent):
        allowance.reserve(prompt=1, wanted=1)


def test_a_call_writes_no_more_than_is_left_and_gives_back_the_rest() -> None:
    allowance = Allowance(100)
    granted, reserved = allowance.reserve(prompt=20, wanted=8_192)
    assert granted == 80
    with pytest.raises(AllowanceSpent):  # another thread, meanwhile
        allowance.reserve(prompt=1, wanted=1)
    allowance.settle(reserved, 30)
    assert allowance.reserve(prompt=20, wanted=10)[0] == 10


@pytest.mark.parametrize("mode", ["always", "never"])
@pytest.mark.parametrize("samples", [1, 8])
def test_beyond_it_the_best_candidate_leaves_and_says_so(
    run: Callable[..., Running], mode: str, samples: int
) -> None:
    model = ScriptedModel(say=long_answer, abilities=HOSTED)
    running = run(model, TRM_HOSTED_TOKENS=str(LIMIT))
    asked = {
        "prompt": "Write much.",
        "samples": samples,
        "max_tokens": 800,
        "max_reflection_steps": 10,
        "reflection_mode": mode,
    }
    reply = running.reply(asked)
    assert reply.get_type().endswith(".completed")
    data = reply.get_data()
    assert isinstance(data, dict) and data["answer"].startswith("word word")
    used = data["usage"]["prompt"] + data["usage"]["completion"]
    assert used <= LIMIT
    if (mode, samples) != ("never", 1):
        assert data["stop_reason"] == "budget"
    else:
        assert data["stop_reason"] == "never" and len(model.calls) == 1


def test_a_local_model_has_no_such_limit(run: Callable[..., Running]) -> None:
    running = run(ScriptedModel(say=long_answer), TRM_HOSTED_TOKENS="256")
    asked = {"prompt": "Write.", "max_reflection_steps": 5, "reflection_mode": "always"}
    data = running.reply(asked).get_data()
    assert isinstance(data, dict) and data["stop_reason"] == "max_steps"
    assert data["usage"]["completion"] > 1_000
