"""Who waits for what when nobody can go on: the words for those that stand, and why.

A thread that waits for a lock waits for its holder, one that joins for the other's end, and one
that sleeps in a primitive for somebody to wake it: who that could be is told of a semaphore only,
see permits.py. A daemon may stand for ever and is told of only if it keeps somebody else.
"""

from __future__ import annotations

from concurrent.futures import thread as pools
from typing import TYPE_CHECKING, Any

from syncprims.explore.permits import takers
from syncprims.explore.report import named, short
from syncprims.explore.tasks import Task

if TYPE_CHECKING:
    from syncprims.explore.scheduler import Execution


def judged(stuck: list[Task], execution: Execution) -> tuple[str, str]:
    """What it is called that these wait for ever, and why they do."""
    why = _reasons(stuck)
    if execution.strangers:
        return "not controlled", f"{execution.strangers}; {why}"
    if not execution.tasks[0].done:
        return "deadlock", why
    # A pool's threads are woken when the program ends: they are not lost.
    known: Any = pools._threads_queues
    pooled = all(task.thread in known for task in stuck)
    return "leak" if pooled else "lost thread", why


def _reasons(stuck: list[Task]) -> str:
    """Why these stand, and why those stand for whom they wait."""
    told = list(stuck)
    for task in told:
        others = dict.fromkeys(_kept_by(task))
        told += [other for other in others if not other.done and other not in told]
    return "; ".join(map(_waits, told))


def _kept_by(task: Task) -> list[Task]:
    """The threads that a thread waits for."""
    target: Any = task.target
    if isinstance(target, Task):
        return [target]
    holder = getattr(target, "holder", None)
    return takers(task.place.owner) if holder is None else [holder]


def _waits(task: Task) -> str:
    """Who waits for what, who has it, and where."""
    target: Any = task.target
    holder = getattr(target, "holder", None)
    text = f"{task.name} waits "
    if task.kind in ("join", "timed join"):
        text += f"for {target.name} to end"
    elif holder is task:
        text += f"for {named(target)}, which it holds itself"
    elif holder is not None:
        text += f"for {named(target)}, which {holder.name} {'took' if holder.done else 'holds'}"
    else:
        text += _sleeps(task)
    return text + _where(task)


def _where(task: Task) -> str:
    if task.place.line:
        return f", at {short(task.place.line)}"
    return f", in the thread started at {short(task.started_at)}" if task.started_at else ""


def _sleeps(task: Task) -> str:
    """What somebody is to do who wakes it: there is nobody in particular."""
    _, method, owner, name = task.place
    if owner is None:
        return f"to be woken ({named(task.target)})"
    kind = _with_article(type(owner).__name__)
    text = f"in {method} of " + (f"{name} ({kind})" if name else kind)
    found = takers(owner)
    if not found:
        return text
    names = ["it" if each is task else each.name for each in dict.fromkeys(found)]
    itself = " itself" if names == ["it"] else ""
    permits = "permits" if len(found) > 1 else "permit"
    return f"{text}, whose {permits} {' and '.join(names)} took{itself}"


def _with_article(kind: str) -> str:
    return f"{'an' if kind[:1] in 'AEIOU' else 'a'} {kind}"
