"""Models of this process that requests ask for by name: loaded on demand, evicted for room."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any

from function.backends.base import Model
from function.backends.local.footprint import MIB
from function.deadline import Clock, Deadline
from function.errors import FunctionError, ModelRefused, ModelUnavailable, NotReady, cause_of
from function.telemetry import Log
from function.trm.names import shown_name

RETRY_SECONDS = 5
"""Seconds until a model that could not be loaded is tried again, unless it asks for more."""
LOADING_ADVICE = 2
"""Seconds until it may be of use to ask for a model that is still being loaded."""
ROOM_ADVICE = 5
"""The same for one that has to wait until another is not in use."""


@dataclass(frozen=True)
class Loadable:
    """A model that is at hand: the bytes it will take, and how it is loaded."""

    size: int
    load: Callable[[], Model]


class _NoRoom(ModelUnavailable):
    """Every model that could go is in use."""


class _Place:
    """What is known about one name; guarded by the lock of the pool."""

    def __init__(self, name: str, label: str) -> None:
        self.name = name
        self.label = label
        self.model: Model | None = None
        self.loading: Future[Model] | None = None
        self.size = 0
        self.users = 0
        self.problem = ""
        self.cause: str | None = None
        self.retry_at = 0.0

    @property
    def state(self) -> str:
        """``loaded``, ``loading``, ``failed``, or ``idle`` for one that was never asked for."""
        if self.model is not None:
            return "loaded"
        if self.loading is not None:
            return "loading"
        return "failed" if self.problem else "idle"


class Pool:
    """Lends models by name. Safe for many threads.

    A model is loaded once, by a thread of its own, while those that ask for it wait and other
    models go on answering. Before that the least recently used ones that are not in use are closed
    until it fits.

    :param names: those that may be asked for; nothing else is ever loaded.
    :param limit: bytes that all loaded models may take together, by ``Loadable.size``.
    :param find: gets the files of a model; raises ModelUnavailable where there are none.
    :param clock: monotonic seconds, for the pauses after failures.
    """

    def __init__(
        self,
        names: Sequence[str],
        limit: int,
        find: Callable[[str], Loadable],
        log: Log,
        clock: Clock = time.monotonic,
    ) -> None:
        # The least recently used one comes first.
        self._places = OrderedDict(
            (name, _Place(name, label)) for name, label in zip(names, _labels(names), strict=True)
        )
        self._names = tuple(names)
        self._limit = limit
        self._find = find
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._loaders: set[threading.Thread] = set()
        self._closed = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names that requests may ask for."""
        return self._names

    def label(self, name: str) -> str:
        """Return what replies and metrics call the model that requests ask for by this name."""
        return self._places[name].label

    @property
    def backends(self) -> list[dict[str, Any]]:
        """What is known about each model, as :attr:`function.backends.chain.Chain.backends`."""
        with self._lock:
            return [self._report(self._places[name]) for name in self._names]

    @contextmanager
    def lend(self, name: str, deadline: Deadline) -> Iterator[Model]:
        """Yield a model to use; as long as it is lent it is not evicted.

        :raises ModelUnavailable: it cannot be loaded, or not before the deadline, or there is no
            room for it because others are in use.
        :raises ModelRefused: it is larger than all the room there is.
        """
        place = self._places[name]
        with self._lock:
            place.users += 1
        try:
            yield self._await(place, deadline)
        finally:
            with self._lock:
                place.users -= 1
                self._places.move_to_end(name)

    def close(self) -> None:
        """Wait for loads under way, then close every model; none may be in use."""
        with self._lock:
            self._closed = True
            loaders = list(self._loaders)
        for loader in loaders:
            loader.join()
        with self._lock:
            for place in self._places.values():
                _empty(place)

    def _await(self, place: _Place, deadline: Deadline) -> Model:
        with self._lock:
            if place.model is not None:
                return place.model
            loading = place.loading or self._begin(place)
        try:
            return loading.result(min(max(deadline.left, 0.0), threading.TIMEOUT_MAX))
        except TimeoutError:
            message = f"{place.label} is still being loaded"
            raise ModelUnavailable(message, LOADING_ADVICE, "Loading") from None

    def _begin(self, place: _Place) -> Future[Model]:
        if self._closed:
            raise NotReady("shutting down")
        if (pause := place.retry_at - self._clock()) > 0:
            raise ModelUnavailable(place.problem, ceil(pause), place.cause or "Unavailable")
        loading: Future[Model] = Future()
        place.loading = loading
        loader = threading.Thread(
            target=self._load, args=(place, loading), name="pool-loader", daemon=True
        )
        self._loaders.add(loader)
        loader.start()
        return loading

    def _load(self, place: _Place, loading: Future[Model]) -> None:
        started = time.monotonic()
        try:
            found = self._find(place.name)
            with self._lock:
                self._make_room(found.size)
                place.size = found.size
            model = found.load()
        except Exception as error:  # whatever is wrong with its files must not end the process
            failure = self._fail(place, error)
            loading.set_exception(failure)
        else:
            with self._lock:
                place.model, place.loading = model, None
                place.problem, place.cause = "", None
            self._log.info(
                "trm_model_loaded",
                model=model.name,
                backend=model.backend,
                seconds=round(time.monotonic() - started, 3),
                mib=round(place.size / MIB),
            )
            loading.set_result(model)
        finally:
            with self._lock:
                self._loaders.discard(threading.current_thread())

    def _make_room(self, size: int) -> None:
        """Close models until another one of this size fits; closes none in vain."""
        if size > self._limit:
            raise ModelRefused(
                f"the model takes {ceil(size / MIB)} MiB of the {self._limit // MIB} in "
                "TRM_MODELS_MIB"
            )
        taken = sum(place.size for place in self._places.values())
        idle = [place for place in self._places.values() if place.model and not place.users]
        if taken - sum(place.size for place in idle) + size > self._limit:
            message = "no room for the model while others are in use"
            raise _NoRoom(message, ROOM_ADVICE, "NoRoom")
        for place in idle:
            if taken + size <= self._limit:
                return
            taken -= place.size
            self._log.info("trm_model_evicted", model=place.name, mib=round(place.size / MIB))
            _empty(place)

    def _fail(self, place: _Place, error: Exception) -> FunctionError:
        """Note why it cannot be loaded; the error for those that wait for it."""
        if isinstance(error, ModelUnavailable | ModelRefused):
            failure: FunctionError = error
        else:
            kind = type(error).__name__
            failure = ModelUnavailable(f"{place.label} cannot be loaded ({kind})", cause=kind)
        with self._lock:
            place.size, place.loading = 0, None
            place.problem, place.cause = str(failure), cause_of(error)
            if isinstance(failure, ModelUnavailable) and not isinstance(failure, _NoRoom):
                failure.retry_after = max(failure.retry_after, RETRY_SECONDS)
                place.retry_at = self._clock() + failure.retry_after
        self._log.warning("trm_model_load_failed", model=place.name, problem=str(error))
        return failure

    def _report(self, place: _Place) -> dict[str, Any]:
        return {
            "label": place.label,
            "backend": place.model.backend if place.model else None,
            "model": place.model.name if place.model else None,
            "state": place.state,
            "last_error": place.cause,
            "latency_ms": None,
        }


def _labels(names: Sequence[str]) -> list[str]:
    """Return a label for each name; of paths with the same end the later ones are numbered."""
    labels: list[str] = []
    for label in map(shown_name, names):
        same = sum(1 for each in labels if each == label or each.startswith(f"{label}#"))
        labels.append(f"{label}#{same + 1}" if same else label)
    return labels


def _empty(place: _Place) -> None:
    if place.model is not None:
        place.model.close()
    place.model, place.size = None, 0
