"""The OS threads that tasks run on.

Each task runs on a *worker*, an OS thread that sleeps on a lock of its own, its baton, until it is
its turn. Workers are used again in the next execution.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from syncprims.explore.tasks import tasks_here
from syncprims.lock import Lock, get_ident


class Worker:
    """An OS thread that runs one task after another."""

    def __init__(self) -> None:
        self.baton: Lock = Lock()
        self.baton.acquire()
        self.job: Callable[[], object] | None = None
        # Not Thread.start, which starts a task during an exploration.
        name = "syncprims explorer"
        self.thread: threading.Thread = threading.Thread(target=self._work, daemon=True, name=name)

    def _work(self) -> None:
        while True:
            self.baton.acquire()
            job, self.job = self.job, None
            if job is None:
                return
            job()
            del job


class Pool:
    """The OS threads of one exploration; the first is the one that runs the scenario."""

    def __init__(self, start: Callable[[threading.Thread], None]) -> None:
        self.start: Callable[[threading.Thread], None] = start
        self.workers: list[Worker] = [Worker()]  # that one's thread is the search's

    def worker(self, index: int) -> Worker:
        """Return the one that a task runs on, made if there is none yet."""
        task = tasks_here.pop(get_ident(), None)  # what a thread needs to start is not part of it
        while index >= len(self.workers):
            self.workers.append(Worker())
            self.start(self.workers[-1].thread)
        if task is not None:
            tasks_here[get_ident()] = task
        return self.workers[index]

    def baton(self, index: int) -> Lock:
        return self.workers[index].baton

    def close(self) -> None:
        """Let the OS threads end. They all must be asleep between two executions."""
        for worker in self.workers[1:]:
            worker.baton.release()
            worker.thread.join()
