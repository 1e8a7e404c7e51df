"""gevent's locks, which are meant for threads too. Nothing is patched, no hub runs."""

from gevent.lock import BoundedSemaphore, RLock, Semaphore
from gevent.thread import LockType as Lock

__all__ = ["BoundedSemaphore", "Lock", "RLock", "Semaphore"]
