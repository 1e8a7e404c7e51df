"""What an RLock owes: one holder, who may take it again and must release it as often."""

from __future__ import annotations

import copy
import gc
import pickle
import re
import signal
import threading
import time
import weakref

from syncprims.conformance.crew import Crew, until
from syncprims.conformance.delays import BRIEF, GRACE, LIMIT
from syncprims.conformance.requirement import cases, raises, requirement
from syncprims.conformance.signals import (
    Interrupted,
    in_child,
    interrupted,
    interruptible,
    needs_fork,
    needs_signals,
)
from syncprims.conformance.timing import ends_in_time, lasting, switching_often

TOO_LONG = [
    (True, 1e100, OverflowError),
    (True, threading.TIMEOUT_MAX + 1, OverflowError),
]
MEANINGLESS = [
    (False, 1, ValueError),
    (False, 0, ValueError),
    (True, -2, ValueError),
    (True, -0.5, ValueError),
    (True, float("nan"), (ValueError, OverflowError)),  # PyPy: what no clock can hold
    (True, None, TypeError),
    (True, "1", TypeError),
]


NOBODY = "nobody"


def shown(lock):
    """Return what an RLock's repr tells: state, owner, depth and address."""
    form = r"<(\w+) \S+ object owner=(.+) count=(\d+) at (0x[0-9a-f]+)>"
    state, owner, *rest = re.fullmatch(form, repr(lock)).groups()
    me = str(threading.get_ident()), repr(threading.current_thread().name)
    known = {"0": NOBODY, "None": NOBODY, **dict.fromkeys(me, "me")}
    return state, known.get(owner, owner), *rest


def free_for_others(crew, lock):
    """Return whether another thread finds the lock free; it leaves it as it was."""

    def look():
        taken = lock.acquire(blocking=False)
        if taken:
            lock.release()
        return taken

    return crew.start(look).result()


def held_elsewhere(crew, lock, times=1):
    """Have another thread take the lock; return what makes it release it, and that thread."""
    taken, leave = threading.Event(), threading.Event()

    def hold():
        for _ in range(times):
            lock.acquire()
        taken.set()
        leave.wait()
        for _ in range(times):
            lock.release()

    task = crew.start(hold)
    taken.wait()
    return leave.set, task


@requirement("RLOCK-01", hint="no owner and a depth of zero at birth")
def test_init_makes_a_free_lock(RLock, crew):
    """A new lock is free for every thread."""
    lock = RLock()
    assert free_for_others(crew, lock)
    assert lock.acquire(blocking=False) is True


@requirement(
    "RLOCK-02",
    hint="compare the owner with get_ident() first: if it is you, count one more and return True",
)
def test_acquire_by_the_holder_returns_true_at_once(RLock):
    """The holder gets the lock again at once, with any time-out and without blocking."""
    lock = RLock()
    lock.acquire()
    assert [lock.acquire(), lock.acquire(False), lock.acquire(blocking=False)] == [True] * 3
    assert [lock.acquire(True, 0), lock.acquire(timeout=LIMIT)] == [True] * 2
    for _ in range(6):
        assert lock.release() is None
    with raises(RuntimeError):
        lock.release()


@requirement("RLOCK-03", hint="free the lock when the depth comes down to zero, not before")
def test_release_by_the_holder_as_often_as_acquired_frees_it(RLock, crew):
    """The lock is free for others when it has been released as often as acquired, not before."""
    lock = RLock()
    for _ in range(3):
        lock.acquire()
    for _ in range(3):
        assert not free_for_others(crew, lock)
        lock.release()
    assert free_for_others(crew, lock)


@requirement("RLOCK-04", hint="if another thread is the owner, return False at once")
def test_acquire_nonblocking_on_a_lock_held_elsewhere_returns_false(RLock, crew):
    """Without blocking acquire returns False at once while another thread holds the lock."""
    lock = RLock()
    leave, holder = held_elsewhere(crew, lock)
    assert [lock.acquire(False), lock.acquire(blocking=False), lock.acquire(True, 0)] == [False] * 3
    leave()
    holder.result()
    assert lock.acquire(False) is True


