"""What the requirements know of time: time-outs that last and end, and clocks that stand still.

A machine under load makes every time-out late, so how late one may be is measured beside a bare
lock's. The clock is bound before any implementation is imported: one that patches the world does
not patch its judge.
"""

from __future__ import annotations

import sys
import time
from _thread import allocate_lock
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from syncprims.conformance.delays import EARLY, LATE

TRIES = 3  # so often late, it is not the machine

_clock = time.monotonic


@contextmanager
def lasting(timeout: float) -> Iterator[None]:
    """A with block that must not end before `timeout` has passed."""
    began = _clock()
    yield
    took = _clock() - began
    assert took >= timeout - EARLY, f"a time-out of {timeout:.2f} s ended after {took:.3f} s"


def ends_in_time(expire: Callable[[], object], timeout: float) -> None:
    """Check that ``expire()``, a wait that times out, ends about when a bare lock's wait does."""
    lock = allocate_lock()
    lock.acquire()
    late = 0.0
    for _ in range(TRIES):
        bare = _seconds(lambda: lock.acquire(True, timeout))
        late = _seconds(expire) - bare
        if late <= LATE:
            return
    raise AssertionError(
        f"a time-out of {timeout:.2f} s came {late:.2f} s later than a bare lock's"
    )


def _seconds(call: Callable[[], object]) -> float:
    began = _clock()
    call()
    return _clock() - began


@contextmanager
def frozen_clock() -> Iterator[None]:
    """Replace time.monotonic in every module that has it, as tools that freeze the time do."""
    real, moment = time.monotonic, time.monotonic()
    places = [
        (vars(module), name)
        for module in list(sys.modules.values())
        if isinstance(module, type(sys)) and getattr(module, "__package__", "") != __package__
        for name, value in list(vars(module).items())
        if value is real
    ]

    def frozen() -> float:
        return moment

    try:
        for names, name in places:
            names[name] = frozen
        yield
    finally:
        for names, name in places:
            names[name] = real


@contextmanager
def switching_often() -> Iterator[None]:
    """Let threads take turns as often as the interpreter can."""
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(old)
