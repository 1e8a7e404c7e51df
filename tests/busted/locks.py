"""Busted Locks."""

from _thread import allocate_lock


class Lock:
    """A sound lock that can be subclassed, as the kit's own cannot."""

    def __init__(self):
        self._lock = allocate_lock()

    def acquire(self, blocking=True, timeout=-1):
        return self._lock.acquire(blocking, timeout)

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc):
        self.release()


class LockThatIsBornHeld(Lock):
    """A new lock is held, though it says that it is not."""

    def __init__(self):
        super().__init__()
        self.acquire()

    def locked(self):
        return False


class LockThatTakesAnyTimeout(Lock):
    """A time-out that cannot be is taken for none."""

    def acquire(self, blocking=True, timeout=-1):
        try:
            return super().acquire(blocking, timeout)
        except (ValueError, OverflowError, TypeError):
            return super().acquire(False)
