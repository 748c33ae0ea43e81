"""Counts, for all replicas, work on an event that began and never ended."""

from __future__ import annotations

import re

from function.delivery.admission import CrashLog
from function.delivery.redis import RedisStore

_COUNT = re.compile(rb"[0-9]{1,3}")
# A value that is not a count, which another program wrote, is read as it is and then replaced.
_READ = """
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'string' then return redis.call('GET', KEYS[1]) end
return kind ~= 'none' and '' or false
"""
_COUNT_ONE = """
local kind = redis.call('TYPE', KEYS[1]).ok
local found = kind == 'string' and redis.call('GET', KEYS[1]) or ''
local count = string.match(found, '^%d%d?%d?$') and tonumber(found) or 0
redis.call('SET', KEYS[1], math.min(count + 1, 999), 'EX', ARGV[1])
"""


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
        found = self._store.ask(lambda client: client.eval(_READ, 1, self._name(key)))
        among_all = 0
        if isinstance(found, bytes):
            if _COUNT.fullmatch(found):
                among_all = int(found)
            else:
                self._store.note_foreign()
        return max(among_all, self._local.unended(key))

    def begin(self, key: str) -> None:
        """See :meth:`CrashLog.begin`."""
        self._store.ask(lambda client: client.eval(_COUNT_ONE, 1, self._name(key), self._ttl))
        self._local.begin(key)

    def end(self, key: str) -> None:
        """See :meth:`CrashLog.end`."""
        self._store.ask(lambda client: client.delete(self._name(key)))
        self._local.end(key)

    def _name(self, key: str) -> str:
        return f"{self._namespace}:begun:{key}"
