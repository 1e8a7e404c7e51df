"""What the tests are written with: requirements, threads that report back, and seeing them sleep.

A test's threads are started with ``crew.start`` and asked for their ``result()``, which raises what
the thread raised. ``crew.asleep(obj, n)`` waits until `n` threads are queued in a primitive, by
looking, never by giving them time: into the queue, where the implementation shows it the way the
stdlib does, else at whether their stacks stand still. Each test runs in a thread of its own, and if
it does not end in time it is failed with the stacks of all threads.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import pytest

from syncprims.conformance import delays

F = TypeVar("F", bound=Callable[..., object])


def requirement(
    identifier: str,
    *,
    since: tuple[int, int] = (3, 0),
    detail: bool = False,
    beyond: str = "",
    main_thread: bool = False,
) -> Callable[[F], F]:
    """Mark a test as the requirement `identifier`, whose sentence is the test's docstring.

    `since` is the first Python whose stdlib is bound by it. `detail` says that it is no part of the
    contract but of the stdlib's implementation that programs have come to know. `beyond` says that
    it asks for more than the stdlib does, and what the stdlib does instead. `main_thread` runs the
    test in the main thread, where signals arrive.
    """
    return pytest.mark.requirement(
        identifier, since=since, detail=detail, beyond=beyond, main_thread=main_thread
    )


class Wedged(Exception):
    """Something that must happen did not; carries the stacks of all threads."""

    seen: int = 0  # how many there were in this run that nothing excused

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}\n{stacks()}")
        Wedged.seen += not _excused


def stacks() -> str:
    """Return the stacks of all threads, innermost call last."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = []
    for ident, frame in sys._current_frames().items():
        parts.append(f"--- {names.get(ident, ident)}\n{''.join(traceback.format_stack(frame))}")
    return "\n".join(parts)


class Task:
    """A thread of a test, and what came of it."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self._outcome: tuple[bool, Any] | None = None
        self._thread = threading.Thread(target=self._run, args=(function, args), daemon=True)
        self._thread.start()

    def _run(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            self._outcome = (True, function(*args))
        except BaseException as error:
            self._outcome = (False, error)

    @property
    def done(self) -> bool:
        """Whether the thread has ended."""
        return not self._thread.is_alive()

    def result(self, within: float = delays.LIMIT) -> Any:
        """Return what the function returned, or raise what it raised; Wedged if it does not end."""
        within = _patience(within)
        self._thread.join(within)
        if self._outcome is None:
            raise Wedged(f"a thread is still not done after {within} seconds")
        fine, value = self._outcome
        if not fine:
            raise value
        return value

    @property
    def ident(self) -> int:
        """The thread's identity."""
        return self._thread.ident or 0


def position(ident: int) -> object:
    """Return where a thread's innermost Python frame stands; None once it has ended."""
    frame = sys._current_frames().get(ident)
    return frame and (id(frame), frame.f_lasti)


def _starts_a_task(ident: int) -> bool:
    """Whether a thread sleeps only until another has begun."""
    frame = sys._current_frames().get(ident)
    while frame and frame.f_code is not Task.__init__.__code__:
        frame = frame.f_back
    return frame is not None


def until(true: Callable[[], object], within: float = delays.LIMIT) -> None:
    """Look again and again until ``true()``; Wedged if it does not become so."""
    within = _patience(within)
    end = time.monotonic() + within
    while not true():
        if time.monotonic() > end:
            raise Wedged(f"still not so after {within} seconds")
        time.sleep(0.0005)


class Crew:
    """The threads of one test: the one that makes the crew's first task, and the tasks."""

    def __init__(self) -> None:
        self._idents: set[int] = set()

    def start(self, function: Callable[..., Any], *args: Any) -> Task:
        """Run ``function(*args)`` in a thread of its own."""
        task = Task(function, *args)
        self._idents |= {threading.get_ident(), task.ident}
        return task

    def asleep(self, primitive: Any, n: int = 1) -> None:
        """Return when `n` threads are queued in `primitive`, as far as can be seen from outside."""
        if sleepers(primitive) is None:
            until(lambda: self._standing_still(n))
        else:
            until(lambda: sleepers(primitive) == n)

    def _standing_still(self, n: int) -> bool:
        """Whether `n` others have not moved for a while: all that can be known of a stranger."""

        def positions() -> list[object]:
            return [position(ident) for ident in self._idents - {threading.get_ident()}]

        return _still(positions) and sum(each is not None for each in positions()) >= n


def _still(look: Callable[[], object]) -> bool:
    """Whether what is looked at does not change for a while."""
    before = look()
    for _ in range(10):
        time.sleep(0.002)
        if look() != before:
            return False
    return True


