"""Many recordings, one table: a row for each group of requirements, a column for each environment.

The recordings are the JSON files that conformance runs under different interpreters have left in
one directory, named after their environments. An environment that was expected and left none is
named as skipped, so that a green table cannot hide what was never run. Where a file holds several
implementations, each has a row of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncprims.conformance import compare, report
from syncprims.conformance.judge import ABSENT, DIFFERS, PASS
from syncprims.conformance.terminal import blocks, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

Recordings = dict[str, dict[str, Any]]


def read(directory: str) -> Recordings:
    """Return the recordings in a directory, by the names of their environments."""
    if not Path(directory).is_dir():
        raise compare.Unreadable(f"{directory} is no folder: name the one that holds the files")
    found: Recordings = {}
    for path in sorted(Path(directory).glob("*.json")):
        recordings = compare.read(path)
        for recording in recordings:
            several = f" {recording['implementation']}" if len(recordings) > 1 else ""
            name = path.stem + several
            if name in found:
                raise compare.Unreadable(f"{path} holds {recording['implementation']} twice")
            found[name] = recording
    if not found:
        raise compare.Unreadable(f"no .json files in {directory}: conform --json writes them")
    return found


def _groups(recordings: Recordings) -> list[str]:
    found = {
        report.group_of(identifier): None
        for recording in recordings.values()
        for identifier in recording["requirements"]
    }
    return sorted(found, key=lambda group: report.order(f"{group}-"))


def _cell(recording: dict[str, Any], group: str | None) -> str:
    """Say how many passed, and after it how many fail (!) or are known to differ (~)."""
    tally = report.counts(recording, group)
    if tally.total() == tally[ABSENT]:
        return ABSENT
    fails = f"!{report.unmet(tally)}" if report.unmet(tally) else ""
    return f"{tally[PASS]}{fails}{f'~{tally[DIFFERS]}' if tally[DIFFERS] else ''}"


def table(recordings: Recordings) -> list[list[str]]:
    """Return the table's rows, the head first."""
    groups = _groups(recordings)
    rows = [["environment", "python", *groups, "all", "s"]]
    for name, recording in recordings.items():
        cells = [_cell(recording, group) for group in [*groups, None]]
        rows.append([name, recording["version"], *cells, f"{recording['seconds']:.1f}"])
    return rows


LEGEND = "passed, !failed, ~known to differ; n/a: the implementation has no such primitive"


def _skipped(recordings: Recordings, expected: Iterable[str]) -> str:
    there = {name.partition(" ")[0] for name in recordings}
    missing = [name for name in expected if name not in there]
    return f"skipped, no such interpreter here: {', '.join(missing) or 'none'}"


def text(recordings: Recordings, expected: Iterable[str]) -> str:
    """Return the table for a terminal, what its marks mean, and which environments are missing."""
    # What sums a row up comes first: where there is no room the groups follow in blocks below.
    rows = [[*row[:2], *row[-2:], *row[2:-2]] for row in table(recordings)]
    return "\n".join(
        [*blocks(rows), "", *wrapped(LEGEND), *wrapped(_skipped(recordings, expected))]
    )


HEAD = """\
# Conformance

Written by `tox -e matrix` from the recordings of the last conformance runs; do not edit.
What the columns mean, and how to add yours: [adapters.md](adapters.md).

## Environments

"""


def markdown(recordings: Recordings, expected: Iterable[str]) -> str:
    """Return the page: the table of environments, then every requirement on the newest of them."""
    newest: dict[str, dict[str, Any]] = {}
    for recording in sorted(recordings.values(), key=lambda each: _version(each["version"])):
        newest[recording["implementation"]] = recording
    columns = sorted(newest.values(), key=lambda each: each["implementation"] != "syncprims")
    versions = ", ".join(f"{each['implementation']} on {each['python']}" for each in columns)
    return (
        f"{HEAD}{report.markdown_table(table(recordings))}\n{LEGEND}\n\n"
        f"{_skipped(recordings, expected).capitalize()}.\n\n"
        f"## Requirements\n\nEach on the newest interpreter it was run on: {versions}.\n\n"
        f"{report.markdown(columns)}"
    )


def _version(version: str) -> list[int]:
    return [int("".join(filter(str.isdigit, part)) or 0) for part in version.split(".")]
