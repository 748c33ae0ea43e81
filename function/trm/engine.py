"""Supervision steps over many requests at once (continuous batching).

Between two steps samples leave the micro-batch (answer checked, halted, out of steps or of time)
and waiting ones take their places, so that nobody waits for somebody else's sixteenth step. What
a sample computes does not depend on its neighbours.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from collections.abc import Sequence

import torch
from torch import Tensor

from function.cpus import usable_cpus
from function.torch_threads import compute_on
from function.trm.attempt import Attempt, Step
from function.trm.cores import Cores
from function.trm.errors import TrmError
from function.trm.microbatch import MicroBatch
from function.trm.network import State, TinyRecursiveModel

PATIENCE = 0.1
"""Share of a step's time that the samples left after it may wait for others to join them. Who has
an answer often asks the next question at once, and a fuller batch takes less time per sample."""


class Engine:
    """Runs attempts for any number of threads, on one worker thread of its own.

    The network stays on the device it is on; its parameters must not change any more. It computes
    on `threads` cores, 0 for all that torch finds.
    """

    def __init__(self, model: TinyRecursiveModel, threads: int = 0) -> None:
        self.model = model
        self._threads = threads or min(torch.get_num_threads(), usable_cpus())
        self._cores = Cores(model, self._threads)
        self.micro_batch = MicroBatch(self._cores.count)
        self._device = model.inner.H_init.device
        self._changed = threading.Condition()
        self._urgent: deque[Attempt] = deque()
        self._patient: deque[Attempt] = deque()
        self._closed = False
        self._active: list[Attempt] = []
        self._noise: list[torch.Generator | None] = []
        self._left = 0
        self._left_until = 0.0
        self._state = model.initial_state(0)
        self._embedded = torch.empty_like(self._state.answer)
        self._worker = threading.Thread(target=self._work, name="trm-engine", daemon=True)
        self._worker.start()
        # A thread that is inside a kernel while the interpreter goes away takes it down.
        atexit.register(self.close)

    def submit(self, attempts: Sequence[Attempt]) -> None:
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
        self._cores.close()
        atexit.unregister(self.close)

    def _work(self) -> None:
        compute_on(self._threads)
        with torch.inference_mode():
            while self._admit():
                try:
                    self._step()
                except Exception as error:  # whoever waits must hear of it, whatever it was
                    for attempt in self._active:
                        attempt.error = error
                    self._leave(range(len(self._active)))

    def _admit(self) -> bool:
        """Fill the free places, waiting while there is nothing to do; False at the end."""
        with self._changed:
            while not (self._active or self._urgent or self._patient or self._closed):
                self._changed.wait()
            self._await_joiners()
            joining: list[Attempt] = []
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

    def _join(self, joining: list[Attempt]) -> None:
        tokens = torch.stack([torch.from_numpy(attempt.tokens) for attempt in joining])
        identifiers = None
        if self.model.config.puzzle_emb_ndim:
            known = [-1 if a.identifier is None else a.identifier for a in joining]
            identifiers = torch.tensor(known, device=self._device)
        embedded = self.model.embed(tokens.to(self._device), identifiers)
        initial = self.model.initial_state(len(joining))
        self._embedded = torch.cat((self._embedded, embedded), dim=1)
        self._state = State(
            torch.cat((self._state.answer, initial.answer), dim=1),
            torch.cat((self._state.latent, initial.latent), dim=1),
        )
        for attempt in joining:
            generator = torch.Generator().manual_seed(attempt.seed) if attempt.noise else None
            self._noise.append(generator)

    def _step(self) -> None:
        if not self._active:
            return
        started = time.perf_counter()
        self._state, output = self._cores.step(self._with_noise(), self._embedded)
        answers = output.logits.argmax(-1).cpu().numpy()
        halts = output.halt.tolist()
        taken = time.perf_counter() - started
        self.micro_batch.record(len(self._active), taken)
        leaving = []
        for place, attempt in enumerate(self._active):
            attempt.note(Step(answers[place], halts[place]))
            if attempt.ending is not None:
                leaving.append(place)
        if leaving:
            self._leave(leaving)
        self._left, self._left_until = len(leaving), time.perf_counter() + PATIENCE * taken

    def _with_noise(self) -> State:
        if not any(self._noise):
            return self._state
        latent = self._state.latent.clone()
        for place, (attempt, generator) in enumerate(zip(self._active, self._noise, strict=True)):
            if generator is not None:
                shape = (latent.shape[0], latent.shape[2])
                drawn: Tensor = torch.randn(shape, generator=generator)
                latent[:, place] += attempt.noise * drawn.to(self._device)
        return State(self._state.answer, latent)

    def _leave(self, places: Sequence[int]) -> None:
        gone = set(places)
        staying = [place for place in range(len(self._active)) if place not in gone]
        finished = [self._active[place] for place in places]
        kept = torch.tensor(staying, dtype=torch.long, device=self._device)
        self._state = self._state.select(kept)
        self._embedded = self._embedded[:, kept]
        self._noise = [self._noise[place] for place in staying]
        with self._changed:
            self._active = [self._active[place] for place in staying]
        for attempt in finished:
            attempt.finished.put(attempt)
