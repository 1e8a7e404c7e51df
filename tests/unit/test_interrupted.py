"""What is left after an exception struck inside: nothing lost, nothing held, nobody stranded.

The strikes are aimed at the handlers that put things right, one by one. That there are no other
points where a real signal does harm is shown elsewhere, by striking at every point there is.
"""

import sys

import pytest

import syncprims.event
import syncprims.simplequeue
import syncprims.waitqueue
from syncprims import (
    Barrier,
    BrokenBarrierError,
    Condition,
    Event,
    LifoQueue,
    PriorityQueue,
    Queue,
    RLock,
    Semaphore,
    SimpleQueue,
)
from syncprims.conformance.delays import LIMIT
from syncprims.conformance.harness import until
from syncprims.lock import Lock
from syncprims.waitqueue import closed_gate, wake

from .strikes import Strike, StruckSection, struck


def stand_in(waiters):
    """Register a sleeper that is only a gate; return the gate."""
    gate, opener = closed_gate()
    waiters[gate] = opener
    return gate


def strike(primitive, nth=1, entering=False):
    """Have a signal strike as a primitive's section is left, or entered, for the `nth` time."""
    primitive._mutex = StruckSection(primitive._mutex, nth, entering)


# Semaphore


def test_acquire_struck_with_the_permit_taken_returns_it_and_wakes_the_next():
    semaphore = Semaphore()
    gate = stand_in(semaphore._waiters)
    strike(semaphore)
    with pytest.raises(Strike):
        semaphore.acquire()
    assert semaphore._value == 1
    assert not gate.locked()


@pytest.mark.parametrize("entering", [False, True])
def test_acquire_struck_with_nothing_taken_returns_nothing(entering):
    semaphore = Semaphore(0)
    strike(semaphore, entering=entering)
    with pytest.raises(Strike):
        semaphore.acquire(False)
    assert semaphore._value == 0


def test_acquire_struck_after_it_slept_returns_the_permit(crew):
    semaphore = Semaphore(0)
    section = semaphore._mutex
    strike(semaphore, nth=3)  # after the first look, the second, and the one that took
    task = crew.start(semaphore.acquire)
    crew.asleep(semaphore)
    with section:
        semaphore._value = 1
        wake(semaphore._waiters)
    with pytest.raises(Strike):
        task.result()
    assert semaphore._value == 1
    assert not semaphore._waiters


@pytest.mark.parametrize(("entering", "permits"), [(True, 0), (False, 2)])
def test_release_of_two_struck_adds_both_and_wakes_two_or_does_nothing(entering, permits):
    semaphore = Semaphore(0)
    gates = [stand_in(semaphore._waiters) for _ in range(3)]
    strike(semaphore, entering=entering)
    with pytest.raises(Strike):
        semaphore.release(2)
    assert semaphore._value == permits
    assert [gate.locked() for gate in gates] == [not permits, not permits, True]


def test_release_struck_when_done_has_released(crew):
    semaphore = Semaphore(0)
    task = crew.start(semaphore.acquire)
    crew.asleep(semaphore)
    strike(semaphore)
    with pytest.raises(Strike):
        semaphore.release()
    assert task.result() is True


# Event


def test_set_struck_when_done_has_set_and_woken(crew):
    event = Event()
    task = crew.start(event.wait)
    crew.asleep(event)
    strike(event)
    with pytest.raises(Strike):
        event.set()
    assert event.is_set()
    assert task.result() is True


def test_set_struck_while_it_wakes_goes_on_waking(monkeypatch):
    event = Event()
    gates = [stand_in(event._waiters) for _ in range(3)]
    wake_all = syncprims.event.wake_all

    def struck_half_way(waiters):
        monkeypatch.setattr(syncprims.event, "wake_all", wake_all)
        wake(waiters, 1)
        raise Strike

    monkeypatch.setattr(syncprims.event, "wake_all", struck_half_way)
    with pytest.raises(Strike):
        event.set()
    assert event.is_set()
    assert not any(gate.locked() for gate in gates)


