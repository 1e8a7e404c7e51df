"""Busted Semaphores and BoundedSemaphores."""

import time
from _thread import allocate_lock
from contextlib import contextmanager, suppress

from syncprims.semaphore import BoundedSemaphore, Semaphore
from syncprims.waitqueue import WaitQueue, closed_gate, sleep


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


class SemaphoreThatTakesAnyTimeout(Semaphore):
    """A time-out that cannot be is taken for one that has passed."""

    def acquire(self, blocking=True, timeout=None):
        try:
            return super().acquire(blocking, timeout)
        except (TypeError, OverflowError):
            return False


class SemaphoreThatAddsOneTooMany(Semaphore):
    """release(n) adds n + 1 permits."""

    def release(self, n=1):
        super().release(n + 1)


class SemaphoreThatWakesTheYoungest(Semaphore):
    """A permit is handed to the thread that has waited for the shortest time."""

    def __init__(self, value=1):
        super().__init__(value)
        self._line = []

    def acquire(self, blocking=True, timeout=None):
        if super().acquire(False):
            return True
        if not blocking:
            return False
        gate = allocate_lock()
        gate.acquire()
        self._line.append(gate)
        return gate.acquire()

    def release(self, n=1):
        for _ in range(n):
            if self._line:
                self._line.pop().release()
            else:
                super().release()


class SemaphoreThatServesTheGone(Semaphore):
    """A permit is handed to the first in line, though its time has passed and it does not look."""

    def __init__(self, value=1):
        super().__init__(value)
        self._line = []

    def acquire(self, blocking=True, timeout=None):
        with self._mutex:
            if self._value or not blocking:
                taken = self._value > 0
                self._value -= taken
                return taken
            gate = allocate_lock()
            gate.acquire()
            self._line.append(gate)
        if gate.acquire(True, -1 if timeout is None else max(timeout, 0)):
            return True
        time.sleep(0.0001)  # elsewhere a few bytecodes: the race would be rare
        with self._mutex:
            if gate in self._line:
                self._line.remove(gate)
        return False

    def release(self, n=1):
        with self._mutex:
            for _ in range(n):
                if self._line:
                    self._line.pop(0).release()
                else:
                    self._value += 1


class BoundedSemaphoreThatForgetsItsValue(BoundedSemaphore):
    """However many permits it is asked for, it has one."""

    def __init__(self, value=1):
        super().__init__(min(value, 1))


class BoundedSemaphoreThatWakesBeforeItRefuses(BoundedSemaphore):
    """A release too many fills the permits up before it raises ValueError."""

    def release(self, n=1):
        try:
            super().release(n)
        except ValueError:
            with suppress(ValueError):
                while True:
                    super().release()
            raise


class SemaphoreThatGivesUpWhenWokenInVain(Semaphore):
    """An acquire that was woken and finds no permit does not sleep again."""

    def acquire(self, blocking=True, timeout=None):
        if not blocking:
            return super().acquire(False, timeout)
        if super().acquire(False):
            return True
        with self._mutex:
            self._waiters.wait(timeout)
        return super().acquire(False)


class SemaphoreThatWaitsForTheClock(Semaphore):
    """acquire gives up when its time lies behind, not when it has come."""

    def acquire(self, blocking=True, timeout=None):
        if timeout is None:
            return super().acquire(blocking)
        end = time.monotonic() + timeout
        while not super().acquire(blocking, 0):
            if time.monotonic() > end:
                return False
        return True


class YoungestFirst(WaitQueue):
    """Sleepers of whom the one that came last is woken first."""

    def wake(self, n=1):
        for gate in list(reversed(self))[:n]:
            del self[gate]
            gate.release()


class BoundedSemaphoreThatWakesTheYoungest(BoundedSemaphore):
    """A permit is for the thread that has waited for the shortest time."""

    def __init__(self, value=1):
        super().__init__(value)
        self._waiters = YoungestFirst(self._mutex)


class SemaphoreThatRoundsItsValue(Semaphore):
    """A value is cut to a whole number before it is looked at."""

    def __init__(self, value=1):
        super().__init__(int(value))


class SemaphoreWhoseReleaseAnswers(Semaphore):
    """release returns how many permits there are."""

    def release(self, n=1):
        super().release(n)
        return self._value


class BoundedSemaphoreThatRefusesInItsOwnWords(BoundedSemaphore):
    """The error for a release of none has a text of its own."""

    def release(self, n=1):
        if n < 1:
            raise ValueError("nothing to release")
        super().release(n)


@contextmanager
def limit_taken_from(semaphore):
    """Let a bounded semaphore be without its limit for a while."""
    limit, semaphore._initial_value = semaphore._initial_value, float("inf")
    try:
        yield limit
    finally:
        semaphore._initial_value = limit