@requirement(
    "RLOCK-05",
    hint="give the time-out to the sleep on the inner lock; write the owner only if you got it",
)
def test_acquire_times_out_returns_false(RLock, crew):
    """acquire returns False once the time-out has passed, and not before."""
    lock = RLock()
    leave, _ = held_elsewhere(crew, lock)
    with lasting(BRIEF):
        assert lock.acquire(timeout=BRIEF) is False
    leave()


@requirement("RLOCK-06", hint="write owner and depth after you have the inner lock, never before")
def test_acquire_timed_out_leaves_the_lock_to_its_holder(RLock, crew):
    """A thread that did not get the lock in time has no right to enter or to release it."""
    lock = RLock()
    leave, holder = held_elsewhere(crew, lock)
    assert lock.acquire(timeout=BRIEF) is False
    assert lock.acquire(blocking=False) is False
    with raises(RuntimeError):
        lock.release()
    leave()
    assert holder.result() is None
    assert free_for_others(crew, lock)


@cases("timeout", [-1, LIMIT, threading.TIMEOUT_MAX])
@requirement("RLOCK-07", hint="sleepers wait for the inner lock, which only the last release frees")
def test_acquire_on_a_lock_held_elsewhere_sleeps_until_the_last_release(RLock, crew, timeout):
    """acquire sleeps until the holder's last release, then takes the lock and returns True."""
    lock = RLock()
    lock.acquire()
    lock.acquire()

    def take():
        return lock.acquire(True, timeout), lock.release()

    task = crew.start(take)
    crew.asleep(lock)
    lock.release()
    crew.asleep(lock)
    assert not task.done
    lock.release()
    assert task.result() == (True, None)


@requirement("RLOCK-08", hint="the last release frees the inner lock once: one sleeper gets it")
def test_release_lets_one_sleeper_in(RLock, crew):
    """The last release lets exactly one of the sleeping threads have the lock."""
    lock = RLock()
    inside, leave = [], threading.Semaphore(0)

    def take():
        with lock:
            inside.append(True)
            leave.acquire()

    with lock:
        tasks = [crew.start(take) for _ in range(3)]
        crew.asleep(lock, 3)
    for entered in (1, 2, 3):
        until(lambda entered=entered: len(inside) >= entered)
        crew.asleep(lock, 3 - entered)
        assert len(inside) == entered
        leave.release()
    assert [task.result() for task in tasks] == [None] * 3


@requirement(
    "RLOCK-09", hint="raise RuntimeError if the caller is not the owner; a free lock has none"
)
def test_release_on_a_free_lock_raises_runtime_error(RLock, crew):
    """release on a free lock is refused with RuntimeError, and leaves it free."""
    lock = RLock()
    for _ in range(2):
        with raises(RuntimeError):
            lock.release()
    assert free_for_others(crew, lock)


@requirement("RLOCK-10", hint="compare the owner with get_ident() before you count down")
def test_release_by_another_thread_raises_runtime_error(RLock, crew):
    """release by a thread that is not the holder is refused, and takes no level away."""
    lock = RLock()
    lock.acquire()
    lock.acquire()
    with raises(RuntimeError):
        crew.start(lock.release).result()
    lock.release()
    assert not free_for_others(crew, lock)
    lock.release()
    assert free_for_others(crew, lock)


@requirement("RLOCK-11", hint="clear the owner with the last release, so that one more is refused")
def test_release_once_too_often_raises_runtime_error(RLock, crew):
    """One release more than there were acquires is refused, and the lock can be taken again."""
    lock = RLock()
    for _ in range(2):
        lock.acquire()
        lock.acquire()
        lock.release()
        lock.release()
        with raises(RuntimeError):
            lock.release()
    assert free_for_others(crew, lock)


