"""What is remembered of work that ended its process."""

from __future__ import annotations

import threading
from hashlib import sha256
from mmap import mmap

import pytest

from function.delivery.admission import ENTRIES, MEMORY_BYTES, PoisonGuard, SharedMemoryLog

PATIENCE = 10.0


def key(name: object) -> str:
    return sha256(str(name).encode()).hexdigest()


def after_a_crash(memory: mmap) -> SharedMemoryLog:
    """Return what the next process finds."""
    return SharedMemoryLog(memory)


@pytest.fixture
def memory() -> mmap:
    return mmap(-1, MEMORY_BYTES)


def test_what_ends_is_forgotten(memory: mmap) -> None:
    log = SharedMemoryLog(memory)
    log.begin(key("a"))
    assert log.unended(key("a")) == 1
    log.end(key("a"))
    assert log.unended(key("a")) == 0
    assert after_a_crash(memory).unended(key("a")) == 0
    assert bytes(memory) == bytes(MEMORY_BYTES)


def test_every_crash_counts(memory: mmap) -> None:
    for crashes in range(300):
        log = after_a_crash(memory)
        assert log.unended(key("a")) == min(crashes, 255)
        assert log.unended(key("b")) == 0
        log.begin(key("a"))


def test_room_for_new_events_is_made_among_the_left_behind(memory: mmap) -> None:
    log = SharedMemoryLog(memory)
    for number in range(ENTRIES):
        log.begin(key(number))
    log.begin(key("one more"))  # everything is under way: this one is not noted
    assert log.unended(key("one more")) == 0
    log.end(key("one more"))
    log = after_a_crash(memory)
    log.begin(key("one more"))
    assert log.unended(key("one more")) == 1
    assert sum(log.unended(key(number)) for number in range(ENTRIES)) == ENTRIES - 1
    for number in range(ENTRIES):
        log.end(key(number))
    log.end(key("one more"))
    assert bytes(memory) == bytes(MEMORY_BYTES)


def test_work_that_fails_has_ended(memory: mmap) -> None:
    suspects = PoisonGuard(SharedMemoryLog(memory))
    with pytest.raises(ValueError), suspects.watch(key("a")) as crashes:
        assert crashes == 0
        raise ValueError
    with suspects.watch(key("a")) as crashes:
        assert crashes == 0


def test_only_the_guilty_is_blamed_twice(memory: mmap) -> None:
    log = SharedMemoryLog(memory)
    for name in ("guilty", "innocent"):
        log.begin(key(name))
    log = after_a_crash(memory)
    suspects = PoisonGuard(log)
    entered = threading.Event()
    let_go = threading.Event()
    seen: list[int] = []

    def work(name: str) -> None:
        with suspects.watch(key(name)) as crashes:
            seen.append(crashes)
            entered.set()
            assert let_go.wait(PATIENCE)

    threads = [threading.Thread(target=work, args=[name]) for name in ("guilty", "innocent")]
    threads[0].start()
    assert entered.wait(PATIENCE)
    threads[1].start()
    with suspects.watch(key("never seen")) as crashes:  # who is not a suspect does not wait
        assert crashes == 0
    # The next crash would come now: only the first of the two is noted a second time.
    assert (log.unended(key("guilty")), log.unended(key("innocent"))) == (2, 1)
    assert seen == [1]
    let_go.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert seen == [1, 1]
