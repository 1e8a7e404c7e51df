"""Implementations with one fault each, or with none that the documentation knows.

An adapter for the suite: it has the one class that the environment calls CASE, under the name of
the primitive that the class stands for. All are the standard library's own but for a line or two.
"""

import bisect
import os
import queue
import threading
import time
import warnings
from collections import deque

SINCE = (3, 12)

PyRLock = threading._PyRLock


class QueueThatIsNeverFullOfOne(queue.Queue):
    """A queue for one item says that it is not full when it is."""

    stands_for = "Queue"

    def full(self):
        return self.maxsize > 1 and super().full()


class WakesAll(threading.Condition):
    def notify(self, n=1):
        self.notify_all()

    def notify_all(self):
        super().notify(len(self._waiters))


class QueueWhosePutWakesEverybody(queue.Queue):
    """One item is put, and all who wait for one get up, look, and lie down again."""

    stands_for = "Queue"

    def __init__(self, maxsize=0):
        super().__init__(maxsize)
        self.not_empty = WakesAll(self.mutex)


class SimpleQueueWhosePutNowaitReturnsSomething(queue._PySimpleQueue):
    """put_nowait returns True."""

    stands_for = "SimpleQueue"

    def put_nowait(self, item):
        super().put_nowait(item)
        return True


class ConditionWhoseWaitForEndsATickTooLate(threading.Condition):
    """wait_for ends one tick of the clock too late."""

    stands_for = "Condition"

    def wait_for(self, predicate, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while not (found := predicate()):
            left = None if end is None else end - time.monotonic()
            if left is not None and left < 0:
                break
            self.wait(left)
        return found


class ConditionThatAnInterruptedNotifyBreaks(threading.Condition):
    """A notify that was interrupted in the middle makes every later one raise."""

    stands_for = "Condition"

    def notify(self, n=1):
        if not self._is_owned():
            raise RuntimeError("cannot notify on un-acquired lock")
        while self._waiters and n > 0:
            gate = self._waiters[0]
            gate.release()
            n -= 1
            if gate in self._waiters:
                self._waiters.remove(gate)


class RLockThatForgetsItsOwnerTooLate(PyRLock):
    """A condition's wait frees the lock first, and then forgets whoever has taken it."""

    stands_for = "RLock"

    def _release_save(self):
        if not self._count:
            raise RuntimeError("cannot release un-acquired lock")
        saved = self._count, self._owner
        self._count = 0
        self._block.release()
        time.sleep(0)  # a few bytecodes more: without them the race is rare
        self._owner = None
        return saved


class RLockOverACondition:
    """Its sleepers can be seen where the stdlib's Semaphore keeps its own."""

    stands_for = "RLock"

    def __init__(self):
        self._cond, self._owner, self._depth = threading.Condition(), None, 0

    def _may_enter(self):
        return self._owner in (None, threading.get_ident())

    def acquire(self):
        with self._cond:
            self._cond.wait_for(self._may_enter)
            self._owner, self._depth = threading.get_ident(), self._depth + 1
            return True

    def release(self):
        with self._cond:
            if self._owner != threading.get_ident():
                raise RuntimeError("not the owner")
            self._depth -= 1
            if not self._depth:
                self._owner = None
                self._cond.notify()

    __enter__ = acquire

    def __exit__(self, *exc):
        self.release()


class RLockThatIsStillOwnedAfterAFork(PyRLock):
    """_at_fork_reinit frees the lock, and its owner believes that it has it."""

    stands_for = "RLock"

    def _at_fork_reinit(self):
        owner = self._owner
        super()._at_fork_reinit()
        self._owner = owner


class QueueThatCallsItsHookTooEarly(queue.Queue):
    """_init is called when there is no maxsize yet."""

    stands_for = "Queue"

    def __init__(self, maxsize=0):
        self._init(maxsize)
        kept = self.queue if type(self) is QueueThatCallsItsHookTooEarly else None
        self._init = lambda maxsize: None
        super().__init__(maxsize)
        del self._init
        if kept is not None:
            self.queue = deque(kept)


class ConditionWhoseWarningNamesItself(threading.Condition):
    """notifyAll's warning points at the library, where nobody looks."""

    stands_for = "Condition"

    def notifyAll(self):
        text = "notifyAll() is deprecated, use notify_all() instead"
        warnings.warn(text, DeprecationWarning, stacklevel=1)
        self.notify_all()


class RLockThatSaysNothing(PyRLock):
    """_release_save's error has no text."""

    stands_for = "RLock"

    def _release_save(self):
        if not self._is_owned():
            raise RuntimeError
        return super()._release_save()


class SimpleQueueThatSaysSomethingElse(queue._PySimpleQueue):
    """A negative time-out is refused with a text of its own."""

    stands_for = "SimpleQueue"

    def get(self, block=True, timeout=None):
        if timeout is not None and timeout < 0:
            raise ValueError("a timeout is not negative")
        return super().get(block, timeout)


class PriorityQueueThatIsSorted(queue.PriorityQueue):
    """Right: put sorts, get compares nothing."""

    stands_for = "PriorityQueue"

    def _put(self, item):
        bisect.insort(self.queue, item)

    def _get(self):
        return self.queue.pop(0)


class StdlibQueue(queue.Queue):
    """Right: the stdlib's, on the Python that the adapter stands for."""

    stands_for = "Queue"


class EventThatIsLate(threading.Event):
    """Every time-out ends half a second late."""

    stands_for = "Event"

    def wait(self, timeout=None):
        return super().wait(timeout and timeout > 0 and timeout + 0.5)


class QueueThatCountsTooLate(queue.Queue):
    """put counts its task when somebody may have got the item already, and called it done."""

    stands_for = "Queue"

    def _put(self, item):
        super()._put(item)
        self.unfinished_tasks -= 1

    def put(self, item, block=True, timeout=None):
        super().put(item, block, timeout)
        time.sleep(0)
        with self.mutex:
            self.unfinished_tasks += 1


class SemaphoreWhosePermitGoesToTheGone(threading.Semaphore):
    """release hands its permit to one in line, who does not see it if the time has just run out."""

    stands_for = "Semaphore"

    def __init__(self, value=1):
        super().__init__(value)
        self._line = deque()

    def acquire(self, blocking=True, timeout=None):
        with self._cond:
            gate = threading.Lock()
            if self._value or not blocking or (timeout is not None and timeout <= 0):
                return super().acquire(blocking, timeout if not blocking else 0)
            gate.acquire()
            self._line.append(gate)
        if gate.acquire(timeout=-1 if timeout is None else timeout):
            return True
        with self._cond:
            if gate in self._line:
                self._line.remove(gate)
        return False

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._cond:
            for _ in range(n):
                if self._line:
                    self._line.popleft().release()
                else:
                    self._value += 1

    __enter__ = acquire


class ConditionThatIsNotFinished(threading.Condition):
    """wait is not written yet."""

    stands_for = "Condition"

    def wait(self, timeout=None):
        raise NotImplementedError


class QueueWithoutAnEnd:
    """Right: has no shutdown, as queues had none before 3.13."""

    stands_for = "Queue"

    def __init__(self, maxsize=0):
        self._inner = queue.Queue(maxsize)
        for name in ("put", "get", "qsize", "empty", "full", "join", "task_done"):
            setattr(self, name, getattr(self._inner, name))


if "CASE" in os.environ:
    _class = globals()[os.environ["CASE"]]
    globals()[_class.stands_for] = _class
