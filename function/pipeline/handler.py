"""The one path of an event through the function: request in, reply event out."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial
from time import perf_counter

from cloudevents.core.v1.event import CloudEvent

from function.backends.chain import Chain
from function.backends.pool import Pool
from function.contract import FailedResponse, InferenceRequest, InferenceResponse, ReflectionStep
from function.deadline import Cancellation, Deadline
from function.delivery.admission import CrashLog, PoisonGuard
from function.delivery.dedupe import EventData, ReplyStore, event_key, read_data
from function.errors import (
    FieldError,
    InvalidRequest,
    NotAnEvent,
    Poisonous,
    RequestExpired,
    RequestFailed,
    TooManyHops,
)
from function.events.attributes import CheckedEvent, read_time, spelling_of
from function.events.replies import (
    MOST_HOPS,
    Reply,
    agent_of,
    attribute,
    conversation_of,
    hops_of,
    pack,
    reply_event,
    seconds_of_call,
    step_event,
    unpack,
)
from function.observability.metrics import Metrics
from function.pipeline.inference import Inference
from function.pipeline.intake import is_reasoning, question_of, read_request
from function.pipeline.responses import as_reasoning, error_body, named, write_reply
from function.profiles.profile import REPLY_SUFFIXES
from function.profiles.registry import ProfileRegistry
from function.reflection.listener import SILENT, Listener
from function.settings import REASONING_REQUEST, Settings
from function.tasks.registry import NativeTasks
from function.telemetry import NO_TRACER, Log, Tracer

MOST_CRASHES = 3
"""An event that ended the process so often is not tried again."""


LONGEST_TYPE = 200
CLOSE = 0.9
"""Likeness, 0 to 1, from which an event's type is taken for a misspelled one."""


@dataclass(slots=True)
class _Work:
    """One event on its way through the store, and the reply when it was written here."""

    event: CloudEvent
    data: EventData
    hops: int
    use: str
    key: str
    watch: Listener
    reply: Reply | None = None
    packed: bytes = b""


