"""eventlet's primitives in plain threads: nothing is patched, each thread has a hub of its own."""

from eventlet import queue
from eventlet.semaphore import BoundedSemaphore as BoundedSemaphore, Semaphore as Semaphore


def _unlimited(kind):
    return lambda maxsize=0: kind(maxsize if maxsize > 0 else None)


Queue, LifoQueue = _unlimited(queue.Queue), _unlimited(queue.LifoQueue)
PriorityQueue = _unlimited(queue.PriorityQueue)
