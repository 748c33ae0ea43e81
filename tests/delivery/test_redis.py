"""The store that replicas share, against a real redis-server and real processes."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from mmap import mmap
from pathlib import Path
from typing import Any

import pytest

import function
from function.deadline import Deadline
from function.delivery.admission import MEMORY_BYTES, SharedMemoryLog
from function.delivery.dedupe import MemoryStore
from function.delivery.redis import RedisStore
from function.delivery.redis_crashes import RedisCrashLog
from function.errors import ConfigurationError, NotReady, Overloaded, TryAgain
from function.telemetry import Log
from tests.redis_proxy import Proxy
from tests.redis_server import PATIENCE, redis_server
from tests.redis_server import RedisServer as Server
from tests.timing import timed, wait_until

LEASE = 0.9
SECRET = "hunter2"

REPLICA = """
import os, sys, time
import redis
from function.deadline import Deadline
from function.delivery.dedupe import MemoryStore
from function.delivery.redis import RedisStore
from function.telemetry import Log

url, lease, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
counter = redis.Redis.from_url(url)
store = RedisStore(
    url, 60, MemoryStore(), Log("ERROR"), lambda: None, lambda: None, bool, lease_seconds=lease
)

def work():
    run = counter.incr("runs")
    print("working", flush=True)
    time.sleep(seconds)
    return b"run %d in %d" % (run, os.getpid())