def test_set_struck_before_it_began_has_done_nothing():
    event = Event()
    gate = stand_in(event._waiters)
    strike(event, entering=True)
    with pytest.raises(Strike):
        event.set()
    assert not event.is_set()
    assert gate.locked()


def test_wait_struck_asleep_leaves_the_queue(monkeypatch):
    event = Event()
    monkeypatch.setattr(syncprims.event, "sleep", struck)
    with pytest.raises(Strike):
        event.wait()
    assert not event._waiters


def test_wait_that_finds_the_flag_raised_before_it_is_queued_returns_true():
    event = Event()
    section = event._mutex

    class RaisesTheFlag:
        def __enter__(self):
            event._mutex = section
            event.set()
            section.__enter__()

        def __exit__(self, *exc):
            section.__exit__(*exc)

    event._mutex = RaisesTheFlag()
    assert event.wait() is True
    assert not event._waiters


def test_wait_whose_time_is_up_as_the_flag_is_raised_returns_true(monkeypatch):
    event = Event()

    def late(gate, timeout):
        event.set()
        return False

    monkeypatch.setattr(syncprims.event, "sleep", late)
    assert event.wait(LIMIT) is True


# Condition


class Fragile:
    """A lock with nothing but acquire and release, which signals strike."""

    def __init__(self):
        self.inner = Lock()
        self.strikes_acquire = self.strikes_release = 0

    def acquire(self, *args):
        if self.strikes_acquire:
            self.strikes_acquire -= 1
            raise Strike
        return self.inner.acquire(*args)

    def release(self):
        if self.strikes_release:
            self.strikes_release -= 1
            raise Strike
        self.inner.release()


def test_wait_struck_as_it_lets_go_still_holds_the_lock_and_has_left_the_queue():
    lock = Fragile()
    condition = Condition(lock)
    other = stand_in(condition._waiters)
    with condition:
        lock.strikes_release = 1
        with pytest.raises(Strike):
            Condition.wait(condition)
        assert lock.inner.locked()
        assert list(condition._waiters) == [other]
        assert other.locked()


@pytest.mark.parametrize("lock", [Fragile, Lock, RLock])
def test_wait_struck_asleep_holds_the_lock_and_has_left_the_queue(monkeypatch, lock):
    condition = Condition(lock())
    monkeypatch.setattr(syncprims.condition, "sleep", struck)
    with condition:
        other = stand_in(condition._waiters)
        with pytest.raises(Strike):
            condition.wait()
        assert list(condition._waiters) == [other]
        assert condition._is_owned()
    assert not condition._is_owned()


def test_wait_struck_when_notified_passes_it_on(monkeypatch):
    condition = Condition(Lock())

    def struck_when_notified(gate, timeout):
        with condition:
            condition.notify()
        raise Strike

    monkeypatch.setattr(syncprims.condition, "sleep", struck_when_notified)
    with condition:
        with pytest.raises(Strike):
            condition.wait()
        other = stand_in(condition._waiters)
        with pytest.raises(Strike):
            condition.wait()
        assert not other.locked()
        assert not condition._waiters


def test_wait_struck_again_and_again_takes_the_lock_back_first(monkeypatch):
    lock = Fragile()
    condition = Condition(lock)

    def notified(gate, timeout):
        other.append(stand_in(condition._waiters))
        wake(condition._waiters)
        lock.strikes_acquire = 3
        return True

    other = []
    monkeypatch.setattr(syncprims.condition, "sleep", notified)
    with condition:
        with pytest.raises(Strike):
            condition.wait()
        assert lock.inner.locked()
        assert not other[0].locked()
    assert not lock.inner.locked()


# Barrier


