"""An unbounded queue whose ``put`` may be called anywhere, even in the middle of its own ``get``.

There is no mutex to find taken: items and gates stand in two deques, whose ends are appended and
popped in one step of C. A getter that finds no item queues its gate's opener and looks once more
before it sleeps, so an item put in between is not missed. ``put`` appends the item and only then
opens the oldest gate. A getter woken in vain queues again; one that leaves without sleeping to the
end passes its wake-up on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import repeat
from queue import Empty
from types import GenericAlias
from typing import TYPE_CHECKING, NoReturn, TypeVar

from syncprims.fork import Ref, forsake, remember
from syncprims.lock import Lock, now
from syncprims.waitqueue import closed_gate, remaining, sleep

T = TypeVar("T")

if TYPE_CHECKING:
    from typing import Generic
else:
    Generic = {T: object}  # see queue.py


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

    if not TYPE_CHECKING:
        __class_getitem__ = classmethod(GenericAlias)  # a subclass may be subscripted too

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        # I1: each gate whose opener stands here is closed.
        self._openers: deque[Iterator[object]] = deque()
        # A step of one of these removes the oldest and hands it over, with no instant between.
        self._taking: Iterator[T] = map(deque.popleft, repeat(self._items))
        self._waking: Iterator[Iterator[object]] = map(deque.popleft, repeat(self._openers))
        remember(Ref(self, forsake))

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Add an item; `block` and `timeout` are accepted as in Queue and change nothing."""
        try:
            self._items.append(item)
            if self._openers:
                self._wake()
        except BaseException:
            self._wake()
            raise

    def put_nowait(self, item: T) -> None:
        """Add an item: the same as ``put``."""
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Remove and return the oldest item, sleeping while there is none.

        If `block` is false, or `timeout` seconds pass first, raises Empty. Raises ValueError for a
        time-out below zero.
        """
        if block and timeout is not None:
            if timeout < 0:
                raise ValueError("'timeout' must be a non-negative number")
            Lock().acquire(True, timeout)  # it is free: this only refuses what no clock can hold
        got = self._take()
        if got is None and block:
            got = self._get_slow(timeout)
        if got is None:
            raise Empty
        return got[0]

    def _get_slow(self, timeout: float | None) -> tuple[T] | None:
        deadline = None if timeout is None else now() + timeout
        gate, opener = closed_gate()
        got = None
        expired = False
        try:
            while True:
                if not expired:
                    self._openers.append(opener)
                got = self._take()
                if got is not None or expired:
                    self._leave(opener)
                    return got
                expired = not sleep(gate, remaining(timeout, deadline))
        except BaseException:
            if got is not None:
                self._items.appendleft(got[0])
            self._leave(opener)
            self._wake()
            raise

    def _take(self) -> tuple[T] | None:
        try:
            for item in self._taking:
                return (item,)
        except IndexError:
            pass
        return None

    def _wake(self) -> None:
        """Open the oldest gate, if there is one; one too many only looks and sleeps on."""
        try:
            for opener in self._waking:
                for _ in opener:
                    break
                break
        except IndexError:
            pass

    def _leave(self, opener: Iterator[object]) -> None:
        """Stop waiting; a gate that was opened meanwhile, for an item, is one for the next."""
        try:
            self._openers.remove(opener)
        except ValueError:
            if self._items:
                self._wake()

    def get_nowait(self) -> T:
        """Remove and return the oldest item if there is one, else raise Empty."""
        return self.get(False)

    def qsize(self) -> int:
        """Return the number of items; it may have changed before the caller looks at it."""
        return len(self._items)

    def empty(self) -> bool:
        """Return whether there is no item; see ``qsize``."""
        return not self._items

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"cannot pickle {type(self).__qualname__!r} object")

    def _after_fork(self) -> None:
        while self._openers:
            self._wake()

    def _check(self) -> None:
        """Assert the numbered invariant; call it when no other thread is inside."""
        kind = type(iter(int, 1))  # its name is another on PyPy
        assert all(type(opener) is kind for opener in self._openers), "I1"
