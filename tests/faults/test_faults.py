"""Struck at any point, an operation breaks nothing: each case is run once for every point.

After each run: no lock is held, no permit or item is lost or made up, nobody sleeps on although
what it waits for has come, nobody who has gone is queued, and the object works.
"""

import sys
from contextlib import suppress

import pytest

from syncprims import (
    Barrier,
    BoundedSemaphore,
    BrokenBarrierError,
    Condition,
    Empty,
    Event,
    Full,
    LifoQueue,
    Lock,
    PriorityQueue,
    Queue,
    RLock,
    Semaphore,
    SimpleQueue,
)
from syncprims.conformance.delays import EARLY
from syncprims.conformance.harness import Crew, sleepers, until

from .inject import Strike, Struck

pytestmark = pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info < (3, 11),
    reason="where CPython looks for signals is known for 3.11 and later",
)

WITHIN = 2.0  # seconds: the object must work again
QUEUES = [Queue, LifoQueue, PriorityQueue]


def broken(make, operate, check, wake=None):
    """Strike ``operate(make())`` at each point; return how many there are, and where it broke.

    ``wake`` lets the operation go on once it sleeps. ``check`` gets the object and what the
    operation returned, or Struck.
    """
    found, at = [], 0
    while True:
        primitive, strike, crew = make(), Strike(at), Crew()
        task = crew.start(strike, lambda primitive=primitive: operate(primitive))
        if wake is not None:
            until(lambda: task.done or sleepers(primitive))  # noqa: B023
            wake(primitive)
        try:
            outcome = task.result(WITHIN)
        except Struck:
            outcome = Struck
        if strike.passed <= at:
            return at, found
        try:
            crew.start(check, primitive, outcome).result(WITHIN)
        except BaseException as error:
            found.append((strike.where, repr(error).partition("\n")[0]))
        at += 1


def left_at(found):
    """Return the names of the functions at whose entry or inside which something was lost."""
    return {where.split()[1].partition("+")[0] for where, _ in found}


def enter(primitive):
    with primitive:
        pass


def give_and_take(queue):
    queue.put(1)
    return queue.get()


# What must hold afterwards


def is_free(lock):
    assert lock.acquire(False)
    lock.release()


def all_permits(n):
    def check(semaphore, outcome):
        assert semaphore._value == n
        semaphore._check()
        semaphore.acquire()
        semaphore.release()

    return check


def permits_add_up(n):
    """There are `n` permits, unless the operation got one."""

    def check(semaphore, outcome):
        assert semaphore._value == n - (outcome is True)
        assert not semaphore._waiters
        semaphore._check()

    return check


def items_add_up(n):
    """There are `n` items, unless the operation got one."""

    def check(queue, outcome):
        left = n - (outcome is not Struck and outcome is not None)
        assert queue.qsize() == left
        assert not getattr(queue, "_getters", None)
        queue._check()
        queue.put(2)
        assert queue.get(timeout=WITHIN) is not None

    return check


def queue_is_whole(queue, outcome):
    """Every item is counted as a task, at most one task more is open, and the queue works."""
    assert queue.qsize() <= queue.unfinished_tasks <= queue.qsize() + 1
    assert not queue._getters
    assert not queue._putters
    queue._check()
    while not queue.empty():
        queue.get_nowait()
    give_and_take(queue)


def event_works(event, outcome):
    assert not event._waiters
    event._check()
    event.set()
    assert event.wait(WITHIN)


def condition_works(condition, outcome):
    assert len(condition._waiters) == 0
    assert condition.acquire(False)
    condition.notify()
    condition.release()


def barrier_works(barrier, outcome):
    barrier._check()
    if barrier.broken:
        barrier.reset()
    crew = Crew()
    parties = [crew.start(barrier.wait) for _ in range(barrier.parties)]
    assert sorted(task.result(WITHIN) for task in parties) == list(range(barrier.parties))


def wait_in(condition, timeout=None):
    with condition:
        return condition.wait(timeout)


def notify(condition):
    with condition:
        condition.notify()


def meet(barrier):
    with suppress(BrokenBarrierError):
        barrier.wait(WITHIN)


