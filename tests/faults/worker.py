"""``python -m tests.faults.worker NAME``: strikes the implementation's operations, one at a time.

It reads a line of JSON, an operation's name and the point to strike, or two, and answers with a
line: how many points were passed, which one was struck last, how often, and what was broken. The
point -1 is the sleep itself: a signal comes while the operation is asleep. Whoever asks must be
ready for no answer.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any

from syncprims.conformance import adapter, crew, signals

from .inject import Injection, Injections, Struck, strike
from .operations import MEANWHILE, OPERATIONS, REFUSED, WITHIN, Operation, Run, kind_of, queued

ASLEEP, NOWHERE = -1, 10**9


class Names:
    """An implementation's primitives, as attributes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._get = adapter.load(name).get

    def __getattr__(self, name: str) -> Any:
        return self._get(name)


@crew.allowed(2 * WITHIN)  # what hangs need not hang for long
def attempt(kit: Names, name: str, at: int | list[int], how: str) -> dict[str, Any]:
    """Strike one operation once; ``how`` is "raise", or "reenter" to use the primitive there."""
    operation = OPERATIONS[name]
    primitive = operation.make(kit)
    crowd: list[crew.Task] = []

    def gather(others: Callable[[], int] = int) -> None:
        """Have the crowd fall asleep one by one, beside so many others."""
        for member in operation.crowd:
            crowd.append(crew.Task(member, primitive))
            crew.until(lambda: queued(primitive) == len(crowd) + others())

    act: Callable[[], object] = strike
    if how == "reenter":
        act = partial(_reenter, name, primitive)
    times: list[int] = []

    def acting() -> None:
        times.append(injection.passed)
        act()

    several = isinstance(at, list)
    injection = Injections(at, acting) if several else Injection(at, kit._name, acting)
    if operation.waker is None:
        gather()
    asleep = at == ASLEEP or (several and ASLEEP in at)
    with signals.interruptible(acting) if asleep else nullcontext() as interrupt:
        over = threading.Event()
        woken = crew.Task(_wake, operation, primitive, gather, over, interrupt, how)
        outcome, surprise = _do(operation, primitive, injection)
        over.set()
    answer = {
        "passed": injection.passed,
        "times": times,
        "where": injection.where or "asleep",
        "broken": surprise,
    }
    if how == "raise" and not surprise:
        answer["broken"] = _broken(
            lambda: operation.check(Run(primitive, outcome, woken.result(), crowd))
        )
    return answer


def _reenter(name: str, primitive: Any) -> None:
    """Do what a signal handler might do."""
    with suppress(*REFUSED):
        MEANWHILE[kind_of(name)](primitive)


def _do(operation: Operation, primitive: Any, injection: Injection) -> tuple[Any, str]:
    """Return what the operation returned, or Struck; and what went wrong around it."""
    outcome: Any = Struck
    operation.before(primitive)
    try:
        outcome = injection(lambda: operation.act(primitive))
    except Struck:
        pass
    except BaseException as error:
        return Struck, f"{error!r} in place of the injected exception"
    try:
        operation.after(primitive)
    except BaseException as error:
        return Struck, repr(error)
    return outcome, ""


def _wake(
    operation: Operation,
    primitive: Any,
    gather: Callable[..., None],
    over: threading.Event,
    interrupt: Callable[[], None] | None,
    how: str,
) -> bool:
    """Act once the operation sleeps, or has ended; return whether the waker has acted."""
    if operation.waker is None and interrupt is None:
        return False
    crew.until(lambda: over.is_set() or queued(primitive))
    if how == "raise":  # else the handler's own item may be for one of them, and none for us
        gather(lambda: not over.is_set())
    if interrupt is not None:
        interrupt()
    if interrupt is None or how == "reenter" or operation.always:
        operation.waker(primitive)
        return True
    return False


def _broken(check: Callable[[], object]) -> str:
    """Check in a thread of its own; return what is wrong."""
    try:
        crew.Task(check).result()
    except BaseException as error:
        return str(error).partition("\n")[0] or repr(error)
    return ""


def main() -> None:
    """Answer until there are no more questions."""
    kit = Names(sys.argv[1])
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(attempt(kit, *json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
