"""Leaving out is right: the reduced search comes to the same final states as all schedules do."""

import functools
import random
import threading

import pytest

import syncprims
from syncprims.explore import explore
from syncprims.explore.dpor import Dpor
from syncprims.explore.search import Search, prepared
from syncprims.explore.strategies import Dfs

from .kit import SCENARIOS
from .programs import PAIRS
from .together import State, together

SMALL = 2000  # a program is small enough for the full search with so many schedules


def final_state(execution):
    """What each thread has met on its way, and what each watched attribute is at the end."""
    met = [
        [kind for index, kind, _ in execution.log if index == task.index]
        for task in execution.tasks
    ]
    left = sorted(f"{part.name}: {part.state()}" for part in execution.watched.values())
    failure = execution.failure and execution.failure.kind
    return str((met, left, failure))


def all_ends(scenario, strategy, timeouts="any"):
    """Run all that a strategy runs: the final states, how many executions, and whether all."""
    search = Search(scenario, timeouts)
    ends = set()

    def work():
        while True:
            execution = search.once(strategy)
            if not execution.pruned:
                ends.add(final_state(execution))
            if not strategy.more():
                return True
            if search.executions >= SMALL and isinstance(strategy, Dfs):
                return False

    with prepared(search):
        finished = search.in_thread(work)
    assert not search.limit
    return ends, search.executions, finished


def everything():
    """Depth first, without any bound."""
    strategy = Dfs(None)
    strategy.bound = None
    return strategy


# What a thread of a random program may do with the first or the second object of each kind.
STEPS = {
    "with": lambda world, n, met: world.with_lock(n),
    "nested": lambda world, n, met: world.nested(n),
    "try": lambda world, n, met: met.append(world.attempt(n)),
    "keep": lambda world, n, met: met.append(world.locks[n].acquire(False)),
    "timed": lambda world, n, met: met.append(world.attempt(n, True, 1 + n)),
    "write": lambda world, n, met: world.write(),
    "read": lambda world, n, met: met.append(world.state.value),
    "set": lambda world, n, met: world.events[n].set(),
    "is_set": lambda world, n, met: met.append(world.events[n].is_set()),
    "wait": lambda world, n, met: met.append(world.events[n].wait(1)),
    "acquire": lambda world, n, met: met.append(world.semaphores[n].acquire(timeout=1)),
    "release": lambda world, n, met: world.semaphores[n].release(),
}
MIXTURES = [
    (3, 2, "with nested try write read"),
    (2, 3, "timed with keep try"),
    (3, 2, "write read"),
    (3, 2, "set is_set"),
    (2, 2, "wait set"),
    (2, 2, "acquire release"),
    (3, 2, "nested with"),
]


class World:
    """What a random program is about."""

    def __init__(self):
        self.locks = [threading.Lock(), threading.Lock()]
        self.events = [threading.Event(), threading.Event()]
        self.semaphores = [threading.Semaphore(0), threading.Semaphore(1)]
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


def program(seed):
    """A random program: two or three threads, each with a few steps."""
    rng = random.Random(seed)
    threads, longest, mixture = MIXTURES[seed % len(MIXTURES)]
    plans = [
        [(rng.choice(mixture.split()), rng.randrange(2)) for _ in range(rng.randint(1, longest))]
        for _ in range(threads)
    ]

    def scenario():
        world = World()

        def run(plan):
            met = []
            for name, n in plan:
                STEPS[name](world, n, met)
            return met

        together(*(lambda plan=plan: run(plan) for plan in plans))

    return scenario


PROGRAMS = {
    **{name: corrected for name, (_, corrected, _, _) in PAIRS.items()},
    **{
        name: lambda function=function, kind=kind: function(getattr(syncprims, kind))
        for name, (kind, function) in SCENARIOS.items()
        if kind == "Condition"
    },
    **{f"random program {seed}": program(seed) for seed in range(21)},
}


@functools.cache
def both(name, timeouts):
    """What the reduced search and the full one come to."""
    scenario = PROGRAMS[name]
    reduced = all_ends(scenario, Dpor(), timeouts)
    return reduced, all_ends(scenario, everything(), timeouts)


@pytest.mark.parametrize("timeouts", ["any", "idle"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_dpor_of_a_program_comes_to_the_ends_of_the_full_search(name, timeouts):
    """The same final states; where the full search is too long, none that it has come to is left."""
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
