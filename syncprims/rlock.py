"""A lock its holder may take again.

One inner lock that strangers sleep on, the identity of the thread that holds it, and how many
times it has been taken. Only the holder ever writes the identity and the depth, so the holder can
read them without a lock, and a stranger that reads them early learns only that it is not the
holder. Taking the inner lock and signing it must not be torn apart by a signal. So the signature
hangs on one step of a kept iterator (``steps`` in lock.py); threads may share it.
"""

from itertools import starmap

from syncprims.fork import remember
from syncprims.lock import Any, Lock, get_ident, name_of, steps

# The default time-out. All others are checked, -1.0 and Decimal(-1) too: so it is asked by "is".
FOREVER = -1


class RLock:
    """A re-entrant lock: the thread that holds it may take it again, and must release as often.

    How it works: the first ``acquire`` takes the inner lock and signs it with the thread's
    identity; further ones by the same thread only count. ``release`` counts down, and at zero
    removes the signature and opens the inner lock.

    Differences from threading.RLock: written in Python, so several times slower than CPython's C
    version (and no slower than its Python one); a class, where older Pythons have a function;
    after a fork the child can use it even if another thread held it. Not safe: an exception from
    a signal handler that strikes exactly as a ``with`` block's exit begins leaves it held. As with
    the stdlib's, a handler that takes an RLock its own thread is just waiting for waits with it,
    for ever if the holder waits for that thread; and a lock whose holder ends stays held, perhaps
    by a later thread: identities are used again.

    >>> lock = RLock()
    >>> with lock, lock:
    ...     lock.locked()
    True
    >>> lock.locked()
    False
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._taking = steps(self._lock.acquire)  # each step takes the lock
        # I1: _owner is None exactly when _depth is 0, and then _lock is free, or changing hands.
        self._owner: int | None = None  # written by: the holder
        self._depth = 0  # written by: the holder
        remember(self)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, or count one more if this thread holds it; return whether it was taken.

        `timeout` is in seconds, -1 for no limit. Raises ValueError for a time-out together with
        ``blocking=False`` or below zero, OverflowError for more than TIMEOUT_MAX. Does not promise
        any order among the threads that sleep.
        """
        me = get_ident()
        if self._owner == me:
            if timeout is not FOREVER:
                Lock().acquire(blocking, timeout)  # a free lock: this only refuses bad arguments
            self._depth += 1
            return True
        timed = not blocking or timeout is not FOREVER
        taking = starmap(self._lock.acquire, ((blocking, timeout),)) if timed else self._taking
        for taken in taking:  # one step: it takes the lock, or fails
            if taken:
                self._owner, self._depth = me, 1
            return taken
        raise StopIteration  # a signal handler's: it ended the loop, and nothing was taken

    __enter__ = acquire

    def release(self) -> None:
        """Undo one ``acquire``; raise RuntimeError if this thread does not hold the lock."""
        for me in _ASKING:  # a step, not a call: no signal comes between asking and letting go
            if self._owner != me:
                raise RuntimeError("cannot release un-acquired lock")
            if self._depth > 1:
                self._depth -= 1
                return
            self._owner, self._depth = None, 0
            self._lock.release()
            return

    def __exit__(self, t: object, v: object, tb: object) -> None:
        self.release()

    def locked(self) -> bool:
        """Return whether any thread holds the lock."""
        return self._lock.locked()

    def __repr__(self) -> str:
        state = "locked" if self.locked() else "unlocked"
        held = f"owner={self._owner or 0} count={self._depth}"
        return f"<{state} {name_of(self)} object {held} at {id(self):#x}>"

    def _after_fork(self) -> None:
        # The forking thread lives on in the child and still holds what it held.
        if self._owner != get_ident():
            self._at_fork_reinit()

    def _check(self) -> None:
        """Assert the numbered invariants; call it when no other thread is inside."""
        assert (self._owner is None) == (self._depth == 0), "I1"
        assert (self._depth > 0) == self._lock.locked(), "I1"

    # Skip this on a first reading: what Condition, logging and multiprocessing call.

    def _is_owned(self) -> bool:
        return self._owner == get_ident()

    def _recursion_count(self) -> int:
        return self._depth if self._owner == get_ident() else 0

    def _release_save(self) -> tuple[int, int | None]:
        """Let go of every level at once, for Condition.wait; return what brings them back."""
        if self._owner != get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        held, opening = (self._depth, self._owner), steps(self._lock.release)
        self._owner, self._depth = None, 0
        for _ in opening:
            break
        return held

    def _acquire_restore(self, held: tuple[int, int | None]) -> None:
        for _ in self._taking:
            self._depth, self._owner = held
            return
        raise StopIteration  # as in acquire

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()  # type: ignore[attr-defined]
        self._owner, self._depth = None, 0

    def __reduce__(self) -> Any:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")  # nor copy: one lock


_ASKING = steps(get_ident)  # each step tells who asks
