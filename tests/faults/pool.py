"""Strikes every operation at every point, in processes of their own, so that a hang is a count."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .operations import OPERATIONS
from .worker import ASLEEP, NOWHERE

# Seconds: a worker that has not answered by then hangs. Deadlocks are many where handlers re-enter.
LIMIT = {"raise": 10.0, "reenter": 0.7}


@dataclass
class Result:
    """What came of one operation."""

    name: str
    tried: int = 0
    hung: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)  # where it was struck, what broke


class Worker:
    """A process that strikes; a new one takes its place when it hangs."""

    def __init__(self, implementation: str, limit: float | None = None) -> None:
        self._implementation = implementation
        self._limit = limit
        self._process: subprocess.Popen[str] | None = None

    def ask(self, *question: Any) -> dict[str, Any] | None:
        """Return the answer; None if there is none in time."""
        if self._process is None:
            command = [sys.executable, "-m", "tests.faults.worker", self._implementation]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert self._process.stdout
            self._process.stdout.readline()  # it is ready
        assert self._process.stdin
        assert self._process.stdout
        killed = threading.Event()
        timer = threading.Timer(self._limit or LIMIT[question[-1]], self._kill, [killed])
        timer.start()
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        timer.cancel()
        timer.join()
        if killed.is_set() or not line:  # killed perhaps just after it had answered
            self.close()
        return json.loads(line) if line else None

    def _kill(self, killed: threading.Event) -> None:
        killed.set()
        assert self._process
        self._process.kill()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def strike_all(
    implementation: str,
    names: Iterable[str],
    how: str = "raise",
    workers: int = os.cpu_count() or 1,
    *,
    twice: bool = False,
    limit: float | None = None,
) -> Iterator[Result]:
    """Yield what came of each operation, as they end."""
    idle: queue.Queue[Worker] = queue.Queue()
    for _ in range(workers):
        idle.put(Worker(implementation, limit))

    def run(name: str) -> Result:
        worker = idle.get()
        try:
            return _strike_twice(name, worker.ask) if twice else _strike(name, how, worker.ask)
        finally:
            idle.put(worker)

    with ThreadPoolExecutor(workers) as executor:
        yield from executor.map(run, names)
    while not idle.empty():
        idle.get().close()


def _strike(name: str, how: str, ask: Callable[..., dict[str, Any] | None]) -> Result:
    result = Result(name)
    unstruck = ask(name, NOWHERE, how)
    if unstruck is None or unstruck["broken"]:
        raise RuntimeError(f"{name} fails though nothing strikes: {unstruck}")
    if OPERATIONS[name].waker is not None:
        _count(result, ask(name, ASLEEP, how))
    for at in range(unstruck["passed"]):
        answer = ask(name, at, how)
        if answer is None or answer["passed"] > at:  # not a shorter way, this once
            _count(result, answer)
    return result


def _strike_twice(name: str, ask: Callable[..., dict[str, Any] | None]) -> Result:
    """Strike at each point, and once more at each point of what the first one set going."""
    result = Result(name)
    unstruck = ask(name, NOWHERE, "raise")
    first = [*range(unstruck["passed"] if unstruck else 0)]
    for at in [ASLEEP, *first] if OPERATIONS[name].waker is not None else first:
        once = ask(name, [at, NOWHERE], "raise")
        for again in range(once["times"][0], once["passed"]) if once and once["times"] else ():
            answer = ask(name, [at, again], "raise")
            if answer is None or len(answer["times"]) == 2:
                _count(result, answer)
    return result


def _count(result: Result, answer: dict[str, Any] | None) -> None:
    result.tried += 1
    if answer is None:
        result.hung += 1
        result.broken.append(("?", "it hangs"))
    elif answer["broken"]:
        result.broken.append((answer["where"], answer["broken"]))