print("ready", flush=True)
sys.stdin.readline()
print(store.once("event", work, Deadline.after(20)).decode(), flush=True)
store.close()
counter.close()
"""


class Replica:
    """A store as one replica has it, and what it said about Redis."""

    def __init__(self, url: str, **options: Any) -> None:
        self.stream = io.StringIO()
        self.alarms = 0
        self.foreign = 0
        self.store = RedisStore(
            url,
            options.pop("ttl_seconds", 60),
            MemoryStore(),
            Log("DEBUG", self.stream),
            self._count_alarm,
            self._count_foreign,
            options.pop("is_reply", lambda reply: True),
            **{"lease_seconds": LEASE, **options},
        )

    def _count_alarm(self) -> None:
        self.alarms += 1

    def _count_foreign(self) -> None:
        self.foreign += 1

    def once(self, work: Callable[[], bytes], seconds: float = PATIENCE, key: str = "k") -> bytes:
        return self.store.once(key, work, Deadline.after(seconds))

    @property
    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.stream.getvalue().splitlines()]


class Held:
    """Work that waits in the middle until it is let go."""

    def __init__(self, reply: bytes = b"reply", error: Exception | None = None) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.runs = 0
        self._reply = reply
        self._error = error

    def __call__(self) -> bytes:
        self.runs += 1
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        if self._error is not None:
            raise self._error
        return self._reply


def never() -> bytes:
    raise AssertionError("another replica has done this work")


@pytest.fixture
def server() -> Iterator[Server]:
    with redis_server() as running:
        yield running


@pytest.fixture
def replica() -> Iterator[Callable[..., Replica]]:
    replicas: list[Replica] = []

    def build(url: str, **options: Any) -> Replica:
        replicas.append(Replica(url, **options))
        return replicas[-1]

    yield build
    for one in replicas:
        one.store.close()


@pytest.fixture
def process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    root = Path(function.__file__).parents[1]

    def build(url: str, lease: float, seconds: float) -> subprocess.Popen[str]:
        started = subprocess.Popen(
            [sys.executable, "-c", REPLICA, url, str(lease), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        processes.append(started)
        return started

    yield build
    for started in processes:
        started.kill()
        started.communicate(timeout=PATIENCE)


def said(started: subprocess.Popen[str]) -> str:
    assert started.stdout is not None
    return started.stdout.readline().strip()


def begin(started: subprocess.Popen[str]) -> None:
    assert started.stdin is not None
    started.stdin.write("\n")
    started.stdin.flush()


def test_two_processes_race_and_one_works(server: Server, process: Callable[..., Any]) -> None:
    # The work takes longer than the lease: what is renewed is not taken over.
    racers = [process(server.url, LEASE, LEASE * 2.5) for _ in range(2)]
    assert [said(racer) for racer in racers] == ["ready", "ready"]
    for racer in racers:
        begin(racer)
    replies = {said(racer) for racer in racers} | {said(racer) for racer in racers}
    replies -= {"working", ""}
    assert len(replies) == 1
    assert replies.pop().startswith("run 1 in ")
    assert server.client.get("runs") == b"1"
    assert [racer.wait(PATIENCE) for racer in racers] == [0, 0]


@timed
def test_the_work_of_a_killed_process_is_taken_over(
    server: Server, process: Callable[..., Any], replica: Callable[..., Replica]
) -> None:
    holder = process(server.url, LEASE, 60)
    said(holder)
    begin(holder)
    assert said(holder) == "working"
    survivor = replica(server.url)
    with pytest.raises(TryAgain):
        survivor.once(never, seconds=LEASE * 1.5, key="event")
    holder.kill()
    killed = time.monotonic()
    assert survivor.once(lambda: b"taken over", key="event") == b"taken over"
    assert time.monotonic() - killed < LEASE + 2
    assert survivor.alarms == 0


def test_another_replica_gets_the_stored_bytes(
    server: Server, replica: Callable[..., Replica]
) -> None:
    reply = bytes(range(256)) * 200
    assert replica(server.url).once(lambda: reply) == reply
    other = replica(server.url)
    assert other.once(never) == reply
    server.client.flushall()
    assert other.once(never) == reply  # it remembers by itself now


def test_an_empty_reply_is_a_reply(server: Server, replica: Callable[..., Replica]) -> None:
    assert replica(server.url).once(lambda: b"") == b""
    assert replica(server.url).once(never) == b""


def test_a_replica_waits_for_the_work_of_another(
    server: Server, replica: Callable[..., Replica]
) -> None:
    work = Held()
    with ThreadPoolExecutor(2) as threads:
        holder = threads.submit(replica(server.url).once, work)
        assert work.begun.wait(PATIENCE)
        waiter = threads.submit(replica(server.url).once, never)
        with pytest.raises(TimeoutError):
            waiter.result(LEASE * 1.5)
        work.go_on.set()
        assert holder.result(PATIENCE) == waiter.result(PATIENCE) == b"reply"


def test_a_waiter_out_of_time_is_told_to_try_again_and_the_work_goes_on(
    server: Server, replica: Callable[..., Replica]
) -> None:
    work, other = Held(), replica(server.url)
    with ThreadPoolExecutor(1) as threads:
        holder = threads.submit(replica(server.url).once, work)
        assert work.begun.wait(PATIENCE)
        for seconds in (0.05, -1.0):
            with pytest.raises(TryAgain) as refused:
                other.once(never, seconds=seconds)
            assert refused.value.status == 503
        work.go_on.set()
        assert holder.result(PATIENCE) == b"reply"
    assert other.once(never) == b"reply"


def test_failed_work_is_given_to_who_waits_for_it(
    server: Server, replica: Callable[..., Replica]
) -> None:
    # A lease that outlives the test: the claim has to be released, not to run out.
    full = Overloaded("full", 7)
    work = Held(error=full)
    with ThreadPoolExecutor(2) as threads:
        holder = threads.submit(replica(server.url, lease_seconds=60).once, work)
        assert work.begun.wait(PATIENCE)
        waiter = threads.submit(replica(server.url).once, lambda: b"better")
        work.go_on.set()
        assert holder.exception(PATIENCE) is full
        assert waiter.result(PATIENCE) == b"better"


def test_only_its_own_claim_is_released(server: Server, replica: Callable[..., Replica]) -> None:
    work = Held(error=Overloaded("full"))
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(replica(server.url, lease_seconds=60).once, work)
        assert work.begun.wait(PATIENCE)
        server.client.set("trm:k", b"trm3c:of another")
        work.go_on.set()
        assert isinstance(late.exception(PATIENCE), Overloaded)
    assert server.client.get("trm:k") == b"trm3c:of another"


def test_the_first_reply_stays_when_two_have_worked(
    server: Server, replica: Callable[..., Replica]
) -> None:
    work = Held(b"second")
    with ThreadPoolExecutor(1) as threads:
        stopped = threads.submit(replica(server.url, lease_seconds=60).once, work)
        assert work.begun.wait(PATIENCE)
        server.client.delete("trm:k")  # as if it had been stopped for longer than its lease
        assert replica(server.url).once(lambda: b"first") == b"first"
        work.go_on.set()
        assert stopped.result(PATIENCE) == b"first"
    assert server.client.get("trm:k") == b"trm3r:first"


def test_a_claim_released_while_it_is_renewed_is_not_set_again(
    server: Server, replica: Callable[..., Replica]
) -> None:
    class Late(dict[str, bytes]):
        """As the thread that renews has seen it, a moment before the work failed."""

        def copy(self) -> dict[str, bytes]:
            return {"trm:k": b"c gone"}

    store = replica(server.url, lease_seconds=60).store
    store._held = Late()
    store._renew_claims()
    store._release_ended()
    assert not server.client.exists("trm:k")


def test_no_key_stays_for_ever(server: Server, replica: Callable[..., Replica]) -> None:
    work = Held()
    with ThreadPoolExecutor(1) as threads:
        holder = threads.submit(replica(server.url, ttl_seconds=30).once, work)
        assert work.begun.wait(PATIENCE)
        assert 0 < server.client.pttl("trm:k") <= LEASE * 1000
        work.go_on.set()
        holder.result(PATIENCE)
    assert 25_000 < server.client.pttl("trm:k") <= 30_000


def test_a_reply_lives_for_its_time(server: Server, replica: Callable[..., Replica]) -> None:
    replica(server.url, ttl_seconds=0.05).once(lambda: b"old")
    wait_until(lambda: not server.client.exists("trm:k"))
    assert replica(server.url).once(lambda: b"new") == b"new"


def test_functions_with_different_namespaces_share_nothing(
    server: Server, replica: Callable[..., Replica]
) -> None:
    assert replica(server.url, namespace="a").once(lambda: b"a") == b"a"
    assert replica(server.url, namespace="b").once(lambda: b"b") == b"b"


def test_fifty_threads_in_two_replicas_on_five_keys(
    server: Server, replica: Callable[..., Replica]
) -> None:
    replicas = [replica(server.url), replica(server.url)]
    together = threading.Barrier(50)

    def count(key: str) -> bytes:
        return b"%d" % server.client.incr(f"runs:{key}")

    def ask(place: int) -> list[bytes]:
        together.wait(PATIENCE)
        replies = []
        for step in range(5):
            key = str((place + step) % 5)
            replies.append(replicas[place % 2].once(partial(count, key), key=key))
        return replies

    with ThreadPoolExecutor(50) as threads:
        replies = list(threads.map(ask, range(50)))
        names = [thread.name for thread in threading.enumerate()]
    assert replies == [[b"1"] * 5] * 50
    assert names.count("claims") == 2
    assert [one.alarms for one in replicas] == [0, 0]


def test_redis_killed_in_the_middle_and_restarted(
    server: Server, replica: Callable[..., Replica]
) -> None:
    holder, waiter = replica(server.url), replica(server.url)
    work = Held(b"by the holder")
    with ThreadPoolExecutor(2) as threads:
        held = threads.submit(holder.once, work)
        assert work.begun.wait(PATIENCE)
        waiting = threads.submit(waiter.once, lambda: b"by the waiter")
        with pytest.raises(TimeoutError):
            waiting.result(0.05)
        server.kill()
        assert waiting.result(PATIENCE) == b"by the waiter"
        wait_until(lambda: holder.alarms == 1)
        work.go_on.set()
        assert held.result(PATIENCE) == b"by the holder"
    for number in range(20):
        assert holder.once(lambda: b"alone", key=f"during {number}") == b"alone"
        assert waiter.once(lambda: b"alone", key=f"during {number}") == b"alone"
    for one in (holder, waiter):
        assert one.store.degraded
        assert (one.alarms, one.events) == (1, ["trm_dedupe_degraded"])

    server.start()
    wait_until(lambda: not holder.store.degraded and not waiter.store.degraded)
    assert holder.once(lambda: b"shared", key="after") == b"shared"
    assert waiter.once(never, key="after") == b"shared"
    for one in (holder, waiter):
        assert (one.alarms, one.events[1:]) == (1, ["trm_dedupe_recovered"])


def test_a_redis_that_is_gone_for_a_moment_is_waited_for(
    server: Server, replica: Callable[..., Replica]
) -> None:
    proxy = Proxy(server.path, delay=0.0)
    url = f"redis://127.0.0.1:{proxy.port}?socket_timeout=5&socket_connect_timeout=5"
    holder, other, work = replica(url), replica(url), Held()
    with ThreadPoolExecutor(3) as threads:
        held = threads.submit(holder.once, work)
        assert work.begun.wait(PATIENCE)
        joined = threads.submit(other.once, never)
        proxy.down = True
        proxy.hang_up()
        late = threads.submit(other.once, lambda: b"late", key="late")
        work.go_on.set()
        time.sleep(0.2)
        assert not held.done() and not late.done()
        proxy.down = False
        assert held.result(PATIENCE) == joined.result(PATIENCE) == b"reply"
        assert late.result(PATIENCE) == b"late"
    assert (holder.alarms, other.alarms) == (0, 0)
    assert replica(server.url).once(never, key="late") == b"late"
    proxy.close()


def test_work_under_way_is_claimed_again_after_a_restart(
    server: Server, replica: Callable[..., Replica]
) -> None:
    holder, work = replica(server.url), Held()
    with ThreadPoolExecutor(2) as threads:
        held = threads.submit(holder.once, work)
        assert work.begun.wait(PATIENCE)
        server.kill()
        wait_until(lambda: holder.store.degraded)
        server.start()
        wait_until(lambda: bool(server.client.exists("trm:k")))
        waiting = threads.submit(replica(server.url).once, never)
        work.go_on.set()
        assert held.result(PATIENCE) == waiting.result(PATIENCE) == b"reply"


def test_a_quick_restart_between_two_events_is_not_even_noticed(
    server: Server, replica: Callable[..., Replica]
) -> None:
    # The connection from before is dead, and the scripts are gone with the old server.
    one = replica(server.url)
    one.once(lambda: b"1", key="before")
    server.kill()
    server.start()
    one.once(lambda: b"2", key="after")
    assert one.alarms == 0
    assert server.client.get("trm:after") == b"trm3r:2"


@timed
def test_a_redis_that_hangs_costs_one_event_a_moment_and_the_others_nothing(
    server: Server, replica: Callable[..., Replica]
) -> None:
    one = replica(server.strict_url)
    one.once(lambda: b"1", key="before")
    server.send(signal.SIGSTOP)
    began = time.monotonic()
    assert one.once(lambda: b"2", key="first") == b"2"
    first = time.monotonic() - began
    for number in range(100):
        one.once(lambda: b"3", key=str(number))
    rest = time.monotonic() - began - first
    assert 0.2 < first < 4
    assert rest < 1  # a hundred waits would take 25 seconds
    assert (one.alarms, one.events) == (1, ["trm_dedupe_degraded"])
    server.send(signal.SIGCONT)
    wait_until(lambda: not one.store.degraded)
    one.once(lambda: b"4", key="again")
    assert server.client.get("trm:again") == b"trm3r:4"


def test_a_redis_that_refuses_to_write_counts_as_gone(
    server: Server, replica: Callable[..., Replica]
) -> None:
    one = replica(server.url)
    server.client.config_set("maxmemory", 1)
    assert one.once(lambda: b"1") == b"1"
    time.sleep(LEASE)  # more than two looks, and none may find it well
    assert (one.alarms, one.events) == (1, ["trm_dedupe_degraded"])
    server.client.config_set("maxmemory", 0)
    wait_until(lambda: not one.store.degraded)


def test_credentials_are_never_logged(server: Server, replica: Callable[..., Replica]) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens: connections are refused
        port = taken.getsockname()[1]
        urls = {
            f"redis://user:{SECRET}@127.0.0.1:{port}/0": f"127.0.0.1:{port}",
            f"redis://127.0.0.1:{port}/0?password={SECRET}": f"127.0.0.1:{port}",
            f"unix://user:{SECRET}@{server.path}": server.path,
        }
        for url, shown in urls.items():
            one = replica(url)
            assert one.once(lambda: b"alone") == b"alone"
            assert one.alarms == 1
            assert SECRET not in one.stream.getvalue()
            assert SECRET not in repr(one.store)
            assert json.loads(one.stream.getvalue())["server"] == shown


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{SECRET}@cache:6379",
        f"redis://user:{SECRET}/@cache:6379",
        f"redis://:{SECRET}@cache:port",
        f"redis://:{SECRET}@cache..local:6379",
        SECRET,
        "",
    ],
)
def test_a_wrong_url_stops_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Replica(url)
    assert SECRET not in str(refused.value)
    assert "redis://" in str(refused.value)


def test_close_releases_claims_and_ends_waits(
    server: Server, replica: Callable[..., Replica]
) -> None:
    holder, waiter = replica(server.url, lease_seconds=60), replica(server.url)
    work = Held()
    with ThreadPoolExecutor(2) as threads:
        held = threads.submit(holder.once, work)
        assert work.begun.wait(PATIENCE)
        waiting = threads.submit(waiter.once, never)
        with pytest.raises(TimeoutError):
            waiting.result(0.05)
        waiter.store.close()
        assert isinstance(waiting.exception(PATIENCE), NotReady)
        holder.store.close()
        assert replica(server.url).once(lambda: b"another") == b"another"
        work.go_on.set()
        assert held.result(PATIENCE) == b"reply"  # it has no connection to ask with
    assert (holder.alarms, waiter.alarms) == (0, 0)


def test_a_store_that_was_never_used_closes(replica: Callable[..., Replica]) -> None:
    replica("redis://127.0.0.1:1/0")


def poison(server: Server, key: str, kind: str) -> None:
    """Write what another program might have written under this key."""
    client = server.client
    if kind == "list":
        client.rpush(key, b"1", b"2")
    elif kind == "hash":
        client.hset(key, "a", "b")
    elif kind == "endless claim":
        client.set(key, b"trm3c:" + b"x" * 16)
    elif kind == "claim of a day":
        client.set(key, b"trm3c:" + b"x" * 16, ex=86_400)
    else:
        client.set(key, FOREIGN[kind])


FOREIGN = {
    "empty": b"",
    "garbage": b"\xff\xfe\x00garbage",
    "older reply": b"rcontent-type: application/json\r\n\r\n{}",
    "older claim": b"c" + b"x" * 16,
    "reply in no form": b"trm3r:\xff\xfe",
    "reply without a body": b"trm3r:",
    "number": b"5",
    "huge": b"trm3r:" + b"x" * 1_000_000,
}
KINDS = ["list", "hash", "endless claim", "claim of a day", *FOREIGN]


@timed
@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_value_counts_as_absent(
    server: Server, replica: Callable[..., Replica], kind: str
) -> None:
    poison(server, "trm:k", kind)
    one = replica(server.url, is_reply=lambda reply: reply == b"ours")
    began = time.monotonic()
    assert one.once(lambda: b"ours") == b"ours"
    assert time.monotonic() - began < LEASE + 2
    assert (one.alarms, one.foreign) == (0, 1)
    assert one.events == ["trm_dedupe_foreign"]
    # It was overwritten: the other replicas get the reply.
    assert replica(server.url).once(never) == b"ours"


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_value_that_comes_during_the_work_is_overwritten(
    server: Server, replica: Callable[..., Replica], kind: str
) -> None:
    one, work = replica(server.url, is_reply=lambda reply: reply == b"ours"), Held(b"ours")
    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(one.once, work)
        assert work.begun.wait(PATIENCE)
        server.client.delete("trm:k")
        poison(server, "trm:k", kind)
        time.sleep(LEASE)  # the claim is renewed meanwhile
        work.go_on.set()
        assert held.result(PATIENCE) == b"ours"
    assert one.alarms == 0
    assert replica(server.url).once(never) == b"ours"


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_use_of_an_id_counts_as_absent(
    server: Server, replica: Callable[..., Replica], kind: str
) -> None:
    poison(server, "trm:use:id", kind)
    one = replica(server.url)
    assert one.store.first_use("id", "a" * 64)
    assert not replica(server.url).store.first_use("id", "b" * 64)
    assert one.alarms == 0


def test_an_id_is_used_once_among_all_replicas(
    server: Server, replica: Callable[..., Replica]
) -> None:
    one, other = replica(server.url), replica(server.strict_url)
    assert one.store.first_use("id", "a" * 64)
    assert other.store.first_use("id", "a" * 64)
    assert not other.store.first_use("id", "b" * 64)
    server.kill()
    assert other.store.first_use("unknown", "a" * 64)
    assert not other.store.first_use("unknown", "b" * 64)


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_count_of_crashes_counts_as_none(
    server: Server, replica: Callable[..., Replica], kind: str
) -> None:
    key = "ab" * 32
    poison(server, f"test:begun:{key}", kind)
    one = replica(server.url)
    log = crash_log(one)
    counted = 5 if kind == "number" else 0
    assert log.unended(key) == counted
    log.begin(key)
    assert crash_log(replica(server.url)).unended(key) == counted + 1
    log.end(key)
    assert log.unended(key) == 0
    assert one.alarms == 0


def crash_log(replica: Replica) -> RedisCrashLog:
    local = SharedMemoryLog(mmap(-1, MEMORY_BYTES))
    return RedisCrashLog(replica.store, local, namespace="test", ttl_seconds=60)


def test_crashes_are_counted_for_all_replicas(
    server: Server, replica: Callable[..., Replica]
) -> None:
    key = "ab" * 32
    for crashes in range(3):
        each = crash_log(replica(server.url))  # a replica that ends without a word
        assert each.unended(key) == crashes
        each.begin(key)
    survivor = crash_log(replica(server.url))
    assert survivor.unended(key) == 3
    survivor.end(key)
    assert crash_log(replica(server.url)).unended(key) == 0
    assert server.client.keys("test:begun:*") == []


def test_without_redis_a_replica_counts_by_itself(
    server: Server, replica: Callable[..., Replica]
) -> None:
    key = "ab" * 32
    alone = replica(server.strict_url)
    log = crash_log(alone)
    server.kill()
    log.begin(key)
    assert log.unended(key) == 1
    log.end(key)
    assert log.unended(key) == 0
