"""multiprocessing's primitives between threads: its `block` is threading's `blocking`."""

import multiprocessing
from multiprocessing import Barrier, Condition, Event, JoinableQueue as Queue, SimpleQueue

__all__ = ["Barrier", "Condition", "Event", "Queue", "SimpleQueue"]


def _renamed(kind, forever):
    def create(*value, **named):
        lock = kind(*value, **named)
        acquire = lock.acquire
        lock.acquire = lambda blocking=True, timeout=forever: acquire(
            blocking, None if timeout == forever else timeout
        )
        return lock

    return create


for _name, _forever in dict(Lock=-1, RLock=-1, Semaphore=None, BoundedSemaphore=None).items():
    globals()[_name] = _renamed(getattr(multiprocessing, _name), _forever)
