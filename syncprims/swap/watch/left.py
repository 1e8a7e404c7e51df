"""What a test leaves behind: threads that run on, and locks that stay held.

A thread, and a lock, belong to the scope in which its thread began them: a test, or the class, the
module or the session whose fixture was being set up; what a thread starts belongs with it. They are
judged when that scope has ended, after a short while in which they may end by themselves.
"""

from __future__ import annotations

import _thread
import sys
from collections import defaultdict
from collections.abc import Callable
from fnmatch import fnmatch

from syncprims.lock import now
from syncprims.swap.watch import names
from syncprims.swap.watch.held import Taken, is_held
from syncprims.swap.watch.threads import Known, everybody, known

GRACE = 0.3  # seconds
IGNORED = ("QueueFeederThread", "ExecutorManagerThread", "Trio thread *")
_nobodys = _thread.allocate_lock()
_nobodys.acquire()


def left(is_over: Callable[[object], bool], ignored: list[str]) -> list[str]:
    """Tell what is left of the scopes that are over, each thing once."""
    for ident in sys._current_frames():
        known(ident)  # from now on we know its ident
    deadline = now() + GRACE
    while (threads := _threads(is_over, ignored)) and now() < deadline:
        _nobodys.acquire(True, 0.01)
    groups: dict[tuple[object, str], list[Known]] = defaultdict(list)
    for thread in threads:
        groups[thread.scope, str(thread.place)].append(thread)
        thread.scope = None
    told = [_told(scope, where, each) for (scope, where), each in groups.items()]
    return told + [each for thread in list(everybody) for each in _locks(thread, is_over)]


def _threads(is_over: Callable[[object], bool], ignored: list[str]) -> list[Known]:
    return [
        each
        for each in list(everybody)
        if is_over(each.scope) and each.starter is not None and not each.is_tools and each.is_alive
        if not any(fnmatch(each.name, pattern) for pattern in ignored)
    ]


def _told(scope: object, where: str, threads: list[Known]) -> str:
    called = sorted(thread.name for thread in threads)
    more = f" and {len(called) - 5} more" if len(called) > 5 else ""
    count = "a thread" if len(called) == 1 else f"{len(called)} threads"
    frames = sys._current_frames()
    now_at = {names.line(names.own(frames.get(thread.ident))) for thread in threads}
    return (
        f"{count} left by {getattr(scope, 'name', scope)}: {', '.join(called[:5])}{more}, "
        f"started at {where}, now at {', '.join(sorted(now_at))}"
    )


def _locks(thread: Known, is_over: Callable[[object], bool]) -> list[str]:
    """Tell which locks a thread still holds that has ended, or is the one that runs the test."""
    told = []
    for ref in list(thread.locks):
        lock = ref()
        if lock is not None and is_held(lock, thread):
            taken = Taken(*lock.taken)
            ended = "" if thread.is_alive else "has ended and "
            if is_over(taken.scope) and (ended or thread.starter is None):
                thread.locks.remove(ref)
                name = names.name(lock, [])
                told.append(f"{thread.name} {ended}still holds {name}, taken at {taken.at}")
    return told
