"""Once per event: a broker delivers an event at least once, the model runs for one delivery.

A duplicate that arrives during the work waits for it, a later one gets the stored bytes.

CloudEvents says that ``source`` and ``id`` identify an event. A sender who knows or guesses them
could then read the reply to another sender, or answer in advance, so a stored reply also belongs
to its sender, its type and its data.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from cloudevents.core.v1.event import CloudEvent

from function.deadline import Clock, Deadline
from function.delivery.admission import WaitQueue
from function.errors import FieldError, InvalidRequest, Overloaded, TryAgain
from function.events.codec import is_json, strict_json
from function.events.replies import type_after
from function.events.strict_json import json_bytes

JOIN_SECONDS = 2
"""``Retry-After`` of a duplicate that may not wait."""
Work = Callable[[], bytes]
"""Makes the reply to one event."""


class ReplyStore(Protocol):
    """Remembers replies by key, and which keys are being worked on."""

    def once(self, key: str, work: Work, deadline: Deadline) -> bytes:
        """Return the reply of ``key``: stored, or from work under way, or else from ``work``.

        When work raises, nothing is stored: the threads that joined it get the same exception, and
        the next delivery runs it again.

        :param key: see :attr:`function.delivery.dedupe.EventKey.event`.
        :param work: runs in the calling thread, at most once.
        :param deadline: how long to wait for the work of another thread; own work is not cut short.
        :raises TryAgain: the deadline passed while another thread was at work, which goes on.
        :raises Overloaded: too many wait for the work of others already.
        """

    def first_use(self, use: str, key: str) -> bool:
        """Return False where ``use`` already stands for another event than ``key``.

        :param use: see :attr:`function.delivery.dedupe.EventKey.use`.
        :param key: as for :meth:`once`.
        """

    def close(self) -> None:
        """Forget everything and give every connection back; no event may follow."""


class _Run:
    """Work under way. The first thread to join creates the signal: most work has no joiner."""

    __slots__ = ("done", "error", "reply", "traceback")

    def __init__(self) -> None:
        self.done: threading.Event | None = None
        self.reply: bytes | None = None
        self.error: Exception | None = None
        self.traceback: TracebackType | None = None

    def fail(self, error: BaseException) -> None:
        """Keep what the joiners will raise."""
        if not isinstance(error, Exception):
            # What ends one thread must not end the others.
            error = TryAgain("the work on this event was cut off")
        self.error, self.traceback = error, error.__traceback__

    def result(self) -> bytes:
        """Return what the work returned; raises what it raised."""
        if self.error is not None:
            # Without this every thread that raises it would lengthen the same traceback.
            raise self.error.with_traceback(self.traceback)
        assert self.reply is not None
        return self.reply


class MemoryStore(ReplyStore):
    """Replies of this process, least recently used first to leave. Safe for many threads.

    Nothing is swept in the background: a reply past its time is never returned, and leaves when
    it is asked for or when it is the least recently used, so at the latest with the first reply
    that is stored after twice its time to live.

    :param max_replies: how many replies are kept.
    :param max_bytes: how long they may be together; a longer one is returned but not kept.
    :param ttl_seconds: how long after its work a reply is returned again.
    :param joiners: how many threads may wait for the work of others; one more is refused.
    """

    def __init__(
        self,
        max_replies: int = 10_000,
        max_bytes: int = 64 * 1_048_576,
        ttl_seconds: float = 600.0,
        clock: Clock = time.monotonic,
        joiners: int = 32,
    ) -> None:
        self._joiners = WaitQueue(joiners)
        self._max_replies = max_replies
        self._max_bytes = max_bytes
        self._ttl = ttl_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._replies: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._running: dict[str, _Run] = {}
        self._uses: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._stored_bytes = 0

    @property
    def stored_replies(self) -> int:
        """How many replies are kept."""
        return len(self._replies)

    @property
    def stored_bytes(self) -> int:
        """How long they are together."""
        return self._stored_bytes

    def once(self, key: str, work: Work, deadline: Deadline) -> bytes:
        """See :meth:`ReplyStore.once`."""
        with self._lock:
            stored = self._find(key)
            if stored is not None:
                return stored
            joined = self._running.get(key)
            if joined is None:
                run = self._running[key] = _Run()
            else:
                done = joined.done = joined.done or threading.Event()
        if joined is not None:
            return self._join(joined, done, deadline)
        try:
            reply = run.reply = work()
        except BaseException as error:
            with self._lock:
                del self._running[key]
            # No thread can join any more; without joiners the error need not be kept.
            if run.done is not None:
                run.fail(error)
                run.done.set()
            raise
        with self._lock:
            del self._running[key]
            self._store(key, reply)
        if run.done is not None:
            run.done.set()
        return reply

    def _join(self, run: _Run, done: threading.Event, deadline: Deadline) -> bytes:
        if not self._joiners.take():
            raise Overloaded("too many duplicates of events under way are waiting", JOIN_SECONDS)
        try:
            if not done.wait(min(max(deadline.left, 0.0), threading.TIMEOUT_MAX)):
                raise TryAgain("the same event is still being worked on")
        finally:
            self._joiners.leave()
        return run.result()

    def first_use(self, use: str, key: str) -> bool:
        """See :meth:`ReplyStore.first_use`."""
        now = self._clock()
        with self._lock:
            known, expires = self._uses.get(use, (key, math.inf))
            if known != key and expires > now:
                return False
            self._uses[use] = (key, now + self._ttl)
            self._uses.move_to_end(use)
            if len(self._uses) > self._max_replies:
                self._uses.popitem(last=False)
        return True

    def close(self) -> None:
        """Forget every reply; work under way goes on."""
        with self._lock:
            self._uses.clear()
            self._replies.clear()
            self._stored_bytes = 0

    def _find(self, key: str) -> bytes | None:
        entry = self._replies.get(key)
        if entry is None:
            return None
        reply, expires = entry
        if expires <= self._clock():
            del self._replies[key]
            self._stored_bytes -= len(reply)
            return None
        self._replies.move_to_end(key)
        return reply

    def _store(self, key: str, reply: bytes) -> None:
        if len(reply) > self._max_bytes:
            return  # it would push out all others and still not fit
        now = self._clock()
        self._replies[key] = (reply, now + self._ttl)
        self._stored_bytes += len(reply)
        while self._replies:
            oldest, expires = next(iter(self._replies.values()))
            fits = len(self._replies) <= self._max_replies and self._stored_bytes <= self._max_bytes
            if fits and expires > now:
                return
            self._replies.popitem(last=False)
            self._stored_bytes -= len(oldest)


COPIED = ("subject", "correlationid", "conversationid", "agent")
"""Attributes that a reply repeats or depends on. Not among them are those that differ from one
delivery of an event to the next: traces, ``expirytime``, ``knativearrivaltime``."""


class EventData(NamedTuple):
    """The data of a request event, read once.

    ``problem`` says why ``value`` is not JSON. ``canonical`` is the same for every spelling of one
    JSON value, so an event is the same in binary and in structured mode.
    """

    value: Any
    problem: InvalidRequest | None
    canonical: bytes


class EventKey(NamedTuple):
    """Digests that identify an event, 64 hexadecimal characters each.

    ``use`` is of sender, ``source``, ``id`` and the family of reply types: events that share it
    would get the same reply id. ``event`` is of all that and of type, data and :data:`COPIED`:
    deliveries that share it get the same reply.
    """

    use: str
    event: str


def read_data(event: CloudEvent) -> EventData:
    """Return the data of an event as JSON, or what is wrong with it; never raises."""
    data: Any = event.get_data()
    content_type = event.get_datacontenttype()
    if not is_json(content_type):
        problem = InvalidRequest([FieldError("datacontenttype", "must be JSON")])
        return EventData(None, problem, f"{content_type!a}{data!a}".encode())
    if isinstance(data, bytes):
        try:
            data = strict_json(data)
        except ValueError as error:
            return EventData(None, InvalidRequest([FieldError("data", str(error))]), data)
    try:
        return EventData(data, None, json_bytes(data))
    except (TypeError, ValueError):  # an event made in this process may hold anything
        return EventData(data, None, ascii(data).encode())


def event_key(event: CloudEvent, sender: str, canonical: bytes) -> EventKey:
    """Return the key of an event, the same in every process.

    :param sender: digest of the token that the sender presented; empty where none is required.
    :param canonical: see :class:`EventData`.
    """
    given = event.get_attributes()
    event_type = given["type"]
    # No attribute that came over HTTP holds a NUL, so no two events are joined to one text.
    use = "\0".join((sender, given["source"], given["id"], type_after(event_type, "")))
    shape = "\0".join(["", event_type, *[str(given.get(name) or "") for name in COPIED], ""])
    digest = sha256(use.encode(errors="surrogatepass"))
    name = digest.hexdigest()
    digest.update(shape.encode(errors="surrogatepass"))
    digest.update(canonical)
    return EventKey(name, digest.hexdigest())
