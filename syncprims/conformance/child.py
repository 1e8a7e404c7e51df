"""One process in which requirements are asked of an implementation, and lines written of each.

``python -m syncprims.conformance.child JSON`` is told the implementation, requirements and limits.
Its lines go where its stdout was; what the implementation prints goes to stderr. It trusts nobody:
a watchdog in C ends it when no Python can run, a thread ends it when its parent is gone, and it
leaves by ``os._exit``, whatever threads and exit handlers there are. After a requirement that did
not end, or that left a thread behind, it stops: a new process goes on.
"""

from __future__ import annotations

import atexit
import faulthandler
import gc
import os
import signal
import sys
from _thread import start_new_thread
from collections.abc import Callable
from contextlib import suppress
from json import JSONEncoder, loads
from typing import Any, NoReturn

from syncprims.conformance import adapter, asserts, delays, judge, requirement, signals

# Bound before the adapter is imported, which may patch the world.
_encode = JSONEncoder().encode
_exit, _write, _read = os._exit, os.write, os.read

Say = Callable[[dict[str, Any]], object]
Tests = list[tuple[str, str, float]]  # id, module, and seconds


def main(request: dict[str, Any]) -> NoReturn:
    """Do what the parent asks for."""
    out = os.dup(1)
    os.dup2(2, 1)
    start_new_thread(_end_with_parent, ())
    faulthandler.enable(file=2)
    signals.ignore_late_signals()

    def say(line: dict[str, Any]) -> None:
        _write(out, _encode(line).encode("ascii") + b"\n")

    known = _known(request["tests"])
    _measure(request.get("coverage"))
    sys.path[:] = request["path"]
    try:
        implementation = adapter.load(request["implementation"])
    except adapter.AdapterError as error:
        say({"error": str(error)})
        _leave()
    say({"about": _about(implementation)})
    if _all_judged(request["tests"], known, implementation, say):
        say({"end": True})
    _leave()


def _about(implementation: adapter.Implementation) -> dict[str, Any]:
    known = [[each.pattern, each.reason] for each in implementation.deviations]
    return {"deviations": known, "whole": implementation.whole}


def _known(tests: Tests) -> dict[str, requirement.Requirement]:
    """Return the requirements, imported before the implementation can patch anything."""
    modules = [asserts.load(name) for name in dict.fromkeys(name for _, name, _ in tests)]
    return {each.identifier: each for module in modules for each in requirement.of(module)}


def _all_judged(
    tests: Tests,
    known: dict[str, requirement.Requirement],
    implementation: adapter.Implementation,
    say: Say,
) -> bool:
    """Judge one requirement after another; False if this process is not fit for the next."""

    def wedged(row: judge.Row) -> None:
        say(row)
        _leave()

    for identifier, _, limit in tests:
        say({"begin": identifier, "limit": limit})
        _watch(limit + delays.WATCH)
        row = judge.judge(known[identifier], implementation, limit, wedged)
        if row["outcome"] != judge.PASS:
            gc.collect()  # what is left dies in this requirement's time, and not in the next one's
        say(row)
        if row.get("hung") or row.get("left"):
            return False
    return True


def _watch(seconds: float) -> None:
    """End the process in so many seconds, with the stacks of all threads, whatever it does."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=2)


def _end_with_parent() -> None:
    """End the process, and all that it has started, once the parent is gone."""
    with suppress(OSError):
        while _read(0, 1):
            pass
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    _exit(1)


def _measure(coverage: dict[str, Any] | None) -> None:
    """Measure what is run here, if the parent is measured."""
    if coverage is not None:
        import coverage as tool

        measure = tool.Coverage(config_file=False, data_suffix=True, **coverage)
        measure.start()
        atexit.register(measure.save)
        atexit.register(measure.stop)


def _leave() -> NoReturn:
    _watch(delays.SHORT_LIMIT)
    with suppress(BaseException):
        atexit._run_exitfuncs()
    _exit(0)


if __name__ == "__main__":
    main(loads(sys.argv[1]))
