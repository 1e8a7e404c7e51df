"""The one way to sleep and to wake, looked at from inside."""

import math
from functools import partial

import pytest

from syncprims import waitqueue
from syncprims.conformance.delays import BRIEF, LIMIT
from syncprims.conformance.harness import until
from syncprims.lock import Lock, Section
from syncprims.waitqueue import (
    closed_gate,
    forget,
    leave,
    remaining,
    sleep,
    sleep_until,
    wake,
    wake_all,
    wake_each,
)

from .strikes import Strike, StruckSection, struck


class Scene:
    """A mutex, a queue of sleepers, and a number of things to be had."""

    def __init__(self, things=0):
        self.mutex = Lock()
        self.section = Section(self.mutex)
        self.waiters = {}
        self.things = things
        self.looks = 0

    def attempt(self, gate, opener, got, section=None):
        with section or self.section:
            self.looks += 1
            if self.things:
                self.things -= 1
                got += ("thing",)
            else:
                self.waiters[gate] = opener

    def undo(self, thing):
        assert self.mutex.locked()
        assert thing == "thing"
        self.things += 1

    def sleep_until(self, timeout=None, section=None):
        return sleep_until(
            self.section, self.waiters, partial(self.attempt, section=section), timeout, self.undo
        )

    def add(self, things):
        with self.section:
            self.things += things
            wake(self.waiters, things)


def queued(n):
    """Return a queue with `n` gates, and the gates."""
    waiters = dict(closed_gate() for _ in range(n))
    return waiters, list(waiters)


def stand_in(scene):
    """Register a sleeper that is only a gate; return the gate."""
    gate, opener = closed_gate()
    with scene.section:
        scene.waiters[gate] = opener
    return gate


# Gates


def test_gate_is_closed_until_its_opener_takes_a_step():
    gate, opener = closed_gate()
    assert gate.locked()
    next(opener)
    assert not gate.locked()


@pytest.mark.parametrize(("n", "opened"), [(0, 0), (1, 1), (2, 2), (5, 3), (-1, 0)])
def test_wake_opens_the_oldest_gates_and_takes_them_out(n, opened):
    waiters, gates = queued(3)
    wake(waiters, n)
    assert [gate.locked() for gate in gates] == [False] * opened + [True] * (3 - opened)
    assert list(waiters) == gates[opened:]


def test_wake_all_opens_every_gate():
    waiters, gates = queued(4)
    wake_all(waiters)
    assert not waiters
    assert not any(gate.locked() for gate in gates)


@pytest.mark.parametrize("timeout", [None, 0, -1, LIMIT])
def test_sleep_at_an_open_gate_closes_it(timeout):
    gate = Lock()
    assert sleep(gate, timeout) is True
    assert gate.locked()


@pytest.mark.parametrize("timeout", [0, -1, BRIEF])
def test_sleep_at_a_closed_gate_ends_with_the_time(timeout):
    gate, _ = closed_gate()
    assert sleep(gate, timeout) is False


@pytest.mark.parametrize("timeout", [math.nan, math.inf, 1e100])
def test_sleep_refuses_what_no_clock_can_hold(timeout):
    with pytest.raises((ValueError, OverflowError)):  # as the interpreter's own lock puts it
        sleep(Lock(), timeout)


@pytest.mark.parametrize(
    ("timeout", "deadline", "left"),
    [(None, None, None), (5, None, None), (5, 103, 3), (5, 99, -1), (5, 106, 5)],
)
def test_remaining_is_never_more_than_the_time_out(monkeypatch, timeout, deadline, left):
    monkeypatch.setattr(waitqueue, "now", lambda: 100)
    assert remaining(timeout, deadline) == left


def test_leave_a_queue_that_one_is_in_says_so():
    waiters, (first, second) = queued(2)
    assert leave(Section(Lock()), waiters, first) is True
    assert list(waiters) == [second]


def test_leave_a_queue_that_one_was_woken_from_says_so():
    waiters, (gate,) = queued(1)
    wake(waiters)
    assert leave(Section(Lock()), waiters, gate) is False


def test_wake_each_opens_all_and_lets_go_of_the_mutex_in_between():
    """A signal handler that comes between two finds the mutex free."""
    mutex, entered = Lock(), []

    class Watched:
        def __enter__(self):
            entered.append(mutex.acquire(False))

        def __exit__(self, *exc):
            mutex.release()

    waiters, gates = queued(3)
    wake_each(Watched(), waiters, 3)
    assert entered == [True] * 3
    assert not waiters
    assert not any(gate.locked() for gate in gates)


# sleep_until


@pytest.mark.parametrize("timeout", [None, 0, -1, LIMIT])
def test_sleep_until_takes_what_is_there_without_sleeping(timeout):
    scene = Scene(things=1)
    assert scene.sleep_until(timeout) == "thing"
    assert (scene.things, scene.waiters) == (0, {})