def sleepers(primitive: Any) -> int | None:
    """Return how many threads wait in `primitive`, if it keeps them where the stdlib's does."""
    if hasattr(primitive, "n_waiting"):
        return int(primitive.n_waiting)
    for owner in (primitive, getattr(primitive, "_cond", None)):
        waiters = getattr(owner, "_waiters", None)
        if waiters is not None:
            return len(waiters)
    names = ("not_empty", "not_full", "all_tasks_done")
    queues = [getattr(getattr(primitive, name, None), "_waiters", None) for name in names]
    if None in queues:
        return None
    return sum(len(queue) for queue in queues if queue is not None)


class Interrupted(Exception):
    """What a test's signal handler raises."""


needs_signals: pytest.MarkDecorator = pytest.mark.skipif(
    not hasattr(signal, "pthread_kill"), reason="this platform cannot signal a thread"
)


def _raise_interrupted() -> None:
    raise Interrupted


@contextmanager
def interruptible(
    handler: Callable[[], object] = _raise_interrupted,
) -> Iterator[Callable[[], None]]:
    """Yield a function that has the calling thread, the main one, run `handler` while it sleeps.

    The function is for another thread. It returns when the handler, by default one that raises
    Interrupted, has been entered.
    """
    main = threading.get_ident()
    sending = threading.Lock()
    due = False

    def handle(signum: int, frame: object) -> None:
        nonlocal due
        if due:
            due = False
            handler()

    def send() -> bool:
        with sending:
            if due:
                signal.pthread_kill(main, signal.SIGUSR1)
        return not due

    def interrupt() -> None:
        nonlocal due
        until(lambda: not _starts_a_task(main) and _still(lambda: position(main)))
        due = True
        # Again and again: a signal that comes just before the thread falls asleep wakes nobody.
        until(send)

    old = signal.signal(signal.SIGUSR1, handle)
    try:
        yield interrupt
    finally:
        due = False
        with sending:
            time.sleep(0)  # a signal on its way arrives, at the latest, when this call returns
        signal.signal(signal.SIGUSR1, old)


def interrupted(crew: Crew, interrupt: Callable[[], None], sleep: Callable[[], Any]) -> Any:
    """Return ``sleep()``, interrupted once it has begun; for a sleep that nobody can see."""
    begun = threading.Event()

    def strike() -> None:
        begun.wait()
        interrupt()

    striking = crew.start(strike)
    try:
        begun.set()
        return sleep()
    finally:
        striking.result()


needs_fork: pytest.MarkDecorator = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="this platform cannot fork"
)


def in_child(test: Callable[[], object]) -> None:
    """Fork and run `test` in the child; fail if it raises there or does not end in time."""
    pid = os.fork()
    if pid == 0:
        end_child(test)
    await_child(pid)


def end_child(test: Callable[[], object]) -> None:
    """Run `test` in a child and end the child there."""
    status = 1
    try:
        test()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def await_child(pid: int) -> None:
    """Wait for the end of a child; fail if it has failed or does not end in time."""
    ended, status = 0, 0

    def has_ended() -> bool:
        nonlocal ended, status
        ended, status = os.waitpid(pid, os.WNOHANG)
        return ended == pid

    try:
        until(has_ended)
    finally:
        if not ended:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    assert status == 0, "it failed in the child: the traceback is on stderr"


_excused = False  # written by: run_watched, before the test's threads start


def _patience(within: float) -> float:
    """Return how long to wait: one that is known to fail gets less, any other has LIMIT."""
    if _excused:
        return min(within, 20 * delays.GRACE)
    # A run that has failed already need not take an hour to say how often.
    return within if within < delays.GRACE else max(within, delays.LIMIT) / 2 ** min(Wedged.seen, 4)


def run_watched(test: Callable[[], object], *, main_thread: bool, excused: bool) -> None:
    """Run a test; raise Wedged if it does not end in time, sooner if a failure is `excused`."""
    global _excused
    _excused = excused
    if not main_thread:
        Task(test).result(2 * delays.LIMIT)
        return
    within = _patience(2 * delays.LIMIT)

    def wedged(signum: int, frame: object) -> None:
        raise Wedged(f"the test is still not done after {within} seconds")

    old = signal.signal(signal.SIGALRM, wedged)
    signal.setitimer(signal.ITIMER_REAL, within)
    try:
        with _stoppable():
            test()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Have Ctrl-C stop the run even where a test's own exception takes its place."""
    stopped = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        if callable(old):
            old(signum, frame)

    old = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)
        if stopped:
            raise KeyboardInterrupt
