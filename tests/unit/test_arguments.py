"""Bad arguments: every parameter of every class gets every kind of value, here and in the stdlib.

The outcome must be the same, down to the text of the exception, and so must what can be seen of
the object afterwards. Nothing here may block: where a value would, the state is one that lets it
pass, or the value is left out.
"""

import queue
import re
import sys
import threading
from decimal import Decimal
from fractions import Fraction

import pytest

import syncprims

VALUES = {
    "None": None,
    "True": True,
    "False": False,
    "-1": -1,
    "-5": -5,
    "0": 0,
    "1": 1,
    "0.5": 0.5,
    "-0.5": -0.5,
    "nan": float("nan"),
    "inf": float("inf"),
    "-inf": float("-inf"),
    "huge": 10**30,
    "str": "1",
    "bytes": b"1",
    "list": [1],
    "Decimal": Decimal("0.5"),
    "Decimal(-1)": Decimal(-1),
    "Fraction": Fraction(1, 2),
    "Fraction(-1)": Fraction(-1),
    "object": object(),
}
# As a time-out that has to pass these wait long, or for ever: on nan the stdlib loops.
LONG = {"nan", "None", "True", "1", "0.5", "Decimal", "Fraction"}


class Names:
    """The stdlib's two modules as one."""

    def __getattr__(self, name):
        return getattr(queue, name) if name in vars(queue) else getattr(threading, name)


STDLIB = Names()


def held(kit):
    lock = kit.RLock()
    lock.acquire()
    return lock


def locked_condition(kit):
    condition = kit.Condition(kit.Lock())
    condition.acquire()
    return condition


def raised_event(kit):
    event = kit.Event()
    event.set()
    return event


def filled(name, maxsize=1):
    def make(kit):
        made = getattr(kit, name)(maxsize)
        made.put(1)
        return made

    return make


def empty(name, maxsize=0):
    return lambda kit: getattr(kit, name)(maxsize)


QUEUES = ("Queue", "LifoQueue", "PriorityQueue")
NEED_NOT_WAIT = {
    "Semaphore(value)": (lambda kit: None, lambda kit, _, x: kit.Semaphore(x)),
    "BoundedSemaphore(value)": (lambda kit: None, lambda kit, _, x: kit.BoundedSemaphore(x)),
    "Barrier(parties)": (lambda kit: None, lambda kit, _, x: kit.Barrier(x)),
    "Queue(maxsize)": (lambda kit: None, lambda kit, _, x: kit.Queue(x)),
    "RLock(x)": (lambda kit: None, lambda kit, _, x: kit.RLock(x)),
    "Event(x)": (lambda kit: None, lambda kit, _, x: kit.Event(x)),
    "RLock.acquire(x)": (lambda kit: kit.RLock(), lambda kit, lock, x: lock.acquire(x)),
    "RLock.acquire(True, x)": (lambda kit: kit.RLock(), lambda k, lock, x: lock.acquire(True, x)),
    "RLock.acquire(False, x)": (lambda kit: kit.RLock(), lambda k, lock, x: lock.acquire(False, x)),
    "held RLock.acquire(True, x)": (held, lambda kit, lock, x: lock.acquire(True, x)),
    "held RLock.acquire(False, x)": (held, lambda kit, lock, x: lock.acquire(False, x)),
    "Condition.notify(n)": (locked_condition, lambda kit, c, x: c.notify(x)),
    "Condition.wait_for(true, x)": (locked_condition, lambda kit, c, x: c.wait_for(lambda: 1, x)),
    "Event.wait(x), set": (raised_event, lambda kit, e, x: e.wait(x)),
    "Semaphore.acquire(x)": (lambda kit: kit.Semaphore(), lambda kit, s, x: s.acquire(x)),
    "Semaphore.acquire(True, x)": (
        lambda kit: kit.Semaphore(),
        lambda kit, s, x: s.acquire(True, x),
    ),
    "Semaphore.acquire(False, x)": (
        lambda kit: kit.Semaphore(),
        lambda kit, s, x: s.acquire(False, x),
    ),
    "Semaphore.release(n)": (lambda kit: kit.Semaphore(), lambda kit, s, x: s.release(x)),
    "BoundedSemaphore.release(n)": (
        lambda kit: kit.BoundedSemaphore(),
        lambda kit, s, x: s.release(x),
    ),
    "Barrier(1).wait(x)": (lambda kit: kit.Barrier(1), lambda kit, b, x: b.wait(x)),
    **{
        f"{name}.{text}": (make(name), call)
        for name in QUEUES
        for text, make, call in (
            ("put(1, x)", empty, lambda kit, q, x: q.put(1, x)),
            ("put(1, True, x), unbounded", empty, lambda kit, q, x: q.put(1, True, x)),
            ("put(1, False, x)", empty, lambda kit, q, x: q.put(1, False, x)),
            ("get(x)", filled, lambda kit, q, x: q.get(x)),
            ("get(True, x)", filled, lambda kit, q, x: q.get(True, x)),
            ("get(False, x)", filled, lambda kit, q, x: q.get(False, x)),
        )
    },
    "Queue(2).put(1, True, x)": (
        lambda kit: kit.Queue(2),
        lambda kit, q, x: q.put(1, True, x),
    ),
    "Queue.shutdown(x)": (filled("Queue"), lambda kit, q, x: q.shutdown(x)),
    "SimpleQueue.get(True, x)": (
        lambda kit: simple_with_an_item(kit),
        lambda kit, q, x: q.get(True, x),
    ),
}
HAVE_TO_WAIT = {
    "Condition.wait(x)": (locked_condition, lambda kit, c, x: c.wait(x)),
    "Condition.wait_for(false, x)": (locked_condition, lambda kit, c, x: c.wait_for(lambda: 0, x)),
    "Event.wait(x)": (lambda kit: kit.Event(), lambda kit, e, x: e.wait(x)),
    "Semaphore(0).acquire(True, x)": (
        lambda kit: kit.Semaphore(0),
        lambda kit, s, x: s.acquire(True, x),
    ),
    "Barrier(2).wait(x)": (lambda kit: kit.Barrier(2), lambda kit, b, x: b.wait(x)),
    "full Queue.put(1, True, x)": (filled("Queue"), lambda kit, q, x: q.put(1, True, x)),
    "empty Queue.get(True, x)": (empty("Queue"), lambda kit, q, x: q.get(True, x)),
    "empty SimpleQueue.get(True, x)": (
        lambda kit: kit.SimpleQueue(),
        lambda kit, q, x: q.get(True, x),
    ),
}


