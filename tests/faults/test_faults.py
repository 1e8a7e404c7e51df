"""Struck at any point, an operation breaks nothing: each is done once for every point."""

import sys

import pytest

from .operations import MEANWHILE, OPERATIONS, kind_of
from .pool import strike_all

pytestmark = pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info < (3, 11),
    reason="where CPython looks for signals is known for 3.11 and later",
)

# The entry of an __exit__ in Python: what the block took cannot be released, for nothing has begun.
AT_THE_EXIT = {"RLock with", "Semaphore with", "BoundedSemaphore with", "Condition() with"}
# On 3.14 a semaphore's mutex is entered by a function in Python.
MOST = 2 if sys.version_info[:2] == (3, 14) else 1


@pytest.fixture(name="results", scope="module")
def what_came_of_all():
    return {result.name: result for result in strike_all("syncprims", OPERATIONS)}


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - AT_THE_EXIT))
def test_operation_struck_anywhere_breaks_nothing(results, name):
    """Struck at any point at all, an operation loses nothing and strands nobody."""
    assert results[name].broken == []


@pytest.mark.parametrize("name", sorted(AT_THE_EXIT))
def test_with_whose_exit_is_in_python_breaks_only_at_its_entry(results, name):
    """Only the way into ``__exit__`` keeps what was taken."""
    broken = results[name].broken
    assert {where.split()[1] for where, _ in broken} <= {"__exit__", "__enter__"}
    assert len(broken) <= (MOST if "Semaphore" in name else 1)


def test_points_are_found_by_the_hundred(results):
    """There is something to strike."""
    assert sum(result.tried for result in results.values()) > 900


def test_strikes_find_what_the_standard_library_loses():
    """The same strikes on the standard library find points that break it: they can find some."""
    (result,) = strike_all("stdlib", ["Condition(Lock()) with"])
    assert len(result.broken) >= 2


# Where something in Python is called with the mutex held, a handler may find it taken: what is
# asked of a queue's hooks, what a put that waited has to count, what shutdown throws away.
NOT_REENTRANT = ("PriorityQueue", "HookedQueue", "BoundedSemaphore with")
AT_TIMES = ("handed off", "put, timed out", "shutdown(immediate)")
REENTRANT = [
    name
    for name in OPERATIONS
    if kind_of(name) in MEANWHILE
    and not name.startswith(NOT_REENTRANT)
    and (
        name.startswith(("Event", "Condition", "Sem", "Bound", "Simple"))
        or not any(a in name for a in AT_TIMES)
    )
]


def test_handler_that_uses_the_object_its_thread_is_inside_finds_it_free():
    """Nothing hangs, waits included, where nothing in Python is called with the mutex held."""
    results = list(strike_all("syncprims", REENTRANT, "reenter"))
    assert {result.name: result.broken for result in results if result.broken} == {}
    assert sum(result.tried for result in results) > 350
