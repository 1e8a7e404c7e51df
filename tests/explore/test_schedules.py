"""A schedule is a short string that means the same on every Python."""

import pytest

from syncprims.explore import explore, replay, report

from .programs import PAIRS
from .test_failures import lost_update

# Recorded on CPython 3.10. A step that does not fit would be a divergence, not this failure.
RECORDED = {
    "lost_update": "0s1s2-1bg3-2bg3pe2-1pe1-0j1j2g3",
    "ab_ba": "0s1s2-1ba3-2ba4",
    "dining_philosophers": "0s1s2s3-1ba4-3ba6-2ba5",
    "bounded_buffer": "0s1s2s3-1ba4lr-2ba4lr-3ba4lr5r4alr-1a5a4lr6r4e1-2a6a4lr-0j1",
    "if_around_wait": "0s1s2s3-1ba4lr-3ba4lr5r4-2ba4re2-1a5a4r",
    "missed_signal": "0s1s2-1bg3-2ba4p3l4re2-1a4lr",
    "permit_kept_on_error": "0s1s2-1ba3re1-2ba3r-0j1",
    "barrier_without_generations": "0s1s2-1ba3lr-2ba3lr4r3alr-1a4a3lr",
    "initialised_once": "0s1s2-1bg3a4-2bg3-1p3r4e1-2a4p3r4e2-0j1j2",
    "readers_and_writers": "0s1s2s3-1bg4pga5g6g4p-2bg4pg-3b-1ge1-0j1",
    "lost_on_time_out": "0s1s2-2bl3arW4a3ra5re2-1ba5rl3are1-0j1j2",
    "four_preemptions": "0s1s2-1ba3g4p-2ba5g4p-1gp-2gp-1gpr3e1-2gpr5e2-0j1j2g4",
    "sleep_is_no_wait": "0s1z0g2",
}


@pytest.mark.parametrize("name", RECORDED)
def test_replay_of_a_schedule_recorded_on_another_python_comes_to_its_failure(name):
    """The same kind of failure, after the same steps."""
    buggy, _, kind, _ = PAIRS[name]
    failure = replay(buggy, RECORDED[name]).failure
    assert (failure.kind, failure.schedule) == (kind, RECORDED[name])


@pytest.mark.parametrize("name", RECORDED)
def test_explore_records_on_this_python_what_it_recorded_on_another(name):
    """The search itself goes the same way everywhere."""
    buggy, _, _, options = PAIRS[name]
    assert explore(buggy, **options).failure.schedule == RECORDED[name]


@pytest.mark.parametrize("name", PAIRS)
def test_schedule_read_and_written_again_is_the_same(name):
    """Nothing is lost on the way."""
    schedule = explore(PAIRS[name][0]).failure.schedule
    assert report.encode(report.decode(schedule)) == schedule


@pytest.mark.parametrize(
    "text", ["foo", "-", "0s1-", "0s1--1b", "s1", "0", "0y1", "0s1 1b", None, b"0s1"]
)
def test_replay_of_what_is_no_schedule_raises(text):
    """ValueError, which says what one looks like."""
    with pytest.raises(ValueError, match="not a schedule"):
        replay(lost_update, text)


def test_replay_with_timeouts_that_are_none_raises():
    """ValueError, before anything runs, as explore does."""
    with pytest.raises(ValueError, match="timeouts must be"):
        replay(pytest.fail, "", timeouts="foo")


def test_replay_inside_of_an_exploration_raises():
    """There is one world at a time."""
    assert "inside of an exploration" in explore(lambda: replay(bool, "")).failure.message


def test_schedule_of_a_failure_before_the_first_step_is_empty_and_replays():
    """Nothing but the scenario's first lines is run."""

    def scenario():
        raise AssertionError

    failure = explore(scenario).failure
    assert failure.schedule == ""
    assert replay(scenario, "").failure.message == failure.message


@pytest.mark.parametrize(
    ("schedule", "where"),
    [
        (
            "0s1s2-1bg7",
            "step 4, 'read' of object 7 by thread 1: thread 0 came to 'read' of object 3",
        ),
        ("0s1s2-1bp3", "step 4, 'write' of object 3 by thread 1"),
        ("0s1s2j1", "step 3, 'join' of object 1 by thread 0: that cannot run"),
        ("0s1s2-4b", "step 3, 'begin' of object 0 by thread 4: that cannot run"),
    ],
)
def test_replay_that_does_not_fit_says_where(schedule, where):
    """A scenario that has changed since: "incomplete", and the first step that is another."""
    result = replay(lost_update, schedule)
    assert result.verdict == "incomplete"
    assert where in result.claim


def test_replay_of_a_schedule_that_is_too_long_says_so():
    """The scenario has become shorter."""
    result = replay(lambda: None, "0e1j2")
    assert result.verdict == "incomplete"
    assert "step 2, 'join' of object 2 by thread 0: the scenario had ended" in result.claim


def test_replay_after_the_mistake_is_corrected_is_bounded():
    """The schedule was run, nothing failed: that shows no more than this one schedule."""
    result = replay(PAIRS["try_lock_back_off"][1], "0s1s2-1ba3-2ba4")
    assert (result.verdict, result.executions) == ("bounded", 1)
    assert "nothing failed" in result.claim
