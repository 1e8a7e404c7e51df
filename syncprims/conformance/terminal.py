"""How wide a table may be, whether it has colours, and how lines are broken.

As wide as COLUMNS says, else as the terminal is, else 80. NO_COLOR and TERM=dumb forbid colours,
FORCE_COLOR asks for them. No library is needed for that: whoever tries the suite on an interpreter
of their own should have nothing to install.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

LEAST = 40  # columns: what is narrower is not readable anyway


def width() -> int:
    """Return how many columns there are for a line."""
    return max(LEAST, shutil.get_terminal_size((80, 24)).columns - 1)


def colored() -> bool:
    """Whether to use colours on stdout."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def wrapped(text: str, first: str = "", rest: str = "  ") -> list[str]:
    """Break a text into lines, the first and the others indented; never inside a word."""
    return textwrap.wrap(
        text,
        width(),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def columns(rows: list[list[str]]) -> list[str]:
    """Return rows as lines, each cell as wide as the widest of its column."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def blocks(rows: list[list[str]], kept: int = 1) -> list[str]:
    """Return rows as lines that fit: columns for which there is no room follow in a block below.

    The first `kept` columns are in every block, so that a reader knows what a row is about.
    """
    lines: list[str] = []
    first, count = kept, len(rows[0])
    while True:
        last = first + 1
        while last < count and _fits(rows, kept, first, last + 1):
            last += 1
        lines += columns([row[:kept] + row[first:last] for row in rows])
        if last >= count:
            return lines
        lines.append("")
        first = last


def _fits(rows: list[list[str]], kept: int, first: int, last: int) -> bool:
    return all(len(line) <= width() for line in columns([r[:kept] + r[first:last] for r in rows]))
