"""The pytest options of the kit. They live here because pytest reads no options from a package.

``pytest --pyargs syncprims.conformance --syncprims-primitives NAME`` runs the conformance suite.
``pytest --syncprims`` puts the kit in the standard library's place for a whole session, the
fixture ``syncprims_swap`` and the marker ``syncprims`` do so for one test. While reports are made
and shown, everything is as it was.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from syncprims.swap import Report


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("syncprims")
    group.addoption(
        "--syncprims-primitives",
        metavar="NAME",
        default="syncprims",
        help="implementation for syncprims.conformance: syncprims, stdlib, a module or FILE.py",
    )
    group.addoption(
        "--syncprims-conformance-json",
        metavar="FILE",
        help="write what came of each requirement to FILE",
    )
    group.addoption(
        "--syncprims",
        action="store_true",
        help="run the whole session with syncprims' primitives in the standard library's place",
    )
    group.addoption(
        "--syncprims-only",
        metavar="NAMES",
        help="the same, for these only: Event,Queue",
    )
    group.addoption(
        "--syncprims-replay",
        metavar="SCHEDULE",
        help="run this schedule only of a test that syncprims.explore explores",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "syncprims_requirement(id, level): what of syncprims.conformance it stands for"
    )
    config.addinivalue_line(
        "markers", "syncprims(only=...): run the test with syncprims' primitives swapped in"
    )
    config.addinivalue_line(
        "markers", "explored(strategy=..., race_free=...): explore the test; see syncprims.explore"
    )
    _check_schedule(config.getoption("--syncprims-replay"))
    running.append(config)
    if _swaps_session(config):
        config.pluginmanager.register(_Session(config), "syncprims-session")
    if config.getoption("--syncprims-conformance-json"):
        config.pluginmanager.register(_Writer(config))


running: list[pytest.Config] = []  # the innermost session's last; written by: its begin and end


def pytest_unconfigure(config: pytest.Config) -> None:
    if config in running:
        running.remove(config)


def _check_schedule(schedule: str | None) -> None:
    if schedule is None:
        return
    from syncprims.explore import report

    try:
        report.decode(schedule)
    except ValueError as error:
        raise pytest.UsageError(f"--syncprims-replay: {error}") from None


def _swaps_session(config: pytest.Config) -> bool:
    """Whether tests run in this process, with the kit: under pytest-xdist, in its workers."""
    wanted = config.getoption("--syncprims") or config.getoption("--syncprims-only")
    distributing = config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")
    return bool(wanted) and not distributing


class _Session:
    """The kit swapped in from before the test modules are imported until the end."""

    def __init__(self, config: pytest.Config) -> None:
        from syncprims.swap import swap

        names = config.getoption("--syncprims-only")
        try:
            self._swap = swap(only=names.split(",") if names else None, quiet=True)
        except ValueError as error:
            raise pytest.UsageError(f"--syncprims-only: {error}") from None
        self._swapped = self._swap.start()

    def pytest_report_header(self) -> str:
        return f"syncprims: swapped in for {', '.join(self._swapped.names)}"

    def pytest_unconfigure(self) -> None:
        self._swap.stop()


class _Writer:
    """Keeps what came of each requirement, and writes it at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._name = str(config.getoption("--syncprims-primitives"))
        self._path = str(config.getoption("--syncprims-conformance-json"))
        self._rows: dict[str, dict[str, Any]] = {}
        self._began = time.monotonic()
        try:
            os.makedirs(os.path.dirname(os.path.abspath(self._path)), exist_ok=True)
        except OSError as error:
            text = f"--syncprims-conformance-json: cannot write {self._path}: {error}"
            raise pytest.UsageError(text) from None

    def pytest_runtest_logreport(self, report: Any) -> None:
        identifier, row = getattr(report, "syncprims_row", (None, {}))
        if identifier is not None:
            self._rows[identifier] = row

    def pytest_sessionfinish(self) -> None:
        from syncprims.conformance import report

        seconds = time.monotonic() - self._began
        recording = report.recording(self._name, self._rows, seconds, ["contract"])
        with open(self._path, "w", encoding="utf-8") as file:
            file.write(report.as_json([recording]))


@pytest.fixture
def syncprims_swap() -> Generator[Report, None, None]:
    """The kit in the standard library's place for one test; the swap's report."""
    from syncprims.swap import swap

    with swap(quiet=True) as report:
        yield report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    if (marker := item.get_closest_marker("explored")) and isinstance(item, pytest.Function):
        from syncprims.explore import explored

        item.obj = explored(*marker.args, **marker.kwargs)(item.obj)
    marker = item.get_closest_marker("syncprims")
    if marker is None:
        return (yield)
    from syncprims.swap import swap

    with swap(*marker.args, **marker.kwargs, quiet=True):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_logreport() -> Generator[None, Any, Any]:
    with _paused():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    with _paused():
        return (yield)


def _paused() -> AbstractContextManager[None]:
    """Take a swap back for a while; who does not swap does not even load it."""
    module = sys.modules.get("syncprims.swap")
    return module.paused() if module else nullcontext()
