"""Primitives whose short time-outs all come half a second late."""

from syncprims import (
    Barrier,
    BoundedSemaphore,
    Condition,
    Event,
    Queue,
    RLock,
    Semaphore,
    SimpleQueue,
)

from .locks import Lock


def late(timeout):
    """Return a time-out that is half a second longer, if it is one."""
    return timeout + 0.5 if timeout is not None and 0 < timeout < 0.5 else timeout


class LateLock(Lock):
    """A lock whose time-outs come late."""

    def acquire(self, blocking=True, timeout=-1):
        return super().acquire(blocking, late(timeout))


class LateRLock(RLock):
    """An RLock whose time-outs come late."""

    def acquire(self, blocking=True, timeout=-1):
        return super().acquire(blocking, late(timeout))


class LateCondition(Condition):
    """A condition whose wait's time-outs come late."""

    def wait(self, timeout=None):
        return super().wait(late(timeout))


class LateEvent(Event):
    """An event whose time-outs come late."""

    def wait(self, timeout=None):
        return super().wait(late(timeout))


class LateSemaphore(Semaphore):
    """A semaphore whose time-outs come late."""

    def acquire(self, blocking=True, timeout=None):
        return super().acquire(blocking, late(timeout))


class LateBoundedSemaphore(BoundedSemaphore):
    """A bounded semaphore whose time-outs come late."""

    def acquire(self, blocking=True, timeout=None):
        return super().acquire(blocking, late(timeout))


class LateBarrier(Barrier):
    """A barrier whose time-outs come late."""

    def wait(self, timeout=None):
        return super().wait(late(timeout))


class LateQueue(Queue):
    """A queue whose put's time-outs come late."""

    def put(self, item, block=True, timeout=None):
        super().put(item, block, late(timeout))


class LateSimpleQueue(SimpleQueue):
    """A simple queue whose time-outs come late."""

    def get(self, block=True, timeout=None):
        return super().get(block, late(timeout))
