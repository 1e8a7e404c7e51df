"""What all of the project's own tests stand on: a watchdog that nothing can wedge, and threads."""

from __future__ import annotations

import faulthandler
import os
import signal
from typing import TYPE_CHECKING, TextIO

import pytest

from syncprims.conformance.crew import Crew
from syncprims.conformance.delays import SCALE

if TYPE_CHECKING:
    from collections.abc import Generator

WEDGED = 60 * SCALE  # seconds: then every stack is printed, and the run ends

STDERR = pytest.StashKey[TextIO]()


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As under nohup, or in the background: programs that we start would ignore Ctrl-C too.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # A copy, made while pytest lets the real one show: during a test it points elsewhere.
    config.stash[STDERR] = os.fdopen(os.dup(2), "w")


def pytest_unconfigure(config: pytest.Config) -> None:
    if STDERR in config.stash:  # not if a mistake in the options came first
        config.stash[STDERR].close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    stderr = item.config.stash[STDERR]
    # In C, in a thread of its own: it works even if no Python thread can run.
    faulthandler.dump_traceback_later(WEDGED, exit=True, file=stderr)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def crew() -> Crew:
    """The threads of one test."""
    return Crew()
