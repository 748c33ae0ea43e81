"""Puts the parts together from the settings; both adapters use the result."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from mmap import mmap
from typing import TYPE_CHECKING, Any

from function.backends.base import Turn
from function.backends.chain import Chain
from function.backends.local.footprint import MIB
from function.backends.pool import Loadable, Pool
from function.backends.registry import Member, loader_of, members_of
from function.delivery.admission import MEMORY_BYTES, CrashLog, SharedMemoryLog
from function.delivery.dedupe import MemoryStore, ReplyStore
from function.delivery.reply_router import ReplyRouter
from function.extras import require
from function.observability.metrics import Metrics
from function.pipeline.endpoint import Exchange
from function.pipeline.handler import Handler
from function.pipeline.history import History
from function.profiles.registry import profiles_with
from function.reflection.checks.facts.faults import listen
from function.reflection.prompt.prompts import DEFAULT_SYSTEM
from function.settings import Settings, unknown_settings
from function.tasks.registry import NativeTasks
from function.telemetry import NO_TRACER, Log
from function.trm.registry import Networks

if TYPE_CHECKING:
    from function.delivery.sink import Sink
    from function.observability.otlp import Telemetry

STUCK_SECONDS = 30.0


class Service:
    """The running function without its HTTP server.

    :param members: replaces the models that the settings name.
    :param crashes: remembers more than this process does, see :mod:`function.delivery.admission`.
    :param sink: replaces the one that the settings name.
    :param find: replaces how the models of ``TRM_MODELS`` are found.
    :param networks: those that ``members`` share with the native tasks.
    :param stuck_seconds: how long after the longest deadline work is called stuck.
    """

    def __init__(
        self,
        settings: Settings,
        members: Sequence[Member] | None = None,
        log: Log | None = None,
        crashes: CrashLog | None = None,
        sink: Sink | None = None,
        networks: Networks | None = None,
        find: Callable[[str], Loadable] | None = None,
        stuck_seconds: float = STUCK_SECONDS,
    ) -> None:
        self._stuck_seconds = stuck_seconds
        self.settings = settings
        self.log = log or Log(settings.log_level)
        probe = [Turn("system", DEFAULT_SYSTEM), Turn("user", "Say: ready.")]
        self.networks = networks or Networks(
            settings.network,
            settings.halt_above,
            settings.engine_threads,
            settings.network_fields,
            settings.device,
        )
        self.chain = Chain(
            members or members_of(settings, self.networks),
            probe,
            self.log,
            settings.silence_seconds,
        )
        self.pool = Pool(
            settings.extra_models, settings.models_mib * MIB, find or loader_of(settings), self.log
        )
        self.native = NativeTasks(self.networks)
        self.profiles = profiles_with(settings.profiles)
        self.metrics = Metrics()
        # The alert is about text, too, which a replica that only answers puzzles does not write.
        self.metrics.watch_ready(lambda: self.chain.state[0] and not self.exchange.draining)
        self.metrics.watch_breakers(self._breaker_states)
        self._closed = False
        self._faults: set[str] = set()
        self._end_faults: Callable[[], None] | None = None
        self._telemetry: Telemetry | None = None
        if settings.traces_endpoint or settings.metrics_endpoint:
            require("otel", "OTEL_EXPORTER_OTLP_ENDPOINT")
            # Imported here: it costs nothing without a collector.
            from function.observability.otlp import Telemetry

            self._telemetry = Telemetry(settings, self.metrics.collect, self.log)
        spans = self._telemetry.spans if self._telemetry else None
        self.log.context = spans.ids if spans else None
        tracer = spans or NO_TRACER
        if settings.mcp:
            require("mcp", "TRM_MCP")
        crashes = crashes or SharedMemoryLog(mmap(-1, MEMORY_BYTES))
        self.store, crashes = _stores_of(settings, crashes, self.metrics, self.log)
        self.reply_router = ReplyRouter(settings, self.metrics, self.log, sink, tracer)
        self.handler = Handler(
            settings,
            self.chain,
            self.pool,
            self.native,
            self.profiles,
            self.store,
            crashes,
            self.reply_router.offer_step,
            self.metrics,
            self.log,
            tracer,
        )
        self.history = (
            History(self.profiles, self.handler.accepted_types) if settings.playground else None
        )
        self.exchange = Exchange(
            settings, self.handler, self.reply_router, self.metrics, self.log, self.history, tracer
        )

    def start(self) -> None:
        """Load the model in the background; events get 503 until it answers."""
        self.log.info(
            "trm_client_initialized",
            model=self.settings.model_path or self.settings.model_name,
            types=sorted(self.handler.accepted_types),
            tokens_required=bool(self.settings.bearer_tokens),
        )
        for name, meant in unknown_settings(os.environ).items():
            self.log.warning("trm_setting_unknown", name=name, meant=meant or None)
        self._end_faults = self._end_faults or listen(self._note_fault)
        self.chain.start()

    def _note_fault(self, error: str, places: list[str]) -> None:
        """Log a fault of a verifier, once for each place."""
        if places[0] not in self._faults:
            self._faults.add(places[0])
            self.log.error("trm_verifier_failed", error=error, place=places[0], traceback=places)

    def drain(self) -> None:
        """Refuse new events with 503; those under way go on."""
        self.exchange.draining = True

    @property
    def state(self) -> tuple[bool, str]:
        """Whether events should be sent here, and one line about it for people."""
        if self.exchange.draining:
            return False, "shutting down"
        ready, message = self.chain.state
        if ready or self.settings.network is not None or not self.chain.settled:
            return ready, message
        return True, f"ready for alerts and puzzles only: {message}"

    @property
    def stuck(self) -> str | None:
        """What has come to a stop and needs a new process; None while everything moves."""
        lane = self.handler.inference.stuck_lane(self._stuck_seconds)
        if lane is not None:
            return f"the lane {lane} does not move"
        label = self.chain.stuck(self.settings.max_deadline_ms / 1000 + self._stuck_seconds)
        return None if label is None else f"the engine of {label} does not move"

    @property
    def backends(self) -> list[dict[str, Any]]:
        """What is known about each model, those that requests ask for by name last."""
        return self.chain.backends + self.pool.backends

    def close(self) -> None:
        """Give everything back; no event may follow."""
        self._closed = True
        self.chain.close()
        self.pool.close()
        self.native.close()
        self.networks.close()
        if self._end_faults is not None:
            self._end_faults()
            self._end_faults = None
        self.reply_router.close()
        self.store.close()
        if self._telemetry is not None:
            self._telemetry.close()
        self.log.info("trm_stopped")
        self.log.flush()

    def _breaker_states(self) -> list[tuple[str, str]]:
        if self._closed:  # the last export would call what was closed in good health failed
            return []
        return [(backend["label"], backend["state"]) for backend in self.chain.backends]


def _stores_of(
    settings: Settings, crashes: CrashLog, metrics: Metrics, log: Log
) -> tuple[ReplyStore, CrashLog]:
    local = MemoryStore(ttl_seconds=settings.dedupe_seconds, joiners=settings.waiters)
    if settings.dedupe_url is None:
        return local, crashes
    require("redis", "TRM_DEDUPE_URL")
    # Imported here: most installations have one replica and no Redis.
    from function.delivery.redis import RedisStore
    from function.delivery.redis_crashes import RedisCrashLog
    from function.events.replies import is_reply

    # 3: the third form in which replies are kept. Replicas of a release with another one have their
    # own keys, because neither can read what the other wrote.
    owner = "/".join((settings.namespace, settings.service, settings.source))
    namespace = f"trm:3:{owner}"
    shared = RedisStore(
        settings.dedupe_url,
        settings.dedupe_seconds,
        local,
        log,
        on_degraded=metrics.degraded.inc,
        on_foreign=metrics.foreign.inc,
        is_reply=is_reply,
        namespace=namespace,
    )
    return shared, RedisCrashLog(
        shared, crashes, namespace=namespace, ttl_seconds=settings.dedupe_seconds
    )
