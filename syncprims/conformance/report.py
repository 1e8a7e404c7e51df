"""What came of a run, and how it is told: one row a requirement, one column an implementation.

A *recorder* is a pytest plugin that keeps the outcome of each requirement. Recordings are plain
dictionaries, so that they can be written as JSON, read back from many environments, and merged.
"""

from __future__ import annotations

import json
import platform
import re
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from syncprims.conformance.adapter import PRIMITIVES, Implementation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PASS, FAIL, DIFFERS, ABSENT = "pass", "FAIL", "differs", "n/a"
SEVERITY = {ABSENT: 0, PASS: 1, DIFFERS: 2, FAIL: 3}


@dataclass(frozen=True)
class Requirement:
    """One requirement: its id, its sentence, and whom it binds."""

    identifier: str
    sentence: str
    since: tuple[int, int]
    detail: bool
    beyond: str
    main_thread: bool

    @property
    def level(self) -> str:
        """``contract``, ``detail`` or ``beyond``."""
        return "beyond" if self.beyond else "detail" if self.detail else "contract"

    def excuse(self, implementation: Implementation) -> str:
        """Return why `implementation` may fail it; empty if it may not."""
        if self.identifier in implementation.deviations:
            return implementation.deviations[self.identifier]
        if implementation.name == "syncprims":
            return ""
        if self.beyond:
            return self.beyond if implementation.name == "stdlib" else "more than the stdlib does"
        return "a detail of the stdlib's implementation" if self.detail else ""


def requirement_of(item: pytest.Item) -> Requirement | None:
    """Return the requirement that a test stands for; None for any other test."""
    marker = item.get_closest_marker("requirement")
    if marker is None or not isinstance(item, pytest.Function):
        return None
    sentence = " ".join((item.obj.__doc__ or "").split())
    return Requirement(marker.args[0], sentence, **marker.kwargs)


def group_of(identifier: str) -> str:
    """Return the primitive's prefix of an id."""
    return identifier.rpartition("-")[0]


