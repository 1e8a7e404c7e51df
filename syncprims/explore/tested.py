"""A test that is explored: ``@explored`` makes one of a function, under pytest or without it.

What the search has found becomes what a test does: it passes, or raises AssertionError with the
report, or skips if that is what the scenario did. pytest's plugin puts the same around a test with
the marker, and keeps the options: which schedule to run, and from where its command was called.
Called inside of an exploration, such a test is the function itself: so ``replay`` can be given it.
"""

from __future__ import annotations

import functools
import os
import shlex
import sys
import unittest
from collections.abc import Callable
from typing import Any, TypeVar

from syncprims.explore.run import explore, replay
from syncprims.explore.tasks import controlled

F = TypeVar("F", bound=Callable[..., object])


def explored(**options: Any) -> Callable[[F], F]:
    """Make a test function one that is explored: ``@explored(race_free=True)``.

    Takes the options of ``explore``. What fails is raised as AssertionError with the steps and the
    schedule; a search that hits a limit fails too. With ``pytest --syncprims-replay SCHEDULE`` only
    that schedule is run.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def test(*args: Any, **fixtures: Any) -> object:
            scenario = functools.partial(function, *args, **fixtures)
            return scenario() if controlled() else _expect(scenario, options)

        test.explored_with = options  # type: ignore[attr-defined]
        return test  # type: ignore[return-value]

    return decorate


def _expect(scenario: Callable[[], object], options: dict[str, Any]) -> object:
    """Explore, or replay the schedule that was asked for; raise AssertionError if it fails."""
    schedule = _asked_for()
    if schedule is None:
        result = explore(scenario, **options)
    else:
        result = replay(scenario, schedule, timeouts=options.get("timeouts", "any"))
    found = result.failure
    if found is not None and isinstance(found.error, _no_failures()):
        raise found.error
    if result.verdict in ("failed", "incomplete"):
        schedule = found.schedule if found and schedule is None else schedule
        again = "" if schedule is None else _command(schedule)
        raise AssertionError(f"{result}{again}") from (found.error if found else None)
    return None


def _no_failures() -> tuple[type[BaseException], ...]:
    """What a test raises that has not failed: it skips, is expected to fail, or ends them all."""
    pytest: Any = sys.modules.get("pytest")
    if pytest is None:
        return (unittest.SkipTest,)
    kinds = (pytest.skip.Exception, pytest.xfail.Exception, pytest.exit.Exception)
    return unittest.SkipTest, *kinds


def _asked_for() -> str | None:
    """The schedule to run instead of a search."""
    config = _pytest()
    return None if config is None else config.getoption("--syncprims-replay")


def _command(schedule: str) -> str:
    """What replays a schedule on the command line, with the test as it is named there."""
    config = _pytest()
    if config is None:
        return ""
    running = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    file, colons, name = running.partition("::")
    here = os.path.relpath(config.rootpath / file, config.invocation_params.dir)
    test = f"{shlex.quote(f'{here}{colons}{name}')} " if colons else ""
    return f"\nor: pytest {test}--syncprims-replay {shlex.quote(schedule)}"


def _pytest() -> Any:
    """The configuration of the pytest that runs, with our plugin; None without."""
    plugin = sys.modules.get("syncprims.pytest_plugin")
    return plugin.running[-1] if plugin and plugin.running else None
