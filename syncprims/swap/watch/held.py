"""Who holds a lock, since when, and on which line: what is signed by who takes one.

A thread's list in threads.py has what it took; a lock has who took it last. To let go of a Lock is
C, so nobody strikes anything out: what is signed counts only while the lock is locked, and stale
entries leave the list when its thread takes the next lock.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

from syncprims.lock import now
from syncprims.swap.watch.threads import Known, Place, caller, own, place

_serials = count()


class Taken(NamedTuple):
    """Who has a lock. Written down as a plain tuple, which is quicker made."""

    by: Known
    code: CodeType
    offset: int
    when: float
    alone: bool  # in a ``with``: then nobody else may let go of it
    scope: object  # of the thread, as it took the lock

    @property
    def at(self) -> Place:
        """Where it was taken."""
        return Place(self.code, self.offset)


class Watched:
    """What both locks have, beside being locks."""

    __slots__ = ("follows", "made", "ref", "serial", "taken")

    def _born(self, frame: FrameType) -> None:
        self.made: Place = place(frame)
        self.ref: Callable[[], Watched | None] = ref(self)  # a thread's list keeps no lock alive
        self.serial: int = next(_serials)  # never used again, as an id is
        self.taken: Any = None  # a Taken; written by: who takes the lock; true only while locked
        self.follows: dict[int, list[Any]] = {}  # by what it was taken under: see order.py

    if TYPE_CHECKING:

        def locked(self) -> bool: ...

    @property
    def holder(self) -> Taken | None:
        """Who has it now."""
        taken = self.taken
        return Taken(*taken) if taken is not None and self.locked() else None


def sign(lock: Watched, frame: FrameType, alone: bool, patient: bool) -> None:
    """Write down that this thread has taken a lock, after those that it holds already."""
    mine = own.known
    locks = mine.locks
    frame = caller(frame)
    if not locks:
        locks.append(lock.ref)
    elif len(locks) > 1 or locks[0] is not lock.ref:
        locks[:] = [each for each in locks if each is not lock.ref and is_held(each(), mine)]
        if locks and patient:
            watching.nested(lock, mine, frame)
        locks.append(lock.ref)
    lock.taken = (mine, frame.f_code, frame.f_lasti, now(), alone, mine.scope)


def is_held(lock: Watched | None, by: Known) -> bool:
    """Whether that thread holds it still."""
    return lock is not None and lock.taken[0] is by and lock.locked()


class Watching:
    """What else is done: with a lock taken, without a time-out, by a thread that holds others; and
    with what lets go of a lock."""

    def __init__(self) -> None:
        self.nested: Callable[[Watched, Known, FrameType], object] = lambda *_: None
        self.let_go: Callable[[Callable[..., Any]], Callable[..., Any]] = lambda method: method


watching: Watching = Watching()
