"""What is struck, and what must hold afterwards, whoever made the primitive.

An operation is done by the main thread. Others, the crowd, may sleep in the primitive: before it
begins, or, where a waker acts once it sleeps, behind it. Afterwards nothing may be lost or made up:
no lock held, no permit, item or notification gone or doubled, nobody asleep whose time has come,
nobody queued who has gone; and the primitive works from another thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from queue import Empty, Full
from threading import BrokenBarrierError, get_ident
from typing import Any

from syncprims.conformance.crew import Task, sleepers, until
from syncprims.conformance.delays import EARLY
from syncprims.queue import ShutDown

from .inject import Struck, is_at_its_entry, is_of

WITHIN = 2.0  # seconds: what must happen afterwards


def queued(primitive: Any) -> int:
    """Return how many threads sleep in a primitive."""
    if isinstance(primitive, (Taken, Contended)):
        return primitive.is_wanted()
    if hasattr(primitive, "_items"):
        return len(primitive._getters)
    return sleepers(primitive) or 0


@dataclass
class Run:
    """One operation that is over, and those around it."""

    primitive: Any
    outcome: Any  # what it returned, or Struck
    woken: bool  # whether the waker has acted
    crowd: list[Task]

    @property
    def struck(self) -> bool:
        """Whether it was struck."""
        return self.outcome is Struck

    def settle(self) -> int:
        """Wait until each of the crowd is done or asleep; return how many are done."""
        until(lambda: queued(self.primitive) == sum(not task.done for task in self.crowd))
        return sum(task.done for task in self.crowd)

    def dismiss(self) -> None:
        """Wait until all of the crowd are done."""
        for task in self.crowd:
            task.result()


@dataclass
class Operation:
    """Something to strike."""

    make: Callable[[Any], Any]  # an implementation's names -> a primitive
    act: Callable[[Any], Any]  # what the main thread does
    check: Callable[[Run], object]
    crowd: Sequence[Callable[[Any], Any]] = ()
    waker: Callable[[Any], object] | None = None
    always: bool = False  # whether the waker acts also where a signal has ended the sleep
    before: Callable[[Any], object] = id  # done by the main thread too, but not struck
    after: Callable[[Any], object] = id


OPERATIONS: dict[str, Operation] = {}


def enter(primitive: Any) -> None:
    """Do nothing, inside."""
    with primitive:
        pass


# Locks


class Taken:
    """A lock that another thread holds until it is told to let go."""

    def __init__(self, lock: Any) -> None:
        self.lock, self._over = lock, False
        self._wants, self._taken = False, False
        self._task = Task(self._hold)
        until(lambda: self._taken)

    def _hold(self) -> None:
        with self.lock:
            self._taken = True
            until(lambda: self._over)

    def is_wanted(self) -> bool:
        """Whether the main thread is about to ask for it; as good as asleep, for a lock."""
        return self._wants

    def ask(self, *args: Any) -> bool:
        """Ask for the lock."""
        self._wants = True
        return bool(self.lock.acquire(*args))

    def let_go(self) -> None:
        """Have the other thread release it."""
        self._over = True
        self._task.result()


def lock_is_free(run: Run) -> None:
    """Another thread can take the lock."""
    assert run.primitive.acquire(True, WITHIN), "the lock is held"
    run.primitive.release()


def held_if_taken(run: Run) -> None:
    """The lock is held if the operation said that it took it, and else by nobody."""
    lock = run.primitive
    if isinstance(lock, Taken):
        lock.let_go()
        lock = lock.lock
    held = not lock.acquire(False)
    assert held == (run.outcome is True), "the lock is held" if held else "the lock is not held"


def let_go_of_all(lock: Any) -> None:
    """Release the lock as often as this thread holds it."""
    while lock._is_owned():
        lock.release()


OPERATIONS |= {
    "RLock acquire": Operation(lambda kit: kit.RLock(), lambda lock: lock.acquire(), held_if_taken),
    "RLock with": Operation(lambda kit: kit.RLock(), enter, lock_is_free),
    "RLock acquire, again": Operation(
        lambda kit: kit.RLock(),
        lambda lock: lock.acquire(),
        lock_is_free,
        before=lambda lock: lock.acquire(),
        after=lambda lock: let_go_of_all(lock),
    ),
    "RLock acquire, timed out": Operation(
        lambda kit: Taken(kit.RLock()), lambda taken: taken.ask(True, EARLY), held_if_taken
    ),
    "RLock acquire, handed over": Operation(
        lambda kit: Taken(kit.RLock()),
        lambda taken: taken.ask(),
        held_if_taken,
        waker=lambda taken: taken.let_go(),
    ),
}


# Semaphores


def permits(semaphore: Any) -> int:
    """Take all permits; return how many there were."""
    n = 0
    while semaphore.acquire(False):
        n += 1
    return n


def permits_add_up(n: int) -> Callable[[Run], None]:
    """There are `n` permits and the waker's, but for what the operation and the crowd got."""

    def check(run: Run) -> None:
        awake = run.settle()
        left = permits(run.primitive)
        expected = n + run.woken - (run.outcome is True) - awake
        assert left == expected, f"{left} permits, not {expected}"
        assert not left or awake == len(run.crowd), "a permit lies beside a sleeper"
        for _ in run.crowd:
            run.primitive.release()
        run.dismiss()

    return check


