"""multiprocessing's primitives between threads: its `block` is threading's `blocking`."""

import multiprocessing
from multiprocessing import Barrier, Condition, Event, JoinableQueue as Queue, SimpleQueue

__all__ = ["Barrier", "Condition", "Event", "Queue", "SimpleQueue"]


def _renamed(kind, forever):
    def create(*value, **named):
        lock = kind(*value, **named)
        own, limit = lock.acquire, {forever: None}.get
        lock.acquire = lambda blocking=True, timeout=forever: own(blocking, limit(timeout, timeout))
        return lock

    return create


Lock, RLock = _renamed(multiprocessing.Lock, -1), _renamed(multiprocessing.RLock, -1)
Semaphore = _renamed(multiprocessing.Semaphore, None)
BoundedSemaphore = _renamed(multiprocessing.BoundedSemaphore, None)
