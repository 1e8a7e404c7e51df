"""One requirement in, one row out: run its cases, and say what was seen where it is not met.

A requirement is as good as the worst of its cases. What an implementation does not have is found,
not listed: an attribute, a parameter, a with block or a class that is missing shows as an error in
the suite's own code, and then the requirement is not applicable. A thread that died of what nobody
asked for is the cause of what comes after it, so it is told first.
"""

from __future__ import annotations

import contextlib
import inspect
import queue
import re
import threading
from _thread import allocate_lock, get_ident, start_new_thread
from collections.abc import Callable, Iterator
from time import monotonic
from types import TracebackType
from typing import Any

from syncprims.conformance import (
    crew,
    delays,
    seen,
    timing,  # noqa: F401 - binds its clock here, before an adapter can patch the world
)
from syncprims.conformance.adapter import PRIMITIVES, Implementation, Lacks, NotApplicable
from syncprims.conformance.jitter import jitter
from syncprims.conformance.requirement import Case, Named, Requirement

PASS, FAIL, TIMEOUT, CRASH, DIFFERS, ABSENT = "pass", "FAIL", "TIMEOUT", "CRASH", "differs", "n/a"

Row = dict[str, Any]

WORSE = ("", ABSENT, PASS, DIFFERS, FAIL, CRASH, TIMEOUT)


def judge(
    requirement: Requirement,
    implementation: Implementation,
    limit: float = delays.LIMIT,
    wedged: Callable[[Row], object] | None = None,
) -> Row:
    """Return what came of a requirement.

    `wedged` is called in another thread with the row of one that must run in the main thread, and
    does not come back from there in time.
    """
    began = monotonic()

    def tell(found: Row) -> None:
        if wedged is not None:
            wedged({**_merge(row, found), "seconds": round(monotonic() - began, 3)})

    def known_to_fail(case: Case) -> bool:
        return bool(_excuse(requirement, implementation, case))

    crew.suites.add(requirement.test.__code__.co_filename)
    row: Row = {"id": requirement.identifier, "outcome": "", "message": "", "failed": []}
    with crew.allowed(limit):
        try:
            _ask(requirement, implementation)
            # What is known to fail comes last: one that hangs takes no other case with it.
            for case in sorted(requirement.cases, key=known_to_fail):
                trial = Trial(requirement, implementation, case, limit)
                _merge(row, trial.run(tell))
                if row.get("left") or row.get("hung"):
                    break
        except NotApplicable as reason:
            row.update(outcome=ABSENT, message=str(reason))
    row["seconds"] = round(monotonic() - began, 3)
    return row


def _ask(requirement: Requirement, implementation: Implementation) -> None:
    """Raise NotApplicable if it binds this implementation or this platform at no time."""
    if requirement.lacking:
        raise NotApplicable(requirement.lacking)
    if implementation.since < requirement.since:
        raise NotApplicable("the stdlib has it since {}.{}".format(*requirement.since))


def _excuse(requirement: Requirement, implementation: Implementation, case: Case) -> str:
    """Return why the implementation need not meet it; empty if it is not listed."""
    known = implementation.deviations
    found = (each.reason for each in known if each.covers(requirement.identifier, case.label))
    return next(found, "")


def _merge(row: Row, found: Row) -> Row:
    """Make a row the worse of itself and one of its cases."""
    if found["outcome"] not in (PASS, ABSENT):
        row["failed"].append(found["case"])
    if WORSE.index(found["outcome"]) > WORSE.index(row["outcome"]):
        row.update(found)
    else:
        row.update({name: found[name] for name in ("left", "hung") if found.get(name)})
    return row


