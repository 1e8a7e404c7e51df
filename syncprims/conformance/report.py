"""What came of a run, and how it is told: for a terminal, as JSON, JUnit or Markdown.

A recording is plain data: of one implementation, a row for each requirement. The terminal sees what
is not met, each with what was seen, and a table of counts; documents hold every requirement.
"""

from __future__ import annotations

import datetime
import json
import platform
import re
import sys
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import syncprims
from syncprims.conformance.adapter import PRIMITIVES
from syncprims.conformance.judge import ABSENT, CRASH, DIFFERS, FAIL, PASS, TIMEOUT, Row
from syncprims.conformance.requirement import LEVELS
from syncprims.conformance.terminal import columns, width, wrapped

Recording = dict[str, Any]

UNMET = (FAIL, CRASH, TIMEOUT)
SHORT = {"stdlib-private": "private"}


def group_of(identifier: str) -> str:
    """Return the first part of an id."""
    return identifier.rpartition("-")[0]


def order(identifier: str) -> tuple[int, str]:
    """Return what sorts ids in the order in which the kit is read."""
    group = group_of(identifier)
    groups = [*PRIMITIVES, "ITER"]
    return (groups.index(group) if group in groups else len(groups), identifier)


def python_name() -> str:
    """Return a short name for the running interpreter: ``3.13``, ``3.13t``, ``pypy3.11``."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    free_threaded = not getattr(sys, "_is_gil_enabled", lambda: True)()
    prefix = "" if sys.implementation.name == "cpython" else sys.implementation.name
    return f"{prefix}{version}{'t' if free_threaded else ''}"


def recording(name: str, rows: dict[str, Row], seconds: float, levels: list[str]) -> Recording:
    """Return a run as plain data."""
    return {
        "implementation": name,
        "python": python_name(),
        "version": platform.python_version(),
        "seconds": round(seconds, 2),
        "levels": levels,
        "requirements": {each: rows[each] for each in sorted(rows, key=order)},
    }


def as_json(recordings: list[Recording]) -> str:
    """Return recordings as one JSON document."""
    document = {
        "schema": 2,
        "version": syncprims.__version__,
        "platform": platform.platform(),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "recordings": recordings,
    }
    return json.dumps(document, indent=1) + "\n"


def counts(
    of: Recording, group: str | None = None, levels: tuple[str, ...] = LEVELS
) -> Counter[str]:
    """Count the outcomes of one recording, of one group or of all, at some levels or at all."""
    return Counter(
        row["outcome"]
        for identifier, row in of["requirements"].items()
        if group in (None, group_of(identifier)) and row["level"] in levels
    )


def unmet(tally: Counter[str]) -> int:
    """Return how many are not met, in whatever way."""
    return sum(tally[outcome] for outcome in UNMET)


def text(of: Recording, color: bool, everything: bool = False) -> str:
    """Return what is not met, and the table, for a terminal."""
    rows = of["requirements"].items()
    lines = []
    for identifier, row in rows:
        if row["outcome"] in UNMET:
            lines += [*failure(identifier, row, color), ""]
        elif everything:
            lines += _one_line(identifier, row, color)
    known: dict[str, list[str]] = {}
    for identifier, row in rows:
        if row["outcome"] == DIFFERS and row["listed"]:
            known.setdefault(row["reason"], []).append(identifier)
    for reason, ids in known.items():
        lines += wrapped(f"differs as listed: {', '.join(ids)}: {reason}")
    return "\n".join([*lines, *([""] * bool(lines)), *_table(of), *wrapped(summary(of))])


def failure(identifier: str, row: Row, color: bool) -> list[str]:
    """Return what was required and what was seen."""
    head = f"{identifier} {_paint(row['outcome'], color)}  {row['sentence']}"
    lines = wrapped(head)
    for name, said in (
        ("seen", row["message"]),
        ("with", row.get("case")),
        ("test", row.get("test")),
        ("left", "\n".join(dict.fromkeys(row.get("left", ()))) * (row["outcome"] != TIMEOUT)),
        ("hint", row.get("hint")),
    ):
        for number, line in enumerate(said.splitlines() if said else ()):
            first = f"  {name}  " if number == 0 else " " * 8
            lines += wrapped(line, first, " " * 8)
    return lines


def _one_line(identifier: str, row: Row, color: bool) -> list[str]:
    outcome = _paint(row["outcome"].ljust(7), color)
    why = f" ({row['reason'] or row['message']})" if row["outcome"] in (DIFFERS, ABSENT) else ""
    text = f"{identifier:10} {outcome} {row['level']:8} {row['sentence']}{why}"
    return wrapped(text.replace("\n", " "), rest=" " * 28)


def _table(of: Recording) -> list[str]:
    """Return the counts, a line for each group."""
    groups = dict.fromkeys(group_of(identifier) for identifier in of["requirements"])
    head = f"{of['implementation']}  {of['version']}  {of['seconds']:.0f} s"
    rows = [[head, *(SHORT.get(level, level) for level in LEVELS)]]
    for group in groups:
        cells = [_cell(of, group, level) for level in LEVELS]
        if set(cells) != {"-"}:
            rows.append([group, *cells])
    lines = columns(rows)
    if max(map(len, lines)) <= width():
        return lines
    return [head, *columns([["", *rows[0][1:]], *rows[1:]])]  # a long name has a line for itself


def _cell(of: Recording, group: str, level: str) -> str:
    tally = counts(of, group, (level,))
    asked = tally.total() - tally[ABSENT]
    if not asked:
        return "-"
    if level != LEVELS[0]:
        return f"{tally[PASS]}/{asked}{'!' * bool(unmet(tally))}"
    known = (PASS, *UNMET, DIFFERS)
    return " ".join(f"{tally[outcome]} {outcome}" for outcome in known if tally[outcome])


def summary(of: Recording) -> str:
    """Say in one line what came of the levels that were looked at, and how much was asked."""
    levels = tuple(of["levels"])
    tally = counts(of, levels=levels)
    name = "all levels" if levels == LEVELS else ", ".join(levels)
    rows = of["requirements"].values()
    idle = sum(not_run(row) for row in rows if row["level"] in levels)
    parts = [f"{tally[PASS]} pass", f"{unmet(tally)} FAIL"]
    if unmet(tally):
        parts[-1] += f" ({tally[TIMEOUT]} TIMEOUT, {tally[CRASH]} CRASH, {idle} not run)"
    if tally[DIFFERS]:
        parts.append(f"{tally[DIFFERS]} listed")
    asked = tally.total() - tally[ABSENT] - idle
    return f"{name}: {', '.join(parts)}, {tally[ABSENT]} n/a; {asked} of {tally.total()} asked"


def not_run(row: Row) -> bool:
    """Whether a requirement was given up before it was asked."""
    return bool(row["outcome"] in UNMET and row["message"].startswith("not run"))


def _paint(outcome: str, color: bool) -> str:
    codes = {PASS: "32", DIFFERS: "33", ABSENT: "2"}
    return f"\x1b[{codes.get(outcome.strip(), '1;31')}m{outcome}\x1b[0m" if color else outcome


def table(recordings: list[Recording]) -> list[list[str]]:
    """Return rows, the head first: id, level, sentence, and each implementation's outcome."""
    names = [each["implementation"] for each in recordings]
    rows = [["id", "level", "requirement", *names]]
    identifiers = {name: None for each in recordings for name in each["requirements"]}
    for identifier in sorted(identifiers, key=order):
        found = [each["requirements"].get(identifier) for each in recordings]
        known = next(row for row in found if row)
        outcomes = [row["outcome"] if row else ABSENT for row in found]
        rows.append([identifier, known["level"], known["sentence"], *outcomes])
    return rows