def test_party_struck_as_it_has_come_breaks_the_barrier(crew):
    barrier = Barrier(3)
    task = crew.start(barrier.wait)
    crew.asleep(barrier)
    strike(barrier)
    with pytest.raises(Strike):
        barrier.wait()
    assert barrier.broken
    with pytest.raises(BrokenBarrierError):
        task.result()


def test_party_struck_before_it_has_come_breaks_nothing():
    barrier = Barrier(2)
    strike(barrier, entering=True)
    with pytest.raises(Strike):
        barrier.wait()
    assert not barrier.broken
    assert barrier.n_waiting == 0


def test_party_struck_asleep_breaks_the_barrier(monkeypatch):
    barrier = Barrier(2)
    monkeypatch.setattr(syncprims.waitqueue, "sleep", struck)
    with pytest.raises(Strike):
        barrier.wait()
    assert barrier.broken


def test_last_party_struck_when_all_may_pass_leaves_the_next_meeting_alone():
    barrier = Barrier(1)
    strike(barrier, nth=2)
    with pytest.raises(Strike):
        barrier.wait()
    assert not barrier.broken
    assert barrier.wait() == 0


def test_party_that_comes_while_the_action_runs_comes_to_the_next_meeting(crew):
    early = []

    def action():
        if not early:
            early.append(crew.start(barrier.wait))
            until(lambda: cycle.waiters)

    barrier = Barrier(1, action)
    cycle = barrier._cycle
    assert barrier.wait() == 0
    assert early[0].result() == 0
    assert barrier._cycle is not cycle


def test_party_that_comes_while_an_action_that_fails_runs_finds_it_broken(crew):
    early = []

    def action():
        early.append(crew.start(barrier.wait))
        until(lambda: cycle.waiters)
        raise Strike

    barrier = Barrier(1, action)
    cycle = barrier._cycle
    with pytest.raises(Strike):
        barrier.wait()
    with pytest.raises(BrokenBarrierError):
        early[0].result()


def test_party_whose_time_is_up_while_the_action_runs_waits_for_its_end(crew, monkeypatch):
    barrier = Barrier(2)
    cycle = barrier._cycle
    sleep = syncprims.waitqueue.sleep

    def late(gate, timeout):
        if timeout is None:
            return sleep(gate, None)
        cycle.arrived, cycle.state = 2, syncprims.barrier.FULL
        return False

    monkeypatch.setattr(syncprims.waitqueue, "sleep", late)
    task = crew.start(barrier.wait, LIMIT)
    until(lambda: cycle.state is syncprims.barrier.FULL and cycle.waiters)
    barrier._let_pass(cycle)
    assert task.result() == 0
    assert not barrier.broken


def test_action_that_aborts_leaves_the_barrier_broken():
    barrier = Barrier(1, lambda: barrier.abort())
    with pytest.raises(BrokenBarrierError):
        barrier.wait()
    assert barrier.broken


# Queues


class Hooked(Queue):
    """A queue with a hook of its own, which takes the slow way round."""

    def _put(self, item):
        super()._put(item)


KINDS = [Queue, LifoQueue, PriorityQueue, Hooked]

if_with_may_return_twice = pytest.mark.skipif(
    sys.implementation.name == "pypy",
    reason="PyPy mistakes an exception out of __exit__, if the block returns in two places",
)


@pytest.fixture(name="kind", params=KINDS, ids=lambda kind: kind.__name__)
def any_kind(request):
    return request.param


def filled(kind):
    queue = kind()
    for item in (1, 2, 3):
        queue.put(item)
    return queue


def drained(queue):
    return [queue.get_nowait() for _ in range(queue.qsize())]


@if_with_may_return_twice
def test_get_struck_with_the_item_taken_returns_it_and_wakes_the_next(kind):
    queue = filled(kind)
    gate = stand_in(queue._getters)
    strike(queue)
    with pytest.raises(Strike):
        queue.get()
    assert not gate.locked()
    assert sorted(drained(queue)) == [1, 2, 3]
    assert queue.unfinished_tasks == 3


