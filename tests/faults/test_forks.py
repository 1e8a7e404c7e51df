"""A child can use its copy of whatever another thread was inside of when the process forked."""

import os
import sys

import pytest

from .forks import NAMES, broken_forks
from .worker import Names

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork"),
    pytest.mark.skipif(
        sys.implementation.name != "cpython" or sys.version_info < (3, 11),
        reason="the points are known for CPython 3.11 and later",
    ),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


@pytest.mark.parametrize("name", NAMES)
def test_fork_at_any_point_of_another_threads_operation_leaves_the_child_a_copy_that_works(name):
    """Wherever another thread is, even asleep, no child hangs."""
    broken, tried = broken_forks(Names("syncprims"), name)
    assert broken == 0, f"{broken} of {tried}"


def test_forks_find_what_the_standard_library_leaves_locked():
    """The same forks leave the standard library's Semaphore locked in some children."""
    broken, tried = broken_forks(Names("stdlib"), "Semaphore release")
    assert 0 < broken < tried
