"""CPython's own tests pass swapped as without: `python -m tests.swap.cpython` has them all."""

import importlib.util

import pytest

from .cpython import EXCUSED, apart

QUICK = ["test_queue", "test_sched", "test_threading_local", "test_asyncio.test_threads"]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("test") is None, reason="this installation has no test package"
)


@pytest.mark.parametrize("part", QUICK)
def test_cpythons_own_tests_lose_nothing_swapped(part):
    """What passes with the stdlib's primitives passes with the kit's, but for what is excused."""
    without, swapped = apart(part, False), apart(part, True)
    if without is None:
        pytest.skip("this installation does not have it")
    assert swapped is not None
    assert swapped["run"] == without["run"]
    assert {*swapped["failed"]} - {*without["failed"]} <= {*EXCUSED}