class Recorder:
    """A pytest plugin that keeps what came of each requirement.

    `only` are ids or their prefixes, all if empty; `progress` is called with the number of
    tests done and the number in all.
    """

    def __init__(
        self,
        only: Iterable[str] = (),
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        self._only = {wanted.upper() for wanted in only}
        self._progress = progress
        self._done = self._total = 0
        self._began = time.monotonic()
        self.seconds: float = 0.0
        self.rows: dict[str, dict[str, str]] = {}
        self.failures: dict[str, str] = {}
        self.uncollected: list[str] = []

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        if self._only:
            items[:] = [item for item in items if self._wanted(item)]
        self._total = len(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.uncollected.append(f"{report.nodeid}: {report.longreprtext.splitlines()[-1]}")

    def _wanted(self, item: pytest.Item) -> bool:
        asked = requirement_of(item)
        return asked is not None and not self._only.isdisjoint(
            {asked.identifier, group_of(asked.identifier)}
        )

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds = round(time.monotonic() - self._began, 2)
        identifier = getattr(report, "requirement", None)
        if identifier is None or (report.when != "call" and report.passed):
            return
        reason = ""
        if report.passed:
            outcome = PASS
        elif report.failed:
            outcome, reason = FAIL, _last_line(report)
            self.failures[identifier] = report.longreprtext
        elif hasattr(report, "wasxfail"):
            outcome, reason = DIFFERS, report.wasxfail
        else:
            outcome, reason = ABSENT, report.longrepr[2].removeprefix("Skipped: ")
        row = {**report.said, "outcome": outcome, "reason": reason}
        # A parametrised requirement is as good as its worst case.
        self.rows[identifier] = max(
            self.rows.get(identifier, row), row, key=lambda each: SEVERITY[each["outcome"]]
        )
        self._done += 1
        self._progress(self._done, self._total)

    def recording(self, implementation: str) -> dict[str, Any]:
        """Return the run as plain data."""
        return {
            "implementation": implementation,
            "python": python_name(),
            "version": platform.python_version(),
            "seconds": self.seconds,
            "requirements": dict(sorted(self.rows.items(), key=lambda row: order(row[0]))),
        }


def _last_line(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longrepr).splitlines()[0]


def order(identifier: str) -> tuple[int, str]:
    """Return what sorts ids in the order in which the kit is read."""
    group = group_of(identifier)
    groups = list(PRIMITIVES)
    return (groups.index(group) if group in groups else len(groups), identifier)


def python_name() -> str:
    """Return a short name for the running interpreter: ``3.13``, ``3.13t``, ``pypy3.11``."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    free_threaded = not getattr(sys, "_is_gil_enabled", lambda: True)()
    prefix = "" if sys.implementation.name == "cpython" else sys.implementation.name
    return f"{prefix}{version}{'t' if free_threaded else ''}"


def as_json(recordings: list[dict[str, Any]]) -> str:
    """Return recordings as one JSON document."""
    return json.dumps({"schema": 1, "recordings": recordings}, indent=1) + "\n"


def counts(recording: dict[str, Any], group: str | None = None) -> dict[str, int]:
    """Count the outcomes of one recording, of one group or of all."""
    tally = {PASS: 0, FAIL: 0, DIFFERS: 0, ABSENT: 0}
    for identifier, row in recording["requirements"].items():
        if group is None or group_of(identifier) == group:
            tally[row["outcome"]] += 1
    return tally


def summary(recording: dict[str, Any]) -> str:
    """Say in one line what came of one run."""
    tally = counts(recording)
    parts = [f"{number} {outcome}" for outcome, number in tally.items() if number]
    return f"{recording['implementation']}: {', '.join(parts)} in {recording['seconds']:.1f} s"


def table(recordings: list[dict[str, Any]]) -> list[list[str]]:
    """Return the table's rows, the head first: id, sentence, and each implementation's outcome."""
    rows = [["id", "requirement", *(recording["implementation"] for recording in recordings)]]
    identifiers = {name: None for recording in recordings for name in recording["requirements"]}
    for identifier in sorted(identifiers, key=order):
        found = [recording["requirements"].get(identifier) for recording in recordings]
        sentence = next(row["sentence"] for row in found if row)
        rows.append([identifier, sentence, *(row["outcome"] if row else ABSENT for row in found)])
    return rows


def text(recordings: list[dict[str, Any]], width: int, color: bool) -> str:
    """Return the table, the reasons, and a summary, cut to `width` columns unless it is 0."""
    rows = table(recordings)
    first = max(len(row[0]) for row in rows)
    others = [max(len(cell) for cell in column) for column in list(zip(*rows, strict=True))[2:]]
    widest = max(len(row[1]) for row in rows)
    room = max(20, width - first - sum(others) - 2 * (len(others) + 1)) if width else widest
    lines = []
    for row in rows:
        sentence = row[1] if len(row[1]) <= room else row[1][: room - 1] + "…"
        cells = [
            _paint(cell.ljust(size), color) for cell, size in zip(row[2:], others, strict=True)
        ]
        lines.append("  ".join([row[0].ljust(first), sentence.ljust(room), *cells]).rstrip())
    lines += ["", *_reasons(recordings), *map(summary, recordings)]
    return "\n".join(lines)


def _reasons(recordings: list[dict[str, Any]]) -> list[str]:
    """Say for each difference and failure why, the same reason once."""
    lines = []
    for recording in recordings:
        for outcome, title in ((FAIL, "fails"), (DIFFERS, "differs, as known")):
            reasons: dict[str, list[str]] = {}
            for identifier, row in recording["requirements"].items():
                if row["outcome"] == outcome:
                    reasons.setdefault(row["reason"], []).append(identifier)
            if reasons:
                lines.append(f"{recording['implementation']} {title}:")
                lines += [f"  {', '.join(ids)}: {reason}" for reason, ids in reasons.items()]
                lines.append("")
    return lines


def _paint(cell: str, color: bool) -> str:
    codes = {PASS: "32", FAIL: "1;31", DIFFERS: "33", ABSENT: "2"}
    code = codes.get(cell.strip())
    return f"\x1b[{code}m{cell}\x1b[0m" if color and code else cell


def markdown(recordings: list[dict[str, Any]]) -> str:
    """Return the table, the reasons and the summary as Markdown."""
    lines = [markdown_table(table(recordings))]
    lines += [re.sub("^  ", "- ", line) for line in _reasons(recordings)]
    lines += [f"- {summary(recording)}" for recording in recordings]
    return "\n".join(lines) + "\n"


def markdown_table(rows: list[list[str]]) -> str:
    """Return rows, the head first, as a Markdown table."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    cells.insert(1, ["---"] * len(rows[0]))
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)
