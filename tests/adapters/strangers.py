"""culsans' queues and aiologic's semaphores, plugged into the suite in nine lines."""

import aiologic
import culsans

DEVIATIONS = "strangers.txt"


def _for_threads(kind):
    return lambda maxsize=0: kind(maxsize).sync_q


Queue, LifoQueue = _for_threads(culsans.Queue), _for_threads(culsans.LifoQueue)
PriorityQueue = _for_threads(culsans.PriorityQueue)


class Semaphore(aiologic.Semaphore):
    def acquire(self, blocking=True, timeout=None):
        return self.green_acquire(blocking=blocking, timeout=timeout)
