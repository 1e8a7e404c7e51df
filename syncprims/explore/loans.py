"""Containers that a thread has read from a watched attribute and still holds some steps later.

Reading a list counts as writing it, and what the thread does with it before its next step is part
of that step. If it keeps the list for longer, in a variable or an iterator, nobody sees what it
does then. So where references to a container are left at a thread's step, and another thread reads
the same container with nothing to order the two, something may be left out. A search that tries
all orders need not ask. An interpreter that does not count references cannot tell.
"""

from __future__ import annotations

import sys
from typing import Any

from syncprims.explore.tasks import Task

Clocks = dict[int, list[int]]  # see dpor.py

KEPT = (
    "a container read from a watched attribute was kept over a step, "
    "and what was done with it then is not seen (strategy='dfs' tries all orders)"
)

_count: Any = getattr(sys, "getrefcount", None)


class Lent:
    """A container, and who has read it."""

    def __init__(self, owner: object, name: str, value: object) -> None:
        self.owner: object = owner
        self.name: str = name
        self.value: object = value
        self.fewest: int = sys.maxsize  # references by others than the owner, when nobody kept it
        self.read: dict[int, int] = {}  # by index of a task: the step in which it last read it
        self.kept: dict[int, int] = {}  # and the last at which it still had it

    def references(self) -> int:
        """How many there are but the owner's."""
        owned = _value(self.owner, self.name) is self.value
        return int(_count(self.value)) - owned


def lend(task: Task, owner: object, name: str) -> None:
    """Note that a task has come to read a container."""
    clocks = getattr(task.execution.strategy, "clocks", None)
    if clocks is None or _count is None or _is_the_kits(owner):
        return
    known = task.execution.watched
    lent: Lent | None = known.get((id(owner), name, "lent"))
    if lent is None or lent.value is not _value(owner, name):
        lent = known[id(owner), name, "lent"] = Lent(owner, name, _value(owner, name))
    lent.fewest = min(lent.fewest, lent.references())
    _need_order(task, clocks, lent.kept)
    lent.read[task.index] = task.execution.steps
    task.loans = {*task.loans, lent}


def keep(task: Task, clocks: Clocks) -> None:
    """Look what a task that takes a step still has of what it has read."""
    task.loans = {lent for lent in task.loans if lent.references() > lent.fewest}
    for lent in task.loans:
        lent.kept[task.index] = task.execution.steps
        _need_order(task, clocks, lent.read)


def _need_order(task: Task, clocks: Clocks, others: dict[int, int]) -> None:
    """Say that something is left out, unless these steps of others are before the task's last."""
    clock = clocks.get(task.index, [])
    for index, place in others.items():
        if index != task.index and (len(clock) <= index or clock[index] < place):
            task.execution.left_out.add(KEPT)


def _is_the_kits(owner: object) -> bool:
    """Whether a container is one of the kit's: it hands them to functions that take the mutex."""
    return type(owner).__module__.partition(".")[0] == "syncprims"


def _value(owner: object, name: str) -> object:
    try:
        return object.__getattribute__(owner, name)
    except AttributeError:
        return None
