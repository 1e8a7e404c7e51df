"""A number of permits, and a queue of threads that wait for one.

``acquire`` takes a permit if there is one, else it sleeps until there is. ``release`` opens a gate
and adds a permit; ``release(n)`` adds all of its permits, then opens `n` gates. A thread that has
just arrived may take a permit before the woken thread does, which then sleeps on. What an
interrupted ``acquire`` has already taken goes back, and wakes the next.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncprims.fork import Ref, forsake, remember
from syncprims.lock import Lock, Section, renewed
from syncprims.waitqueue import Waiters, all_closed, forget, sleep_until, wake, wake_each


class Semaphore:
    """A counter of permits that never falls below zero: ``acquire`` takes one, ``release`` adds.

    How it works: a mutex guards the counter and the queue. ``acquire`` on zero queues a gate and
    sleeps; ``release(n)`` opens the `n` oldest gates.

    Differences from threading.Semaphore: an interrupted thread neither loses a permit nor keeps
    a wake-up that another could use; a waiter that times out leaves the queue in constant time;
    after a fork the child's copy works. A signal handler may ``release`` while its own thread is in
    a call that need not wait. Not safe: an exception from a signal handler that strikes exactly as
    a ``with`` block's exit begins keeps the permit.

    >>> semaphore = Semaphore(2)
    >>> semaphore.acquire(), semaphore.acquire(), semaphore.acquire(timeout=0.001)
    (True, True, False)
    >>> semaphore.release(2)
    """

    def __init__(self, value: int = 1) -> None:
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._mutex = Section(Lock())
        # I1: 0 <= _value, which is never more than _most_permits, if there is such a limit.
        self._most_permits: int | None = None  # written by: __init__
        self._value = value  # the permits, by the stdlib's name; guarded by: _mutex
        # I2: a gate in _waiters is closed; a gate not in it was opened, once.
        self._waiters: Waiters = {}  # guarded by: _mutex; woken when: permits are added
        remember(Ref(self, forsake))

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Take a permit, sleeping until there is one; return whether one was taken.

        Returns False if there is none and `blocking` is false, or none within `timeout` seconds.
        Raises ValueError for a time-out together with ``blocking=False``. Does not promise that
        threads get permits in the order in which they came, only that they are woken so.
        """
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        permits = 0
        try:
            with self._mutex:
                permits = self._value
                if permits:
                    self._value = permits - 1
                    return True
        except BaseException:
            if permits:
                self._return_permit()
            raise
        if not blocking:
            return False
        taken = sleep_until(
            self._mutex, self._waiters, self._take_or_queue, timeout, self._untake_permit
        )
        return taken is not None  # no call, after which a signal could strike

    __enter__ = acquire

    def release(self, n: int = 1) -> None:
        """Add `n` permits and wake as many waiting threads; ValueError if `n` is less than one."""
        if n != 1:
            return self._release_many(n)
        with self._mutex:
            most = self._most_permits
            if most is None or not self._value + 1 > most:
                if self._waiters:
                    for gate in self._waiters:
                        for _ in self._waiters[gate]:
                            del self._waiters[gate]
                            break
                        break
                self._value += 1
                return None
        raise ValueError("Semaphore released too many times")

    def _release_many(self, n: int) -> None:
        if n < 1:
            raise ValueError("n must be one or more")
        fits = False
        try:
            with self._mutex:
                most = self._most_permits
                fits = most is None or not self._value + n > most
                if fits:
                    self._value += n
            if fits:
                wake_each(self._mutex, self._waiters, n)
        except BaseException:
            if fits:
                with self._mutex:
                    wake(self._waiters, self._value)
            raise
        if not fits:
            raise ValueError("Semaphore released too many times")

    def __exit__(self, t: object, v: object, tb: object) -> None:
        if self.__class__.release is not Semaphore.release:  # a subclass has its own
            return self.release()
        # As release, but a call of it is one more place for a signal to strike.
        with self._mutex:
            most = self._most_permits
            if most is None or not self._value + 1 > most:
                if self._waiters:
                    for gate in self._waiters:
                        for _ in self._waiters[gate]:
                            del self._waiters[gate]
                            break
                        break
                self._value += 1
                return None
        raise ValueError("Semaphore released too many times")

    def _take_or_queue(self, gate: Lock, opener: Iterator[object], got: list[bool]) -> None:
        with self._mutex:
            if self._value:
                self._value -= 1
                got += (True,)
            else:
                self._waiters[gate] = opener

    def _untake_permit(self, taken: object) -> None:
        self._value += 1

    def _return_permit(self) -> None:
        with self._mutex:
            self._value += 1
            wake(self._waiters)

    def _at_fork_reinit(self) -> None:
        self._mutex = renewed(self._mutex)
        forget(self._waiters)

    _after_fork = _at_fork_reinit

    def __repr__(self) -> str:
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return f"<{name} at {id(self):#x}: value={self._value}>"

    def _check(self) -> None:
        """Assert the numbered invariants."""
        with self._mutex:
            assert self._value >= 0, "I1"
            assert self._most_permits is None or self._value <= self._most_permits, "I1"
            assert all_closed(self._waiters), "I2"


class BoundedSemaphore(Semaphore):
    """A semaphore that refuses to hold more permits than it was made with.

    How it works: ``release`` looks at the limit before it changes anything, so a release too many
    raises ValueError and leaves the count as it was.

    Differences from threading.BoundedSemaphore: those of Semaphore.

    >>> semaphore = BoundedSemaphore()
    >>> semaphore.release()
    Traceback (most recent call last):
        ...
    ValueError: Semaphore released too many times
    """

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self._initial_value = self._most_permits = value

    def __repr__(self) -> str:
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return f"<{name} at {id(self):#x}: value={self._value}/{self._initial_value}>"
