"""What one thread does alone, in CPU time: a row is a name, a set-up, a statement and its limits.

In set-up and statement ``kit`` is the implementation.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.bench.limits import Limits, everywhere


class Row(NamedTuple):
    """A statement to time."""

    name: str
    setup: str
    statement: str
    limits: Limits | None = None


_LOCKED = "c = kit.Condition(kit.Lock()); c.acquire()"
_HOOKED = """
class Hooked(kit.Queue):
    def _put(self, item): self.queue.append(item)
    def _get(self): return self.queue.popleft()
    def _qsize(self): return len(self.queue)
q = Hooked()
"""
_BURST = "for i in range(100): q.put(i)\nfor i in range(100): q.get()"

PERMIT = Limits(0.45, 0.55, 0.85)
BLOCK = Limits(0.55, 0.62, 0.85)
ITEM = Limits(0.53, 0.60, 0.82)
HOOKED = Limits(0.48, 0.55, 0.80)
LOOK = Limits(0.35, 0.35, 0.45)
FLAG = Limits(0.17, 0.17, 0.25)
MAKE = everywhere(1.55)
RLOCK = Limits(1.05, 1.05, 1.10)

ROWS = [
    Row("Semaphore acquire+release", "s = kit.Semaphore()", "s.acquire(); s.release()", PERMIT),
    Row("with Semaphore", "s = kit.Semaphore()", "with s: pass", BLOCK),
    Row("BoundedSemaphore", "s = kit.BoundedSemaphore()", "s.acquire(); s.release()", PERMIT),
    Row("Queue put+get", "q = kit.Queue()", "q.put(1); q.get()", ITEM),
    Row("Queue(10) put+get", "q = kit.Queue(10)", "q.put(1); q.get()", ITEM),
    Row(
        "Queue(10) put+get, time-out",
        "q = kit.Queue(10)",
        "q.put(1, True, 1); q.get(True, 1)",
        ITEM,
    ),
    Row("Queue put+get nowait", "q = kit.Queue()", "q.put_nowait(1); q.get_nowait()", ITEM),
    Row("LifoQueue put+get", "q = kit.LifoQueue()", "q.put(1); q.get()", ITEM),
    Row("PriorityQueue put+get", "q = kit.PriorityQueue()", "q.put(1); q.get()", ITEM),
    Row("Queue with hooks put+get", _HOOKED, "q.put(1); q.get()", HOOKED),
    Row("Queue put+get+task_done", "q = kit.Queue()", "q.put(1); q.get(); q.task_done()", ITEM),
    Row("Queue 100 puts, 100 gets", "q = kit.Queue()", _BURST),
    Row(
        "Queue get_nowait on empty",
        "q = kit.Queue()",
        "try: q.get_nowait()\nexcept kit.Empty: pass",
    ),
    Row("Queue qsize", "q = kit.Queue()", "q.qsize()", LOOK),
    Row("Queue empty", "q = kit.Queue()", "q.empty()", LOOK),
    Row("Queue full", "q = kit.Queue(2)", "q.full()", LOOK),
    Row("Event set when set", "e = kit.Event(); e.set()", "e.set()", FLAG),
    Row("Event clear", "e = kit.Event()", "e.clear()", FLAG),
    Row("Event wait when set", "e = kit.Event(); e.set()", "e.wait()", FLAG),
    Row("Event set+clear", "e = kit.Event()", "e.set(); e.clear()", Limits(0.25, 0.32, 0.42)),
    Row(
        "with Condition(Lock())",
        "c = kit.Condition(kit.Lock())",
        "with c: pass",
        Limits(0.58, 0.70, 1.30),
    ),
    Row("Condition(Lock()) notify, nobody waits", _LOCKED, "c.notify()", everywhere(0.44)),
    Row("Condition(Lock()) expired wait", _LOCKED, "c.wait(1e-6)", Limits(1.15, 1.15, 1.30)),
    Row("Condition(Lock()) wait(0)", _LOCKED, "c.wait(0)", Limits(1.50, 1.60, 1.70)),
    Row("Barrier(1) wait", "b = kit.Barrier(1)", "b.wait()", Limits(0.80, 0.85, 1.00)),
    Row("make an Event", "", "kit.Event()", MAKE),
    Row("make a Semaphore", "", "kit.Semaphore()", MAKE),
    Row("make a Queue", "", "kit.Queue()", everywhere(0.95)),
    Row("make a BoundedSemaphore", "", "kit.BoundedSemaphore()"),
    Row("make a LifoQueue", "", "kit.LifoQueue()"),
    Row("make a PriorityQueue", "", "kit.PriorityQueue()"),
    Row("make a Condition(Lock())", "", "kit.Condition(kit.Lock())"),
    Row("make a Barrier", "", "kit.Barrier(2)"),
]
"""Without RLock: the geometric mean of those with a limit that make nothing has a limit too."""

MEAN = Row("geometric mean of the limited rows", "", "", Limits(0.40, 0.47, 0.60))

_COUNT = "from itertools import count; numbers = kit."
_LOOP = "for n in numbers:\n    if n % 100 == 99: break"

ITERATORS = [
    Row(
        "100 of serialize_iterator(count())",
        _COUNT + "serialize_iterator(count())",
        _LOOP,
        everywhere(1.3),
    ),
    Row(
        "100 of concurrent_tee(count(), 1)",
        _COUNT + "concurrent_tee(count(), 1)[0]",
        _LOOP,
        everywhere(1.2),
    ),
    Row("make a serialize_iterator", "", "kit.serialize_iterator(())"),
]
"""Measured where the standard library has them, from 3.15 on: what no signal loses costs more."""

_RLOCK = "r = kit.RLock()"

PURE_PYTHON = [
    Row("RLock acquire+release", _RLOCK, "r.acquire(); r.release()", RLOCK),
    Row("with RLock", _RLOCK, "with r: pass", RLOCK),
    Row("RLock taken again", _RLOCK + "; r.acquire()", "r.acquire(); r.release()", RLOCK),
    Row("with Condition()", "c = kit.Condition()", "with c: pass", everywhere(1.0)),
    Row("Condition() notify", "c = kit.Condition(); c.acquire()", "c.notify()", everywhere(1.0)),
    Row("make an RLock", "", "kit.RLock()"),
    Row("SimpleQueue put+get", "q = kit.SimpleQueue()", "q.put(1); q.get()"),
    Row("make a SimpleQueue", "", "kit.SimpleQueue()"),
]
"""Measured twice: against CPython's versions in Python, which the limits are for, and in C."""