def released(n: int) -> Callable[[Run], None]:
    """All `n` permits were added, or none; and no permit lies beside a sleeper."""

    def check(run: Run) -> None:
        awake = run.settle()
        left = permits(run.primitive)
        assert not left or awake == len(run.crowd), "a permit lies beside a sleeper"
        assert awake + left in ((0, n) if run.struck else (n,)), f"{awake + left} of {n} permits"
        for _ in range(len(run.crowd) - awake):
            run.primitive.release()
        run.dismiss()

    return check


class Contended:
    """A semaphore whose mutex another thread holds until it is told to let go."""

    def __init__(self, kit: Any, semaphore: Any) -> None:
        self.semaphore = semaphore
        mutex = getattr(semaphore, "_mutex", None)
        self._mutex = Taken(semaphore._cond if mutex is None else mutex)
        self._is_ours = is_of(kit._name)
        self._leaver: int | None = None
        self._wanted = self._over = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.semaphore, name)

    def leave(self) -> None:
        """Leave the semaphore, for which the mutex is wanted."""
        self._leaver = get_ident()
        self.semaphore.__exit__(None, None, None)

    def is_wanted(self) -> bool:
        """Whether the leaver is on the way to the mutex, or asleep there, and not at the door."""
        frame = sys._current_frames().get(self._leaver or 0)
        if frame and self._is_ours(frame.f_code.co_filename) and not is_at_its_entry(frame):
            self._wanted = True
        return self._wanted and not self._over

    def let_go(self) -> None:
        """Have the other thread let go of the mutex."""
        self._over = True
        self._mutex.let_go()


def left(run: Run) -> None:
    """The permit is there, or with the one that waited, whatever has struck."""
    awake = run.settle()
    left = permits(run.primitive)
    assert awake + left == 1, f"{awake + left} permits, not 1"
    assert not left or awake == len(run.crowd), "a permit lies beside a sleeper"
    for _ in range(len(run.crowd) - awake):
        run.primitive.release()
    run.dismiss()


def semaphores(name: str) -> dict[str, Operation]:
    """Return the operations of one kind of semaphore."""

    def make(n: int) -> Callable[[Any], Any]:
        return lambda kit: getattr(kit, name)(n)

    def emptied(n: int) -> Callable[[Any], Any]:
        def made(kit: Any) -> Any:
            semaphore = getattr(kit, name)(n)
            permits(semaphore)
            return semaphore

        return made

    return {
        f"{name} acquire": Operation(make(2), lambda s: s.acquire(), permits_add_up(2)),
        f"{name} acquire, none left": Operation(
            emptied(1), lambda s: s.acquire(False), permits_add_up(0)
        ),
        f"{name} release": Operation(emptied(2), lambda s: s.release(), released(1)),
        f"{name} release(2) to three": Operation(
            emptied(4), lambda s: s.release(2), released(2), [lambda s: s.acquire()] * 3
        ),
        f"{name} with": Operation(make(1), enter, permits_add_up(1)),
        f"{name} with, while one waits": Operation(
            emptied(1), lambda s: s.__exit__(None, None, None), left, [lambda s: s.acquire()]
        ),
        f"{name} with, contended": Operation(
            lambda kit: Contended(kit, emptied(1)(kit)),
            lambda s: s.leave(),
            left,
            waker=lambda s: s.let_go(),
            always=True,
        ),
        f"{name} acquire, timed out": Operation(
            emptied(1), lambda s: s.acquire(timeout=EARLY), permits_add_up(0)
        ),
        f"{name} acquire, handed off": Operation(
            emptied(2),
            lambda s: s.acquire(),
            permits_add_up(0),
            [lambda s: s.acquire()],
            lambda s: s.release(),
        ),
    }


OPERATIONS |= semaphores("Semaphore") | semaphores("BoundedSemaphore")


# Conditions


