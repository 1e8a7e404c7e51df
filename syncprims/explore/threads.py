"""What stands in for Thread's methods while a scenario is explored.

A thread of the scenario is a task that runs on one of the pool's OS threads. For the program it is
a Thread like any other: it has its identity as soon as ``start`` has returned, is started, and has
ended when its task has.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from syncprims.explore.model import task_time
from syncprims.explore.tasks import STRANGERS, Task, controlled, current, tasks_here
from syncprims.lock import get_ident

real_start: Callable[[threading.Thread], None] = threading.Thread.start
real_join: Callable[[threading.Thread, float | None], None] = threading.Thread.join
real_is_alive: Callable[[threading.Thread], bool] = threading.Thread.is_alive
real_start_new_thread: Callable[..., Any] = vars(sys.modules["_thread"])["start_new_thread"]

_make_handle: Callable[[Any], Any] | None = getattr(threading, "_make_thread_handle", None)  # 3.13
_HANDLE = "_os_thread_handle" if sys.version_info >= (3, 14) else "_handle"
_active: dict[int, threading.Thread] = threading._active  # type: ignore[attr-defined]


# Past any method of a subclass, so that this is no step even if the thread is watched.
_get, _set = object.__getattribute__, object.__setattr__


def started(thread: threading.Thread, worker: threading.Thread) -> None:
    """Let a thread know that it runs, and on which OS thread."""
    _set(thread, "_ident", worker.ident)
    _set(thread, "_native_id", worker.native_id)
    if _make_handle is not None:
        _set(thread, _HANDLE, _make_handle(worker.ident))
    _get(thread, "_started")._flag = True  # nobody but start() itself could wait for it


def embody(task: Task) -> None:
    """The calling OS thread is a task's from now on, as far as threading can tell."""
    task.ident = ident = get_ident()
    task.body = _active[ident]
    _active[ident] = task.thread
    tasks_here[ident] = task


def leave_body(task: Task) -> None:
    """It is no more, and the task's thread has ended, also for those who look at it later."""
    tasks_here.pop(task.ident, None)
    _active[task.ident] = task.body
    _ended(task)


def _ended(task: Task) -> None:
    if _make_handle is not None:
        _get(task.thread, _HANDLE)._set_done()
    else:
        _set(task.thread, "_is_stopped", True)


def forsake(tasks: list[Task]) -> None:
    """Let OS threads that will not come back be no tasks any more, as far as threading can tell."""
    for task in tasks:
        _active[task.ident] = task.body
        _ended(task)


def task_of(thread: threading.Thread) -> Task | None:
    """Return the task that a thread is in the calling thread's execution."""
    task = controlled()
    if task is None:
        return None
    return next((each for each in task.execution.tasks if each.thread is thread), None)


def start(self: threading.Thread) -> None:
    task = current()
    if task is None:
        real_start(self)
        return
    if not _get(self, "_initialized"):
        raise RuntimeError("thread.__init__() not called")
    if task_of(self) is not None:
        raise RuntimeError("threads can only be started once")
    child = task.execution.add(self)
    task.execution.reach(task, "start", child)
    child.started_at = task.place.line
    task.execution.launch(child)


def join(self: threading.Thread, timeout: float | None = None) -> None:
    task, other = current(), task_of(self)
    if task is None or (other is None and real_is_alive(self)):
        real_join(self, timeout)
        return
    if other is None:
        raise RuntimeError("cannot join thread before it is started")
    if other is task:
        raise RuntimeError("cannot join current thread")
    if timeout is None:
        task.execution.reach(task, "join", other)
    else:
        deadline = task_time(task) + max(timeout, 0)
        task.execution.reach(task, "timed join", other, deadline)


def is_alive(self: threading.Thread) -> bool:
    task, other = current(), task_of(self)
    if other is None:
        return real_is_alive(self)
    if task is not None:
        task.execution.reach(task, "look", other)
    return not other.done


def start_new_thread(*args: Any) -> Any:
    """What a program calls that goes round Thread: the scheduler will not own it."""
    task = controlled()
    if task is not None:
        task.execution.strangers = STRANGERS
    return real_start_new_thread(*args)
