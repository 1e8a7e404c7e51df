"""Every mistake is found, every corrected twin is proved, every failing schedule replays."""

import pytest

from syncprims.explore import explore, replay

from .programs import PAIRS

AGAIN = 20


@pytest.mark.parametrize("name", PAIRS)
def test_explore_program_with_a_mistake_finds_it_and_replays(name):
    """The failure is of the kind expected, and its schedule leads to it each time."""
    buggy, _, kind, options = PAIRS[name]
    failure = explore(buggy, **options).failure
    assert failure.kind == kind
    timeouts = options.get("timeouts", "any")
    for _ in range(AGAIN):
        again = replay(buggy, failure.schedule, timeouts=timeouts).failure
        assert (again.kind, again.message, again.trace) == (
            failure.kind,
            failure.message,
            failure.trace,
        )


@pytest.mark.parametrize("name", PAIRS)
def test_explore_corrected_twin_proves_it(name):
    """No false alarm, and nothing is left out."""
    _, corrected, _, options = PAIRS[name]
    assert explore(corrected, **options).verdict == "proved"


@pytest.mark.parametrize("strategy", ["dfs", "pct", "random"])
def test_explore_with_another_strategy_finds_the_lost_update(strategy):
    """What the reduced search finds, the others find too."""
    buggy, _, kind, options = PAIRS["lost_update"]
    assert explore(buggy, strategy=strategy, **options).failure.kind == kind


@pytest.mark.parametrize("name", PAIRS)
def test_explore_depth_first_finds_what_dpor_finds(name):
    """Few preemptions first: within three at most, or four for the program that needs them."""
    buggy, _, kind, options = PAIRS[name]
    most = 4 if name == "four_preemptions" else 3
    assert explore(buggy, preemptions=most, **options).failure.kind == kind


def test_explore_with_three_preemptions_misses_what_needs_four():
    """The verdict is "bounded", and says by what."""
    buggy, _, _, options = PAIRS["four_preemptions"]
    result = explore(buggy, preemptions=3, **options)
    assert (result.verdict, result.failure) == ("bounded", None)
    assert "no more than 3 preemptions" in result.claim
