"""The ground: what is whole, the mutex over any lock on every Python, and the clock."""

import sys
import time
import types
from pathlib import Path

import pytest

from syncprims import RLock, lock
from syncprims.conformance.crew import until
from syncprims.lock import Lock, Mutex, get_ident, name_of, now, shown, step, steps, whole

from .strikes import Strike, struck


class Bare:
    """A lock with only acquire and release."""

    def __init__(self):
        inner = Lock()
        self.acquire, self.release, self.locked = inner.acquire, inner.release, inner.locked


def stop():
    """Raise what ends a loop."""
    raise StopIteration("early")


# whole and steps


@pytest.mark.parametrize("result", [None, True, NotImplemented, StopIteration, lock])
def test_whole_returns_what_the_function_returned(result):
    """Whatever a function returns comes through; it is called once, with nothing."""
    calls = []

    def function(*args):
        calls.append(args)
        return result

    assert whole(function) is result
    assert calls == [()]


def test_whole_raises_what_the_function_raised():
    """An error is the caller's."""
    with pytest.raises(Strike):
        whole(struck)


def test_whole_of_a_function_that_stops_iteration_raises_it():
    """What would end a loop in silence is not taken for a result."""
    with pytest.raises(StopIteration):
        whole(stop)


def test_steps_call_the_function_at_each_step():
    """Each step is one call."""
    items = iter("abc")
    stepping = steps(lambda: next(items))
    assert [next(stepping), next(stepping)] == ["a", "b"]


def test_steps_stopped_or_struck_go_on_with_the_next():
    """What ends one loop around it does not end the iterator."""
    outcomes = [stop, struck, lambda: "third"]
    stepping = steps(lambda: outcomes.pop(0)())
    assert list(stepping) == []
    with pytest.raises(Strike):
        next(stepping)
    assert next(stepping) == "third"


def test_steps_shared_by_threads_give_each_its_own(crew):
    """No step of one thread is lost to another."""
    numbers = list(range(6000))
    stepping = steps(numbers.pop)
    taken = [crew.start(lambda: [next(stepping) for _ in range(2000)]) for _ in range(3)]
    assert sorted(n for task in taken for n in task.result()) == list(range(6000))


# Mutex


@pytest.fixture(name="entry", params=["C", "whole"])
def any_entry(request, monkeypatch):
    """A mutex as it is on this Python and on 3.14, whichever this is."""
    monkeypatch.setattr(lock, "_STRUCK_ON_ENTRY", request.param == "whole")
    return request.param


@pytest.fixture(name="guarded", params=[Lock, RLock, Bare], ids=lambda make: make.__name__)
def any_lock(request):
    return request.param()


def test_mutex_holds_the_lock_inside_and_frees_it_after(entry, guarded):
    """Each visit takes the lock and lets go of it."""
    mutex = Mutex(guarded)
    assert mutex.lock is guarded
    for _ in range(3):
        with mutex as entered:
            assert entered is True
            assert guarded.locked()
        assert not guarded.locked()


def test_mutex_lets_an_exception_out_and_frees_the_lock(entry, guarded):
    """An error inside is not swallowed."""
    with pytest.raises(ZeroDivisionError), Mutex(guarded):
        raise ZeroDivisionError
    assert not guarded.locked()


def test_mutex_returned_out_of_frees_the_lock(entry, guarded):
    """A return leaves the block too."""

    def leave():
        with Mutex(guarded):
            return guarded.locked()

    assert leave() is True
    assert not guarded.locked()


def test_two_mutexes_over_one_lock_exclude_each_other(entry, guarded, crew):
    """It is the lock that excludes."""
    inside = []

    def enter():
        with Mutex(guarded):
            inside.append(True)

    with Mutex(guarded):
        task = crew.start(enter)
        crew.asleep(guarded)
        assert not inside
    task.result()
    assert inside


def test_mutex_counts_nothing_lost_between_threads(entry, guarded, crew):
    """One mutex serves many threads."""
    mutex = Mutex(guarded)
    total = 0

    def add():
        nonlocal total
        for _ in range(2000):
            with mutex:
                total += 1

    for task in [crew.start(add) for _ in range(3)]:
        task.result()
    assert total == 6000


def test_mutex_is_entered_by_the_locks_own_method_but_for_one_python(entry):
    """Python 3.14 alone may run a handler between a C __enter__ and the block."""
    inner = Lock()
    mutex = Mutex(inner)
    assert mutex.__exit__ == inner.__exit__
    if entry == "C":
        assert mutex.__enter__ == inner.__enter__
    else:
        assert mutex.__enter__.__func__ is step
        assert mutex.__enter__() is True
        assert inner.locked()