def markdown(recordings: list[Recording]) -> str:
    """Return the table, what is not met and why, and the summary as Markdown."""
    lines = [markdown_table(table(recordings))]
    for each in recordings:
        lines += [f"- {line}" for line in _reasons(each)]
        lines.append(f"- {each['implementation']}: {summary(each)}")
    return "\n".join(lines) + "\n"


def _reasons(of: Recording) -> list[str]:
    """Say for each requirement that is not met why, the same reason once."""
    reasons: dict[str, list[str]] = {}
    for identifier, row in of["requirements"].items():
        if row["outcome"] in (*UNMET, DIFFERS):
            first = (row["reason"] or row["message"]).partition("\n")[0]
            reasons.setdefault(f"{row['outcome']}: {first}", []).append(identifier)
    name = of["implementation"]
    return [f"{name} {', '.join(ids)}: {reason}" for reason, ids in reasons.items()]


def markdown_table(rows: list[list[str]]) -> str:
    """Return rows, the head first, as a Markdown table."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    cells.insert(1, ["---"] * len(rows[0]))
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def junit(recordings: list[Recording]) -> str:
    """Return recordings as JUnit's XML: a suite each, a case for each requirement."""
    root = ElementTree.Element("testsuites")
    for each in recordings:
        tally = counts(each)
        numbers = {"tests": tally.total(), "failures": unmet(tally), "skipped": tally[ABSENT]}
        attributes = {name: str(number) for name, number in numbers.items()}
        attributes |= {"name": each["implementation"], "time": str(each["seconds"])}
        suite = ElementTree.SubElement(root, "testsuite", attributes)
        for identifier, row in each["requirements"].items():
            _junit_case(suite, each["implementation"], identifier, row)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(suite: ElementTree.Element, name: str, identifier: str, row: Row) -> None:
    attributes = {
        "classname": f"{name}.{group_of(identifier)}",
        "name": f"{identifier} {row['sentence']}",
        "time": str(row["seconds"]),
    }
    case = ElementTree.SubElement(suite, "testcase", attributes)
    message = re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd]", "?", row["message"] or row["reason"])
    if row["outcome"] in UNMET:
        kind = {"type": row["outcome"], "message": message.partition("\n")[0]}
        ElementTree.SubElement(case, "failure", kind).text = message
    elif row["outcome"] != PASS:
        ElementTree.SubElement(case, "skipped", {"message": message})