def wait_in(condition: Any) -> bool:
    """Wait for a notification."""
    with condition:
        return bool(condition.wait(10 * WITHIN))


def notify(condition: Any, n: int = 1) -> None:
    """Notify, inside."""
    with condition:
        condition.notify(n)


def notified(n: int) -> Callable[[Run], None]:
    """The lock is free; `n` of the crowd are awake, or fewer if it was struck; the rest can be."""

    def check(run: Run) -> None:
        lock_is_free(run)
        awake = run.settle()
        assert awake <= n if run.struck else awake == n, f"{awake} awake"
        notify(run.primitive, len(run.crowd))
        assert all(task.result() for task in run.crowd)

    return check


def notification_passed_on(run: Run) -> None:
    """The lock was given back, and a notification went to this one or to the next, not to both."""
    lock_is_free(run)
    awake = run.settle()
    arrived = (run.outcome is True) + awake
    assert arrived == run.woken, f"{arrived} of {int(run.woken)} notifications arrived"
    notify(run.primitive, len(run.crowd))
    run.dismiss()


def conditions(name: str, make: Callable[[Any], Any]) -> dict[str, Operation]:
    """Return the operations of a condition over one kind of lock."""
    locked: dict[str, Any] = {
        "before": lambda condition: condition.acquire(),
        "after": lambda condition: condition.release(),
    }
    return {
        f"{name} with": Operation(make, enter, lock_is_free),
        f"{name} notify(2) to three": Operation(
            make, lambda c: c.notify(2), notified(2), [wait_in] * 3, **locked
        ),
        f"{name} notify_all": Operation(
            make, lambda c: c.notify_all(), notified(3), [wait_in] * 3, **locked
        ),
        f"{name} wait, timed out": Operation(
            make, lambda c: c.wait(EARLY), notification_passed_on, **locked
        ),
        f"{name} wait_for, timed out": Operation(
            make,
            lambda c: c.wait_for(lambda: None, EARLY),
            notification_passed_on,
            **locked,
        ),
        f"{name} wait, notified": Operation(
            make, lambda c: c.wait(), notification_passed_on, [wait_in], notify, **locked
        ),
    }


OPERATIONS |= conditions("Condition(Lock())", lambda kit: kit.Condition(kit.Lock()))
OPERATIONS |= conditions("Condition()", lambda kit: kit.Condition())


# Events


def awake_if_set(run: Run) -> None:
    """Whoever waited is awake if the flag is up, and nobody else is; the flag can be raised."""
    awake = run.settle()
    assert awake == (len(run.crowd) if run.primitive.is_set() else 0), f"{awake} awake"
    run.primitive.set()
    assert run.primitive.wait(WITHIN)
    run.dismiss()


def make_set(kit: Any) -> Any:
    """Return an event that is set."""
    event = kit.Event()
    event.set()
    return event


OPERATIONS |= {
    "Event set to three": Operation(
        lambda kit: kit.Event(), lambda e: e.set(), awake_if_set, [lambda e: e.wait()] * 3
    ),
    "Event set, clear": Operation(
        lambda kit: kit.Event(), lambda e: (e.set(), e.clear()), awake_if_set
    ),
    "Event wait, set": Operation(make_set, lambda e: e.wait(), awake_if_set),
    "Event wait, timed out": Operation(
        lambda kit: kit.Event(), lambda e: e.wait(EARLY), awake_if_set
    ),
    "Event wait, woken": Operation(
        lambda kit: kit.Event(),
        lambda e: e.wait(),
        awake_if_set,
        [lambda e: e.wait()],
        lambda e: e.set(),
    ),
}


# Barriers


def meet(barrier: Any, timeout: float | None = None) -> object:
    """Wait at the barrier, which may be broken."""
    with suppress(BrokenBarrierError):
        return barrier.wait(timeout)
    return None


def nobody_stranded(run: Run) -> None:
    """All can leave, and the barrier works once it is reset."""
    barrier = run.primitive
    if run.struck and not barrier.broken:
        run.settle()
        barrier.abort()
    run.dismiss()
    barrier.reset()
    tasks = [Task(barrier.wait) for _ in range(barrier.parties)]
    assert sorted(task.result() for task in tasks) == list(range(barrier.parties))


def arrive(barrier: Any) -> None:
    """Have another thread come."""
    barrier.other = Task(meet, barrier)


def other_leaves(run: Run) -> None:
    """The other party, if it came, is let pass, or waits as the only one."""
    if run.woken:
        run.crowd.append(run.primitive.other)
    nobody_stranded(run)