class Handler:
    """Answers request events with the models of a chain. Safe to call from many threads.

    :param offer_step: takes step events on their way to the sink.
    """

    def __init__(
        self,
        settings: Settings,
        chain: Chain,
        pool: Pool,
        native: NativeTasks,
        profiles: ProfileRegistry,
        store: ReplyStore,
        crashes: CrashLog,
        offer_step: Callable[[CloudEvent], None],
        metrics: Metrics,
        log: Log,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        self._settings = settings
        self._profiles = profiles
        self.accepted_types = settings.accepted_types | profiles.event_types
        """Event types that are answered; every other type is acknowledged with 204."""
        self._store = store
        self._poison_guard = PoisonGuard(crashes)
        self._offer_step = offer_step
        self._metrics = metrics
        self._log = log
        self._tracer = tracer
        self.inference = Inference(settings, chain, pool, native, metrics, log, tracer)

    def handle(self, event: CloudEvent) -> CloudEvent | None:
        """Answer one event, once; None for an event of a type that is not ours.

        What is wrong with the request itself becomes a ``failed`` reply, so its sender hears of
        it through the broker.

        :raises TryAgain: nothing can answer for the moment; the same event can succeed later.
        """
        reply = self.reply_to(event)
        if reply is None:
            return None
        given = reply.event.get_attributes().items()
        attributes = {name: value for name, value in given if value is not None}
        return CheckedEvent(attributes, reply.data, spelling_of(reply.event))

    def reply_to(
        self, event: CloudEvent, watch: Listener = SILENT, sender: str = ""
    ) -> Reply | None:
        """Answer one event as :meth:`handle` does.

        A duplicate joins the work under way or gets the stored reply.

        :param watch: gets what happens meanwhile; nothing of a duplicate.
        :param sender: see :func:`function.delivery.dedupe.event_key`.
        """
        hops = hops_of(event)
        if event.get_type() not in self.accepted_types or hops > MOST_HOPS:
            self._note_ignored(event.get_type())
            return None
        with self._tracer.process(event):
            started = perf_counter()
            data = read_data(event)
            use, key = event_key(event, sender, data.canonical)
            work = _Work(event, data, hops, use, key, watch)
            limit = Deadline.after(self._settings.max_deadline_ms / 1000)
            try:
                stored = self._store.once(key, partial(self._answer, work), limit)
            except Exception as error:
                self._metrics.count_processed(perf_counter() - started, type(error).__name__)
                raise
            self._metrics.count_processed(perf_counter() - started)
            if work.reply is None:
                self._metrics.replayed.inc()
                self._tracer.mark_duplicate()
            elif stored is work.packed:
                return work.reply
            return Reply(unpack(stored), replayed=True)

    def _note_ignored(self, event_type: str) -> None:
        meant = get_close_matches(event_type[:LONGEST_TYPE], self.accepted_types, 1, CLOSE)
        if (
            meant
            and event_type not in self.accepted_types
            and not event_type.endswith(REPLY_SUFFIXES)
        ):
            self._log.warning("trm_event_ignored", type=event_type, meant=meant[0])
        else:
            self._log.info("trm_event_ignored", type=event_type)

    def _answer(self, work: _Work) -> bytes:
        """Return the packed reply to an event that is answered for the first time."""
        reuse = () if self._store.first_use(work.use, work.key) else (work.key,)
        if reuse:
            self._metrics.reused_ids.inc()
            self._log.warning("trm_id_reused", id=work.event.get_id())
        with self._poison_guard.watch(work.key) as crashes:
            event, data = work.event, work.data
            request: InferenceRequest | None = None
            ours = self._settings.source
            try:
                if crashes >= MOST_CRASHES:
                    raise Poisonous(
                        f"the process ended {crashes} times while it worked on this event"
                    )
                if work.hops == MOST_HOPS:
                    raise TooManyHops(
                        f"trmhops is {MOST_HOPS} or not a number: agents answer each other"
                    )
                seconds = min(_seconds_left(event), seconds_of_call(event))
                agent = attribute(event, "agent")
                if data.problem is not None:
                    raise data.problem
                value = data.value
                taking = None
                if event.get_type() in self._profiles.event_types:
                    taking = self._profiles.find_by_event(event.get_type(), event.get_source())
                if taking is not None and taking.events is not None:
                    agent = agent or taking.name
                    value = question_of(value, taking.events)
                reading = read_request(value, agent, self._profiles)
                request = reading.request
                listener = work.watch
                if request.emit_steps:
                    listener = self._step_feed(event, request, reuse, work.watch)
                response = self.inference.run(
                    reading, _seed_of(event), event.get_id(), seconds, listener
                )
                if event.get_type() == REASONING_REQUEST or is_reasoning(data.value):
                    response = as_reasoning(response, data.value)
                reply_type = None
                if taking is not None and taking.events is not None:
                    response = named(response, taking.events, data.value)
                    reply_type = taking.events.reply
                completed = reply_event(
                    event, request, "completed", response, ours, reuse, reply_type
                )
                work.reply = write_reply(completed)
            except RequestFailed as error:
                self._note_failure(error, event.get_id())
                failed = FailedResponse(
                    error=error_body(error),
                    request_id=event.get_id(),
                    request_source=event.get_source(),
                    request_type=event.get_type(),
                    conversation_id=conversation_of(event, request),
                    agent=agent_of(event, request),
                    task=request.kind if request else None,
                    model=request.model if request else None,
                    attempts=list(error.attempts),
                )
                work.reply = write_reply(reply_event(event, request, "failed", failed, ours, reuse))
            work.packed = pack(work.reply.message)
            return work.packed

    def _step_feed(
        self, event: CloudEvent, request: InferenceRequest, reuse: tuple[str, ...], watch: Listener
    ) -> Listener:
        """Return a listener that sends the steps of a request as events, and passes them on."""

        def listen(step: ReflectionStep) -> None:
            self._offer_step(step_event(event, request, step, self._settings.source, reuse))
            watch.on_step(step)

        return replace(watch, on_step=listen)

    def answer_plain(
        self, data: object, listener: Listener = SILENT, cancellation: Cancellation | None = None
    ) -> InferenceResponse:
        """Answer a request that came without an event around it.

        :param listener: gets what happens meanwhile.
        :param cancellation: ends the work early.
        :raises RequestFailed: the request can never succeed.
        :raises TryAgain: nothing can answer for the moment.
        """
        try:
            seed = zlib.crc32(json.dumps(data, sort_keys=True).encode())
            reading = read_request(data, None, self._profiles)
            return self.inference.run(
                reading, seed, None, listener=listener, cancellation=cancellation
            )
        except RequestFailed as error:
            self._note_failure(error, None)
            raise

    def _note_failure(self, error: RequestFailed, event_id: str | None) -> None:
        # Names of our own fields only: the rest may be what the sender wrote.
        bad = error.fields if isinstance(error, InvalidRequest) else []
        fields = sorted({item.field.split(".")[0] for item in bad})
        self._metrics.count_failure(error.code)
        self._tracer.mark_failure(error.code)
        self._log.warning("trm_generation_failed", id=event_id, code=error.code, fields=fields)


def _seconds_left(event: CloudEvent) -> float:
    """Return time until the event's ``expirytime`` (CloudEvents extension), in seconds.

    :raises RequestExpired: it has passed.
    :raises InvalidRequest: it is not a time.
    """
    text = attribute(event, "expirytime")
    if text is None:
        return math.inf
    try:
        left = (read_time(text) - datetime.now(UTC)).total_seconds()
    except NotAnEvent as error:
        raise InvalidRequest([FieldError("expirytime", str(error))]) from None
    if left <= 0:
        raise RequestExpired("the event expired before it arrived")
    return left


def _seed_of(event: CloudEvent) -> int:
    """Return the seed of an event: redelivered, it gets the same answer."""
    return zlib.crc32(f"{event.get_source()} {event.get_id()}".encode())
