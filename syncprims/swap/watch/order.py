"""Locks taken in both orders: what could deadlock, though it did not.

Who takes B while holding A writes that on B: it *follows* A, in this thread, on these lines. If A
follows B already, in another thread that may run at the same time, the two could each wait for what
the other has. A third lock that both held keeps them apart; so does that one thread ended, joined,
before the other began. What is written dies with the later lock.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import starmap
from types import FrameType
from typing import NamedTuple

from syncprims.lock import now
from syncprims.swap.watch import held, names
from syncprims.swap.watch.held import Watched
from syncprims.swap.watch.threads import Known, Place

EDGES = 4  # kept of each pair of locks


class Edge(NamedTuple):
    """One thread took the later lock while it held the earlier one."""

    by: Known
    first: Place
    then: Place
    others: frozenset[int]  # the serials of what else it held
    when: float


class Orders:
    """Those of one test."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self.tell = tell
        self._told: set[frozenset[tuple[Place, Place]]] = set()
        self.since: float = 0.0  # when the test began

    def start(self) -> Callable[[], None]:
        """Look at each lock that is taken under another; return what ends that."""
        before = held.watching.nested
        held.watching.nested = self.nested

        def undo() -> None:
            held.watching.nested = before

        return undo

    def nested(self, later: Watched, mine: Known, frame: FrameType) -> None:
        """Write down that `later` follows what this thread holds; tell if that can deadlock."""
        then = Place(frame.f_code, frame.f_lasti)
        holding = [lock for each in mine.locks if (lock := each()) is not None]
        for earlier in holding:
            edges = later.follows.setdefault(earlier.serial, [])
            edges[:] = [each for each in edges if each.when >= self.since]
            if any(each.by is mine and each.then == then for each in edges):
                continue  # the other way round was looked at by who took it so
            others = frozenset(each.serial for each in holding if each is not earlier)
            edge = Edge(mine, held.Taken(*earlier.taken).at, then, others, now())
            if len(edges) < EDGES:
                edges.append(edge)
            for other in list(earlier.follows.get(later.serial, ())):
                if self._could_deadlock(edge, other):
                    self._say(earlier, later, edge, other)

    def _could_deadlock(self, one: Edge, other: Edge) -> bool:
        return not (
            one.by is other.by
            or other.when < self.since
            or one.others & other.others
            or _ordered(other, one)
        )

    def _say(self, earlier: Watched, later: Watched, edge: Edge, other: Edge) -> None:
        places = frozenset(((edge.first, edge.then), (other.first, other.then)))
        if places in self._told:
            return
        self._told.add(places)
        frames = names.here()
        a, b = names.name(earlier, frames), names.name(later, frames)
        both = sorted(((edge, a, b), (other, b, a)), key=lambda each: each[0].by.began)
        self.tell("could deadlock: " + ";\n  ".join(starmap(_took, both)))


def _took(edge: Edge, first: str, then: str) -> str:
    return f"{edge.by.name} took {first}, then {then} ({_lines(edge.first, edge.then)})"


def _lines(first: Place, then: Place) -> str:
    """Return the files and lines of two places, the file once if it is the same."""
    if first.code.co_filename != then.code.co_filename:
        return f"{first}, {then}"
    return f"{first}" if first.line == then.line else f"{first}, {then.line}"


def _ordered(first: Edge, second: Edge) -> bool:
    """Whether the first is over, in any run, before the second can begin."""
    thread, later = first.by, second.by
    was_joined = thread.ended is not None and thread.ended <= second.when
    if was_joined and (later is thread.joiner or later.began >= (thread.ended or 0)):
        return True
    while later.starter is not None:
        if later.starter is thread and first.when <= later.began:
            return True
        later = later.starter
    return False
