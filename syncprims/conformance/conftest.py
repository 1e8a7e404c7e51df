"""The suite under pytest: each requirement is an item, which calls the judge.

Everything happens in pytest's own process: no child is there to be lost, so an implementation that
hangs or crashes takes pytest with it. A requirement that differs is an expected failure, one that
is not applicable is skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from syncprims.conformance import adapter, delays, judge, report, session, verdict
from syncprims.conformance.requirement import LEVELS, Requirement

if TYPE_CHECKING:
    from collections.abc import Generator

IMPLEMENTATION = pytest.StashKey[adapter.Implementation]()


class Unmet(Exception):
    """A requirement is not met; the text says what was seen."""


class RequirementItem(pytest.Item):
    """One requirement, all its cases."""

    def __init__(self, *, requirement: Requirement, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.requirement = requirement
        self.row: judge.Row = {}
        self.extra_keyword_matches.add(requirement.identifier)
        mark = pytest.mark.syncprims_requirement(requirement.identifier, requirement.level)
        self.add_marker(mark)

    def runtest(self) -> None:
        """Judge it."""
        implementation = _implementation(self.config)
        known = verdict.Verdict(implementation.deviations, LEVELS[:1])
        limit = delays.SHORT_LIMIT if known.excuse(self.requirement) else delays.LIMIT
        row = judge.judge(self.requirement, implementation, limit)
        self.row = known.settled(self.requirement, row)
        if self.row["outcome"] == judge.DIFFERS:
            pytest.xfail(self.row["reason"])
        if self.row["outcome"] == judge.ABSENT:
            pytest.skip(self.row["message"])
        if self.row["outcome"] != judge.PASS:
            raise Unmet

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what was required, and what was seen."""
        if isinstance(excinfo.value, Unmet):
            return "\n".join(report.failure(self.requirement.identifier, self.row, color=False))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int, str]:
        """Return where it stands, and its name."""
        line = self.requirement.test.__code__.co_firstlineno
        return self.path, line - 1, f"{self.requirement.identifier} {self.name}"


def pytest_pycollect_makeitem(
    collector: pytest.Collector, name: str, obj: object
) -> pytest.Item | None:
    requirement = getattr(obj, "requirement", None)
    if not isinstance(requirement, Requirement):
        return None
    item: pytest.Item = RequirementItem.from_parent(collector, name=name, requirement=requirement)
    return item


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any(isinstance(item, RequirementItem) for item in items):
        _implementation(config)  # refused before anything runs, if it cannot be used


def _implementation(config: pytest.Config) -> adapter.Implementation:
    if IMPLEMENTATION not in config.stash:
        name = config.getoption("--syncprims-primitives", None)
        if name is None:
            raise pytest.UsageError("plugins are not loaded here: add -p syncprims.pytest_plugin")
        try:
            found = adapter.load(str(name))
        except adapter.AdapterError as error:
            raise pytest.UsageError(str(error)) from None
        unknown = verdict.Verdict(found.deviations, ()).unknown(session.catalogue())
        if unknown:
            raise pytest.UsageError(f"{name}: the deviation {unknown[0]} matches no requirement")
        config.stash[IMPLEMENTATION] = found
    return config.stash[IMPLEMENTATION]


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> str:
    if not any(isinstance(item, RequirementItem) for item in items):
        return ""
    name = _implementation(config).name
    return (
        f"conformance of {name}, in this one process; what hangs or crashes it: "
        f"python -m syncprims conform {name}"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    outcome = yield
    if isinstance(item, RequirementItem) and call.when == "call" and item.row:
        # Plain data, which pytest-xdist can send from one process to another.
        vars(outcome).update(syncprims_row=[item.requirement.identifier, item.row])
    return outcome
