"""Who sleeps, on what, since when: every sleeper leaves a note, and looks round by itself.

Who sleeps without a time-out does so in slices. After each it looks round, and if it finds, or
another found, that it can never wake, it raises that. So nobody else is needed, no thread that
watches, no timer, no signal, and it works in every thread. The kit's sleepers come here because
``sleep`` stands in the place of waitqueue's; a Lock's and a Thread's come by themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import starmap
from typing import Any

from syncprims import waitqueue
from syncprims.lock import get_ident, now

SLICE = 1.0  # seconds

_kits_sleep = waitqueue.sleep


class Note:
    """What a sleeper says of itself: it wants `what`, from now on, for ever or for a time."""

    __slots__ = ("done", "forever", "kind", "since", "told", "verdict", "what")

    def __init__(self, kind: str, what: Any, forever: bool) -> None:
        self.kind: str = kind  # "lock", "join", or "gate": of which primitive, its frames tell
        self.what: Any = what
        self.forever: bool = forever
        self.since: float = now()
        self.done: bool = False  # written by: the sleeper, in the same step as it got what it wants
        self.told: int = 0  # how often it was said that this takes long
        self.verdict: BaseException | None = None  # written by: who finds that it can never end

    def sleep(self, acquire: Callable[[bool, float], bool], timeout: float | None) -> bool:
        """Sleep in slices until ``acquire(True, seconds)`` is true, or the time is up."""
        deadline = None if self.forever or timeout is None else self.since + timeout
        me, outer = get_ident(), asleep.get(get_ident())  # a handler may sleep in a sleep
        asleep[me] = self
        try:
            while not self.done:
                left = watching.slice if deadline is None else deadline - now()
                for got in starmap(acquire, ((True, max(0.0, min(left, watching.slice))),)):
                    self.done = got
                    break
                else:
                    raise StopIteration  # a handler's: it ended the loop, as in the kit
                if not self.done and left < watching.slice:
                    break
                if not self.done and self.verdict is None:
                    watching.look(self)
                if self.verdict is not None:
                    raise self.verdict
        finally:
            asleep.pop(me, None)
            if outer is not None:
                asleep[me] = outer
        return self.done

    @property
    def is_woken(self) -> bool:
        """Whether it has what it wants, or its gate is open: it only has not run since."""
        return self.done or (self.kind == "gate" and not self.what.locked())


asleep: dict[int, Note] = {}  # by the thread's ident; written by: the thread itself
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=asleep.clear)  # who slept is not there


class Watching:
    """How long a slice is, and what a sleeper does after one: look round, and judge."""

    def __init__(self) -> None:
        self.slice: float = SLICE
        self.look: Callable[[Note], object] = lambda note: None


watching: Watching = Watching()


def sleep(gate: Any, timeout: float | None) -> bool:
    """Sleep as the kit does, but seen."""
    if timeout is not None and not timeout > 0:
        return _kits_sleep(gate, timeout)
    return Note("gate", gate, timeout is None).sleep(gate.acquire, timeout)
