"""Executions one after another, in a thread of their own, and somebody who watches over them.

The caller only waits, and looks now and then whether steps are still taken: a thread that waits for
something the scheduler does not own (a lock made before, a socket, a real sleep) would otherwise
hang for ever.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context, copy_context
from functools import partial
from typing import Any

from syncprims.explore import report
from syncprims.explore.model import real_monotonic
from syncprims.explore.pool import Pool
from syncprims.explore.report import Steps
from syncprims.explore.result import Found
from syncprims.explore.scheduler import Execution
from syncprims.explore.tasks import Strategy, controlled
from syncprims.explore.threads import forsake, real_start
from syncprims.explore.world import virtual_world
from syncprims.lock import Lock

STUCK = 5.0  # seconds without a step, after which a thread is taken to wait outside
SWEEP = 500  # executions from one garbage collection to the next

# What ends an execution without telling anything about the scenario.
NO_FAILURES = ("divergence", "nondeterminism", "not controlled")


class Search:
    """Executions one after another, in a thread of their own."""

    def __init__(self, scenario: Callable[[], object], timeouts: str) -> None:
        if timeouts not in ("any", "idle"):
            raise ValueError(f"timeouts must be 'any' or 'idle', not {timeouts!r}")
        if controlled():
            raise RuntimeError("explore() or replay() inside of an exploration")
        self.scenario: Callable[[], object] = scenario
        self.timeouts: str = timeouts
        self.context: Context = copy_context()  # the caller's
        self.first: Steps = []  # a schedule that has passed
        self.pool: Pool = Pool(real_start)
        self.execution: Execution | None = None
        self.executions: int = 0
        self.pruned: int = 0
        self.left_out: set[str] = set()  # by bounds on single executions
        self.watching: bool = False
        self.limit: str = ""  # the one that ended the search
        self.began: float = real_monotonic()
        self.error: BaseException | None = None
        self.over: Lock = Lock()  # a gate: opened when the search has ended
        self.over.acquire()

    def seconds(self) -> float:
        return real_monotonic() - self.began

    def run(self, strategy: Strategy, most: int | None, seconds: float | None) -> Execution:
        """Search until there is a failure, nothing is left, or a limit is hit."""
        while True:
            execution = self.once(strategy)
            if execution.failure is not None or self.limit:
                return execution
            if not strategy.more():
                return execution
            if most is not None and self.executions >= most:
                self.limit = f"the limit of {most:,} executions was hit"
            elif seconds is not None and self.seconds() > seconds:
                self.limit = f"the limit of {seconds:g} s was hit"
            else:
                continue
            return execution

    def once(self, strategy: Strategy, recording: bool = False) -> Execution:
        if self.execution is not None:
            # No cycle is left then, and the garbage collector has nothing to do.
            self.execution.tasks.clear()
            self.execution.running = None
        self.execution = execution = Execution(self.pool, strategy, self.timeouts, recording)
        execution.run(partial(self.context.copy().run, self.scenario))
        self.executions += not execution.pruned
        self.pruned += execution.pruned
        self.left_out |= execution.left_out | {execution.strangers} - {""}
        if not self.first and execution.failure is None:
            self.first = execution.log
        self.watching = self.watching or execution.watching
        if (self.executions + self.pruned) % SWEEP == 0:
            gc.collect()
        return execution

    def in_thread(self, work: Callable[[], Any]) -> Any:
        """Do it in another thread, and wait; raise what it raises."""
        found: list[Any] = []

        def working() -> None:
            try:
                _stay_on_one_core()
                found.append(work())
            except BaseException as error:
                self.error = error
            self.pool.close()
            self.over.release()

        thread = threading.Thread(target=working, daemon=True, name="syncprims explorer")
        real_start(thread)
        try:
            if self._watch_over():
                thread.join()
        except BaseException:
            self._give_up()
            thread.join(STUCK)  # its stacks unwind before the world is put back
            raise
        if self.error is not None:
            raise self.error
        return found[0] if found else None

    def _give_up(self) -> None:
        self.limit = "interrupted"
        if self.execution is not None:
            self.execution.over = True

    def _watch_over(self) -> bool:
        """Wait until the search is over; return False if it is stuck."""
        seen, since = (-1, -1), real_monotonic()
        with _progress() as show:
            while not self.over.acquire(True, 0.25):
                now = real_monotonic()
                execution = self.execution
                steps = (self.executions + self.pruned, execution.steps if execution else 0)
                if steps != seen:
                    seen, since = steps, now
                elif now - since > STUCK and execution is not None:
                    self.limit = _stuck(execution)
                    execution.over = True
                    forsake(execution.alive)
                    return False
                if self.seconds() > 1:
                    show(f"{self.executions:,} executions")
        return True


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What shows how far a search is, on one line that is wiped, if anybody looks."""
    terminal, wiped = sys.stderr, ""  # None under pythonw, or where it is closed
    looked_at = terminal is not None and terminal.isatty()

    def show(text: str) -> None:
        nonlocal wiped
        if looked_at:
            wiped = f"\r{'':30}\r"
            print(f"\r{text}", end="", file=terminal, flush=True)

    try:
        yield show
    finally:
        if wiped:
            print(wiped, end="", file=terminal, flush=True)


def _stay_on_one_core() -> None:
    """Hold this thread, and those that it will start, to one core.

    One of them runs at a time, and to wake the next takes ten times as long on another core.
    """
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):  # a sandbox may forbid it
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


def _stuck(execution: Execution) -> str:
    """Where the thread is that has not come to a switch point for long."""
    task = execution.running
    frame = sys._current_frames().get(task.ident) if task else None
    whole = traceback.extract_stack(frame) if frame else []
    begins = max((n for n, each in enumerate(whole, 1) if each.name == "_live"), default=0)
    stack = "".join(traceback.format_list(whole[begins:]))
    name = task.name if task else "?"
    return (
        f"not controlled: {name} has taken no step for {STUCK:g} s. It waits for something that "
        f"the scheduler does not own (a lock made outside, a socket, a file), or computes:\n{stack}"
    )


@contextmanager
def prepared() -> Iterator[None]:
    """The virtual world, and a garbage collector that runs between executions only."""
    with virtual_world():
        collecting = gc.isenabled()
        frozen = hasattr(gc, "freeze") and not gc.get_freeze_count()
        if frozen:
            gc.freeze()  # what is there already need not be looked at again and again
        gc.disable()
        try:
            yield
        finally:
            if frozen:
                gc.unfreeze()
            if collecting:
                gc.enable()


def found_in(execution: Execution) -> Found:
    failure = execution.failure
    assert failure is not None
    schedule = report.encode(execution.log)
    trace = report.table(execution) if execution.recording else ""
    return Found(failure.kind, failure.message, schedule, trace, failure.error)
