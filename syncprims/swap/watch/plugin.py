"""The watch under pytest: which test hangs, what a test leaves, what could deadlock in it.

The thread that runs the test gets pytest's own failure. What was found in others, or was swallowed,
fails the test when its phase ends. Warnings go past the filters of ``warnings``: they are pytest's,
in its summary, and under pytest-xdist too.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator
from typing import Any

import pytest

from syncprims.swap.watch import Watch
from syncprims.swap.watch.left import left
from syncprims.swap.watch.threads import own

MODES = ("warn", "fail", "off")


class Plugin:
    """Has a watch look at each test."""

    def __init__(self, watch: Watch, leaks: str, order: str) -> None:
        self._watch = watch
        self._leaks = leaks
        self._order = order
        self._found: list[str] = []  # orders; written by: any thread
        self._stderr: int | None = None
        self._item: pytest.Item | None = None
        watch.judge.failure = _failure
        watch.judge.say = self._say
        watch.orders.tell = self._found.append

    def pytest_configure(self) -> None:
        self._watch.judge.tested = None  # outside of tests the main thread may sleep as it likes
        self._stderr = os.dup(2)  # while pytest lets the real one show

    def pytest_unconfigure(self) -> None:
        if self._stderr is not None:
            os.close(self._stderr)
            self._stderr = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._watch.begin(item, item.nodeid)
        self._watch.judge.hint = _hint(item)
        self._item = item
        try:
            return (yield)
        finally:
            self._watch.judge.tested = self._item = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, request: pytest.FixtureRequest) -> Generator[None, Any, Any]:
        before = own.known.scope
        own.known.scope = request.node  # the class, for a fixture of a class
        try:
            return (yield)
        finally:
            own.known.scope = before

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, Any, Any]:
        __tracebackhide__ = True
        result = yield
        if self._leaks != "off":
            going_on = nextitem.listchain() if nextitem is not None else []
            over = [each for each in item.listchain() if each not in going_on]
            texts = left(lambda scope: scope in over, self._watch.ignored)
            if texts and self._leaks == "fail":
                pytest.fail("\n".join(texts), pytrace=False)
            self._warn(item, texts)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, Any, Any]:
        report = yield
        texts, self._watch.judge.reports[:] = self._watch.judge.reports[:], []
        found, self._found[:] = self._found[:], []
        if self._order == "fail":
            texts += found
        else:
            self._warn(item, found)
        if texts and report.outcome == "failed" and texts[0] not in str(report.longrepr):
            report.sections.append(("syncprims", "\n\n".join(texts)))
        elif texts and report.outcome != "failed":
            report.outcome, report.longrepr = "failed", "\n\n".join(texts)
        if report.outcome == "failed" and self._watch.shaker is not None:
            again = f"shaken: --syncprims-shake={self._watch.shaker.seed} decides the same again"
            report.sections.append(("syncprims", f"{again}\n{_hint(item)}"))
        return report

    def _warn(self, item: pytest.Item, texts: list[str]) -> None:
        file, line, _ = item.location
        for text in texts:
            warning = warnings.WarningMessage(
                pytest.PytestWarning(text), pytest.PytestWarning, file, (line or 0) + 1
            )
            item.ihook.pytest_warning_recorded.call_historic(
                kwargs={
                    "warning_message": warning,
                    "when": "runtest",
                    "nodeid": item.nodeid,
                    "location": None,
                }
            )

    def _say(self, text: str) -> None:
        where = f" in {self._item.nodeid}" if self._item is not None else ""
        os.write(self._stderr or 2, f"\nsyncprims{where}:{_break(text)}{text}\n".encode())


def _failure(text: str) -> BaseException:
    return pytest.fail.Exception(text, pytrace=False)


def _break(text: str) -> str:
    return "\n" if "\n" in text else " "


def _hint(item: pytest.Item) -> str:
    """Return the line to write, to see every order of a test's steps."""
    how = "To see every order of the threads' steps:"
    if getattr(item, "fixturenames", None) or not isinstance(item.parent, pytest.Module):
        return f"{how} mark the test\n  @pytest.mark.explored"
    return f"{how}\n  python -m syncprims explore {item.nodeid}"
