"""Counts, for all replicas, work on an event that began and never ended."""

from __future__ import annotations

import redis

from function.delivery.crashes import CrashLog
from function.delivery.redis_store import RedisStore


class RedisCrashLog(CrashLog):
    """Notes in the Redis of a store, so that they outlive a container that is killed as a whole.

    :param local: counts as well, and alone while Redis is gone.
    :param namespace: begins every key.
    :param ttl_seconds: how long an event counts that is not delivered again.
    """

    def __init__(
        self, store: RedisStore, local: CrashLog, *, namespace: str, ttl_seconds: int
    ) -> None:
        self._store = store
        self._local = local
        self._namespace = namespace
        self._ttl = ttl_seconds

    def unended(self, key: str) -> int:
        """See :meth:`CrashLog.unended`."""
        found = self._store.ask(lambda client: client.get(self._name(key)))
        among_all = int(found) if isinstance(found, bytes) else 0
        return max(among_all, self._local.unended(key))

    def begin(self, key: str) -> None:
        """See :meth:`CrashLog.begin`."""

        def count(client: redis.Redis) -> None:
            with client.pipeline(transaction=False) as pipeline:
                pipeline.incr(self._name(key))
                pipeline.expire(self._name(key), self._ttl)
                pipeline.execute()

        self._store.ask(count)
        self._local.begin(key)

    def end(self, key: str) -> None:
        """See :meth:`CrashLog.end`."""
        self._store.ask(lambda client: client.delete(self._name(key)))
        self._local.end(key)

    def _name(self, key: str) -> str:
        return f"{self._namespace}:begun:{key}"
