"""``python -m tests.faults.soak``: threads do at random what there is to do, and all is counted.

No permit, item or notification may be lost or made up, items of one producer come in their order,
and the numbered invariants hold in the end. On builds with a GIL the interpreter is told to switch
threads every microsecond.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from queue import Empty, Full
from typing import Any

from syncprims.conformance import report
from syncprims.conformance.crew import Task, allowed

from .worker import Names

SHORT = 0.0005  # seconds: a time-out that often expires
LIMIT = 30.0  # seconds: how long the threads may take to end


class Clock:
    """Says when it is over, and counts what is done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.done = 0  # approximate: the threads do not take turns to count

    def ticks(self) -> bool:
        """Count one operation; False once the time is over."""
        self.done += 1
        return time.monotonic() < self._end


def together(*functions: Callable[[], object]) -> None:
    """Run each in a thread of its own; raise what any of them raised."""
    for task in [Task(function) for function in functions]:
        task.result()


def permits(kit: Any, clock: Clock) -> None:
    """Never more than three hold a permit, and in the end there are three."""
    semaphore = kit.BoundedSemaphore(3)
    inside: list[int] = []

    def work() -> None:
        while clock.ticks():
            how = random.choice([(), (False,), (True, SHORT)])
            if semaphore.acquire(*how):
                inside.append(1)
                assert len(inside) <= 3
                inside.pop()
                semaphore.release()

    together(*[work] * 6)
    assert [semaphore.acquire(False) for _ in range(4)] == [True] * 3 + [False]


def items(kind: str, maxsize: int) -> Callable[[Any, Clock], None]:
    """Return what checks that every item comes out once, a FIFO's in each producer's order."""

    def run(kit: Any, clock: Clock) -> None:
        queue = getattr(kit, kind)(*[maxsize] if maxsize else [])
        got: list[list[tuple[int, int]]] = [[], [], []]
        put = [0, 0, 0]

        def produce(number: int) -> None:
            while clock.ticks():
                with suppress(Full):
                    queue.put((put[number], number), *random.choice([(), (False,), (True, SHORT)]))
                    put[number] += 1

        def consume(mine: list[tuple[int, int]]) -> None:
            while True:
                with suppress(Empty):
                    item = queue.get(*random.choice([(), (False,), (True, SHORT)]))
                    if item == LAST:
                        return
                    mine.append(item)
                    if hasattr(queue, "task_done"):
                        queue.task_done()

        consumers = [Task(consume, mine) for mine in got]
        together(*[lambda number=number: produce(number) for number in range(3)])
        if hasattr(queue, "join"):
            together(queue.join)
        for _ in got:
            queue.put(LAST)
        for task in consumers:
            task.result()
        everything = Counter(item for mine in got for item in mine)
        assert everything == Counter((n, who) for who in range(3) for n in range(put[who]))
        if kind in ("Queue", "SimpleQueue"):
            for mine in got:
                for who in range(3):
                    order = [n for n, producer in mine if producer == who]
                    assert order == sorted(order)
        _check(queue)

    return run


LAST = (10**12, 0)


def notifications(kit: Any, clock: Clock) -> None:
    """As many wake-ups are had as were given, by whoever did not give up."""
    condition = kit.Condition(kit.Lock())
    given = taken = over = 0

    def wait() -> None:
        nonlocal taken
        with condition:
            while not over:
                if condition.wait(random.choice([None, SHORT])):
                    taken += 1

    def notify() -> None:
        nonlocal given
        while clock.ticks():
            with condition:
                n = random.randint(1, 3)
                given += min(n, len(condition._waiters))
                condition.notify(n)

    waiting = [Task(wait) for _ in range(4)]
    together(*[notify] * 2)
    with condition:
        over = 1
        given += len(condition._waiters)
        condition.notify_all()
    for task in waiting:
        task.result()
    assert taken == given, f"{taken} of {given}"


def meetings(kit: Any, clock: Clock) -> None:
    """Nobody is ever a meeting ahead of the others."""
    barrier = kit.Barrier(4)
    met = [0, 0, 0, 0]

    def meet(me: int) -> None:
        going = True
        while going:
            met[me] += 1
            barrier.wait(LIMIT)
            assert min(met) == max(met) == met[me]
            if me == 0:
                flag[0] = clock.ticks()
            barrier.wait(LIMIT)
            going = flag[0]

    flag = [True]
    together(*[lambda me=me: meet(me) for me in range(4)])
    _check(barrier)


def turns(kit: Any, clock: Clock) -> None:
    """Two threads that wake each other with events take turns, and both see the other's last."""
    ping, pong, lock = kit.Event(), kit.Event(), kit.RLock()
    count, ball = [0, 0], [True]

    def play(me: int, mine: Any, other: Any) -> None:
        while True:
            assert mine.wait(LIMIT)
            mine.clear()
            with lock, lock:
                count[me] += 1
                if me == 0:
                    ball[0] = clock.ticks()
            other.set()
            if not ball[0]:
                return

    ping.set()
    together(lambda: play(0, ping, pong), lambda: play(1, pong, ping))
    assert count[0] - count[1] in (0, 1)
    _check(lock)


def shares(kit: Any, clock: Clock) -> None:
    """Four threads that take from one iterator get each number once, each its own in order."""
    numbers = kit.serialize_iterator(count())
    taken: list[list[int]] = [[] for _ in range(4)]

    def take(mine: list[int]) -> None:
        while clock.ticks():
            mine.append(next(numbers))

    together(*[lambda mine=mine: take(mine) for mine in taken])
    assert all(mine == sorted(mine) for mine in taken)
    assert sorted(n for mine in taken for n in mine) == list(range(sum(map(len, taken))))


def copies(kit: Any, clock: Clock) -> None:
    """Four threads that take from a tee each get every number, in order."""
    tees = kit.concurrent_tee(count(), 4)

    def take(tee: Any) -> None:
        expected = 0
        while clock.ticks():
            assert next(tee) == expected
            expected += 1
        _check(tee)

    together(*[lambda tee=tee: take(tee) for tee in tees])


def _check(primitive: Any) -> None:
    getattr(primitive, "_check", int)()


GAMES: dict[str, Callable[[Any, Clock], None]] = {
    "permits": permits,
    "Queue(4)": items("Queue", 4),
    "Queue": items("Queue", 0),
    "LifoQueue(4)": items("LifoQueue", 4),
    "PriorityQueue(4)": items("PriorityQueue", 4),
    "SimpleQueue": items("SimpleQueue", 0),
    "notifications": notifications,
    "meetings": meetings,
    "turns": turns,
    "shares of serialize_iterator": shares,
    "copies of concurrent_tee": copies,
}


def soak(kit: Any, name: str, seconds: float) -> int:
    """Play one game so long; return how many operations it was."""
    clock, old = Clock(seconds), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with allowed(seconds + LIMIT):
            GAMES[name](kit, clock)
    finally:
        sys.setswitchinterval(old)
    return clock.done


def main() -> None:
    """Play all the games."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak")
    parser.add_argument("names", nargs="*", metavar="NAME", default=["syncprims"])
    parser.add_argument("--seconds", type=float, default=20.0, help="for all games together (20)")
    options = parser.parse_args()
    for name in options.names:
        for game in GAMES:
            done = soak(Names(name), game, options.seconds / len(GAMES))
            print(f"{report.python_name():8} {name:12} {game:20} {done:9,} operations, 0 errors")


if __name__ == "__main__":
    main()
