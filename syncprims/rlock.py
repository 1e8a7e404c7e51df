"""A lock its holder may take again.

One inner mutex that strangers sleep on, the identity of the thread that holds it, and how many
times it has been taken. Only the holder ever writes the identity and the depth, so the holder can
read them without a lock, and a stranger that reads them early learns only that it is not the
holder. Taking the mutex and signing it must not be torn apart by a signal, so both hang on one
``for`` step (``waitqueue.py`` says why).
"""

from __future__ import annotations

from itertools import repeat
from typing import NoReturn

from syncprims.fork import Ref, forsake, remember
from syncprims.lock import NEVER, Lock, get_ident

FOREVER = -1  # small integers are one object each, so "is" tells it from -1.0 and Decimal(-1)


class RLock:
    """A re-entrant lock: the thread that holds it may take it again, and must release as often.

    How it works: the first ``acquire`` takes the inner mutex and signs it with the thread's
    identity; further ones by the same thread only count. ``release`` counts down, and at zero
    removes the signature and opens the mutex.

    Differences from threading.RLock: written in Python, so several times slower than CPython's C
    version (and no slower than its Python one); a class, where older Pythons have a function;
    after a fork the child can use it even if another thread held it. Not safe: an exception from
    a signal handler that strikes exactly as a ``with`` block's exit begins leaves it held.

    >>> lock = RLock()
    >>> with lock, lock:
    ...     lock.locked()
    True
    >>> lock.locked()
    False
    """

    def __init__(self) -> None:
        self._mutex = Lock()
        self._taking = map(self._mutex.acquire, repeat(True))  # each step takes the mutex
        self._opening = iter(self._mutex.release, NEVER)  # each step opens it
        self._asking = iter(get_ident, NEVER)  # each step tells who asks
        # I1: _owner is None exactly when _depth is 0, and then this thread does not hold _mutex.
        self._owner: int | None = None  # written by: the holder
        self._depth = 0  # written by: the holder
        remember(Ref(self, forsake))

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, or count one more if this thread holds it; return whether it was taken.

        `timeout` is in seconds, -1 for no limit. Raises ValueError for a time-out together with
        ``blocking=False`` or below zero, OverflowError for more than TIMEOUT_MAX. Does not promise
        any order among the threads that sleep.
        """
        me = get_ident()
        if self._owner == me:
            if timeout is not FOREVER:
                Lock().acquire(blocking, timeout)  # refuses bad arguments as a real wait would
            self._depth += 1
            return True
        if not blocking or timeout is not FOREVER:
            return self._acquire_slow(me, blocking, timeout)
        for _ in self._taking:
            self._owner = me
            self._depth = 1
            return True
        raise StopIteration  # a signal handler's

    def _acquire_slow(self, me: int, blocking: bool, timeout: float) -> bool:
        for taken in map(self._mutex.acquire, (blocking,), (timeout,)):
            if taken:
                self._owner = me
                self._depth = 1
            return taken
        raise StopIteration  # a signal handler's

    __enter__ = acquire

    def release(self) -> None:
        """Undo one ``acquire``; raise RuntimeError if this thread does not hold the lock."""
        if self._owner != get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        depth = self._depth - 1
        if depth:
            self._depth = depth
            return
        self._owner = None
        self._depth = 0
        self._mutex.release()

    def __exit__(self, t: object, v: object, tb: object) -> None:
        # As release, but once it has begun nothing can strike: no call before the mutex is open.
        for me in self._asking:
            if self._owner != me:
                raise RuntimeError("cannot release un-acquired lock")
            depth = self._depth - 1
            if depth:
                self._depth = depth
                return
            self._owner = None
            self._depth = 0
            self._mutex.release()
            return

    def locked(self) -> bool:
        """Return whether any thread holds the lock."""
        return self._mutex.locked()

    def __repr__(self) -> str:
        state = "locked" if self.locked() else "unlocked"
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return (
            f"<{state} {name} object owner={self._owner or 0} count={self._depth} at {id(self):#x}>"
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")  # nor copy: one mutex

    def _is_owned(self) -> bool:
        return self._owner == get_ident()

    def _recursion_count(self) -> int:
        return self._depth if self._owner == get_ident() else 0

    def _release_save(self) -> tuple[int, int | None]:
        """Let go of every level at once, for Condition.wait; return what brings them back."""
        if self._owner != get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        held = (self._depth, self._owner)
        self._owner = None
        self._depth = 0
        for _ in self._opening:
            break
        return held

    def _acquire_restore(self, held: tuple[int, int | None]) -> None:
        for _ in self._taking:
            self._depth, self._owner = held
            return
        raise StopIteration  # a signal handler's

    def _at_fork_reinit(self) -> None:
        self._mutex._at_fork_reinit()  # type: ignore[attr-defined]
        self._owner = None
        self._depth = 0

    def _after_fork(self) -> None:
        # The forking thread lives on in the child and still holds what it held.
        if self._owner != get_ident():
            self._at_fork_reinit()

    def _check(self) -> None:
        """Assert the numbered invariants; call it when no other thread is inside."""
        assert (self._owner is None) == (self._depth == 0), "I1"
        assert (self._depth > 0) == self._mutex.locked(), "I1"
