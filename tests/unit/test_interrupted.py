"""What is left after an exception struck inside: nothing lost, nothing held, nobody stranded.

The strikes are aimed at the handlers that put things right, one by one. That there are no other
points where a real signal does harm is shown elsewhere, by striking at every point there is.
"""

import sys
from queue import Empty

import pytest

import syncprims.event
import syncprims.simplequeue
import syncprims.waitqueue
from syncprims import (
    Barrier,
    BoundedSemaphore,
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
from syncprims.conformance.crew import until
from syncprims.conformance.delays import LIMIT
from syncprims.lock import Lock
from syncprims.waitqueue import WaitQueue, closed_gate

from .strikes import Fragile, Strike, StruckMutex, struck


def stand_in(waiters):
    """Register a sleeper that is only a gate; return the gate."""
    gate = closed_gate()
    waiters[gate] = True
    return gate


def strike(primitive, nth=1, entering=False):
    """Have a signal strike as a primitive's mutex is left, or entered, for the `nth` time."""
    primitive._mutex = StruckMutex(primitive._mutex, nth, entering)


def strike_wakings(monkeypatch, nth=1, done=False):
    """Have a signal strike as somebody is woken for the `nth` time, before it or when it is done.

    Only once: who puts things right wakes too.
    """
    wake, calls = WaitQueue.wake, []

    def struck_once(waiters, n=1):
        calls.append(n)
        if len(calls) == nth:
            if done:
                wake(waiters, n)
            raise Strike
        wake(waiters, n)

    monkeypatch.setattr(WaitQueue, "wake", struck_once)


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
    mutex = semaphore._mutex
    strike(semaphore)
    task = crew.start(semaphore.acquire)
    crew.asleep(semaphore)
    with mutex:
        semaphore._value = 1
        semaphore._waiters.wake()
    with pytest.raises(Strike):
        task.result()
    assert semaphore._value == 1
    assert not semaphore._waiters


def test_acquire_struck_asleep_leaves_the_queue_and_the_permits(monkeypatch):
    semaphore = Semaphore(0)
    monkeypatch.setattr(syncprims.waitqueue, "sleep", struck)
    with pytest.raises(Strike):
        semaphore.acquire()
    assert semaphore._value == 0
    assert not semaphore._waiters
    semaphore._check()


@pytest.mark.parametrize("entering", [True, False])
def test_release_of_two_struck_adds_both_and_wakes_two_or_does_nothing(entering):
    semaphore = Semaphore(0)
    gates = [stand_in(semaphore._waiters) for _ in range(3)]
    strike(semaphore, entering=entering)
    with pytest.raises(Strike):
        semaphore.release(2)
    assert semaphore._value == (0 if entering else 2)
    assert [gate.locked() for gate in gates] == [entering, entering, True]


@pytest.mark.parametrize("done", [False, True])
def test_release_struck_while_it_wakes_has_added_nothing(monkeypatch, done):
    """A release fails as a whole; who was woken for nothing looks and sleeps on."""
    semaphore = Semaphore(0)
    stand_in(semaphore._waiters)
    strike_wakings(monkeypatch, done=done)
    with pytest.raises(Strike):
        semaphore.release()
    assert semaphore._value == 0
    semaphore._check()


def test_release_struck_when_done_has_released(crew):
    semaphore = Semaphore(0)
    task = crew.start(semaphore.acquire)
    crew.asleep(semaphore)
    strike(semaphore)
    with pytest.raises(Strike):
        semaphore.release()
    assert task.result() is True


@pytest.mark.parametrize("make", [Semaphore, BoundedSemaphore])
@pytest.mark.parametrize("entering", [True, False])
def test_exit_struck_at_its_mutex_releases_once_and_wakes_the_next(make, entering):
    """Nobody leaves a block twice, so the way out finishes what is owed, and no more."""
    semaphore = make()
    semaphore.acquire()
    gate = stand_in(semaphore._waiters)
    strike(semaphore, entering=entering)
    with pytest.raises(Strike):
        semaphore.__exit__(None, None, None)
    assert semaphore._value == 1
    assert not gate.locked()
    semaphore._check()


@pytest.mark.parametrize("make", [Semaphore, BoundedSemaphore])
@pytest.mark.parametrize("done", [False, True])
def test_exit_struck_while_it_wakes_releases_once_and_wakes_the_next(monkeypatch, make, done):
    """The permit is there before anybody is woken, and stays."""
    semaphore = make()
    semaphore.acquire()
    gate = stand_in(semaphore._waiters)
    strike_wakings(monkeypatch, done=done)
    with pytest.raises(Strike):
        semaphore.__exit__(None, None, None)
    assert semaphore._value == 1
    assert not gate.locked()
    semaphore._check()


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


@pytest.mark.parametrize("done", [False, True])
def test_set_struck_while_it_wakes_goes_on_waking(monkeypatch, done):
    event = Event()
    gates = [stand_in(event._waiters) for _ in range(3)]
    strike_wakings(monkeypatch, done=done)
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
    monkeypatch.setattr(syncprims.waitqueue, "sleep", struck)
    with pytest.raises(Strike):
        event.wait()
    assert not event._waiters


def test_wait_that_finds_the_flag_raised_before_it_is_queued_returns_true():
    event = Event()
    mutex = event._mutex

    class RaisesTheFlag:
        def __enter__(self):
            event._mutex = mutex
            event.set()
            mutex.__enter__()

        def __exit__(self, *exc):
            mutex.__exit__(*exc)

    event._mutex = RaisesTheFlag()
    assert event.wait() is True
    assert not event._waiters


def test_wait_whose_time_is_up_as_the_flag_is_raised_returns_true(monkeypatch):
    event = Event()

    def late(gate, timeout):
        event.set()
        return False

    monkeypatch.setattr(syncprims.waitqueue, "sleep", late)
    assert event.wait(LIMIT) is True


# Condition


@pytest.mark.parametrize("nth", [1, 2])
def test_notify_struck_between_two_wakes_no_more_than_it_said(monkeypatch, nth):
    """Who was woken is out of the queue, and who was not is in it."""
    condition = Condition(Lock())
    calls = []

    class Gate:
        def release(self):
            calls.append(self)
            if len(calls) == nth:
                raise Strike

    gates = [Gate() for _ in range(3)]
    condition._waiters.update(dict.fromkeys(gates, True))
    with condition:
        with pytest.raises(Strike):
            condition.notify(2)
        assert list(condition._waiters) == gates[nth:]
    assert calls == gates[:nth]


def test_wait_struck_as_it_lets_go_still_holds_the_lock_and_has_left_the_queue():
    lock = Fragile(Lock())
    condition = Condition(lock)
    other = stand_in(condition._waiters)
    with condition:
        lock.strikes_release = 1
        with pytest.raises(Strike):
            Condition.wait(condition)
        assert lock.inner.locked()
        assert list(condition._waiters) == [other]
        assert other.locked()


@pytest.mark.parametrize("lock", [lambda: Fragile(Lock()), Lock, RLock])
def test_wait_struck_asleep_holds_the_lock_and_has_left_the_queue(monkeypatch, lock):
    condition = Condition(lock())
    monkeypatch.setattr(syncprims.waitqueue, "sleep", struck)
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

    monkeypatch.setattr(syncprims.waitqueue, "sleep", struck_when_notified)
    with condition:
        with pytest.raises(Strike):
            condition.wait()
        other = stand_in(condition._waiters)
        with pytest.raises(Strike):
            condition.wait()
        assert not other.locked()
        assert not condition._waiters


def test_wait_struck_again_and_again_takes_the_lock_back_first(monkeypatch):
    lock = Fragile(Lock())
    condition = Condition(lock)

    def notified(gate, timeout):
        other.append(stand_in(condition._waiters))
        condition._waiters.wake()
        lock.strikes_acquire = 3
        return True

    other = []
    monkeypatch.setattr(syncprims.waitqueue, "sleep", notified)
    with condition:
        with pytest.raises(Strike):
            condition.wait()
        assert lock.inner.locked()
        assert not other[0].locked()
    assert not lock.inner.locked()


# Barrier


def test_party_struck_as_it_has_come_breaks_the_barrier(crew, monkeypatch):
    barrier = Barrier(3)
    task = crew.start(barrier.wait)
    crew.asleep(barrier)
    until(lambda: barrier._waiters)
    monkeypatch.setattr(syncprims.waitqueue, "closed_gate", struck)
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
            until(lambda: barrier._waiters)

    barrier = Barrier(1, action)
    cycle = barrier._cycle
    assert barrier.wait() == 0
    assert early[0].result() == 0
    assert barrier._cycle is not cycle


def test_party_that_comes_while_an_action_that_fails_runs_finds_it_broken(crew):
    early = []

    def action():
        early.append(crew.start(barrier.wait))
        until(lambda: barrier._waiters)
        raise Strike

    barrier = Barrier(1, action)
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
    until(lambda: cycle.state is syncprims.barrier.FULL and barrier._waiters)
    barrier._let_pass(cycle)
    assert task.result() == 0
    assert not barrier.broken


@pytest.mark.parametrize("done", [False, True])
def test_last_party_struck_while_it_lets_the_others_pass_breaks_the_barrier(
    crew, monkeypatch, done
):
    """The meeting has not ended, so it ends broken, for all alike."""
    barrier = Barrier(3)
    tasks = [crew.start(barrier.wait) for _ in range(2)]
    crew.asleep(barrier, 2)
    until(lambda: len(barrier._waiters) == 2)
    strike_wakings(monkeypatch, done=done)
    with pytest.raises(Strike):
        barrier.wait()
    assert barrier.broken
    for task in tasks:
        with pytest.raises(BrokenBarrierError):
            task.result()


@pytest.mark.parametrize("end", ["reset", "abort"])
@pytest.mark.parametrize("done", [False, True])
def test_reset_and_abort_struck_while_they_wake_can_be_called_again(crew, monkeypatch, end, done):
    """What they did not do they do when called again, and nobody is left asleep."""
    barrier = Barrier(2)
    task = crew.start(barrier.wait)
    crew.asleep(barrier)
    until(lambda: barrier._waiters)
    strike_wakings(monkeypatch, done=done)
    with pytest.raises(Strike):
        getattr(barrier, end)()
    assert not barrier.broken
    getattr(barrier, end)()
    with pytest.raises(BrokenBarrierError):
        task.result()
    assert barrier.broken == (end == "abort")


def test_action_that_aborts_leaves_the_barrier_broken():
    barrier = Barrier(1, lambda: barrier.abort())
    with pytest.raises(BrokenBarrierError):
        barrier.wait()
    assert barrier.broken


# Queues


class Hooked(Queue):
    """A queue with a hook of its own."""

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
    """Return a queue of three."""
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


@if_with_may_return_twice
def test_get_struck_after_it_slept_returns_the_item(kind, crew):
    queue = kind()
    mutex = queue._mutex
    strike(queue)
    task = crew.start(queue.get)
    crew.asleep(queue)
    with mutex:
        queue._put("item")
        queue._getters.wake()
    with pytest.raises(Strike):
        task.result()
    assert drained(queue) == ["item"]
    assert not queue._getters


@pytest.mark.parametrize("done", [False, True])
def test_get_struck_while_it_wakes_a_putter_puts_the_item_back(kind, monkeypatch, done):
    """The item is there, and a getter that could have it is awake."""
    queue = filled(kind)
    putter, getter = stand_in(queue._putters), stand_in(queue._getters)
    strike_wakings(monkeypatch, done=done)
    with pytest.raises(Strike):
        queue.get()
    assert putter.locked() != done
    assert not getter.locked()
    assert sorted(drained(queue)) == [1, 2, 3]


@if_with_may_return_twice
def test_put_struck_with_the_item_added_has_put_it_and_a_getter_knows(kind):
    """The item is in and counted: somebody must know of it."""
    queue = kind()
    getter, putter = stand_in(queue._getters), stand_in(queue._putters)
    strike(queue)
    with pytest.raises(Strike):
        queue.put(1)
    assert not getter.locked()
    assert putter.locked()
    assert (drained(queue), queue.unfinished_tasks) == ([1], 1)


def test_put_struck_before_it_added_wakes_another_putter(kind):
    """The room is for whoever else wants it."""
    queue = kind()
    getter, putter = stand_in(queue._getters), stand_in(queue._putters)
    strike(queue, entering=True)
    with pytest.raises(Strike):
        queue.put(1)
    assert getter.locked()
    assert not putter.locked()
    assert (queue.qsize(), queue.unfinished_tasks) == (0, 0)


@pytest.mark.parametrize("done", [False, True])
def test_put_struck_while_it_wakes_a_getter_has_put_the_item_and_wakes_it(kind, monkeypatch, done):
    """The getter wakes, by the put or by its undoing."""
    queue = kind()
    getter = stand_in(queue._getters)
    strike_wakings(monkeypatch, done=done)
    with pytest.raises(Strike):
        queue.put(1)
    assert not getter.locked()
    assert (drained(queue), queue.unfinished_tasks) == ([1], 1)


@pytest.mark.parametrize("way", ["get", "put"])
def test_queue_struck_asleep_leaves_the_queue_as_it_was(kind, monkeypatch, way):
    """Who is interrupted asleep has changed nothing."""
    queue = kind(0 if way == "get" else 1)
    if way == "put":
        queue.put(1)
    monkeypatch.setattr(syncprims.waitqueue, "sleep", struck)
    with pytest.raises(Strike):
        queue.get() if way == "get" else queue.put(2)
    assert not queue._getters
    assert not queue._putters
    assert queue.qsize() == queue.unfinished_tasks == (way == "put")


@pytest.mark.parametrize("done", [False, True])
def test_last_task_done_struck_while_it_wakes_has_not_counted(monkeypatch, done):
    """It can be called again, and joiners that woke too early look and sleep on."""
    queue = Queue()
    queue.put(1)
    joiner = stand_in(queue._joiners)
    strike_wakings(monkeypatch, done=done)
    with pytest.raises(Strike):
        queue.task_done()
    assert queue.unfinished_tasks == 1
    queue.task_done()
    assert not joiner.locked()


@pytest.mark.parametrize("immediate", [False, True])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_shutdown_struck_while_it_wakes_leaves_nobody_asleep(kind, monkeypatch, nth, immediate):
    """Once it is said, everybody hears of it."""
    queue = filled(kind)
    gates = [stand_in(each) for each in (queue._getters, queue._putters, queue._joiners)]
    strike_wakings(monkeypatch, nth)
    with pytest.raises(Strike):
        queue.shutdown(immediate)
    assert queue.is_shutdown
    assert not any(gate.locked() for gate in gates)
    assert queue.qsize() == queue.unfinished_tasks == (0 if immediate else 3)


@pytest.mark.parametrize("entering", [True, False])
def test_shutdown_struck_at_its_mutex_wakes_everybody(entering):
    """Struck before it began or after it was said: nobody sleeps in a queue that is shut down."""
    queue = Queue()
    gates = [stand_in(each) for each in (queue._getters, queue._putters, queue._joiners)]
    strike(queue, entering=entering)
    with pytest.raises(Strike):
        queue.shutdown()
    assert queue.is_shutdown != entering
    assert not any(gate.locked() for gate in gates)


def test_shutdown_struck_half_way_through_the_items_counts_those_it_took(kind, monkeypatch):
    """What is left is there and counted, what was taken is not."""

    class Struck(kind):
        taken = 0

        def _get(self):
            self.taken += 1
            if self.taken == 3:
                raise Strike
            return super()._get()

    queue = filled(Struck)
    with pytest.raises(Strike):
        queue.shutdown(immediate=True)
    assert queue.qsize() == queue.unfinished_tasks == 1


@pytest.mark.parametrize("after", [True, False])
def test_put_whose_hook_raises_leaves_what_the_hook_left_and_counts_nothing(after):
    """As in the standard library: what a hook raises means that it has not put."""

    class Refuses(Queue):
        def _put(self, item):
            if after:
                super()._put(item)
            raise Strike

    queue = Refuses()
    with pytest.raises(Strike):
        queue.put(1)
    assert (queue.qsize(), queue.unfinished_tasks) == (after, 0)


# SimpleQueue


@pytest.mark.parametrize("items", [0, 1])
def test_simple_get_struck_asleep_leaves_the_queue_and_wakes_the_next(monkeypatch, items):
    """If there is an item, it may be what it was woken for, and the next must know."""
    queue = SimpleQueue()
    gate = closed_gate()

    def struck_asleep(own_gate, timeout):
        queue._getters.append(gate)
        queue._items.extend(range(items))
        raise Strike

    monkeypatch.setattr(syncprims.waitqueue, "sleep", struck_asleep)
    with pytest.raises(Strike):
        queue.get()
    assert list(queue._getters) == [gate] * (1 - items)
    assert gate.locked() == (not items)


def test_simple_get_struck_as_it_leaves_the_queue_loses_no_item(monkeypatch):
    class Struck(SimpleQueue):
        leaving = 0

        def _leave(self, gate):
            Struck.leaving += 1
            super()._leave(gate)
            if Struck.leaving == 1:
                raise Strike

    queue = Struck()

    def two_come(gate, timeout):
        queue.put(1)
        queue.put(2)
        return True

    monkeypatch.setattr(syncprims.waitqueue, "sleep", two_come)
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
    gate = closed_gate()
    queue._getters.append(gate)
    with pytest.raises(Strike):
        queue.put(1)
    assert not gate.locked()
    assert queue.get() == 1


@pytest.mark.parametrize("items", [1, 2])
def test_simple_get_whose_time_is_up_as_an_item_comes_gets_it(monkeypatch, items):
    """The last look is after the time; whoever is queued behind is left to its own item's put."""
    queue = SimpleQueue()
    gate = closed_gate()

    def comes_as_the_time_is_up(own_gate, timeout):
        queue.put(1)
        queue._getters.append(gate)
        for item in range(2, items + 1):
            queue.put(item)
        return False

    monkeypatch.setattr(syncprims.waitqueue, "sleep", comes_as_the_time_is_up)
    assert queue.get(timeout=LIMIT) == 1
    assert gate.locked() == (items == 1)


def test_simple_get_whose_time_is_up_leaves_the_queue_and_raises_empty(monkeypatch):
    queue = SimpleQueue()
    monkeypatch.setattr(syncprims.waitqueue, "sleep", lambda gate, timeout: False)
    with pytest.raises(Empty):
        queue.get(timeout=LIMIT)
    assert not queue._getters


def test_simple_get_robbed_of_its_item_queues_a_new_gate(monkeypatch):
    """Woken in vain, it sleeps on what is left of its time."""
    queue, gates = SimpleQueue(), []

    def woken_in_vain(gate, timeout):
        gates.append(gate)
        assert list(queue._getters) == [gate]
        assert gate.locked()
        queue.put(len(gates))
        if len(gates) < 3:
            queue._items.clear()
        return True

    monkeypatch.setattr(syncprims.waitqueue, "sleep", woken_in_vain)
    assert queue.get() == 3
    assert len(set(gates)) == 3


def test_simple_get_that_sees_an_item_as_it_queues_does_not_sleep(monkeypatch):
    """An item put between the look and the queueing is not missed."""
    queue = SimpleQueue()

    class Late(list):
        def append(self, gate):
            super().append(gate)
            queue._items.append("late")

    queue._getters = Late()
    monkeypatch.setattr(syncprims.waitqueue, "sleep", struck)
    assert queue.get() == "late"
    assert not queue._getters
