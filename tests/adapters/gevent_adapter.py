"""What gevent calls safe between threads: its locks. Nothing is patched, no hub runs."""

from gevent.lock import BoundedSemaphore, RLock, Semaphore
from gevent.thread import LockType as Lock

__all__ = ["BoundedSemaphore", "Lock", "RLock", "Semaphore"]
