"""Who has taken the permits of a semaphore and has not given them back.

A semaphore does not know: anybody may release it. So account is kept while an execution is
recorded, and given up as soon as a thread releases that has no permit to give back: then whose it
was is not certain any more.
"""

from __future__ import annotations

from typing import Any

from syncprims.explore.tasks import Task, controlled
from syncprims.semaphore import Semaphore

_TAKERS = "_takers_of_permits"  # the attribute of a semaphore; None if it is not certain any more


def takers(semaphore: Any) -> list[Task]:
    """Who has a permit, for each that is taken; an empty list if that is not certain."""
    try:
        return list(object.__getattribute__(semaphore, _TAKERS) or ())
    except AttributeError:
        return []


def _account(semaphore: Semaphore, permits: int) -> None:
    """The calling thread has taken so many permits or, below zero, given them back."""
    task = controlled()
    if task is None or not task.execution.recording:
        return
    attributes = object.__getattribute__(semaphore, "__dict__")
    known = attributes.setdefault(_TAKERS, [])
    if known is None:
        return
    known += [task] * permits
    for _ in range(-permits):
        if task not in known:
            attributes[_TAKERS] = None
            return
        known.remove(task)


def accounted() -> dict[str, Any]:
    """Semaphore's methods, that keep account."""
    real_acquire, real_release, real_exit = Semaphore.acquire, Semaphore.release, Semaphore.__exit__

    def acquire(self: Semaphore, *args: Any, **options: Any) -> bool:
        got = real_acquire(self, *args, **options)
        if got:
            _account(self, 1)
        return got

    def release(self: Semaphore, n: int = 1) -> None:
        real_release(self, n)
        _account(self, -n)

    def __exit__(self: Semaphore, *exc_info: Any) -> None:  # noqa: N807
        real_exit(self, *exc_info)
        if type(self).release is Semaphore.release:  # else that was called
            _account(self, -1)

    return {"acquire": acquire, "__enter__": acquire, "release": release, "__exit__": __exit__}
