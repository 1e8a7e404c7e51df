"""Busted Conditions."""

import time
from _thread import allocate_lock

from syncprims.condition import Condition
from syncprims.lock import Mutex
from syncprims.waitqueue import WaitQueue, closed_gate, sleep_without


class ConditionThatLosesANotify(Condition):
    """notify(n) wakes n - 1 threads."""

    def notify(self, n=1):
        super().notify(n - 1)


class ConditionThatWakesOneTooMany(Condition):
    """notify(n) wakes n + 1 threads."""

    def notify(self, n=1):
        super().notify(n + 1)


class ConditionWhoseNotifyAllWakesOne(Condition):
    """notify_all is notify."""

    def notify_all(self):
        self.notify()


class ConditionThatWakesTheYoungest(Condition):
    """notify wakes the threads that have waited for the shortest time."""

    def notify(self, n=1):
        super().notify(0)  # refuses strangers
        for gate in list(reversed(self._waiters))[:n]:
            del self._waiters[gate]
            gate.release()


class ConditionThatLetsStrangersNotify(Condition):
    """notify does not mind that the caller does not hold the lock."""

    def notify(self, n=1):
        self._waiters.wake(n)


class ConditionThatForgetsTheLockAfterATimeout(Condition):
    """wait comes back without the lock when its time has passed."""

    def wait(self, timeout=None):
        woken = super().wait(timeout)
        if not woken:
            self.release()
        return woken


class ConditionThatRestoresOneLevel(Condition):
    """wait lets go of every level of an RLock and takes back only one."""

    def wait(self, timeout=None):
        woken = super().wait(timeout)
        while getattr(self._lock, "_depth", 0) > 1:
            self.release()
        return woken


class ConditionThatLetsGoOfOneLevel(Condition):
    """wait releases an RLock once, so that it sleeps holding one that was taken twice."""

    def _over(self, waiters):
        super()._over(waiters)
        mutex = Mutex(Levelless(self._lock))
        self._waiters = WaitQueue(mutex)


class Levelless:
    """A lock without its way to let go of all levels at once."""

    def __init__(self, lock):
        self.acquire, self.release = lock.acquire, lock.release


class ConditionThatNeverReportsATimeout(Condition):
    """wait returns True although its time has passed."""

    def wait(self, timeout=None):
        super().wait(timeout)
        return True


class ConditionWhoseTimedOutWaitersStay(Condition):
    """A waiter whose time has passed stays queued, and the next notify is spent on it."""

    def wait(self, timeout=None):
        woken = super().wait(timeout)
        if not woken:
            behind = dict(self._waiters)
            self._waiters.clear()
            self._waiters.update({closed_gate(): True} | behind)
        return woken


class ConditionWhoseWaitForRestartsTheTimeout(Condition):
    """Each of the waits in wait_for has the whole time-out, and a second at least."""

    def wait_for(self, predicate, timeout=None):
        each = None if timeout is None else max(timeout, 1)
        result = predicate()
        while not result and self.wait(each):
            result = predicate()
        return result or predicate()


class ConditionWhoseWaitForLooksOnce(Condition):
    """wait_for takes the first wake-up for what it waits for."""

    def wait_for(self, predicate, timeout=None):
        return predicate() or self.wait(timeout)


class ConditionWhosePredicateRunsWithoutTheLock(Condition):
    """wait_for lets go of the lock while the predicate looks."""

    def wait_for(self, predicate, timeout=None):
        def look():
            self.release()
            try:
                return predicate()
            finally:
                self.acquire()

        return super().wait_for(look, timeout)


class ConditionThatLosesTheLockToAnError(Condition):
    """What the predicate raises comes out of wait_for without the lock."""

    def wait_for(self, predicate, timeout=None):
        try:
            return super().wait_for(predicate, timeout)
        except BaseException:
            self.release()
            raise


class ConditionWhoseNotifyAllOfOldWakesOne(Condition):
    """notifyAll is notify."""

    def notifyAll(self):  # noqa: N802 - the stdlib's name
        self.notify()


class ConditionThatTakesAnyTimeout(Condition):
    """A time-out that cannot be is taken for one that has passed."""

    def wait(self, timeout=None):
        try:
            return super().wait(timeout)
        except (TypeError, OverflowError):
            return False


class ConditionWhoseWaitForLooksUntilTheClockMoves(Condition):
    """wait_for gives up when its time lies behind, not when it has come."""

    def wait_for(self, predicate, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        result = predicate()
        while not result:
            left = None if end is None else end - time.monotonic()
            if left is not None and left < 0:
                break
            self.wait(left)
            result = predicate()
        return result


class ConditionWhoseNotifyMustNotBeCutShort(Condition):
    """notify opens a gate before it takes it out: cut short in between, it opens it again."""

    def __init__(self, lock=None):
        super().__init__(lock)
        self._gates, self._open = [], []

    def wait(self, timeout=None):
        gate = allocate_lock()
        gate.acquire()
        self._gates.append(gate)
        saved = self._release_save()
        try:
            return gate.acquire() if timeout is None else gate.acquire(True, max(timeout, 0))
        finally:
            self._acquire_restore(saved)

    def notify(self, n=1):
        while self._gates and n > 0:
            gate = self._gates[0]
            if gate in self._open:
                raise RuntimeError("release unlocked lock")
            self._open.append(gate)
            gate.release()
            self._gates.pop(0)
            n -= 1


class ConditionThatSavesOneLevel(Condition):
    """_release_save releases the lock once, however often it was taken."""

    def __init__(self, lock=None):
        super().__init__(lock)
        self._release_save = self.release
        self._acquire_restore = lambda saved: self.acquire()


class ConditionThatRefusesAFractionBelowZero(Condition):
    """A time-out between -1 and 0 is an error."""

    def wait(self, timeout=None):
        if timeout is not None and -1 < timeout < 0:
            raise ValueError("a time-out below zero")
        return super().wait(timeout)


class ConditionWhosePollTakesANotification(Condition):
    """wait(0) stands in line like others, and returns False even if it was notified."""

    def wait(self, timeout=None):
        if timeout != 0:
            return super().wait(timeout)
        gate = closed_gate()
        self._waiters[gate] = True
        sleep_without(self._waiters.mutex, gate, 0)
        self._waiters.pop(gate, None)
        return False


class ConditionWhoseNotifyMindsAHandler(Condition):
    """notify refuses to be called in the middle of itself."""

    _notifying = False

    def notify(self, n=1):
        if self._notifying:
            raise RuntimeError("notify is not re-entrant")
        self._notifying = True
        super().notify(n)
        self._notifying = False
