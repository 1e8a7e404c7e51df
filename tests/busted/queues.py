"""Busted Queues, LifoQueues, PriorityQueues and SimpleQueues."""

import copy
import time
from collections import deque
from queue import Empty

from syncprims.lock import steps
from syncprims.priorityqueue import PriorityQueue
from syncprims.queue import LifoQueue, Queue
from syncprims.simplequeue import SimpleQueue
from syncprims.waitqueue import WaitQueue, closed_gate, sleep


class QueueWhoseGetIgnoresTheTimeout(Queue):
    """get sleeps until there is an item, whatever the time-out."""

    def get(self, block=True, timeout=None):
        return super().get(block)


class QueueWhosePutIgnoresTheTimeout(Queue):
    """put sleeps until there is room, whatever the time-out."""

    def put(self, item, block=True, timeout=None):
        super().put(item, block)


class QueueThatWakesTheYoungestGetter(Queue):
    """An item goes to the thread that has waited for the shortest time."""

    def put(self, item, block=True, timeout=None):
        with self._mutex:
            if self._getters:
                youngest = self._getters.popitem()
                others = dict(self._getters)
                self._getters.clear()
                self._getters.update([youngest, *others.items()])
        super().put(item, block, timeout)


class Deaf(WaitQueue):
    """Sleepers whom nobody wakes."""

    def wake(self, n=1):
        pass


class QueueWhoseGetWakesNoPutter(Queue):
    """get makes room and tells nobody."""

    def __init__(self, maxsize=0):
        super().__init__(maxsize)
        self._putters = Deaf(self._mutex)


class QueueWhosePutWakesNoGetter(Queue):
    """put adds an item and tells nobody."""

    def __init__(self, maxsize=0):
        super().__init__(maxsize)
        self._getters = Deaf(self._mutex)


class QueueWhoseJoinLooksAtTheItems(Queue):
    """join returns when the queue is empty, though tasks are still being dealt with."""

    def join(self):
        with self._mutex:
            self._joiners.wait_for(self.empty)


class OneAtATime(WaitQueue):
    """Sleepers of whom never more than one is woken."""

    def wake_all(self):
        self.wake()


class QueueWhoseTaskDoneWakesOneJoiner(Queue):
    """The last task_done wakes one of the threads in join."""

    def __init__(self, maxsize=0):
        super().__init__(maxsize)
        self._joiners = OneAtATime(self._mutex)


class QueueThatAcceptsTooManyTaskDone(Queue):
    """task_done beyond the last task is taken for nothing."""

    def task_done(self):
        if self.unfinished_tasks:
            super().task_done()


class QueueWhosePutNowaitIgnoresMaxsize(Queue):
    """put_nowait always finds room."""

    def put_nowait(self, item):
        maxsize, self.maxsize = self.maxsize, 0
        self.put(item)
        self.maxsize = maxsize


class QueueThatReadsMaxsizeOnce(Queue):
    """A maxsize that changes later is not seen."""

    def __init__(self, maxsize=0):
        super().__init__(maxsize)
        self._first_maxsize = maxsize

    @property
    def maxsize(self):
        return self.__dict__.get("_first_maxsize", 0)

    @maxsize.setter
    def maxsize(self, maxsize):
        pass


class QueueWhoseShutdownForgetsPutters(Queue):
    """shutdown leaves those asleep who wait for room."""

    def _wake_everybody(self):
        with self._mutex:
            self._getters.wake_all()
            self._joiners.wake_all()


class QueueWhoseShutdownForgetsGetters(Queue):
    """shutdown leaves those asleep who wait for an item."""

    def _wake_everybody(self):
        with self._mutex:
            self._putters.wake_all()
            self._joiners.wake_all()


class QueueWhoseShutdownDropsTheItems(Queue):
    """shutdown is always immediate."""

    def shutdown(self, immediate=False):
        super().shutdown(immediate=True)


class QueueWhoseImmediateShutdownLeavesJoinAsleep(Queue):
    """The items that shutdown(immediate=True) drops stay unfinished for ever."""

    def _drop_into(self, dropped):
        while self._qsize():
            dropped.append(self._get())


class QueueThatDoesNotHonourHooks(Queue):
    """A subclass may override _put, _get and _qsize as it likes: nobody calls them."""

    def __init__(self, maxsize=0):
        super().__init__(maxsize)
        for name in ("_put", "_get", "_qsize"):
            setattr(self, name, getattr(Queue, name).__get__(self))


class QueueThatKeepsAnItemAlive(Queue):
    """The queue refers to the last item got until the next is."""

    def get(self, block=True, timeout=None):
        self._last_got = super().get(block, timeout)
        return self._last_got


class LifoQueueThatIsFifo(LifoQueue):
    """get returns the item put first."""

    def _get(self):
        return self.queue.pop(0)


class PriorityQueueThatDoesNotSift(PriorityQueue):
    """get moves the last item to the top of the heap and leaves it there."""

    def _get(self):
        least, last = self.queue[0], self.queue.pop()
        self.queue[:1] = [last] if self.queue else []
        return least


class SimpleQueueThatHandsItemsToTheGone(SimpleQueue):
    """put hands its item to a thread that waits, though the thread's time may have passed."""

    def __init__(self):
        super().__init__()
        self._boxes = deque()

    def put(self, item, block=True, timeout=None):
        if not self._boxes:
            super().put(item)
            return
        box, gate = self._boxes.popleft()
        box.append(item)
        gate.release()

    def get(self, block=True, timeout=None):
        if self._items or not block:
            return super().get(block, timeout)
        gate = closed_gate()
        box = []
        self._boxes.append((box, gate))
        if not sleep(gate, timeout):
            raise Empty
        return box[0]


