"""janus' queues as threads use them: their sync_q."""

import janus
from janus import SyncQueueEmpty as Empty, SyncQueueFull as Full, SyncQueueShutDown as ShutDown

__all__ = ["Empty", "Full", "LifoQueue", "PriorityQueue", "Queue", "ShutDown"]


def _for_threads(kind):
    return lambda maxsize=0: kind(maxsize).sync_q


Queue, LifoQueue = _for_threads(janus.Queue), _for_threads(janus.LifoQueue)
PriorityQueue = _for_threads(janus.PriorityQueue)
