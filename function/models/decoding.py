"""Writes the texts of several requests together with one network of transformers.

One thread does all the computing. A text that arrives is read in pieces, less the beginning that
it shares with a conversation seen before, and then joins those under way: each step computes one
token for every text at once. A text that is alone is guessed ahead instead
(:mod:`function.models.drafting`).
"""

from __future__ import annotations

import inspect
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers.cache_utils import DynamicCache

from function.deadline import Deadline
from function.errors import FunctionError, ModelUnavailable, RequestExpired
from function.models.base import FinishReason
from function.models.drafting import Guesses
from function.models.prefixes import Prefixes, States, first

PREFILL_CHUNK = 256
"""Prompt tokens between two looks at the deadline."""
KEPT_PER_SLOT = 2
SCORED_TOGETHER = 16


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn: temperature 0 takes the likeliest, ``top_p`` cuts the unlikely."""

    temperature: float
    top_p: float
    seed: int | None


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


class Decoder:
    """The thread and the network; safe to call from many threads.

    :param network: a causal language model of transformers, ready to run.
    :param ends: tokens that end a text.
    :param slots: texts written together.
    """

    def __init__(self, network: Any, ends: frozenset[int], slots: int) -> None:
        self._network = network
        self._ends = ends
        self._slots = slots
        known = inspect.signature(network.forward).parameters
        self._takes_positions = "position_ids" in known
        self._takes_last = "logits_to_keep" in known
        self._prefixes = Prefixes(KEPT_PER_SLOT * slots)
        self._group: list[Text] = []
        self._cache = DynamicCache()
        self._waiting: deque[Text] = deque()
        self._asked: deque[Callable[[], None]] = deque()
        self._closing = False
        self._awake = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="decoder", daemon=True)
        self._thread.start()

    def write(self, text: Text) -> None:
        """Write a text to its end, or to its deadline.

        :raises ModelUnavailable: the network failed.
        """
        with self._awake:
            self._waiting.append(text)
            self._awake.notify()
        if not text.done.wait(max(text.deadline.left, 0)) and not text.started:
            with self._awake:
                if text in self._waiting:
                    self._waiting.remove(text)
                    text.finish = "deadline"
                    return
        text.done.wait()  # it looks at the deadline itself, after each token
        if text.error:
            raise text.error

    def score(
        self, prompt: list[int], continuations: Sequence[list[int]], deadline: Deadline
    ) -> tuple[list[float], int]:
        """The log-likelihood of each continuation, and how many prompt tokens were known already.

        :raises RequestExpired: the deadline passed first.
        :raises ModelUnavailable: the network failed.
        """
        done = threading.Event()
        outcome: list[tuple[list[float], int] | FunctionError] = []

        def work() -> None:
            try:
                outcome.append(self._score(prompt, continuations, deadline))
            except FunctionError as error:
                outcome.append(error)
            except Exception as error:
                outcome.append(_failed(error))
            finally:
                done.set()

        with self._awake:
            self._asked.append(work)
            self._awake.notify()
        done.wait()
        (result,) = outcome
        if isinstance(result, FunctionError):
            raise result
        return result

    def close(self) -> None:
        """End the thread; texts under way fail."""
        with self._awake:
            self._closing = True
            self._awake.notify()
        self._thread.join()

    def _work(self) -> None:
        with torch.inference_mode():
            while self._take():
                try:
                    self._step()
                except Exception as error:  # one bad step must not end the thread
                    self._drop(_failed(error))
        self._drop(ModelUnavailable("the model is being closed"))

    def _take(self) -> bool:
        """Let what waits in; False when there will be no more."""
        with self._awake:
            while not (self._group or self._waiting or self._asked or self._closing):
                self._awake.wait()
            if self._closing:
                return False
            asked, self._asked = list(self._asked), deque()
            fresh: list[Text] = []
            while self._waiting and len(self._group) + len(fresh) < self._slots:
                fresh.append(self._waiting.popleft())
                fresh[-1].started = True
        for work in asked:
            work()
        for text in fresh:
            self._begin(text)
        return True

    def _begin(self, text: Text) -> None:
        try:
            states, text.cached, before = self._read(text.ids[:-1], text.deadline)
        except RequestExpired:
            _end(text, "deadline")
        except Exception as error:
            text.error = _failed(error)
            text.done.set()
        else:
            text.guesses = Guesses(before)
            self._regroup([*self._group, text], states)

    def _read(self, ids: list[int], deadline: Deadline) -> tuple[States, int, tuple[int, ...]]:
        """The states of these tokens, how many of them were known, and what was said there."""
        shared, kept = self._prefixes.longest(ids)
        cache = _cache_of(first(kept.states, shared)) if kept and shared else DynamicCache()
        for start in range(shared, len(ids), PREFILL_CHUNK):
            if deadline.passed:
                raise RequestExpired("the deadline passed before the prompt was read")
            chunk = ids[start : start + PREFILL_CHUNK]
            self._forward([chunk], cache, start, 1)
        states = _states_of(cache)
        self._prefixes.keep(ids, states)
        return states, shared, kept.ids[shared:] if kept else ()

    def _step(self) -> None:
        """One more token for each text, or several where a single one was guessed right."""
        for text in self._group:
            if text.deadline.passed:
                text.finish = "deadline"
        self._let_go()
        if not self._group:
            return
        guessed: list[int] = []
        if len(self._group) == 1:
            (text,) = self._group
            left = text.max_tokens - len(text.written) - 1
            guessed = text.guesses.after(text.ids, left) if left > 0 else []
        length = max(len(text.ids) for text in self._group)
        rows = [[text.ids[-1], *guessed] for text in self._group]
        pads = [length - len(text.ids) for text in self._group]
        logits = self._forward(rows, self._cache, length - 1, len(rows[0]), pads)
        for text, row in zip(self._group, logits, strict=True):
            self._extend(text, row, guessed)
        if guessed:
            surplus = len(guessed) + 1 - (len(text.ids) - length)
            if surplus:
                self._cache.crop(-surplus)
        self._let_go()

    def _extend(self, text: Text, logits: Tensor, guessed: list[int]) -> None:
        """Draw a token from each row of logits [tokens, vocabulary] while the guesses are right."""
        right = 0
        for place, row in enumerate(logits):
            token, log_probability = draw(row, text.sampling, text.random)
            text.ids.append(token)
            if token in self._ends:
                text.finish = "stop"
                break
            text.log_probabilities.append(log_probability)
            if len(text.written) >= text.max_tokens:
                text.finish = "length"
                break
            if place == len(guessed) or guessed[place] != token:
                break
            right += 1
        text.guesses.learn(len(guessed), right)

    def _let_go(self) -> None:
        if any(text.finish for text in self._group):
            self._regroup(self._group)

    def _regroup(self, texts: list[Text], newest: States | None = None) -> None:
        """Make the batch anew: without those that ended, with one whose states are given."""
        states = _states_of(self._cache)
        # All texts so far end at the last place of the cache and are padded on the left.
        for row, text in enumerate(self._group):
            own = len(text.ids) - 1
            text.states = [
                (keys[row : row + 1, :, keys.shape[2] - own :], values[row : row + 1, :, -own:])
                for keys, values in states
            ]
            if text.finish:
                self._prefixes.keep(text.ids[:-1], text.states)
                _end(text, text.finish)
        if newest is not None:
            texts[-1].states = newest
        self._group = [text for text in texts if not text.finish]
        self._cache = _cache_of(_padded([text.states for text in self._group]))

    def _score(
        self, prompt: list[int], continuations: Sequence[list[int]], deadline: Deadline
    ) -> tuple[list[float], int]:
        states, cached, _ = self._read(prompt[:-1], deadline)
        sums: list[float] = []
        for start in range(0, len(continuations), SCORED_TOGETHER):
            if deadline.passed:
                raise RequestExpired("the deadline passed while the choices were scored")
            some = continuations[start : start + SCORED_TOGETHER]
            longest = max(map(len, some))
            # Padding on the right is never looked at: attention goes to the left.
            rows = [prompt[-1:] + ids + [0] * (longest - len(ids)) for ids in some]
            repeated = [
                (keys.expand(len(some), -1, -1, -1), values.expand(len(some), -1, -1, -1))
                for keys, values in states
            ]
            logits = self._forward(rows, _cache_of(repeated), len(prompt) - 1, longest + 1)
            for row, ids in zip(logits, some, strict=True):
                likely = functional.log_softmax(row[: len(ids)], dim=-1)
                sums.append(float(likely[torch.arange(len(ids)), torch.tensor(ids)].sum()))
        return sums, cached

    def _forward(
        self,
        rows: list[list[int]],
        cache: DynamicCache,
        seen: int,
        wanted: int,
        pads: list[int] | None = None,
    ) -> Tensor:
        """Logits [texts, wanted, vocabulary] of the last tokens, in fp32 on the CPU.

        ``seen`` is the number of places in the cache, ``pads`` how many of them are empty.
        """
        device = self._network.device
        options: dict[str, Any] = {}
        empty = torch.tensor(pads or [0] * len(rows), device=device)[:, None]
        if empty.any():
            places = torch.arange(seen + len(rows[0]), device=device)
            options["attention_mask"] = (places[None] >= empty).long()
        if self._takes_positions:
            places = torch.arange(seen, seen + len(rows[0]), device=device)
            options["position_ids"] = places[None] - empty
        if self._takes_last:
            options["logits_to_keep"] = wanted
        output = self._network(
            input_ids=torch.tensor(rows, device=device),
            past_key_values=cache,
            use_cache=True,
            **options,
        )
        logits: Tensor = output.logits[:, -wanted:]
        return logits.float().cpu()

    def _drop(self, error: FunctionError) -> None:
        with self._awake:
            lost = self._group + (list(self._waiting) if self._closing else [])
            asked = list(self._asked) if self._closing else []
            if self._closing:
                self._waiting.clear()
            self._group, self._cache = [], DynamicCache()
        for text in lost:
            text.error = error
            text.done.set()
        for work in asked:
            work()


def draw(logits: Tensor, sampling: Sampling, random: torch.Generator) -> tuple[int, float]:
    """A token from logits [vocabulary], and its log-probability before sampling."""
    likely = functional.log_softmax(logits, dim=-1)
    if sampling.temperature == 0:
        token = int(likely.argmax())
        return token, float(likely[token])
    probabilities, order = (likely / sampling.temperature).softmax(-1).sort(descending=True)
    before = probabilities.cumsum(-1) - probabilities
    probabilities[before >= sampling.top_p] = 0  # the first always stays
    token = int(order[torch.multinomial(probabilities, 1, generator=random)])
    return token, float(likely[token])


def _end(text: Text, finish: FinishReason) -> None:
    text.finish = finish
    text.states = []
    text.done.set()


def _cache_of(states: States) -> DynamicCache:
    cache = DynamicCache()
    for layer, (keys, values) in enumerate(states):
        cache.update(keys, values, layer)
    return cache


def _states_of(cache: DynamicCache) -> States:
    layers: list[Any] = cache.layers  # whichever kind: those without keys are refused on loading
    return [(layer.keys, layer.values) for layer in layers]


def _padded(texts: list[States]) -> States:
    """States of several texts in one, [texts, heads, tokens, size], empty places on the left."""
    if not texts:
        return []
    length = max(states[0][0].shape[2] for states in texts)

    def filled(tensor: Tensor) -> Tensor:
        return functional.pad(tensor, (0, 0, length - tensor.shape[2], 0))

    return [
        (
            torch.cat([filled(states[layer][0]) for states in texts]),
            torch.cat([filled(states[layer][1]) for states in texts]),
        )
        for layer in range(len(texts[0]))
    ]


def _failed(error: Exception) -> ModelUnavailable:
    kind = type(error).__name__
    return ModelUnavailable(f"the model failed: {kind}", cause=kind)
