"""The registry that makes a forked child's copies usable."""

import gc
import os
import signal
import sys
import threading
from contextlib import suppress
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
    concurrent_tee,
    fork,
    serialize_iterator,
)
from syncprims.conformance.crew import until
from syncprims.conformance.delays import BRIEF, LIMIT
from syncprims.conformance.queues import forgotten
from syncprims.conformance.signals import await_child, in_child, interruptible
from syncprims.lock import Lock, Mutex
from syncprims.waitqueue import closed_gate

from .strikes import Strike, struck

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
needs_signals = pytest.mark.skipif(
    not hasattr(signal, "pthread_kill"), reason="this platform cannot signal a thread"
)
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
    "serialize_iterator": lambda: serialize_iterator(()),
    "concurrent_tee": lambda: concurrent_tee((), 1)[0],
}


@pytest.fixture(name="make", params=MAKERS.values(), ids=MAKERS)
def any_maker(request):
    return request.param


def remembered():
    """Return what the registry holds and is alive."""
    return [primitive for ref in list(fork._remembered) if (primitive := ref()) is not None]


def locks_of(primitive):
    """Return the locks that are the primitive's own."""
    return [primitive._mutex.lock] if hasattr(primitive, "_mutex") else []


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


def test_object_that_cannot_be_mended_keeps_no_other_from_it():
    """Each is told, and then the error comes out, which Python prints."""
    told = []

    class Broken(Semaphore):
        armed = True

        def _after_fork(self):
            told.append(self)
            if self.armed:
                raise Strike

    both = [Broken(), Broken()]
    with pytest.raises(Strike):
        fork._after_fork_in_child()
    Broken.armed = False
    assert sorted(map(id, told)) == sorted(map(id, both))


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


@pytest.mark.parametrize("name", ["Semaphore", "Condition", "SimpleQueue", "Queue"])
def test_handler_forgets_the_sleepers_and_opens_their_gates(name):
    primitive = MAKERS[name]()
    gate = closed_gate()
    if name == "SimpleQueue":
        primitive._getters.append(gate)
    else:
        getattr(primitive, "_getters" if name == "Queue" else "_waiters")[gate] = True
    primitive._after_fork()
    assert not getattr(primitive, "_waiters", None)
    assert not getattr(primitive, "_getters", None)
    assert not gate.locked()


def test_handler_keeps_an_events_sleepers():
    """The thread that forked may be one of them, and only ``set`` wakes it."""
    event = Event()
    gate = closed_gate()
    event._waiters[gate] = True
    event._after_fork()
    assert list(event._waiters) == [gate]
    assert gate.locked()


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


@pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])
def test_handler_of_a_queue_that_was_held_makes_its_conditions_anew(kind):
    """They are over the new mutex, and share the sleepers as before."""
    queue = kind()
    names = ("not_empty", "not_full", "all_tasks_done")
    old = [getattr(queue, name) for name in names]
    queue.mutex.acquire()
    queue._after_fork()
    for name, before in zip(names, old, strict=True):
        condition = getattr(queue, name)
        assert condition is not before
        assert condition is getattr(queue, name)
        assert condition._waiters is before._waiters
        with condition:
            assert queue.mutex.locked()
    assert not queue.mutex.locked()


def test_handler_of_a_queue_that_nobody_held_keeps_its_conditions():
    """What other code has got from the queue stays good."""
    queue = Queue()
    condition, mutex = queue.not_empty, queue.mutex
    queue._after_fork()
    assert queue.not_empty is condition
    assert queue.mutex is mutex


@pytest.mark.parametrize("name", [name for name in MAKERS if hasattr(MAKERS[name](), "_mutex")])
def test_fork_inside_the_mutex_lets_the_thread_leave_it(name):
    """The thread that forks may be inside: it can still let go, and come again."""
    primitive = MAKERS[name]()
    mutex = primitive._mutex
    old = mutex.lock
    with mutex:
        primitive._after_fork()
    assert not old.locked()
    assert is_free(primitive)
    with mutex:
        assert mutex.lock.locked()
    assert is_free(primitive)


@pytest.mark.parametrize("broken", [False, True])
def test_handler_starts_a_new_meeting_that_is_broken_if_the_barrier_was(broken):
    barrier = Barrier(2)
    barrier._cycle.arrived = 1
    if broken:
        barrier.abort()
    barrier._after_fork()
    assert (barrier.n_waiting, barrier.broken) == (0, broken)
    barrier._check()


def test_handler_tells_who_waits_at_a_barrier_that_its_meeting_is_over(crew):
    """The thread that forked may wait there: the others will never come."""
    barrier = Barrier(2)
    task = crew.start(pytest.raises, BrokenBarrierError, barrier.wait)
    crew.asleep(barrier)
    until(lambda: barrier._waiters)
    barrier._after_fork()
    assert task.result()
    assert not barrier.broken
    assert barrier.n_waiting == 0


def test_handler_of_a_barrier_that_was_held_takes_a_new_mutex(crew):
    """Whoever came there is gone, and who comes next finds it free and empty."""
    barrier = Barrier(1)
    crew.start(barrier._mutex.lock.acquire).result()
    barrier._cycle.arrived = 1
    barrier._after_fork()
    assert barrier.wait() == 0
    barrier._check()


def notify(condition):
    with condition:
        condition.notify()


def wait_for_notice(condition):
    with condition:
        condition.wait()


