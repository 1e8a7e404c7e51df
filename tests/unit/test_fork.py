"""The registry that makes a forked child's copies usable."""

import gc
import os
from pathlib import Path

import pytest

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
    fork,
)
from syncprims.conformance.delays import LIMIT
from syncprims.conformance.harness import in_child, needs_fork, until
from syncprims.conformance.queues import forgotten
from syncprims.lock import Lock
from syncprims.waitqueue import closed_gate

FORKS_WITH_THREADS = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

MAKERS = {
    "RLock": RLock,
    "Condition": Condition,
    "ConditionOverLock": lambda: Condition(Lock()),
    "Event": Event,
    "Semaphore": lambda: Semaphore(0),
    "BoundedSemaphore": lambda: BoundedSemaphore(0),
    "Barrier": lambda: Barrier(2),
    "Queue": Queue,
    "LifoQueue": LifoQueue,
    "PriorityQueue": PriorityQueue,
    "SimpleQueue": SimpleQueue,
}


@pytest.fixture(name="make", params=MAKERS.values(), ids=MAKERS)
def any_maker(request):
    return request.param


def remembered():
    """Return what the registry holds and is alive."""
    return [primitive for ref in list(fork._remembered) if (primitive := ref()) is not None]


def locks_of(primitive):
    """Return the locks that are the primitive's own."""
    section = getattr(primitive, "_section", getattr(primitive, "_mutex", None))
    return [section.__exit__.__self__] if section else []


def held(primitive):
    """Leave a primitive as a fork would find it if another thread were inside."""
    for lock in locks_of(primitive):
        lock.acquire()


def is_free(primitive):
    return not any(lock.locked() for lock in locks_of(primitive))


def test_primitive_joins_the_registry_when_made_and_leaves_it_when_dropped(make):
    primitive = make()
    assert any(primitive is each for each in remembered())
    gc.collect()
    before = len(fork._remembered)
    ref = next(ref for ref in fork._remembered if ref() is primitive)
    del primitive
    until(lambda: forgotten(ref))
    assert ref not in fork._remembered
    assert len(fork._remembered) < before


def test_registry_tells_objects_apart_that_are_equal():
    class Alike(Event):
        def __eq__(self, other):
            raise AssertionError("asked")

        def __hash__(self):
            raise AssertionError("asked")

    first, second = Alike(), Alike()
    assert sum(each is first or each is second for each in remembered()) == 2


def test_registry_skips_what_has_died_but_not_yet_left():
    event = Event()
    ref = fork._Ref(event)  # without the callback that takes it out
    fork._remembered.add(ref)
    try:
        del event
        until(lambda: forgotten(ref))
        fork._after_fork_in_child()
    finally:
        fork._remembered.discard(ref)


def test_nothing_is_registered_where_there_is_no_fork(monkeypatch):
    code = compile(Path(fork.__file__).read_text(encoding="utf-8"), fork.__file__, "exec")
    monkeypatch.delattr(os, "register_at_fork", raising=False)
    names = {"__name__": "elsewhere"}
    exec(code, names)
    event = Event()
    names["remember"](event)
    assert [ref() for ref in names["_remembered"]] == [event]


def test_handler_frees_what_another_thread_held(make, crew):
    primitive = make()
    crew.start(held, primitive).result()
    primitive._after_fork()
    assert is_free(primitive)


@pytest.mark.parametrize("name", ["Event", "Semaphore", "Condition", "SimpleQueue", "Queue"])
def test_handler_forgets_the_sleepers(name):
    primitive = MAKERS[name]()
    gate, opener = closed_gate()
    if name == "SimpleQueue":
        primitive._openers.append(opener)
    else:
        getattr(primitive, "_getters" if name == "Queue" else "_waiters")[gate] = opener
    primitive._after_fork()
    assert not getattr(primitive, "_waiters", None)
    assert not getattr(primitive, "_getters", None)
    assert not getattr(primitive, "_openers", None)


def test_handler_leaves_an_rlock_to_the_thread_that_forked():
    lock = RLock()
    with lock, lock:
        lock._after_fork()
        assert lock._recursion_count() == 2
    assert not lock.locked()


def test_handler_takes_an_rlock_from_a_thread_that_is_no_more(crew):
    lock = RLock()
    crew.start(lock.acquire).result()
    lock._after_fork()
    assert not lock.locked()
    lock._check()


def test_handler_leaves_a_conditions_lock_alone():
    lock = Lock()
    condition = Condition(lock)
    with condition:
        condition._after_fork()
        assert lock.locked()


def test_reinit_frees_a_conditions_lock_too():
    condition = Condition(Lock())
    condition.acquire()
    condition._at_fork_reinit()
    assert not condition.locked()


@pytest.mark.parametrize("broken", [False, True])
def test_handler_starts_a_new_meeting_that_is_broken_if_the_barrier_was(broken):
    barrier = Barrier(2)
    barrier._cycle.arrived = 1
    if broken:
        barrier.abort()
    barrier._after_fork()
    assert (barrier.n_waiting, barrier.broken) == (0, broken)
    barrier._check()


@needs_fork
@FORKS_WITH_THREADS
def test_child_can_use_what_another_thread_was_inside_of(crew):
    primitives = [make() for make in MAKERS.values()]
    stop = Lock()
    stop.acquire()

    def stay_inside():
        for primitive in primitives:
            held(primitive)
        inside.append(True)
        stop.acquire()
        for primitive in primitives:
            primitive._after_fork()

    inside = []
    task = crew.start(stay_inside)
    until(lambda: inside)

    def child():
        for primitive in primitives:
            assert is_free(primitive), primitive
            if isinstance(primitive, Condition):
                with primitive:
                    primitive._check()
            else:
                primitive._check()
        _, condition, _, event, semaphore, bounded, barrier, *queues = primitives
        with condition:
            assert not condition.wait(0)
        event.set()
        semaphore.release()
        assert event.wait(LIMIT)
        assert semaphore.acquire(timeout=LIMIT)
        assert not bounded.acquire(False)
        with pytest.raises(BrokenBarrierError):
            barrier.wait(0)
        for queue in queues:
            queue.put(1)
            assert queue.get(timeout=LIMIT) == 1

    try:
        in_child(child)
    finally:
        stop.release()
    task.result()
