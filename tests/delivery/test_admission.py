"""The queue in front of a model: bounded, in order, and never a place to die in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from function.deadline import Deadline
from function.delivery.admission import LONGEST_ADVICE, Limiter, WaitQueue
from function.errors import Overloaded, RequestExpired
from tests.timing import Clock, soon, timed

PATIENCE = 10.0


class Busy:
    """Holds places of a lane until the test lets go."""

    def __init__(self, lane: Limiter, pool: ThreadPoolExecutor) -> None:
        self._lane = lane
        self._pool = pool
        self.order: list[str] = []

    def start(self, name: str, deadline: Deadline) -> tuple[threading.Event, Future[None]]:
        begun, go_on = threading.Event(), threading.Event()

        def work() -> None:
            with self._lane.turn(deadline):
                self.order.append(name)
                begun.set()
                assert go_on.wait(PATIENCE)

        known = self._lane.waiting
        future = self._pool.submit(work)
        while not begun.wait(0.001) and self._lane.waiting == known and not future.done():
            pass
        return go_on, future


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as executor:
        yield executor


def lane_that_takes(seconds: float, width: int = 1, places: int = 4) -> tuple[Limiter, Clock]:
    """Return a lane whose requests took so long so far."""
    lane, clock = Limiter(width, WaitQueue(places)), Clock(50.0)
    with lane.turn(Deadline.after(1_000, clock)):
        clock.now += seconds
    assert lane.seconds == seconds
    return lane, clock


def test_first_come_first_served(pool: ThreadPoolExecutor) -> None:
    busy = Busy(lane := Limiter(1, WaitQueue(4)), pool)
    doors = [busy.start(name, soon()) for name in "abc"]
    assert (lane.busy, lane.waiting) == (1, 2)
    for go_on, future in doors:
        go_on.set()
        future.result(PATIENCE)
    assert busy.order == ["a", "b", "c"]
    assert (lane.busy, lane.waiting) == (0, 0)


def test_so_many_at_work_and_so_many_waiting(pool: ThreadPoolExecutor) -> None:
    busy = Busy(lane := Limiter(2, WaitQueue(1)), pool)
    doors = [busy.start(name, soon()) for name in "abc"]
    with pytest.raises(Overloaded, match="too many requests are waiting"), lane.turn(soon()):
        raise AssertionError("nobody may enter")
    for go_on, future in doors:
        go_on.set()
        future.result(PATIENCE)
    with lane.turn(soon()):
        assert lane.busy == 1


def test_lanes_share_the_waiting_room(pool: ThreadPoolExecutor) -> None:
    room = WaitQueue(1)
    one, other = Limiter(1, room), Limiter(1, room)
    doors = [Busy(one, pool).start("a", soon()), Busy(one, pool).start("b", soon())]
    doors.append(Busy(other, pool).start("c", soon()))
    with pytest.raises(Overloaded), other.turn(soon()):
        raise AssertionError("nobody may enter")
    for go_on, future in doors:
        go_on.set()
        future.result(PATIENCE)


def test_what_cannot_be_done_in_time_is_refused_at_once(pool: ThreadPoolExecutor) -> None:
    lane, clock = lane_that_takes(10.0)
    go_on, future = Busy(lane, pool).start("a", Deadline.after(1_000, clock))
    # Ten seconds for the one at work and ten for itself.
    pressed = Deadline.after(15.0, clock)
    with pytest.raises(Overloaded, match="before its") as refusal, lane.turn(pressed):
        raise AssertionError("nobody may enter")
    assert refusal.value.status == 429
    assert refusal.value.retry_after == 5
    assert lane.waiting == 0
    go_on.set()
    future.result(PATIENCE)


def test_one_that_finds_a_free_place_is_never_refused() -> None:
    lane, clock = lane_that_takes(10.0)
    with lane.turn(Deadline.after(0.5, clock)):
        assert lane.busy == 1


def test_the_deadline_passes_in_the_queue(pool: ThreadPoolExecutor) -> None:
    busy = Busy(lane := Limiter(1, WaitQueue(4)), pool)
    go_on, future = busy.start("a", soon())
    with pytest.raises(Overloaded, match="in the queue"), lane.turn(Deadline.after(0.02)):
        raise AssertionError("nobody may enter")
    assert lane.waiting == 0
    go_on.set()
    future.result(PATIENCE)
    with lane.turn(soon()):
        assert lane.busy == 1


@timed
def test_it_leaves_the_queue_when_it_could_no_longer_be_done(pool: ThreadPoolExecutor) -> None:
    lane, clock = lane_that_takes(1.0, width=8)
    busy = Busy(lane, pool)
    doors = [busy.start(name, Deadline.after(1_000, clock)) for name in "abcdefgh"]
    started = time.monotonic()
    # 0.125 s until a place should be free and 1 s of work: after 0.2 s it is too late.
    with pytest.raises(Overloaded, match="in the queue"), lane.turn(Deadline.after(1.2, clock)):
        raise AssertionError("nobody may enter")
    assert time.monotonic() - started < 1.0
    for go_on, future in doors:
        go_on.set()
        future.result(PATIENCE)


def test_what_has_expired_does_not_begin() -> None:
    lane = Limiter(1, WaitQueue(4))
    with pytest.raises(RequestExpired), lane.turn(Deadline.after(0)):
        raise AssertionError("nobody may enter")
    assert lane.busy == 0


def test_the_advice_is_bounded(pool: ThreadPoolExecutor) -> None:
    lane, clock = lane_that_takes(500.0)
    go_on, future = Busy(lane, pool).start("a", Deadline.after(5_000, clock))
    with pytest.raises(Overloaded) as refusal, lane.turn(Deadline.after(1.0, clock)):
        raise AssertionError("nobody may enter")
    assert refusal.value.retry_after == LONGEST_ADVICE
    go_on.set()
    future.result(PATIENCE)


def test_work_that_fails_gives_its_place_back() -> None:
    lane = Limiter(1, WaitQueue(0))

    def fail() -> None:
        with lane.turn(soon()):
            raise ValueError

    for _ in range(3):
        with pytest.raises(ValueError):
            fail()
    assert lane.busy == 0


@pytest.mark.parametrize("width", [1, 3])
def test_under_contention_never_more_than_its_width(width: int, pool: ThreadPoolExecutor) -> None:
    lane = Limiter(width, WaitQueue(100))
    inside, most = 0, 0
    lock = threading.Lock()

    def work(_: int) -> None:
        nonlocal inside, most
        with lane.turn(soon()):
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1

    list(pool.map(work, range(500)))
    assert 1 <= most <= width
    assert (lane.busy, lane.waiting) == (0, 0)