@requirement("RLOCK-12", hint="__enter__ is acquire, __exit__ is one release")
def test_with_holds_one_level_more(RLock, crew):
    """A with block holds the lock, also inside another, and gives back one level at its end."""
    lock = RLock()
    with lock:
        with lock:
            assert not free_for_others(crew, lock)
        assert not free_for_others(crew, lock)
    assert free_for_others(crew, lock)


@cases("error", [LookupError, SystemExit, GeneratorExit])
@requirement(
    "RLOCK-13",
    hint="__exit__ releases one level whatever the exception, and returns nothing that is true",
)
def test_with_left_by_an_exception_gives_one_level_back(RLock, crew, error):
    """A with block that an exception leaves gives its level back and lets the exception out."""
    lock = RLock()
    with lock:
        with raises(error), lock:
            raise error
        assert not free_for_others(crew, lock)
    assert free_for_others(crew, lock)


@cases(("blocking", "timeout", "error"), TOO_LONG)
@requirement(
    "RLOCK-14",
    hint="look at the time-out before you take anything; more than TIMEOUT_MAX is an OverflowError",
)
def test_acquire_with_a_timeout_that_is_too_long_is_refused(RLock, crew, blocking, timeout, error):
    """A time-out beyond TIMEOUT_MAX is refused with OverflowError; the lock stays free."""
    lock = RLock()
    with raises(error):
        lock.acquire(blocking, timeout)
    assert free_for_others(crew, lock)
    with raises(RuntimeError):
        lock.release()


@cases(("blocking", "timeout", "error"), TOO_LONG + MEANINGLESS)
@requirement(
    "RLOCK-15",
    level="detail",
    hint="look at the arguments before you ask whether the caller is the owner",
)
def test_acquire_by_the_holder_with_an_unusable_timeout_is_refused(
    RLock, crew, blocking, timeout, error
):
    """An unusable time-out is refused to the holder as well, and adds no level."""
    lock = RLock()
    with lock:
        with raises(error):
            lock.acquire(blocking, timeout)
        assert not free_for_others(crew, lock)
    assert free_for_others(crew, lock)


@requirement("RLOCK-16", since=(3, 14), hint="locked tells of any owner, not only of the caller")
def test_locked_tells_whether_any_thread_holds_it(RLock, crew):
    """locked returns True, in every thread, from the first acquire to the last release."""
    lock = RLock()
    seen = []
    for call in (lock.acquire, lock.acquire, lock.release, lock.release):
        seen.append((lock.locked(), crew.start(lock.locked).result()))
        call()
    assert seen == [(False, False), (True, True), (True, True), (True, True)]
    assert lock.locked() is False


@requirement("RLOCK-17", level="detail", since=(3, 15), hint="give __init__ no parameters")
def test_init_with_arguments_raises_type_error(RLock):
    """A lock is made without arguments."""
    with raises(TypeError):
        RLock(1)
    with raises(TypeError):
        RLock(lock=None)


@requirement(
    "RLOCK-18",
    beyond="RLock is a function, which has no subclasses",
    hint="make RLock a class, with fields of its own that a subclass does not meet by accident",
)
def test_subclass_is_a_lock_with_more(RLock, crew):
    """RLock is a class that can be subclassed."""

    class Named(RLock):
        def __init__(self, name):
            super().__init__()
            self.name = name

    lock = Named("both")
    assert isinstance(lock, RLock)
    with lock, lock:
        assert lock.name == "both"
        assert not free_for_others(crew, lock)
    assert free_for_others(crew, lock)


@needs_signals
@requirement(
    "RLOCK-19",
    main_thread=True,
    hint="let the exception out of the sleep before owner and depth are written",
)
def test_acquire_interrupted_does_not_take_the_lock(RLock, crew):
    """An exception from a signal handler gets a sleeper out, and it does not have the lock then."""
    lock = RLock()
    leave, holder = held_elsewhere(crew, lock)
    with interruptible() as interrupt, raises(Interrupted):
        interrupted(crew, interrupt, lock.acquire)
    with raises(RuntimeError):
        lock.release()
    leave()
    holder.result()
    assert free_for_others(crew, lock)