OPERATIONS |= {
    "Barrier(1) wait": Operation(lambda kit: kit.Barrier(1), meet, nobody_stranded),
    "Barrier(1) wait, action": Operation(
        lambda kit: kit.Barrier(1, lambda: None), meet, nobody_stranded
    ),
    "Barrier(3) wait, the last": Operation(
        lambda kit: kit.Barrier(3), meet, nobody_stranded, [meet] * 2
    ),
    "Barrier(2) wait, timed out": Operation(
        lambda kit: kit.Barrier(2), lambda b: meet(b, EARLY), nobody_stranded
    ),
    "Barrier(2) wait, let pass": Operation(
        lambda kit: kit.Barrier(2), meet, other_leaves, waker=arrive
    ),
    "Barrier(3) reset": Operation(
        lambda kit: kit.Barrier(3), lambda b: b.reset(), nobody_stranded, [meet] * 2
    ),
    "Barrier(3) abort": Operation(
        lambda kit: kit.Barrier(3), lambda b: b.abort(), nobody_stranded, [meet] * 2
    ),
}


# Queues


SIGN = {"put": 1, "get": -1, None: 0}


def items_add_up(
    n: int, act: str | None, crowd: str | None = None, waker: str | None = None
) -> Callable[[Run], None]:
    """There are `n` items, and those put, but for those got; each is counted; nobody is stranded.

    `act`, `crowd` and `waker` say what each does: "put" or "get".
    """

    def check(run: Run) -> None:
        queue = run.primitive
        awake = run.settle()
        size = queue.qsize()
        done = (run.outcome is not Struck) and run.outcome != "expired"
        steps = [(act, done), (crowd, awake), (waker, run.woken)]
        expected = n + sum(SIGN[what] * times for what, times in steps)
        unsure = act == "put" and run.struck  # it may be in although put did not return
        assert size - expected in ((0, 1) if unsure else (0,)), f"{size} items, not {expected}"
        if awake < len(run.crowd):
            assert not size if crowd == "get" else size, "somebody sleeps in vain"
        if hasattr(queue, "unfinished_tasks"):
            got = sum(times for what, times in steps if what == "get")
            counted = queue.unfinished_tasks - got
            assert counted == size, f"{counted} counted of {size}"
        for task in run.crowd:  # in the order in which they fell asleep
            if not task.done:
                queue.put(9, True, WITHIN) if crowd == "get" else queue.get(True, WITHIN)
                task.result()
        with suppress(Empty):
            while True:
                queue.get_nowait()
        queue.put(9, True, WITHIN)
        assert queue.get(True, WITHIN) == 9

    return check


def try_get(queue: Any, *args: Any) -> Any:
    """Get an item, or say that the time is up."""
    try:
        return queue.get(*args)
    except Empty:
        return "expired"


def try_put(queue: Any, *args: Any) -> Any:
    """Put an item, or say that the time is up."""
    try:
        return queue.put(1, *args)
    except Full:
        return "expired"


def nobody_waits_at_a_closed_door(run: Run) -> None:
    """If the queue is shut down, nobody sleeps in it; if it is not yet, it can be."""
    awake = run.settle()
    assert awake == len(run.crowd) or not run.primitive.is_shutdown, "somebody sleeps in vain"
    run.primitive.shutdown(immediate=True)
    run.dismiss()
    assert (run.primitive.qsize(), run.primitive.unfinished_tasks) == (0, 0)


def joiners_know(run: Run) -> None:
    """Who joins is awake if nothing is left to do, and asleep if something is."""
    queue = run.primitive
    awake = run.settle()
    assert awake == (0 if queue.unfinished_tasks else len(run.crowd)), f"{awake} awake"
    if hasattr(queue, "shutdown"):
        queue.shutdown(immediate=True)
    while queue.unfinished_tasks:
        queue.task_done()
    run.dismiss()