SLEEPS = {
    "Condition": (lambda: Condition(Lock()), wait_for_notice, notify),
    "Event": (Event, Event.wait, Event.set),
    "Semaphore": (lambda: Semaphore(0), Semaphore.acquire, Semaphore.release),
    "Barrier": (lambda: Barrier(2), Barrier.wait, Barrier.abort),
    "Queue": (Queue, Queue.get, lambda queue: queue.put(1)),
    "SimpleQueue": (SimpleQueue, SimpleQueue.get, lambda queue: queue.put(1)),
}


@needs_fork
@needs_signals
@FORKS_WITH_THREADS
@pytest.mark.parametrize("name", SLEEPS)
def test_thread_whose_handler_forks_as_it_sleeps_sleeps_on_in_the_child(name, crew):
    """What the handler's child does to the primitive wakes the thread there as it would here."""
    make, sleep, wake = SLEEPS[name]
    primitive, parent, children = make(), os.getpid(), []

    def fork_here():
        children.append(os.fork())
        if children == [0]:
            wake(primitive)

    def strike():
        crew.asleep(primitive)
        interrupt()
        wake(primitive)

    with interruptible(fork_here) as interrupt:
        striking = crew.start(strike)
        with suppress(BrokenBarrierError):
            sleep(primitive)
        if os.getpid() != parent:
            os._exit(0)
        striking.result()
    assert await_child(children[0]) == 0


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
        _, condition, _, event, semaphore, bounded, barrier, *queues, numbers, tee = primitives
        with condition:
            assert not condition.wait(0)
        event.set()
        semaphore.release()
        assert event.wait(LIMIT)
        assert semaphore.acquire(timeout=LIMIT)
        assert not bounded.acquire(False)
        with pytest.raises(BrokenBarrierError):
            barrier.wait(0)
        assert list(numbers) == list(tee) == []
        for queue in queues:
            queue.put(1)
            assert queue.get(timeout=LIMIT) == 1

    try:
        in_child(child)
    finally:
        stop.release()
    task.result()


def test_handler_lets_an_action_that_has_forked_go_on():
    """The thread that forks in a barrier's action is there in the child, and ends the meeting."""
    barrier = Barrier(1, lambda: barrier._after_fork())
    assert barrier.wait() == 0
    assert not barrier.broken
    assert barrier.wait() == 0


def test_handler_ends_a_meeting_whose_action_another_thread_ran(crew):
    """That thread is not there in the child: who comes next begins anew."""
    barrier = Barrier(1, lambda: crew.start(barrier._after_fork).result())
    with pytest.raises(BrokenBarrierError):
        barrier.wait()
    barrier._action = None
    assert barrier.wait() == 0


def test_after_fork_a_mutex_that_a_thread_is_just_taking_goes_over(crew):
    """Up to 3.12 ``locked`` says no until the thread that has the lock has the GIL as well."""
    old, interval = Lock(), sys.getswitchinterval()
    mutex = Mutex(old)
    old.acquire()
    task = crew.start(old.acquire)
    crew.asleep(old)
    sys.setswitchinterval(1000)
    try:
        old.release()
        while old.acquire(False):  # until the other thread has taken it, and waits for the GIL
            old.release()
        mutex.after_fork()
        assert mutex.lock is not old
    finally:
        sys.setswitchinterval(interval)
    task.result()


SLEEPERS = {name: SLEEPS[name] for name in ("Event", "Semaphore", "Queue")}


@needs_fork
@needs_signals
@FORKS_WITH_THREADS
@pytest.mark.parametrize("name", SLEEPERS)
def test_thread_whose_handler_forks_while_another_has_the_mutex_wakes_in_the_child(name, crew):
    """It sleeps without the mutex, which another thread has: in the child it is woken, and goes."""
    make, sleep, wake = SLEEPERS[name]
    primitive, parent, forked = make(), os.getpid(), threading.Event()
    children = []

    def fork_here():
        children.append(os.fork())
        if children == [0]:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(5)
            wake(primitive)
        forked.set()

    def hold():
        crew.asleep(primitive)
        with primitive._mutex:
            interrupt()
            forked.wait()
        wake(primitive)

    with interruptible(fork_here) as interrupt:
        holding = crew.start(hold)
        sleep(primitive)
        if os.getpid() != parent:
            os._exit(0)
        holding.result()
    assert await_child(children[0]) == 0


@needs_fork
@needs_signals
@FORKS_WITH_THREADS
def test_thread_forked_asleep_while_another_has_the_mutex_sleeps_again_in_the_child(crew):
    """Woken for nothing in the child, it sleeps on, and a handler that raises ends that sleep."""
    queue, parent, forked, children = Queue(), os.getpid(), threading.Event(), []

    def fork_here():
        children.append(os.fork())
        if children == [0]:
            signal.signal(signal.SIGALRM, struck)
            signal.setitimer(signal.ITIMER_REAL, BRIEF, BRIEF)
            queue._getters.wake()
        forked.set()

    def hold():
        crew.asleep(queue)
        with queue.mutex:
            interrupt()
            forked.wait()
        queue.put(1)

    with interruptible(fork_here) as interrupt:
        holding = crew.start(hold)
        try:
            queue.get()
        except BaseException as error:
            if os.getpid() != parent:
                os._exit(not isinstance(error, Strike))
            raise
        holding.result()
    assert await_child(children[0]) == 0
