"""Busted iterator tools. Some are functions, and ``stands_for`` says in whose place they belong."""

from functools import wraps
from itertools import chain

from syncprims import lock
from syncprims.iterators import Tee, concurrent_tee, serialize_iterator, synchronized_iterator
from syncprims.lock import NEXT, Mutex


class IteratorWithoutALock(serialize_iterator):
    """Threads ask the iterator at the same time."""

    def __next__(self):
        return next(self._iterator)


class IteratorWithALockForEachCall(serialize_iterator):
    """Each call has a lock of its own."""

    def __next__(self):
        with lock.Lock():
            return next(self._iterator)


class IteratorWhoseSendDoesNotWait(serialize_iterator):
    """send, throw and close do not mind who is inside."""

    def send(self, value, /):
        return self._iterator.send(value)


class IteratorThatAnErrorLeavesLocked(serialize_iterator):
    """The lock is let go of only after an item."""

    def __next__(self):
        self._mutex.lock.acquire()
        item = next(self._iterator)
        self._mutex.lock.release()
        return item


class IteratorThatAsksAhead(serialize_iterator):
    """An item is taken before anybody wants it."""

    def __init__(self, iterable):
        iterator = iter(iterable)
        super().__init__(chain([next(iterator)], iterator))


class IteratorThatCanAlwaysBeClosed(serialize_iterator):
    """send, throw and close do nothing if the iterator has no such method."""

    def close(self):
        getattr(self._iterator, "close", int)()


class IteratorThatForgetsWhatAGeneratorReturned(serialize_iterator):
    """The end has no value."""

    def __next__(self):
        with self._mutex:
            for item in self._iterator:
                return item
        raise StopIteration


class IteratorThatKeepsTheLastItem(serialize_iterator):
    """The item handed over last is kept alive."""

    def __next__(self):
        self._kept = super().__next__()
        return self._kept


class IteratorThatLosesItemsToSignals(serialize_iterator):
    """What was taken as a signal struck is gone."""

    def __next__(self):
        with self._mutex:
            return next(self._iterator)


class IteratorThatStaysLockedInAChild(serialize_iterator):
    """A fork changes nothing."""

    def _after_fork(self):
        pass


def stands_for(public):
    """Say of a function in whose place it belongs."""

    def note(function):
        function.stands_for = public.__name__
        return function

    return note


def tee_of(kind, iterable, n):
    """Return `n` tees of a busted kind."""
    first = kind(iter(iterable), Mutex(lock.Lock()), [])
    return tuple(kind(first._iterator, first._mutex, first._link) for _ in range(n))


class _Hasty(Tee):
    def __next__(self):
        link = self._link
        if not link:
            with self._mutex:
                link[:] = (NEXT[self._iterator], [])
        item, self._link = link
        return item


@stands_for(concurrent_tee)
def tee_without_a_second_look(iterable, n=2):
    """Who had to wait for the lock takes another item."""
    return tee_of(_Hasty, iterable, n)


@stands_for(concurrent_tee)
def tee_with_a_lock_each(iterable, n=2):
    """Each tee has a lock of its own."""
    tees = concurrent_tee(iterable, n)
    for tee in tees:
        tee._mutex = Mutex(lock.Lock())
    return tees


@stands_for(concurrent_tee)
def tee_of_a_tee_that_takes_its_items(iterable, n=2):
    """A tee of a tee takes from it what it would have given."""
    return concurrent_tee(iter(lambda: next(iterable), object()), n)


@stands_for(concurrent_tee)
def tee_of_less_than_none(iterable, n=2):
    """A number below zero counts as none."""
    return concurrent_tee(iterable, max(n, 0))


@stands_for(concurrent_tee)
def tee_that_refuses_in_its_own_words(iterable, n=2):
    """The error for a number below zero has a text of its own."""
    if n < 0:
        raise ValueError("n must not be negative")
    return concurrent_tee(iterable, n)


@stands_for(concurrent_tee)
def tee_that_keeps_every_item(iterable, n=2):
    """The first link is kept, and with it the chain."""
    tees = concurrent_tee(iterable, n)
    _KEPT.append(tees[0]._link)
    return tees


_KEPT = []


class _Careless(Tee):
    def __next__(self):
        link = self._link
        if not link:
            with self._mutex:
                if not link:
                    item = next(self._iterator)
                    link += (item, [])
        item, self._link = link
        return item


@stands_for(concurrent_tee)
def tee_that_loses_items_to_signals(iterable, n=2):
    """What was taken as a signal struck is gone."""
    return tee_of(_Careless, iterable, n)


@stands_for(concurrent_tee)
def tee_that_asks_ahead(iterable, n=2):
    """An item is taken before anybody wants it."""
    iterator = iter(iterable)
    return concurrent_tee(chain([next(iterator)], iterator), n)


@stands_for(concurrent_tee)
def tee_that_is_a_list(iterable, n=2):
    """What is returned is a list."""
    return list(concurrent_tee(iterable, n))


@stands_for(synchronized_iterator)
def decorator_that_locks_the_function(func):
    """The lock is held while the function is called, not while its iterator is asked."""
    mutex = Mutex(lock.Lock())

    @wraps(func)
    def locked(*args, **kwargs):
        with mutex:
            return func(*args, **kwargs)

    return locked


@stands_for(synchronized_iterator)
def decorator_without_a_name(func):
    """Name and docstring are those of the decorator."""

    def serialized(*args, **kwargs):
        return serialize_iterator(func(*args, **kwargs))

    return serialized
