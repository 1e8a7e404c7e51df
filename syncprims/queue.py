"""Items that threads hand to each other, in order of arrival, of priority, or last come first.

One mutex guards the items, the count of unfinished tasks and three queues of sleepers: those who
wait for an item, for room, and for the last task to be done. ``put`` adds an item and opens the
oldest getter's gate, ``get`` removes one and opens the oldest putter's; a thread woken in vain
looks and sleeps on. The plain FIFO and LIFO do both without a call inside the mutex, at one end of
``queue``; a class with hooks of its own (``_init``, ``_put``, ``_get``, ``_qsize``) takes the slow
way round, where they are honoured.
"""

from __future__ import annotations

import queue as _stdlib
from collections import deque
from collections.abc import Iterator
from functools import cached_property, partial
from operator import methodcaller
from queue import Empty, Full
from types import GenericAlias
from typing import TYPE_CHECKING, Any, TypeVar

from syncprims.condition import Condition
from syncprims.fork import Ref, forsake, remember
from syncprims.lock import NEVER, Lock, Section, lock_of
from syncprims.waitqueue import Waiters, all_closed, forget, sleep_until, wake, wake_each


class ShutDown(Exception):
    """Raised by put and get on a queue that has been shut down."""


if not TYPE_CHECKING:
    ShutDown = getattr(_stdlib, "ShutDown", ShutDown)

T = TypeVar("T")

if TYPE_CHECKING:
    from typing import Generic
else:
    # A class that can be subscripted, as the stdlib's: with typing's Generic among its bases
    # ``class Mine(Generic[T], Queue)`` would have no order of bases.
    Generic = {T: object}


# A call inside the mutex is a place where a signal handler could run. Reading an attribute is not,
# even if what reads it is a function in C: so ``put`` learns how many items there are.


class _Deque(deque[Any]):
    __slots__ = ()
    _length = property(len)

    def __reduce__(self) -> Any:
        return deque, (list(self),)


class _List(list[Any]):
    __slots__ = ()
    _length = property(len)

    def __reduce__(self) -> Any:
        return list, (self[:],)


_Deque.__name__ = "deque"  # as its repr begins


# Stepped by a map, these take an item with no instant between that and the next statement.
_popleft, _pop = methodcaller("popleft"), methodcaller("pop")


