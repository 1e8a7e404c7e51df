"""What a program calls: ``explore`` and ``replay``, and how a verdict is found.

A scenario goes through the search with a strategy; then the verdict is put together from what was
found, what was left out, and what could not be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from syncprims.explore import report
from syncprims.explore.confirm import recorded
from syncprims.explore.dpor import Dpor
from syncprims.explore.result import Found, Result
from syncprims.explore.scenario import Misuse, Scenario
from syncprims.explore.scheduler import Execution
from syncprims.explore.search import NO_FAILURES, Search, found_in, prepared
from syncprims.explore.strategies import Dfs, Forced, Pct, RandomWalk

SAMPLES = 1000  # executions of a random strategy, if the caller says nothing


def explore(
    scenario: Callable[[], object] | None = None,
    *,
    setup: Callable[[], Any] | None = None,
    threads: Iterable[str] = (),
    check: Callable[[Any], object] | None = None,
    strategy: str = "dpor",
    preemptions: int | None = None,
    timeouts: str = "any",
    race_free: bool = False,
    max_executions: int | None = None,
    max_seconds: float | None = None,
) -> Result:
    """Run a scenario in every order of its threads' steps that can make a difference.

    `scenario` takes no argument and makes what it uses: threads and primitives by their usual
    names. Or `setup` makes an object, `threads` names those of its methods that run at the same
    time, and `check` is asked about the object at the end; its attributes are watched.

    `strategy` is ``dpor`` (all that matters), ``dfs`` (all, few preemptions first; chosen also by
    `preemptions`, the most there may be), ``pct`` or ``random``, with a seed if wanted:
    ``random(7)``. `timeouts`: with ``any`` a time-out may fire whenever the thread would wait, with
    ``idle`` only when nobody can run. `race_free` is the caller's word that threads share no plain
    data outside locks but what is watched; without it, or ``watch``, nothing is proved.
    `max_executions` and `max_seconds` end the search, which is then ``incomplete``; the random
    strategies take that many samples.

    Returns a Result. Raises ValueError for arguments that do not fit. Does not see the steps
    inside C code, nor what waits outside of the kit's primitives, Thread and time.
    """
    given = Scenario(scenario, setup, threads, check, race_free)
    chosen = _strategy(strategy, preemptions)
    _need_limits(max_executions, max_seconds)
    foreign = given.foreign()  # before the scenario can hide or replace anything
    search = Search(given, timeouts)
    sampling = isinstance(chosen, RandomWalk)
    most = (max_executions or SAMPLES) if sampling else max_executions

    def work() -> Found | None:
        failed = _of_a_scenario(search.run(chosen, most, max_seconds)).failure
        if sampling and search.limit.endswith("executions was hit"):
            search.limit = ""
        return None if failed is None else recorded(search, failed, chosen)

    with prepared():
        found = search.in_thread(work)
    if found is not None:
        found.again = given.again(found.schedule, timeouts)
    return _verdict(search, chosen, found, race_free, foreign)


def replay(
    scenario: Callable[[], object] | None = None,
    schedule: str = "",
    *,
    setup: Callable[[], Any] | None = None,
    threads: Iterable[str] = (),
    check: Callable[[Any], object] | None = None,
    timeouts: str = "any",
    race_free: bool = False,
) -> Result:
    """Run one schedule again; see ``explore`` for the arguments.

    The result's failure has the steps. Its verdict is ``incomplete`` if the scenario does not come
    to the same steps, and says where; ``bounded`` if it does and nothing fails. Raises ValueError
    for what is not a schedule.
    """
    steps = report.decode(schedule)
    given = Scenario(scenario, setup, threads, check, race_free)
    search = Search(given, timeouts)
    with prepared():
        execution = search.in_thread(
            lambda: _of_a_scenario(search.once(Forced(steps), recording=True))
        )
    if execution is None or execution.failure is None:
        claim = search.limit or "the schedule was run again, and nothing failed"
        verdict = "incomplete" if search.limit else "bounded"
        return Result(verdict, claim, search.executions, search.seconds())
    found = found_in(execution)
    found.again = given.again(schedule, timeouts)
    verdict = "incomplete" if found.kind in NO_FAILURES else "failed"
    return Result(verdict, found.message, search.executions, search.seconds(), found)


def _of_a_scenario(execution: Execution) -> Execution:
    """The same; raise what says that the scenario is none."""
    failure = execution.failure
    if failure is not None and isinstance(failure.error, Misuse):
        raise failure.error.with_traceback(None)
    return execution


def _need_limits(executions: int | None, seconds: float | None) -> None:
    if executions is not None and (type(executions) is not int or executions < 1):
        raise ValueError(f"max_executions is a whole number above zero, not {executions!r}")
    if seconds is not None and not seconds >= 0:  # nor is nan
        raise ValueError(f"max_seconds is not below zero, and {seconds!r} is no such number")


def _strategy(name: str, preemptions: int | None) -> Any:
    known = r"(dpor|dfs|pct|random)(?:\((\d+)\))?"
    found = re.fullmatch(known, name) if isinstance(name, str) else None
    if not found or (found[2] and found[1] in ("dpor", "dfs")):
        raise ValueError(f"no strategy {name!r}: there are dpor, dfs, pct, random, random(SEED)")
    if preemptions is not None and type(preemptions) is not int:
        raise ValueError(f"preemptions is a whole number, not {preemptions!r}")
    if preemptions is not None and (preemptions < 0 or found[1] in ("pct", "random")):
        raise ValueError("preemptions bounds dpor and dfs, and is not below zero")
    if found[1] == "dfs" or preemptions is not None:
        return Dfs(preemptions)
    if found[1] == "dpor":
        return Dpor()
    return (Pct if found[1] == "pct" else RandomWalk)(int(found[2] or 0))


def _verdict(
    search: Search, strategy: Any, found: Found | None, race_free: bool, foreign: str
) -> Result:
    steps = "locks, threads and watched attributes" if search.watching else "locks and threads"
    when = "at any time" if search.timeouts == "any" else "only when nobody can run"
    whole = "every order of steps of {} that can make a difference"
    seen = ("orders of steps of {} were tried" if strategy.bounded else whole).format(steps)
    seen += f"; time-outs fire {when}"
    if found is not None:
        verdict = "incomplete" if found.kind in NO_FAILURES else "failed"
        claim = f"{found.kind}: {found.message}"
    elif search.limit:
        verdict, claim = "incomplete", search.limit
    else:
        reasons = [
            strategy.bounded,
            *sorted(search.left_out),
            ""
            if race_free or search.watching
            else "plain data is not watched (watch it, or say race_free=True)",
            foreign,
        ]
        verdict = "bounded" if any(reasons) else "proved"
        claim = "; ".join(reason for reason in (*reasons, seen) if reason)
    return Result(verdict, claim, search.executions, search.seconds(), found, search.pruned)
