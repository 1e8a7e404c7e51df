"""Ten small races of the kind that programs have, and how often each way to run them shows one.

``python -m tests.swap.races [RUNS]`` runs each race plainly, many times in a row, with a short
switch interval, shaken, and watched, and explores it once; it prints a table. They were written
after the shaking was, which was not changed for them.
"""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from syncprims.conformance.delays import SCALE
from syncprims.explore import explore
from syncprims.swap import swap
from syncprims.swap.watch import Hung, Watch

TIMES = 20  # in a row, for "repeated"
EXPLORING = 10.0 * SCALE  # seconds, at most, for one race
HANG = 0.3 * SCALE  # seconds
PATIENCE = 0.2 * SCALE  # seconds that a wait may take, where it is lost

Race = Callable[[], None]


def together(*functions: Callable[[], object], patience: float | None = None) -> None:
    """Run functions in threads of their own; raise what one raised, or if one does not end."""
    errors: list[BaseException] = []

    def run(function: Callable[[], object]) -> None:
        try:
            function()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(each,), daemon=True) for each in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


def cache_filled_twice() -> None:
    """Looks under the lock, computes without it, stores under it: two may compute."""
    lock, cache, computed = threading.Lock(), {}, []

    def get() -> object:
        with lock:
            if "key" in cache:
                return cache["key"]
        computed.append(1)
        value = object()
        with lock:
            cache["key"] = value
        return value

    together(get, get)
    assert len(computed) == 1


def balance_read_and_written_apart() -> None:
    """Both steps are locked, but not together."""
    lock, account = threading.Lock(), {"balance": 0}

    def deposit() -> None:
        with lock:
            balance = account["balance"]
        with lock:
            account["balance"] = balance + 1

    together(deposit, deposit)
    assert account["balance"] == 2


def connection_made_twice() -> None:
    """``if self.connection is None`` without a lock."""

    class Client:
        connection = None
        made = 0

        def connect(self) -> None:
            if self.connection is None:
                self.made += 1
                self.connection = object()

    client = Client()
    together(client.connect, client.connect)
    assert client.made == 1


def notified_before_it_waits() -> None:
    """A wait without a condition to look at: a notify that came first is lost."""
    condition = threading.Condition()

    def waits() -> None:
        with condition:
            assert condition.wait(PATIENCE)

    def notifies() -> None:
        with condition:
            condition.notify()

    together(waits, notifies)


def cleared_after_the_work() -> None:
    """The flag is lowered after the items were taken: one that came in between lies there."""
    arrived, items, done, seen = threading.Event(), queue.Queue(), threading.Event(), []

    def consumes() -> None:
        while len(seen) < 2 and arrived.wait(PATIENCE):
            while not items.empty():
                seen.append(items.get())
            arrived.clear()
        done.set()

    def produces() -> None:
        for item in range(2):
            items.put(item)
            arrived.set()

    together(consumes, produces)
    assert len(seen) == 2


def empty_asked_before_get() -> None:
    """Two consumers find the queue not empty, and one item in it."""
    jobs = queue.Queue()
    jobs.put("job")

    def consumes() -> None:
        if not jobs.empty():
            jobs.get_nowait()

    together(consumes, consumes)


def pool_over_its_limit() -> None:
    """Asks for the size, then adds: a limit of one, kept by nobody."""
    lock, pool, most = threading.Lock(), [], []

    def borrows() -> None:
        if not pool:
            with lock:
                pool.append(object())
                most.append(len(pool))

    together(borrows, borrows)
    assert max(most) == 1


def last_one_closes() -> None:
    """Counts down, then looks: who is last is nobody, or both."""
    closed, left = [], [2]
    lock = threading.Lock()

    def leaves() -> None:
        with lock:
            left[0] -= 1
        if left[0] == 0:
            closed.append(1)

    together(leaves, leaves)
    assert len(closed) == 1


def iterated_while_another_adds() -> None:
    """A listener is added while the others are called: the dict changes its size."""
    listeners: dict[str, Callable[[], object]] = dict.fromkeys("abc", list)

    def notify() -> None:
        for listener in listeners.values():
            listener()

    def subscribe() -> None:
        listeners["d"] = dict

    together(notify, subscribe)


def locks_in_both_orders() -> None:
    """A transfer there and one back, each with its source's lock first."""
    mine, yours = threading.Lock(), threading.Lock()

    def transfer(source: Any, target: Any) -> None:
        with source, target:
            pass

    there, back = partial(transfer, mine, yours), partial(transfer, yours, mine)
    together(there, back, patience=10 * PATIENCE)


RACES: tuple[Race, ...] = (
    *(cache_filled_twice, balance_read_and_written_apart, connection_made_twice),
    *(notified_before_it_waits, cleared_after_the_work, empty_asked_before_get),
    *(pool_over_its_limit, last_one_closes, iterated_while_another_adds, locks_in_both_orders),
)


@contextlib.contextmanager
def switching(seconds: float) -> Iterator[None]:
    """Have threads switch as often as that."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def shows(race: Race) -> bool:
    """Whether a race goes wrong, this time."""
    try:
        race()
    except (Exception, Hung):
        return True
    return False


def watched(race: Race, seed: int | None = None) -> bool:
    """Whether it goes wrong, or something is told, under the watch."""
    told: list[str] = []
    watch = Watch(hang=HANG, leaks=False, shake=seed, tell=told.append)
    with swap(watch=watch, quiet=True):
        wrong = shows(race)
    return wrong or any(not text.startswith("slow") for text in told)


def row(race: Race, runs: int) -> list[str]:
    """Return how often each way shows a race."""
    plain = sum(shows(race) for _ in range(runs))
    repeated = sum(any(shows(race) for _ in range(TIMES)) for _ in range(runs))
    with switching(1e-6):
        switched = sum(shows(race) for _ in range(runs))
    shaken = sum(watched(race, seed) for seed in range(runs))
    seen = sum(watched(race) for _ in range(runs))
    found = explore(race, max_seconds=EXPLORING)
    explored = f"{found.verdict}, {found.executions}"
    return [*map(str, (plain, repeated, switched, shaken, seen)), explored]


def main() -> int:
    """Print the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    print(
        f"| shown in so many of {runs} runs | plain | {TIMES} in a row | switch interval 1 us "
        "| shaken | watched | explored: verdict, runs |"
    )
    print("|---|---|---|---|---|---|---|")
    began = time.monotonic()
    for race in RACES:
        print(f"| {race.__name__.replace('_', ' ')} | {' | '.join(row(race, runs))} |", flush=True)
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
