"""A fork while another thread is anywhere inside an operation, or asleep in it.

The operation runs in a thread of its own, which stops at one point; then the main thread forks, and
the child uses its copy. A child that has not done so in two seconds hangs.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from syncprims.conformance.crew import Task, until

from .inject import Injection
from .operations import OPERATIONS, REFUSED, Operation, kind_of, queued

HANGS = 2  # seconds
ASLEEP, NOWHERE = -1, 10**9


def _use_condition(condition: Any) -> None:
    with condition:
        condition.notify()
        condition.wait(0)


def _use_queue(queue: Any) -> None:
    with suppress(*REFUSED):
        queue.put_nowait(1)
    with suppress(*REFUSED):
        queue.get_nowait()


def _use_rlock(lock: Any) -> None:
    with getattr(lock, "lock", lock):
        pass


# What the child does with its copy. A condition over a lock of the user's own leaves that lock as
# it is, so Condition(Lock()) is not among these.
USES: dict[str, Callable[[Any], object]] = {
    "RLock": _use_rlock,
    "Semaphore": lambda semaphore: semaphore.acquire(False),
    "Condition": _use_condition,
    "Event": lambda event: (event.clear(), event.set(), event.wait()),
    "Barrier": lambda barrier: barrier.reset(),
    "Queue": _use_queue,
    "serialize_iterator": next,
    "concurrent_tee": lambda tees: [next(tee) for tee in tees],
}
NAMES = [name for name in OPERATIONS if not name.startswith("Condition(L")]


def fork_at(kit: Any, name: str, at: int) -> tuple[int, bool]:
    """Fork once; return how many points the operation passed, and whether the child was fine."""
    operation = OPERATIONS[name]
    primitive = operation.make(kit)
    stopped, go_on = threading.Lock(), threading.Event()
    stopped.acquire()

    def stop() -> None:
        stopped.release()
        go_on.wait()

    injection = Injection(at, kit._name, stop)
    if operation.waker is None:
        for n, member in enumerate(operation.crowd, 1):
            Task(member, primitive)
            until(lambda n=n: queued(primitive) == n)
    task = Task(_run, operation, primitive, injection)
    there = lambda: task.done or not stopped.locked()  # noqa: E731
    if operation.waker is not None:
        until(lambda: there() or queued(primitive))
        if at != ASLEEP and not there():
            operation.waker(primitive)
    if at != ASLEEP:
        until(there)
    fine = at >= injection.passed or _child_is_fine(lambda: USES[kind_of(name)](primitive))
    go_on.set()
    if operation.waker is not None:
        until(lambda: task.done or queued(primitive))
        if not task.done:
            operation.waker(primitive)
    task.result()
    return injection.passed, fine


def _run(operation: Operation, primitive: Any, injection: Injection) -> None:
    operation.before(primitive)
    injection(lambda: operation.act(primitive))
    operation.after(primitive)


def _child_is_fine(use: Callable[[], object]) -> bool:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(HANGS)
        with suppress(BaseException):
            use()
            os._exit(0)
        os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def broken_forks(kit: Any, name: str) -> tuple[int, int]:
    """Fork at every point of an operation; return how many children fail, of how many."""
    passed, _ = fork_at(kit, name, NOWHERE)
    points = [*range(passed), *([ASLEEP] if OPERATIONS[name].waker is not None else [])]
    return sum(not fork_at(kit, name, at)[1] for at in points), len(points)
