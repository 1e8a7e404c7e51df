"""What has failed is looked for once more, and run again, before it is called a failure.

First with as few changes of threads as possible, for then it is easier to read. Then in new OS
threads, with its steps noted: what fails only because of what an earlier execution has left behind,
in a thread-local or in a global, is no failure of the scenario. So what passed at first has to pass
again too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from syncprims.explore import report
from syncprims.explore.model import real_monotonic
from syncprims.explore.pool import Pool
from syncprims.explore.report import Steps
from syncprims.explore.result import Found
from syncprims.explore.scheduler import Execution
from syncprims.explore.search import NO_FAILURES, Search, found_in
from syncprims.explore.strategies import Dfs, Forced
from syncprims.explore.tasks import Failure
from syncprims.explore.threads import real_join, real_start

SHORTER = 2000  # executions, and seconds, spent on a failure with fewer preemptions
SHORTER_SECONDS = 5.0
MANY = 8  # preemptions: more are no easier to read than what was found


def recorded(search: Search, failure: Failure, strategy: Any) -> Found:
    """Look for the same failure with fewer preemptions; run it once more with its steps noted."""
    execution = search.execution
    assert execution is not None
    if failure.kind in NO_FAILURES:
        return found_in(execution)
    executions, steps = search.executions, execution.log
    if not isinstance(strategy, Dfs):
        steps = _with_fewest_preemptions(search, failure) or steps
    passed = search.first
    first = _anew(search, lambda: search.once(Forced(passed))) if passed else None
    replayed = _anew(search, lambda: search.once(Forced(steps), recording=True))
    search.executions = executions
    if replayed.failure is None:
        replayed.failure = Failure("nondeterminism", f"{failure.message}, but not once more")
    elif first is not None and first.failure is not None:
        left = "but now so does what passed at first: did an earlier run leave something?"
        replayed.failure = Failure("nondeterminism", f"{failure.message}, {left}")
    found = found_in(replayed)
    found.schedule = report.encode(steps)
    return found


def _with_fewest_preemptions(search: Search, failure: Failure) -> Steps:
    """Depth first, few before many, for a while; an empty list if there is no such failure."""
    few, began = Dfs(MANY), real_monotonic()
    for _ in range(SHORTER):
        failed = search.once(few)
        if failed.failure is not None and failed.failure.kind == failure.kind:
            # What comes after the last change comes by itself: that keeps a livelock's short.
            return failed.log[: few.last_change()] if failure.kind == "livelock" else failed.log
        if not few.more() or search.limit or real_monotonic() - began > SHORTER_SECONDS:
            break
    return []


def _anew(search: Search, work: Callable[[], Execution]) -> Execution:
    """Do it in new OS threads: thread-locals made outside are empty there."""
    search.pool.close()
    search.pool = Pool(real_start)
    done: list[Execution] = []
    name = "syncprims explorer"
    thread = threading.Thread(target=lambda: done.append(work()), daemon=True, name=name)
    real_start(thread)
    real_join(thread, None)
    return done[0]
