"""Each primitive's ``_check()`` is silent on a sound object and fails on a broken one."""

import pytest

from syncprims import (
    Barrier,
    BoundedSemaphore,
    Condition,
    Event,
    LifoQueue,
    PriorityQueue,
    Queue,
    RLock,
    Semaphore,
    SimpleQueue,
    concurrent_tee,
    serialize_iterator,
)
from syncprims.barrier import PASSED
from syncprims.lock import Lock


class ShyBarrier(Barrier):
    """A barrier that pytest may show though its mutex is held, where an assert in it fails."""

    __repr__ = object.__repr__


def broken_rlock_owner(lock):
    lock._owner = 1


def broken_rlock_depth(lock):
    lock._owner, lock._depth = 1, 1


def open_gate_in(name):
    def breaks(primitive):
        getattr(primitive, name)[Lock()] = True

    breaks.__name__ = f"open_gate_in{name}"
    return breaks


def too_few(semaphore):
    semaphore._value = -1


def too_many(semaphore):
    semaphore._value = 2


def too_many_arrived(barrier):
    barrier._cycle.arrived = 2


def never_renewed(barrier):
    barrier._cycle.state = PASSED


def too_many_done(queue):
    queue.unfinished_tasks = -1


def open_getter(queue):
    queue._getters.append(Lock())


def left_held(iterator):
    iterator.lock.acquire()


def half_a_link(tee):
    tee._link.append("item")


BREAKAGES = [
    (lambda: serialize_iterator(()), left_held),
    (lambda: concurrent_tee((), 1)[0], half_a_link),
    (RLock, broken_rlock_owner),
    (RLock, broken_rlock_depth),
    (lambda: Condition(Lock()), open_gate_in("_waiters")),
    (Event, open_gate_in("_waiters")),
    (Semaphore, open_gate_in("_waiters")),
    (Semaphore, too_few),
    (BoundedSemaphore, too_many),
    (lambda: ShyBarrier(2), too_many_arrived),
    (lambda: ShyBarrier(2), open_gate_in("_waiters")),
    (lambda: ShyBarrier(2), never_renewed),
    *[
        (kind, breaks)
        for kind in (Queue, LifoQueue, PriorityQueue)
        for breaks in (
            open_gate_in("_getters"),
            open_gate_in("_putters"),
            open_gate_in("_joiners"),
            too_many_done,
        )
    ],
    (SimpleQueue, open_getter),
]


@pytest.mark.parametrize(("make", "breaks"), BREAKAGES)
def test_check_fails_once_an_invariant_is_broken(make, breaks):
    primitive = make()
    primitive._check()
    breaks(primitive)
    with pytest.raises(AssertionError, match=r"I\d"):
        primitive._check()


def test_check_is_silent_while_a_thread_sleeps(crew):
    event, semaphore, queue = Event(), Semaphore(0), Queue()
    waits = [(event, event.wait), (semaphore, semaphore.acquire), (queue, queue.get)]
    for primitive, wait in waits:
        task = crew.start(wait)
        crew.asleep(primitive)
        primitive._check()
        {event: event.set, semaphore: semaphore.release, queue: lambda: queue.put(1)}[primitive]()
        task.result()
        primitive._check()
