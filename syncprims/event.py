"""A flag that threads can sleep on until it is raised.

``wait`` queues a gate unless the flag is up, and sleeps on it; ``set`` raises the flag and opens
every gate in the queue. Whether a sleeper was woken is told by its gate's absence from the queue,
not by the flag, so a ``clear`` on the heels of a ``set`` loses nobody. Looking at the flag and
lowering it are single reads and writes that need no mutex.
"""

from __future__ import annotations

import warnings

from syncprims.condition import Condition
from syncprims.fork import Ref, forsake, remember
from syncprims.lock import Lock, Section, lock_of, renewed
from syncprims.waitqueue import Waiters, all_closed, closed_gate, leave, sleep, wake_all


class Event:
    """A flag, down at first; ``set`` raises it and wakes all who wait, ``clear`` lowers it.

    How it works: ``wait`` returns at once while the flag is up; otherwise it queues a gate and
    sleeps. ``set`` raises the flag and opens every gate.

    Differences from threading.Event: ``is_set``, ``clear`` and calls that need not wait take no
    lock; a signal handler may ``set`` the event its own thread is waiting for, and on CPython also
    one it is setting; after a fork the child's copy works whatever other threads were doing.

    >>> event = Event()
    >>> event.wait(timeout=0.001)
    False
    >>> event.set()
    >>> event.wait()
    True
    """

    def __init__(self) -> None:
        self._mutex = Section(Lock())
        self._flag = False  # raised under _mutex, lowered by one write without it
        # I1: a gate in _waiters is closed; a gate not in it was opened, once.
        # I2: nobody joins _waiters while the flag is up.
        self._waiters: Waiters = {}  # guarded by: _mutex; woken when: the flag goes up
        remember(Ref(self, forsake))

    def is_set(self) -> bool:
        """Return whether the flag is up."""
        return self._flag

    def isSet(self) -> bool:  # noqa: N802
        """Deprecated name of ``is_set``."""
        warnings.warn(
            "isSet() is deprecated, use is_set() instead", DeprecationWarning, stacklevel=2
        )
        return self.is_set()

    def set(self) -> None:
        """Raise the flag and wake every thread that waits for it."""
        if self._flag:
            return
        try:
            with self._mutex:
                # The flag first: a signal handler that sets the event while we wake its waiters
                # finds it set, and does not ask for the mutex that we hold.
                self._flag = True
                if self._waiters:
                    wake_all(self._waiters)
        except BaseException:
            with self._mutex:
                if self._flag:
                    wake_all(self._waiters)
            raise

    def clear(self) -> None:
        """Lower the flag; threads that wait from now on sleep until the next ``set``."""
        self._flag = False

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until the flag is raised; return True, or False if `timeout` seconds pass first.

        Returns True at once while the flag is up. Does not promise that the flag is still up on
        return: a ``clear`` may follow the ``set`` that woke this thread.
        """
        if self._flag:
            return True
        gate, opener = closed_gate()
        try:
            with self._mutex:
                if self._flag:
                    return True
                self._waiters[gate] = opener
            return sleep(gate, timeout) or not leave(self._mutex, self._waiters, gate)
        except BaseException:
            leave(self._mutex, self._waiters, gate)
            raise

    @property
    def _cond(self) -> Condition:
        """A Condition over the event's mutex, for those who know the stdlib's private parts."""
        return Condition._sharing(lock_of(self._mutex), self._waiters)

    def _at_fork_reinit(self) -> None:
        self._mutex = renewed(self._mutex)
        # Kept: the thread that forked may sleep on one of them, and only ``set`` should wake it.
        # On free-threaded builds the waker may have been stopped with a gate open and still queued.
        for gate in [gate for gate in self._waiters if not gate.locked()]:
            del self._waiters[gate]

    _after_fork = _at_fork_reinit

    def __repr__(self) -> str:
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return f"<{name} at {id(self):#x}: {'set' if self._flag else 'unset'}>"

    def _check(self) -> None:
        """Assert the numbered invariants."""
        with self._mutex:
            assert all_closed(self._waiters), "I1"
