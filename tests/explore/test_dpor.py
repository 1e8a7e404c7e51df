"""Leaving out is right: the reduced search comes to the same final states as all schedules do."""

import queue
import random
import re
import threading
import time
from contextlib import suppress
from functools import cache, partial

import pytest

import syncprims
from syncprims.explore import explore
from syncprims.explore.dpor import Dpor
from syncprims.explore.search import Search, prepared
from syncprims.explore.strategies import Dfs, RandomWalk

from .kit import SCENARIOS
from .programs import PAIRS
from .together import State, together

# A program is small enough for the full search with so many schedules. Of a larger one, as many at
# random besides show whether something was left out.
SMALL = {"any": 2000, "idle": 500}
SAMPLES = 200


def final_state(scenario, execution):
    """What each thread has met and got on its way, and what is in the watched attributes."""
    met = [
        [kind for index, kind, _ in execution.log if index == task.index]
        for task in execution.tasks
    ]
    states = (f"{part.name}: {part.state()}" for part in execution.watched.values())
    left = sorted(re.sub(" at 0x.*", "", state) for state in states)
    failure = execution.failure and execution.failure.kind
    return str((met, getattr(scenario, "got", None), left, failure))


def all_ends(scenario, strategy, timeouts="any", most=None):
    """Run all that a strategy runs: the final states, how many executions, and whether all."""
    search = Search(scenario, timeouts)
    ends = set()

    def work():
        while True:
            execution = search.once(strategy)
            if not execution.pruned:
                ends.add(final_state(scenario, execution))
            if not strategy.more():
                return True
            if search.executions == most:
                return False

    with prepared():
        finished = search.in_thread(work)
    assert not search.limit
    return ends, search.executions, finished


def full_search(scenario, timeouts="any"):
    """All schedules, depth first and without any bound, if there are not too many."""
    strategy = Dfs(None)
    strategy.bound = None
    ends, executions, finished = all_ends(scenario, strategy, timeouts, SMALL[timeouts])
    if not finished:
        ends |= all_ends(scenario, RandomWalk(1), timeouts, SAMPLES)[0]
    return ends, executions, finished


# What a thread of a random program may do with the first or the second object of each kind.
STEPS = {
    "with": lambda world, n: world.with_lock(n),
    "nested": lambda world, n: world.nested(n),
    "try": lambda world, n: world.attempt(n),
    "keep": lambda world, n: world.locks[n].acquire(False),
    "timed": lambda world, n: world.attempt(n, True, 1 + n),
    "keep timed": lambda world, n: world.locks[n].acquire(True, 1),
    "keep for ever": lambda world, n: world.locks[n].acquire(),
    "locked": lambda world, n: world.locks[n].locked(),
    "sleep": lambda world, n: time.sleep(1 + n),
    "clock": lambda world, n: time.monotonic(),
    "write": lambda world, n: world.write(),
    "read": lambda world, n: world.state.value,
    "set": lambda world, n: world.events[n].set(),
    "clear": lambda world, n: world.events[n].clear(),
    "is_set": lambda world, n: world.events[n].is_set(),
    "wait": lambda world, n: world.events[n].wait(1),
    "acquire": lambda world, n: world.semaphores[n].acquire(timeout=1),
    "release": lambda world, n: world.semaphores[n].release(),
    "notify": lambda world, n: world.notify(n),
    "wait for it": lambda world, n: world.wait(n),
    "put": lambda world, n: world.put(n),
    "get": lambda world, n: world.get(n),
    "child": lambda world, n: world.child(),
}
MIXTURES = [
    (3, 2, ["with", "nested", "try", "write", "read"]),
    (2, 3, ["timed", "with", "keep", "try"]),
    (3, 2, ["write", "read"]),
    (3, 2, ["set", "is_set"]),
    (2, 2, ["wait", "set", "clear"]),
    (2, 2, ["acquire", "release"]),
    (3, 2, ["nested", "with"]),
    (2, 2, ["sleep", "clock", "keep timed", "with"]),
    (3, 2, ["keep timed", "keep", "locked"]),
    (3, 2, ["keep for ever", "keep", "with"]),
    (2, 2, ["put", "get"]),
    (2, 2, ["notify", "wait for it"]),
    (2, 2, ["child", "write", "read"]),
]


