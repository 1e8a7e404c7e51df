"""``python -m tests.bench``: print the ratios, and keep them in a file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from syncprims.conformance import adapter, report
from tests.bench import explorer, imports, measure
from tests.bench.many_threads import SCENARIOS
from tests.bench.measure import PURE
from tests.bench.one_thread import ITERATORS, PURE_PYTHON, ROWS, Row
from tests.bench.table import geometric_mean, text


def main() -> int:
    """Run the benchmarks that the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Ratios to the standard library, in one run."
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="implementations, as for conform (syncprims)")
    add("--only", default="", metavar="TEXT", help="only rows whose name contains TEXT")
    add("--rounds", type=int, default=15, metavar="N", help="rounds per row (15)")
    add("--json", metavar="FILE", help="keep the result in FILE")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    names = options.names or ["syncprims"]
    try:
        kits = [adapter.load(name) for name in names]
    except adapter.AdapterError as error:
        parser.error(str(error))
    rows = list(_run([_Names(kit) for kit in kits], options.only.lower(), options.rounds))
    beside = {
        each: each.run(options.rounds)
        for each in (imports, explorer)
        if options.only.lower() in each.NAME
    }
    if not rows and not beside:
        parser.error(f"no row's name contains {options.only!r}")
    result = {
        "python": report.python_name(),
        "version": sys.version.split()[0],
        "date": date.today().isoformat(),
        "names": names,
        "floor": measure.floor(),
        "rows": [*rows, *geometric_mean(rows)],
        "import": beside.get(imports),
        "explorer": beside.get(explorer),
    }
    print(text(result))
    for each, found in beside.items():
        print(each.text(found))
    if options.json:
        Path(options.json).parent.mkdir(parents=True, exist_ok=True)
        Path(options.json).write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    return 0


class _Names:
    """An implementation's primitives and exceptions, as attributes."""

    def __init__(self, kit: adapter.Implementation) -> None:
        self._get = kit.get

    def __getattr__(self, name: str) -> Any:
        try:
            found = self._get(name)
        except adapter.NotApplicable as reason:
            raise AttributeError(name) from reason
        setattr(self, name, found)
        return found


def _unlimited(rows: list[Row]) -> list[Row]:
    return [row._replace(limits=None) for row in rows]


def _run(kits: list[Any], only: str, rounds: int) -> Iterator[dict[str, Any]]:
    stdlib = _Names(adapter.load("stdlib"))
    in_c = _unlimited(PURE_PYTHON)
    iterators = ITERATORS if hasattr(stdlib, "serialize_iterator") else []
    made = [row for row in _unlimited([*ROWS, *PURE_PYTHON]) if row.name.startswith("make")]
    plan: list[tuple[str, Any, Any, Any]] = [
        *(("one thread", row, stdlib, measure.statement) for row in ROWS),
        *(("iterators", row, stdlib, measure.statement) for row in iterators),
        *(("against CPython's own in Python", row, PURE, measure.statement) for row in PURE_PYTHON),
        *(("against CPython's own in C", row, stdlib, measure.statement) for row in in_c),
        *(("many threads", row, stdlib, measure.scenario) for row in SCENARIOS),
        *(("memory", row, stdlib, measure.memory) for row in made),
    ]
    if sys.implementation.name == "pypy":
        plan = [each for each in plan if each[0] != "memory"]  # nothing there counts bytes
    plan = [each for each in plan if only in each[1].name.lower()]
    for done, (group, row, reference, run) in enumerate(plan):
        if sys.stderr.isatty():
            print(f"\r\x1b[K{done} of {len(plan)}: {row.name}", end="", file=sys.stderr, flush=True)
        ratios = run(row, [*kits, reference], rounds)
        yield {
            "group": group,
            "name": row.name,
            "limited": row.limits is not None,
            "most": row.limits and row.limits.here(),
            "ratios": [vars(ratio) for ratio in ratios],
        }
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)


sys.exit(main())