@pytest.mark.parametrize("timeout", [0, -1, BRIEF])
def test_sleep_until_the_time_is_up_returns_none_and_leaves_the_queue(timeout):
    scene = Scene()
    assert scene.sleep_until(timeout) is None
    assert (scene.looks, scene.waiters) == (1, {})


def test_sleep_until_woken_takes_what_has_come(crew):
    scene = Scene()
    tasks = [crew.start(scene.sleep_until) for _ in range(3)]
    until(lambda: len(scene.waiters) == 3)
    scene.add(3)
    assert [task.result() for task in tasks] == ["thing"] * 3
    assert (scene.things, scene.waiters) == (0, {})


def test_sleep_until_woken_for_nothing_looks_and_sleeps_on(crew):
    scene = Scene()
    task = crew.start(scene.sleep_until)
    until(lambda: len(scene.waiters) == 1)
    with scene.section:
        wake(scene.waiters)
    until(lambda: scene.looks == 2)
    until(lambda: len(scene.waiters) == 1)
    scene.add(1)
    assert task.result() == "thing"


def test_sleep_until_takes_what_came_together_with_the_end_of_the_time(monkeypatch):
    scene = Scene()

    def late(gate, timeout):
        scene.add(1)
        return False

    monkeypatch.setattr(waitqueue, "sleep", late)
    assert scene.sleep_until(LIMIT) == "thing"
    assert (scene.things, scene.waiters) == (0, {})


def test_sleep_until_woken_at_the_end_of_the_time_closes_its_gate_again(monkeypatch):
    """Who is woken too late and then finds nothing queues a closed gate (the explorer found it)."""
    scene = Scene()

    def late(gate, timeout):
        if scene.looks < 2:
            with scene.section:
                wake(scene.waiters)
        return False

    monkeypatch.setattr(waitqueue, "sleep", late)
    attempt, closed = scene.attempt, []

    def looked_at(gate, opener, got):
        attempt(gate, opener, got)
        closed.append(gate.locked())

    monkeypatch.setattr(scene, "attempt", looked_at)
    assert sleep_until(scene.section, scene.waiters, scene.attempt, LIMIT) is None
    assert closed == [True, True]


def test_sleep_until_struck_before_it_is_queued_wakes_another_for_nothing():
    scene = Scene()
    gate = stand_in(scene)
    with pytest.raises(Strike):
        sleep_until(scene.section, scene.waiters, struck, None)
    assert not gate.locked()
    assert not scene.mutex.locked()


def test_sleep_until_struck_after_it_took_gives_back_and_wakes_the_next():
    scene = Scene(things=1)
    gate = stand_in(scene)
    with pytest.raises(Strike):
        scene.sleep_until(section=StruckSection(scene.section))
    assert scene.things == 1
    assert not gate.locked()


def test_sleep_until_struck_after_it_took_with_no_way_to_undo_wakes_the_next():
    scene = Scene(things=1)
    gate = stand_in(scene)
    attempt = partial(scene.attempt, section=StruckSection(scene.section))
    with pytest.raises(Strike):
        sleep_until(scene.section, scene.waiters, attempt, None)
    assert not gate.locked()


def test_sleep_until_struck_asleep_leaves_the_queue_and_wakes_nobody(monkeypatch):
    scene = Scene()
    other = stand_in(scene)
    monkeypatch.setattr(waitqueue, "sleep", struck)
    with pytest.raises(Strike):
        scene.sleep_until()
    assert list(scene.waiters) == [other]
    assert other.locked()


def test_sleep_until_struck_when_woken_wakes_the_next(monkeypatch):
    scene = Scene()
    others = []

    def struck_when_woken(gate, timeout):
        scene.add(1)
        others.append(stand_in(scene))
        raise Strike

    monkeypatch.setattr(waitqueue, "sleep", struck_when_woken)
    with pytest.raises(Strike):
        scene.sleep_until()
    assert (scene.things, scene.waiters) == (1, {})
    assert not others[0].locked()


def test_sleep_until_struck_after_it_queued_again_leaves_the_queue():
    scene = Scene()
    other = stand_in(scene)
    with pytest.raises(Strike):
        scene.sleep_until(section=StruckSection(scene.section))
    assert list(scene.waiters) == [other]


def test_sleep_until_refuses_a_bad_time_out_and_leaves_the_queue():
    scene = Scene()
    with pytest.raises(OverflowError):
        scene.sleep_until(1e100)
    assert scene.waiters == {}


def test_forget_empties_the_queue_before_it_opens_a_gate():
    """Whoever wakes finds itself not queued, and takes nothing out while the queue is read."""
    waiters = {}
    seen = []

    class Gate:
        def locked(self):
            return True

        def release(self):
            seen.append(len(waiters))

    waiters.update({Gate(): iter(()) for _ in range(3)})
    forget(waiters)
    assert seen == [0, 0, 0]
