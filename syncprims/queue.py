"""Items that threads hand to each other, in order of arrival, or last come first.

One mutex guards the items, the count of unfinished tasks and three queues of sleepers: those who
wait for an item, for room, and for the last task to be done. ``put`` adds an item and wakes the
oldest getter, ``get`` removes one and wakes the oldest putter; a thread woken in vain looks and
sleeps on. Where the items are kept, and which comes next, only the four hooks know: ``_init``,
``_qsize``, ``_put``, ``_get``. A subclass that has its own is another kind of queue.
"""

import queue as _stdlib
from collections import deque
from functools import cached_property
from queue import Empty, Full

from syncprims.condition import Condition, sharing
from syncprims.fork import remember
from syncprims.lock import TYPE_CHECKING, Any, Generic, Lock, Mutex, T
from syncprims.waitqueue import WaitQueue


class ShutDown(Exception):
    """Raised by put and get on a queue that has been shut down."""


if not TYPE_CHECKING:
    ShutDown = getattr(_stdlib, "ShutDown", ShutDown)


class Queue(Generic[T]):
    """A FIFO queue for threads: ``put`` sleeps while it is full, ``get`` while it is empty.

    How it works: see the head of this file. `maxsize` below 1 means no limit; it may be changed
    while the queue is in use.

    Differences from queue.Queue: no item is lost or counted twice when a thread is interrupted;
    ``qsize``, ``empty`` and ``full`` take no lock (unless ``_qsize`` is a subclass's), so an
    item's ``__lt__`` may call them; items dropped by ``shutdown(immediate=True)`` die after the
    mutex is free, so their ``__del__`` may use the queue; shutdown and ShutDown exist on every
    Python; after a fork the child's copy works. Not safe, as with the stdlib's: a signal handler
    or ``__del__`` that uses the queue its own thread is inside of. SimpleQueue is.

    >>> queue = Queue(maxsize=1)
    >>> queue.put("letter")
    >>> queue.full(), queue.get(), queue.empty()
    (True, 'letter', True)
    """

    queue: Any  # the items; guarded by: mutex; written by: the hooks

    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = maxsize
        self._init(maxsize)
        self._mutex = Mutex(Lock())
        # All guarded by: mutex. I1 is the wait queues'.
        self._getters = WaitQueue(self._mutex)  # woken when: an item has come, or shutdown
        self._putters = WaitQueue(self._mutex)  # woken when: an item has gone, or shutdown
        self._joiners = WaitQueue(self._mutex)  # woken when: no task is unfinished
        # I2: unfinished_tasks >= 0
        self.unfinished_tasks: int = 0  # written by: put, task_done, shutdown
        self.is_shutdown: bool = False  # written by: shutdown, once
        remember(self)

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Add an item, sleeping while the queue is full.

        If `block` is false, or `timeout` seconds pass first, raises Full. Raises ShutDown if the
        queue has been shut down, ValueError for a time-out below zero on a queue with a limit. An
        exception from a signal handler may come though the item is in; it is counted then.
        """
        if timeout is not None and block and self.maxsize > 0 and not self.is_shutdown:
            refuse_negative(timeout)
        added = False
        try:
            with self._mutex:
                if self.is_shutdown:
                    raise ShutDown
                # Asked here too: the usual case must not pay for wait_for.
                room = self.maxsize <= 0 or self._qsize() < self.maxsize
                if room or (block and self._putters.wait_for(self._has_room, timeout)):
                    self._put(item)
                    self.unfinished_tasks += 1
                    added = True  # the commit is first here: the except below knows what is done
                    if self._getters:
                        self._getters.wake()
                    return
        except BaseException:
            with self._mutex:  # a getter must know of the item; or the room is for another putter
                (self._getters if added else self._putters).wake()
            raise
        raise Full

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Remove and return an item, sleeping while the queue is empty.

        If `block` is false, or `timeout` seconds pass first, raises Empty. Raises ShutDown if the
        queue is empty and has been shut down, ValueError for a time-out below zero.
        """
        if timeout is not None and block and not (self.is_shutdown and Queue.empty(self)):
            refuse_negative(timeout)
        taken = False
        try:
            with self._mutex:
                if self._qsize() or (block and self._getters.wait_for(self._has_item, timeout)):
                    item = self._get()
                    taken = True
                    if self._putters:
                        self._putters.wake()
                    return item
        except BaseException:  # the item, or the wake-up, is for another getter
            with self._mutex:
                self._getters.wake()
                if taken:
                    self._put_back(item)  # pyright: ignore
            raise
        # The flag first: after it is up nothing is added, so what is then empty stays so.
        raise ShutDown if self.is_shutdown and Queue.empty(self) else Empty

    def put_nowait(self, item: T) -> None:
        """Add an item if there is room, else raise Full."""
        self.put(item, block=False)

    def get_nowait(self) -> T:
        """Remove and return an item if there is one, else raise Empty."""
        return self.get(block=False)

    def task_done(self) -> None:
        """Say that one item got from the queue has been dealt with.

        The last one wakes those in ``join``. Raises ValueError if it is called more often than
        items were put.
        """
        with self._mutex:
            unfinished = self.unfinished_tasks - 1
            if unfinished < 0:
                raise ValueError("task_done() called too many times")
            if not unfinished:
                self._joiners.wake_all()
            self.unfinished_tasks = unfinished

    def join(self) -> None:
        """Sleep until ``task_done`` has been called for every item that was put."""
        with self._mutex:
            self._joiners.wait_for(lambda: not self.unfinished_tasks)

    def shutdown(self, immediate: bool = False) -> None:
        """Let no more items in, and wake all who wait; from now on they get ShutDown.

        ``get`` raises it once the queue is empty. If `immediate`, the items are dropped at once
        and count as done.
        """
        dropped: list[T] = []
        try:
            with self._mutex:
                self.is_shutdown = True
                if immediate:
                    self._drop_into(dropped)
            self._wake_everybody()  # with a block of its own: struck, it is called again
        except BaseException:
            self._wake_everybody()
            raise
        # Only here, with the mutex free, the dropped items die: their __del__ may use the queue.

    def qsize(self) -> int:
        """Return the number of items; it may have changed before the caller looks at it."""
        if getattr(self._qsize, "__func__", None) is Queue._qsize:
            # Not a subclass's (QUEUE-55): one step, without the mutex, so an item's __lt__ may ask.
            return len(self.queue)
        with self._mutex:
            return self._qsize()

    def empty(self) -> bool:
        """Return whether there is no item; see ``qsize``. Prefer a ``get`` that may fail."""
        return not Queue.qsize(self)

    def full(self) -> bool:
        """Return whether the limit is reached; see ``qsize``. Prefer a ``put`` that may fail."""
        return 0 < self.maxsize <= Queue.qsize(self)

    # Hooks: override them to make another kind of queue. Called with the mutex held.

    def _init(self, maxsize: int) -> None:
        self.queue = deque()

    def _qsize(self) -> int:
        return len(self.queue)

    def _put(self, item: T) -> None:
        queue = self.queue
        if queue.__class__ is deque:
            queue += (item,)  # append, but in a statement that calls nothing
        else:
            queue.append(item)  # a subclass's _init may bring what has append and popleft alone

    def _get(self) -> T:
        queue = self.queue
        if queue.__class__ is not deque:
            return queue.popleft()  # type: ignore[no-any-return]
        item: T = queue[0]
        del queue[0]
        return item

    # What put and get sleep for, and their undoing. All with the mutex held.

    def _has_room(self) -> bool:
        if self.is_shutdown:
            raise ShutDown
        return self.maxsize <= 0 or self._qsize() < self.maxsize

    def _has_item(self) -> bool:
        if self.is_shutdown and not self._qsize():
            raise ShutDown
        return self._qsize() > 0

    def _put_back(self, item: T) -> None:
        """Undo a _get: the item goes in front, or where a subclass's _put has it."""
        is_fifo = getattr(self._get, "__func__", None) is Queue._get
        (self.queue.appendleft if is_fifo else self._put)(item)

    def _drop_into(self, dropped: list[T]) -> None:
        """Take all items out and count them as done."""
        while self._qsize():
            item = self._get()
            if self.unfinished_tasks > 0:
                self.unfinished_tasks -= 1
            dropped.append(item)

    def _wake_everybody(self) -> None:
        with self._mutex:
            for sleepers in (self._getters, self._putters, self._joiners):
                sleepers.wake_all()

    def _after_fork(self) -> None:
        lock = self.mutex
        self._mutex.after_fork()
        if self.mutex is not lock:
            for name in ("not_empty", "not_full", "all_tasks_done"):
                vars(self).pop(name, None)  # made anew, over the new lock, when asked for
        self._wake_everybody()

    def _check(self) -> None:
        """Assert the numbered invariants."""
        with self._mutex:
            for sleepers in (self._getters, self._putters, self._joiners):
                sleepers._check()
            assert self.unfinished_tasks >= 0, "I2"

    # Skip this on a first reading: what other code finds in the stdlib's.

    @property
    def mutex(self) -> Lock:
        """The lock that guards the queue; another may be put in its place before it is used."""
        return self._mutex.lock

    @mutex.setter
    def mutex(self, lock: Lock) -> None:
        self._mutex.over(lock)

    # Made when asked for: most queues never need them.
    not_empty: cached_property[Condition] = cached_property(lambda q: sharing(q._getters))
    not_full: cached_property[Condition] = cached_property(lambda q: sharing(q._putters))
    all_tasks_done: cached_property[Condition] = cached_property(lambda q: sharing(q._joiners))


class LifoQueue(Queue[T]):
    """A queue that gives back the item put last. Differences from queue.LifoQueue: Queue's.

    >>> queue = LifoQueue()
    >>> queue.put("first"), queue.put("second"), queue.get()
    (None, None, 'second')
    """

    def _init(self, maxsize: int) -> None:
        self.queue: list[T] = []

    def _put(self, item: T) -> None:
        self.queue += (item,)

    def _get(self) -> T:
        item: T = self.queue[-1]
        del self.queue[-1]
        return item


def refuse_negative(timeout: float) -> None:
    """Refuse a time-out below zero, or what is no number, though nobody waits."""
    if timeout < 0:
        raise ValueError("'timeout' must be a non-negative number")
    _ = 0.0 + timeout  # TypeError, in the stdlib's words
