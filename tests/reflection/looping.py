"""A reflection loop over a scripted model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from function.backends.base import Abilities, FinishReason
from function.contract import ReflectionStep, parse_request
from function.deadline import Deadline
from function.reflection.answer import Outcome
from function.reflection.listener import Listener
from function.reflection.loop import ReflectionLoop
from function.reflection.prompt.prompts import CRITIQUE
from tests.scripted import Call, ScriptedModel
from tests.timing import Clock

ALPHA = {"must_contain": ["alpha"], "must_not_contain": ["beta"], "max_words": 5}
"""Three checks: "It is beta" passes one, "It is alpha" all and a long talk about beta none."""

RAMBLING = "It is beta " * 5


def loop(
    model: ScriptedModel,
    deadline: Deadline | None = None,
    seed: int = 100,
    on_step: Callable[[ReflectionStep], None] = lambda step: None,
    **fields: Any,
) -> Outcome:
    request = parse_request({"prompt": "Name a letter.", **fields})
    return ReflectionLoop(
        request, model, deadline or Deadline.after(60), seed, Listener(on_step)
    ).run()


def spoken(call: Call) -> list[str]:
    return [turn.content for turn in call.turns]


def is_critique(call: Call) -> bool:
    return call.turns[-1].content == CRITIQUE


def script(
    *lines: tuple[str, FinishReason] | Exception, clock: Clock | None = None, seconds: float = 0
) -> ScriptedModel:
    """Return a model that ends each text for a reason of its own, fails, or takes time."""
    rest = list(lines)
    model = ScriptedModel()

    def say(call: Call) -> str:
        if clock:
            clock.now += seconds
        following = rest.pop(0)
        if isinstance(following, Exception):
            raise following
        model.finish_reason = following[1]
        return following[0]

    model.say = say
    return model


TOGETHER = Abilities(json_schema=True, log_probabilities=True, samples=True)
EACH = Abilities(json_schema=True, log_probabilities=True)