def test_mutex_whose_lock_cannot_be_taken_is_not_entered(entry):
    """Neither the block nor the way out of it is run."""
    broken = Bare()
    broken.acquire = struck
    with pytest.raises(Strike), Mutex(broken):
        raise AssertionError("entered")
    assert not broken.locked()


def test_mutex_whose_lock_stops_iteration_raises_it_once(entry):
    """The mutex is as good as new after it."""
    once = Bare()
    acquire, calls = once.acquire, [stop]
    once.acquire = lambda: (calls.pop() if calls else acquire)()
    mutex = Mutex(once)
    with pytest.raises(StopIteration), mutex:
        raise AssertionError("entered")
    with mutex:
        assert once.locked()


@pytest.mark.parametrize(
    ("implementation", "version", "struck_on_entry"),
    [
        ("cpython", (3, 10), False),
        ("cpython", (3, 13), False),
        ("cpython", (3, 14), True),
        ("cpython", (3, 15), False),
        ("pypy", (3, 11), False),
        ("pypy", (3, 14), False),
    ],
)
def test_mutex_is_the_one_made_for_the_interpreter(
    monkeypatch, implementation, version, struck_on_entry
):
    """Which Python it is decides, and nothing else."""
    code = compile(Path(lock.__file__).read_text("utf-8"), lock.__file__, "exec")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "implementation", types.SimpleNamespace(name=implementation))
        patch.setattr(sys, "version_info", version)
        names = {"__name__": "elsewhere"}
        exec(code, names)
    assert names["_STRUCK_ON_ENTRY"] is struck_on_entry


def test_mutex_over_another_lock_leaves_the_first_alone(entry):
    """From then on the mutex is the other lock."""
    first, second = Lock(), Lock()
    mutex = Mutex(first)
    mutex.over(second)
    with mutex:
        assert (first.locked(), second.locked()) == (False, True)
    assert mutex.lock is second
    assert not second.locked()


def test_mutex_gone_over_inside_its_block_lets_go_of_the_first(entry):
    """Who is inside lets go of what it has taken."""
    first, second = Lock(), Lock()
    mutex = Mutex(first)
    with mutex:
        mutex.over(second)
    assert not first.locked()
    assert not second.locked()


def test_after_fork_a_held_mutex_goes_over_to_a_new_lock():
    """Who holds the old one, if it is there at all, can still let go of it."""
    old = Lock()
    mutex = Mutex(old)
    with mutex:
        mutex.after_fork()
        assert mutex.lock is not old
        with mutex:
            assert mutex.lock.locked()
    assert not old.locked()
    assert not mutex.lock.locked()


@pytest.mark.parametrize("make", [Lock, RLock, Bare])
def test_after_fork_a_free_lock_stays(make):
    """What nobody holds is kept, and left free."""
    own = make()
    mutex = Mutex(own)
    mutex.after_fork()
    assert mutex.lock is own
    assert not own.locked()


def test_after_fork_a_re_entrant_lock_that_this_thread_holds_stays():
    """The thread that forked has it still, as often as before."""
    own = RLock()
    mutex = Mutex(own)
    with own:
        mutex.after_fork()
        assert mutex.lock is own
        assert own._recursion_count() == 1


@pytest.mark.parametrize("make", [RLock, Bare])
def test_after_fork_a_lock_of_somebody_elses_that_is_held_goes_over(make, crew):
    """Who held it is not there any more, so nobody would ever let go of it."""
    own = make()
    mutex = Mutex(own)
    crew.start(own.acquire).result()
    mutex.after_fork()
    assert mutex.lock is not own
    assert not mutex.lock.locked()


# The rest


def test_shown_is_the_public_name_the_address_and_the_state():
    """A subclass has the name that its module gave it."""

    class Inner(RLock):
        pass

    Inner.__module__, Inner.__qualname__ = "workshop", "Outer.Inner"
    assert name_of(RLock()) == "syncprims.RLock"
    assert name_of(Inner()) == "workshop.Outer.Inner"
    inner = Inner()
    assert shown(inner, "at rest") == f"<workshop.Outer.Inner at {id(inner):#x}: at rest>"


def test_lock_is_the_interpreters_own():
    """The ground is not rebuilt."""
    import _thread

    assert type(Lock()) is type(_thread.allocate_lock())
    assert get_ident() == _thread.get_ident()


def test_now_is_the_monotonic_clock_which_no_tool_can_find(monkeypatch):
    """A tool that replaces each global that is time.monotonic finds none here."""
    before = time.monotonic()
    assert before <= now() <= time.monotonic()
    assert not [name for name, value in vars(lock).items() if value is time.monotonic]
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    until(lambda: now() > before)
