"""The way of one request: admission, a network or the members in order, one answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

from function.backends.base import Allowance, Metered, Model, Observed
from function.backends.chain import Chain, SingleMember, Walk
from function.backends.pool import Pool
from function.contract import Attempt, InferenceRequest, InferenceResponse
from function.deadline import Cancellation, Deadline, milliseconds
from function.delivery.admission import Limiter, WaitQueue
from function.errors import (
    FieldError,
    FunctionError,
    InvalidRequest,
    ModelUnavailable,
    RequestFailed,
)
from function.observability.metrics import Metrics
from function.pipeline.early_text import may_be_shown_early, without_reflection
from function.pipeline.intake import Reading
from function.pipeline.responses import Served, response_of, stand_in
from function.profiles.profile import Profile
from function.reflection.answer import Earlier, Outcome, calibration_of, share_passed
from function.reflection.listener import SILENT, Listener
from function.reflection.loop import answer
from function.reflection.prompt.facts import PLAIN
from function.settings import ALERT_WIDTH, PUZZLE_WIDTH, Settings
from function.tasks.registry import BACKEND, NATIVE_KINDS, NativeTasks
from function.telemetry import NO_TRACER, Log, Tracer
from function.trm.names import PREFIX

_NAMES = ("label", "model")
"""What a request may call a backend."""
NOT_REFINED = "the answer was shown while it was written: it was not refined"
CUT_OFF = "its answer was cut off when its part of the time was over"


class Inference:
    """Answers requests with the models of a chain, a pool and the networks. Thread-safe."""

    def __init__(
        self,
        settings: Settings,
        chain: Chain,
        pool: Pool,
        native: NativeTasks,
        metrics: Metrics,
        log: Log,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        self._settings = settings
        self._chain = chain
        self._pool = pool
        self._native = native
        self._metrics = metrics
        self._log = log
        self._tracer = tracer
        self._threshold = settings.escalation_threshold if settings.escalate else None
        room = WaitQueue(settings.queue)
        self._text = Limiter(settings.slots, room)
        self._puzzles = Limiter(PUZZLE_WIDTH, room)
        self._alerts = Limiter(ALERT_WIDTH, room)
        # A lane each: while one of them is loaded the others go on answering.
        self._extra = {name: Limiter(settings.slots, room) for name in pool.names}
        lanes = {"text": self._text, "puzzles": self._puzzles, "alerts": self._alerts}
        lanes |= {f"model:{pool.label(name)}": lane for name, lane in self._extra.items()}
        self._lanes = lanes
        for name, lane in lanes.items():
            metrics.watch_lane(
                name, partial(getattr, lane, "waiting"), partial(getattr, lane, "busy")
            )

    def _with_model_noted(self, reading: Reading) -> Reading:
        """Return a reading with a note where it names a model that is not here.

        :raises InvalidRequest: the request is strict.
        """
        asked = reading.request.model
        if asked is None or asked in self._extra or asked.startswith(PREFIX):
            return reading
        served = {str(backend[name]) for backend in self._chain.backends for name in _NAMES}
        settings = self._settings
        if asked in {*served, settings.model_name, settings.model_path}:
            return reading
        problem = f"no model is named {asked[:63]!r}"
        if reading.request.strict:
            raise InvalidRequest([FieldError("model", problem)])
        return reading._replace(notes=(*reading.notes, f"{problem}: the default models answer"))

    def stuck_lane(self, margin: float) -> str | None:
        """Return the first lane with a request at work for longer than the longest deadline and
        ``margin`` seconds; None where every lane moves."""
        limit = self._settings.max_deadline_ms / 1000 + margin
        return next((name for name, lane in self._lanes.items() if lane.longest > limit), None)

    def run(
        self,
        reading: Reading,
        seed: int,
        event_id: str | None,
        seconds_left: float = math.inf,
        listener: Listener = SILENT,
        cancellation: Cancellation | None = None,
    ) -> InferenceResponse:
        """Answer one request.

        :param listener: gets what happens meanwhile. Where it takes text of the answer, a plain
            request has its first draft for its answer, so that there is some to take.
        :param cancellation: ends the work early.
        :raises RequestFailed: the request can never succeed.
        :raises TryAgain: nothing can answer for the moment.
        """
        reading = self._with_model_noted(reading)
        request = reading.request
        started, kind = perf_counter(), request.kind
        limit = self._settings.max_deadline_ms
        wanted = min(request.deadline_ms or limit, limit) / 1000
        deadline = Deadline.after(min(wanted, seconds_left))
        if request.seed is not None:
            seed = request.seed
        native = self._is_native(request)
        profile = reading.profile
        no_other_answers = self._threshold is None or self._names_a_model(request)
        early = (
            listener.on_text is not None
            and not native
            and no_other_answers
            and may_be_shown_early(request, profile)
        )
        if early:
            request = without_reflection(request)
        elif listener.on_text is not None:
            listener = replace(listener, on_text=None)
        if not native:
            self._chain.require()
        with self._lane(request, native).turn(deadline), self._tracer.reflect(request) as span:
            self._log.debug("trm_generation_started", id=event_id, task=kind)
            if cancellation is not None:
                deadline = deadline._replace(clock=cancellation)
            found = self._solve(request, deadline, listener) if native else None
            # Without a text model the network's own answer stands.
            writes = self._threshold is not None and self._chain.state[0]
            if found is None or (writes and found.result.handed_on):
                asked = found.result.handed_on if found is not None else None
                found = self._ask(asked or request, deadline, seed, listener, profile, found)
            outcome = found.result
            span.end(outcome)
        self._metrics.count_outcome(kind, outcome)
        seconds = perf_counter() - started
        self._metrics.count_request(reading.profile_name, kind, seconds)
        duration_ms = milliseconds(seconds)
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
            model=found.model_name,
            duration_ms=duration_ms,
            stop_reason=outcome.stop_reason,
            tokens=outcome.tokens.total,
        )
        served = Served(found.model_name, found.backend, found.fallback_reason, found.attempts)
        if early and any(not check.passed for check in outcome.checks):
            reading = reading._replace(notes=(*reading.notes, NOT_REFINED))
        withheld = outcome.withheld
        if profile is not None and profile.below_confidence is not None:
            outcome, withheld = stand_in(request, outcome, profile.below_confidence)
        return response_of(reading, served, outcome, duration_ms, withheld)

    def _is_native(self, request: InferenceRequest) -> bool:
        if request.kind in NATIVE_KINDS:
            return True
        if not self._native.has_choice or request.kind != "text":
            return False
        if not self._native.serves_text():
            return False
        named = request.model or ""
        return named.startswith(PREFIX) or not self._names_a_model(request)

    def _names_a_model(self, request: InferenceRequest) -> bool:
        """Return whether a request is for one model of the pool, or one member of the chain."""
        return request.model in self._extra or request.model in self._chain.labels

    def _lane(self, request: InferenceRequest, native: bool) -> Limiter:
        if native:
            return self._alerts if request.kind == "alert_triage" else self._puzzles
        return self._extra.get(request.model or "", self._text)

    def _solve(self, request: InferenceRequest, deadline: Deadline, listener: Listener) -> Found:
        """Have a network answer."""
        with self._tracer.native(BACKEND, request) as span:
            name, outcome = self._native.run(request, deadline)
            span.end((name, outcome))
        for step in outcome.trace:  # all of them take less time than one event
            listener.on_step(step)
        return Found(BACKEND, name, BACKEND, outcome)

    def _members(self, request: InferenceRequest, deadline: Deadline) -> Walk | SingleMember:
        """Return the members of the chain, or the one model that the request asks for by name."""
        name = request.model
        if name not in self._extra:
            return self._chain.walk(deadline, name if name in self._chain.labels else None)
        return SingleMember(self._pool.label(name), self._pool.lend(name, deadline), deadline)

    def _ask(
        self,
        request: InferenceRequest,
        deadline: Deadline,
        seed: int,
        listener: Listener,
        profile: Profile | None,
        abstained: Found | None,
    ) -> Found:
        """Ask the members in order until an answer is good enough.

        :param abstained: what a network answered that hands the request on.
        """
        members = self._members(request, deadline)
        rendering = PLAIN if profile is None else profile.context
        allowance = Allowance(self._settings.hosted_tokens)
        best = Escalation(members, None if isinstance(members, SingleMember) else self._threshold)
        done = False
        if abstained is not None:
            members.attempts.append(Attempt(abstained.label, "answered"))
            done = best.take(abstained)
        try:
            while not done:
                outcome: Outcome | None = None
                try:
                    if listener.shown:
                        raise ModelUnavailable("the answer broke off", cause="HalfAnswer")
                    tried = members.next()
                    with tried, self._tracer.attempt(tried.model):
                        model: Model = Observed(tried.model, self._metrics, self._tracer)
                        if model.abilities.hosted:
                            model = Metered(model, allowance)
                        outcome = answer(
                            request,
                            model,
                            tried.budget,
                            seed,
                            listener,
                            rendering,
                            calibration_of(model.name),
                            best.earlier,
                            self._tracer,
                            self._settings.choice_prompt,
                        )
                except FunctionError:
                    if best.found is None:
                        raise
                    done = best.give_up()  # none is left, but there is an answer
                    continue
                if outcome is not None:
                    name, backend = tried.model.name, tried.model.backend
                    reason = members.fallback_reason
                    done = best.take(Found(tried.label, name, backend, outcome, reason))
        except RequestFailed as error:
            error.attempts = members.attempts
            raise
        finally:
            self._metrics.count_attempts(members.attempts)
        assert best.found is not None
        best.found.attempts = members.attempts
        return best.found


@dataclass(slots=True)
class Found:
    """An answer, the names of what gave it, and why those before it did not."""

    label: str
    model_name: str
    backend: str
    result: Outcome
    fallback_reason: str | None = None
    attempts: Sequence[Attempt] = ()
    """What each backend did; none where a network answered."""


class Escalation:
    """The answers of one request's members, weighed as they come.

    An answer that was cut off when the member's part of the time was over, as by a server that
    falls silent, is returned only if none after it comes to an end. The attempts of the members
    say which answer was taken.

    :param threshold: calibrated confidence under which the next member is asked; None for never.
    """

    def __init__(self, members: Walk | SingleMember, threshold: float | None) -> None:
        self.earlier: Earlier | None = None
        """What the next member has to improve."""
        self._members = members
        self._threshold = threshold
        self._best: Found | None = None
        self._cut: Found | None = None

    @property
    def found(self) -> Found | None:
        """The best answer, with the tokens and steps of all; None while there is none."""
        return self._best or self._cut

    def take(self, found: Found) -> bool:
        """Weigh an answer; return whether it is good enough to be the last."""
        better = found
        if self._cut is not None:
            better, other = (self._cut, found) if found.result.cut else (found, self._cut)
            self._members.mark(other.label, "outdone")
            spent = self._cut.result.tokens + found.result.tokens
            better = replace(better, result=replace(better.result, tokens=spent))
            self._cut = None
        if found.result.cut and self._members.goes_on:
            self._members.outdo(found.label, CUT_OFF)
            self._cut = better
            return False
        return self._weigh(better)

    def give_up(self) -> bool:
        """Do without the answer of the next member; return whether to stop asking."""
        if self._cut is None:
            return True
        found, self._cut = self._cut, None
        return self._weigh(found)

    def _weigh(self, found: Found) -> bool:
        if self._best is None:
            self._best = found
        else:
            tokens = self._best.result.tokens + found.result.tokens
            trace = [*self._best.result.trace, *found.result.trace]
            if improves(found.result, self._best.result):
                self._members.mark(self._best.label, "outdone")
                self._best = found
            else:
                self._members.mark(found.label, "outdone")
            self._best.result.tokens, self._best.result.trace = tokens, trace
        if self._threshold is None:
            return True
        reason = weakness(self._best.result, self._threshold)
        if reason is None:
            return True
        self._members.outdo(found.label, reason)
        self.earlier = Earlier(self._best.result.answer, [reason], len(self._best.result.trace))
        return False


def weakness(outcome: Outcome, threshold: float) -> str | None:
    """Return why an answer should not be the last, if so."""
    if outcome.handed_on is not None:
        return "it abstained"
    failures = [check.reason for check in outcome.checks if not check.passed]
    if failures:
        return "; ".join(failures)
    if not outcome.answer.strip():
        return "it is empty"
    confidence = outcome.confidence
    if confidence.calibrated and confidence.value is not None and confidence.value < threshold:
        return f"its confidence is {confidence.value:.2f}, less than {threshold:g}"
    return None


def improves(later: Outcome, best: Outcome) -> bool:
    """Return whether the answer of a later member is the better one.

    More checks that pass decide, then confidence where both are calibrated. Else the later one is
    taken: the other is known to be doubtful, or to be none.
    """
    if not later.answer.strip() or (best.handed_on is not None and later.choice == best.choice):
        return False
    passed, passed_before = share_passed(later.checks), share_passed(best.checks)
    if passed != passed_before:
        return passed > passed_before
    if passed < 1:
        return False
    now, before = later.confidence, best.confidence
    if now.calibrated and before.calibrated and now.value is not None and before.value is not None:
        return now.value > before.value
    return True
