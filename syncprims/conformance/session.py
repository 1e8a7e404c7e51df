"""One call of ``conform``: each implementation in turn, results kept as they come, then the report.

The documents are made at the end from the rows that were kept, also of a run that was interrupted.
"""

from __future__ import annotations

import os
import random
import sys
import time
from glob import glob
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from syncprims.conformance import adapter, asserts, judge, report, requirement, verdict
from syncprims.conformance.compare import RANK
from syncprims.conformance.lines import Lines
from syncprims.conformance.measured import Coverage
from syncprims.conformance.output import UsageError, write
from syncprims.conformance.parent import Refused, Run
from syncprims.conformance.terminal import colored, width

AGES = 10.0**6  # seconds: no limit for who looks at it with a debugger

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from syncprims.conformance.judge import Row
    from syncprims.conformance.requirement import Requirement

__all__ = ["Refused", "Session", "catalogue"]


def catalogue() -> list[Requirement]:
    """Return all requirements of the suite, in the order in which the kit is read."""
    names = sorted(Path(path).stem for path in glob(f"{Path(__file__).parent}/test_*.py"))
    modules = [import_module(f"{__package__}.{name}") for name in names]
    found = [each for module in modules for each in requirement.of(module)]
    known: set[str] = set()
    for each in found:
        if each.identifier in known:
            raise Refused(f"{each.identifier} is used twice")
        known.add(each.identifier)
    return sorted(found, key=lambda each: report.order(each.identifier))


class Session:
    """What the options ask for."""

    def __init__(self, options: argparse.Namespace, requirements: list[Requirement]) -> None:
        self._options = options
        self._requirements = requirements
        try:
            self._levels = verdict.levels_of(options.level)
        except ValueError as error:
            raise UsageError(f"--level: {error}") from None
        self._recordings: list[report.Recording] = []
        self._lines = Lines(_partial(options))
        self._stale = self._lost = False

    def run(self) -> int:
        """Run all, report, and return the exit status."""
        names = list(dict.fromkeys(self._options.names or ["syncprims", "stdlib"]))
        runs = [Implementation(name, self._options, self._levels, self._lines) for name in names]
        interrupted = False
        try:
            for each in runs:
                each.prepare(self._requirements)
            for each in runs:
                self._recorded(each)
                if each.stopped:
                    break
        except KeyboardInterrupt:
            interrupted = True
        self._write_documents(runs)
        self._lines.close(keep=bool(self._options.results) or self._lost)
        if interrupted:
            raise KeyboardInterrupt
        return self._status()

    def _recorded(self, one: Implementation) -> None:
        try:
            one.run(self._requirements)
        finally:
            found = one.recording()
            self._recordings.append(found)
            if "-" not in _documents(self._options):
                write("-", report.text(found, colored(), self._options.all) + "\n\n")
            self._stale = bool(one.stale(self._requirements)) or self._stale

    def _write_documents(self, runs: list[Implementation]) -> None:
        options, recordings = self._options, self._recordings
        lists = [verdict.as_deviations(self._requirements, each.rows) for each in runs]
        self._keep(options.json, lambda: report.as_json(recordings))
        self._keep(options.junit, lambda: report.junit(recordings))
        self._keep(options.markdown, lambda: report.markdown(recordings))
        self._keep(options.write_deviations, lambda: "".join(lists))

    def _keep(self, path: str | None, content: Callable[[], str]) -> None:
        """Write a document; one that cannot be kept after all is said, and makes the run fail."""
        if path:
            try:
                write(path, content())
            except UsageError as error:
                print(f"syncprims conform: {error}", file=sys.stderr)
                self._lost = True

    def _status(self) -> int:
        if not any(
            row["outcome"] != judge.ABSENT
            for each in self._recordings
            for row in each["requirements"].values()
        ):
            raise UsageError("nothing was asked: all of it is n/a")
        failed = any(report.unmet(report.counts(each)) for each in self._recordings)
        lost = self._lost or self._lines.lost
        return int(failed or lost or (self._stale and self._options.strict))


