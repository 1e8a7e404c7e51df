"""``python -m tests.faults``: how many points of each operation break what it is done on."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import groupby
from pathlib import Path

from syncprims.conformance import report

from .operations import MEANWHILE, OPERATIONS, kind_of
from .pool import Result, strike_all


def main() -> int:
    """Strike what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Strike each operation at each point where CPython looks for signals.",
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="syncprims, stdlib (default: both)")
    add("--only", default="", metavar="TEXT", help="only operations whose name contains TEXT")
    add("--reenter", action="store_true", help="use the object at each point, instead of raising")
    add("--twice", action="store_true", help="strike once more while the first is being undone")
    add("--workers", type=int, default=4, metavar="N", help="processes at a time (4)")
    add("--json", metavar="FILE", help="keep the result in FILE")
    add("-v", "--verbose", action="store_true", help="name each point that breaks something")
    options = parser.parse_args()
    names = [name for name in OPERATIONS if options.only.lower() in name.lower()]
    if not names:
        parser.error(f"no operation's name contains {options.only!r}")
    how = "reenter" if options.reenter else "raise"
    found = {}
    for implementation in options.names or ["syncprims", "stdlib"]:
        results = []
        these = chosen(implementation, names, how)
        for result in strike_all(implementation, these, how, options.workers, twice=options.twice):
            results.append(result)
            show(f"{implementation}: {result.name}")
        show("")
        found[implementation] = results
        print(text(implementation, results, options.verbose))
    if options.json:
        kept = {name: [vars(each) for each in results] for name, results in found.items()}
        Path(options.json).write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    return 0


def show(progress: str) -> None:
    """Show how far it is, if anybody looks."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)


def chosen(implementation: str, names: list[str], how: str) -> list[str]:
    """Return the operations that an implementation has in Python."""
    return [
        name
        for name in names
        if (how == "raise" or kind_of(name) in MEANWHILE)
        and not (implementation == "stdlib" and name.startswith(("SimpleQueue", "RLock")))
        and not (implementation == "stdlib" and "shutdown" in name and sys.version_info < (3, 13))
        and not (implementation == "stdlib" and " next" in name and sys.version_info < (3, 15))
    ]


def text(implementation: str, results: list[Result], verbose: bool) -> str:
    """Return the counts, by class."""
    lines = [f"{implementation} on {report.python_name()}: broken / tried (hung)"]
    for group, members in groupby(results, lambda each: each.name.split()[0].partition("(")[0]):
        lines.append(_line(group, list(members)))
    lines.append(_line("all", results))
    if verbose:
        for result in results:
            lines += [f"  {result.name}: {where}: {what}" for where, what in result.broken]
    return "\n".join(lines)


def _line(name: str, results: list[Result]) -> str:
    broken = sum(len(each.broken) for each in results)
    hung = sum(each.hung for each in results)
    return f"  {name:20}{broken:5} /{sum(each.tried for each in results):5} ({hung})"


sys.exit(main())
