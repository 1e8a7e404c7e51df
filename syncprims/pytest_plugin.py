"""The pytest options of the kit. They live here because pytest reads no options from a package.

``pytest --pyargs syncprims.conformance --syncprims-primitives NAME`` runs the conformance suite.
``pytest --syncprims`` puts the kit in the standard library's place for a whole session, before any
conftest is loaded; the fixture ``syncprims_swap`` and the marker ``syncprims`` do so for one test.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from syncprims.swap import Report
    from syncprims.swap.watch import Watch


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
    parser.addini("syncprims", "as --syncprims does, for every run", type="bool", default=False)
    parser.addini("syncprims_only", "as --syncprims-only does, for every run", default="")
    group.addoption(
        "--syncprims-hang",
        metavar="SECONDS",
        type=float,
        help="how long a test may sleep in one call if nobody can wake it (60; 0: for ever)",
    )
    for name, what in (("leaks", "threads and locks left by a test"), ("order", "lock orders")):
        group.addoption(
            f"--syncprims-{name}",
            choices=["warn", "fail", "off"],
            help=f"what to do about {what} (warn)",
        )
    group.addoption(
        "--syncprims-shake",
        metavar="SEED",
        nargs="?",
        type=_seed,
        const=int(time.time()) % 10_000,
        help="delay threads a little, so that races show; with = a seed, the same delays again",
    )
    parser.addini("syncprims_leaks_ignore", "names of threads that may stay: patterns", "linelist")
    group.addoption(
        "--syncprims-replay",
        metavar="SCHEDULE",
        help="run this schedule only of a test that syncprims.explore explores",
    )


def _seed(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        text = f"{word!r} is no seed: write --syncprims-shake last, or =SEED after it"
        raise argparse.ArgumentTypeError(text) from None


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


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Swap before conftests and what they import are loaded; under pytest-xdist in its workers."""
    wanted = _wanted(early_config)
    if wanted is None:
        return
    from syncprims.swap import swap
    from syncprims.swap.children import hand_on
    from syncprims.swap.report import wanted_names

    try:
        wanted_names(wanted or None)
        if _only(early_config) == "":
            wanted_names("")  # which refuses it: nothing to swap
    except ValueError as error:
        raise pytest.UsageError(f"--syncprims-only: {error}") from None
    if _distributes(early_config):
        return
    swapping = swap(only=wanted or None, quiet=True, watch=_watch(early_config))
    names = swapping.start().names
    early_config.add_cleanup(swapping.stop)
    early_config.add_cleanup(hand_on(names))


def _watch(config: pytest.Config) -> Watch:
    """Return the watch that the options ask for, with its plugin."""
    from syncprims.swap.watch import Watch
    from syncprims.swap.watch.plugin import Plugin

    given = config.known_args_namespace
    hang = 60.0 if given.syncprims_hang is None else given.syncprims_hang
    leaks, order = given.syncprims_leaks or "warn", given.syncprims_order or "warn"
    try:
        watch = Watch(hang=hang, leaks=False, order=order != "off", shake=given.syncprims_shake)
    except ValueError as error:
        raise pytest.UsageError(f"--syncprims-hang: {error}") from None
    watch.ignored += config.getini("syncprims_leaks_ignore")
    config.pluginmanager.register(Plugin(watch, leaks, order))
    return watch


def _only(config: pytest.Config) -> str | None:
    only: str | None = config.known_args_namespace.syncprims_only
    return only


def _wanted(config: pytest.Config) -> str | None:
    """Return the names to swap for the session, empty for all that can be; None for no swap."""
    only = _only(config)
    if only is None:
        only = config.getini("syncprims_only") or None
    given = config.known_args_namespace
    watched = {given.syncprims_hang, given.syncprims_leaks, given.syncprims_order}
    watched |= {given.syncprims_shake}
    wanted = given.syncprims or config.getini("syncprims") or watched != {None}
    return only if only is not None else "" if wanted else None


def _distributes(config: pytest.Config) -> bool:
    """Whether the tests run in other processes, pytest-xdist's workers."""
    processes = getattr(config.known_args_namespace, "numprocesses", None)
    return bool(processes) and "PYTEST_XDIST_WORKER" not in os.environ


def pytest_report_header(config: pytest.Config) -> str | None:
    wanted = _wanted(config)
    if wanted is None:
        return None
    from syncprims.swap.report import Report, wanted_names

    names = Report([], wanted_names(wanted or None, watched=True)).names
    where = ", in each worker" if _distributes(config) else ""
    seed = config.known_args_namespace.syncprims_shake
    shaken = "" if seed is None else f"; shaken with --syncprims-shake={seed}"
    what = f"all {len(names)} primitives" if wanted == "" else ", ".join(names)
    return f"syncprims: swapped in for {what}{where}{shaken}"


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


SWAP = pytest.StashKey[Any]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Swap for a test with the marker, its own fixtures included."""
    __tracebackhide__ = True
    marker = item.get_closest_marker("syncprims")
    if marker is not None:
        from syncprims.swap import swap

        swapping = swap(*marker.args, **marker.kwargs, quiet=True)
        swapping.start()
        item.stash[SWAP] = swapping


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """End that swap behind the test's finalizers, and look once more what they have left."""
    __tracebackhide__ = True
    try:
        return (yield)
    finally:
        if SWAP in item.stash:
            item.stash[SWAP].stop()
            del item.stash[SWAP]
        if module := sys.modules.get("syncprims.swap"):
            module.sweep()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    if (marker := item.get_closest_marker("explored")) and isinstance(item, pytest.Function):
        from syncprims.explore import explored

        item.obj = explored(*marker.args, **marker.kwargs)(item.obj)
    return (yield)
