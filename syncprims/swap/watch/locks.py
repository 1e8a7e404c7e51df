"""A Lock, an RLock and a Condition that know who holds them.

Taking one is Python: it takes the lock inside and signs for it. Letting go of a Lock is C, for its
slots hold the inner lock's own methods. Who finds it held sleeps in asleep.py, where others see it.
If signing fails, struck or out of stack, what was taken is let go of without a call of Python: that
might fail for the same reason.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import starmap
from types import FrameType
from typing import Any

import syncprims
from syncprims.lock import Lock as Inner
from syncprims.swap.watch.asleep import Note
from syncprims.swap.watch.held import Watched, sign, watching

FOREVER = -1  # asked by "is": all other time-outs are looked at
_AT_ONCE = ((False,),)


def _refuse(blocking: bool, timeout: float) -> None:
    Inner().acquire(blocking, timeout)  # a free lock: this only refuses bad arguments


class Lock(Watched):
    """``threading.Lock``, which tells who holds it."""

    __module__ = "syncprims"
    __slots__ = ("__exit__", "__weakref__", "_lock", "release")

    def __init__(self) -> None:
        self._lock = Inner()
        self.release: Callable[[], None] = watching.let_go(self._lock.release)
        self.__exit__: Callable[..., None] = watching.let_go(self._lock.__exit__)
        self._born(sys._getframe(1))

    def acquire(self, blocking: bool = True, timeout: float = FOREVER) -> bool:
        """Take the lock; see ``threading.Lock.acquire``."""
        if not blocking or timeout is not FOREVER:
            _refuse(blocking, timeout)
        return self._take(blocking, timeout, sys._getframe(1), False)

    def __enter__(self) -> bool:
        return self._take(True, FOREVER, sys._getframe(1), True)

    def _take(self, blocking: bool, timeout: float, frame: FrameType, alone: bool) -> bool:
        lock, taken, note = self._lock, False, None
        try:
            for taken in starmap(lock.acquire, _AT_ONCE):  # noqa: B007  # a step: untorn
                break
            if not taken:
                if not blocking:
                    return False
                note = Note("lock", self, timeout == FOREVER)
                if not note.sleep(lock.acquire, timeout):
                    return False
            sign(self, frame, alone, blocking and timeout == FOREVER)
            return True
        except BaseException:
            if taken or (note and note.done):
                lock.release()
            raise

    def locked(self) -> bool:
        """Return whether any thread holds the lock."""
        return self._lock.locked()

    acquire_lock: Callable[..., bool] = acquire
    locked_lock: Callable[..., bool] = locked
    release_lock: Any = property(lambda self: self.release)

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        state = "locked" if self.locked() else "unlocked"
        return f"<{state} syncprims.Lock object at {id(self):#x}>"

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle 'Lock' object")


class RLock(syncprims.RLock, Watched):
    """The kit's RLock, which tells who holds it."""

    __module__ = "syncprims"

    def __init__(self) -> None:
        super().__init__()
        self._born(sys._getframe(1))

    def acquire(self, blocking: bool = True, timeout: float = FOREVER) -> bool:
        """Take the lock, or count one more; see ``threading.RLock.acquire``."""
        if not blocking or timeout is not FOREVER:
            _refuse(blocking, timeout)
        return self._take(blocking, timeout, sys._getframe(1))

    def __enter__(self) -> bool:  # type: ignore[override]
        return self._take(True, FOREVER, sys._getframe(1))

    def _take(self, blocking: bool, timeout: float, frame: FrameType) -> bool:
        acquire, taken, note = super().acquire, False, None
        try:
            taken = acquire(False)
            if not taken:
                if not blocking:
                    return False
                note = Note("lock", self, timeout == FOREVER)
                if not note.sleep(acquire, timeout):
                    return False
            if self._depth == 1:
                sign(self, frame, True, blocking and timeout == FOREVER)
            return True
        except BaseException:
            if taken or (note and note.done):
                self._depth -= 1
                if not self._depth:  # pragma: no branch
                    self._owner = None
                    self._lock.release()
            raise

    def _acquire_restore(self, held: tuple[int, int | None]) -> None:
        self._take(True, FOREVER, sys._getframe(1))
        self._depth = held[0]


class Condition(syncprims.Condition):
    """The kit's Condition, over a lock that tells who holds it."""

    __module__ = "syncprims"

    def __init__(self, lock: Any = None) -> None:
        super().__init__(RLock() if lock is None else lock)

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle 'Condition' object")


CLASSES: dict[str, Any] = {"Lock": Lock, "RLock": RLock, "Condition": Condition}
