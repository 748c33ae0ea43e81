"""Writes the texts of several requests together with one network of transformers.

One thread does all the computing. A text that arrives is read in pieces, less the beginning that
it shares with a conversation seen before, and then joins those under way: each step computes one
token for every text at once. A text that is alone is guessed ahead instead
(:mod:`function.backends.local.transformers.prompt_lookup`).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from function.backends.local.transformers.prefix_cache import (
    Reader,
    States,
    cache_of,
    padded,
    states_of,
)
from function.backends.local.transformers.prompt_lookup import Guesses
from function.backends.local.transformers.text import Text, draw
from function.cpus import usable_cpus
from function.deadline import Deadline
from function.errors import FunctionError, ModelUnavailable, RequestExpired
from function.torch_threads import compute_on

KEPT_PER_SLOT = 2
"""Conversations whose states are kept, besides those under way."""


class Decoder:
    """The thread and the network; safe to call from many threads.

    :param network: a causal language model of transformers, ready to run.
    :param ends: tokens that end a text.
    :param slots: texts written together.
    :param threads: CPU threads; 0 for as many as torch finds.
    """

    def __init__(self, network: Any, ends: frozenset[int], slots: int, threads: int = 0) -> None:
        self._reader = Reader(network, KEPT_PER_SLOT * slots)
        self._ends = ends
        self._slots = slots
        self._threads = threads
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
        """Return the log-likelihood of each continuation, and how many prompt tokens were known
        already.

        :raises RequestExpired: the deadline passed first.
        :raises ModelUnavailable: the network failed.
        """
        done = threading.Event()
        outcome: list[tuple[list[float], int] | FunctionError] = []

        def work() -> None:
            try:
                outcome.append(self._reader.score(prompt, continuations, deadline))
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
        compute_on(self._threads or min(torch.get_num_threads(), usable_cpus()))
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
            states, text.cached, before = self._reader.read(text.ids, text.deadline)
        except RequestExpired:
            text.end("deadline")
        except Exception as error:
            text.error = _failed(error)
            text.done.set()
        else:
            text.guesses = Guesses(before)
            self._regroup([*self._group, text], states)

    def _step(self) -> None:
        """Decode one more token for each text, or several where a single one was guessed right."""
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
        logits = self._reader.forward(rows, self._cache, length - 1, len(rows[0]), pads)
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
        states = states_of(self._cache)
        # All texts so far end at the last place of the cache and are padded on the left.
        for row, text in enumerate(self._group):
            own = len(text.ids) - 1
            text.states = [
                (keys[row : row + 1, :, keys.shape[2] - own :], values[row : row + 1, :, -own:])
                for keys, values in states
            ]
            if text.finish:
                self._reader.keep(text.ids[:-1], text.states)
                text.end(text.finish)
        if newest is not None:
            texts[-1].states = newest
        self._group = [text for text in texts if not text.finish]
        self._cache = cache_of(padded([text.states for text in self._group]))

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


def _failed(error: Exception) -> ModelUnavailable:
    kind = type(error).__name__
    return ModelUnavailable(f"the model failed: {kind}", cause=kind)
