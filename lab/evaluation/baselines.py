"""What the loop is held against: one draft, and a model that only criticises itself."""

from __future__ import annotations

from function.backends.base import Model, Tokens, Turn
from function.contract import Checks, InferenceRequest
from function.deadline import Deadline
from function.reflection.checks.checks import schema_of
from function.reflection.drafting import Drafter
from function.reflection.prompt.facts import Rendering
from function.reflection.prompt.prompts import CRITIQUE_TOKENS, conversation, critique_of

REVISE = "Write the whole answer again, better."


class Baseline:
    """One request answered without any check: drafted, criticised, written again.

    The draft is what the model says by itself: choices are written, not scored, and a schema binds
    decoding as it was sent.
    """

    def __init__(
        self,
        request: InferenceRequest,
        model: Model,
        deadline: Deadline,
        seed: int,
        rendering: Rendering,
    ) -> None:
        self._request = request
        self._model = model
        self._seed = seed
        unchecked = request.model_copy(update={"checks": Checks()})
        self._drafter = Drafter(unchecked, model, deadline, schema_of(request))
        self._turns = conversation(request, model, rendering).turns

    @property
    def tokens(self) -> Tokens:
        """What it took so far."""
        return self._drafter.tokens

    def draft(self) -> str:
        """Return the single draft."""
        return self._drafter.write(self._turns, self._seed, self._request.temperature).text

    def criticised(self, draft: str, steps: int) -> list[str]:
        """Return the draft and the answer after each step of self-critique; the last one always
        counts.

        Source: "Self-Refine", arXiv 2303.17651.
        """
        answers = [draft]
        temperature = self._request.temperature
        for step in range(1, steps + 1):
            asked = critique_of(self._turns, answers[-1], self._model)
            critique = self._drafter.ask(asked, CRITIQUE_TOKENS, self._seed + step, temperature)
            turns = [*asked, Turn("assistant", critique.text), Turn("user", REVISE)]
            answers.append(self._drafter.write(turns, self._seed + step, temperature).text)
        return answers
