"""An unbounded queue whose ``put`` may be called anywhere, even in the middle of its own ``get``.

There is no mutex to find taken, so the wait queue is not used: items and gates stand in two
deques, whose ends are appended and popped in one step of C. A getter that finds no item queues a
gate and looks once more before it sleeps, so an item put in between is not missed. ``put`` appends
the item and only then opens the oldest gate. A getter woken in vain queues again; one that leaves
without an item passes its wake-up on.
"""

from collections import deque
from contextlib import suppress
from queue import Empty

from syncprims import waitqueue
from syncprims.fork import remember
from syncprims.lock import Any, Generic, Lock, T, now, steps, whole
from syncprims.queue import refuse_negative


class SimpleQueue(Generic[T]):
    """An unbounded FIFO queue without task tracking; ``put`` never sleeps.

    How it works: see the head of this file.

    Differences from queue.SimpleQueue: written in Python, so slower than CPython's C version; an
    interrupted ``get`` neither loses an item nor keeps a wake-up that another could use. As there,
    ``put`` may be called by a signal handler, a ``__del__`` or a weak reference's callback,
    whatever its thread is doing.

    >>> queue = SimpleQueue()
    >>> queue.put("letter")
    >>> queue.get(), queue.empty()
    ('letter', True)
    """

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._taking = steps(self._items.popleft)  # each step takes the oldest item
        # I1: a gate in here is closed; one not in here was opened, once, or its sleeper has left.
        self._getters: deque[Lock] = deque()
        remember(self)

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Add an item; `block` and `timeout` are accepted as in Queue and change nothing."""
        try:
            self._items.append(item)
            if self._getters:
                self._wake()
        except BaseException:  # the item may be in: somebody must look
            self._wake()
            raise

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Remove and return the oldest item, sleeping while there is none.

        If `block` is false, or `timeout` seconds pass first, raises Empty. Raises ValueError for a
        time-out below zero.
        """
        if block and timeout is not None:
            refuse_negative(timeout)
        deadline = now() + timeout if block and timeout is not None else None
        try:
            return self._take(block, deadline)
        except BaseException:
            if self._items:  # one may be what we were woken for
                self._wake()
            raise

    def put_nowait(self, item: T) -> None:
        """Add an item: the same as ``put``."""
        SimpleQueue.put(self, item)

    def get_nowait(self) -> T:
        """Remove and return the oldest item if there is one, else raise Empty."""
        return SimpleQueue.get(self, False)

    def qsize(self) -> int:
        """Return the number of items; it may have changed before the caller looks at it."""
        return len(self._items)

    def empty(self) -> bool:
        """Return whether there is no item; see ``qsize``."""
        return not self._items

    def _take(self, block: bool, deadline: float | None) -> T:
        while True:
            try:
                for item in self._taking:
                    return item
            except IndexError:
                if not block:
                    raise Empty from None
            # If the time is up, look a last time.
            block = self._sleep(None if deadline is None else deadline - now())

    def _sleep(self, timeout: float | None) -> bool:
        """Sleep until there may be an item; return False if `timeout` seconds pass first."""
        gate = waitqueue.closed_gate()
        try:
            self._getters.append(gate)
            woken = bool(self._items) or waitqueue.sleep(gate, timeout)
            self._leave(gate)
            return woken
        except BaseException:
            self._leave(gate)
            raise

    def _leave(self, gate: Lock) -> None:
        with suppress(ValueError):  # it is not there: it was opened. We look, or wake the next
            self._getters.remove(gate)

    def _wake(self) -> None:
        """Open the oldest gate, if there is one; one too many only looks and sleeps on."""
        with suppress(IndexError):
            whole(self._getters.popleft).release()

    def _after_fork(self) -> None:
        while self._getters:
            self._wake()

    def _check(self) -> None:
        """Assert the numbered invariant; call it when no other thread is inside."""
        assert all(gate.locked() for gate in self._getters), "I1"

    # Skip this on a first reading.

    def __reduce__(self) -> Any:
        raise TypeError(f"cannot pickle {type(self).__qualname__!r} object")
