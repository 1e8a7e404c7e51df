"""culsans' queues as threads use them: their sync_q."""

import culsans
from culsans import QueueEmpty as Empty, QueueFull as Full, QueueShutDown as ShutDown

__all__ = ["Empty", "Full", "LifoQueue", "PriorityQueue", "Queue", "ShutDown"]

DEVIATIONS = "culsans.txt"


def _for_threads(kind):
    return lambda maxsize=0: kind(maxsize).sync_q


Queue, LifoQueue = _for_threads(culsans.Queue), _for_threads(culsans.LifoQueue)
PriorityQueue = _for_threads(culsans.PriorityQueue)
