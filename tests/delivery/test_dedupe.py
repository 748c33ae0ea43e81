"""The in-process store: one piece of work an event, whoever asks and however often."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from function.deadline import Deadline
from function.delivery.dedupe import MemoryStore
from function.errors import InvalidRequest, Overloaded, TryAgain
from tests.timing import Clock, soon, wait_until

PATIENCE = 10.0
"""Seconds after which a test gives up; none should need them."""


class Counted:
    """Work that counts its runs and can be held up."""

    def __init__(self, reply: bytes = b"reply", error: BaseException | None = None) -> None:
        self.runs = 0
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self._reply = reply
        self._error = error

    def __call__(self) -> bytes:
        self.runs += 1
        if self._error is not None:
            raise self._error
        return self._reply

    def held_up(self) -> bytes:
        """Return the same, but not before ``go_on`` is set."""
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        return self()


def has_joiners(store: MemoryStore, key: str) -> bool:
    return store._running[key].done is not None


def test_a_later_duplicate_gets_the_stored_bytes() -> None:
    store, work = MemoryStore(), Counted()
    first = store.once("a", work, soon())
    again = store.once("a", lambda: b"another", soon())
    assert (first, again, work.runs) == (b"reply", b"reply", 1)


def test_different_keys_are_different_work() -> None:
    store, work = MemoryStore(), Counted()
    store.once("a", work, soon())
    store.once("b", work, soon())
    assert work.runs == 2


def test_an_empty_reply_is_a_reply() -> None:
    store, work = MemoryStore(), Counted(b"")
    assert [store.once("a", work, soon()) for _ in range(2)] == [b"", b""]
    assert work.runs == 1


def test_duplicates_during_the_work_join_it() -> None:
    store, work = MemoryStore(), Counted()
    with ThreadPoolExecutor(8) as threads:
        leader = threads.submit(store.once, "a", work.held_up, soon())
        assert work.begun.wait(PATIENCE)
        joiners = [threads.submit(store.once, "a", work, soon()) for _ in range(7)]
        wait_until(lambda: has_joiners(store, "a"))
        work.go_on.set()
        replies = [future.result(PATIENCE) for future in (leader, *joiners)]
    assert replies == [b"reply"] * 8
    assert work.runs == 1


def test_other_keys_do_not_wait_for_work_under_way() -> None:
    store, work = MemoryStore(), Counted()
    with ThreadPoolExecutor(1) as threads:
        leader = threads.submit(store.once, "a", work.held_up, soon())
        assert work.begun.wait(PATIENCE)
        assert store.once("b", lambda: b"other", soon()) == b"other"
        work.go_on.set()
        leader.result(PATIENCE)


def test_so_many_may_wait_and_one_more_is_refused() -> None:
    store, work = MemoryStore(joiners=2), Counted()
    with ThreadPoolExecutor(3) as threads:
        leader = threads.submit(store.once, "a", work.held_up, soon())
        assert work.begun.wait(PATIENCE)
        joiners = [threads.submit(store.once, "a", work, soon()) for _ in range(2)]
        wait_until(lambda: store._joiners._free == 0)
        with pytest.raises(Overloaded) as refusal:
            store.once("a", work, soon())
        assert refusal.value.retry_after >= 1
        assert store.once("b", lambda: b"other", soon()) == b"other"
        work.go_on.set()
        assert [future.result(PATIENCE) for future in (leader, *joiners)] == [b"reply"] * 3
    assert store._joiners._free == 2


def joined(store: MemoryStore, work: Counted, deadline: Deadline) -> list[Future[bytes]]:
    """Return a leader and one who joined it, both finished."""
    with ThreadPoolExecutor(2) as threads:
        leader = threads.submit(store.once, "a", work.held_up, soon())
        assert work.begun.wait(PATIENCE)
        joiner = threads.submit(store.once, "a", work, deadline)
        wait_until(lambda: has_joiners(store, "a"))
        work.go_on.set()
        return [leader, joiner]


@pytest.mark.parametrize("error", [Overloaded("full", 7), InvalidRequest([]), ValueError("bug")])
def test_joiners_get_the_exception_of_the_work_and_nothing_is_stored(error: Exception) -> None:
    store, work = MemoryStore(), Counted(error=error)
    leader, joiner = joined(store, work, soon())
    assert leader.exception() is error
    assert joiner.exception() is error
    assert work.runs == 1
    assert store.stored_replies == 0
    # The next delivery tries again.
    assert store.once("a", lambda: b"better", soon()) == b"better"


def test_the_traceback_of_a_joiner_ends_where_the_work_failed() -> None:
    leader, joiner = joined(MemoryStore(), Counted(error=ValueError("bug")), soon())
    for future in (leader, joiner):
        error = future.exception()
        assert error is not None
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        assert trace is not None
        assert trace.tb_frame.f_code.co_name == "__call__"


def test_what_ends_the_thread_of_the_work_does_not_end_its_joiners() -> None:
    store, work = MemoryStore(), Counted(error=SystemExit(1))
    leader, joiner = joined(store, work, soon())
    assert isinstance(leader.exception(), SystemExit)
    assert isinstance(joiner.exception(), TryAgain)


def test_a_joiner_out_of_time_is_told_to_try_again_and_the_work_goes_on() -> None:
    store, work = MemoryStore(), Counted()
    with ThreadPoolExecutor(1) as threads:
        leader = threads.submit(store.once, "a", work.held_up, soon())
        assert work.begun.wait(PATIENCE)
        for seconds in (0.02, 0.0, -1.0):
            with pytest.raises(TryAgain) as refused:
                store.once("a", work, Deadline.after(seconds))
            assert (refused.value.status, refused.value.retry_after) == (503, 1)
        work.go_on.set()
        assert leader.result(PATIENCE) == b"reply"
    # The redelivery is answered from the store.
    assert store.once("a", work, soon()) == b"reply"
    assert work.runs == 1


def test_a_joiner_may_wait_for_ever() -> None:
    store, work = MemoryStore(), Counted()
    leader, joiner = joined(store, work, Deadline(float("inf")))
    assert leader.result() == joiner.result() == b"reply"


def test_fifty_threads_on_five_keys_run_five_pieces_of_work() -> None:
    store = MemoryStore()
    works = [Counted(b"reply %d" % number) for number in range(5)]
    together = threading.Barrier(50)

    def ask(place: int) -> list[bytes]:
        together.wait(PATIENCE)
        order = [(place + step) % 5 for step in range(5)]
        return sorted(store.once(str(number), works[number], soon()) for number in order)

    with ThreadPoolExecutor(50) as threads:
        replies = list(threads.map(ask, range(50)))
    assert replies == [[b"reply %d" % number for number in range(5)]] * 50
    assert [work.runs for work in works] == [1] * 5


def test_a_reply_lives_for_its_time_and_is_not_renewed_by_use() -> None:
    clock, work = Clock(100.0), Counted()
    store = MemoryStore(ttl_seconds=60, clock=clock)
    store.once("a", work, soon())
    for clock.now in (130.0, 159.9):
        store.once("a", work, soon())
    assert work.runs == 1
    clock.now = 160.0
    store.once("a", work, soon())
    assert work.runs == 2


def test_the_time_of_a_reply_begins_when_the_work_is_done() -> None:
    clock, work = Clock(100.0), Counted()
    store = MemoryStore(ttl_seconds=60, clock=clock)

    def slow() -> bytes:
        clock.now += 50
        return work()

    store.once("a", slow, soon())
    clock.now += 50
    store.once("a", slow, soon())
    assert work.runs == 1


def test_replies_past_their_time_leave_memory_when_others_come() -> None:
    clock = Clock(100.0)
    store = MemoryStore(ttl_seconds=60, clock=clock)
    for key in "abc":
        store.once(key, lambda: b"12345", soon())
    clock.now += 60
    store.once("d", lambda: b"123", soon())
    assert (store.stored_replies, store.stored_bytes) == (1, 3)


def test_the_least_recently_used_leaves_first_by_count() -> None:
    store, again = MemoryStore(max_replies=2), Counted(b"again")
    store.once("a", lambda: b"a", soon())
    store.once("b", lambda: b"b", soon())
    assert store.once("a", again, soon()) == b"a"
    store.once("c", lambda: b"c", soon())
    assert store.once("a", again, soon()) == b"a"
    assert store.once("c", again, soon()) == b"c"
    assert store.once("b", again, soon()) == b"again"
    assert store.stored_replies == 2


def test_the_least_recently_used_leave_first_by_bytes() -> None:
    store, again = MemoryStore(max_bytes=100), Counted(b"")
    for key in "abcd":
        store.once(key, lambda: b"x" * 25, soon())
    assert store.stored_bytes == 100
    store.once("e", lambda: b"x" * 50, soon())
    assert (store.stored_replies, store.stored_bytes) == (3, 100)
    assert [store.once(key, again, soon()) != b"" for key in "cdeab"] == [True] * 3 + [False] * 2


def test_a_reply_that_never_fits_pushes_nobody_out() -> None:
    store, work = MemoryStore(max_bytes=10), Counted(b"x" * 11)
    store.once("a", lambda: b"small", soon())
    assert store.once("b", work, soon()) == b"x" * 11
    assert (store.stored_replies, store.stored_bytes) == (1, 5)
    store.once("b", work, soon())
    assert work.runs == 2


def test_no_reply_is_kept_when_none_may_be() -> None:
    store, work = MemoryStore(max_replies=0), Counted()
    store.once("a", work, soon())
    store.once("a", work, soon())
    assert (work.runs, store.stored_replies, store.stored_bytes) == (2, 0, 0)


def test_nothing_is_left_of_many_events_but_what_may_be_kept() -> None:
    store = MemoryStore(max_replies=10)
    for number in range(1_000):
        store.once(str(number), lambda: b"reply", soon())
    assert (store.stored_replies, store.stored_bytes) == (10, 50)
    assert store._running == {}


def test_close_forgets_everything() -> None:
    store, work = MemoryStore(), Counted()
    store.once("a", work, soon())
    store.close()
    assert (store.stored_replies, store.stored_bytes) == (0, 0)


def test_an_id_is_used_for_one_event_until_it_is_forgotten() -> None:
    clock = Clock(100.0)
    store = MemoryStore(ttl_seconds=60, clock=clock)
    assert store.first_use("id", "one")
    assert store.first_use("id", "one")
    assert not store.first_use("id", "other")
    assert store.first_use("another id", "other")
    clock.now += 60
    assert store.first_use("id", "other")
    assert not store.first_use("id", "one")


def test_as_many_ids_are_remembered_as_replies() -> None:
    store = MemoryStore(max_replies=2)
    for use in "abc":
        store.first_use(use, "one")
    assert store.first_use("a", "other")
    assert not store.first_use("c", "other")
