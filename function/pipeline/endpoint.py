"""HTTP in, HTTP out: the status table, shared by both adapters.

What a broker does with an answer decides its status. A permanent failure of a valid event is 200
with a ``failed`` reply, because a 4xx reaches only the dead letter sink; a 2xx never has a
body that is not a CloudEvent, because the broker would turn it into 502 and deliver again.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from cloudevents.core.v1.event import CloudEvent
from pydantic import BaseModel

from function.contract import FailedResponse
from function.deadline import NO_DEADLINE
from function.delivery.reply_router import ReplyRouter
from function.errors import (
    BodyTooLarge,
    FunctionError,
    NotAnEvent,
    NotReady,
    RequestFailed,
    SenderUnknown,
    TryAgain,
    UnsupportedCoding,
    UnsupportedMode,
)
from function.events.attributes import REQUIRED
from function.events.codec import (
    BATCH_TYPE,
    JSON_TYPE,
    STRUCTURED_TYPE,
    Mode,
    decode_batch,
    decode_headed,
    encode,
    encode_batch,
    read_head,
    strict_json,
)
from function.events.message import HttpMessage, HttpResponse, line, message_of
from function.events.replies import Reply
from function.events.strict_json import json_bytes
from function.observability.metrics import Metrics
from function.observability.trace_context import trace_of
from function.pipeline.auth import BearerAuth
from function.pipeline.handler import Handler
from function.pipeline.history import History, Sighting
from function.pipeline.responses import error_body
from function.reflection.listener import SILENT, Listener
from function.settings import ALERT_WIDTH, Settings
from function.telemetry import NO_TRACER, Log, Tracer

if TYPE_CHECKING:
    from function.http.wsgi import Streamed

    Response = HttpResponse | Streamed

P = ParamSpec("P")
T = TypeVar("T")

LARGEST_BATCH = 100
REPLAYED = "trm-replayed"
"""Header of an answer whose reply was made for an earlier delivery of the event: ``true``, or the
places of such replies in a batch, counted from 0."""
_REPLAYED = f"{REPLAYED}: true\r\n"
_ADVICE: dict[type[FunctionError], tuple[tuple[str, str], ...]] = {
    SenderUnknown: (("www-authenticate", "Bearer"),),
    UnsupportedCoding: (("accept-encoding", "identity"),),
}


class Exchange:
    """Turns HTTP messages into events for the handler and its replies into answers.

    :param history: records every event; None records none, at no cost.
    """

    def __init__(
        self,
        settings: Settings,
        handler: Handler,
        reply_router: ReplyRouter,
        metrics: Metrics,
        log: Log,
        history: History | None = None,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        self._auth = BearerAuth([token.get_secret_value() for token in settings.bearer_tokens])
        self._needs_token = bool(settings.bearer_tokens)
        self._batches = settings.batches
        self._width = max(settings.slots, ALERT_WIDTH)
        self._handler = handler
        self._reply_router = reply_router
        self._metrics = metrics
        self._log = log
        self._history = history
        self._tracer = tracer
        self.max_body_bytes = settings.max_body_bytes
        self.draining = False

    def answer(
        self, headers: Iterable[tuple[str, str]], body: bytes, watch: Listener = SILENT
    ) -> HttpResponse:
        """Answer one POST; never raises.

        :param headers: names in any case; values one character a byte.
        :param watch: gets what happens while a single event is answered.
        """
        received = list(headers)
        with self._tracer.request(received) as span:
            started = perf_counter()
            seen: list[Sighting] | None = None if self._history is None else []
            answer = self._answer(received, body, watch, seen)
            spent = perf_counter() - started
            if self._history is not None and seen is not None:
                self._history.note(seen, answer.status, spent)
            self._metrics.count_answer(answer.status, spent)
            span.end(answer)
        return answer

    def serve(
        self,
        method: str,
        route: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        work: Callable[[], Response],
        refuse: Callable[[FunctionError], HttpResponse],
        guarded: bool = True,
    ) -> Response:
        """Answer one request of another API within the limits of events; never raises.

        :param route: path of the API, for metrics and traces.
        :param work: answers the request; its errors are written by ``refuse``.
        :param guarded: whether a bearer token is required where the settings name any.
        """
        received = list(headers)

        started = perf_counter()
        with self._tracer.request(received, method, route) as span:
            answer = self._serve(received, body, work, refuse, guarded)
            span.end(answer)
        self._metrics.count_answer(answer.status, perf_counter() - started, method, route)
        return answer

    def carried(self, work: Callable[P, T]) -> Callable[P, T]:
        """Return the same work for another thread, in the trace of this one."""
        return self._tracer.carried(work)

    def _serve(
        self,
        headers: list[tuple[str, str]],
        body: bytes,
        work: Callable[[], Response],
        refuse: Callable[[FunctionError], HttpResponse],
        guarded: bool,
    ) -> Response:
        try:
            if guarded:
                self._auth.admit(headers)
            if len(body) > self.max_body_bytes:
                raise BodyTooLarge(f"the body is longer than {self.max_body_bytes} bytes")
            if self.draining and guarded:
                raise NotReady("shutting down", 5)
            _refuse_coded(headers)
            return work()
        except FunctionError as error:
            self.note_refusal(error)
            return refuse(error)
        except Exception as error:
            self.note_bug(error)
            return refuse(FunctionError("internal error"))

    def note_refusal(self, error: FunctionError) -> None:
        """Count a request to be tried again; log one that can never succeed."""
        if isinstance(error, TryAgain):
            self._metrics.count_refusal(type(error).__name__)
        else:
            self._log.warning("trm_event_refused", status=error.status, error=type(error).__name__)

    def note_bug(self, error: Exception) -> None:
        """Log an error that nothing expects, without what a sender wrote."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
        self._log.error("trm_bug", error=type(error).__name__, place=place)

    def admit(self, headers: Iterable[tuple[str, str]]) -> str:
        """Return the digest of the token in these headers; see :meth:`BearerAuth.admit`."""
        return self._auth.admit(headers)

    def _answer(
        self,
        received: list[tuple[str, str]],
        body: bytes,
        watch: Listener,
        seen: list[Sighting] | None,
    ) -> HttpResponse:
        try:
            sender = self._auth.admit(received) if self._needs_token else ""
            if len(body) > self.max_body_bytes:
                raise BodyTooLarge(f"the body is longer than {self.max_body_bytes} bytes")
            if self.draining:
                raise NotReady("shutting down", 5)
            _refuse_coded(received)
            head = read_head(received)
            mode = head.mode
            if mode is Mode.BATCH:
                return self._answer_batch(received, head.trace, body, sender, seen)
            if mode is Mode.PLAIN:
                return self._answer_plain(body)
            event = _with_trace(decode_headed(head, body), head.trace)
            router = self._reply_router
            limit = router.limit() if router.has_sink else NO_DEADLINE
            if seen is None:
                reply = self._handler.reply_to(event, watch, sender)
            else:
                reply = self._seen_reply_to(event, seen, sender, watch)
            if reply is None:
                return HttpResponse(204)
            mark = _REPLAYED if reply.replayed else ""
            message = reply.message
            to_sink = router.has_sink and router.takes(received, event.get_type())
            if mode is Mode.STRUCTURED or to_sink or router.overrides:
                dressed = router.dress(reply.event)
                if to_sink:
                    router.send(dressed, limit)
                    return HttpResponse(202, HttpMessage(mark, b""))
                message = encode(dressed, mode)
            return HttpResponse(200, HttpMessage(message.head + mark, message.body))
        except TryAgain as error:
            self._metrics.count_refusal(type(error).__name__)
            return line(error.status, str(error), ("retry-after", str(error.retry_after)))
        except FunctionError as error:
            self._log.warning("trm_event_refused", status=error.status, error=type(error).__name__)
            return line(error.status, str(error), *_ADVICE.get(type(error), ()))
        except Exception as error:  # the last guard: the sender learns nothing of our insides
            self.note_bug(error)
            return line(500, "internal error")

    def _seen_reply_to(
        self, event: CloudEvent, seen: list[Sighting], sender: str, watch: Listener = SILENT
    ) -> Reply | None:
        sighting = Sighting(event)
        seen.append(sighting)
        sighting.reply = self._handler.reply_to(event, watch, sender)
        return sighting.reply

    def _answer_batch(
        self,
        headers: list[tuple[str, str]],
        trace: Mapping[str, str],
        body: bytes,
        sender: str,
        seen: list[Sighting] | None,
    ) -> HttpResponse:
        """Answer all events of a batch with one batch of their replies.

        One that has to be tried again makes the sender try the batch again; the replies to the
        others are stored by then.
        """
        if not self._batches:
            raise UnsupportedMode("batches of events are not accepted")
        events = [_with_trace(event, trace) for event in decode_batch(body)]
        if len(events) > LARGEST_BATCH:
            raise BodyTooLarge(f"a batch may hold {LARGEST_BATCH} events")
        limit = self._reply_router.limit()
        answer_one: Callable[[CloudEvent], Reply | None]
        answer_one = partial(self._handler.reply_to, sender=sender)
        if seen is not None:
            answer_one = partial(self._seen_reply_to, seen=seen, sender=sender)
        answer_one = self._tracer.carried(answer_one)
        with ThreadPoolExecutor(self._width) as pool:
            found = list(pool.map(answer_one, events))
        answered = [(event, reply) for event, reply in zip(events, found, strict=True) if reply]
        if not answered:
            return HttpResponse(204)
        kept, marks = [], []
        for event, reply in answered:
            dressed = self._reply_router.dress(reply.event)
            if self._reply_router.takes(headers, event.get_type()):
                self._reply_router.send(dressed, limit)
            else:
                kept.append(dressed)
                marks.append(reply.replayed)
        if not kept:
            return HttpResponse(202)
        batch = encode_batch(kept)
        return HttpResponse(200, HttpMessage(batch.head + _mark_of_batch(marks), batch.body))

    def _answer_plain(self, body: bytes) -> HttpResponse:
        try:
            data = strict_json(body)
        except ValueError as error:
            raise NotAnEvent(f"the body is not JSON: {error}") from None
        _refuse_envelope(data)
        try:
            response = self._handler.answer_plain(data)
        except RequestFailed as error:
            # No broker stands between: a person with curl expects a 4xx.
            failed = FailedResponse(error=error_body(error), attempts=list(error.attempts))
            return _json_answer(400, failed)
        return _json_answer(200, response)


