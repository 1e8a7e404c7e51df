"""Who waits for whom, and who can still get on: a look at all threads at one moment.

Who sleeps for ever needs an *ender*. Of a lock that is its holder, of a ``join`` the thread; of
anything else whoever can reach it: see reach.py. Who runs, or sleeps for a time, can get on; a
sleeper can if one of its enders can.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

from syncprims.lock import now
from syncprims.swap.watch import names
from syncprims.swap.watch.asleep import Note, asleep
from syncprims.swap.watch.begun import has_ended
from syncprims.swap.watch.held import Taken
from syncprims.swap.watch.reach import leads_to, roots
from syncprims.swap.watch.threads import begun_as, is_main, known


class Waits:
    """All threads as they are now; `since` is when the test began, in seconds of ``now``."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.notes: dict[int, Note] = dict(asleep)
        self.frames: dict[int, FrameType] = sys._current_frames()
        self._enders: dict[int, set[int]] = {}

    def what(self, ident: int) -> tuple[Any, str]:
        """Return what a sleeper wants, and in which call."""
        note = self.notes[ident]
        return names.call(self.frames.get(ident)) if note.kind == "gate" else (note.what, note.kind)

    def holder(self, ident: int) -> Taken | None:
        """Return who has the lock that a sleeper wants."""
        note = self.notes[ident]
        return note.what.holder if note.kind == "lock" else None

    def enders(self, ident: int) -> set[int]:
        """Return the threads that can end a sleep; all of them if that cannot be known."""
        if ident not in self._enders:
            self._enders[ident] = set(self._find_enders(ident)) - {ident}
        return self._enders[ident]

    def _find_enders(self, ident: int) -> Iterable[int]:
        note = self.notes[ident]
        if note.kind == "join":
            return [] if has_ended(note.what) else [note.what.ident]
        taken = self.holder(ident)
        if taken is not None and taken.alone:
            return [taken.by.ident] if taken.by.is_alive else []
        wanted, _ = self.what(ident)
        if wanted is None or (note.kind == "lock" and taken is None):
            return self.frames  # it is about to be free, or no primitive that we know
        reaching = [each for each in self.frames if self._reaches(each, wanted)]
        return [*reaching, taken.by.ident] if taken and taken.by.is_alive else reaching

    def able(self) -> set[int]:
        """Return the threads that can still get on."""
        able = {each for each in self.frames if self._is_awake(each)}
        left = set(self.frames) - able
        while more := {each for each in left if self.enders(each) & able}:
            able |= more
            left -= more
        return able

    def _is_awake(self, ident: int) -> bool:
        note = self.notes.get(ident)
        return note is None or not note.forever or note.is_woken or known(ident).is_starting

    def behind(self, ident: int) -> list[int]:
        """Return a sleeper, its enders, theirs, and so on: those that are asleep for ever."""
        found = [ident]
        for each in found:
            found += [new for new in self.enders(each) if new not in found and new in self.notes]
        return found

    def cycle(self, ident: int, slept: float) -> list[int]:
        """Return the cycle of locks and joins that a sleeper is in, itself first, if it is."""
        path = [ident]
        while (after := self._next(path[-1], slept)) is not None and after not in path:
            path.append(after)
        return path if after == ident else []

    def _next(self, ident: int, slept: float) -> int | None:
        """Return the one thread that can end a sleep, if that is sure."""
        note = self.notes.get(ident)
        is_stuck = note is not None and note.forever and not note.is_woken
        if note is None or not is_stuck or note.kind == "gate" or now() - note.since < slept:
            return None
        taken = self.holder(ident)
        if taken is not None and taken.by.is_alive:
            others = set() if taken.alone else self.enders(ident) - {taken.by.ident}
            return None if others & self.able() else taken.by.ident
        return note.what.ident if note.kind == "join" else None

    def _reaches(self, ident: int, wanted: Any) -> bool:
        """Whether a thread has a way to an object. Older ones count if they were handed it."""
        thread = known(ident)
        if thread.is_tools:
            return False
        if ident not in self.notes and not _GIL():
            return True  # its frames change while they are looked at
        is_older = thread.began < self.since and not is_main(ident)
        own, thread_object = names.own(self.frames[ident]), begun_as(ident)
        if not own and thread_object is None:
            return True  # it is just beginning, or ending: who knows
        # Its target and arguments too, if it has hardly begun.
        at_hand = [thread_object, *roots(own, with_globals=not is_older)]
        return leads_to(at_hand, wanted)


_GIL = getattr(sys, "_is_gil_enabled", lambda: True)
