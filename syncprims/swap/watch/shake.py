"""Seeded yields before and after each operation of a primitive, so that rare orders come often.

A yield is a short sleep, rarely a long one. A place that a thread has not been at often comes
first. What is decided hangs on the seed, the test and the thread's number alone, so the same seed
decides the same; in which order the threads then run is still the system's. All yields together
take no more than half of the test's time, and a little; and of all the tests, two thirds: a suite
takes at most three times as long.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial, wraps
from random import Random
from types import FrameType
from typing import Any

import syncprims
from syncprims.lock import now
from syncprims.swap.places import is_ours
from syncprims.swap.watch import held
from syncprims.swap.watch.lines import NEW, Lines
from syncprims.swap.watch.locks import Lock, RLock
from syncprims.swap.watch.threads import own

OFTEN, SELDOM = 0.6, 0.15  # so often at a new place, else so often
SHORTEST, DOUBLINGS = 0.0001, 8  # seconds
SPARE = 0.1  # seconds of a test that may be slept away in any case
FIRST = 1.0  # seconds of all the tests together, likewise

OPERATIONS: dict[Any, tuple[str, ...]] = {
    threading.Thread: ("start",),
    Lock: ("acquire", "__enter__"),  # its slots let go: see ``let_go``
    RLock: ("acquire", "__enter__", "release", "__exit__"),
    syncprims.Condition: ("wait", "wait_for", "notify", "notify_all"),
    syncprims.Event: ("set", "clear", "is_set", "wait"),
    syncprims.Semaphore: ("acquire", "__enter__", "release", "__exit__"),
    syncprims.BoundedSemaphore: ("release",),
    syncprims.Barrier: ("wait",),
    syncprims.Queue: (
        *("put", "put_nowait", "get", "get_nowait", "qsize", "empty", "full", "task_done", "join"),
    ),
    syncprims.SimpleQueue: ("put", "put_nowait", "get", "get_nowait", "qsize", "empty"),
}
_nobodys = _thread.allocate_lock()
_nobodys.acquire()


class Decisions:
    """What one thread decides in one test."""

    def __init__(self, test: str, seed: str) -> None:
        self.test = test
        self._random = Random(seed)
        self._been: Counter[object] = Counter()

    def seconds(self, place: object) -> float:
        """Return how long to sleep at a place, mostly not at all."""
        self._been[place] += 1
        likely = OFTEN if self._been[place] <= NEW else SELDOM
        if self._random.random() >= likely:
            return 0.0
        return float(SHORTEST * 2 ** int(DOUBLINGS * self._random.random() ** 2))


class Shaker:
    """Shakes what the threads of a program do, below a folder; `seed` decides how."""

    def __init__(self, seed: int, root: str = ".") -> None:
        self.seed = seed
        self._lines = Lines(self.sleep, root)
        self._test = ""
        self._began = self._began_first = now()
        # By all threads, in this test and in all; a lost update makes it a little less.
        self._slept = self._slept_in_all = 0.0

    def begin(self, test: str) -> None:
        """Begin another test: decide anew, with a new allowance."""
        self._test = test
        self._began = now()
        self._slept = 0.0
        own.known.started = 0
        self._lines.begin()

    def start(self) -> Callable[[], None]:
        """Shake from now on; return what ends that."""
        undo = ExitStack()
        for kind, names in OPERATIONS.items():
            for name in names:
                undo.callback(self._wrap(kind, name))
        undo.callback(setattr, held.watching, "let_go", held.watching.let_go)
        held.watching.let_go = self._shaken
        undo.callback(self._lines.start())
        return undo.close

    def _wrap(self, kind: Any, name: str) -> Callable[[], None]:
        operation, is_own = getattr(kind, name), name in vars(kind)
        setattr(kind, name, self._shaken(operation))
        return partial(setattr, kind, name, operation) if is_own else partial(delattr, kind, name)

    def _shaken(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def shaken(*args: Any, **kwargs: Any) -> Any:
            frame = sys._getframe(1)
            self.pause(frame, "before")
            result = operation(*args, **kwargs)
            self.pause(frame, "after")
            return result

        return shaken

    def pause(self, frame: FrameType, when: str) -> None:
        """Sleep a little at a place of the program, or not."""
        if is_ours(frame.f_globals.get("__name__", "")):  # not in the kit's own calls, nor a tool's
            self.sleep((frame.f_code, frame.f_lasti, when))

    def sleep(self, place: object) -> None:
        """Sleep a little, or not, if the allowance lasts."""
        thread = own.known
        decisions: Any = thread.decisions
        if decisions is None or decisions.test != self._test:
            seed = f"{self.seed} {self._test} {thread.number}"
            decisions = thread.decisions = Decisions(self._test, seed)
        seconds = decisions.seconds(place)
        if seconds and self._may_sleep():
            self._slept += seconds
            self._slept_in_all += seconds
            _nobodys.acquire(True, seconds)

    def _may_sleep(self) -> bool:
        here, in_all = now() - self._began, now() - self._began_first
        return self._slept < SPARE + here / 2 and self._slept_in_all < FIRST + in_all * 2 / 3
