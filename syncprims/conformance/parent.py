"""Starts children, believes none of them, and goes on behind the requirement where one died.

A child is a process that judges some requirements and writes a line before and a line after each.
A requirement without its second line is a CRASH or a TIMEOUT, and whoever is late is killed. The
more often an implementation hangs, the less it is waited for, so that every run ends.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

from syncprims.conformance import delays
from syncprims.conformance.judge import ABSENT, CRASH, DIFFERS, FAIL, PASS, TIMEOUT, Row
from syncprims.conformance.process import START, Child
from syncprims.conformance.requirement import Requirement

AT_ONCE = 2  # children
OUTCOMES = (PASS, FAIL, TIMEOUT, DIFFERS, ABSENT)  # what a child may say

LATE = 2 * delays.WATCH  # seconds after its limit: then no watchdog of the child's will come

HANGS = 3  # so many TIMEOUTs, and the limit is short
IN_A_ROW = 10  # so many TIMEOUTs one after the other end a group
ENOUGH = 10  # so many TIMEOUTs in all, and HANGS in a row end a group
BUDGET = 100.0 * delays.SCALE  # seconds of waiting in vain that end the run

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Refused(Exception):
    """The implementation cannot be used; the text says why in one line."""


class Patience:
    """For how long an implementation is waited for; one thread at a time."""

    def __init__(self) -> None:
        self._hangs = self._timeouts = 0
        self._waited = 0.0

    def limit(self, excused: bool) -> float:
        """Return how long a requirement may take."""
        return delays.SHORT_LIMIT if excused or self._hangs >= HANGS else delays.LIMIT

    def note(self, row: Row, excused: bool) -> None:
        """Take a requirement's row into account."""
        self._timeouts += bool(row.get("hung"))
        self._hangs += bool(row.get("hung") and not excused)
        if row["outcome"] not in (PASS, ABSENT) and row["seconds"] >= delays.SHORT_LIMIT:
            self._waited += row["seconds"]

    def over(self, in_a_row: int) -> str:
        """Return why a group, or all, goes no further; empty if it does."""
        if self._waited > BUDGET:
            return f"{BUDGET:g} s were waited in vain"
        if in_a_row >= (HANGS if self._timeouts >= ENOUGH else IN_A_ROW):
            return f"{in_a_row} TIMEOUTs one after the other before it"
        return ""


class Run:
    """All requirements, asked of one implementation."""

    def __init__(
        self,
        name: str,
        excused: Callable[[Requirement], object],
        began: Callable[[str], object],
        took: Callable[[Requirement, Row], object],
        coverage: dict[str, Any] | None = None,
    ) -> None:
        self._request = {"implementation": name, "path": sys.path, "coverage": coverage}
        self._excused, self._began, self._took = excused, began, took
        self._patience = Patience()
        self._children: set[Child] = set()
        self._lock = threading.Lock()
        self.stopped: bool = False

    def about(self) -> dict[str, Any]:
        """Have a child say what the implementation says of itself; Refused if it cannot be used."""
        child = Child({**self._request, "tests": [], "coverage": None})
        said = {key: value for line in child.lines() for key, value in line.items()}
        status = child.end()
        if "about" not in said:
            why = said.get("error") or f"it cannot be imported: {_ended(status, child)}"
            raise Refused(str(why))
        found: dict[str, Any] = said["about"]
        return found

    def all(self, groups: list[list[Requirement]]) -> None:
        """Have every requirement judged, group by group, unless it is to stop."""
        waiting = deque(groups)

        def work() -> None:
            with suppress(IndexError):
                while not self.stopped:
                    self._group(waiting.popleft())

        workers = [threading.Thread(target=work, daemon=True) for _ in range(AT_ONCE)]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                while worker.is_alive():
                    worker.join(0.1)  # in pieces, so that Ctrl-C is heard everywhere
        except KeyboardInterrupt:
            self.stopped = True
            raise
        finally:
            self._kill_all()

    def _kill_all(self) -> None:
        with self._lock:
            for child in self._children:
                child.kill()

    def _group(self, todo: list[Requirement]) -> None:
        in_a_row = 0
        while todo and not self.stopped:
            why = self._patience.over(in_a_row)
            if why:
                for requirement in todo:
                    self._took(requirement, failed(FAIL, f"not run: {why}"))
                return
            done = 0
            for row in self._rows(todo):
                if self.stopped:
                    return
                self._note(todo[done], row)
                in_a_row = in_a_row + 1 if row.get("hung") else 0
                done += 1
            todo = todo[done:]

    def _note(self, requirement: Requirement, row: Row) -> None:
        with self._lock:
            self._patience.note(row, bool(self._excused(requirement)))
            self._took(requirement, row)

    def _rows(self, todo: list[Requirement]) -> Iterator[Row]:
        """Yield a row for each requirement as far as one child comes: one at least."""
        tests = [
            (each.identifier, each.module, self._patience.limit(bool(self._excused(each))))
            for each in todo
        ]
        child = self._started({**self._request, "tests": tests})
        try:
            yield from _rows_of(child, tests, self._began)
        finally:
            with self._lock:
                self._children.discard(child)
            child.kill()

    def _started(self, request: dict[str, Any]) -> Child:
        with self._lock:
            child = Child(request)
            self._children.add(child)
        return child


def _rows_of(
    child: Child, tests: list[tuple[str, str, float]], begun: Callable[[str], object]
) -> Iterator[Row]:
    expected = iter(tests)
    began = time.monotonic()
    running: str | None = None
    none = True
    for line in child.lines():
        if "begin" in line and running is None:
            running, _, limit = next(expected)
            begun(running)
            began = time.monotonic()
            child.wait_until(began + limit + LATE)
        elif line.get("id") == running is not None and line.get("outcome") in OUTCOMES:
            running, none = None, False
            child.wait_until(time.monotonic() + START)
            yield {"message": "", "seconds": time.monotonic() - began, **line}
        elif "end" in line:
            child.end()
            return
    if running is not None or none:
        yield _lost(child, time.monotonic() - began, tests, running)


def _lost(
    child: Child, seconds: float, tests: list[tuple[str, str, float]], running: str | None
) -> Row:
    """Return the row of a requirement during which a child died."""
    limit = next((limit for identifier, _, limit in tests if identifier == running), START)
    status = child.end()
    late = status is None or seconds > limit + delays.WATCH / 2
    what = f"{seconds:.0f} s later no thread of Python's could run" if late else ""
    lines = [what or _ended(status, child), *_stacks(child.said())]
    return failed(TIMEOUT if late else CRASH, "\n".join(lines), round(seconds, 3))


def failed(outcome: str, message: str, seconds: float = 0.0) -> Row:
    """Return the row of a requirement that has not come to an end."""
    hung = outcome == TIMEOUT
    return {"outcome": outcome, "message": message, "seconds": seconds, "hung": hung}


def _ended(status: int | None, child: Child) -> str:
    if status is None:
        return "the process did not end"
    if status < 0:
        with suppress(ValueError):
            return f"the process was killed by {signal.Signals(-status).name}"
    said = child.said()
    return f"the process ended with exit status {status}" + (f": {said[-1]}" if said else "")


def _stacks(said: list[str]) -> list[str]:
    """Return the innermost line of each thread that the watchdog has shown."""
    found = []
    for head, line in pairwise(said):
        if "most recent call first" in head and "File" in line and _HERE not in line:
            path, _, rest = line.partition('", line ')
            found.append(f"{os.path.basename(path)}:{rest.replace(' in ', ': ', 1)}()")
    return list(dict.fromkeys(found))[:10]
