"""Events that two replicas answer differently while the Redis between them comes and goes.

``python -m benchmarks.flapping_redis``: every event goes to both replicas at once. A proxy before
Redis delays each answer and hangs up on everybody in turns.
"""

from __future__ import annotations

import argparse
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256

from function.deadline import Deadline
from function.delivery.dedupe import MemoryStore
from function.delivery.redis import RedisStore
from function.telemetry import Log
from tests.redis_proxy import Proxy
from tests.redis_server import redis_server

EVENTS = 100
WORK_SECONDS = 0.3
PAUSE_SECONDS = 0.05
"""Between two events."""


@contextmanager
def replicas(url: str, count: int) -> Iterator[list[RedisStore]]:
    """Yield stores as that many replicas have them."""
    log = Log("ERROR")
    stores = [
        RedisStore(url, 600, MemoryStore(), log, lambda: None, lambda: None, bool)
        for _ in range(count)
    ]
    yield stores
    for store in stores:
        store.close()


def measure(delay: float, flap: float) -> tuple[int, float]:
    """Return how many events had two replies, and the seconds that an event took at most."""
    numbers = itertools.count()
    longest = 0.0

    def answer(store: RedisStore, key: str) -> bytes:
        nonlocal longest
        began = time.monotonic()
        reply = store.once(key, work(), Deadline.after(60))
        longest = max(longest, time.monotonic() - began)
        return reply

    def work() -> Callable[[], bytes]:
        def run() -> bytes:
            time.sleep(WORK_SECONDS)
            return b"reply %d" % next(numbers)

        return run

    ended = threading.Event()
    with redis_server() as server, ThreadPoolExecutor(2 * EVENTS + 1) as threads:
        proxy = Proxy(server.path, delay)
        flapping = threads.submit(proxy.flap, flap, ended) if flap else None
        with replicas(f"redis://127.0.0.1:{proxy.port}", 2) as stores:
            replies = []
            for number in range(EVENTS):
                key = sha256(b"%d" % number).hexdigest()
                replies.append([threads.submit(answer, store, key) for store in stores])
                time.sleep(PAUSE_SECONDS)
            different = sum(one.result() != other.result() for one, other in replies)
        ended.set()
        if flapping is not None:
            flapping.result()
        proxy.close()
    return different, longest


def main() -> None:
    """Print the figures for delays and flaps in seconds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flapping_redis")
    parser.add_argument("--delay", type=float, nargs="*", default=[0.0, 0.1])
    parser.add_argument("--flap", type=float, nargs="*", default=[0.0, 0.25, 1.0])
    given = parser.parse_args()
    for delay, flap in itertools.product(given.delay, given.flap):
        different, longest = measure(delay, flap)
        print(
            f"delay {delay:.2f} s, up and down every {flap:.2f} s: {different} of {EVENTS} events "
            f"answered twice differently; one took {longest:.1f} s at most",
            flush=True,
        )


if __name__ == "__main__":
    main()
