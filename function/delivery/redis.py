"""Once per event among several replicas, through Redis.

One Redis key an event holds either a claim or the reply. A replica claims it (``SET NX PX``),
works, and writes the reply over its claim; the others read the key until it holds the reply: a
notification could be lost. A claim is leased: it is renewed while its holder works, and runs out
when the holder is dead, so another replica takes over.

The first reply that is written stays. Should two replicas have worked on one event, because one
was stopped for longer than its lease or Redis was gone, the later one returns the first's bytes.

Redis is a help, never a condition: while it is gone for longer than a moment, every replica answers
by itself. What another
program wrote under one of our keys counts as absent and is overwritten: a value of another type, a
value without our prefix, a claim that never runs out, a reply that is not in our form. A client
that may write to this Redis can still forge a reply, as with any database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from secrets import token_bytes
from typing import TypeVar
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from function.deadline import Deadline
from function.delivery.dedupe import MemoryStore, ReplyStore, Work
from function.errors import ConfigurationError, NotReady, TryAgain
from function.telemetry import Log

TIMEOUT_SECONDS = 0.25
"""How long Redis may take to connect or to answer; longer is a failure."""
GRACE_SECONDS = 1.5
"""How long Redis may fail before it counts as gone. Events wait for it meanwhile: a reply that is
given without Redis is one that another replica does not know of."""
RETRY_PAUSE = 0.05
LEASE_SECONDS = 5.0
"""How long the claim of a dead replica holds the others up."""
LONGEST_TICK = 1.0
"""Between two renewals of claims, in seconds."""
PROBE_PAUSE = 0.2
"""Between two looks at a Redis that is gone, in seconds."""
CLOSING_SECONDS = 2.0
"""How long closing waits for a look at Redis that is under way."""
FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.1
"""Between two reads of a key that another replica works on, in seconds."""

# The version of the form comes first: what a release with another form wrote is foreign.
_CLAIM = b"trm3c:"
_REPLY = b"trm3r:"
_USE = b"trm3u:"
_Trouble = (redis.RedisError, OSError)
Answer = TypeVar("Answer")
LONGEST_LEASE_MS = 60_000
"""A claim with more time than that, or without an end, is not one of ours."""

# GET fails on a key that holds a list; such a value is read as an empty text.
_READ = """
local function read(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then return nil end
  if kind ~= 'string' then return '' end
  return redis.call('GET', key)
end
local function begins(text, prefix) return text and string.sub(text, 1, #prefix) == prefix end
"""
# Returns what another replica wrote, or sets the claim: 0, or 1 where it replaces a foreign value.
_TAKE = (
    _READ
    + f"""
local found = read(KEYS[1])
if begins(found, '{_REPLY.decode()}') then return found end
if begins(found, '{_CLAIM.decode()}') then
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 and left <= {LONGEST_LEASE_MS} then return found end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return found and 1 or 0
"""
)
# A claim that is gone is set again: Redis may have been restarted while the work went on.
_RENEW = (
    _READ
    + """
local found = read(KEYS[1])
if not found or found == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
"""
)
_RELEASE = (
    _READ
    + """
if read(KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
)
_PUBLISH = (
    _READ
    + f"""
local found = read(KEYS[1])
if begins(found, '{_REPLY.decode()}') then return found end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
"""
)
_REGISTER = (
    _READ
    + f"""
local found = read(KEYS[1])
if begins(found, '{_USE.decode()}') then return found end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
"""
)


class RedisStore(ReplyStore):
    """Replies of all replicas that share one Redis. Safe for many threads.

    The local store comes first: duplicates within a process never ask Redis. While Redis is gone
    no event waits for it: the thread that renews the claims looks whether it is back.

    :param url: ``redis://``, ``rediss://`` or ``unix://``; options in it, as ``?socket_timeout=1``,
        win over the ones here.
    :param ttl_seconds: how long Redis keeps a reply.
    :param local: what this process remembers; closed together with this store.
    :param on_degraded: called once each time Redis is found to be gone.
    :param on_foreign: called for each value that another program wrote under one of our keys.
    :param is_reply: whether bytes are a reply in our form.
    :param namespace: begins every key; functions that get the same events but must not share
        their replies need one each.
    :raises ConfigurationError: the URL is none; the message does not repeat it.
    """

    def __init__(
        self,
        url: str,
        ttl_seconds: float,
        local: MemoryStore,
        log: Log,
        on_degraded: Callable[[], None],
        on_foreign: Callable[[], None],
        is_reply: Callable[[bytes], bool],
        *,
        namespace: str = "trm",
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._client, self._server = _connect(url)
        self._ttl_ms = max(1, round(ttl_seconds * 1000))
        self._local = local
        self._log = log
        self._on_degraded = on_degraded
        self._on_foreign = on_foreign
        self._is_reply = is_reply
        self._namespace = namespace
        self._lease_ms = max(1, round(lease_seconds * 1000))
        self._tick = min(lease_seconds / 3, LONGEST_TICK)
        self._lock = threading.Lock()
        self._held: dict[str, bytes] = {}
        self._ended: dict[str, bytes] = {}
        self._degraded = False
        self._closing = threading.Event()
        self._keeper: threading.Thread | None = None

    @property
    def degraded(self) -> bool:
        """Whether this replica works by itself, because Redis is gone."""
        return self._degraded

    def once(self, key: str, work: Work, deadline: Deadline) -> bytes:
        """See :meth:`ReplyStore.once`."""
        return self._local.once(key, lambda: self._once_among_all(key, work, deadline), deadline)

    def first_use(self, use: str, key: str) -> bool:
        """See :meth:`ReplyStore.first_use`; without Redis, of what this replica has seen."""
        alone = self._local.first_use(use, key)
        name, value = f"{self._namespace}:use:{use}", _USE + key.encode()
        found = self._insist(lambda: self._run(_REGISTER, name, value, self._ttl_ms))
        return found == value if isinstance(found, bytes) else alone

    def note_foreign(self) -> None:
        """Count and log a value that another program wrote under one of our keys."""
        self._log.warning("trm_dedupe_foreign", server=self._server)
        self._on_foreign()

    def ask(self, question: Callable[[redis.Redis], Answer]) -> Answer | None:
        """Ask Redis something else; None while it is gone.

        :param question: raises what the client raises.
        """
        if self._degraded:
            return None
        try:
            return question(self._client)
        except _Trouble:
            return None  # a question that insists, or the keeper, finds out whether it is gone

    def close(self) -> None:
        """Disconnect, after a release of what is still claimed: others need not wait for it."""
        self._closing.set()
        if self._keeper is not None:
            self._keeper.join(CLOSING_SECONDS)
        for name, token in self._held.copy().items():
            self._let_go(name, token)
        with self._lock:
            self._degraded = True  # work that is still under way ends without Redis
        self._client.close()
        self._local.close()

    def _once_among_all(self, key: str, work: Work, deadline: Deadline) -> bytes:
        self._start_keeper()
        name = f"{self._namespace}:{key}"
        token = _CLAIM + token_bytes(16)
        if (stored := self._claim(name, token, deadline)) is not None:
            return stored
        # Without Redis too: the claim is set as soon as Redis is back.
        self._held[name] = token
        try:
            return self._hand_over(name, work())
        except BaseException:
            del self._held[name]  # before the release, or the claim could be renewed after it
            self._let_go(name, token)
            raise
        finally:
            self._held.pop(name, None)

    def _claim(self, name: str, token: bytes, deadline: Deadline) -> bytes | None:
        """Return the reply of another replica; None when the work is ours."""
        pause = FIRST_PAUSE
        while True:
            found = self._insist(lambda: self._run(_TAKE, name, token, self._lease_ms))
            # Our own token is there when an answer of Redis was lost.
            if not isinstance(found, bytes) or found == token:
                if found == 1:
                    self.note_foreign()
                return None
            if found.startswith(_REPLY):
                if self._is_reply(reply := found.removeprefix(_REPLY)):
                    return reply
                self.note_foreign()
                self._let_go(name, found)
                continue
            if deadline.passed:
                raise TryAgain("another replica still works on the same event")
            if self._closing.wait(min(pause, max(deadline.left, 0.0))):
                raise NotReady("the function is shutting down")
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _hand_over(self, name: str, reply: bytes) -> bytes:
        """Store the reply for all replicas; returns the one that was there first."""
        first = self._insist(lambda: self._run(_PUBLISH, name, _REPLY + reply, self._ttl_ms))
        if not isinstance(first, bytes):
            return reply
        found = first.removeprefix(_REPLY)
        if found == reply:
            return reply
        if self._is_reply(found):
            return found
        self.note_foreign()
        self._insist(lambda: self._client.set(name, _REPLY + reply, px=self._ttl_ms))
        return reply

    def _let_go(self, name: str, token: bytes) -> None:
        self._insist(lambda: self._run(_RELEASE, name, token))

    def _run(self, script: str, key: str, *args: bytes | int) -> object:
        # With its text each time: a script that Redis does not know costs two more questions.
        answer: object = self._client.eval(script, 1, key, *args)
        return answer

    def _insist(self, question: Callable[[], Answer]) -> Answer | None:
        """Ask Redis until it answers or counts as gone; None then. Asking twice does no harm."""
        until = time.monotonic() + GRACE_SECONDS
        while not self._degraded:
            try:
                return question()
            except _Trouble as error:
                if time.monotonic() >= until:
                    self._degrade(error)
                elif self._closing.wait(RETRY_PAUSE):
                    return None
        return None

    def _degrade(self, error: Exception) -> None:
        with self._lock:
            if self._degraded:
                return
            self._degraded = True
        # The name of the error only: its text may quote the URL.
        self._log.warning("trm_dedupe_degraded", server=self._server, error=type(error).__name__)
        self._on_degraded()

    def _start_keeper(self) -> None:
        if self._keeper is not None or self._closing.is_set():
            return
        with self._lock:
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="claims", daemon=True)
                self._keeper.start()

    def _keep(self) -> None:
        """Renew the claims; while Redis is gone, look whether it is back."""
        while not self._closing.wait(PROBE_PAUSE if self._degraded else self._tick):
            if not self._degraded:
                self._insist(self._renew_claims)
                self._insist(self._release_ended)
                continue
            try:
                # As an event would: PING is answered by servers that refuse to write.
                probe = f"{self._namespace}:probe:{token_bytes(8).hex()}"
                self._run(_RENEW, probe, _CLAIM, self._lease_ms)
                self._renew_claims()
            except _Trouble:
                continue
            self._log.info("trm_dedupe_recovered", server=self._server)
            self._degraded = False

    def _renew_claims(self) -> None:
        held = self._held.copy()
        self._run_all(_RENEW, [(name, token, self._lease_ms) for name, token in held.items()])
        # Whose work ended meanwhile has been set again.
        self._ended |= {
            name: token for name, token in held.items() if self._held.get(name) is not token
        }

    def _release_ended(self) -> None:
        self._run_all(_RELEASE, list(self._ended.items()))
        self._ended.clear()

    def _run_all(self, script: str, calls: Sequence[tuple[bytes | str | int, ...]]) -> None:
        if calls:
            with self._client.pipeline(transaction=False) as pipeline:
                for call in calls:
                    pipeline.eval(script, 1, *call)
                pipeline.execute()


def _connect(url: str) -> tuple[redis.Redis, str]:
    """Return a client that gives up soon, and the server's name as it may be shown."""
    try:
        parts = urlsplit(url)
        server = parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"
        (parts.hostname or "").encode("idna")  # else the first event would find out
        if parts.scheme != "unix":
            int(parts.path.strip("/") or 0)  # the client takes another database in silence
        client = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            # The default, three times with pauses, is longer than an event should wait. Connections
            # that were closed while they were idle are found and replaced without it.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,  # two questions less on every new connection
        )
        client.connection_pool.make_connection()  # its options are read with the first one
    except (ValueError, TypeError, redis.RedisError):  # its message may quote the URL
        wanted = "redis://, rediss:// or unix://"
        raise ConfigurationError(f"TRM_DEDUPE_URL: must be a URL of {wanted}") from None
    return client, server
