"""One thread at a time: whoever comes to a switch point decides who runs on.

Each controlled thread is an OS thread that sleeps on a lock of its own, its *baton*. A thread that
is about to do something another thread could notice calls ``reach`` with the operation. There the
strategy picks one of the threads that can run; if it is another, that one's baton is opened, and
the caller goes to sleep on its own. So everything between two switch points is one step, and the
list of the picks is the schedule. When nobody can run, or something fails, the threads that are
left are woken one after another with ``Abort``, so that their stacks unwind and the next execution
can begin with the same OS threads.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from math import inf
from typing import Any

from syncprims.explore.deadlock import judged
from syncprims.explore.naming import Made, place_of
from syncprims.explore.pool import Pool
from syncprims.explore.report import Steps, note, raised
from syncprims.explore.tasks import (
    DAEMON_STEPS,
    DAEMONS,
    STEP_LIMIT,
    TIMED,
    Abort,
    Failure,
    Strategy,
    Target,
    Task,
    Unavailable,
    let_time_pass,
    others_first,
)
from syncprims.explore.threads import embody, leave_body, started


class Execution:
    """One run of the scenario."""

    def __init__(self, pool: Pool, strategy: Strategy, timeouts: str, recording: bool) -> None:
        self.pool: Pool = pool
        self.strategy: Strategy = strategy
        self.idle: bool = timeouts == "idle"
        self.recording: bool = recording
        self.tasks: list[Task] = []
        self.alive: list[Task] = []
        self.running: Task | None = None  # the one that holds the baton
        self.in_a_row: int = 0
        self.steps: int = 0
        self.daemon_steps: int = 0  # taken when only daemons were left
        self.numbers: int = 0  # targets numbered so far
        self.time: float = 0.0
        self.held_back: str = ""  # by which bound, somebody who could run
        self.left_out: set[str] = set()  # the bounds, if others could run then
        self.busy: list[Task] = []  # daemons
        self.strangers: str = ""  # that threads took part which are no tasks
        self.failure: Failure | None = None
        self.over: bool = False  # who is left is to unwind
        self.stood: list[Task] = []  # who could not run when it ended
        self.pruned: bool = False
        self.unseen: bool = False  # operations are no steps: a check is looking
        self.always: list[Callable[[], object]] = []
        self.watched: dict[Any, Any] = {}  # see watch.py
        self.watching: bool = False
        self.counts: dict[str, int] = defaultdict(int)  # for names: see world.py
        self.made: Made = {}  # by lines, if recording
        self.log: Steps = []  # the schedule
        self.record: list[list[Any]] = []  # task, kind, target, where, state, if recording

    # What a thread calls.

    def run(self, scenario: Callable[[], object]) -> None:
        """Run the scenario as the first task, in this OS thread, until every task has ended."""
        main = self.add(threading.Thread(target=scenario, name="main", daemon=False))
        self.running = main
        self.alive.append(main)
        started(main.thread, threading.current_thread())
        if self._live(main) is not None:
            self.pool.baton(0).acquire()
        self.strategy.ended(self)

    def add(self, thread: threading.Thread) -> Task:
        """Make a task of a thread."""
        task = Task(self, len(self.tasks), thread)
        self.tasks.append(task)
        return task

    def launch(self, task: Task) -> None:
        """Give a task an OS thread; it begins when it is picked."""
        self.alive.append(task)
        worker = self.pool.worker(task.index)
        started(task.thread, worker.thread)
        worker.job = lambda: self._live(task)

    def reach(self, task: Task, kind: str, target: Target | None, deadline: float = inf) -> bool:
        """Come to a switch point; return when it is this task's turn, and whether it succeeds."""
        if self.over:
            return task.unwind(kind, target)
        if target is not None and target.number_of is not self:
            target.enter(self)
        task.kind = kind
        task.target = target
        task.deadline = deadline
        if self.recording:
            task.place = place_of(task)
        if self.always:
            self._ask_always(task)
        chosen = self._pick()
        if chosen is not task:
            self._give_way(task, chosen)
        if self.over:
            raise Abort
        return self._commit(task)

    def _live(self, task: Task) -> int | None:
        """The life of a task, in its OS thread; return who has the baton after it."""
        embody(task)
        try:
            if not self.over:
                if task.index:
                    self._commit(task)
                Context().run(task.thread.run)
                self.reach(task, "end", task)
        except Abort:
            pass
        except BaseException as error:
            if task.index == 0 or not isinstance(error, SystemExit):  # which just ends a thread
                self.fail("exception", raised(error, task), error)
        leave_body(task)
        task.done = True
        if task.target is task:  # no cycle; who stands before something else still does
            task.target = None
        self.alive.remove(task)
        following = self._follower(task)
        if following is not None:
            self.pool.baton(following).release()
        return following

    # Who runs.

    def _pick(self) -> Task | None:
        """Return the task that runs next; None if the execution is over."""
        if self.over:
            return None
        able = [task for task in self.alive if task.can_run()]
        if self.busy:
            able = others_first(self, able)
        if able and self.held_back:
            self.left_out.add(self.held_back)
        self.held_back = ""
        enabled = able or let_time_pass(self)
        if not self._goes_on(enabled):
            return None
        try:
            chosen = self.strategy.pick(self, enabled)
        except Failure as failure:
            chosen, self.failure = None, failure
        if chosen is None:
            self.over, self.pruned = True, self.failure is None
            self.stood = [task for task in self.alive if task not in enabled]
            return None
        self.in_a_row = self.in_a_row + 1 if chosen is self.running else 0
        self.running = chosen
        return chosen

    def _goes_on(self, enabled: list[Task]) -> bool:
        """Whether there may be one more step."""
        if not enabled:
            self._stand_still()
        elif enabled[0].daemon and all(task.daemon for task in self.alive):
            self.daemon_steps += 1
            if self.daemon_steps > DAEMON_STEPS:
                self.left_out, self.over = self.left_out | {DAEMONS}, True
        elif self.steps >= STEP_LIMIT:
            self.fail("livelock", f"no end after {STEP_LIMIT:,} steps")
        return not self.over

    def _commit(self, task: Task) -> bool:
        """The task does its operation; return whether that succeeds."""
        kind, target = task.kind, task.target
        done = target is None or not target.blocks(kind)
        if kind in TIMED and (not done or kind == "sleep"):
            task.timeouts += 1
            task.time = max(task.time, task.deadline)
        if not done:
            kind = "failed " + kind
        self.steps += 1
        if task.daemon:
            task.tire()
        self.strategy.committed(self, task, kind)
        if target is not None:
            task.account(kind, target)
        self.log.append((task.index, kind, target.number if target else 0))
        if self.recording:
            note(self, task, kind, target)
        return done

    def _give_way(self, task: Task, chosen: Task | None) -> None:
        """Hand the baton over and sleep until it comes back."""
        if chosen is None and (task.index or len(self.alive) == 1):
            return  # to unwind
        following = self._next_to_unwind(task) if chosen is None else chosen.index
        self.pool.baton(following).release()
        self.pool.baton(task.index).acquire()

    def _follower(self, ended: Task) -> int | None:
        """Whose baton to open when a task has ended; None if it is the last, and the scenario's."""
        if not self.alive:
            return 0 if ended.index else None
        chosen = self._pick()
        return self._next_to_unwind(ended) if chosen is None else chosen.index

    def _next_to_unwind(self, task: Task) -> int:
        """The scenario's own task comes last: when it has unwound, all have."""
        return next((each.index for each in self.alive if each.index and each is not task), 0)

    def fail(self, kind: str, message: str, error: BaseException | None = None) -> None:
        if not self.over:
            self.failure = Failure(kind, message, error)
            self.over = True

    def _stand_still(self) -> None:
        """Nobody will ever run again: a failure, unless only daemons are left."""
        self.stood = list(self.alive)
        stuck = [task for task in self.alive if not task.daemon]
        if stuck:
            self.fail(*judged(stuck, self))
        self.over = True

    def _ask_always(self, task: Task) -> None:
        """Ask what is to hold after each step, unless that needs a lock that somebody holds."""
        self.unseen = True
        try:
            with suppress(Unavailable):
                for check in self.always:
                    check()
        except Exception as error:
            self.fail("invariant", raised(error, task), error)
        finally:
            self.unseen = False