class Trial:
    """One case of a requirement, on its way."""

    def __init__(
        self, requirement: Requirement, implementation: Implementation, case: Case, limit: float
    ) -> None:
        self._requirement, self._implementation, self._case = requirement, implementation, case
        self._limit = limit
        self._own = implementation.files
        self._crew = crew.Crew()
        self._main: crew.Task | None = None
        self._held: int | None = None  # the main thread, while it runs the test

    def run(self, wedged: Callable[[Row], object]) -> Row:
        """Return what came of it: outcome, message and what else helps."""
        held_up = jitter(self._own) if self._requirement.race else contextlib.nullcontext()
        try:
            with held_up:
                error = self._error(wedged)
        except Lacks as reason:
            error = reason
        if error is None:
            return self._with_leftovers({"outcome": PASS, "message": ""})
        outcome = self._outcome(error)
        if outcome == ABSENT:
            return self._with_leftovers({"outcome": ABSENT, "message": seen.in_short(error)})
        return self._failed(outcome, error)

    def _error(self, wedged: Callable[[Row], object]) -> BaseException | None:
        arguments = self._arguments()
        if not self._requirement.main_thread:
            self._main = crew.Task(self._requirement.test, *arguments)
            if not self._main.ends(crew.time_left() + delays.MARGIN):
                return crew.Wedged("the test does not come to its end")
            return self._main.error
        with self._watched(wedged):
            try:
                self._requirement.test(*arguments)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                return error
        return None

    @contextlib.contextmanager
    def _watched(self, wedged: Callable[[Row], object]) -> Iterator[None]:
        """Have a thread tell if the main one does not come back in time."""
        over = allocate_lock()
        over.acquire()
        within = crew.time_left() + delays.MARGIN

        def watch() -> None:
            if not over.acquire(timeout=within):
                wedged(self._failed(TIMEOUT, crew.Wedged("the main thread does not come back")))

        self._held = get_ident()
        start_new_thread(watch, ())
        try:
            yield
        finally:
            over.release()
            self._held = None

    def _arguments(self) -> list[Any]:
        names = inspect.signature(self._requirement.test).parameters
        return [self._argument(name) for name in names]

    def _argument(self, name: str) -> Any:
        known = {"crew": self._crew, "implementation": self._implementation, **self._case.values}
        if name not in known:
            return self._implementation.get(name)
        value = known[name]
        return self._implementation.get(value) if isinstance(value, Named) else value

    def _outcome(self, error: BaseException) -> str:
        """Say which kind of failure it is."""
        errors = [error, *(task.error for task in self._crew.tasks if task.died)]
        lacks = any(isinstance(each, Lacks) or is_lacking(each) for each in errors if each)
        if (lacks and not self._implementation.whole) or (
            isinstance(error, NotApplicable) and not isinstance(error, Lacks)
        ):
            return ABSENT
        late = isinstance(error, crew.Wedged) or not crew.time_left()
        return TIMEOUT if late else FAIL

    def _failed(self, outcome: str, error: BaseException) -> Row:
        test = self._requirement.test
        reason = _excuse(self._requirement, self._implementation, self._case)
        row = {
            "outcome": DIFFERS if reason else outcome,
            "reason": reason,
            "hung": outcome == TIMEOUT,
            "message": seen.told(error, self._crew, self._runs_in(), self._own, self._limit)[:4000],
            "case": self._case.label,
            "test": seen.where(error, self._runs_in(), test.__code__.co_filename),
        }
        return self._with_leftovers(row)

    def _runs_in(self) -> int | None:
        """Return the thread in which the test still runs."""
        if self._main is not None:
            return None if self._main.done else self._main.ident
        return self._held

    def _with_leftovers(self, row: Row) -> Row:
        """Name the threads that live on."""
        tasks = [*self._crew.tasks, *([self._main] if self._main else [])]
        left = [task for task in tasks if not task.ends(delays.BRIEF)]
        return {**row, "left": [seen.doing(task.ident, self._own) for task in left]}


_NAMES = {
    name
    for primitive in PRIMITIVES.values()
    for name in dir(getattr(threading, primitive, getattr(queue, primitive, None)))
    if not name.startswith("_")
} | {"queue", "maxsize", "unfinished_tasks", "mutex", "not_empty", "not_full", "all_tasks_done"}
_NAMES |= {"shutdown", "is_shutdown", "locked", "__enter__", "__exit__", "__class_getitem__"}

_MISSING = re.compile(
    r"unexpected keyword argument|takes .*(argument|given)|takes no |invalid keyword argument"
    r"|missing .* argument|positional-only|expected at (most|least)"  # a parameter
    r"|context manager protocol"
    r"|is not subscriptable|argument 'code' must be code|acceptable base type"  # a class
    r"|metaclass conflict|must be a type|must be a class|first argument must be callable"
    r"|bases must be types|method expected \d+ arguments"  # a class: this is a method
)


def is_lacking(error: BaseException | None) -> bool:
    """Whether an error says that the implementation has no such thing; the suite's own then."""
    if error is None or not _raised_by_the_suite(error.__traceback__):
        return False
    if isinstance(error, AttributeError):
        return error.name in _NAMES and error.obj is not None
    return isinstance(error, TypeError) and _MISSING.search(str(error)) is not None


def _raised_by_the_suite(traceback: TracebackType | None) -> bool:
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return traceback is not None and (
        crew.is_suites(traceback.tb_frame)
        or traceback.tb_frame.f_code.co_filename == contextlib.__file__
    )
