"""The explorer beside interleave-test, on one scenario and in one run.

Both search depth first, at locks and threads only (interleave-test is told not to trace this
file), for all orders with at most two preemptions, and come to their end: so both do the same
work, and neither gets off with the easy part of a larger one.
"""

from __future__ import annotations

import importlib.metadata
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

from syncprims.explore import explore

NAME = "explorer: depth first, 3 threads"
OTHER = "interleave-test"
LEAST = 8.0  # times the other's executions in a second
PREEMPTIONS = 2


def scenario() -> None:
    """Three threads that each take and release one lock: 19 steps."""
    lock = threading.Lock()

    def work() -> None:
        with lock:
            pass

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(rounds: int) -> dict[str, Any]:
    """Search with both by turns; return the medians, or why there is nothing to compare with."""
    try:
        import interleave_test as other
    except ImportError:
        return {"name": NAME, "missing": f"{OTHER} is not installed (it needs Python 3.12)"}

    def ours() -> int:
        found = explore(scenario, strategy="dfs", preemptions=PREEMPTIONS, race_free=True)
        assert found.verdict == "bounded"
        return found.executions

    def theirs() -> int:
        found = other.explore(
            scenario,
            strategy="dfs",
            max_preemptions=PREEMPTIONS,
            iterations=10**6,
            exclude=[__file__],
        )
        assert found.exhausted
        return int(found.schedules_run)

    speeds = [(_per_second(ours), _per_second(theirs)) for _ in range(rounds)]
    ratios = [mine / other for mine, other in speeds]
    return {
        "name": NAME,
        "other": f"{OTHER} {importlib.metadata.version(OTHER)}",
        "per_second": [statistics.median(column) for column in zip(*speeds, strict=True)],
        "median": statistics.median(ratios),
        "least": min(ratios),
        "most": max(ratios),
        "at_least": LEAST,
    }


def _per_second(search: Callable[[], int]) -> float:
    begin = time.perf_counter()
    executions = search()
    return executions / (time.perf_counter() - begin)


def text(found: dict[str, Any]) -> str:
    """Return what was found as lines for people."""
    lines = ["", "executions in a second, the explorer and another", "-- explorer"]
    if "missing" in found:
        return "\n".join([*lines, f"  {found['name']}: {found['missing']}"])
    mine, other = found["per_second"]
    under = "  under" if found["median"] < found["at_least"] else ""
    return "\n".join(
        [
            *lines,
            f"  {found['name']}: {mine:,.0f}; {found['other']}: {other:,.0f}",
            f"  {found['median']:.1f} times as many (least {found['least']:.1f}, "
            f"most {found['most']:.1f}), at least {found['at_least']:.1f} wanted{under}",
        ]
    )