class World:
    """What a random program is about."""

    def __init__(self):
        self.locks = [threading.Lock(), threading.Lock()]
        self.events = [threading.Event(), threading.Event()]
        self.semaphores = [threading.Semaphore(0), threading.Semaphore(1)]
        self.conditions = [threading.Condition(threading.Lock()), threading.Condition()]
        self.queues = [queue.Queue(1), queue.SimpleQueue()]
        self.state = State(value=0)

    def with_lock(self, n):
        with self.locks[n]:
            pass

    def nested(self, n):
        with self.locks[n], self.locks[1 - n]:
            pass

    def attempt(self, n, *how):
        taken = self.locks[n].acquire(*how or (False,))
        if taken:
            self.locks[n].release()
        return taken

    def write(self):
        self.state.value = self.state.value * 2 + 1

    def notify(self, n):
        with self.conditions[n]:
            self.conditions[n].notify()

    def wait(self, n):
        with self.conditions[n]:
            return self.conditions[n].wait(1)

    def put(self, n):
        with suppress(queue.Full):
            return self.queues[n].put(n, True, 1) or "put"

    def get(self, n):
        with suppress(queue.Empty):
            return self.queues[n].get(True, 1)

    def child(self):
        thread = threading.Thread(target=self.write)
        thread.start()
        thread.join(1)
        return thread.is_alive()


def threads_that(*plans):
    """A program: for each thread the steps that it takes."""

    def scenario():
        world = World()
        scenario.got = got = [[] for _ in plans]

        def run(plan, got):
            for name, n in plan:
                got.append(STEPS[name](world, n))

        together(*map(partial(partial, run), plans, got))

    return scenario


def random_program(seed):
    """Two or three threads, each with a few steps."""
    rng = random.Random(seed)
    threads, longest, steps = MIXTURES[seed % len(MIXTURES)]
    return threads_that(
        *(
            [(rng.choice(steps), rng.randrange(2)) for _ in range(rng.randint(1, longest))]
            for _ in range(threads)
        )
    )


# Where the full search is too long these are what a reduced one has been seen to leave out.
LEFT_OUT_ONCE = [
    threads_that([("keep", 1)], [("keep timed", 0), ("keep timed", 1)], [("keep", 0)]),
    threads_that([("keep", 1)], [("keep for ever", 0), ("keep for ever", 1)], [("keep", 0)]),
]

PROGRAMS = {
    **{name: corrected for name, (_, corrected, _, _) in PAIRS.items()},
    **{
        name: lambda function=function, kind=kind: function(getattr(syncprims, kind))
        for name, (kind, function) in SCENARIOS.items()
        if kind == "Condition"
    },
    **{f"random program {seed}": random_program(seed) for seed in range(2 * len(MIXTURES))},
    **{f"left out {number}": program for number, program in enumerate(LEFT_OUT_ONCE)},
}


@cache
def both(name, timeouts):
    """What the reduced search and the full one come to."""
    scenario = PROGRAMS[name]
    return all_ends(scenario, Dpor(), timeouts), full_search(scenario, timeouts)


@pytest.mark.parametrize("timeouts", ["any", "idle"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_dpor_of_a_program_comes_to_the_ends_of_the_full_search(name, timeouts):
    """The same final states; where the full search is too long, all that it and chance come to."""
    (reduced, _, _), (full, _, finished) = both(name, timeouts)
    assert full - reduced == set()
    assert not finished or reduced == full


def test_dpor_of_all_programs_runs_fifty_times_fewer():
    """Over all programs that are small enough for the full search."""
    found = [both(name, "any") for name in PROGRAMS]
    small = [(fewer, all_) for (_, fewer, _), (_, all_, finished) in found if finished]
    assert sum(all_ for _, all_ in small) >= 50 * sum(fewer for fewer, _ in small)


@pytest.mark.parametrize(("times", "orders"), [(1, 2), (2, 6), (3, 20), (4, 70)])
def test_dpor_of_two_threads_that_take_a_lock_runs_each_order_once(times, orders):
    """Two threads, each k times in a with block: C(2k, k) executions, and none given up."""

    def scenario():
        lock = threading.Lock()

        def use():
            for _ in range(times):
                with lock:
                    pass

        together(use, use)

    result = explore(scenario, race_free=True)
    assert (result.verdict, result.executions, result.pruned) == ("proved", orders, 0)
