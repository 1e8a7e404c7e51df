"""Which schedule comes next: depth first, or at random.

A strategy is asked at each step which of the threads that can run is to run, and after each
execution whether there is another. ``Dfs`` walks the tree of all picks, with at most so many
*preemptions*, that is, picks of another thread although the running one could go on; it tries few
before many. ``RandomWalk`` and ``Pct`` only sample: one picks each step anew, the other gives each
thread a priority and lowers it at a few steps, which finds deep bugs more often (Burckhardt et
al., 2010). ``Forced`` replays. The strategy that leaves out what makes no difference is dpor.py.
"""

from __future__ import annotations

import random

from syncprims.explore.report import Steps
from syncprims.explore.scheduler import Execution
from syncprims.explore.tasks import FREELY, Failure, Task

Ops = dict[int, tuple[str, int]]  # index of a task -> what it is about to do, and to what


def op_of(task: Task) -> tuple[str, int]:
    return task.kind, task.target.number if task.target else 0


def ops_of(enabled: list[Task]) -> Ops:
    return {task.index: op_of(task) for task in enabled}


def in_order(execution: Execution, enabled: list[Task]) -> list[Task]:
    """The running task first, unless it has run for long, or sleeps: the fewest changes."""
    running = execution.running
    if running in enabled and execution.in_a_row < FREELY and running.kind != "sleep":
        return [running, *(task for task in enabled if task is not running)]
    later = [task for task in enabled if running is None or task.index > running.index]
    return later + [task for task in enabled if task not in later]


def unlike(execution: Execution, expected: Ops, found: Ops) -> Failure:
    return Failure(
        "nondeterminism",
        f"at step {execution.steps + 1} the scenario did not do what it did before: "
        f"{expected} is now {found}. Does it use random, the clock, or what an earlier run left?",
    )


class Base:
    """What strategies have in common: no interest in the details."""

    bounded: str = ""  # why the search was not of everything, if so

    def committed(self, execution: Execution, task: Task, kind: str) -> None:
        pass

    def ended(self, execution: Execution) -> None:
        pass


class Choice:
    """A point of the path where several threads could run."""

    __slots__ = ("ops", "preempting", "taken", "tasks")

    def __init__(self, tasks: list[int], ops: Ops, preempting: bool) -> None:
        self.tasks: list[int] = tasks  # the first is the one to go on with
        self.taken: int = 0
        self.ops: Ops = ops
        self.preempting: bool = preempting  # if another than the first is taken


class Dfs(Base):
    """All schedules with at most so many preemptions; None: with 0, 1, 2, and then all."""

    def __init__(self, preemptions: int | None) -> None:
        self.last: int | None = preemptions
        self.bound: int | None = 0
        self.path: list[Choice] = []
        self.depth: int = 0
        self.used: int = 0
        self.cut: bool = False  # the bound has left something out

    def pick(self, execution: Execution, enabled: list[Task]) -> Task | None:
        if not execution.steps:
            self.depth = self.used = 0
        if self.depth == len(self.path):
            self.path.append(self._choice(execution, enabled))
        choice = self.path[self.depth]
        index = choice.tasks[choice.taken]
        task = execution.tasks[index]
        if task not in enabled or op_of(task) != choice.ops[index]:
            raise unlike(execution, choice.ops, ops_of(enabled))
        self.depth += 1
        self.used += choice.preempting and choice.taken > 0
        return task

    def _choice(self, execution: Execution, enabled: list[Task]) -> Choice:
        order = in_order(execution, enabled)
        preempting = order[0] is execution.running
        tasks = [task.index for task in order]
        if preempting and self.bound is not None and self.used >= self.bound:
            self.cut = self.cut or len(tasks) > 1
            del tasks[1:]
        return Choice(tasks, ops_of(enabled), preempting)

    def last_change(self) -> int:
        """How many steps it takes to the last pick that was not the first choice; at least one."""
        changes = [step for step, choice in enumerate(self.path, 1) if choice.taken]
        return changes[-1] if changes else 1

    def more(self) -> bool:
        while self.path:
            choice = self.path[-1]
            choice.taken += 1
            if choice.taken < len(choice.tasks):
                return True
            self.path.pop()
        if not self.cut or self.bound == self.last:
            if self.cut:
                self.bounded: str = f"no more than {self.last} preemptions were tried"
            return False
        self.cut = False
        following = (self.bound or 0) + 1
        self.bound = None if self.last is None and following > 2 else following
        return True


class RandomWalk(Base):
    """Each step anew, at random."""

    def __init__(self, seed: int) -> None:
        self.random: random.Random = random.Random(seed)
        self.bounded = "schedules were taken at random"

    def pick(self, execution: Execution, enabled: list[Task]) -> Task | None:
        return self.random.choice(enabled)

    def more(self) -> bool:
        return True


class Pct(RandomWalk):
    """Random priorities, lowered at `depth` - 1 random steps."""

    def __init__(self, seed: int, depth: int = 3) -> None:
        super().__init__(seed)
        self.changes: int = depth - 1
        self.longest: int = 32
        self.priorities: dict[int, float] = {}
        self.steps: list[int] = []

    def pick(self, execution: Execution, enabled: list[Task]) -> Task | None:
        if not execution.steps:
            self.priorities = {}
            self.steps = [self.random.randrange(self.longest) for _ in range(self.changes)]
        for task in enabled:
            self.priorities.setdefault(task.index, 1 + self.random.random())
        self.longest = max(self.longest, execution.steps)
        if execution.running and (execution.steps in self.steps or execution.in_a_row >= FREELY):
            self.priorities[execution.running.index] = -execution.steps
        return max(enabled, key=lambda task: self.priorities[task.index])


class Forced(Base):
    """A schedule again."""

    def __init__(self, steps: Steps) -> None:
        self.steps: Steps = steps

    def pick(self, execution: Execution, enabled: list[Task]) -> Task | None:
        if execution.steps >= len(self.steps):
            return in_order(execution, enabled)[0]
        index = self.steps[execution.steps][0]
        for task in enabled:
            if task.index == index:
                return task
        raise Failure("divergence", f"{self._there(execution.steps)}: that cannot run")

    def committed(self, execution: Execution, task: Task, kind: str) -> None:
        step = execution.steps - 1
        found = (task.index, kind, task.target.number if task.target else 0)
        if step < len(self.steps) and not execution.over and self.steps[step] != found:
            instead = f"{task.name} came to {kind!r} of object {found[2]} instead"
            execution.fail("divergence", f"{self._there(step)}: {instead}")

    def ended(self, execution: Execution) -> None:
        if execution.failure is None and execution.steps < len(self.steps):
            there = self._there(execution.steps)
            execution.failure = Failure("divergence", f"{there}: the scenario had ended")

    def _there(self, step: int) -> str:
        index, kind, number = self.steps[step]
        there = f"step {step + 1}, {kind!r} of object {number} by thread {index}"
        return f"the schedule does not fit at {there}"

    def more(self) -> bool:
        return False
