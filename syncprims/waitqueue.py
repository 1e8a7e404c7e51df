"""The one way to sleep and to wake: gates in order of arrival.

A *gate* is a lock that is taken at birth. A *waiter* registers its gate in a dict (the queue),
lets go of the *mutex* that guards the dict, and sleeps by taking the gate a second time. Whoever
wakes it opens the oldest gate and deletes it from the dict, under the mutex. So there is one
invariant: **a gate in the dict is closed; a gate not in it was opened, exactly once.** Membership,
looked at under the mutex, is the only truth about "was I woken", for a wake-up, a time-out and an
interruption alike.

Where a signal can strike. CPython runs signal handlers, which may raise, only after a call, on
entry to a function and on a jump backwards. A ``for`` step over an iterator written in C is none
of these. So ``for _ in opener: del waiters[gate]; break``, where ``opener`` is
``iter(gate.release, NEVER)``, opens a gate and deletes it with no instant between. The same trick
takes a lock (``lock.py``, ``rlock.py``) and takes it back after a sleep (``condition.py``). A
StopIteration, which a handler may raise while the step sleeps, ends the loop instead; so where a
step can sleep, what follows the loop raises it again. The trick is used for nothing else;
everywhere else the rule is: calls first, then commit, in statements that call nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from syncprims.lock import NEVER, Lock, now

T = TypeVar("T")

Waiters = dict[Lock, Iterator[object]]  # gate -> the iterator whose next step opens it


def closed_gate() -> tuple[Lock, Iterator[object]]:
    """Return a new gate and its opener."""
    gate = Lock()
    gate.acquire()
    return gate, iter(gate.release, NEVER)


def wake(waiters: Waiters, n: float = 1) -> None:
    """Open the `n` oldest gates, or all if there are fewer. The caller holds the mutex.

    Interrupted half-way it leaves the queue valid: some are awake, the others still registered.
    """
    while waiters and n > 0:
        for gate in waiters:
            for _ in waiters[gate]:
                del waiters[gate]
                break
            break
        n -= 1


def wake_all(waiters: Waiters) -> None:
    """Open every gate, oldest first. The caller holds the mutex."""
    wake(waiters, len(waiters))


def wake_each(mutex: Any, waiters: Waiters, n: float) -> None:
    """Open the `n` oldest gates, or all if there are fewer, taking the mutex anew for each.

    So a signal handler may use the primitive between any two.
    """
    while waiters and n > 0:
        with mutex:
            for gate in waiters:
                for _ in waiters[gate]:
                    del waiters[gate]
                    break
                break
        n -= 1


def all_closed(waiters: Waiters) -> bool:
    """Whether the invariant holds: a gate in the queue is closed."""
    return all(gate.locked() for gate in waiters)


def forget(waiters: Waiters) -> None:
    """Empty the queue in the child of a fork, whose sleepers are gone.

    All but one, perhaps: the thread that forked, if it did so in a signal handler that ran in the
    middle of its sleep. It is woken and looks again.
    """
    gates = list(waiters)
    waiters.clear()
    for gate in gates:
        if gate.locked():  # on free-threaded builds the waker may have been stopped half-way
            gate.release()


def sleep_until(
    mutex: Any,
    waiters: Waiters,
    attempt: Callable[[Lock, Iterator[object], list[T]], None],
    timeout: float | None,
    undo: Callable[[T], None] | None = None,
) -> T | None:
    """Sleep until an attempt succeeds; return what it got, or None after `timeout` seconds.

    ``attempt(gate, opener, got)`` takes the mutex, and under it, calling as little as can be,
    either adds what it takes to ``got`` or registers the gate. It is called before each sleep and
    after each wake-up; the gate is closed then, and in no queue. What it took is given back to
    ``undo``, if there is one, under the mutex too, if an exception strikes before the caller has
    it. A waiter that was woken and cannot use it, because it is interrupted or the attempt raises,
    wakes the next. ``tests/faults`` strikes each step: leave one out, and its "handed off", "timed
    out" or "asleep" cases fail.
    """
    deadline = None if timeout is None else now() + timeout
    gate, opener = closed_gate()  # before anything changes: a failure here costs nobody anything
    got: list[T] = []
    try:
        while True:
            attempt(gate, opener, got)
            if got:
                return got[0]
            # Asleep without the mutex: whoever opens the gate needs it.
            late = not sleep(gate, remaining(timeout, deadline))
            if late and leave(mutex, waiters, gate):
                return None
            # Opened just as the time was up: a wake-up like any other, so close the gate again.
            late = late and gate.acquire()
    except BaseException:
        with mutex:
            if gate in waiters:
                del waiters[gate]
            else:
                wake(waiters)  # ours was opened for nothing; one too many only looks and sleeps on
            if got and undo is not None:
                undo(got[0])  # last: it may be somebody's hook, and raise
        raise


def leave(mutex: Any, waiters: Waiters, gate: Lock) -> bool:
    """Take a gate out of the queue; return False if somebody has opened it."""
    with mutex:
        if gate in waiters:
            del waiters[gate]
            return True
    return False


def remaining(timeout: float | None, deadline: float | None) -> float | None:
    """Return the seconds left; never more than `timeout`, which rounding could make too many."""
    if timeout is None or deadline is None:
        return None
    left = deadline - now()
    return timeout if left > timeout else left


def sleep(gate: Lock, timeout: float | None) -> bool:
    """Sleep until the gate is opened, and close it again; False if `timeout` seconds pass first."""
    if timeout is None:
        return gate.acquire()
    if timeout <= 0:
        return gate.acquire(False)
    if timeout != timeout:  # PyPy's lock would sleep
        raise ValueError("Invalid value NaN (not a number)")
    return gate.acquire(True, timeout)  # refuses what no clock can hold
