"""What an Event owes: a flag that threads can wait for."""

from __future__ import annotations

import pickle
import time

import pytest

from syncprims.conformance.delays import BRIEF, EARLY, LIMIT
from syncprims.conformance.harness import (
    Interrupted,
    interruptible,
    needs_signals,
    requirement,
)


@requirement("EVENT-01")
def test_is_set_on_a_new_event_is_false(Event):
    """A new event is not set."""
    assert Event().is_set() is False


@requirement("EVENT-02")
def test_set_makes_is_set_true(Event):
    """After set, is_set returns True, however often set is called."""
    event = Event()
    assert event.set() is None
    assert event.set() is None
    assert event.is_set() is True


@requirement("EVENT-03")
def test_clear_makes_is_set_false(Event):
    """After clear, is_set returns False, also on an event that is not set."""
    event = Event()
    event.clear()
    event.set()
    assert event.clear() is None
    assert event.is_set() is False


@requirement("EVENT-04")
def test_wait_on_a_set_event_returns_true_at_once(Event):
    """wait returns True without sleeping while the event is set, whatever the time-out."""
    event = Event()
    event.set()
    assert [event.wait(), event.wait(0), event.wait(-1), event.wait(LIMIT)] == [True] * 4


@requirement("EVENT-05")
def test_wait_times_out_returns_false(Event):
    """wait returns False once the time-out has passed, and not before."""
    event = Event()
    began = time.monotonic()
    assert event.wait(BRIEF) is False
    assert time.monotonic() - began >= BRIEF - EARLY


@pytest.mark.parametrize("timeout", [0, 0.0, -1, -1e9])
@requirement("EVENT-06")
def test_wait_with_no_time_left_returns_false_at_once(Event, timeout):
    """A time-out of zero or less is a look at the flag: no sleep, no error."""
    assert Event().wait(timeout) is False


@requirement("EVENT-07")
def test_set_wakes_every_waiter(Event, crew):
    """set wakes all the threads that wait, with or without a time-out, and each gets True."""
    event = Event()
    tasks = [crew.start(event.wait, timeout) for timeout in (None, LIMIT, None, LIMIT)]
    crew.asleep(event, 4)
    event.set()
    assert [task.result() for task in tasks] == [True] * 4


@requirement("EVENT-08")
def test_wait_returns_true_although_clear_follows_set(Event, crew):
    """A waiter that was asleep when set was called gets True even if clear follows at once."""
    event = Event()
    tasks = [crew.start(event.wait) for _ in range(5)]
    crew.asleep(event, 5)
    event.set()
    event.clear()
    assert [task.result() for task in tasks] == [True] * 5
    assert not event.is_set()
