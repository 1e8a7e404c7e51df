"""Busted Semaphores and BoundedSemaphores."""

from contextlib import contextmanager
from math import inf

from syncprims.semaphore import BoundedSemaphore, Semaphore
from syncprims.waitqueue import closed_gate, sleep


class SemaphoreThatForgetsN(Semaphore):
    """release(n) adds one permit."""

    def release(self, n=1):
        super().release(min(n, 1))


class SemaphoreWhoseReleaseOfManyWakesOne(Semaphore):
    """release(n) adds n permits and wakes one thread."""

    def release(self, n=1):
        super().release(min(n, 1))
        with self._mutex:
            self._value += n - 1


class SemaphoreThatLosesAPermitOnATimeout(Semaphore):
    """An acquire whose time has passed is still served, by the next release."""

    def acquire(self, blocking=True, timeout=None):
        taken = super().acquire(blocking, timeout)
        if timeout is not None and not taken:
            self._served_in_vain = True
        return taken

    def release(self, n=1):
        if n != 1 or not self.__dict__.pop("_served_in_vain", False):
            super().release(n)


class SemaphoreWhoseTimedOutWaitersStay(Semaphore):
    """A thread whose time has passed stays queued, and the next release wakes nobody else."""

    def acquire(self, blocking=True, timeout=None):
        while not super().acquire(False):
            if not blocking:
                return super().acquire(False, timeout)
            gate = closed_gate()
            with self._mutex:
                if not self._value:
                    self._waiters[gate] = True
            if gate in self._waiters and not sleep(gate, timeout):
                return False
        return True


class SemaphoreThatGoesBelowZero(Semaphore):
    """An acquire that must not block takes a permit, there or not."""

    def acquire(self, blocking=True, timeout=None):
        if blocking:
            return super().acquire(blocking, timeout)
        self._value -= 1
        return True


class SemaphoreThatIsNotReleasedOnExit(Semaphore):
    """Leaving a with block by an exception keeps the permit."""

    def __exit__(self, exc_type, exc, traceback):
        if exc_type is None:
            self.release()


class BoundedSemaphoreThatAddsBeforeItRefuses(BoundedSemaphore):
    """A release too many raises ValueError, but the permits are there."""

    def release(self, n=1):
        with limit_taken_from(self) as limit:
            super().release(n)
            if self._value > limit:
                raise ValueError("Semaphore released too many times")


class BoundedSemaphoreThatLooksBeforeItAdds(BoundedSemaphore):
    """release(n) refuses only when all permits are there, so n > 1 may pass the limit."""

    def release(self, n=1):
        with limit_taken_from(self) as limit:
            if self._value >= limit:
                raise ValueError("Semaphore released too many times")
            super().release(n)


class BoundedSemaphoreWithoutABound(BoundedSemaphore):
    """release never refuses."""

    def __init__(self, value=1):
        super().__init__(value)
        self._initial_value = float("inf")


@contextmanager
def limit_taken_from(semaphore):
    """Let a bounded semaphore be without its limit for a while."""
    limit, semaphore._initial_value = semaphore._initial_value, float("inf")
    try:
        yield limit
    finally:
        semaphore._initial_value = limit
