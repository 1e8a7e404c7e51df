"""How a ratio is measured: the implementations by turns, the median of the rounds.

One process, A B A B: what disturbs the machine disturbs both. One thread alone is timed in its
own CPU time, which other processes do not enter; threads together in wall-clock time. The floor is
what one acquire and release of a bare lock costs in the same run: no primitive can cost less.
"""

from __future__ import annotations

import queue
import statistics
import threading
import time
import timeit
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from tests.bench.many_threads import Scenario
from tests.bench.one_thread import Row

SLICE = 0.002  # seconds: how long one timing of a statement should take

PURE = SimpleNamespace(
    RLock=threading._PyRLock,
    Condition=lambda: threading.Condition(threading._PyRLock()),
    SimpleQueue=queue._PySimpleQueue,
)
"""CPython's own primitives in Python, where it has them in C as well."""


@dataclass
class Ratio:
    """One implementation against the reference."""

    median: float
    least: float
    most: float
    seconds: float  # what the implementation takes, the median


def floor() -> float:
    """Return the seconds that one acquire and release of a bare lock takes."""
    lock = {"lock": threading.Lock()}
    timer = timeit.Timer("lock.acquire(); lock.release()", "pass", time.thread_time, lock)
    return min(timer.repeat(20, 20000)) / 20000


def statement(row: Row, kits: list[Any], rounds: int) -> list[Ratio]:
    """Time a statement in each implementation; compare each with the last."""
    timers = [
        timeit.Timer(row.statement, row.setup or "pass", time.thread_time, {"kit": kit})
        for kit in kits
    ]
    n = 1
    while timers[-1].timeit(n) < SLICE:
        n *= 2
    return _ratios([[timer.timeit(n) / n for timer in timers] for _ in range(rounds)])


def scenario(row: Scenario, kits: list[Any], rounds: int) -> list[Ratio]:
    """Time threads in each implementation; compare each with the last."""

    def timed(kit: Any) -> float:
        with row.start(kit) as work:
            begin = time.perf_counter()
            work(row.n)
            return (time.perf_counter() - begin) / row.n

    return _ratios([[timed(kit) for kit in kits] for _ in range(rounds)])


def memory(row: Row, kits: list[Any], rounds: int) -> list[Ratio]:
    """Count the bytes of a thousand objects in each implementation, in place of seconds."""

    import tracemalloc  # PyPy has none

    def counted(kit: Any) -> float:
        make = eval(f"lambda: {row.statement}", {"kit": kit})
        make()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        kept = [make() for _ in range(1000)]
        used = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        return used / len(kept)

    return _ratios([[counted(kit) for kit in kits] for _ in range(min(rounds, 3))])


def _ratios(rounds: list[list[float]]) -> list[Ratio]:
    found = []
    for each in list(zip(*rounds, strict=True))[:-1]:
        ratios = [mine / last[-1] for mine, last in zip(each, rounds, strict=True)]
        found.append(
            Ratio(statistics.median(ratios), min(ratios), max(ratios), statistics.median(each))
        )
    return found
