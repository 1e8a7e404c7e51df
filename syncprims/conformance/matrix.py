"""Many recordings, one table: a row for each group of requirements, a column for each environment.

The recordings are the JSON files that conformance runs under different interpreters have left in
one directory, named after their environments. An environment that was expected and left none is
named as skipped, so that a green table cannot hide what was never run. Where a file holds several
implementations, each has a row of its own. Recordings of several systems are in a folder each; then
one table more, with a group of columns for each system, comes first.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncprims.conformance import compare, report
from syncprims.conformance.judge import ABSENT, DIFFERS, PASS
from syncprims.conformance.terminal import blocks, columns, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

Recordings = dict[str, dict[str, Any]]
Systems = dict[str, Recordings]  # "" where all are in one folder


def read(directory: str) -> Systems:
    """Return the recordings in a directory; with those of several systems, each in a folder."""
    root = Path(directory)
    if not root.is_dir():
        raise compare.Unreadable(f"{directory} is no folder: name the one that holds the files")
    found = {"": _recordings(root)}
    found |= {path.name: _recordings(path) for path in sorted(root.iterdir()) if path.is_dir()}
    found = {system: recordings for system, recordings in found.items() if recordings}
    if not found:
        raise compare.Unreadable(f"no .json files in {directory}: conform --json writes them")
    return found


def _recordings(folder: Path) -> Recordings:
    """Return a folder's recordings, by the names of their environments."""
    found: Recordings = {}
    for path in sorted(folder.glob("*.json")):
        recordings = compare.read(path)
        for recording in recordings:
            several = f" {recording['implementation']}" if len(recordings) > 1 else ""
            name = path.stem + several
            if name in found:
                raise compare.Unreadable(f"{path} holds {recording['implementation']} twice")
            found[name] = recording
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


def text(systems: Systems, expected: list[str]) -> str:
    """Return the tables for a terminal, what their marks mean, and which environments miss."""
    lines: list[str] = []
    if len(systems) > 1:
        lines += [*columns(overview(systems)), ""]
    for system, recordings in systems.items():
        lines += [system] * bool(system)
        # What sums a row up comes first: where there is no room the groups follow in blocks below.
        lines += blocks([[*row[:2], *row[-2:], *row[2:-2]] for row in table(recordings)])
        lines += ["", *wrapped(_skipped(recordings, expected)), ""]
    return "\n".join([*lines, *wrapped(LEGEND)])


def overview(systems: Systems) -> list[list[str]]:
    """Return a row for each environment, with a group of columns for each system."""
    names = dict.fromkeys(name for recordings in systems.values() for name in recordings)
    rows = [["environment", *(head for system in systems for head in (system, "s"))]]
    for name in names:
        cells = []
        for recordings in systems.values():
            found = recordings.get(name)
            cells += [_cell(found, None), f"{found['seconds']:.1f}"] if found else ["-", "-"]
        rows.append([name, *cells])
    return rows


HEAD = """\
# Conformance

Written by `tox -e matrix` from the recordings of the last conformance runs; do not edit.
What the columns mean, and how to add yours: [adapters.md](adapters.md).

## Environments

"""


def markdown(systems: Systems, expected: list[str]) -> str:
    """Return the page: the tables of environments, then every requirement on the newest of them."""
    newest: dict[str, dict[str, Any]] = {}
    everything = [each for recordings in systems.values() for each in recordings.values()]
    for recording in sorted(everything, key=lambda each: _version(each["version"])):
        newest[recording["implementation"]] = recording
    found = sorted(newest.values(), key=lambda each: each["implementation"] != "syncprims")
    versions = ", ".join(f"{each['implementation']} on {each['python']}" for each in found)
    parts = [HEAD]
    if len(systems) > 1:
        parts += [report.markdown_table(overview(systems)), "\n"]
    for system, recordings in systems.items():
        parts += [f"### {system}\n\n"] * bool(system)
        parts += [report.markdown_table(table(recordings)), "\n"]
        parts.append(f"{_skipped(recordings, expected).capitalize()}.\n\n")
    parts.append(f"{LEGEND.capitalize()}.\n\n## Requirements\n\n")
    parts.append(f"Each on the newest interpreter it was run on: {versions}.\n\n")
    return "".join([*parts, report.markdown(found)])


def _version(version: str) -> list[int]:
    return [int("".join(filter(str.isdigit, part)) or 0) for part in version.split(".")]
