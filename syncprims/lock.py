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
from itertools import repeat, starmap
from typing import TYPE_CHECKING, Any

__all__ = ["Lock", "Section", "get_ident", "now"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Lock
else:
    Lock = getattr(_thread, "lock", _thread.allocate_lock)

# Test tools such as freezegun replace every module global that IS time.monotonic, and a frozen
# clock turns a timed wait into an endless one. They do not look inside a partial.
now: Callable[[], float] = partial(time.monotonic)


class _BoundSection:
    """``with`` over the lock's own C methods, bound once: half the price of ``with lock``."""

    __slots__ = ("__enter__", "__exit__")

    def __init__(self, lock: Any) -> None:
        self.__enter__: Callable[[], object] = lock.__enter__
        self.__exit__: Callable[..., None] = lock.__exit__


class _SteppedSection:
    """``with`` for CPython 3.14, where a signal may strike between entering and the body.

    There the interpreter looks for signals after a C ``__enter__`` has returned, before the
    body is protected (CPython gh-148874). A ``for`` step takes the lock with no such look, and
    none follows the return of a Python function.
    """

    __slots__ = ("__exit__", "_entering")

    def __init__(self, lock: Any) -> None:
        self._entering: Iterator[object] = starmap(lock.__enter__, repeat(()))
        self.__exit__: Callable[..., None] = lock.__exit__

    def __enter__(self) -> object:
        for entered in self._entering:
            return entered
        raise StopIteration  # a signal handler's: it ended the loop, and the lock is not held


def _itself(lock: Any) -> Any:
    """``with lock`` as it is, where the interpreter makes that safe and cheapest."""
    return lock


if sys.implementation.name != "cpython" or sys.version_info >= (3, 15):
    Section: Any = _itself
elif sys.version_info >= (3, 14):
    Section = _SteppedSection
else:
    Section = _BoundSection
