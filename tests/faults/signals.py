"""``python -m tests.faults.signals``: real signals, at random instants, into hot loops.

A timer sends SIGALRM to a thread that does one thing over and over; the handler raises. After each
hit it is looked whether a lock is left held, or a permit or an item is gone. Each loop runs in a
process of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from syncprims.conformance import report
from syncprims.conformance.adapter import NotApplicable

from .inject import Struck
from .worker import Names

SHORTEST, LONGEST = 20e-6, 400e-6  # seconds between two signals
HANGS = 120.0  # seconds: a loop that takes longer
LATE = 0.03  # seconds: what takes so long to look at sleeps on a lock left held


class Loop(NamedTuple):
    """What is done over and over, and whether it is whole."""

    make: Callable[[Any], Any]
    turn: Callable[[Any], object]
    is_whole: Callable[[Any], object]


def enter(primitive: Any) -> None:
    """Do nothing, inside."""
    with primitive:
        pass


def is_free(lock: Any) -> bool:
    """Whether the lock can be taken. The thread that left an RLock held would take it again."""
    if getattr(lock, "_is_owned", lambda: False)():
        return False
    taken = bool(lock.acquire(False))
    if taken:
        lock.release()
    return taken


def event_works(event: Any) -> bool:
    """Whether nobody holds the event's lock."""
    condition = event._cond
    return is_free(condition)


def all_there(queue: Any) -> bool:
    """Whether the items are those counted, less those got; and the mutex is free."""
    return is_free(queue.mutex) and queue.qsize() <= queue.unfinished_tasks


def give_and_take(queue: Any) -> None:
    """Put an item and get it."""
    queue.put(1)
    queue.get()


class Taken:
    """An iterator over numbers, and what has been taken from it."""

    def __init__(self, iterator: Any) -> None:
        self.iterator = iterator
        self.last = -1
        self.lost = False


def shared_numbers(kit: Any) -> Taken:
    return Taken(kit.serialize_iterator(count()))


def teed_numbers(kit: Any) -> Taken:
    return Taken(kit.concurrent_tee(count(), 1)[0])


def take(taken: Taken) -> None:
    """Take some, by the ``for`` loop that loses none over a bare iterator."""
    for number in taken.iterator:
        taken.lost |= number != taken.last + 1
        taken.last = number


def all_given(taken: Taken) -> bool:
    """Whether none was lost since the last look."""
    lost, taken.lost = taken.lost, False
    return not lost


LOOPS = {
    "with Condition(Lock())": Loop(lambda kit: kit.Condition(kit.Lock()), enter, is_free),
    "with Condition()": Loop(lambda kit: kit.Condition(), enter, is_free),
    "with RLock()": Loop(lambda kit: kit.RLock(), enter, is_free),
    "with Semaphore()": Loop(lambda kit: kit.Semaphore(), enter, is_free),
    "Event set, clear": Loop(
        lambda kit: kit.Event(), lambda event: (event.set(), event.clear()), event_works
    ),
    "Queue put, get": Loop(lambda kit: kit.Queue(), give_and_take, all_there),
    "serialize_iterator next": Loop(shared_numbers, take, all_given),
    "concurrent_tee next": Loop(teed_numbers, take, all_given),
    "SimpleQueue put, get": Loop(lambda kit: kit.SimpleQueue(), give_and_take, lambda queue: True),
}


def run(implementation: str, name: str, hits: int) -> int:
    """Hit one loop so often; return how many hits broke the primitive."""
    kit, loop = Names(implementation), LOOPS[name]
    broken = 0

    def handle(signum: int, frame: object) -> None:
        raise Struck

    signal.signal(signal.SIGALRM, handle)
    primitive = loop.make(kit)
    for _ in range(hits):
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(SHORTEST, LONGEST))
            while True:
                loop.turn(primitive)
        except Struck:
            pass
        if not _in_time(lambda: loop.is_whole(primitive)):  # noqa: B023
            broken += 1
            primitive = loop.make(kit)
    return broken


def _in_time(look: Callable[[], object]) -> bool:
    """Return whether it is true, and does not sleep on a lock left held."""
    try:
        signal.setitimer(signal.ITIMER_REAL, LATE)
        true = bool(look())
        signal.setitimer(signal.ITIMER_REAL, 0)
    except Struck:
        return False
    return true


def main() -> int:
    """Run the loops that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.signals", description=__doc__)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="syncprims, stdlib (default: both)")
    add("--hits", type=int, default=2000, metavar="N", help="signals into each loop (2000)")
    add("--json", metavar="FILE", help="keep the result in FILE")
    options = parser.parse_args()
    names = options.names or ["syncprims", "stdlib"]
    print(f"{report.python_name()}, {options.hits} signals each:", *names)
    found: dict[str, dict[str, int | str]] = {name: {} for name in names}
    for loop in LOOPS:
        for name in names:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                hitting = pool.apply_async(run, (name, loop, options.hits))
                try:
                    found[name][loop] = hitting.get(HANGS)
                except multiprocessing.TimeoutError:
                    found[name][loop] = "hangs"
                except NotApplicable:
                    found[name][loop] = "n/a"
        print(f"{loop:26}", *(f"{found[name][loop]:>6}" for name in names), flush=True)
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
