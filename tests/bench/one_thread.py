"""What one thread does alone, in CPU time: a row is a name, a set-up, a statement and its limits.

In set-up and statement ``kit`` is the implementation. The limits are the most that the ratio to
the standard library may be: on CPython 3.14, whose ``with`` costs the kit a Python call, on 3.15
where it has one of its own, and on all others.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A statement to time."""

    name: str
    setup: str
    statement: str
    most: float | None = None  # the ratio to the stdlib, at most
    most_314: float | None = None  # the same on CPython 3.14
    most_315: float | None = None  # and on 3.15, if it has one of its own


_LOCKED = "c = kit.Condition(kit.Lock()); c.acquire()"
_HOOKED = """
class Hooked(kit.Queue):
    def _put(self, item): self.queue.append(item)
    def _get(self): return self.queue.popleft()
    def _qsize(self): return len(self.queue)
q = Hooked()
"""
_BURST = "for i in range(100): q.put(i)\nfor i in range(100): q.get()"

ROWS = [
    Row("Semaphore acquire+release", "s = kit.Semaphore()", "s.acquire(); s.release()", 0.50, 0.75),
    Row("with Semaphore", "s = kit.Semaphore()", "with s: pass", 0.55, 0.75),
    Row("BoundedSemaphore", "s = kit.BoundedSemaphore()", "s.acquire(); s.release()", 0.50, 0.75),
    Row("Queue put+get", "q = kit.Queue()", "q.put(1); q.get()", 0.46, 0.70, 0.52),
    Row("Queue(10) put+get", "q = kit.Queue(10)", "q.put(1); q.get()", 0.46, 0.70, 0.52),
    Row(
        "Queue(10) put+get, time-out",
        "q = kit.Queue(10)",
        "q.put(1, True, 1); q.get(True, 1)",
        0.46,
        0.70,
        0.52,
    ),
    Row(
        "Queue put+get nowait",
        "q = kit.Queue()",
        "q.put_nowait(1); q.get_nowait()",
        0.46,
        0.70,
        0.52,
    ),
    Row("LifoQueue put+get", "q = kit.LifoQueue()", "q.put(1); q.get()", 0.46, 0.70, 0.52),
    Row("PriorityQueue put+get", "q = kit.PriorityQueue()", "q.put(1); q.get()", 0.46, 0.70, 0.52),
    Row("Queue with hooks put+get", _HOOKED, "q.put(1); q.get()", 0.55, 0.72),
    Row(
        "Queue put+get+task_done",
        "q = kit.Queue()",
        "q.put(1); q.get(); q.task_done()",
        0.46,
        0.70,
    ),
    Row("Queue 100 puts, 100 gets", "q = kit.Queue()", _BURST),
    Row(
        "Queue get_nowait on empty",
        "q = kit.Queue()",
        "try: q.get_nowait()\nexcept kit.Empty: pass",
    ),
    Row("Queue qsize", "q = kit.Queue()", "q.qsize()", 0.35, 0.45),
    Row("Queue empty", "q = kit.Queue()", "q.empty()", 0.35, 0.45),
    Row("Queue full", "q = kit.Queue(2)", "q.full()", 0.35, 0.45),
    Row("Event set when set", "e = kit.Event(); e.set()", "e.set()", 0.17, 0.25),
    Row("Event clear", "e = kit.Event()", "e.clear()", 0.17, 0.25),
    Row("Event wait when set", "e = kit.Event(); e.set()", "e.wait()", 0.17, 0.25),
    Row("Event set+clear", "e = kit.Event()", "e.set(); e.clear()", 0.30, 0.40),
    Row("with Condition(Lock())", "c = kit.Condition(kit.Lock())", "with c: pass", 0.57, 0.62),
    Row("Condition(Lock()) notify, nobody waits", _LOCKED, "c.notify()", 0.44, 0.44),
    Row("Condition(Lock()) expired wait", _LOCKED, "c.wait(1e-6)", 1.15, 1.30),
    Row("Condition(Lock()) wait(0)", _LOCKED, "c.wait(0)"),
    Row("Barrier(1) wait", "b = kit.Barrier(1)", "b.wait()", 0.60, 0.75),
    Row("make an Event", "", "kit.Event()", 1.15, 1.15),
    Row("make a Semaphore", "", "kit.Semaphore()", 1.15, 1.15),
    Row("make a Queue", "", "kit.Queue()", 0.58, 0.58),
    Row("make a BoundedSemaphore", "", "kit.BoundedSemaphore()"),
    Row("make a LifoQueue", "", "kit.LifoQueue()"),
    Row("make a PriorityQueue", "", "kit.PriorityQueue()"),
    Row("make a Condition(Lock())", "", "kit.Condition(kit.Lock())"),
    Row("make a Barrier", "", "kit.Barrier(2)"),
]
"""Without RLock: the geometric mean of these has a limit of its own."""

MEAN = Row("geometric mean of the limited rows", "", "", 0.40, 0.56)

_RLOCK = "r = kit.RLock()"

PURE_PYTHON = [
    Row("RLock acquire+release", _RLOCK, "r.acquire(); r.release()", 1.0, 1.0),
    Row("with RLock", _RLOCK, "with r: pass", 1.0, 1.0),
    Row("RLock taken again", _RLOCK + "; r.acquire()", "r.acquire(); r.release()", 1.0, 1.0),
    Row("with Condition()", "c = kit.Condition()", "with c: pass", 1.0, 1.0),
    Row("Condition() notify", "c = kit.Condition(); c.acquire()", "c.notify()", 1.0, 1.0),
    Row("make an RLock", "", "kit.RLock()"),
    Row("SimpleQueue put+get", "q = kit.SimpleQueue()", "q.put(1); q.get()"),
    Row("make a SimpleQueue", "", "kit.SimpleQueue()"),
]
"""Measured twice: against CPython's versions in Python, which the limits are for, and in C."""