@if_with_may_return_twice
@pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])
def test_get_struck_with_the_item_taken_returns_it_to_its_place(kind):
    queue = filled(kind)
    strike(queue)
    with pytest.raises(Strike):
        queue.get()
    assert drained(queue) == drained(filled(kind))


def test_get_struck_before_it_took_takes_nothing(kind):
    queue = filled(kind)
    strike(queue, entering=True)
    with pytest.raises(Strike):
        queue.get()
    assert drained(queue) == drained(filled(kind))


def test_get_struck_after_it_slept_returns_the_item(kind, crew):
    queue = kind()
    mutex = queue.mutex
    strike(queue, nth=3)  # after the first look, the second, and the one that took
    task = crew.start(queue.get)
    crew.asleep(queue)
    with mutex:
        queue._put("item")
        wake(queue._getters)
    with pytest.raises(Strike):
        task.result()
    assert drained(queue) == ["item"]
    assert not queue._getters


@pytest.mark.parametrize("after", [True, False])
def test_put_whose_hook_raises_counts_what_is_in(after):
    class Refuses(Queue):
        def _put(self, item):
            if after:
                super()._put(item)
            raise Strike

    queue = Refuses()
    with pytest.raises(Strike):
        queue.put(1)
    assert (queue.qsize(), queue.unfinished_tasks) == (after, after)


# SimpleQueue


def test_simple_get_struck_asleep_leaves_the_queue_and_wakes_the_next(monkeypatch):
    queue = SimpleQueue()
    gate, opener = closed_gate()
    queue._openers.append(opener)
    monkeypatch.setattr(syncprims.simplequeue, "sleep", struck)
    with pytest.raises(Strike):
        queue.get()
    assert not queue._openers
    assert not gate.locked()


def test_simple_get_struck_with_the_item_taken_puts_it_back_first(monkeypatch):
    class Struck(SimpleQueue):
        leaving = 0

        def _leave(self, opener):
            Struck.leaving += 1
            super()._leave(opener)
            if Struck.leaving == 1:
                raise Strike

    queue = Struck()

    def two_come(gate, timeout):
        queue.put(1)
        queue.put(2)
        return True

    monkeypatch.setattr(syncprims.simplequeue, "sleep", two_come)
    with pytest.raises(Strike):
        queue.get()
    assert [queue.get(), queue.get()] == [1, 2]


def test_simple_put_struck_before_it_woke_anybody_wakes_on_its_way_out():
    class Struck(SimpleQueue):
        wakings = 0

        def _wake(self):
            Struck.wakings += 1
            if Struck.wakings == 1:
                raise Strike
            super()._wake()

    queue = Struck()
    gate, opener = closed_gate()
    queue._openers.append(opener)
    with pytest.raises(Strike):
        queue.put(1)
    assert not gate.locked()
    assert queue.get() == 1


def test_simple_get_that_leaves_with_its_gate_open_wakes_the_next_if_there_is_an_item(monkeypatch):
    queue = SimpleQueue()
    gate, opener = closed_gate()

    def two_come_as_the_time_is_up(own_gate, timeout):
        queue.put(1)
        queue._openers.append(opener)
        queue._items.append(2)
        return False

    monkeypatch.setattr(syncprims.simplequeue, "sleep", two_come_as_the_time_is_up)
    assert queue.get(timeout=LIMIT) == 1
    assert not gate.locked()


def test_simple_get_that_leaves_with_its_gate_open_wakes_nobody_for_no_item(monkeypatch):
    queue = SimpleQueue()
    gate, opener = closed_gate()

    def one_comes_as_the_time_is_up(own_gate, timeout):
        queue.put(1)
        queue._openers.append(opener)
        return False

    monkeypatch.setattr(syncprims.simplequeue, "sleep", one_comes_as_the_time_is_up)
    assert queue.get(timeout=LIMIT) == 1
    assert gate.locked()
