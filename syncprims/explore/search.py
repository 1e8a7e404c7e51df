"""Executions one after another, in a thread of their own, and somebody who watches over them.

The caller only waits, and looks now and then whether steps are still taken: a thread that waits for
something the scheduler does not own (a lock made before, a socket, a real sleep) would otherwise
hang for ever. What failed is looked for once more with as few changes of threads as possible, and
run again with its steps noted.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

from syncprims.explore import report
from syncprims.explore.model import real_monotonic, real_start
from syncprims.explore.report import Found, Steps
from syncprims.explore.scheduler import Execution
from syncprims.explore.strategies import Dfs, Forced
from syncprims.explore.tasks import Failure, Pool, Strategy
from syncprims.explore.world import begin_again, virtual_world
from syncprims.lock import Lock

STUCK = 5.0  # seconds without a step, after which a thread is taken to wait outside
SHORTER = 2000  # executions, and seconds, spent on a failure with fewer preemptions
SHORTER_SECONDS = 5.0
MANY = 8  # preemptions: more are no easier to read than what was found
SWEEP = 500  # executions from one garbage collection to the next

# What ends an execution without telling anything about the scenario.
NO_FAILURES = ("divergence", "nondeterminism")


class Search:
    """Executions one after another, in a thread of their own."""

    def __init__(self, scenario: Callable[[], object], timeouts: str) -> None:
        self.scenario: Callable[[], object] = scenario
        self.timeouts: str = timeouts
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
        begin_again()
        if self.execution is not None:
            # No cycle is left then, and the garbage collector has nothing to do.
            self.execution.tasks.clear()
            self.execution.running = None
        self.execution = execution = Execution(self.pool, strategy, self.timeouts, recording)
        execution.run(self.scenario)
        self.executions += not execution.pruned
        self.pruned += execution.pruned
        self.left_out |= execution.left_out
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
        showing = sys.stderr.isatty()
        while not self.over.acquire(True, 0.25):
            now = real_monotonic()
            execution = self.execution
            steps = (self.executions + self.pruned, execution.steps if execution else 0)
            if steps != seen:
                seen, since = steps, now
            elif now - since > STUCK and execution is not None:
                self.limit = _stuck(execution)
                execution.over = True
                return False
            if showing and self.seconds() > 1:
                print(f"\r{self.executions:,} executions", end="", file=sys.stderr, flush=True)
        if showing and self.seconds() > 1:
            print(f"\r{'':30}\r", end="", file=sys.stderr, flush=True)
        return True


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
    stack = "".join(traceback.format_stack(frame)[-6:]) if frame else ""
    name = task.name if task else "?"
    return (
        f"not controlled: {name} has taken no step for {STUCK:g} s. It waits for something that "
        f"the scheduler does not own (a lock made outside, a socket, a file), or computes:\n{stack}"
    )


class prepared:  # noqa: N801
    """The virtual world, and a garbage collector that runs between executions only."""

    def __init__(self) -> None:
        self.world: AbstractContextManager[None] = virtual_world()

    def __enter__(self) -> None:
        self.collecting: bool = gc.isenabled()
        self.frozen: bool = hasattr(gc, "freeze") and not gc.get_freeze_count()
        if self.frozen:
            gc.freeze()  # what is there already need not be looked at again and again
        gc.disable()
        self.world.__enter__()

    def __exit__(self, *exc_info: Any) -> None:
        self.world.__exit__(*exc_info)
        if self.frozen:
            gc.unfreeze()
        if self.collecting:
            gc.enable()


def recorded(search: Search, failure: Failure, strategy: Any) -> Found:
    """Look for the same failure with fewer preemptions; run it once more with its steps noted."""
    execution = search.execution
    assert execution is not None
    if failure.kind in NO_FAILURES:
        return found_in(execution)
    executions, steps = search.executions, execution.log
    if not isinstance(strategy, Dfs):
        steps = _with_fewest_preemptions(search, failure) or steps
    replayed = search.once(Forced(steps), recording=True)
    search.executions = executions
    if replayed.failure is None:
        replayed.failure = Failure("nondeterminism", f"{failure.message}, but not once more")
    found = found_in(replayed)
    found.schedule = report.encode(steps)
    return found


def _with_fewest_preemptions(search: Search, failure: Failure) -> Steps:
    """Depth first, few before many, for a while; an empty list if there is no such failure."""
    few, began = Dfs(MANY), real_monotonic()
    for _ in range(SHORTER):
        failed = search.once(few)
        if failed.failure is not None and failed.failure.kind == failure.kind:
            # What comes after the last change comes by itself: that keeps a livelock's short.
            return failed.log[: few.last_change()] if failure.kind == "livelock" else failed.log
        if not few.more() or search.limit or real_monotonic() - began > SHORTER_SECONDS:
            break
    return []


def found_in(execution: Execution) -> Found:
    failure = execution.failure
    assert failure is not None
    schedule = report.encode(execution.log)
    trace = report.table(execution) if execution.recording else ""
    return Found(failure.kind, failure.message, schedule, trace, failure.error)
