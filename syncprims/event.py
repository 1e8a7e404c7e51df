"""A flag that threads can sleep on until it is raised.

``wait`` queues a gate unless the flag is up, and sleeps on it; ``set`` raises the flag and opens
every gate in the queue. Whether a sleeper was woken is told by its gate's absence from the queue,
not by the flag, so a ``clear`` on the heels of a ``set`` loses nobody. Looking at the flag is one
read, lowering it one write, and neither needs a mutex. Programs wait in a loop for what a
signal handler sets; so ``wait`` queues its gate itself and calls nothing with the mutex held: the
handler finds it free.
"""

import warnings

from syncprims import waitqueue
from syncprims.condition import sharing
from syncprims.fork import remember
from syncprims.lock import Lock, Mutex, shown


class Event:
    """A flag, down at first; ``set`` raises it and wakes all who wait, ``clear`` lowers it.

    How it works: ``wait`` returns at once while the flag is up; otherwise it queues a gate and
    sleeps. ``set`` raises the flag and opens every gate.

    Differences from threading.Event: ``is_set``, ``clear`` and calls that need not wait take no
    lock; a signal handler may ``set`` the event its own thread is waiting for, and on CPython also
    one it is setting, if it does not clear it first; after a fork the child's copy works whatever
    other threads were doing.

    >>> event = Event()
    >>> event.wait(timeout=0.001)
    False
    >>> event.set()
    >>> event.wait()
    True
    """

    def __init__(self) -> None:
        self._flag = False  # raised with _mutex held, lowered by one write without it
        self._mutex = Mutex(Lock())
        # I1 is the wait queue's. I2: nobody joins _waiters while the flag is up.
        # Guarded by: _mutex; woken when: the flag goes up.
        self._waiters = waitqueue.WaitQueue(self._mutex)
        remember(self)

    def is_set(self) -> bool:
        """Return whether the flag is up."""
        return self._flag

    def set(self) -> None:
        """Raise the flag and wake every thread that waits for it."""
        if self._flag:
            return
        try:
            with self._mutex:
                # The flag first: a signal handler that sets the event while we wake its sleepers
                # finds it set, and does not ask for the mutex that we hold.
                self._flag = True
                self._waiters.wake_all()
        except BaseException:  # struck: if the flag is up, wake those that are left
            with self._mutex:
                if self._flag:
                    self._waiters.wake_all()
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
        gate = waitqueue.closed_gate()
        try:
            with self._mutex:
                if self._flag:  # between the first look and the mutex another thread may set it
                    return True
                self._waiters[gate] = True
            return waitqueue.sleep(gate, timeout) or not self._leave(gate)
        except BaseException:
            self._leave(gate)
            raise

    def _leave(self, gate: Lock) -> bool:
        """Take a gate out of the queue; return False if ``set`` has opened it meanwhile."""
        with self._mutex:  # nothing is called in here: see the head of this file
            if gate in self._waiters:
                del self._waiters[gate]
                return True
        return False

    def __repr__(self) -> str:
        return shown(self, "set" if self._flag else "unset")

    def _after_fork(self) -> None:
        # The gates are kept: the thread that forked may sleep on one, and only ``set`` wakes it.
        self._mutex.after_fork()

    def _check(self) -> None:
        """Assert the numbered invariants."""
        with self._mutex:
            self._waiters._check()

    # Skip this on a first reading: what other code finds in the stdlib's.

    _at_fork_reinit = _after_fork

    _cond = property(lambda self: sharing(self._waiters))

    def isSet(self) -> bool:  # noqa: N802
        """Deprecated name of ``is_set``."""
        warnings.warn("isSet() is deprecated, use is_set() instead", DeprecationWarning, 2)
        return self.is_set()
