"""Right by the documentation: nobody is queued anywhere, all look again every half millisecond."""

import time
from _thread import TIMEOUT_MAX, allocate_lock
from queue import Empty, Full  # noqa: F401 - the stdlib's are expected all the same

SINCE = (3, 12)


def poll(ready, timeout):
    """Look until it is so, or the time is over."""
    if timeout is not None and not timeout <= TIMEOUT_MAX:
        raise OverflowError("timestamp too large")
    end = None if timeout is None else time.monotonic() + timeout
    while not ready():
        if end is not None and time.monotonic() >= end:
            return False
        time.sleep(0.0005)
    return True


class Lock:
    def __init__(self):
        self._inner = allocate_lock()
        self.release, self.locked = self._inner.release, self._inner.locked

    def acquire(self, blocking=True, timeout=-1):
        if timeout != -1 and (not blocking or not timeout >= 0):
            raise ValueError("no such timeout")
        wait = timeout if timeout != -1 else None
        return poll(lambda: self._inner.acquire(False), wait if blocking else 0)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc):
        self.release()


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("below zero")
        self._mutex, self._value = allocate_lock(), value

    def _take(self):
        with self._mutex:
            taken = self._value > 0
            self._value -= taken
            return taken

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("no such timeout")
        return poll(self._take, timeout if blocking else 0)

    def release(self, n=1):
        if n < 1:
            raise ValueError("below one")
        with self._mutex:
            self._value += n

    __enter__ = acquire

    def __exit__(self, *exc):
        self.release()


class Event:
    def __init__(self):
        self._mutex, self._flag, self._sets = allocate_lock(), False, 0

    def is_set(self):
        return self._flag

    def set(self):
        with self._mutex:
            self._flag, self._sets = True, self._sets + 1

    def clear(self):
        with self._mutex:
            self._flag = False

    def wait(self, timeout=None):
        before = self._sets
        return poll(lambda: self._flag or self._sets != before, timeout)
