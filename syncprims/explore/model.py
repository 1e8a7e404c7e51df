"""What stands in for the lock and the clock while a scenario is explored.

``VirtualLock`` takes the place of the one lock that the kit is built on: each acquire and release
is a switch point. Under it is a real lock, never waited for while the scheduler runs, so that a
lock made in an exploration goes on as a real one afterwards. ``sleep`` and ``monotonic`` take the
place of time's. All of them do what they always did in a thread that is not part of the
exploration.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from syncprims import fork
from syncprims.explore.naming import name_of_lock, name_primitive
from syncprims.explore.tasks import STRANGERS, Target, Task, Unavailable, controlled, current
from syncprims.lock import Lock

real_sleep: Callable[[float], None] = time.sleep
real_monotonic: Callable[[], float] = time.monotonic


class VirtualLock(Target):
    """The lock, as the scheduler sees it."""

    def __new__(cls) -> Any:
        return cls.made() if controlled() else Lock()

    @classmethod
    def made(cls) -> VirtualLock:
        lock = object.__new__(cls)
        lock.real = Lock()
        lock.holder = None
        task = controlled()
        if task is not None and task.execution.recording:
            lock.name = name_of_lock(task.execution.made)
        return lock

    real: Lock
    holder: Task | None  # written by: who takes it

    def blocks(self, kind: str) -> bool:
        return kind in _TAKING and self.real.locked()

    def state(self, task: Task | None = None, kind: str = "") -> str:
        if kind == "release":
            return f"{self.name or self.number}: free"
        return f"{self.name or self.number}: {task.name}" if task else ""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        task = current()
        if blocking is not True or timeout != -1:
            Lock().acquire(blocking, timeout)  # it is free: this only refuses bad arguments
        if task is None:
            return self._acquire_unseen(blocking, timeout)
        execution = task.execution
        if not blocking:
            got = execution.reach(task, "try", self)
        elif timeout == -1:
            got = execution.reach(task, "acquire", self)
        else:
            got = execution.reach(task, "timed", self, task_time(task) + timeout)
        if got:
            self.holder = task
            self.real.acquire(False)
        return got

    def _acquire_unseen(self, blocking: bool, timeout: float) -> bool:
        if controlled() and blocking and self.real.locked():
            raise Unavailable("a check waits for a lock that is held")
        self._look_for_strangers()
        return self.real.acquire(blocking, timeout)

    def _look_for_strangers(self) -> None:
        """Note it if an execution that goes on uses this lock, and the caller is none of its."""
        execution = self.number_of
        if execution is not None and execution.alive and not controlled():
            execution.strangers = STRANGERS

    def release(self) -> None:
        task = current()
        if task is not None:
            task.execution.reach(task, "release", self)
        else:
            self._look_for_strangers()
        self.holder = None
        self.real.release()

    def locked(self) -> bool:
        task = current()
        if task is not None:
            task.execution.reach(task, "look", self)
        return self.real.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self.real = Lock()

    def __repr__(self) -> str:
        state = "locked" if self.real.locked() else "unlocked"
        return f"<{state} virtual lock object at {id(self):#x}>"

    def __reduce__(self) -> Any:
        return self.real.__reduce_ex__(2)  # refuses to be copied, as a lock does


_TAKING = frozenset(("acquire", "try", "timed"))


def remember(primitive: Any) -> None:
    """What each primitive calls when it is made: a good moment to find its name."""
    fork.remember(primitive)
    task = controlled()
    if task is not None and task.execution.recording:
        name_primitive(primitive, task.execution.made)


def closed_gate() -> Any:
    """A gate is closed before anybody else knows of it: no switch point."""
    gate: Any = VirtualLock()
    if type(gate) is VirtualLock:
        gate.real.acquire()
        task = controlled()
        gate.name = f"{task.name}'s gate" if task else ""
    else:
        gate.acquire()
    return gate


class VirtualDeque(deque[Any]):
    """A deque whose every use is a switch point: SimpleQueue is made of two, and has no lock."""

    def __new__(cls, *args: Any) -> Any:
        return deque.__new__(cls) if controlled() else deque(*args)

    def __bool__(self) -> bool:
        touch(self, "read")
        return deque.__len__(self) > 0

    def __len__(self) -> int:
        touch(self, "read")
        return deque.__len__(self)


def _touching(name: str) -> Any:
    method = getattr(deque, name)

    def touched(self: Any, *args: Any) -> Any:
        touch(self, "write")
        return method(self, *args)

    touched.__name__ = name
    return touched


for _name in ("append", "appendleft", "popleft", "remove"):
    setattr(VirtualDeque, _name, _touching(_name))


class Part(Target):
    """An attribute, or an object that is not a lock, as something that operations are done to."""

    def __init__(self, owner: object, attribute: str) -> None:
        self.owner: object = owner  # kept, so that no other object gets its identity
        self.attribute: str = attribute
        self.name: str = f"{type(owner).__name__}.{attribute}".removesuffix(".")

    def state(self, task: Task | None = None, kind: str = "") -> str:
        value = getattr(self.owner, self.attribute, None) if self.attribute else self.owner
        text = repr(value)
        return f"{self.attribute or 'items'} = {text if len(text) < 25 else text[:22] + '...'}"


def part(task: Task, owner: object, attribute: str) -> Part:
    """Return the target that an object's attribute is in this execution."""
    known = task.execution.watched
    key = (id(owner), attribute)
    if key not in known:
        known[key] = Part(owner, attribute)
    found: Part = known[key]
    return found


def touch(owner: object, kind: str, attribute: str = "") -> None:
    """Come to a switch point before an object is read or written."""
    task = current()
    if task is not None:
        task.execution.reach(task, kind, part(task, owner, attribute))


def task_time(task: Task) -> float:
    return task.execution.time if task.execution.idle else task.time


def monotonic() -> float:
    """Virtual seconds: they pass when a thread sleeps or a time-out fires."""
    task = controlled()
    return real_monotonic() if task is None else task_time(task)


def sleep(seconds: float) -> None:
    """Let virtual time pass."""
    task = current()
    if task is None:
        real_sleep(seconds)
        return
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    task.execution.reach(task, "sleep", None, task_time(task) + seconds)
