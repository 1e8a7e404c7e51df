"""What several threads do together, in wall-clock time.

A scenario is a generator: it sets up, yields a function that does the work `n` times, and cleans
up. Each is given the implementation as ``kit``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.bench.limits import Limits, everywhere


class Scenario(NamedTuple):
    """Threads to time."""

    name: str
    start: Callable[[Any], Any]  # the implementation -> a context manager that yields the work
    n: int  # how often the work is done in a round
    limits: Limits | None


SCENARIOS: list[Scenario] = []

PIPE = Limits(0.95, 0.95, 1.0)


def scenario(name: str, n: int, limits: Limits | None = None) -> Callable[[Any], Any]:
    """Register a generator function as a scenario."""

    def register(function: Any) -> Any:
        SCENARIOS.append(Scenario(name, contextmanager(function), n, limits))
        return function

    return register


def together(*functions: Callable[[], object]) -> None:
    """Run each function in a thread of its own; return when all are done."""
    threads = [threading.Thread(target=function, daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


Work = Iterator[Callable[[int], object]]


@scenario("ping-pong over two Events", 400, everywhere(1.0))
def _events(kit: Any) -> Work:
    ping, pong = kit.Event(), kit.Event()

    def play(n: int, mine: Any, yours: Any) -> None:
        for _ in range(n):
            mine.wait()
            mine.clear()
            yours.set()

    def work(n: int) -> None:
        ping.set()
        together(lambda: play(n, ping, pong), lambda: play(n, pong, ping))
        ping.clear()

    yield work


@scenario("ping-pong over a Condition", 400)
def _condition(kit: Any) -> Work:
    condition = kit.Condition(kit.Lock())
    turn = 0

    def play(n: int, mine: int) -> None:
        nonlocal turn
        for _ in range(n):
            with condition:
                while turn != mine:
                    condition.wait()
                turn = 1 - mine
                condition.notify()

    yield lambda n: together(lambda: play(n, 0), lambda: play(n, 1))


@scenario("ping-pong over two Semaphores", 400, everywhere(1.0))
def _semaphores(kit: Any) -> Work:
    ping, pong = kit.Semaphore(1), kit.Semaphore(0)

    def play(n: int, mine: Any, yours: Any) -> None:
        for _ in range(n):
            mine.acquire()
            yours.release()

    yield lambda n: together(lambda: play(n, ping, pong), lambda: play(n, pong, ping))


@scenario("ping-pong over two Queues(1)", 400, everywhere(1.0))
def _queues(kit: Any) -> Work:
    there, back = kit.Queue(1), kit.Queue(1)

    def serve(n: int) -> None:
        for _ in range(n):
            there.put(1)
            back.get()

    def answer(n: int) -> None:
        for _ in range(n):
            there.get()
            back.put(1)

    yield lambda n: together(lambda: serve(n), lambda: answer(n))


def _pipe(maxsize: int, ends: int) -> Callable[[Any], Work]:
    def pipe(kit: Any) -> Work:
        queue = kit.Queue(maxsize)

        def put(n: int) -> None:
            for i in range(n):
                queue.put(i)

        def get(n: int) -> None:
            for _ in range(n):
                queue.get()

        yield lambda n: together(*[lambda: put(n), lambda: get(n)] * ends)

    return pipe


scenario("pipe over Queue(1)", 400)(_pipe(1, 1))
scenario("pipe over Queue(100)", 4000, PIPE)(_pipe(100, 1))
scenario("pipe over Queue()", 4000, PIPE)(_pipe(0, 1))
scenario("4 putters, 4 getters, Queue(16)", 300, PIPE)(_pipe(16, 4))


@scenario("Semaphore(2) with 8 threads", 400, PIPE)
def _crowd(kit: Any) -> Work:
    semaphore = kit.Semaphore(2)

    def enter(n: int) -> None:
        for _ in range(n):
            with semaphore:
                pass

    yield lambda n: together(*[lambda: enter(n)] * 8)


@scenario("Barrier(8)", 60, Limits(0.75, 0.75, 1.0))
def _meet(kit: Any) -> Work:
    barrier = kit.Barrier(8)

    def meet(n: int) -> None:
        for _ in range(n):
            barrier.wait()

    yield lambda n: together(*[lambda: meet(n)] * 8)


@scenario("notify_all with 64 waiters", 5)
def _crier(kit: Any) -> Work:
    condition = kit.Condition(kit.Lock())
    arrived, called = 0, 0

    def listen(n: int) -> None:
        nonlocal arrived
        for heard in range(n):
            with condition:
                arrived += 1
                while called <= heard:
                    condition.wait()

    def cry(n: int) -> None:
        nonlocal arrived, called
        for _ in range(n):
            while arrived < 64:
                time.sleep(0.0001)
            with condition:
                arrived = 0
                called += 1
                condition.notify_all()

    def work(n: int) -> None:
        nonlocal arrived, called
        called = arrived = 0
        together(*[lambda: listen(n)] * 64, lambda: cry(n))

    yield work


def _in_a_crowd(waiters: int) -> Callable[[Any], Work]:
    def expired_wait(kit: Any) -> Work:
        condition = kit.Condition(kit.Lock())
        left = False

        def wait() -> None:
            with condition:
                condition.wait_for(lambda: left)

        old = threading.stack_size(256 * 1024)
        threads = [threading.Thread(target=wait, daemon=True) for _ in range(waiters)]
        for thread in threads:
            thread.start()
        threading.stack_size(old)
        while len(condition._waiters) < waiters:
            time.sleep(0.001)

        def work(n: int) -> None:
            with condition:
                for _ in range(n):
                    condition.wait(0)

        yield work
        with condition:
            left = True
            condition.notify_all()
        for thread in threads:
            thread.join()

    return expired_wait


for _waiters in (10, 100, 1000, 5000):
    scenario(f"wait(0) behind {_waiters} waiters", 200)(_in_a_crowd(_waiters))


@scenario("a wait of 1 ms, its overshoot included", 20)
def _overshoot(kit: Any) -> Work:
    event = kit.Event()

    def work(n: int) -> None:
        for _ in range(n):
            event.wait(0.001)

    yield work