class Implementation:
    """An implementation, and what has come of its run."""

    def __init__(
        self, name: str, options: argparse.Namespace, levels: list[str], lines: Lines
    ) -> None:
        self._name, self._options, self._levels, self._lines = name, options, levels, lines
        self._verdict = verdict.Verdict((), levels)
        self._began = time.monotonic()
        self._coverage = Coverage()
        self._run: Run | None = None
        self._total = 0
        self._done = 0
        self._running: dict[str, None] = {}  # ids, in the order in which they began
        self.rows: dict[str, Row] = {}
        self.stopped: bool = False

    def prepare(self, requirements: list[Requirement]) -> None:
        """Find out whether it can be used, before anything runs; raises Refused."""
        self._run = Run(
            self._name, self._excused, self._began_one, self._took, self._coverage.request()
        )
        deviations = [adapter.Deviation(*each) for each in self._run.about()["deviations"]]
        self._verdict = verdict.Verdict(deviations, self._levels)
        unknown = self._verdict.unknown(catalogue())
        if unknown:
            raise Refused(f"{self._name}: the deviation {unknown[0]} matches no requirement")

    def run(self, requirements: list[Requirement]) -> None:
        """Ask for all, as often as wanted."""
        self._began = time.monotonic()
        self._total = len(requirements) * self._options.repeat
        with self._coverage:
            for n in range(self._options.repeat):
                chosen = shuffled(requirements, self._options, n)
                if self._options.in_process:
                    self._here(chosen)
                elif self._run is not None and not self.stopped:
                    self._run.all(_groups(chosen))
        self._progress(end=True)

    def _here(self, requirements: list[Requirement]) -> None:
        implementation = adapter.load(self._name)
        known = {
            each.identifier: each
            for name in dict.fromkeys(each.module for each in requirements)
            for each in requirement.of(asserts.load(name))
        }
        for each in requirements:
            if not self.stopped:
                found = judge.judge(known[each.identifier], implementation, AGES)
                self._took(each, found)

    def _excused(self, asked: Requirement) -> str:
        return self._verdict.excuse(asked)

    def _began_one(self, identifier: str) -> None:
        self._running[identifier] = None
        self._progress()

    def _took(self, asked: Requirement, raw: Row) -> None:
        """Keep what came of a requirement; of several times the worst."""
        row = self._verdict.settled(asked, raw)
        self._lines.write({"implementation": self._name, "id": asked.identifier, **row})
        before = self.rows.get(asked.identifier, row)
        self.rows[asked.identifier] = max(before, row, key=lambda each: RANK[each["outcome"]])
        self._done += 1
        self._running.pop(asked.identifier, None)
        self._progress()
        if self._options.fail_fast and row["outcome"] in report.UNMET:
            self.stopped = True
            if self._run is not None:
                self._run.stopped = True

    def _progress(self, end: bool = False) -> None:
        """Show how far it is, if anybody looks."""
        if sys.stderr is not None and sys.stderr.isatty():
            text = f"{self._name}: {self._done} of {self._total} {' '.join(self._running)}"
            print(f"\r\x1b[K{'' if end else text[: width()]}", end="", file=sys.stderr, flush=True)

    def recording(self) -> report.Recording:
        """Return what is known so far."""
        seconds = time.monotonic() - self._began
        return report.recording(self._name, self.rows, seconds, self._levels)

    def stale(self, requirements: list[Requirement]) -> list[str]:
        """Name the deviations that are none any more, and return them."""
        found = self._verdict.stale(requirements, self.rows)
        for pattern in found:
            text = f"{self._name}: {pattern} is listed and passes"
            print(f"syncprims conform: {text}; take it off the list", file=sys.stderr)
        return found


def _groups(requirements: list[Requirement]) -> list[list[Requirement]]:
    """Return the requirements of each group; the longest first, so that two go on to the end."""
    groups: dict[str, list[Requirement]] = {}
    for each in requirements:
        groups.setdefault(each.group, []).append(each)
    return sorted(groups.values(), key=lambda group: -len(group))


def shuffled(
    requirements: list[Requirement], options: argparse.Namespace, n: int
) -> list[Requirement]:
    """Return the requirements in the order of the run `n`."""
    if not options.shuffle and options.seed is None:
        return requirements
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    print(f"syncprims conform: --seed {seed + n}", file=sys.stderr)
    return random.Random(seed + n).sample(requirements, len(requirements))


def _documents(options: argparse.Namespace) -> list[str | None]:
    return [options.json, options.junit, options.markdown, options.write_deviations]


def _partial(options: argparse.Namespace) -> str | None:
    """Return where the results go as they come."""
    if options.results:
        return str(options.results)
    plain = options.json and options.json != "-"
    if plain and (os.path.isfile(options.json) or not os.path.lexists(options.json)):
        return f"{options.json}.part"
    return None
