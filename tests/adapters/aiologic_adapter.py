"""aiologic as plain threads use it: its green methods, under the names of threading."""

import aiologic
from aiologic import Condition, Event

__all__ = ["Condition", "Event"]


def _green(kind, forever):
    def acquire(self, blocking=True, timeout=forever):
        limit = None if timeout == forever else timeout
        return self.green_acquire(blocking=blocking, timeout=limit)

    return type(kind.__name__, (kind,), {"acquire": acquire, "release": kind.green_release})


Lock, RLock = _green(aiologic.Lock, -1), _green(aiologic.RLock, -1)
Semaphore = _green(aiologic.Semaphore, None)
BoundedSemaphore = _green(aiologic.BoundedSemaphore, None)
