"""The ground: the lock, the thread's identity and the clock everything else stands on.

This is the only file that imports ``_thread``. A scheduler that wants to see every switch
between threads puts its own lock, identity and clock here, and nothing else has to know.
``Lock`` is the interpreter's own: it is what the kit is built from, not what it rebuilds.
``Section`` is how the kit holds a lock for a few statements without ever leaving it locked.
"""

from __future__ import annotations

import _thread
import sys
import time
from _thread import get_ident
from functools import partial
from typing import TYPE_CHECKING, Any

__all__ = ["NEVER", "Lock", "Section", "get_ident", "lock_of", "now", "renewed"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Lock
else:
    Lock = getattr(_thread, "lock", _thread.allocate_lock)

# Test tools such as freezegun replace every module global that IS time.monotonic, and a frozen
# clock turns a timed wait into an endless one. They do not look inside a partial.
now: Callable[[], float] = partial(time.monotonic)


NEVER = object()  # no lock method returns it, so iter(method, NEVER) steps for ever


class _BoundSection:
    __slots__ = ("__enter__", "__exit__")

    def __reduce_ex__(self, protocol: Any) -> Any:
        return lock_of(self).__reduce_ex__(protocol)  # refuses to be copied, as the lock does


def _bound(lock: Any) -> Any:
    """``with`` over the lock's own C methods, bound once: half the price of ``with lock``."""
    section: Any = _BoundSection()  # filled here: an __init__ would cost as much as all the rest
    section.__enter__ = lock.__enter__
    section.__exit__ = lock.__exit__
    return section


class _SteppedSection(_BoundSection):
    """``with`` for CPython 3.14, where a signal may strike between entering and the body.

    There the interpreter looks for signals after a C ``__enter__`` has returned, before the
    body is protected (CPython gh-148874). A ``for`` step takes the lock with no such look, and
    none follows the return of a Python function.
    """

    __slots__ = ("_entering", "_lock")

    _entering: Iterator[object]

    def __enter__(self) -> object:
        for entered in self._entering:
            return entered
        del self._entering  # it has ended for good
        raise StopIteration  # a signal handler's: it ended the loop, and the lock is not held

    def __getattr__(self, name: str) -> Any:
        if name != "_entering":
            raise AttributeError(name)
        # Made when first asked for: it would be a fifth of the construction of a semaphore.
        self._entering = iter(self._lock.__enter__, NEVER)
        return self._entering


def _stepped(lock: Any) -> Any:
    section: Any = _SteppedSection()
    section._lock = lock
    section.__exit__ = lock.__exit__
    return section


def _itself(lock: Any) -> Any:
    """``with lock`` as it is, where the interpreter makes that safe and cheapest."""
    return lock


if sys.implementation.name != "cpython" or sys.version_info >= (3, 15):
    Section: Any = _itself
elif sys.version_info >= (3, 14):
    Section = _stepped
else:
    Section = _bound


def lock_of(section: Any) -> Any:
    """Return the lock that a section enters and leaves."""
    return section.__exit__.__self__


def renewed(section: Any) -> Any:
    """Return a section over a new lock if this one's is held: see fork.py."""
    return Section(Lock()) if lock_of(section).locked() else section
