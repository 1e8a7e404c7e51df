"""The table of a run, in Markdown: for each class how many mutants were killed, and by whom.

Equivalent mutants, which nobody can tell from the original, are listed by hand in a file: a reason
after ``#``, below it the ids. They count neither as killed nor as survivors, unless the suite kills
one: then the reason is wrong, and the page says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tests.mutants.mutate import Mutant
from tests.mutants.verdicts import PYTHON

FILE = Path(__file__).with_name("equivalent.txt")

_HEAD = """
| class | mutants | equivalent | by the contract | at any level | survivors | by CPython's tests |
|---|---|---|---|---|---|---|"""


class Judged(NamedTuple):
    """A mutant, and who killed it; empty texts where nobody did."""

    mutant: Mutant
    by: str
    level: str
    cpython: str
    excused: bool

    @property
    def survives(self) -> bool:
        """Whether nothing killed it and no reason excuses it."""
        return not self.by and not self.excused


def text(rows: list[Judged]) -> str:
    """Return the table, and below it the survivors."""
    page = [f"Python {PYTHON}, {len(rows)} mutants, and how many were killed:", _HEAD]
    for owner in sorted({row.mutant.owner for row in rows}):
        page.append(_line(owner, [row for row in rows if row.mutant.owner == owner]))
    page += [_line("all", rows), "\nSurvivors:\n"]
    page += [f"- `{row.mutant.id}`" for row in rows if row.survives] or ["none"]
    wrong = [f"- `{row.mutant.id}`: {row.by}" for row in rows if row.by and row.excused]
    return "\n".join([*page, *(["\nListed as equivalent, but killed:\n", *wrong] if wrong else [])])


def _line(name: str, rows: list[Judged]) -> str:
    counted = [row for row in rows if row.by or not row.excused]
    cells = [
        *(name, len(rows), len(rows) - len(counted)),
        _share([row.level == "contract" for row in counted]),
        _share([row.by != "" for row in counted]),
        sum(row.survives for row in rows),
        _share([row.cpython != "" for row in counted]),
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _share(killed: list[bool]) -> str:
    return f"{sum(killed)} ({100 * sum(killed) // max(len(killed), 1)} %)"


def equivalents() -> set[str]:
    """Return the ids that the file lists."""
    return {line for line in FILE.read_text("utf-8").splitlines() if line and line[0] != "#"}