def simple_with_an_item(kit):
    made = kit.SimpleQueue()
    made.put(1)
    return made


def state(made):
    """Return what can be seen of an object."""
    names = ("_value", "n_waiting", "broken", "unfinished_tasks", "maxsize")
    seen = [getattr(made, name, "-") for name in names]
    seen += [call() for call in (getattr(made, n, None) for n in ("qsize", "is_set")) if call]
    return [*seen, len(getattr(made, "_waiters", ()))]


def outcome(kit, make, call, value):
    made = make(kit)
    try:
        result = call(kit, made, value)
        what = ("returned", result if result is None or isinstance(result, (bool, int)) else "it")
    except Exception as error:
        text = re.sub(r"\b(_?thread(ing)?|queue|syncprims|_queue)\.", "", str(error))
        if isinstance(error, OverflowError) and sys.version_info < (3, 14):
            text = "too long"  # said in two ways, by chance
        what = (type(error).__name__, text)
    return repr((what, state(made)))  # nan is not equal to itself


CASES = [
    pytest.param(name, *case, value, id=f"{name}-{value}")
    for table, left_out in ((NEED_NOT_WAIT, set()), (HAVE_TO_WAIT, LONG))
    for name, case in table.items()
    for value in VALUES
    if value not in left_out
]

# What the running stdlib decides otherwise than the newest, before the version given.
OLDER = {
    "Barrier(parties)": (3, 14),
    "Condition.wait(x)": (3, 14),
    "Event.wait(x)": (3, 14),
    "Queue.shutdown(x)": (3, 13),
    "RLock.acquire(x)": (3, 12),
    "Semaphore.release(n)": (3, 12),
    "BoundedSemaphore.release(n)": (3, 12),
}
DIFFERENT = {
    "RLock(x)": "a class here and a function in C there: the same refusal, other words",
    "SimpleQueue.get(True, x)": "in C it asks for a number first, in other words",
    "empty SimpleQueue.get(True, x)": "in C it asks for a number first, in other words",
}


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy has words of its own")
@pytest.mark.parametrize(("name", "make", "call", "value"), CASES)
def test_argument_is_taken_or_refused_as_in_the_stdlib(name, make, call, value):
    """Whatever is passed, the outcome and what is left are the newest stdlib's."""
    if sys.version_info < OLDER.get(name, (3, 0)):
        pytest.skip("an older stdlib decides otherwise")
    if name in DIFFERENT:
        pytest.skip(DIFFERENT[name])
    assert outcome(syncprims, make, call, VALUES[value]) == outcome(
        STDLIB, make, call, VALUES[value]
    )
