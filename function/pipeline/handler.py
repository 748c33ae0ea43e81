"""The one path of an event through the function: request in, reply event out."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from cloudevents.core.v1.event import CloudEvent

from function.backends.allowance import Allowance, Metered
from function.backends.base import Model
from function.backends.chain import Chain
from function.backends.instrumented import Observed
from function.backends.lent import Lent
from function.backends.pool import Pool
from function.contract import (
    Attempt,
    FailedResponse,
    InferenceRequest,
    InferenceResponse,
    ReflectionStep,
)
from function.deadline import Cancellation, Deadline, milliseconds
from function.delivery.admission import Lane, WaitingRoom
from function.delivery.crashes import CrashLog, Suspects
from function.delivery.dedupe import ReplyStore
from function.delivery.identity import EventData, event_key, read_data
from function.delivery.stored_replies import pack, unpack
from function.errors import (
    FieldError,
    InvalidRequest,
    NotAnEvent,
    Poisonous,
    RequestExpired,
    RequestFailed,
    TooManyHops,
)
from function.events.attributes import CheckedEvent, read_time
from function.events.codec import (
    decode,
    strict_json,
)
from function.events.message import HttpMessage
from function.events.replies import (
    MOST_HOPS,
    agent_of,
    attribute,
    conversation_of,
    hops_of,
    reply_event,
    step_event,
)
from function.events.request_reply import seconds_of_call
from function.logs import Log
from function.observability.metrics import Metrics
from function.pipeline.reading import Reading, read_request
from function.pipeline.reasoning import as_reasoning
from function.pipeline.responses import Served, error_body, response_of, write_reply
from function.pipeline.stand_in import stand_in
from function.profiles.registry import Shelf
from function.reflection.answering import answer
from function.reflection.candidates import Earlier, Outcome
from function.reflection.confidence.calibration import calibration_of
from function.reflection.escalation import Found, ask_once, climb
from function.reflection.loop import StepListener, ignore_step
from function.settings import ALERT_WIDTH, PUZZLE_WIDTH, REASONING_REQUEST, Settings
from function.tasks.registry import BACKEND, NativeTasks

if TYPE_CHECKING:
    from function.observability.spans import Spans

MOST_CRASHES = 3
"""An event that ended the process so often is not tried again."""


class Reply(NamedTuple):
    """A reply as a message in binary mode, the form in which it is kept.

    ``replayed`` is whether another delivery of the same event caused it.
    """

    message: HttpMessage
    replayed: bool


class Handler:
    """Answers request events with the models of a chain. Safe to call from many threads.

    :param offer_step: takes step events on their way to the sink.
    :param spans: None where nothing is traced.
    """

    def __init__(
        self,
        settings: Settings,
        chain: Chain,
        pool: Pool,
        native: NativeTasks,
        profiles: Shelf,
        store: ReplyStore,
        crashes: CrashLog,
        offer_step: Callable[[CloudEvent], None],
        metrics: Metrics,
        log: Log,
        spans: Spans | None = None,
    ) -> None:
        self._settings = settings
        self._chain = chain
        self._pool = pool
        self._native = native
        self._profiles = profiles
        self._store = store
        self._suspects = Suspects(crashes)
        self._offer_step = offer_step
        self._metrics = metrics
        self._log = log
        self._threshold = settings.escalation_threshold if settings.escalate else None
        room = WaitingRoom(settings.queue)
        self._text = Lane(settings.slots, room)
        self._puzzles = Lane(PUZZLE_WIDTH, room)
        self._alerts = Lane(ALERT_WIDTH, room)
        # A lane each: while one of them is loaded the others go on answering.
        self._extra = {name: Lane(settings.slots, room) for name in pool.names}
        self._spans = spans
        lanes = {"text": self._text, "puzzles": self._puzzles, "alerts": self._alerts}
        lanes |= {f"model:{pool.label(name)}": lane for name, lane in self._extra.items()}
        self._lanes = lanes
        for name, lane in lanes.items():
            metrics.watch_lane(
                name, partial(getattr, lane, "waiting"), partial(getattr, lane, "busy")
            )

    def stuck_lane(self, margin: float) -> str | None:
        """Return the first lane with a request at work for longer than the longest deadline and
        ``margin`` seconds; None where every lane moves."""
        limit = self._settings.max_deadline_ms / 1000 + margin
        return next((name for name, lane in self._lanes.items() if lane.longest > limit), None)

    def handle(self, event: CloudEvent) -> CloudEvent | None:
        """Answer one event, once; None for an event of a type that is not ours.

        What is wrong with the request itself becomes a ``failed`` reply, so its sender hears of
        it through the broker.

        :raises TryAgain: nothing can answer for the moment; the same event can succeed later.
        """
        reply = self.reply_to(event)
        return None if reply is None else read_reply(reply.message)

    def reply_to(
        self, event: CloudEvent, watch: StepListener | None = None, sender: str = ""
    ) -> Reply | None:
        """Answer one event as :meth:`handle` does.

        A duplicate joins the work under way or gets the stored reply.

        :param watch: gets every reflection step as it comes; a duplicate has none.
        :param sender: see :func:`function.delivery.identity.event_key`.
        """
        if event.get_type() not in self._settings.accepted_types or hops_of(event) > MOST_HOPS:
            self._log.info("trm_event_ignored", type=event.get_type())
            return None
        if self._spans is None:
            return self._process(event, watch, sender)
        return self._spans.process(event, partial(self._process, event, watch, sender))

    def _process(self, event: CloudEvent, watch: StepListener | None, sender: str) -> Reply:
        started = perf_counter()
        fresh: HttpMessage | None = None
        written = b""
        data = read_data(event)
        use, key = event_key(event, sender, data.canonical)

        def work() -> bytes:
            nonlocal fresh, written
            reuse = () if self._store.first_use(use, key) else (key,)
            if reuse:
                self._metrics.reused_ids.inc()
                self._log.warning("trm_id_reused", id=event.get_id())
            with self._suspects.watch(key) as crashes:
                fresh = self._answer(event, data, reuse, crashes, watch)
            written = pack(fresh)
            return written

        limit = Deadline.after(self._settings.max_deadline_ms / 1000)
        try:
            stored = self._store.once(key, work, limit)
        except Exception as error:
            self._metrics.count_processed(perf_counter() - started, type(error).__name__)
            raise
        self._metrics.count_processed(perf_counter() - started)
        if fresh is None:
            self._metrics.replayed.inc()
            if self._spans is not None:
                self._spans.mark_duplicate()
        elif stored is written:
            return Reply(fresh, False)
        return Reply(unpack(stored), True)

    def _answer(
        self,
        event: CloudEvent,
        data: EventData,
        reuse: tuple[str, ...],
        crashes: int,
        watch: StepListener | None,
    ) -> HttpMessage:
        self._chain.require()
        request: InferenceRequest | None = None
        ours = self._settings.source
        try:
            if crashes >= MOST_CRASHES:
                raise Poisonous(f"the process ended {crashes} times while it worked on this event")
            if hops_of(event) == MOST_HOPS:
                raise TooManyHops(
                    f"trmhops is {MOST_HOPS} or not a number: agents answer each other"
                )
            seconds = min(_seconds_left(event), seconds_of_call(event))
            agent = attribute(event, "agent")
            if data.problem is not None:
                raise data.problem
            reading = read_request(data.value, agent, self._profiles)
            request = reading.request
            listener = watch or ignore_step
            if request.emit_steps:
                listener = self._step_feed(event, request, reuse, watch)
            response = self._infer(reading, _seed_of(event), event.get_id(), seconds, listener)
            if event.get_type() == REASONING_REQUEST:
                response = as_reasoning(response, data.value)
            return write_reply(reply_event(event, request, "completed", response, ours, reuse))
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
            return write_reply(reply_event(event, request, "failed", failed, ours, reuse))

    def _step_feed(
        self,
        event: CloudEvent,
        request: InferenceRequest,
        reuse: tuple[str, ...],
        watch: StepListener | None,
    ) -> StepListener:
        """Return a listener that sends the steps of a request as events, and passes them on."""

        def listen(step: ReflectionStep) -> None:
            self._offer_step(step_event(event, request, step, self._settings.source, reuse))
            if watch is not None:
                watch(step)

        return listen

    def answer_plain(
        self,
        data: object,
        on_step: StepListener = ignore_step,
        cancellation: Cancellation | None = None,
    ) -> InferenceResponse:
        """Answer a request that came without an event around it.

        :param on_step: gets every reflection step as it comes.
        :param cancellation: ends the work early.
        :raises RequestFailed: the request can never succeed.
        :raises TryAgain: nothing can answer for the moment.
        """
        self._chain.require()
        try:
            seed = zlib.crc32(json.dumps(data, sort_keys=True).encode())
            reading = read_request(data, None, self._profiles)
            return self._infer(reading, seed, None, on_step=on_step, cancellation=cancellation)
        except RequestFailed as error:
            self._note_failure(error, None)
            raise

    def _infer(
        self,
        reading: Reading,
        seed: int,
        event_id: str | None,
        seconds_left: float = math.inf,
        on_step: StepListener = ignore_step,
        cancellation: Cancellation | None = None,
    ) -> InferenceResponse:
        request = reading.request
        started, kind = perf_counter(), request.kind
        limit = self._settings.max_deadline_ms
        wanted = min(request.deadline_ms or limit, limit) / 1000
        deadline = Deadline.after(min(wanted, seconds_left))
        if request.seed is not None:
            seed = request.seed
        by_bytes = kind == "text" and request.model not in self._extra
        if self._native.serves(kind) or (by_bytes and self._native.serves_text()):
            lane = self._alerts if kind == "alert_triage" else self._puzzles
            work = self._solve_or_hand_on
        else:
            lane, work = self._extra.get(request.model or "", self._text), self._write
        with lane.turn(deadline):
            self._log.debug("trm_generation_started", id=event_id, task=kind)
            if cancellation is not None:
                deadline = deadline._replace(clock=cancellation)
            run = partial(work, request, deadline, seed, on_step)
            served, outcome = run() if self._spans is None else self._spans.reflect(request, run)
        self._metrics.count_outcome(kind, outcome)
        duration_ms = milliseconds(perf_counter() - started)
        if outcome.trace:
            self._log.info(
                "trm_reflection_steps",
                id=event_id,
                steps=len(outcome.trace),
                accepted=sum(step.accepted for step in outcome.trace),
            )
        self._log.info(
            "trm_generation_completed",
            id=event_id,
            model=served.model_name,
            duration_ms=duration_ms,
            stop_reason=outcome.stop_reason,
            tokens=outcome.tokens.total,
        )
        profile = self._profiles.find(reading.profile)
        low = None if profile is None else profile.below_confidence
        outcome, withheld = stand_in(request, outcome, low)
        return response_of(reading, served, outcome, duration_ms, withheld)

    def _solve_or_hand_on(
        self, request: InferenceRequest, deadline: Deadline, seed: int, on_step: StepListener
    ) -> tuple[Served, Outcome]:
        """Have a network answer, and the text models where it abstains and they may."""
        name, outcome = self._solve(request, deadline)
        for step in outcome.trace:  # all of them take less time than one event
            on_step(step)
        if self._threshold is None or outcome.handed_on is None:
            return Served(name, BACKEND), outcome
        abstained = Found(BACKEND, name, BACKEND, outcome)
        return self._walk(outcome.handed_on, deadline, seed, on_step, abstained)

    def _write(
        self, request: InferenceRequest, deadline: Deadline, seed: int, on_step: StepListener
    ) -> tuple[Served, Outcome]:
        """Have the model answer that is asked for by name, or else the chain."""
        if request.model in self._extra:
            with self._pool.lend(request.model, deadline) as model:
                lent = Lent(self._pool.label(request.model), model, deadline)
                return self._walk(request, deadline, seed, on_step, lent=lent)
        return self._walk(request, deadline, seed, on_step)

    def _walk(
        self,
        request: InferenceRequest,
        deadline: Deadline,
        seed: int,
        on_step: StepListener,
        abstained: Found | None = None,
        lent: Lent | None = None,
    ) -> tuple[Served, Outcome]:
        """Have the text models answer, or the one lent; ``abstained`` is a native task."""
        rendering = self._profiles.rendering(request.agent)
        walk = lent or self._chain.walk(deadline)
        allowance = Allowance(self._settings.hosted_tokens)
        if abstained is not None:
            walk.attempts.append(Attempt(abstained.label, "answered"))

        def work(model: Model, budget: Deadline, earlier: Earlier | None) -> Outcome:
            known = calibration_of(model.name)
            seen: Model = Observed(model, self._metrics, self._spans)
            if model.abilities.hosted:
                seen = Metered(seen, allowance)
            return answer(
                request, seen, budget, seed, on_step, rendering, known, earlier, self._spans
            )

        ask = work if self._spans is None else self._spans.attempted(work)
        try:
            if isinstance(walk, Lent):
                found = ask_once(walk, ask)
            else:
                found = climb(walk, ask, self._threshold, abstained)
        except RequestFailed as error:
            error.attempts = walk.attempts
            raise
        finally:
            self._metrics.count_attempts(walk.attempts)
        served = Served(found.model_name, found.backend, found.fallback_reason, walk.attempts)
        return served, found.result

    def _solve(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        if self._spans is None:
            return self._native.run(request, deadline)
        solve = partial(self._native.run, request, deadline)
        return self._spans.native(BACKEND, request, solve)

    def _note_failure(self, error: RequestFailed, event_id: str | None) -> None:
        # Names of our own fields only: the rest may be what the sender wrote.
        bad = error.fields if isinstance(error, InvalidRequest) else []
        fields = sorted({item.field.split(".")[0] for item in bad})
        self._metrics.count_failure(error.code)
        if self._spans is not None:
            self._spans.mark_failure(error.code)
        self._log.warning("trm_generation_failed", id=event_id, code=error.code, fields=fields)


def read_reply(message: HttpMessage) -> CloudEvent:
    """Return the event in a reply message, with its data as JSON values."""
    event = decode(message.headers, message.body)
    return CheckedEvent(event.get_attributes(), strict_json(message.body), event.spelling)


def _seconds_left(event: CloudEvent) -> float:
    """Return time until the event's ``expirytime`` (CloudEvents extension), in seconds.

    :raises RequestExpired: it has passed.
    :raises InvalidRequest: it is no time.
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
    """Return a redelivered event draws the same numbers, so it gets the same answer."""
    return zlib.crc32(f"{event.get_source()} {event.get_id()}".encode())
