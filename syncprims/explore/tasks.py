"""The pieces the scheduler moves: controlled threads, and what they do it to.

A *task* is a thread of the scenario, and stands before the operation it is to do next. A *target*
is what operations are done to: a lock, a task, an attribute. ``controlled`` tells whether the
calling thread is a task.
"""

from __future__ import annotations

import threading
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

from syncprims.explore.naming import NOWHERE, Place
from syncprims.lock import get_ident

if TYPE_CHECKING:
    from syncprims.explore.scheduler import Execution

# What an operation does to its target: two that meet are in conflict unless both only read.
WRITES = frozenset(("acquire", "try", "timed", "release", "start", "end", "write", "touch"))

# What bounds an execution.
MOST_TIMEOUTS = 3  # that may fire in one thread while others could run
CAPPED = f"a thread may fire {MOST_TIMEOUTS} time-outs while others can run"
MOST_LOOKS = 8  # at what has not changed: a loop that waits for a change could go on for ever
SPINNING = f"a thread may look {MOST_LOOKS} times at what has not changed while others can run"
BUSY_STEPS = 100  # of a daemon
BUSY = f"a daemon may take {BUSY_STEPS} steps while others can run"
DAEMON_STEPS = 200
DAEMONS = f"daemons may go on for {DAEMON_STEPS} steps when all others have ended"
STRANGERS = "a thread that the scheduler does not own ran, or used a lock of the scenario"
STEP_LIMIT = 20_000  # then it is a livelock
FREELY = 64  # steps of one thread in a row while others wait, before they get their turn

# A thread stands before one of these until somebody has done something, or until its time is up.
TIMED = frozenset(("timed", "timed join", "sleep"))
WAITING = TIMED | {"acquire", "join"}

# These find the same again if nobody has done something meanwhile: a try in vain does, that is.
LOOKS = frozenset(("read", "look", "try"))


class Abort(BaseException):
    """Unwinds a thread of an execution that is over."""


class Failure(Exception):
    """Why an execution is a failure."""

    def __init__(self, kind: str, message: str, error: BaseException | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.error = error


class Unavailable(Exception):
    """Raised in a check that would have to wait for a lock."""


class Target:
    """What operations are done to: a lock, a thread, an attribute. Numbered as first touched."""

    number: int = 0  # written by: enter, with the next two
    number_of: Execution | None = None
    time: float = 0.0  # no earlier than the last write to it
    name: str = ""

    def enter(self, execution: Execution) -> None:
        """Be touched for the first time in an execution."""
        execution.numbers += 1
        self.number_of = execution
        self.number = execution.numbers
        self.time = 0.0

    def blocks(self, kind: str) -> bool:
        """Whether an operation has to wait."""
        return False

    def state(self, task: Task | None = None, kind: str = "") -> str:
        """What is so once a task has done it, in words."""
        return ""


class Task(Target):
    """A controlled thread."""

    loans: Any = ()  # see loans.py

    def __init__(self, execution: Execution, index: int, thread: threading.Thread) -> None:
        self.execution = execution
        self.index = index
        self.thread = thread
        self.done = False
        self.kind: str = "begin"  # the operation it is about to do
        self.target: Target | None = None
        self.deadline: float = inf  # of the operation
        self.ident: int = 0  # of its OS thread
        self.body: threading.Thread = thread  # what that was before
        self.timeouts = 0  # how many have fired
        self.looked: dict[int, int] = {}  # how often at each target, since its last change or ours
        self.place: Place = NOWHERE  # of the operation, if the execution is recorded
        self.started_at: str = ""  # the line, if it is recorded
        self.daemon: bool = thread.daemon
        self.steps: int = 0  # taken, if it is a daemon
        self.aborted: int = 0  # operations tried while unwinding

    @property
    def name(self) -> str:  # type: ignore[override]
        found: str = object.__getattribute__(self.thread, "_name")  # no step if it is watched
        return found

    def blocks(self, kind: str) -> bool:
        return kind in ("join", "timed join") and not self.done

    def can_run(self) -> bool:
        """Whether its operation would not have to wait, or its time is up."""
        kind, target = self.kind, self.target
        if self.looked and target is not None and self._spins(kind, target):
            self.execution.held_back = SPINNING
            return False
        if kind not in WAITING or (target is not None and not target.blocks(kind)):
            return True
        if kind not in TIMED:
            return False
        if self.execution.idle:
            return self.deadline <= self.execution.time
        if self.timeouts >= MOST_TIMEOUTS:
            self.execution.held_back = CAPPED
            return False
        return True

    def waits_for_ever(self) -> bool:
        """Whether only another thread could let it go on."""
        blocked = self.target is not None and self.target.blocks(self.kind)
        return blocked and self.kind in ("acquire", "join")

    def _spins(self, kind: str, target: Target) -> bool:
        often = kind in LOOKS and self.looked.get(target.number, 0) >= MOST_LOOKS
        return often and (kind != "try" or target.blocks("acquire"))

    def account(self, kind: str, target: Target) -> None:
        """Time passes; count looks in vain; what is changed is worth a look again."""
        if target.time > self.time:
            self.time: float = target.time
        if kind not in WRITES:
            self.looked[target.number] = self.looked.get(target.number, 0) + 1
            return
        target.time = self.time
        self.looked.clear()
        for other in self.execution.alive:
            if other.looked:
                other.looked.pop(target.number, None)

    def tire(self) -> None:
        """Count the steps of a daemon."""
        self.steps += 1
        if self.steps == BUSY_STEPS:
            self.execution.busy.append(self)

    def unwind(self, kind: str, target: Target | None) -> bool:
        """Do what operations do while stacks unwind: as little as possible, and never wait.

        What loops until it has a lock gets it every eighth time, or it would loop for ever.
        """
        blocked = target is not None and target.blocks(kind)
        self.aborted += kind != "release"
        if self.aborted % 8 and ((blocked and kind in ("acquire", "join")) or self.aborted > 1000):
            raise Abort
        return not blocked


def others_first(execution: Execution, able: list[Task]) -> list[Task]:
    """Daemons that have taken many steps are held back while others can run, or sleep."""
    others = [task for task in able if task not in execution.busy]
    passes = execution.idle and any(task.kind in TIMED for task in execution.alive)
    if len(others) < len(able) and (others or passes):
        execution.left_out.add(BUSY)
    return others


def let_time_pass(execution: Execution) -> list[Task]:
    """Nobody can run: whose time-out comes next, or who was held back?"""
    timed = [task for task in execution.alive if task.kind in TIMED]
    if execution.idle and timed:
        execution.time = min(task.deadline for task in timed)
        return [task for task in timed if task.deadline <= execution.time]
    return [task for task in execution.alive if not task.waits_for_ever()]


tasks_here: dict[int, Task] = {}  # by the identity of the OS thread; written by: that thread


def controlled() -> Task | None:
    """Return the task that the calling thread is; None outside an exploration."""
    return tasks_here.get(get_ident())


def current() -> Task | None:
    """Return the task that the calling thread is; None where its operations are not steps."""
    task = tasks_here.get(get_ident())
    return None if task is None or task.execution.unseen else task


class Strategy(Protocol):
    """How to pick, and what to try next."""

    def pick(self, execution: Execution, enabled: list[Task]) -> Task | None:
        """Return one of the tasks; None to give the execution up: its like has been seen."""

    def committed(self, execution: Execution, task: Task, kind: str) -> None:
        """Take note that a task does its operation now; `kind` tells whether it succeeds."""

    def ended(self, execution: Execution) -> None:
        """Take note of how an execution has ended."""

    def more(self) -> bool: ...  # prepare the next execution; False if there is none
