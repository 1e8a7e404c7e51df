"""A short soak of every kind of traffic. ``python -m tests.faults.soak`` is the long one."""

import pytest

from .soak import GAMES, soak
from .worker import Names


@pytest.mark.parametrize("game", GAMES)
def test_random_operations_of_many_threads_add_up(game):
    """What goes in comes out, once, in order; nobody is left asleep; the invariants hold."""
    assert soak(Names("syncprims"), game, 0.3) > 0