def or_shut(operation: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the operation as it is done on a queue that may be shut down meanwhile."""

    def act(queue: Any) -> Any:
        with suppress(ShutDown):
            return operation(queue)

    return act


def queues(
    name: str, make: Callable[[Any, int], Any], bounded: bool = True
) -> dict[str, Operation]:
    """Return the operations of one kind of queue."""

    def empty(kit: Any) -> Any:
        return make(kit, 1 if bounded else 0)

    def full(kit: Any) -> Any:
        queue = empty(kit)
        queue.put(0)
        return queue

    def get(queue: Any) -> Any:
        return queue.get()

    def put(queue: Any) -> Any:
        return queue.put(1)

    operations = {
        "put": Operation(lambda kit: make(kit, 0), put, items_add_up(0, "put")),
        "put to a getter": Operation(empty, put, items_add_up(0, "put", "get"), [get]),
        "get": Operation(full, get, items_add_up(1, "get")),
        "get_nowait, empty": Operation(empty, lambda q: try_get(q, False), items_add_up(0, "get")),
        "get, timed out": Operation(
            empty, lambda q: try_get(q, True, EARLY), items_add_up(0, "get")
        ),
        "get, handed off": Operation(
            empty, get, items_add_up(0, "get", "get", "put"), [get], lambda q: q.put(7)
        ),
    }
    if bounded:
        operations |= {
            "put(maxsize=9)": Operation(lambda kit: make(kit, 9), put, items_add_up(0, "put")),
            "get to a putter": Operation(full, get, items_add_up(1, "get", "put"), [put]),
            "put_nowait, full": Operation(
                full, lambda q: try_put(q, False), items_add_up(1, "put")
            ),
            "put, timed out": Operation(
                full, lambda q: try_put(q, True, EARLY), items_add_up(1, "put")
            ),
            "put, handed off": Operation(
                full, put, items_add_up(1, "put", "put", "get"), [put], lambda q: q.get()
            ),
            "task_done to a joiner": Operation(
                full, lambda q: q.task_done(), joiners_know, [lambda q: q.join()]
            ),
            "join, woken": Operation(
                full, lambda q: q.join(), joiners_know, [], lambda q: q.task_done()
            ),
        }
    return {f"{name} {what}": operation for what, operation in operations.items()}


def shutdowns(name: str) -> dict[str, Operation]:
    """Return the operations that only newer Pythons' own queues have."""

    def full(kit: Any) -> Any:
        queue = getattr(kit, name)(1)
        queue.put(0)
        return queue

    return {
        f"{name} shutdown": Operation(
            lambda kit: getattr(kit, name)(1),
            lambda q: q.shutdown(),
            nobody_waits_at_a_closed_door,
            [or_shut(lambda q: q.get())] * 2,
        ),
        f"{name} shutdown(immediate)": Operation(
            full,
            lambda q: q.shutdown(immediate=True),
            nobody_waits_at_a_closed_door,
            [or_shut(lambda q: q.put(1))] * 2,
        ),
        f"{name} shutdown(immediate), joined": Operation(
            full, lambda q: q.shutdown(immediate=True), joiners_know, [lambda q: q.join()]
        ),
    }


def hooked(kit: Any, maxsize: int) -> Any:
    """Return a queue with hooks of its own."""

    class Hooked(kit.Queue):  # type: ignore[misc, name-defined]
        def _put(self, item: Any) -> None:
            self.queue.append(item)

        def _get(self) -> Any:
            return self.queue.popleft()

        def _qsize(self) -> int:
            return len(self.queue)

    return Hooked(maxsize)


for _name in ("Queue", "LifoQueue", "PriorityQueue"):
    OPERATIONS |= queues(_name, lambda kit, maxsize, name=_name: getattr(kit, name)(maxsize))
    OPERATIONS |= shutdowns(_name)
OPERATIONS |= queues("HookedQueue", hooked)
OPERATIONS |= queues("SimpleQueue", lambda kit, maxsize: kit.SimpleQueue(), bounded=False)


# Iterators


def gives_the_next(run: Run) -> None:
    """Another thread gets the first number if this one was struck, else the second."""
    assert Task(next, run.primitive).result() == int(not run.struck), "an item is lost"


def give_the_next(run: Run) -> None:
    """So does it from the tee that was asked; the other one still has the first."""
    asked, other = run.primitive
    assert Task(next, asked).result() == int(not run.struck), "an item is lost"
    assert Task(next, other).result() == 0, "an item is lost"


OPERATIONS["serialize_iterator next"] = Operation(
    lambda kit: kit.serialize_iterator(count()), next, gives_the_next
)
OPERATIONS["concurrent_tee next"] = Operation(
    lambda kit: kit.concurrent_tee(count()), lambda tees: next(tees[0]), give_the_next
)


def kind_of(name: str) -> str:
    """Return the name of the class that an operation's is most like."""
    kind = name.split()[0].partition("(")[0]
    return next((each for each in ("Queue", "Semaphore") if kind.endswith(each)), kind)


# What a signal handler might do to the primitive in whose operation it finds its thread.
MEANWHILE: dict[str, Callable[[Any], object]] = {
    "Semaphore": lambda semaphore: semaphore.release(),
    "Condition": lambda condition: condition.notify_all(),
    "Event": lambda event: event.set(),
    "Queue": lambda queue: (queue.put_nowait(5), queue.get_nowait()),
}
REFUSED = (ValueError, RuntimeError, Full, Empty, ShutDown)  # and so are these, at the wrong time