FREE = {
    "Semaphore": (lambda: Semaphore(2), lambda s: s.acquire(), permits_add_up(2)),
    "Semaphore release": (lambda: Semaphore(0), lambda s: s.release(), None),
    "Condition(Lock()) with": (
        lambda: Condition(Lock()),
        enter,
        lambda c, _: is_free(c),
    ),
    "Condition(Lock()) notify": (lambda: Condition(Lock()), notify, condition_works),
    "Event set, clear": (Event, lambda e: (e.set(), e.clear()), event_works),
    "Event wait": (Event, lambda e: (e.set(), e.wait()), event_works),
    "Barrier(1)": (lambda: Barrier(1), Barrier.wait, barrier_works),
    "Barrier(1) with action": (lambda: Barrier(1, lambda: None), Barrier.wait, barrier_works),
    "Barrier reset": (lambda: Barrier(2), Barrier.reset, barrier_works),
    "SimpleQueue": (SimpleQueue, give_and_take, None),
    **{f"{kind.__name__} put, get": (kind, give_and_take, queue_is_whole) for kind in QUEUES},
}

TIMED_OUT = {
    "Semaphore": (lambda: Semaphore(0), lambda s: s.acquire(timeout=EARLY), permits_add_up(0)),
    "Condition(Lock())": (lambda: Condition(Lock()), lambda c: wait_in(c, EARLY), condition_works),
    "Event": (Event, lambda e: e.wait(EARLY), event_works),
    "Barrier": (lambda: Barrier(2), lambda b: b.wait(EARLY), barrier_works),
    **{f"{k.__name__} get": (k, lambda q: q.get(timeout=EARLY), queue_is_whole) for k in QUEUES},
    **{
        f"{k.__name__} put": (
            lambda k=k: filled(k),
            lambda q: q.put(2, timeout=EARLY),
            queue_is_whole,
        )
        for k in QUEUES
    },
}

HANDED_OFF = {
    "Semaphore": (lambda: Semaphore(0), Semaphore.acquire, Semaphore.release, permits_add_up(1)),
    "Condition(Lock())": (lambda: Condition(Lock()), wait_in, notify, condition_works),
    "Event": (Event, Event.wait, Event.set, event_works),
    "Barrier": (lambda: Barrier(2), Barrier.wait, meet, barrier_works),
    **{f"{k.__name__} get": (k, k.get, lambda q: q.put(1), items_add_up(1)) for k in QUEUES},
    **{
        f"{k.__name__} put": (
            lambda k=k: filled(k),
            lambda q: q.put(2),
            lambda q: q.get(),
            queue_is_whole,
        )
        for k in QUEUES
    },
}


def filled(kind):
    queue = kind(1)
    queue.put(1)
    return queue


@pytest.mark.parametrize("name", FREE)
def test_operation_that_need_not_wait_struck_anywhere_breaks_nothing(name):
    """Struck anywhere in an operation that need not wait, the object is whole."""
    make, operate, check = FREE[name]
    tried, found = broken(make, operate, check or (lambda primitive, _: primitive._check()))
    assert not found, f"{len(found)} of {tried}"


@pytest.mark.parametrize("name", TIMED_OUT)
def test_wait_that_times_out_struck_anywhere_breaks_nothing(name):
    """Struck anywhere in a wait that nobody ends, the object is whole."""
    make, operate, check = TIMED_OUT[name]

    def patient(primitive):
        with suppress(Empty, Full, BrokenBarrierError):
            return operate(primitive)

    tried, found = broken(make, patient, check)
    assert tried
    assert not found, f"{len(found)} of {tried}"


@pytest.mark.parametrize("name", HANDED_OFF)
def test_wait_that_is_ended_struck_anywhere_breaks_nothing(name):
    """Struck anywhere in a wait that another thread ends, what it was given is not lost."""
    make, operate, wake, check = HANDED_OFF[name]

    def met(primitive):
        with suppress(BrokenBarrierError):
            return operate(primitive)

    tried, found = broken(make, met, check, wake)
    assert tried
    assert not found, f"{len(found)} of {tried}"


@pytest.mark.parametrize(
    ("make", "check"),
    [
        (Semaphore, all_permits(1)),
        (BoundedSemaphore, all_permits(1)),
        (RLock, lambda lock, _: is_free(lock)),
        (Condition, lambda condition, _: is_free(condition)),
    ],
)
def test_with_whose_exit_is_in_python_breaks_only_there(make, check):
    """Only the way into ``__exit__`` and on to the release can keep what was taken."""
    on_the_way = {"__exit__", "release"}
    if sys.version_info[:2] == (3, 14):  # where release enters its section by a Python function
        on_the_way.add("__enter__")
    tried, found = broken(make, enter, check)
    assert left_at(found) <= on_the_way, f"{len(found)} of {tried}"
