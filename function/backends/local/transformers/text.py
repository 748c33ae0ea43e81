"""A text that is being written, with all that is known about it, and the draw of its next token."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from function.backends.base import FinishReason
from function.backends.local.transformers.prefix_cache import States
from function.backends.local.transformers.prompt_lookup import Guesses
from function.deadline import Deadline
from function.errors import FunctionError


@dataclass(eq=False)
class Text:
    """One text under way. ``ids`` begins with the prompt and grows by what is written."""

    ids: list[int]
    max_tokens: int
    sampling: Sampling
    deadline: Deadline
    prompt: int = 0
    cached: int = 0
    log_probabilities: list[float] = field(default_factory=list)
    finish: FinishReason | None = None
    error: FunctionError | None = None
    started: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    states: States = field(default_factory=list)
    guesses: Guesses = field(default_factory=lambda: Guesses(()))

    def __post_init__(self) -> None:
        self.prompt = len(self.ids)
        self.random = torch.Generator()
        if self.sampling.seed is None:
            self.random.seed()
        else:
            self.random.manual_seed(self.sampling.seed)

    @property
    def written(self) -> list[int]:
        """The tokens after the prompt."""
        return self.ids[self.prompt :]

    def end(self, finish: FinishReason) -> None:
        """Let go of the states, and of the thread that waits for this text."""
        self.finish = finish
        self.states = []
        self.done.set()


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn: temperature 0 takes the likeliest, ``top_p`` cuts the unlikely."""

    temperature: float
    top_p: float
    seed: int | None


def draw(logits: Tensor, sampling: Sampling, random: torch.Generator) -> tuple[int, float]:
    """Return a token from logits [vocabulary], and its log-probability before sampling."""
    likely = functional.log_softmax(logits, dim=-1)
    if sampling.temperature == 0:
        token = int(likely.argmax())
        return token, float(likely[token])
    probabilities, order = (likely / sampling.temperature).softmax(-1).sort(descending=True)
    before = probabilities.cumsum(-1) - probabilities
    probabilities[before >= sampling.top_p] = 0  # the first always stays
    token = int(order[torch.multinomial(probabilities, 1, generator=random)])
    return token, float(likely[token])
