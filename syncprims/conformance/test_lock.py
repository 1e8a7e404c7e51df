"""What a Lock owes: at most one holder, and no owner."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import time
import weakref

from syncprims.conformance.crew import Crew, until
from syncprims.conformance.delays import BRIEF, LIMIT
from syncprims.conformance.requirement import cases, raises, requirement
from syncprims.conformance.signals import (
    Interrupted,
    in_child,
    interrupted,
    interruptible,
    needs_fork,
    needs_signals,
)
from syncprims.conformance.timing import ends_in_time, lasting


@requirement("LOCK-01", hint="make it free: the constructor must not take it")
def test_new_lock_is_free(Lock, crew):
    """A new lock is free: it is not locked, and any thread can take it."""
    assert Lock().locked() is False
    assert crew.start(Lock().acquire, False).result() is True


@requirement(
    "LOCK-02", hint="keep one flag, seen by all threads: acquire sets it, release clears it"
)
def test_acquire_on_a_free_lock_takes_it(Lock, crew):
    """acquire on a free lock returns True, and every thread sees it held until it is released."""
    lock = Lock()
    assert lock.acquire() is True
    assert [lock.locked(), crew.start(lock.locked).result()] == [True, True]
    assert lock.release() is None
    assert [lock.locked(), crew.start(lock.locked).result()] == [False, False]


@requirement(
    "LOCK-03",
    hint="test and set in one step; if it is held return False, to its holder too: do not sleep",
)
def test_acquire_nonblocking_on_a_held_lock_returns_false(Lock, crew):
    """Without blocking acquire on a held lock returns False at once, to its holder as to others."""
    lock = Lock()
    assert lock.acquire(blocking=False) is True
    assert [lock.acquire(False), lock.acquire(timeout=0), lock.acquire(True, 0)] == [False] * 3
    assert crew.start(lock.acquire, False).result() is False


@requirement(
    "LOCK-04", hint="give the time-out to the sleep; False if it passed, True if you were let in"
)
def test_acquire_times_out_returns_false(Lock):
    """acquire on a held lock returns False once the time-out has passed, and not before."""
    lock = Lock()
    lock.acquire()
    with lasting(BRIEF):
        assert lock.acquire(timeout=BRIEF) is False


@cases("timeout", [-1, LIMIT, threading.TIMEOUT_MAX])
@requirement("LOCK-05", hint="sleep until release opens your gate; -1 means without limit")
def test_acquire_on_a_held_lock_sleeps_until_release(Lock, crew, timeout):
    """acquire on a held lock sleeps until it is released, then takes it and returns True."""
    lock = Lock()
    lock.acquire()
    task = crew.start(lock.acquire, True, timeout)
    crew.asleep(lock)
    assert not task.done
    lock.release()
    assert task.result() is True
    assert lock.locked()


@requirement(
    "LOCK-06", hint="release wakes one sleeper; whoever it is takes the lock before the others look"
)
def test_release_lets_one_sleeper_in(Lock, crew):
    """release lets exactly one of the sleeping threads have the lock."""
    lock = Lock()
    lock.acquire()
    tasks = [crew.start(lock.acquire) for _ in range(3)]
    crew.asleep(lock, 3)
    for released in (1, 2, 3):
        lock.release()
        until(lambda released=released: sum(task.done for task in tasks) >= released)
        crew.asleep(lock, 3 - released)
        assert sum(task.done for task in tasks) == released
    assert lock.locked()


@requirement("LOCK-07", hint="keep no owner: release does not ask who calls")
def test_release_in_another_thread_frees_the_lock(Lock, crew):
    """A lock has no owner: any thread may release it."""
    lock = Lock()
    lock.acquire()
    assert crew.start(lock.release).result() is None
    assert lock.acquire(False) is True


@requirement(
    "LOCK-08", hint="look whether it is held before you free it; raise RuntimeError if not"
)
def test_release_on_a_free_lock_raises_runtime_error(Lock):
    """release on a free lock is refused with RuntimeError, and leaves it free."""
    lock = Lock()
    for _ in range(2):
        with raises(RuntimeError):
            lock.release()
    assert lock.acquire(False) is True
    assert lock.acquire(False) is False


@requirement("LOCK-09", hint="__enter__ is acquire, __exit__ calls release")
def test_with_holds_the_lock(Lock):
    """A with block holds the lock, and frees it at its end."""
    lock = Lock()
    with lock:
        assert lock.locked()
        assert lock.acquire(False) is False
    assert not lock.locked()


@cases("error", [LookupError, SystemExit, GeneratorExit])
@requirement(
    "LOCK-10", hint="__exit__ releases whatever the exception, and returns nothing that is true"
)
def test_with_left_by_an_exception_frees_the_lock(Lock, error):
    """A with block that an exception leaves frees the lock and lets the exception out."""
    lock = Lock()
    with raises(error), lock:
        raise error
    assert not lock.locked()


@cases(
    ("blocking", "timeout", "error"),
    [
        (False, 1, ValueError),
        (False, 0, ValueError),
        (True, 1e100, OverflowError),
        (True, threading.TIMEOUT_MAX + 1, OverflowError),
    ],
)
@cases("held", [False, True])
@requirement("LOCK-11", hint="look at blocking and the time-out first, before you touch the lock")
def test_acquire_with_an_unusable_timeout_is_refused(Lock, held, blocking, timeout, error):
    """A time-out with blocking=False, or beyond TIMEOUT_MAX, is refused, free or held."""
    lock = Lock()
    if held:
        lock.acquire()
    with raises(error):
        lock.acquire(blocking, timeout)
    assert lock.locked() is held


@requirement("LOCK-12", level="detail", hint="give __init__ no parameters")
def test_init_with_arguments_raises_type_error(Lock):
    """A lock is made without arguments."""
    with raises(TypeError):
        Lock(1)
    with raises(TypeError):
        Lock(lock=None)


@needs_signals
@requirement(
    "LOCK-13",
    main_thread=True,
    hint="let the handler's exception out of the sleep, and leave the queue as you go",
)
def test_acquire_interrupted_does_not_take_the_lock(Lock, crew):
    """An exception from a signal handler gets a sleeper out, and it does not have the lock then."""
    lock = Lock()
    lock.acquire()
    with interruptible() as interrupt, raises(Interrupted):
        interrupted(crew, interrupt, lock.acquire)
    lock.release()
    assert not lock.locked()


@needs_signals
@requirement(
    "LOCK-14", main_thread=True, hint="after an interruption sleep on for what is left of the time"
)
def test_acquire_hit_by_a_signal_sleeps_on(Lock, crew):
    """A signal whose handler does not raise makes no sleeper give up."""
    lock = Lock()
    lock.acquire()

    def strike():
        interrupt()
        lock.release()

    with interruptible(lambda: None) as interrupt:
        striking = crew.start(strike)
        assert lock.acquire(timeout=LIMIT) is True
        striking.result()


@requirement(
    "LOCK-15",
    race=True,
    hint="look and take in one step under a mutex: between the two another thread may run",
)
def test_holders_are_never_two(Lock, crew):
    """However many threads compete, one holds the lock at a time."""
    lock = Lock()
    count = 0

    def compete():
        nonlocal count
        for _ in range(50):
            with lock:
                before = count
                time.sleep(0)  # switches to the others, which shall not get in
                count = before + 1

    for task in [crew.start(compete) for _ in range(5)]:
        task.result()
    assert count == 250


@needs_fork
@requirement(
    "LOCK-16",
    level="detail",
    hint="keep the state in the object, nothing in the thread that made it",
)
def test_fork_gives_the_child_a_lock_of_its_own(Lock):
    """A lock held at a fork is held in the child, and can be released there for the child."""
    lock = Lock()
    lock.acquire()

    def child():
        assert lock.acquire(False) is False
        lock.release()
        assert Crew().start(lock.acquire, False).result() is True

    in_child(child)
    assert lock.locked()


@requirement(
    "LOCK-17",
    level="detail",
    hint="if you use __slots__, add __weakref__; keep no lock in a global table",
)
def test_weakref_does_not_keep_a_lock_alive(Lock):
    """A lock can be weakly referred to, and goes away when its user drops it."""
    lock = Lock()
    ref = weakref.ref(lock)
    assert ref() is lock
    del lock
    gc.collect()
    assert ref() is None


@cases("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
@requirement(
    "LOCK-18",
    level="detail",
    hint="raise TypeError from __reduce__: a copy would be held for ever or exclude nobody",
)
def test_duplicate_is_refused(Lock, duplicate):
    """A lock can be neither pickled nor copied."""
    with raises((TypeError, pickle.PicklingError)):
        duplicate(Lock())


@requirement("LOCK-19", level="detail", hint="begin the repr with <locked or <unlocked")
def test_repr_tells_whether_it_is_held(Lock):
    """repr says whether the lock is held."""
    lock = Lock()
    assert repr(lock).startswith("<unlocked ")
    with lock:
        assert repr(lock).startswith("<locked ")


@requirement(
    "LOCK-20",
    level="stdlib-private",
    hint="make the lock free and forget who slept: the threads are gone in the child",
)
def test_at_fork_reinit_frees_the_lock(Lock):
    """_at_fork_reinit frees a lock, whoever held it."""
    lock = Lock()
    lock.acquire()
    lock._at_fork_reinit()
    assert not lock.locked()
    assert lock.acquire(False) is True


@cases(
    ("timeout", "error"),
    [
        (-2, ValueError),
        (-0.5, ValueError),
        (float("nan"), (ValueError, OverflowError)),  # PyPy: what no clock can hold
        (None, TypeError),
        ("1", TypeError),
    ],
)
@cases("held", [False, True])
@requirement("LOCK-21", level="detail", hint="look at the time-out before you touch the lock")
def test_acquire_with_a_timeout_that_means_nothing_is_refused(Lock, held, timeout, error):
    """A time-out that is negative, not -1, or no number is refused, free or held."""
    lock = Lock()
    if held:
        lock.acquire()
    with raises(error):
        lock.acquire(True, timeout)
    assert lock.locked() is held


@requirement(
    "LOCK-22",
    hint="give the sleep the time that is left, not more; look at the clock when you wake",
)
def test_acquire_times_out_in_time(Lock):
    """acquire's time-out ends no later than that of a bare lock beside it, but for 0.3 s."""
    lock = Lock()
    lock.acquire()
    ends_in_time(lambda: lock.acquire(timeout=BRIEF), BRIEF)
