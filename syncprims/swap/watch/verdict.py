"""What a sleeper finds when it looks round: a cycle, a hang, or only a long wait.

A cycle of locks and joins stands as soon as each has slept a slice. A hang is judged by the thread
that runs the test alone: it has slept the time, and can no longer get on. All who are in it find
the verdict on their notes and raise it: that thread the test's failure, others an end of their own,
so that they do not keep the process from ending. A thread that can still get on is slow; that is
one line, after one, two, four times the time.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable

from syncprims.lock import get_ident, now
from syncprims.swap.watch import report
from syncprims.swap.watch.asleep import SLICE, Note, watching
from syncprims.swap.watch.begun import Ended
from syncprims.swap.watch.threads import known
from syncprims.swap.watch.waits import Waits

HINT = """\
To see every order of the threads' steps, put what they do into a function:
  python -m syncprims explore FILE.py::FUNCTION"""


class Hung(BaseException):
    """Raised in the main thread where it sleeps for ever. No Exception, so that nobody retries."""


class Judge:
    """Looks round for the sleepers: after `seconds` the tested thread is hung, or slow."""

    def __init__(self, seconds: float, say: Callable[[str], object]) -> None:
        self.seconds: float = seconds
        self._busy = _thread.allocate_lock()  # one looks at a time
        self.tested: int | None = get_ident()
        self.since: float = 0.0  # when the test began
        self.reports: list[str] = []  # of this test
        self.failure: Callable[[str], BaseException] = Hung
        self.hint: str = HINT
        self.say = say

    def start(self) -> Callable[[], None]:
        """Look round from now on; return what ends that."""
        before = watching.slice, watching.look
        watching.slice = min(SLICE, self.seconds)
        watching.look = self.look

        def undo() -> None:
            watching.slice, watching.look = before

        return undo

    def look(self, note: Note) -> None:
        """Look round from a sleeper; write the verdict on its note if there is one."""
        me = get_ident()
        may_be_found = note.forever and note.kind != "gate"  # in a cycle
        if (may_be_found or me == self.tested) and self._busy.acquire(False):
            try:
                self._judge(note, me)
            except Exception as error:  # what is looked at changes meanwhile: once more, later
                self.say(f"a look round failed: {error!r}")
            finally:
                self._busy.release()

    def _judge(self, note: Note, me: int) -> None:
        waits = Waits(self.since)
        if cycle := waits.cycle(me, watching.slice):
            if self.tested in cycle:
                cycle = waits.cycle(self.tested, watching.slice)  # told from its side
            self._condemn(waits, cycle, report.deadlock(waits, cycle))
        elif me == self.tested and now() - note.since >= self.seconds * 2**note.told:
            able = waits.able()
            if me in able:
                note.told += 1
                self.say(report.slow(waits, me, able))
            else:
                sleepers = waits.behind(me)
                cycles = filter(None, (waits.cycle(each, 0) for each in sleepers))
                text = report.hung(waits, sleepers, next(cycles, []))
                self._condemn(waits, [me, *filter(self._is_new, sleepers[1:])], text)

    def _is_new(self, ident: int) -> bool:
        return known(ident).began >= self.since

    def _condemn(self, waits: Waits, sleepers: list[int], text: str) -> None:
        text = f"{text}\n\n{self.hint}"
        self.reports.append(text)
        for each in sleepers:
            is_tested = each == self.tested
            waits.notes[each].verdict = self.failure(text) if is_tested else Ended(text)
            if not is_tested:
                known(each).scope = None  # it ends soon, and is not left behind
        if self.tested not in sleepers:
            self.say(text)
