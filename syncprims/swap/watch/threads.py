"""What is known of a thread: its name, who started it and where, when it began and when it ended.

A ``Known`` is made by ``Thread.start``, by the thread that starts another. A thread that came in
another way, the main one among them, gets one when it is first asked for. It has the locks that its
thread has taken, too: see held.py. Nothing here asks a Thread whether it lives: that
asks an Event, perhaps a watched one, and so without end.
"""

from __future__ import annotations

import _thread
import dis
import os
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, NamedTuple
from weakref import WeakSet

from syncprims.lock import get_ident, now


class Place(NamedTuple):
    """A place in the code, cheap to keep: its line is worked out when it is told."""

    code: CodeType
    offset: int

    @property
    def line(self) -> int:
        """The line's number."""
        starts = [each for each in dis.findlinestarts(self.code) if each[0] <= self.offset]
        return (starts[-1][1] if starts else None) or self.code.co_firstlineno

    def __str__(self) -> str:
        return f"{path(self.code.co_filename)}:{self.line}"


def path(file: str) -> str:
    """Return a file's name, from here if it is below."""
    below = os.path.relpath(file) if os.path.isabs(file) else file
    return file if below.startswith("..") else below


# Who calls for somebody else: the line that took a lock, or began a thread, is further out.
FOR_OTHERS = {"contextlib", "concurrent.futures.thread", "syncprims.lock", "syncprims.condition"}
FOR_OTHERS |= {"syncprims.waitqueue", "syncprims.swap.watch.locks", "syncprims.swap.watch.shake"}


def caller(frame: FrameType) -> FrameType:
    """Return the frame for which others called, from a frame outwards."""
    outer: FrameType | None = frame
    while outer and outer.f_globals.get("__name__") in FOR_OTHERS:
        outer = outer.f_back
    return outer or frame


def place(frame: FrameType) -> Place:
    """Return where the program is, from a frame outwards."""
    frame = caller(frame)
    return Place(frame.f_code, frame.f_lasti)


class Known:
    """A thread as the watch knows it."""

    def __init__(self, name: str, starter: Known | None = None, at: Place | None = None) -> None:
        self.name: str = name
        self.starter: Known | None = starter
        self.place: Place | None = at  # where it was started
        self.began: float = now() if starter is not None else 0.0  # else nobody saw it
        self.ended: float | None = None  # written by: who joined it first
        self.joiner: Known | None = None
        self.ident: int = 0
        self.is_tools: bool = False  # whether a test tool started it, for itself
        self.is_starting: bool = False  # whether it waits for another thread to begin
        self.scope: object = starter.scope if starter is not None else None  # whose end is its end
        self.number: str = starter.next_number() if starter is not None else name
        self.started: int = 0  # how many threads, in this test
        self.decisions: object = None  # see shake.py
        # Weak references to what it took, oldest first, some let go of since; written by: itself.
        self.locks: list[Callable[[], Any]] = []
        everybody.add(self)

    def next_number(self) -> str:
        """Return the number of the next thread that this one starts."""
        self.started += 1
        return f"{self.number}.{self.started}"

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs, asked of the interpreter; idents are used again."""
        return _found(self.ident) is self and self.ident in sys._current_frames()


everybody: WeakSet[Known] = WeakSet()
_strangers: dict[int, Known] = {}  # threads that no Thread stands for


def known(ident: int) -> Known:
    """Return what is known of a thread."""
    found = _found(ident)
    thread = threading._active.get(ident)  # type: ignore[attr-defined]
    if found is None and thread is None:
        found = _strangers[ident] = Known(f"thread {ident}")
    elif found is None:
        found = vars(thread)[RECORD] = Known("")
    if thread is not None:
        found.name = "main" if is_main(ident) else thread.name
    found.ident = ident
    return found


def begun_as(ident: int) -> threading.Thread | None:
    """Return the Thread that a thread other than the main one was begun as, if it was."""
    return None if is_main(ident) else threading._active.get(ident)  # type: ignore[attr-defined]


def is_main(ident: int) -> bool:
    """Whether a thread is the main one."""
    return ident == threading.main_thread().ident


def _found(ident: int) -> Known | None:
    thread = threading._active.get(ident)  # type: ignore[attr-defined]
    return _strangers.get(ident) if thread is None else vars(thread).get(RECORD)


RECORD = "_syncprims_known"  # the attribute of a Thread that has its Known


class _Own(_thread._local):
    def __init__(self) -> None:
        self.known: Known = known(get_ident())


own: _Own = _Own()  # own.known: what is known of the thread that asks
