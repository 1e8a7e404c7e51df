"""``python -m tests.bench.explorers``: the explorer beside interleave-test, executions per second.

Both search the same scenario depth first, in turns, at the granularity of synchronization: nothing
of the scenario's file is traced by interleave-test, so its only switch points are the operations
on locks and threads, as the explorer's are. The ratio is the median of the rounds.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
import threading
import time

from syncprims.explore import explore

EXECUTIONS = 2000
ROUNDS = 5
AT_LEAST = 8.0  # times as many


def scenario() -> None:
    """Three threads, and about fifteen points."""
    lock = threading.Lock()

    def use() -> None:
        with lock:
            pass

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ours() -> float:
    began = time.perf_counter()
    done = explore(scenario, strategy="dfs", max_executions=EXECUTIONS).executions
    return done / (time.perf_counter() - began)


def theirs() -> float:
    import interleave_test

    began = time.perf_counter()
    result = interleave_test.explore(
        scenario, strategy="dfs", max_preemptions=100, iterations=EXECUTIONS, exclude=[__file__]
    )
    return float(result.schedules_run / (time.perf_counter() - began))


def main() -> int:
    """Print both rates and their ratio; 1 if it is too small."""
    if importlib.util.find_spec("interleave_test") is None:
        print("interleave-test is not installed (it needs Python 3.12): nothing to compare with")
        return 0
    rounds = [(ours(), theirs()) for _ in range(ROUNDS)]
    ratio = statistics.median(mine / other for mine, other in rounds)
    mine, other = (statistics.median(each) for each in zip(*rounds, strict=True))
    print(f"executions per second: syncprims.explore {mine:,.0f}, interleave-test {other:,.0f}")
    print(f"ratio {ratio:.1f} (at least {AT_LEAST:g})")
    return int(ratio < AT_LEAST)


if __name__ == "__main__":
    sys.exit(main())