def _mark_of_batch(replayed: Sequence[bool]) -> str:
    places = [str(place) for place, old in enumerate(replayed) if old]
    return f"{REPLAYED}: {','.join(places)}\r\n" if places else ""


def _refuse_coded(headers: Iterable[tuple[str, str]]) -> None:
    """Refuse a compressed body (RFC 9110, section 12.5.3); its bytes would be read as JSON.

    :raises UnsupportedCoding: it has a content coding.
    """
    for name, value in headers:
        # Most names have another length, which is the quicker comparison.
        coded = len(name) == 16 and name.lower() == "content-encoding"
        if coded and value.strip().lower() not in ("", "identity"):
            raise UnsupportedCoding("the body has a content coding; send it without")


def _json_answer(status: int, value: BaseModel) -> HttpResponse:
    return HttpResponse(
        status, message_of([("content-type", JSON_TYPE)], json_bytes(value) + b"\n")
    )


def _refuse_envelope(data: object) -> None:
    """Say how to send an event that came as plain JSON (HTTP binding, section 3.2)."""
    batch = isinstance(data, list)
    item = data[0] if isinstance(data, list) and data else data
    if isinstance(item, dict) and all(isinstance(item.get(name), str) for name in REQUIRED):
        kind, media = (
            ("batch of events", BATCH_TYPE) if batch else ("structured event", STRUCTURED_TYPE)
        )
        raise NotAnEvent(f"this is a {kind}: send it with content type {media}")


def _with_trace(event: CloudEvent, given: Mapping[str, str]) -> CloudEvent:
    """Return a broker passes the trace on as HTTP headers only; the reply has to carry it on."""
    attributes = event.get_attributes()
    if given or "traceparent" in attributes or "tracestate" in attributes:
        trace = trace_of(attributes) or trace_of(given)
        for name in ("traceparent", "tracestate"):
            attributes.pop(name, None)
        attributes.update(trace)
    return event