class SimpleQueueWhoseTimedOutGettersStay(SimpleQueue):
    """A getter whose time has passed stays queued, and the next put wakes nobody else."""

    def _leave(self, gate):
        pass


class SimpleQueueThatIgnoresTheTimeout(SimpleQueue):
    """get sleeps until there is an item, whatever the time-out."""

    def get(self, block=True, timeout=None):
        return super().get(block)


class SimpleQueueThatIsLifo(SimpleQueue):
    """get returns the item put last."""

    def __init__(self):
        super().__init__()
        self._taking = steps(self._items.pop)


class QueueThatBeginsWithATask(Queue):
    """A new queue has a task that nobody has put."""

    def __init__(self, maxsize=0):
        super().__init__(maxsize)
        self.unfinished_tasks = 1


class QueueOfOneThatIsNeverFull(Queue):
    """full is False where there is room for one item."""

    def full(self):
        return self.maxsize > 1 and super().full()


class QueueThatTakesZeroForNoTimeout(Queue):
    """A time-out of zero is taken for none."""

    def get(self, block=True, timeout=None):
        return super().get(block, timeout or None)

    def put(self, item, block=True, timeout=None):
        super().put(item, block, timeout or None)


class QueueThatWakesTheHerd(Queue):
    """put wakes all who wait for an item, and all but one sleep again."""

    def put(self, item, block=True, timeout=None):
        super().put(item, block, timeout)
        with self.not_empty:
            self.not_empty.notify_all()


class QueueThatCountsATaskTooLate(Queue):
    """put shows its item first and counts the task then."""

    def put(self, item, block=True, timeout=None):
        with self.mutex:
            self.unfinished_tasks -= 1
        super().put(item, block, timeout)
        time.sleep(0)  # somebody else runs, as somebody does sooner or later
        with self.mutex:
            self.unfinished_tasks += 1


class QueueWhoseShutdownEndsJoin(Queue):
    """shutdown calls all tasks done."""

    def shutdown(self, immediate=False):
        super().shutdown(immediate)
        with self.mutex:
            self.unfinished_tasks = 0
            self.all_tasks_done.notify_all()


class QueueThatForgetsAGetterForARefusedItem(Queue):
    """A put whose _put raises has taken the first getter out of the line."""

    def put(self, item, block=True, timeout=None):
        try:
            super().put(item, block, timeout)
        except ValueError:
            with self.mutex:
                self._getters.pop(next(iter(self._getters)))
            raise


class QueueThatBeginsBeforeItKnowsItsLimit(Queue):
    """_init is called before maxsize is set."""

    def __init__(self, maxsize=0):
        super().__init__()
        self._init(maxsize)
        self.maxsize = maxsize


class PriorityQueueThatDropsEquals(PriorityQueue):
    """An item as great as one that is there is not put."""

    def _put(self, item):
        if all(other < item or item < other for other in self.queue):
            super()._put(item)


class PriorityQueueThatPutsWhoWaitedLast(PriorityQueue):
    """An item whose put had to wait comes last, whatever its priority."""

    def put(self, item, block=True, timeout=None):
        waits = self.full()
        super().put(item, block, timeout)
        if waits:
            with self.mutex:
                self.queue.remove(item)
                self.queue.append(item)


class SimpleQueueWhosePutNowaitAnswers(SimpleQueue):
    """put_nowait returns True."""

    def put_nowait(self, item):
        self.put(item)
        return True


class SimpleQueueThatRefusesInItsOwnWords(SimpleQueue):
    """The error for a time-out below zero has a text of its own."""

    def get(self, block=True, timeout=None):
        if timeout is not None and timeout < 0:
            raise ValueError("a time-out below zero")
        return super().get(block, timeout)


class QueueThatTakesNothingForNoItem(Queue):
    """An item that is false counts as none."""

    def _put(self, item):
        super()._put(item or None)


class QueueThatCopiesItems(Queue):
    """What comes out is like what was put, and is another object."""

    def _put(self, item):
        super()._put(copy.copy(item))


class SimpleQueueThatTakesNothingForNoItem(SimpleQueue):
    """An item that is false counts as none."""

    def put(self, item, block=True, timeout=None):
        super().put(item or None)


class SimpleQueueThatCopiesItems(SimpleQueue):
    """What comes out is like what was put, and is another object."""

    def put(self, item, block=True, timeout=None):
        super().put(copy.copy(item))


class LifoQueueThatTakesNothingForNoItem(LifoQueue):
    """An item that is false counts as none."""

    def _put(self, item):
        super()._put(item or None)


class LifoQueueThatCopiesItems(LifoQueue):
    """What comes out is like what was put, and is another object."""

    def _put(self, item):
        super()._put(copy.copy(item))


class QueueThatWaitsForAYearByDefault(Queue):
    """get's time-out has another default than None."""

    def get(self, block=True, timeout=31_536_000):
        return super().get(block, timeout)


class QueueThatLooksWithoutTheMutex(Queue):
    """empty asks the hook for the size while others may be inside."""

    def empty(self):
        return not self._qsize()


class QueueWhoseTaskDoneWakesTooEarly(Queue):
    """Every task_done wakes those in join, who sleep again if tasks are left."""

    def task_done(self):
        super().task_done()
        with self.mutex:
            self._joiners.wake_all()
