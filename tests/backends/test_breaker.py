"""The circuit breaker: who fails again and again is left alone for a while."""

from __future__ import annotations

import threading

from function.backends.member import FAILURES, LONGEST_PAUSE_SECONDS, Breaker
from tests.timing import Clock


def opened(clock: Clock) -> Breaker:
    """Return a breaker that has just opened."""
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        fail(breaker)
    return breaker


def state_of(breaker: Breaker) -> str:
    """Return the state, which a call may have changed."""
    return breaker.state


def fail(breaker: Breaker, advised: float = 0.0) -> None:
    ticket = breaker.admit()
    assert ticket is not None
    breaker.fail(ticket, advised)


def test_it_opens_after_failures_in_a_row() -> None:
    breaker = Breaker(Clock())
    for _ in range(FAILURES - 1):
        fail(breaker)
        assert (breaker.state, breaker.wait) == ("closed", 0)
    fail(breaker)
    assert (breaker.state, breaker.wait, breaker.may_admit) == ("open", 1, False)
    assert breaker.admit() is None


def test_an_answer_between_failures_starts_the_count_again() -> None:
    breaker = Breaker(Clock())
    for _ in range(3):
        for _ in range(FAILURES - 1):
            fail(breaker)
        ticket = breaker.admit()
        assert ticket is not None
        breaker.succeed(ticket)
    assert breaker.state == "closed"


def test_exactly_one_of_many_threads_probes() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 1
    assert (breaker.state, breaker.may_admit) == ("open", True)
    begin = threading.Barrier(16)
    tickets: list[int | None] = []

    def ask() -> None:
        begin.wait(10)
        tickets.append(breaker.admit())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len([ticket for ticket in tickets if ticket is not None]) == 1
    assert (breaker.state, breaker.may_admit, breaker.wait) == ("half-open", False, 0)


def test_a_probe_that_is_answered_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 1
    ticket = breaker.admit()
    assert ticket is not None
    breaker.succeed(ticket)
    assert breaker.state == "closed"
    fail(breaker)
    assert breaker.state == "closed"  # the old failures are forgotten


def test_pauses_grow_until_an_answer() -> None:
    clock = Clock()
    breaker = opened(clock)
    pauses = []
    for _ in range(8):
        pauses.append(breaker.wait)
        clock.now += breaker.wait
        fail(breaker)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    clock.now += LONGEST_PAUSE_SECONDS
    ticket = breaker.admit()
    assert ticket is not None
    breaker.succeed(ticket)
    for _ in range(FAILURES):
        fail(breaker)
    assert breaker.wait == 1


def test_advice_opens_it_at_once_and_is_kept_to() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, 30)
    assert (breaker.state, breaker.wait) == ("open", 30)
    clock.now = 29.9
    assert breaker.admit() is None
    clock.now = 30
    fail(breaker, 300)
    assert breaker.wait == 300


def test_a_probe_that_learned_nothing_leaves_its_place_to_the_next() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 1
    first = breaker.admit()
    assert first is not None and breaker.admit() is None
    breaker.release(first)
    assert (breaker.state, breaker.wait) == ("open", 0)
    second = breaker.admit()
    assert second is not None
    breaker.release(first)  # somebody else's probe goes on
    assert state_of(breaker) == "half-open"
    breaker.succeed(second)
    breaker.release(second)
    assert state_of(breaker) == "closed"


def test_what_began_before_it_opened_decides_nothing() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    late = breaker.admit()
    assert late is not None
    for _ in range(FAILURES):
        fail(breaker)
    breaker.succeed(late)
    assert state_of(breaker) == "open"
    clock.now = 1
    probe = breaker.admit()
    assert probe is not None
    breaker.fail(late)
    breaker.succeed(late)
    assert state_of(breaker) == "half-open"
    breaker.succeed(probe)
    assert state_of(breaker) == "closed"
