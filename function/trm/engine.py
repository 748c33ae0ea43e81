"""Supervision steps over many requests at once (continuous batching).

A supervision step is a few equal cycles. Between two cycles samples leave the micro-batch (answer
checked; after a step also halted, out of steps or of time) and waiting ones take their places, so
that no sample waits for the sixteenth step of another. What a sample computes does not depend on
its neighbours.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from collections.abc import Sequence

import numpy as np

from function.trm.attempt import Sample, Step
from function.trm.config import NetworkConfig
from function.trm.errors import TrmError
from function.trm.microbatch import MicroBatch
from function.trm.numpy_network import Floats
from function.trm.runner import Runner

PATIENCE = 0.1
"""Share of a cycle's time that the samples left after it may wait for others to join them. Who has
an answer often asks the next question at once, and a fuller batch takes less time per sample."""


class Engine:
    """Runs attempts for any number of threads, on one worker thread of its own.

    `patience` is the share of a cycle's time for which the next one waits for as many samples as
    have just left.
    """

    def __init__(self, runner: Runner, patience: float = PATIENCE) -> None:
        self.runner, self._patience = runner, patience
        self.micro_batch = MicroBatch(runner.smallest)
        self._changed = threading.Condition()
        self._urgent: deque[Sample] = deque()
        self._patient: deque[Sample] = deque()
        self._closed = False
        self._active: list[Sample] = []
        self._noise: list[np.random.Generator | None] = []
        self._left = 0
        self._left_until = 0.0
        self._worker = threading.Thread(target=self._work, name="trm-engine", daemon=True)
        self._worker.start()
        # A thread that is inside a kernel while the interpreter goes away takes it down.
        atexit.register(self.close)

    @property
    def config(self) -> NetworkConfig:
        return self.runner.config

    def submit(self, attempts: Sequence[Sample]) -> None:
        """Queue attempts; each comes back through its own `finished` queue."""
        with self._changed:
            if self._closed:
                raise TrmError("the engine is closed")
            for attempt in attempts:
                (self._patient if attempt.patient else self._urgent).append(attempt)
            self._changed.notify()

    def close(self) -> None:
        """Cancel what is queued or running, and wait for the worker to end."""
        with self._changed:
            self._closed = True
            for attempt in (*self._urgent, *self._patient, *self._active):
                attempt.cancelled = True
            self._changed.notify()
        self._worker.join()
        self.runner.close()
        atexit.unregister(self.close)

    def _work(self) -> None:
        self.runner.prepare()
        while self._admit():
            try:
                self._advance()
            except Exception as error:  # every waiting thread must get it, whatever it is
                for attempt in self._active:
                    attempt.error = error
                self._leave(range(len(self._active)))

    def _admit(self) -> bool:
        """Fill the free places, waiting while there is nothing to do; False at the end."""
        with self._changed:
            while not (self._active or self._urgent or self._patient or self._closed):
                self._changed.wait()
            self._await_joiners()
            joining: list[Sample] = []
            while len(self._active) + len(joining) < self.micro_batch.size:
                waiting = self._urgent or self._patient
                if not waiting:
                    break
                attempt = waiting.popleft()
                if attempt.give_up():
                    attempt.finished.put(attempt)
                else:
                    joining.append(attempt)
            self._active += joining
            ends = self._closed and not (self._active or self._urgent or self._patient)
        if joining:
            try:
                self._join(joining)
            except Exception as error:
                del self._active[len(self._active) - len(joining) :]
                for attempt in joining:
                    attempt.error = error
                    attempt.finished.put(attempt)
        return not ends

    def _await_joiners(self) -> None:
        """Give as many samples as have just left the time to come; holds the lock."""
        places = self.micro_batch.size - len(self._active)
        expected = min(self._left, places)
        while len(self._urgent) + len(self._patient) < expected and not self._closed:
            if (left := self._left_until - time.perf_counter()) <= 0:
                break
            self._changed.wait(left)

    def _join(self, joining: list[Sample]) -> None:
        identifiers = None
        if self.config.puzzle_emb_ndim:
            known = [-1 if each.identifier is None else each.identifier for each in joining]
            identifiers = np.array(known, np.int64)
        self.runner.join(np.stack([attempt.tokens for attempt in joining]), identifiers)
        for attempt in joining:
            self._noise.append(np.random.default_rng(attempt.seed) if attempt.noise else None)

    def _advance(self) -> None:
        if not self._active:
            return
        started = time.perf_counter()
        answers, halts = self.runner.advance(self._drawn())
        taken = time.perf_counter() - started
        self.micro_batch.record(len(self._active), taken)
        leaving = []
        for place, attempt in enumerate(self._active):
            attempt.note(Step(answers[place], halts[place]), self.config.H_cycles)
            if attempt.ending is not None:
                leaving.append(place)
        if leaving:
            self._leave(leaving)
        self._left, self._left_until = len(leaving), time.perf_counter() + self._patience * taken

    def _drawn(self) -> list[Floats | None]:
        """Return the noise of the samples that begin a step and asked for it, None for others."""
        shape = (self.config.positions, self.config.hidden_size)
        return [
            None if generator is None or attempt.cycles % self.config.H_cycles
            else np.float32(attempt.noise) * generator.standard_normal(shape, np.float32)
            for attempt, generator in zip(self._active, self._noise, strict=True)
        ]  # fmt: skip

    def _leave(self, places: Sequence[int]) -> None:
        gone = set(places)
        staying = [place for place in range(len(self._active)) if place not in gone]
        finished = [self._active[place] for place in places]
        self.runner.keep(staying)
        self._noise = [self._noise[place] for place in staying]
        with self._changed:
            self._active = [self._active[place] for place in staying]
        for attempt in finished:
            attempt.finished.put(attempt)
