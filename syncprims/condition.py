"""A place to sleep until another thread says that something has changed.

The caller holds the lock. ``wait`` registers a gate of its own, lets go of the lock, sleeps on the
gate, and takes the lock back before it looks at anything. ``notify`` opens the oldest gates and
deletes them; it can, because it holds the lock too. A waiter whose gate is gone from the queue was
notified, whatever the clock said meanwhile; one that was notified and is interrupted opens the
next gate in its place.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from syncprims.fork import Ref, forsake, remember
from syncprims.lock import NEVER, Section, now
from syncprims.rlock import RLock
from syncprims.waitqueue import Waiters, all_closed, closed_gate, forget, sleep, wake

T = TypeVar("T")

HELD = NEVER  # what ``saved`` says in wait() until the lock has really been let go
TRIES = 1000  # a lock that refuses to be taken back so often is broken, not interrupted


class _LockMethod(property):
    """A method that is the lock's own, found without a step of Python; callable on the class."""

    def __call__(self, condition: Condition, *args: Any) -> Any:
        return self.__get__(condition)(*args)


class Condition:
    """A condition variable: threads wait for it, holding a lock, until another notifies them.

    How it works: each waiter sleeps on a gate of its own in a queue that the lock guards.
    ``notify`` opens the oldest gates, so exactly the threads that have waited longest wake, and
    none wakes for nothing. Works over any lock with ``acquire`` and ``release``; without one it
    makes an RLock. Entering and leaving ``with condition`` is the lock's own code.

    Differences from threading.Condition: a waiter that was notified never reports a time-out, so
    no notification is lost to a thread that gave up; a notified waiter that is interrupted passes
    its notification on; a waiter that times out leaves the queue in constant time; ``locked`` is
    there on every Python, and a lock without one will do. ``Condition(Lock())`` is the form that
    no signal can break; over an RLock see that class, but there a signal handler may notify while
    its own thread is inside.

    >>> condition = Condition()
    >>> with condition:
    ...     condition.wait(timeout=0.001)
    False
    """

    # What is called often is in slots: an empty __dict__ makes every call quicker.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_enter",
        "_exit",
        "_is_owned",
        "_lock",
        "_waiters",
        "acquire",
        "locked",
        "release",
    )

    if TYPE_CHECKING:
        acquire: Callable[..., bool]
        release: Callable[[], None]
        locked: Callable[[], bool]
        _is_owned: Any  # () -> bool

        def __enter__(self) -> bool: ...

        def __exit__(self, *exc_info: object) -> None: ...

    else:
        # ``with`` finds C code here: a Python __enter__ or __exit__ would be one more place for a
        # signal to strike. ExitStack and explicit calls look in the class and call what is there.
        __enter__ = _LockMethod(attrgetter("_enter"))
        __exit__ = _LockMethod(attrgetter("_exit"))

    def __init__(self, lock: Any = None) -> None:
        self._over(RLock() if lock is None else lock, {})
        remember(Ref(self, forsake))

    @classmethod
    def _sharing(cls, lock: Any, waiters: Waiters) -> Condition:
        """Return a condition over a lock and a queue that belong to another primitive."""
        condition = cls.__new__(cls)
        condition._over(lock, waiters)
        return condition

    def _over(self, lock: Any, waiters: Waiters) -> None:
        self._lock = lock
        # I1: a gate in _waiters is closed; a gate not in it was opened, once.
        self._waiters = waiters  # guarded by: the lock
        self.acquire = lock.acquire
        self.release = lock.release
        if hasattr(lock, "__enter__"):
            section = Section(lock)
            self._enter, self._exit = section.__enter__, section.__exit__
        else:
            self._enter, self._exit = lock.acquire, lambda *exc: lock.release()
        # For a lock that knows no owner: held is as good as owned. A subclass may have its own.
        locked = getattr(lock, "locked", None)
        owned = locked if callable(locked) else partial(_is_held, lock)
        Condition._is_owned.__set__(self, owned)
        for name in ("locked", "_release_save", "_acquire_restore", "_is_owned"):
            if callable(getattr(lock, name, None)):
                setattr(self, name, getattr(lock, name))

    def wait(self, timeout: float | None = None) -> bool:
        """Let go of the lock, sleep until notified, take the lock back; return True.

        Returns False if `timeout` seconds pass first. The lock is held again on return and on any
        exception. Raises RuntimeError if the caller does not hold the lock. Does not promise that
        what was waited for still holds: look again, in a loop, or use ``wait_for``.
        """
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        waiters = self._waiters
        gate, opener = closed_gate()
        saved, slept = HELD, False
        late: list[BaseException] = []
        try:
            waiters[gate] = opener
            for saved in iter(self._release_save, HELD):  # noqa: B007
                break
            else:
                raise StopIteration  # the lock's own
            slept = sleep(gate, timeout) is not None  # false only if interrupted
        finally:
            # From here on nothing is called but in a for step, until all is in order: without the
            # lock the caller's ``with`` would fail on exit, and the queue could not be mended.
            while saved is not HELD and not late[TRIES:]:
                try:
                    for _ in map(self._acquire_restore, (saved,)):
                        break
                    else:
                        raise StopIteration  # a signal handler's, or the lock's own
                    break  # or the jump back to ``while`` is one more place to be struck
                except BaseException as exc:  # struck again: the lock comes first
                    late += (exc,)
            woken = gate not in waiters
            if not woken:
                del waiters[gate]
            elif late or not slept:
                for heir in waiters:
                    for _ in waiters[heir]:
                        del waiters[heir]
                        break
                    break
            if late:
                raise late.pop()
        return woken

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """Wait until ``predicate()`` is true, looking after each wake-up; return its last value.

        `timeout` is in seconds, for all the waits together; after it the last value is false.
        The predicate runs with the lock held. Raises what ``wait`` and the predicate raise.
        """
        result = predicate()
        remaining = timeout
        deadline = None
        while not result:
            if deadline is not None:
                remaining = deadline - now()
                if remaining <= 0:
                    break
            elif timeout is not None:
                deadline = now() + timeout
            self.wait(remaining)
            result = predicate()
        return result

    def notify(self, n: int = 1) -> None:
        """Wake the `n` threads that have waited longest, or all if there are fewer.

        They run once the caller lets go of the lock. Raises RuntimeError if the caller does not
        hold it. Does not promise that they run before any other thread takes the lock.
        """
        if not self._is_owned():
            raise RuntimeError("cannot notify on un-acquired lock")
        if self._waiters:
            wake(self._waiters, n)

    def notify_all(self) -> None:
        """Wake every thread that waits; raise RuntimeError if the caller does not hold the lock."""
        self.notify(len(self._waiters))

    def notifyAll(self) -> None:  # noqa: N802
        """Deprecated name of ``notify_all``."""
        warnings.warn(
            "notifyAll() is deprecated, use notify_all() instead", DeprecationWarning, stacklevel=2
        )
        self.notify_all()

    def __repr__(self) -> str:
        return f"<Condition({self._lock!r}, {len(self._waiters)})>"

    # What a lock without an owner leaves to its Condition. Python frames, but their one effect
    # hangs on a for step, so an exception out of them means that it did not happen.

    def _release_save(self) -> Any:
        for _ in iter(self._lock.release, NEVER):
            return
        raise StopIteration  # the lock's own

    def _acquire_restore(self, saved: Any) -> None:
        for _ in iter(self._lock.acquire, NEVER):
            return
        raise StopIteration  # a signal handler's, or the lock's own

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()
        forget(self._waiters)

    def _after_fork(self) -> None:
        forget(self._waiters)  # the lock may be held by the thread that forked: it is not ours

    def _check(self) -> None:
        """Assert the numbered invariants. The caller holds the lock."""
        assert all_closed(self._waiters), "I1"


def _is_held(lock: Any) -> bool:
    if lock.acquire(False):
        lock.release()
        return False
    return True
