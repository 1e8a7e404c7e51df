"""``python -m tests.mutants FILE``: who kills which mutant of the standard library's classes.

The verdicts are kept in FILE. The sample is drawn by the mutants' ids, so that a larger one holds
the smaller. At the end stands the table; the exit status is 1 if a mutant survived that is not
listed as equivalent.
"""

from __future__ import annotations

import argparse
import random
import sys
from functools import partial
from pathlib import Path

from tests.mutants import adapters, judges, table
from tests.mutants.mutate import Mutant, mutants
from tests.mutants.verdicts import Verdicts


def main() -> int:
    """Judge what is not judged yet; print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    add = parser.add_argument
    add("file", type=Path, help="where the verdicts are, or will be")
    add("--count", type=int, default=200, metavar="N", help="how many mutants (200)")
    add("--seed", type=int, default=0, metavar="N", help="which ones (0)")
    options = parser.parse_args()
    try:
        rows = judge(sample(options.count, options.seed), Verdicts(options.file))
    except judges.Unusable as error:
        print(f"tests.mutants: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"tests.mutants: stopped; the same call goes on from {options.file}", file=sys.stderr)
        return 130
    print(table.text(rows))
    return int(any(row.survives for row in rows))


def sample(count: int, seed: int) -> list[Mutant]:
    """Return `count` mutants of the running Python's classes."""
    found = [each for name in adapters.USED_BY for each in mutants(name, adapters.source(name))]
    return sorted(found, key=lambda each: random.Random(f"{seed} {each.id}").random())[:count]


def judge(wanted: list[Mutant], verdicts: Verdicts) -> list[table.Judged]:
    """Return what both judges say of each mutant; two processes at most have work at a time."""
    owners = {each.owner: partial(judges.unchanged, each.owner) for each in wanted}
    unmet = verdicts.complete("unchanged", owners, 1)
    asked = {each.id: partial(judges.suite, each, unmet[each.owner]["unmet"]) for each in wanted}
    suite = verdicts.complete("suite", asked, 1)  # it starts two children itself
    asked = {each.id: partial(judges.cpython, each) for each in wanted}
    cpython = verdicts.complete("cpython", asked, 2)
    excused = table.equivalents()
    return [
        table.Judged(each, by["by"], by["level"], cpython[each.id]["by"], each.id in excused)
        for each, by in zip(wanted, suite.values(), strict=True)
    ]


if __name__ == "__main__":
    sys.exit(main())
