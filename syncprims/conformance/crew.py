"""The threads of one requirement: they report back, and it can be seen that they sleep.

``crew.start`` runs a function in a thread, whose ``result()`` returns what the function returned,
or raises what it raised. ``crew.asleep(obj, n)`` waits until `n` threads are queued, by looking,
never by giving them time: into the queue, where the implementation shows it the way the stdlib
does, else at whether their stacks stand still. All that waits here waits until one deadline, which
the judge sets. Clock and threads are bound before any implementation is imported, so that one which
patches the world does not patch its judge.
"""

from __future__ import annotations

import os
import sys
import threading
from _thread import allocate_lock, get_ident, start_new_thread
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from types import FrameType
from typing import Any

from syncprims.conformance import delays

PACE = 0.0005  # seconds between two looks
STEP = 0.002  # seconds between two looks at stacks
STILL = 10  # so many looks at the same stacks: they sleep
SAME_CALL = 50  # so many looks at the same call of the implementation: they sleep, or poll in it

_current_frames = sys._current_frames
_born = os.getpid()
_deadline: float | None = None  # written by: allowed


class Wedged(Exception):
    """What must happen did not, in the time that there is for a requirement."""


@contextmanager
def allowed(seconds: float) -> Iterator[None]:
    """Give all that waits inside so many seconds together; outside, each wait has LIMIT."""
    global _deadline
    _deadline = monotonic() + seconds
    try:
        yield
    finally:
        _deadline = None


def time_left() -> float:
    """Return for how long something may still be waited for."""
    return delays.LIMIT if _deadline is None else max(0.0, _deadline - monotonic())


def until(true: Callable[[], object]) -> None:
    """Look again and again until ``true()``; Wedged if it does not become so in time."""
    end = monotonic() + time_left()
    while not true():
        if monotonic() > end:
            raise Wedged("what must become so is still not so")
        sleep(PACE)


class Task:
    """A thread of a requirement, and what came of it."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self._call: Any = (function, args)
        self._running = allocate_lock()
        self._running.acquire()
        self._value: Any = None
        self.error: BaseException | None = None
        self.asked: bool = False
        self.ident: int = start_new_thread(self._run, ())

    def _run(self) -> None:
        function, args = self._call
        self._call = None
        try:
            # What measures or debugs the program does so here too: threading's hooks are not run.
            sys.settrace(threading.gettrace())
            self._value = function(*args)
        except BaseException as error:
            self.error = error
        finally:
            del function, args
            sys.settrace(None)
            self._running.release()

    @property
    def begun(self) -> bool:
        """Whether the thread has come to its function."""
        return self._call is None

    @property
    def died(self) -> bool:
        """Whether it has raised what nobody has asked for."""
        return self.done and self.error is not None and not self.asked

    @property
    def done(self) -> bool:
        """Whether the thread has ended."""
        return not self._running.locked()

    def ends(self, within: float) -> bool:
        """Wait for the thread's end; return whether it came."""
        ended = self._running.acquire(timeout=within)
        if ended:
            self._running.release()
        return ended

    def result(self) -> Any:
        """Return what the function returned, or raise what it raised; Wedged if it does not end."""
        self.asked = True
        if not self.ends(time_left()):
            raise Wedged("a thread that must come to its end does not")
        if self.error is not None:
            raise self.error
        return self._value


def frame_of(ident: int) -> FrameType | None:
    """Return a thread's innermost Python frame; None once it has ended."""
    return _current_frames().get(ident)


def position(frame: FrameType | None) -> object:
    """Return where a frame stands; None if there is none."""
    return frame and (id(frame), frame.f_lasti)


def is_suites(frame: FrameType) -> bool:
    """Whether a frame is of the suite's own code."""
    path = frame.f_code.co_filename
    return path in suites or path.startswith(_HERE)


_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep

suites: set[str] = set()  # files of requirements that stand elsewhere; written by: the judge


def calling(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame of the suite, from which the implementation was called."""
    while frame and not is_suites(frame):
        frame = frame.f_back
    return frame


def still(idents: Iterable[int]) -> bool:
    """Whether threads do not move for a while, or stay in their call of the implementation."""
    frames = [frame_of(ident) for ident in idents]
    inmost, calls = [*map(position, frames)], [position(calling(frame)) for frame in frames]
    del frames
    moved = False
    for look in range(SAME_CALL):
        if look == STILL and not moved:
            return True
        sleep(STEP)
        frames = [frame_of(ident) for ident in idents]
        moved = moved or inmost != [*map(position, frames)]
        if calls != [position(calling(frame)) for frame in frames]:
            return False
        del frames
    return True


class Crew:
    """The threads of one requirement: the one that makes the crew's first task, and the tasks."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self._starters: set[int] = set()

    def start(self, function: Callable[..., Any], *args: Any) -> Task:
        """Run ``function(*args)`` in a thread of its own."""
        self._starters.add(get_ident())
        task = Task(function, *args)
        self.tasks.append(task)
        return task

    def asleep(self, primitive: Any, n: int = 1) -> None:
        """Return when `n` threads are queued in `primitive`, as far as can be seen from outside."""
        seen = sleepers(primitive)
        if seen is None:
            until(lambda: self._too_few(n) or self._still(n))
        else:
            # All must have begun: who is queued may be one that has gone, and left its place.
            until(lambda: self._too_few(n) or (self._all_begun() and sleepers(primitive) == n))
        if self._too_few(n):
            raise AssertionError(f"of {n} threads that must sleep {len(self._others())} are left")

    def alive(self) -> set[int]:
        """Return the threads that have not ended."""
        tasks = {task.ident for task in self.tasks if not task.done}
        return tasks | self._starters & set(_current_frames())

    def _others(self) -> set[int]:
        return self.alive() - {get_ident()}

    def _all_begun(self) -> bool:
        """Whether every thread has begun, except those that a forked child does not have."""
        return os.getpid() != _born or all(task.begun for task in self.tasks)

    def _still(self, n: int) -> bool:
        """Whether `n` others do not move: all that can be known of a stranger."""
        there = self._others() & set(_current_frames())  # a forked child has none of its parent's
        return len(there) >= n and still(there)

    def _too_few(self, n: int) -> bool:
        """Whether threads have ended, so that fewer than `n` are left that could sleep."""
        ended = any(task.done for task in self.tasks)
        return ended and len(self._others()) < n and os.getpid() == _born


def sleepers(primitive: Any) -> int | None:
    """Return how many threads wait in `primitive`, if it keeps them where the stdlib's does."""
    if hasattr(primitive, "n_waiting"):
        return int(primitive.n_waiting)
    for owner in (primitive, getattr(primitive, "_cond", None)):
        if hasattr(getattr(owner, "_waiters", None), "__len__"):
            return len(owner._waiters)  # type: ignore[union-attr]
    names = ("not_empty", "not_full", "all_tasks_done")
    queues: list[Any] = [
        getattr(getattr(primitive, name, None), "_waiters", None) for name in names
    ]
    if not all(hasattr(queue, "__len__") for queue in queues):
        return None
    return sum(len(queue) for queue in queues)