@needs_signals
@requirement(
    "RLOCK-20",
    main_thread=True,
    hint="take no mutex inside: the handler may come while its own thread has it",
)
def test_acquire_in_a_signal_handler_of_the_holder_returns(RLock, crew):
    """A signal handler may take the lock that the thread it interrupts holds."""
    lock = RLock()
    taken = []

    def handle(signum, frame):
        with lock:
            taken.append(True)

    old = signal.signal(signal.SIGUSR1, handle)
    try:
        with lock:
            signal.raise_signal(signal.SIGUSR1)
            until(lambda: taken)
            assert not free_for_others(crew, lock)
    finally:
        signal.signal(signal.SIGUSR1, old)
    assert free_for_others(crew, lock)


@requirement(
    "RLOCK-21",
    race=True,
    hint="owner and depth are written only by the thread that has the inner lock",
)
def test_holders_are_never_two(RLock, crew):
    """However many threads compete, and however deep they go, one holds the lock at a time."""
    lock = RLock()
    count = 0

    def compete():
        nonlocal count
        for _ in range(30):
            with lock:
                before = count
                with lock:
                    time.sleep(0)  # switches to the others, which shall not get in
                time.sleep(0)
                count = before + 1

    for task in [crew.start(compete) for _ in range(5)]:
        task.result()
    assert count == 150


@needs_fork
@requirement(
    "RLOCK-22",
    level="detail",
    hint="keep owner and depth in the object; in the child the forking thread keeps its identity",
)
def test_fork_leaves_the_lock_to_the_thread_that_forks(RLock, crew):
    """What the forking thread holds is held in the child, as deep, and can be released there."""
    lock = RLock()
    lock.acquire()
    lock.acquire()

    def child():
        own = Crew()
        lock.release()
        assert not free_for_others(own, lock)
        lock.release()
        assert free_for_others(own, lock)

    in_child(child)
    assert not free_for_others(crew, lock)


@needs_fork
@requirement(
    "RLOCK-23",
    beyond="in the child nobody can release it any more",
    hint="register with os.register_at_fork: free what a thread holds that the child does not have",
)
def test_fork_frees_what_another_thread_holds(RLock, crew):
    """A lock that another thread held at a fork is free in the child."""
    lock = RLock()
    leave, holder = held_elsewhere(crew, lock, times=2)

    def child():
        assert lock.acquire(timeout=GRACE) is True
        lock.release()
        assert free_for_others(Crew(), lock)

    try:
        in_child(child)
    finally:
        leave()
    assert holder.result() is None


@requirement("RLOCK-24", level="detail", hint="if you use __slots__, add __weakref__")
def test_weakref_does_not_keep_a_lock_alive(RLock):
    """A lock can be weakly referred to, and goes away when its user drops it."""
    lock = RLock()
    with lock:
        ref = weakref.ref(lock)
    assert ref() is lock
    del lock
    gc.collect()
    assert ref() is None


