"""What the tests of the four queues share: items, ways to empty a queue, and traffic through it."""

from __future__ import annotations

import gc
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

from syncprims.conformance.crew import until
from syncprims.conformance.delays import LIMIT
from syncprims.conformance.requirement import Named, cases
from syncprims.conformance.timing import switching_often

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncprims.conformance.crew import Crew, Task
    from syncprims.conformance.requirement import F

# A time-out that no test lives to see: one that looks again as it expires is as bad as none.
AGES = 10 * LIMIT


# What a queue that asks an item for its truth would lose. No two are equal, but False and 0.
FALSE: list[object] = [None, False, "", (), 0.0]

COUNTS_REFERENCES = (
    sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()
)


def any_queue(test: F) -> F:
    """Run a test once for each of the three classes that behave as Queue does."""
    three = [Named("Queue"), Named("LifoQueue"), Named("PriorityQueue")]
    return cases("AnyQueue", three)(test)


class Hostile:
    """An item that must be carried without being looked at: every question about it raises."""


def _refuse(self: Hostile, *args: object) -> Any:
    raise AssertionError("the queue has looked at the item")


for _question in ("eq", "ne", "lt", "bool", "len", "hash", "iter"):
    setattr(Hostile, f"__{_question}__", _refuse)


class Item:
    """An item that can be weakly referred to, and is ordered by its value."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def __lt__(self, other: Item) -> bool:
        return self.value < other.value


def drain(queue: Any) -> list[Any]:
    """Take out all the items; return them in the order in which they come."""
    return [queue.get_nowait() for _ in range(queue.qsize())]


def unfinished(queue: Any) -> int:
    """Return how many tasks are unfinished, by finishing them all."""
    for done in range(10_000):
        try:
            queue.task_done()
        except ValueError:
            return done
    raise AssertionError("task_done is never refused")


def used_up(queue: Any) -> tuple[list[Any], int]:
    """Use a queue up: return its items, and how many tasks were unfinished."""
    return drain(queue), unfinished(queue)


def in_line(crew: Crew, queue: Any, calls: list[Callable[[], Any]]) -> list[Task]:
    """Start a thread for each call, which falls asleep before the next is started."""
    tasks = []
    for call in calls:
        tasks.append(crew.start(call))
        crew.asleep(queue, len(tasks))
    return tasks


def ended(tasks: list[Task], n: int) -> list[int]:
    """Wait until `n` threads have ended; return the places of those that have."""
    until(lambda: sum(task.done for task in tasks) >= n)
    return [place for place, task in enumerate(tasks) if task.done]


def forgotten(ref: Callable[[], object]) -> bool:
    """Whether what a weak reference refers to is gone; where that takes a collection, after one."""
    if not COUNTS_REFERENCES:
        gc.collect()
    return ref() is None


THREADS = 3  # producers, and as many consumers
EACH = 60  # items that pass through each of them


def traffic(
    crew: Crew,
    put: Callable[[tuple[int, int]], object],
    get: Callable[[], Any],
    after: Callable[[], object] = lambda: None,
) -> list[list[tuple[int, int]]]:
    """Send all of ``CARGO`` from producers to consumers; return what each consumer got.

    Each item is ``(n, producer)``, where a producer counts n up. `after` is called after each get.
    """

    def produce(producer: int) -> None:
        for n in range(EACH):
            put((n, producer))

    def consume() -> list[tuple[int, int]]:
        got = []
        for _ in range(EACH):
            got.append(get())
            after()
        return got

    with switching_often():
        consumers = [crew.start(consume) for _ in range(THREADS)]
        producers = [crew.start(produce, producer) for producer in range(THREADS)]
        for task in producers:
            task.result()
        return [task.result() for task in consumers]


CARGO = [(n, producer) for n in range(EACH) for producer in range(THREADS)]


def persistently(call: Callable[..., Any], refusal: type[Exception]) -> Callable[..., Any]:
    """Return what makes the call, each time with next to no patience, until it is not refused."""

    def insist(*args: Any) -> Any:
        while True:
            try:
                return call(*args, timeout=0.0002)
            except refusal:
                pass

    return insist


def delivered(got: list[list[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Return all that was got, sorted as ``CARGO`` is."""
    return sorted(chain.from_iterable(got))


def in_order(got: list[list[tuple[int, int]]]) -> bool:
    """Whether each consumer got each producer's items in the order in which they were put."""
    for items in got:
        for producer in range(THREADS):
            numbers = [n for n, origin in items if origin == producer]
            if numbers != sorted(numbers):
                return False
    return True
