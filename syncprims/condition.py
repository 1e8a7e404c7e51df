"""A place to sleep until another thread says that something has changed.

The caller holds the lock. ``wait`` queues a gate, lets go of the lock, sleeps, and takes the lock
back before it looks at anything. ``notify`` opens the oldest gates; its caller holds the lock too.
All that is the wait queue's work: a condition is a wait queue bound to a lock that others may see
and hold.
"""

import warnings
from collections.abc import Callable
from functools import partial
from operator import attrgetter

from syncprims.fork import remember
from syncprims.lock import Any, Mutex, T
from syncprims.rlock import RLock
from syncprims.waitqueue import WaitQueue, let_go, take_back


class Lent(property):
    """An attribute that a condition has from its lock: to read it gives the lock's own method.

    ``with`` looks in the class, so it must stand there. ``with condition`` runs C code if the lock
    is written in C, and no Python ``__exit__`` that a signal could strike.
    ExitStack calls ``Condition.__enter__(condition)``: that works too.
    """

    def __call__(self, condition: "Condition", *args: Any) -> Any:
        return self.__get__(condition)(*args)


class Condition:
    """A condition variable: threads wait for it, holding a lock, until another notifies them.

    How it works: each sleeper has a gate of its own in a queue that the lock guards. ``notify``
    opens the oldest gates, so exactly the threads that have waited longest wake, and none wakes
    without being notified. Works over any lock with ``acquire`` and ``release``; without one it
    makes an RLock. Entering and leaving ``with condition`` is the lock's own code.

    Differences from threading.Condition: a thread that was notified never reports a time-out, so
    no notification is lost to one that gave up; a notified thread that is interrupted passes its
    notification on; one that times out leaves the queue in constant time; ``locked`` is there on
    every Python. ``Condition(Lock())`` is the form that no signal can break. A signal handler may
    notify while its own thread is inside, if that holds the lock.

    >>> condition = Condition()
    >>> with condition:
    ...     condition.wait(timeout=0.001)
    False
    """

    __enter__: Callable[..., bool] = Lent(attrgetter("_enter"))
    __exit__: Callable[..., None] = Lent(attrgetter("_exit"))
    locked: Callable[..., bool] = Lent(attrgetter("_lock.locked"))

    def __init__(self, lock: Any = None) -> None:
        self._over(WaitQueue(Mutex(RLock() if lock is None else lock)))
        remember(self)

    def _over(self, waiters: WaitQueue) -> None:
        self._waiters = waiters  # guarded by: the lock; woken when: notified
        self._lock: Any = waiters.mutex.lock
        self.acquire: Callable[..., bool] = self._lock.acquire
        self.release: Callable[[], None] = self._lock.release
        self._enter, self._exit = waiters.mutex.__enter__, waiters.mutex.__exit__
        owned = getattr(self._lock, "_is_owned", None) or getattr(self._lock, "locked", None)
        self._owned: Callable[[], bool] = owned or partial(_is_held, self._lock)

    def wait(self, timeout: float | None = None) -> bool:
        """Let go of the lock, sleep until notified, take the lock back; return True.

        Returns False if `timeout` seconds pass first; with zero it only lets others have the lock,
        and no notification is for it. The lock is held again on return and on any exception. Raises
        RuntimeError if the caller does not hold the lock (of a plain Lock: if nobody does). Does
        not promise that what was waited for still holds: look again, in a loop, or use
        ``wait_for``.
        """
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        return self._waiters.wait(timeout)

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """Wait until ``predicate()`` is true, looking after each wake-up; return its last value.

        `timeout` is in seconds, for all the waits together; after it the last value is false. The
        predicate runs with the lock held. Raises what ``wait`` and the predicate raise.
        """
        return WaitQueue.wait_for(self, predicate, timeout)  # it calls this object's wait

    def notify(self, n: int = 1) -> None:
        """Wake the `n` threads that have waited longest, or all if there are fewer.

        They go on when the caller has let go of the lock. Raises RuntimeError if the caller does
        not hold it. Does not promise that they run before any other thread takes the lock.
        """
        if not self._is_owned():
            raise RuntimeError("cannot notify on un-acquired lock")
        self._waiters.wake(n)

    def notify_all(self) -> None:
        """Wake every thread that waits; raise RuntimeError if the caller does not hold the lock."""
        self.notify(len(self._waiters))

    def __repr__(self) -> str:
        return f"<Condition({self._lock!r}, {len(self._waiters)})>"

    def _is_owned(self) -> bool:
        """Whether the caller holds the lock; of one that knows no owner, whether anybody does."""
        return self._owned()

    def _after_fork(self) -> None:
        self._waiters.wake_all()  # the lock may be held by the thread that forked: it is not ours

    def _check(self) -> None:
        """Assert the invariants of the queue. The caller holds the lock."""
        self._waiters._check()

    # Skip this on a first reading: what other code finds in the stdlib's.

    _release_save: Any = property(lambda c: partial(let_go, c._lock))
    _acquire_restore: Any = property(lambda c: partial(take_back, c._waiters.mutex, c._lock))

    def notifyAll(self) -> None:  # noqa: N802
        """Deprecated name of ``notify_all``."""
        warnings.warn("notifyAll() is deprecated, use notify_all() instead", DeprecationWarning, 2)
        self.notify_all()

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()
        self._after_fork()


def sharing(waiters: WaitQueue) -> Condition:
    """Return a condition over a queue of sleepers, and its mutex, that another primitive has."""
    condition = Condition.__new__(Condition)
    condition._over(waiters)
    return condition


def _is_held(lock: Any) -> bool:
    if lock.acquire(False):
        lock.release()
        return False
    return True