class Queue(Generic[T]):
    """A FIFO queue for threads: ``put`` sleeps while it is full, ``get`` while it is empty.

    How it works: see the head of this file. `maxsize` below 1 means no limit; it may be changed
    while the queue is in use.

    Differences from queue.Queue: no item is lost or counted twice when a thread is interrupted;
    ``qsize``, ``empty`` and ``full`` take no lock, so an item's ``__lt__`` may call them; items
    dropped by ``shutdown(immediate=True)`` die after the mutex is free, so their ``__del__`` may
    use the queue; shutdown and ShutDown exist on every Python; after a fork the child's copy
    works. A signal handler may put and get without waiting while its own thread is in a call that
    need not wait either (but not into a ``put`` on a queue that was given its limit, or another
    container as ``queue``, after it was made). The hooks are looked up when the first object of a
    class is made: one assigned later, or to an object, is not seen.

    >>> queue = Queue(maxsize=1)
    >>> queue.put("letter")
    >>> queue.full(), queue.get(), queue.empty()
    (True, 'letter', True)
    """

    queue: Any  # the items; guarded by: mutex; another may be put in its place
    # The class for which this was found; _get_end; the types of ``queue`` without a limit and with
    # one, if its objects need no hooks.
    _plan_of_class: tuple[type | None, int | None, Any, Any] = (None, None, None, None)
    _qsize_is_len: bool  # it needs no mutex then

    @classmethod
    def _find_plan(cls) -> tuple[type | None, int | None, Any, Any]:
        hooks = (cls._init, cls._put, cls._get, cls._qsize)
        cls._qsize_is_len = cls._qsize is _LEN
        end, container, measured = _PLANS.get(hooks, (None, None, None))
        cls._plan_of_class = (cls, end, container, measured)
        return cls._plan_of_class

    if not TYPE_CHECKING:
        __class_getitem__ = classmethod(GenericAlias)  # a subclass may be subscripted too

    def __init__(self, maxsize: int = 0) -> None:
        found_for, end, container, measured = self._plan_of_class
        if found_for is not type(self):
            _, end, container, measured = self._find_plan()
        self.maxsize = maxsize
        if container is None:
            self._init(maxsize)
        else:
            self.queue = measured() if maxsize else container()
        self._mutex = Section(Lock())
        # I1: gates in these are closed; a gate not in them was opened, once. All guarded by mutex.
        self._getters: Waiters = {}  # woken when: an item has come, or shutdown
        self._putters: Waiters = {}  # woken when: an item has gone, or shutdown
        self._joiners: Waiters = {}  # woken when: no task is unfinished
        # I2: unfinished_tasks >= 0.
        self.unfinished_tasks: int = 0  # guarded by: mutex; written by: put, task_done, shutdown
        self.is_shutdown: bool = False  # guarded by: mutex; written by: shutdown, once
        # The type of ``queue`` that has its length as an attribute; None: hooks are asked.
        self._measured = measured
        # Where get() takes from ``queue``: at index 0 or -1. None: _get and _put are called.
        self._get_end = end
        # Whether put, and the get of a PriorityQueue, may look at ``queue`` without asking _qsize.
        # I3: false once is_shutdown. Written by: shutdown, under mutex; _put_slow; only to False.
        self._unhooked = container is not None
        remember(Ref(self, forsake))

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Add an item, sleeping while the queue is full.

        If `block` is false, or `timeout` seconds pass first, raises Full. Raises ShutDown if the
        queue has been shut down, ValueError for a time-out below zero on a queue with a limit.
        """
        # The sum is there to refuse, as the stdlib does, what cannot be added to a time.
        if (
            timeout is not None
            and block
            and not self.is_shutdown
            and self.maxsize > 0
            and (timeout < 0 or 0.0 + timeout is None)
        ):
            return self._put_slow(item, block, timeout)
        with self._mutex:
            if self._unhooked:
                if not self.maxsize > 0 or (
                    self.queue.__class__ is self._measured and self.queue._length < self.maxsize
                ):
                    if self._get_end is None:
                        self._put(item)
                    else:
                        queue = self.queue
                        queue += (item,)  # append, but without a call inside the mutex
                    self.unfinished_tasks += 1
                    if self._getters:
                        for gate in self._getters:
                            for _ in self._getters[gate]:
                                del self._getters[gate]
                                break
                            break
                    return None
            elif not self.is_shutdown and self._offer_item(item):
                return None
        return self._put_slow(item, block, timeout)

    def _put_slow(self, item: T, block: bool, timeout: float | None) -> None:
        if self.is_shutdown:
            raise ShutDown
        if block and timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        if self._measured is not None and self.queue.__class__ is not self._measured:
            # No limit when it was made, or another container: from now on _qsize is asked.
            self._unhooked = False
            with self._mutex:
                if not self.is_shutdown and self._offer_item(item):
                    return
        if not block:
            raise Full
        attempt = partial(self._put_or_queue, item)
        if not sleep_until(self._mutex, self._putters, attempt, timeout):
            raise Full

    def _put_or_queue(
        self, item: T, gate: Lock, opener: Iterator[object], done: list[bool]
    ) -> None:
        with self._mutex:
            if self.is_shutdown:
                raise ShutDown
            # Looked at here: each function called inside the mutex is a place to be struck.
            full = self._qsize_is_len and 0 < self.maxsize <= len(self.queue)
            if full or not self._offer_item(item):
                self._putters[gate] = opener
            else:
                done += (True,)

    def _offer_item(self, item: T) -> bool | None:
        """Put the item; return None if there is no room. The caller holds the mutex.

        While the queue is _unhooked, the caller has seen that there is.
        """
        end, unhooked = self._get_end, self._unhooked
        size = 0 if unhooked else self._qsize()
        if self.maxsize > 0 and size >= self.maxsize:
            return None
        if end is None:
            try:
                self._put(item)
            except BaseException:
                if not unhooked and self._qsize() > size:  # in, though interrupted
                    self.unfinished_tasks += 1
                    wake(self._getters)
                raise
        else:
            queue = self.queue
            queue += (item,)
        self.unfinished_tasks += 1
        if self._getters:
            for gate in self._getters:  # wake(), but without a call: the item is in
                for _ in self._getters[gate]:
                    del self._getters[gate]
                    break
                break
        return True

    def put_nowait(self, item: T) -> None:
        """Add an item if there is room, else raise Full."""
        self.put(item, False)

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Remove and return an item, sleeping while the queue is empty.

        If `block` is false, or `timeout` seconds pass first, raises Empty. Raises ShutDown if the
        queue is empty and has been shut down, ValueError for a time-out below zero.
        """
        if (
            timeout is not None
            and block
            and ((self.is_shutdown and self.empty()) or timeout < 0 or 0.0 + timeout is None)
        ):
            return self._get_slow(block, timeout)
        item: T = NEVER  # type: ignore[assignment]  # until it is taken
        try:
            with self._mutex:
                end = self._get_end
                if end is None:
                    if self.queue if self._unhooked else self._qsize():
                        item = self._get()
                elif queue := self.queue:
                    first = queue[end]
                    del queue[end]
                    item = first
                if item is not NEVER:
                    if self._putters:
                        for gate in self._putters:
                            for _ in self._putters[gate]:
                                del self._putters[gate]
                                break
                            break
                    return item
        except BaseException:
            if item is not NEVER:
                self._return_item((item,))
            raise
        return self._get_slow(block, timeout)

    def _get_slow(self, block: bool, timeout: float | None) -> T:
        if self.is_shutdown and self.empty():
            raise ShutDown
        if not block:
            raise Empty
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        got = sleep_until(self._mutex, self._getters, self._get_or_queue, timeout, self._put_back)
        if got is None:
            raise Empty
        return got[0]

    def _get_or_queue(self, gate: Lock, opener: Iterator[object], got: list[tuple[T]]) -> None:
        with self._mutex:
            if self.queue if self._qsize_is_len else self._qsize():
                end = self._get_end
                if end is None:
                    taken = (self._get(),)
                else:
                    taken = (self.queue[end],)
                    del self.queue[end]
                got += (taken,)
                if self._putters:
                    for following in self._putters:
                        for _ in self._putters[following]:
                            del self._putters[following]
                            break
                        break
            elif self.is_shutdown:
                raise ShutDown
            else:
                self._getters[gate] = opener

    def _put_back(self, got: tuple[T]) -> None:
        if self._get_end == 0:
            self.queue.appendleft(got[0])
        else:
            self._put(got[0])

    def _return_item(self, got: tuple[T]) -> None:
        with self._mutex:
            self._put_back(got)
            wake(self._getters)

    def get_nowait(self) -> T:
        """Remove and return an item if there is one, else raise Empty."""
        return self.get(False)

    def qsize(self) -> int:
        """Return the number of items; it may have changed before the caller looks at it."""
        if self._qsize_is_len:
            return len(self.queue)
        with self._mutex:
            return self._qsize()

    def empty(self) -> bool:
        """Return whether there is no item; see ``qsize``. Prefer a ``get`` that may fail."""
        return not (self.queue if self._qsize_is_len else self.qsize())

    def full(self) -> bool:
        """Return whether the limit is reached; see ``qsize``. Prefer a ``put`` that may fail."""
        return 0 < self.maxsize <= (len(self.queue) if self._qsize_is_len else self.qsize())

    def task_done(self) -> None:
        """Say that one item got from the queue has been dealt with.

        The last one wakes those in ``join``. Raises ValueError if there are more than items.
        """
        with self._mutex:
            unfinished = self.unfinished_tasks - 1
            if unfinished >= 0:
                if not unfinished and self._joiners:
                    for gate in self._joiners:  # who wakes wakes the next: see _join_or_queue
                        for _ in self._joiners[gate]:
                            del self._joiners[gate]
                            break
                        break
                self.unfinished_tasks = unfinished
        if unfinished < 0:
            raise ValueError("task_done() called too many times")
        if not unfinished and self._joiners:
            # All the same: the next may wait in all_tasks_done, and wake nobody.
            wake_each(self._mutex, self._joiners, len(self._joiners))

    def join(self) -> None:
        """Sleep until ``task_done`` has been called for every item that was put."""
        sleep_until(self._mutex, self._joiners, self._join_or_queue, None)

    def _join_or_queue(self, gate: Lock, opener: Iterator[object], got: list[bool]) -> None:
        with self._mutex:
            if self.unfinished_tasks:
                self._joiners[gate] = opener
            else:
                for following in self._joiners:
                    for _ in self._joiners[following]:
                        del self._joiners[following]
                        break
                    break
                got += (True,)

    def shutdown(self, immediate: bool = False) -> None:
        """Let no more items in, and wake all who wait; from now on they get ShutDown.

        ``get`` raises it once the queue is empty. If `immediate`, the items are dropped at once
        and count as done.
        """
        dropped: list[T] = []
        with self._mutex:
            self.is_shutdown = True
            self._unhooked = False
            # One of each, and nothing is called: who finds the queue shut down wakes the next.
            for gate in self._getters:
                for _ in self._getters[gate]:
                    del self._getters[gate]
                    break
                break
            for gate in self._putters:
                for _ in self._putters[gate]:
                    del self._putters[gate]
                    break
                break
            if immediate:
                self._drop_into(dropped)
        # Here, with the mutex free, the dropped items die.
        # All the same: the next may wait in one of the conditions, and wake nobody.
        wake_each(self._mutex, self._getters, len(self._getters))
        wake_each(self._mutex, self._putters, len(self._putters))
        if immediate:
            wake_each(self._mutex, self._joiners, len(self._joiners))

    def _drop_into(self, dropped: list[T]) -> None:
        """Take all items out, count them as done, wake a joiner. The caller holds the mutex."""
        if self._plan_of_class[2] is None:
            while self._qsize():
                item = self._get()
                if self.unfinished_tasks > 0:
                    self.unfinished_tasks -= 1
                dropped.append(item)
        else:
            queue = self.queue
            left = self.unfinished_tasks - len(queue)
            dropped += queue
            queue *= 0
            self.unfinished_tasks = left if left > 0 else 0
        for gate in self._joiners:
            for _ in self._joiners[gate]:
                del self._joiners[gate]
                break
            break

    @property
    def mutex(self) -> Lock:
        """The lock that guards the queue; another may be put in its place before it is used."""
        lock: Lock = lock_of(self._mutex)
        return lock

    @mutex.setter
    def mutex(self, lock: Lock) -> None:
        for name in ("not_empty", "not_full", "all_tasks_done"):
            if getattr(vars(self).get(name), "_lock", None) is self.mutex:
                del vars(self)[name]
        self._mutex = Section(lock)

    # The stdlib's conditions, for those who use them: made when first asked for, over the same
    # mutex and the same queues of sleepers.

    @cached_property
    def not_empty(self) -> Condition:
        return Condition._sharing(self.mutex, self._getters)

    @cached_property
    def not_full(self) -> Condition:
        return Condition._sharing(self.mutex, self._putters)

    @cached_property
    def all_tasks_done(self) -> Condition:
        return Condition._sharing(self.mutex, self._joiners)

    # Hooks: override them to make another kind of queue. Called with the mutex held.

    def _init(self, maxsize: int) -> None:
        self.queue = deque()

    def _qsize(self) -> int:
        return len(self.queue)

    def _put(self, item: T) -> None:
        self.queue.append(item)

    def _get(self) -> T:
        item: T
        (item,) = map(_popleft, (self.queue,))
        return item

    def _at_fork_reinit(self) -> None:
        if type(self.mutex) is type(Lock()) and self.mutex.locked():
            self.mutex = Lock()  # a new one: see fork.py
        for waiters in (self._getters, self._putters, self._joiners):
            forget(waiters)

    _after_fork = _at_fork_reinit

    def _check(self) -> None:
        """Assert the numbered invariants."""
        with self._mutex:
            assert all_closed(self._getters), "I1"
            assert all_closed(self._putters), "I1"
            assert all_closed(self._joiners), "I1"
            assert self.unfinished_tasks >= 0, "I2"
            assert not (self._unhooked and self.is_shutdown), "I3"


class LifoQueue(Queue[T]):
    """A queue that gives back the item put last. Differences from queue.LifoQueue: Queue's.

    >>> queue = LifoQueue()
    >>> queue.put("first"), queue.put("second"), queue.get()
    (None, None, 'second')
    """

    def _init(self, maxsize: int) -> None:
        self.queue: Any = []

    def _get(self) -> T:
        item: T
        (item,) = map(_pop, (self.queue,))
        return item

    # As in the stdlib all hooks are here, for classes with several queues among their bases.
    _qsize = Queue._qsize
    _put = Queue._put


_LEN = Queue._qsize
_PLANS: dict[tuple[Any, ...], tuple[int | None, type, type]] = {
    (Queue._init, Queue._put, Queue._get, Queue._qsize): (0, deque, _Deque),
    (LifoQueue._init, LifoQueue._put, LifoQueue._get, LifoQueue._qsize): (-1, list, _List),
}