@cases("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
@requirement("RLOCK-25", level="detail", hint="raise TypeError from __reduce__")
def test_duplicate_raises_type_error(RLock, duplicate):
    """A lock can be neither pickled nor copied: TypeError."""
    with raises(TypeError):
        duplicate(RLock())


@requirement("RLOCK-26", level="stdlib-private", hint="compare the owner with get_ident()")
def test_is_owned_tells_whether_the_caller_holds_it(RLock, crew):
    """_is_owned returns True in the holder, from the first acquire to the last release."""
    lock = RLock()
    assert not lock._is_owned()
    with lock:
        with lock:
            pass
        assert lock._is_owned()
        assert not crew.start(lock._is_owned).result()
    assert not lock._is_owned()


@requirement(
    "RLOCK-27",
    level="stdlib-private",
    since=(3, 12),
    hint="return the depth if the caller is the owner, else 0",
)
def test_recursion_count_is_the_callers_depth(RLock, crew):
    """_recursion_count returns how often the caller holds the lock; 0 for all but the holder."""
    lock = RLock()
    seen = [lock._recursion_count()]
    with lock:
        seen.append(lock._recursion_count())
        with lock:
            seen += [lock._recursion_count(), crew.start(lock._recursion_count).result()]
    seen.append(lock._recursion_count())
    assert seen == [0, 1, 2, 0, 0]


@requirement(
    "RLOCK-28",
    level="stdlib-private",
    hint="return owner and depth and free the inner lock; take it back and write both",
)
def test_release_save_frees_all_levels_and_acquire_restore_takes_them_back(RLock, crew):
    """_release_save lets go of all levels at once; _acquire_restore takes back as many."""
    lock = RLock()
    for _ in range(3):
        lock.acquire()
    saved = lock._release_save()
    assert free_for_others(crew, lock)
    lock._acquire_restore(saved)
    for _ in range(3):
        assert not free_for_others(crew, lock)
        lock.release()
    assert free_for_others(crew, lock)


@requirement(
    "RLOCK-29", level="stdlib-private", hint="raise RuntimeError before you change anything"
)
def test_release_save_on_a_free_lock_raises_runtime_error(RLock, crew):
    """_release_save on a free lock is refused with RuntimeError, and leaves it free."""
    lock = RLock()
    with raises(RuntimeError):
        lock._release_save()
    assert free_for_others(crew, lock)


@requirement(
    "RLOCK-30",
    level="stdlib-private",
    hint="clear owner and depth too: an old owner who comes again would take nothing",
)
def test_at_fork_reinit_frees_the_lock(RLock, crew):
    """_at_fork_reinit frees a lock, whoever held it, and how deep soever."""

    def held_and_then_freed():
        lock = RLock()
        lock.acquire()
        lock.acquire()
        crew.start(lock._at_fork_reinit).result()
        return lock

    with raises(RuntimeError):
        held_and_then_freed().release()
    lock = held_and_then_freed()
    with lock:  # the old holder first: what is left of it would let it in, and others too
        assert not free_for_others(crew, lock)
    assert free_for_others(crew, lock)


@requirement(
    "RLOCK-31", level="detail", hint="show locked or unlocked, owner= and count=, and the address"
)
def test_repr_shows_owner_and_depth(RLock):
    """repr says if the lock is held, by whom (number or name) and how deep, and its address."""
    lock = RLock()
    assert shown(lock) == ("unlocked", NOBODY, "0", f"{id(lock):#x}")
    with lock, lock:
        assert shown(lock) == ("locked", "me", "2", f"{id(lock):#x}")


@cases("call", ["release", "_release_save"])
@requirement(
    "RLOCK-32",
    level="detail",
    hint='the text is "cannot release un-acquired lock", in _release_save too',
)
def test_errors_say_what_the_stdlibs_say(RLock, call):
    """The text of release's RuntimeError, and of _release_save's, is the stdlib's."""
    with raises(RuntimeError) as caught:
        getattr(RLock(), call)()
    assert str(caught.value) == "cannot release un-acquired lock"


@requirement("RLOCK-33", level="detail", hint="return acquire's True from __enter__")
def test_with_binds_true(RLock):
    """A with block binds True."""
    lock = RLock()
    with lock as outer, lock as inner:
        assert (outer, inner) == (True, True)


@requirement(
    "RLOCK-34",
    level="stdlib-private",
    hint="have _release_save and _acquire_restore, which the stdlib's Condition looks for",
)
def test_stdlib_condition_over_it_lets_go_of_all_levels(RLock, crew):
    """The stdlib's Condition works over the lock, however deep it is held."""
    lock = RLock()
    condition = threading.Condition(lock)

    def wait():
        with lock, lock:
            return condition.wait(LIMIT)

    task = crew.start(wait)
    crew.asleep(condition)
    with lock:
        condition.notify()
    assert task.result() is True
    assert free_for_others(crew, lock)


@needs_signals
@requirement(
    "RLOCK-35",
    level="detail",
    main_thread=True,
    hint="sleep in no for loop or map that takes StopIteration for its own end",
)
def test_acquire_ended_by_a_handlers_stop_iteration_raises_it(RLock, crew):
    """A StopIteration from a signal handler gets out of acquire too, and the lock works on."""
    lock = RLock()
    leave, holder = held_elsewhere(crew, lock)

    def stop():
        raise StopIteration

    with interruptible(stop) as interrupt, raises(StopIteration):
        interrupted(crew, interrupt, lock.acquire)
    leave()
    holder.result()
    assert lock.acquire() is True
    lock.release()
    assert free_for_others(crew, lock)


@cases(("blocking", "timeout", "error"), MEANINGLESS)
@requirement(
    "RLOCK-36", level="detail", hint="look at the arguments before you ask who is the owner"
)
def test_acquire_with_a_timeout_that_means_nothing_is_refused(
    RLock, crew, blocking, timeout, error
):
    """A time-out with blocking=False, negative or no number is refused; the lock stays free."""
    lock = RLock()
    with raises(error):
        lock.acquire(blocking, timeout)
    assert free_for_others(crew, lock)
    with raises(RuntimeError):
        lock.release()


@requirement(
    "RLOCK-37",
    race=True,
    hint="in _release_save forget the owner before you free the inner lock, not after",
)
def test_wait_over_it_under_competition_keeps_its_holders_apart(RLock, implementation, crew):
    """While threads wait on a condition over the lock one holds it at a time."""
    lock, count = RLock(), 0
    # The stdlib's Condition asks for _is_owned: another lock may have a Condition of its own kind.
    known = hasattr(lock, "_is_owned")
    condition = (threading.Condition if known else implementation.get("Condition"))(lock)

    def wait(timeout):
        nonlocal count
        for _ in range(60):
            with condition:
                condition.wait(timeout)
                before = count
                time.sleep(0)  # switches to the others, which shall not get in
                count = before + 1

    with switching_often():
        for task in [crew.start(wait, timeout) for timeout in (0, 0.0001) * 2]:
            task.result()
    assert count == 240


@requirement(
    "RLOCK-38",
    hint="give the sleep the time that is left, not more; look at the clock when you wake",
)
def test_acquire_times_out_in_time(RLock, crew):
    """acquire's time-out ends no later than that of a bare lock beside it, but for 0.3 s."""
    lock = RLock()
    leave, _ = held_elsewhere(crew, lock)
    ends_in_time(lambda: lock.acquire(timeout=BRIEF), BRIEF)
    leave()


@requirement(
    "RLOCK-39",
    level="stdlib-private",
    hint="forget the owner in _release_save; bring it back in _acquire_restore",
)
def test_release_save_leaves_the_caller_no_owner(RLock):
    """After _release_save its caller owns the lock no more; after _acquire_restore it does."""
    lock = RLock()
    lock.acquire()
    lock.acquire()
    saved = lock._release_save()
    assert not lock._is_owned()
    lock._acquire_restore(saved)
    lock.release()
    assert lock._is_owned()


@cases("free", ["_release_save", "_at_fork_reinit"])
@requirement("RLOCK-40", level="detail", hint="set the depth to zero, not the owner alone")
def test_repr_of_a_lock_freed_of_all_levels_shows_none(RLock, free):
    """A lock that _release_save or _at_fork_reinit has freed shows itself unlocked at count=0."""
    lock = RLock()
    lock.acquire()
    lock.acquire()
    getattr(lock, free)()
    assert shown(lock)[:3] == ("unlocked", NOBODY, "0")
