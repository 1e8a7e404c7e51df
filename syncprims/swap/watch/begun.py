"""``Thread.start`` and ``join`` that leave a trace: who started a thread and where, who joined it.

They stand on the class while the watch is on. A thread that ends by a verdict ends in silence.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from syncprims.lock import get_ident, now
from syncprims.swap.places import is_ours
from syncprims.swap.watch.asleep import Note
from syncprims.swap.watch.threads import RECORD, Known, caller, own, place


class Ended(SystemExit):
    """Raised in a thread that sleeps for ever: it ends, and nobody prints that."""


_starts = threading.Thread.start
_joins = threading.Thread.join


def start(thread: threading.Thread) -> None:
    """Start the thread's activity; see ``threading.Thread.start``."""
    frame = caller(sys._getframe(1))
    known = Known(thread.name, own.known, place(frame))
    starter = str(frame.f_globals.get("__name__"))
    known.is_tools = not is_ours(starter) or starter.startswith("pytest_")
    attributes = vars(thread)
    attributes.setdefault(RECORD, known)
    attributes["_invoke_excepthook"] = _without_ended(attributes["_invoke_excepthook"])
    own.known.is_starting = True
    try:
        _starts(thread)
    finally:
        own.known.is_starting = False


def join(thread: threading.Thread, timeout: float | None = None) -> None:
    """Wait until the thread ends; see ``threading.Thread.join``."""
    if (timeout is not None and timeout <= 0) or thread.ident in (None, get_ident()):
        return _joins(thread, timeout)

    def ended(_: bool, seconds: float) -> bool:
        _joins(thread, seconds)
        return has_ended(thread)

    known = vars(thread).get(RECORD)
    if (
        Note("join", thread, timeout is None).sleep(ended, timeout)
        and known
        and known.joiner is None
    ):
        known.joiner, known.ended = own.known, now()
    return None


def has_ended(thread: Any) -> bool:
    """Whether it has: asked without an Event, which may be a watched one."""
    names = ("_os_thread_handle", "_handle")  # of 3.14 and later, of 3.13
    handle = next(filter(None, (getattr(thread, name, None) for name in names)), None)
    return bool(handle.is_done() if handle else thread._is_stopped)


def exchange() -> Callable[[], None]:
    """Put both in the place of Thread's own; return what ends that."""
    kind: Any = threading.Thread
    before = kind.start, kind.join
    kind.start, kind.join = start, join

    def undo() -> None:
        kind.start, kind.join = before

    return undo


def _without_ended(invoke: Callable[[Any], None]) -> Callable[[Any], None]:
    def invoke_excepthook(thread: Any) -> None:
        if sys.exc_info()[0] is not Ended:
            invoke(thread)

    return invoke_excepthook
