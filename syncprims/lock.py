"""The ground: the lock, the thread's identity, the clock, and how to use a lock untorn by signals.

This is the only file of the kit that imports ``_thread``. The explorer puts its own lock and clock
here. ``Lock`` is the interpreter's own: it is what the kit is built from, not what it rebuilds.

A signal handler may raise: the one for Ctrl-C does. CPython, from 3.11 on, runs handlers in the
main thread at three places: after a call of C code, on entry to a Python function, and on a jump
backwards. So not when a Python function returns to Python (3.10 looks there too), and not at a
``for`` step over an iterator written in C. To *commit* is to make a change in statements at which
no handler can run. Eight rules follow. The files of the kit keep them and point here.

1. Take a mutex with ``with``, through ``Mutex``: no handler runs between the lock and the block.
2. What must not be torn from the statement after it is called ``whole``.
3. Calls first, then commit: ``self._value -= n`` last. A hook that changes something does it in
   its last statement, and that one calls nothing (``self.queue += (item,)``).
4. No loop inside ``with`` or ``try``, unless its last statement always leaves it, or it stands in a
   function called from there: some versions of Python compile the jump backwards to a place that
   the ``with`` does not protect.
5. ``except BaseException`` gives back what was taken and wakes the next sleeper, which may find
   nothing and sleep on. That is the whole of undo.
6. A ``release`` may fail as a whole; an ``__exit__`` may not, for nobody calls it twice. It
   commits first, wakes after, and finishes what is not done yet: see Semaphore.
7. Nobody sleeps with a mutex held: who wakes the sleeper needs it.
8. Where a line looks as if it could go, its comment names the requirement that needs it.
"""

import _thread
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat, starmap
from types import GenericAlias, MethodType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Lock as Lock
    from typing import Any as Any, Generic as Generic, TypeVar

    T = TypeVar("T")
else:
    Lock = getattr(_thread, "lock", _thread.allocate_lock)
    # The rest is for type checkers: to import typing costs more than all the kit.
    Any = T = object
    _shown = {"__slots__": (), "__class_getitem__": classmethod(GenericAlias)}
    Generic = type("Generic", (), _shown)


get_ident: Callable[[], int] = _thread.get_ident

# Test tools such as freezegun replace every module global that IS time.monotonic, and a frozen
# clock turns a timed wait into an endless one. They do not look inside a partial.
now: Callable[[], float] = partial(time.monotonic)


NEVER = object()  # no function returns it, so iter(function, NEVER) steps for ever


def step(calls: Iterator[T]) -> T:
    """Have an iterator make its next call; return the result, with no signal in between.

    A call of C code ends at a place where handlers run. Here the call is made by a ``for`` step,
    which is none, and what follows is the return of a Python function, which is none either.
    """
    for result in calls:
        return result
    raise StopIteration  # the call raised it, or a handler did: it ended the loop without a result


def whole(function: Callable[[], T]) -> T:
    """Return ``function()``; no signal comes between its end and the caller's next statement.

    That holds through any number of Python returns, from CPython 3.11 on. Without it ``held =
    lock.release()`` may let go and then raise, and a ``with`` block around it would let go again:
    see "A lock let go of, and nobody knows" in docs/how-it-works.md.
    """
    return step(iter(function, NEVER))


def steps(function: Callable[[], T]) -> Iterator[T]:
    """Return an iterator whose every step is a ``whole`` call; kept, it costs a third of one.

    It remembers nothing between two steps, so threads may share it, and a StopIteration, which
    ends the loop around it, does not end it for good (as it would what ``whole`` makes).
    """
    return starmap(function, repeat(()))


# ``NEXT[iterator]`` is ``next(iterator)``, whole: an index is no call, so no handler runs between
# it and what is done with the item. A ``for`` step would lose the value of a StopIteration.
NEXT: Any = type("Next", (), {"__getitem__": next})()  # C code is no method: it is not bound


# On CPython 3.14 alone handlers run between a C ``__enter__`` and the block (gh-148874).
_STRUCK_ON_ENTRY = sys.implementation.name == "cpython" and sys.version_info[:2] == (3, 14)


class Mutex:
    """``with mutex:`` takes `lock` by the lock's own C methods, which no signal can tear apart.

    ``with`` looks in the class for ``__enter__`` and ``__exit__``. It finds slots, reads them, and
    gets the lock's own methods, bound when the mutex was made: two thirds of the price of ``with
    lock``, which binds them each time.
    """

    __slots__ = ("__enter__", "__exit__", "lock")

    __enter__: Callable[..., Any]
    __exit__: Callable[..., Any]

    def __init__(self, lock: Any) -> None:
        self.lock: Lock = lock
        try:
            self.__enter__, self.__exit__ = lock.__enter__, lock.__exit__
        except AttributeError:  # it has no more than acquire and release
            self.__enter__ = lock.acquire
            self.__exit__ = lambda *exc_info, release=lock.release: release() and None
        if _STRUCK_ON_ENTRY:
            self.__enter__ = MethodType(step, steps(self.__enter__))

    over = __init__  # mutex.over(lock) makes it a mutex over another lock, as at birth

    def after_fork(self) -> None:
        """Go over to a new lock if this one is held, by who knows whom: see fork.py (QUEUE-75)."""
        if self.lock.acquire(False):  # not locked(), which a thread that is just taking it deceives
            self.lock.release()
        else:
            self.over(Lock())


def name_of(primitive: object) -> str:
    """Return the name of a primitive's class, as reprs show it."""
    return f"{type(primitive).__module__}.{type(primitive).__qualname__}"


def shown(primitive: object, state: str) -> str:
    """Return the repr of a primitive in a state."""
    return f"<{name_of(primitive)} at {id(primitive):#x}: {state}>"
