"""Struck at any point, an operation breaks nothing: each is done once for every point."""

import sys

import pytest

from .operations import OPERATIONS
from .pool import strike_all

pytestmark = pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info < (3, 11),
    reason="where CPython looks for signals is known for 3.11 and later",
)

# An __exit__ in Python: struck at its door, or at that of the release it calls, it has not begun,
# and what the block took cannot be given back.
AT_THE_EXIT = {name for name in OPERATIONS if " with" in name} - {"Condition(Lock()) with"}
DOORS = {"__exit__ (entry)", "release (entry)"}


@pytest.fixture(name="results", scope="module")
def what_came_of_all():
    return {result.name: result for result in strike_all("syncprims", OPERATIONS)}


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - AT_THE_EXIT))
def test_operation_struck_anywhere_breaks_nothing(results, name):
    """Struck at any point at all, an operation loses nothing and strands nobody."""
    assert results[name].broken == []


@pytest.mark.parametrize("name", sorted(AT_THE_EXIT))
def test_with_whose_exit_is_in_python_breaks_only_at_its_entry(results, name):
    """Only the way into ``__exit__``, or into the ``release`` it calls, keeps what was taken."""
    places = [where.partition(" ")[2] for where, _ in results[name].broken]
    assert set(places) <= DOORS
    assert len(set(places)) == len(places)
    assert "Semaphore" not in name or places in ([], ["__exit__ (entry)"])


def test_points_are_found_by_the_hundred(results):
    """There is something to strike."""
    assert sum(result.tried for result in results.values()) > 900


def test_strikes_find_what_the_standard_library_loses():
    """The same strikes on the standard library find points that break it: they can find some."""
    names = ["Condition(Lock()) with", "Semaphore with, while one waits"]
    for result in strike_all("stdlib", [*names, "Semaphore with, contended"]):
        assert len(result.broken) >= 2, result


# These a signal handler may use though its own thread is inside; the others are like the stdlib's.
REENTRANT = [name for name in OPERATIONS if name.startswith(("Event", "Condition", "SimpleQueue"))]


def test_handler_that_uses_the_object_its_thread_is_inside_finds_it_free():
    """Nothing hangs, waits included: who must share an object with a handler has these."""
    results = list(strike_all("syncprims", REENTRANT, "reenter", limit=20))
    assert {result.name: result.broken for result in results if result.broken} == {}
    assert sum(result.tried for result in results) > 200
