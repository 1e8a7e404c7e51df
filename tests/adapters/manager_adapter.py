"""Proxies of multiprocessing.Manager: the primitives of this Python, in another process."""

import multiprocessing
import sys

SINCE = sys.version_info[:2]
_MANAGER = multiprocessing.Manager()
_NAMES = "Lock RLock Condition Event Semaphore BoundedSemaphore Barrier Queue"
globals().update({name: getattr(_MANAGER, name) for name in _NAMES.split()})
