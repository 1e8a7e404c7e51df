"""multiprocessing.dummy's primitives: those of this Python's threading and queue."""

import sys
from multiprocessing.dummy import (
    Barrier,
    BoundedSemaphore,
    Condition,
    Event,
    Lock,
    Queue,
    RLock,
    Semaphore,
)

__all__ = ["Barrier", "BoundedSemaphore", "Condition", "Event", "Lock"]
__all__ += ["Queue", "RLock", "Semaphore"]
SINCE = sys.version_info[:2]
