"""Iterators that many threads may take from: one after the other, or each the whole stream.

An iterator is not made to be asked by two threads at once. ``serialize_iterator`` asks it with a
mutex held, so each item goes to one thread. ``concurrent_tee`` gives each thread an iterator of its
own over a chain of links, and whoever comes first to the chain's end asks for the next item. Nobody
sleeps here but for the mutex. What matters is that an item that was taken is handed over, or is
still there for who asks next.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from itertools import chain
from operator import attrgetter

from syncprims.fork import remember
from syncprims.lock import NEVER, NEXT, Any, Generic, Lock, Mutex, T


class Guarded:
    """An iterator that asks another one, with the mutex held."""

    __slots__ = ("__weakref__", "_iterator", "_mutex")

    def __init__(self, iterator: Any, mutex: Mutex) -> None:
        # I1: the mutex is free, but for a thread inside, whatever has struck whom.
        self._iterator, self._mutex = iterator, mutex  # the iterator is guarded by: _mutex
        remember(self)

    def __iter__(self: T) -> T:
        return self

    def _after_fork(self) -> None:
        self._mutex.after_fork()

    def _check(self) -> None:
        """Assert the numbered invariant; call it when no other thread is inside."""
        assert not self._mutex.lock.locked(), "I1"

    lock: Any = property(attrgetter("_mutex.lock"))  # under the stdlib's two names
    _lock = lock


class serialize_iterator(Guarded, Generic[T]):  # noqa: N801 - the stdlib's name
    """An iterator over `iterable` that threads may share: each item goes to one of them.

    How it works: a mutex is held while the iterator is asked for its next item, and while what
    ``send``, ``throw`` and ``close`` ask of it is done.

    Differences from threading.serialize_iterator (3.15): it is there on every Python; an item that
    was taken as a signal struck is not lost, the next call returns it; after a fork the child's
    copy works. Does not promise that a generator struck inside its own code goes on: it is over, as
    without the tool. What ``send`` and ``throw`` return may be lost. An iterator that asks itself
    for an item through the tool sleeps for ever, as with the stdlib's: to notice it would cost two
    fifths of the speed.

    >>> numbers = serialize_iterator([1, 2])
    >>> next(numbers), list(numbers)
    (1, [2])
    """

    __slots__ = ("_kept", "_source")

    def __init__(self, iterable: Iterable[T]) -> None:
        super().__init__(iter(iterable), Mutex(Lock()))
        self._kept: Any = iter(())  # taken, and handed to nobody yet; guarded by: _mutex
        self._source = self._iterator  # once struck, what is kept and then the iterator

    def __next__(self) -> T:
        item: Any = NEVER
        try:
            with self._mutex:
                item = NEXT[self._source]
            return item  # type: ignore[no-any-return]  # noqa: RET504 - after the mutex
        except BaseException:
            if item is not NEVER:  # struck as the mutex was let go of: the item is the next one's
                with self._mutex:
                    self._kept = iter([*self._kept, item])
                    self._source = chain(self._kept, self._iterator)
            raise

    def send(self, value: Any, /) -> Any:
        """Send a value into a generator; return what it yields. AttributeError if it is none."""
        with self._mutex:
            return self._iterator.send(value)

    def throw(self, *args: Any) -> Any:
        """Raise an exception in a generator; return what it yields. AttributeError if it is none.

        The arguments are those of the generator's own ``throw``.
        """
        with self._mutex:
            return self._iterator.throw(*args)

    def close(self) -> Any:
        """Close a generator. AttributeError if it is none."""
        with self._mutex:
            return self._iterator.close()


def synchronized_iterator(func: Callable[..., Iterable[T]]) -> Callable[..., serialize_iterator[T]]:
    """Make a function return its iterators serialized; a decorator for generator functions too.

    Differences from threading.synchronized_iterator (3.15): those of ``serialize_iterator``.

    >>> @synchronized_iterator
    ... def numbers():
    ...     yield from (1, 2)
    >>> list(numbers())
    [1, 2]
    """

    @wraps(func)
    def serialized(*args: Any, **kwargs: Any) -> serialize_iterator[T]:
        return serialize_iterator(func(*args, **kwargs))

    return serialized


def concurrent_tee(iterable: Iterable[T], n: int = 2) -> "tuple[Tee[T], ...]":
    """Return `n` iterators over the same items, for as many threads; ValueError if `n` is negative.

    Each of them is for one thread: put ``serialize_iterator`` around one to share it. A tee of one
    of them gives what is left to that one. Items are kept from the first that takes them to the
    last: memory grows with the distance between the two.

    Differences from threading.concurrent_tee (3.15): it is there on every Python; an item that was
    taken as a signal struck is not lost; after a fork the child's copy works.

    >>> here, there = concurrent_tee("ab")
    >>> list(here), next(there)
    (['a', 'b'], 'a')
    """
    if n < 0:
        raise ValueError("n must be a non-negative integer")
    if n == 0:
        return ()
    first = iterable if isinstance(iterable, Tee) else Tee(iter(iterable), Mutex(Lock()), [])
    return tuple(Tee(first._iterator, first._mutex, first._link) for _ in range(n))


class Tee(Guarded, Generic[T]):
    """One of the iterators that ``concurrent_tee`` returns: where one thread stands in the chain.

    A link is an item and the next link; the last one is empty. Who gets there asks the iterator,
    with the mutex held that all of them share, after a second look: another may have been faster.
    """

    __slots__ = ("_link",)

    def __init__(self, iterator: Any, mutex: Mutex, link: list[Any]) -> None:
        super().__init__(iterator, mutex)
        # I2: a link is empty, or an item and the next link. Filled with the mutex held.
        self._link = link  # written by: the one thread

    def __next__(self) -> T:
        link = self._link
        if not link:
            with self._mutex:
                if not link:
                    link += (NEXT[self._iterator], [])
        item, self._link = link  # only now: struck before, it finds the same link
        return item  # type: ignore[no-any-return]

    def _check(self) -> None:
        """Assert the numbered invariant; call it when no other thread is inside."""
        assert len(self._link) in (0, 2), "I2"
