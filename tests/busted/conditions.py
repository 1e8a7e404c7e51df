"""Busted Conditions."""

from syncprims.condition import Condition
from syncprims.lock import Mutex
from syncprims.waitqueue import WaitQueue, closed_gate


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
