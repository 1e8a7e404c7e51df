"""One execution for each outcome: dynamic partial-order reduction.

Two schedules that differ only in the order of steps that do not conflict lead to the same state.
So after each step the strategy asks which earlier steps of other threads *raced* with it: they
conflict, nothing else orders them, and they could have come the other way round. Only for those it
plans another execution, which turns the two about. A vector clock for each thread tells what is
ordered. A *sleep set* keeps a thread from running first where that has been tried and nothing has
touched its operation since. (Flanagan and Godefroid, 2005; the choice of who is to come first
follows Abdulla et al., "Optimal dynamic partial order reduction", 2014: source sets.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from syncprims.explore.loans import keep
from syncprims.explore.scheduler import Execution
from syncprims.explore.strategies import Base, Ops, in_order, ops_of, unlike
from syncprims.explore.tasks import WRITES, Task

Clock = list[int]  # by index of a task: how many steps of the execution, up to its last, are before

# What waits until the other is done cannot have come before it, while it has time: no race.
ONE_WAY = {("release", "acquire"), ("end", "join")}
ONE_WAY_IDLE = ONE_WAY | {("release", "timed"), ("end", "timed join")}

TAKES = frozenset(("acquire", "try", "timed"))  # the lock was free before it


class Node:
    """A point of the path where one of several threads was picked."""

    __slots__ = ("asleep", "ops", "picked", "planned")

    def __init__(self, ops: Ops, asleep: Ops, picked: int) -> None:
        self.ops: Ops = ops
        self.asleep: Ops = asleep  # tried here, or before and not touched since
        self.picked: int = picked
        self.planned: set[int] = {picked}


class Step(NamedTuple):
    """A step of this execution."""

    place: int  # counted from 1
    task: int
    kind: str
    number: int
    clock: Clock
    time: float  # if there is one for all


class Dpor(Base):
    """The strategy."""

    def __init__(self) -> None:
        self.path: list[Node] = []
        self.fresh: int = 0  # the first node of the path whose step is new
        self._begin()

    def _begin(self) -> None:
        self.trace: list[Step] = []
        self.clocks: dict[int, Clock] = {}
        self.touched: dict[int, list[Step]] = {}  # by number of a target
        self.written: dict[int, list[Step]] = {}  # of those, the ones that write

    # Which way.

    def pick(self, execution: Execution, enabled: list[Task]) -> Task | None:
        if not execution.steps:
            self._begin()
        ops = ops_of(enabled)
        if execution.steps == len(self.path):
            asleep = self._still_asleep()
            awake = [task for task in in_order(execution, enabled) if task.index not in asleep]
            if not awake:
                return None
            self.path.append(Node(ops, asleep, awake[0].index))
        node = self.path[execution.steps]
        if node.ops != ops:
            raise unlike(execution, node.ops, ops)
        return execution.tasks[node.picked]

    def _still_asleep(self) -> Ops:
        if not self.path:
            return {}
        step = self.trace[-1]
        return {
            task: op
            for task, op in self.path[-1].asleep.items()
            if task != step.task and not _conflict(*op, step.kind, step.number)
        }

    def more(self) -> bool:
        while self.path:
            node = self.path[-1]
            node.asleep[node.picked] = node.ops[node.picked]
            rest = node.planned - node.asleep.keys()
            if rest:
                node.picked = min(rest)
                self.fresh = len(self.path) - 1
                return True
            self.path.pop()
        return False

    # What raced.

    def committed(self, execution: Execution, task: Task, kind: str) -> None:
        self.one_way: set[tuple[str, str]] = ONE_WAY_IDLE if execution.idle else ONE_WAY
        number = task.target.number if task.target else 0
        before = self.clocks.get(task.index, [])
        clock = self._after_all_touching(before, kind, number)
        if number and execution.steps > self.fresh:
            self._look_for_races(task, kind, number, before, clock)
        _set(clock, task.index, execution.steps)
        step = Step(execution.steps, task.index, kind, number, clock, execution.time)
        self.trace.append(step)
        self.clocks[task.index] = clock
        if task.loans:
            keep(task, self.clocks)
        if number:
            self.touched.setdefault(number, []).append(step)
            if kind in WRITES:
                self.written.setdefault(number, []).append(step)
        if kind == "start":
            self.clocks[task.target.index] = clock  # type: ignore[union-attr]

    def ended(self, execution: Execution) -> None:
        """Those who stand raced too: without them a deadlock would have no other side.

        Also where the rest has been seen before: it was seen with them standing there too, so
        nobody else has asked what they stand before.
        """
        for task in execution.stood:
            if task.target is not None:
                number, before = task.target.number, self.clocks.get(task.index, [])
                clock = self._after_all_touching(before, task.kind, number)
                self._look_for_races(task, task.kind, number, before, clock)

    def _after_all_touching(self, before: Clock, kind: str, number: int) -> Clock:
        clock = list(before)
        for step in self._latest_first(kind, number):
            _join(clock, step.clock)
            if step.kind in WRITES:
                break  # what came before is before it
        return clock

    def _latest_first(self, kind: str, number: int) -> Iterator[Step]:
        """The steps that an operation is in conflict with."""
        steps = self.touched if kind in WRITES else self.written
        return reversed(steps.get(number, []))

    def _look_for_races(
        self, task: Task, kind: str, number: int, before: Clock, clock: Clock
    ) -> None:
        # Where an earlier step raced with this one and is after another, turning that one about
        # comes later by itself. But not before a lock is free: who waits for it raced with those
        # who took it, whatever others did to it meanwhile.
        waits = ("release", kind) in self.one_way
        found: list[Step] = []
        for step in self._latest_first(kind, number):
            if _has(before, step):
                if step.kind in WRITES:
                    break  # and so has all that came before it
            elif (
                step.task != task.index
                and ((step.kind, kind) not in self.one_way or task.deadline <= step.time)
                and not any(
                    _has(other.clock, step) for other in found if not waits or other.kind in TAKES
                )
            ):
                found.append(step)
        for step in found:
            self._plan(step, task.index, clock)

    def _plan(self, raced: Step, task: int, clock: Clock) -> None:
        """See to it that, where the earlier of two was picked, the later one can come first."""
        node = self.path[raced.place - 1]
        between: list[Step] = []
        first: list[int] = []  # tasks that can begin what leads to the later one
        for step in self.trace[raced.place :]:
            if _has(step.clock, raced):
                continue
            if all(step.task != other.task and not _has(step.clock, other) for other in between):
                first.append(step.task)
            between.append(step)
        if all(step.task != task and not _has(clock, step) for step in between):
            first.append(task)
        if node.planned.isdisjoint(first):
            able = [each for each in first if each in node.ops]
            node.planned.update(able[-1:] or node.ops)


def _has(clock: Clock, step: Step) -> bool:
    """Whether a step is among those that a clock counts as before."""
    return len(clock) > step.task and clock[step.task] >= step.place


def _join(clock: Clock, other: Clock) -> None:
    clock.extend([0] * (len(other) - len(clock)))
    for index, place in enumerate(other):
        if place > clock[index]:
            clock[index] = place


def _set(clock: Clock, index: int, place: int) -> None:
    clock.extend([0] * (index + 1 - len(clock)))
    clock[index] = place


def _conflict(kind: str, number: int, other_kind: str, other_number: int) -> bool:
    return number == other_number != 0 and (kind in WRITES or other_kind in WRITES)
