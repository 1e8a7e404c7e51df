"""What strikes a requirement from outside: a signal to the main thread, and a fork.

``interruptible`` gives a function with which another thread has the main thread run a handler while
it sleeps. Between such blocks SIGUSR1 has a handler that does nothing: a signal that comes late
kills nobody. ``in_child`` runs a function in a forked child and tells what became of it.
"""

from __future__ import annotations

import os
import signal
import warnings
from _thread import allocate_lock, get_ident
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from syncprims.conformance.crew import Crew, Task, Wedged, frame_of, still, until
from syncprims.conformance.requirement import needs

needs_signals: Callable[[Any], Any] = needs(
    hasattr(signal, "pthread_kill"), "this platform cannot signal a thread"
)
needs_fork: Callable[[Any], Any] = needs(hasattr(os, "fork"), "this platform cannot fork")


_WEDGED = 2  # the exit status of a forked child in which the time has run out


class Interrupted(Exception):
    """What a requirement's signal handler raises."""


def _raise_interrupted() -> None:
    raise Interrupted


def ignore_late_signals() -> None:
    """Have a SIGUSR1 that nobody waits for do nothing."""
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, lambda signum, frame: None)


@contextmanager
def interruptible(
    handler: Callable[[], object] = _raise_interrupted,
) -> Iterator[Callable[[], None]]:
    """Yield a function that has the calling thread, the main one, run `handler` while it sleeps.

    The function is for another thread. It returns when the handler, by default one that raises
    Interrupted, has been entered, or when the block has been left.
    """
    main = get_ident()
    sending = allocate_lock()
    due = over = False

    def handle(signum: int, frame: object) -> None:
        nonlocal due
        if due:
            due = False
            handler()

    def send() -> bool:
        with sending:
            if due and not over:
                signal.pthread_kill(main, signal.SIGUSR1)
        return over or not due

    def interrupt() -> None:
        nonlocal due
        until(lambda: over or (not _asks_a_task(main) and still([main])))
        due = not over
        # Again and again: a signal that comes just before the thread falls asleep wakes nobody.
        until(send)

    signal.signal(signal.SIGUSR1, handle)
    try:
        yield interrupt
    finally:
        due = False
        with sending:
            over = True
            sleep(0)  # a signal on its way arrives, at the latest, when this call returns
        ignore_late_signals()


def _asks_a_task(ident: int) -> bool:
    """Whether a thread sleeps in the suite, not in the implementation; raises if it never would."""
    frame = frame_of(ident)
    if frame is not None and frame.f_code is Task.result.__code__:
        raise AssertionError("what must sleep until it is interrupted did not sleep")
    return frame is not None and frame.f_code is until.__code__


def interrupted(crew: Crew, interrupt: Callable[[], None], sleep: Callable[[], Any]) -> Any:
    """Return ``sleep()``, interrupted once it has begun; for a sleep that nobody can see."""
    begun = allocate_lock()
    begun.acquire()

    def strike() -> None:
        begun.acquire()
        interrupt()

    striking = crew.start(strike)
    try:
        begun.release()
        return sleep()
    finally:
        striking.result()


def fork() -> int:
    """Fork, although there are threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def in_child(test: Callable[[], object]) -> None:
    """Fork and run `test` in the child; fail if it raises there or does not end in time."""
    reading, writing = os.pipe()
    pid = fork()
    if pid == 0:
        end_child(test, writing)
    os.close(writing)
    try:
        status = await_child(pid)
        if status:
            text = f"in the forked child: {os.read(reading, 1000).decode('utf-8', 'replace')}"
            raise Wedged(text) if status == _WEDGED else AssertionError(text)
    finally:
        os.close(reading)


def end_child(test: Callable[[], object], writing: int = 2) -> None:
    """Run `test` in a child and end the child there; say on `writing` why it failed."""
    status = 1
    try:
        test()
        status = 0
    except BaseException as error:
        status = _WEDGED if isinstance(error, Wedged) else 1
        os.write(writing, f"{type(error).__name__}: {error}"[:1000].encode("utf-8", "replace"))
    finally:
        os._exit(status)


def await_child(pid: int) -> int:
    """Wait for the end of a child; return its exit status, 0 if all is well."""
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
    return os.waitstatus_to_exitcode(status)
