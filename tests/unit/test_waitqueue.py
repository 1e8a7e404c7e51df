"""The one way to sleep and to wake, looked at from inside."""

import math
from functools import partial

import pytest

from syncprims import RLock, waitqueue
from syncprims.conformance.crew import until
from syncprims.conformance.delays import BRIEF, LIMIT
from syncprims.lock import Lock, Mutex
from syncprims.waitqueue import (
    NOBODYS,
    WaitQueue,
    closed_gate,
    let_go,
    sleep,
    sleep_without,
    take_back,
)

from .strikes import Fragile, Strike, struck


class Scene:
    """A mutex, a queue of sleepers, and a number of things to be had."""

    def __init__(self, lock=None):
        self.lock = lock or Lock()
        self.mutex = Mutex(self.lock)
        self.waiters = WaitQueue(self.mutex)
        self.things = 0
        self.looks = 0

    def there(self):
        assert self.mutex.lock.locked()
        self.looks += 1
        return self.things

    def wait(self, timeout=None):
        with self.mutex:
            return self.waiters.wait(timeout)

    def wait_for(self, timeout=None):
        with self.mutex:
            return self.waiters.wait_for(self.there, timeout)

    def add(self, things):
        with self.mutex:
            self.things += things
            self.waiters.wake(things)

    def stand_in(self):
        """Register a sleeper that is only a gate; return the gate."""
        gate = closed_gate()
        with self.mutex:
            self.waiters[gate] = True
        return gate


@pytest.fixture(name="scene")
def a_scene():
    return Scene()


# Gates


def test_closed_gate_is_a_lock_of_its_own_that_is_taken():
    """A gate is closed when it is made, and no gate is another."""
    first, second = closed_gate(), closed_gate()
    assert first.locked()
    assert second.locked()
    assert first is not second


@pytest.mark.parametrize("timeout", [None, 0, -1, LIMIT])
def test_sleep_at_an_open_gate_closes_it(timeout):
    """Who is woken knows it, whatever the time-out, and the gate is closed again."""
    gate = Lock()
    assert sleep(gate, timeout) is True
    assert gate.locked()


@pytest.mark.parametrize("timeout", [0, -1, -0.5, BRIEF])
def test_sleep_at_a_closed_gate_ends_with_the_time(timeout):
    """A gate that nobody opens holds a sleeper no longer than its time-out."""
    assert sleep(closed_gate(), timeout) is False


def test_sleep_at_a_closed_gate_ends_when_it_is_opened(crew):
    """A gate that somebody opens holds its sleeper no longer."""
    gate = closed_gate()
    task = crew.start(sleep, gate, None)
    gate.release()
    assert task.result() is True


@pytest.mark.parametrize("timeout", [math.nan, math.inf, 1e100])
def test_sleep_refuses_what_no_clock_can_hold(timeout):
    """What is no time is refused, as the interpreter's own lock puts it."""
    with pytest.raises((ValueError, OverflowError)):
        sleep(Lock(), timeout)


# wake


@pytest.mark.parametrize(
    ("n", "opened"), [(0, 0), (1, 1), (2, 2), (5, 3), (-1, 0), (1.5, 2), (math.inf, 3)]
)
def test_wake_opens_the_oldest_gates_and_takes_them_out(scene, n, opened):
    """The gates that have been queued longest are opened, and no longer queued."""
    gates = [scene.stand_in() for _ in range(3)]
    scene.waiters.wake(n)
    assert [gate.locked() for gate in gates] == [False] * opened + [True] * (3 - opened)
    assert list(scene.waiters) == gates[opened:]


def test_wake_all_opens_every_gate(scene):
    """After it nobody is queued."""
    gates = [scene.stand_in() for _ in range(4)]
    scene.waiters.wake_all()
    assert not scene.waiters
    assert not any(gate.locked() for gate in gates)


@pytest.mark.parametrize("wake", [WaitQueue.wake, WaitQueue.wake_all])
def test_wake_with_nobody_queued_does_nothing(scene, wake):
    """One wake-up too many costs nothing."""
    wake(scene.waiters)
    assert not scene.waiters


def test_wake_takes_a_gate_out_before_it_opens_it(scene):
    """Who wakes finds itself not queued; a handler that wakes too, there, finds the next one."""

    class Gate:
        def __init__(self):
            self.opened = 0

        def release(self):
            self.opened += 1
            queued.append(len(scene.waiters))
            scene.waiters.wake()

    queued = []
    gates = [Gate() for _ in range(3)]
    scene.waiters.update(dict.fromkeys(gates, True))
    scene.waiters.wake()
    assert queued == [2, 1, 0]
    assert [gate.opened for gate in gates] == [1, 1, 1]


# wait


def test_wait_until_woken_returns_true_with_the_mutex_held(crew, scene):
    """A sleeper lets go of the mutex, and has it again when it is woken."""

    def wait():
        with scene.mutex:
            woken = scene.waiters.wait()
            return woken, scene.lock.locked()

    task = crew.start(wait)
    until(lambda: len(scene.waiters) == 1)
    with scene.mutex:
        scene.waiters.wake()
    assert task.result() == (True, True)
    assert not scene.lock.locked()


def test_wait_until_the_time_is_up_returns_false_and_leaves_the_queue(scene):
    """Who gives up is not queued any more."""
    other = scene.stand_in()
    assert scene.wait(BRIEF) is False
    assert list(scene.waiters) == [other]


def test_wait_queues_a_closed_gate_behind_the_others(scene, monkeypatch):
    """Who comes last is woken last."""
    first = scene.stand_in()
    seen = []

    def asleep(gate, timeout):
        seen.append((list(scene.waiters), gate, gate.locked(), scene.lock.locked(), timeout))
        return False

    monkeypatch.setattr(waitqueue, "sleep", asleep)
    scene.wait(3)
    ((queued, gate, closed, held, timeout),) = seen
    assert queued == [first, gate]
    assert (closed, held, timeout) == (True, False, 3)


def test_wait_woken_as_its_time_is_up_returns_true(scene, monkeypatch):
    """Whether it was woken is told by the queue, not by the clock."""

    def late(gate, timeout):
        scene.add(1)
        return False

    monkeypatch.setattr(waitqueue, "sleep", late)
    assert scene.wait(LIMIT) is True
    assert not scene.waiters


def test_wait_struck_asleep_leaves_the_queue_and_wakes_nobody(scene, monkeypatch):
    """Who was not woken has no wake-up to pass on."""
    other = scene.stand_in()
    monkeypatch.setattr(waitqueue, "sleep", struck)
    with pytest.raises(Strike):
        scene.wait()
    assert list(scene.waiters) == [other]
    assert other.locked()
    assert not scene.lock.locked()


def test_wait_struck_when_woken_wakes_the_next(scene, monkeypatch):
    """Who cannot use its wake-up gives it to the next."""
    others = []

    def struck_when_woken(gate, timeout):
        scene.add(1)
        others.append(scene.stand_in())
        raise Strike

    monkeypatch.setattr(waitqueue, "sleep", struck_when_woken)
    with pytest.raises(Strike):
        scene.wait()
    assert not scene.waiters
    assert not others[0].locked()
    assert not scene.lock.locked()


def test_wait_struck_as_it_takes_back_when_woken_wakes_the_next(monkeypatch):
    """Woken and then struck on the way back is interrupted all the same."""
    lock = Fragile(Lock())
    scene, others = Scene(lock), []

    def woken(gate, timeout):
        with scene.mutex:
            scene.waiters.wake()
        others.append(scene.stand_in())
        lock.strikes_acquire = 1
        return True

    monkeypatch.setattr(waitqueue, "sleep", woken)
    with pytest.raises(Strike):
        scene.wait()
    assert not others[0].locked()
    assert not lock.inner.locked()


@pytest.mark.parametrize("timeout", [math.nan, math.inf, 1e100, "soon"])
def test_wait_refuses_a_bad_time_out_and_leaves_the_queue(scene, timeout):
    """What is no time is refused, with the state unchanged."""
    with pytest.raises((ValueError, OverflowError, TypeError)):
        scene.wait(timeout)
    assert not scene.waiters
    assert not scene.lock.locked()


@pytest.mark.parametrize("timeout", [0, -1, -0.0, -math.inf])
def test_wait_for_no_time_is_not_queued(scene, monkeypatch, timeout):
    """Who has no time cannot be woken, so it takes nobody's wake-up."""
    other, seen = scene.stand_in(), []

    def asleep(gate, timeout):
        seen.append((list(scene.waiters), gate, scene.lock.locked()))
        return sleep(gate, timeout)

    monkeypatch.setattr(waitqueue, "sleep", asleep)
    assert scene.wait(timeout) is False
    assert seen == [([other], NOBODYS, False)]
    assert other.locked()
    assert NOBODYS.locked()


def test_wait_for_no_time_lets_others_have_the_lock(crew, scene):
    """Another thread that waits for the mutex gets it from one that waits for no time."""

    def enter():
        with scene.mutex:
            scene.things = 1

    with scene.mutex:
        task = crew.start(enter)
        crew.asleep(scene.lock)
        while not scene.things:
            scene.waiters.wait(0)
    assert task.result() is None


# wait_for


@pytest.mark.parametrize("timeout", [None, 0, -1, LIMIT, "soon"])
def test_wait_for_what_is_there_looks_once_and_does_not_sleep(scene, monkeypatch, timeout):
    """What is there is had at once, and the time-out is not looked at."""
    monkeypatch.setattr(waitqueue, "sleep", struck)
    scene.things = 7
    assert scene.wait_for(timeout) == 7
    assert (scene.looks, scene.waiters) == (1, {})


@pytest.mark.parametrize("timeout", [0, -1, BRIEF])
def test_wait_for_until_the_time_is_up_looks_a_last_time(scene, timeout):
    """What is false when the time is up is returned, and nobody is queued."""
    assert scene.wait_for(timeout) == 0
    assert (scene.looks, scene.waiters) == (2, {})


def test_wait_for_what_comes_with_the_end_of_the_time_returns_it(scene, monkeypatch):
    """The last look is after the time."""

    def late(gate, timeout):
        scene.things = 3
        return False

    monkeypatch.setattr(waitqueue, "sleep", late)
    assert scene.wait_for(LIMIT) == 3


def test_wait_for_woken_for_nothing_looks_and_sleeps_on(crew, scene):
    """A wake-up in vain costs a look."""
    task = crew.start(scene.wait_for)
    until(lambda: len(scene.waiters) == 1)
    with scene.mutex:
        scene.waiters.wake()
    until(lambda: scene.looks == 2)
    until(lambda: len(scene.waiters) == 1)
    scene.add(2)
    assert task.result() == 2


def test_wait_for_wakes_each_that_waits(crew, scene):
    """As many as are woken look."""
    tasks = [crew.start(scene.wait_for) for _ in range(3)]
    until(lambda: len(scene.waiters) == 3)
    scene.add(3)
    assert [task.result() for task in tasks] == [3] * 3
    assert not scene.waiters


def test_wait_for_has_one_deadline_for_all_its_waits(scene, monkeypatch):
    """The first wait has the whole time-out, each further one what is left of it."""
    clock = iter([100, 101, 104.5, 106])
    waits = []
    monkeypatch.setattr(waitqueue, "now", lambda: next(clock))
    monkeypatch.setattr(waitqueue, "sleep", lambda gate, timeout: waits.append(timeout))
    assert scene.wait_for(5) == 0
    assert waits == [5, 4, 0.5]
    assert scene.looks == 4


def test_wait_for_without_a_time_out_asks_no_clock(scene, monkeypatch):
    """Who has all the time does not look at it."""

    def woken(gate, timeout):
        assert timeout is None
        scene.things += 1
        return True

    monkeypatch.setattr(waitqueue, "now", struck)
    monkeypatch.setattr(waitqueue, "sleep", woken)
    assert scene.wait_for() == 1


def test_wait_for_raises_what_the_predicate_raises_with_the_mutex_held(scene):
    """The predicate is the caller's, and so is its error."""
    with scene.mutex:
        with pytest.raises(Strike):
            scene.waiters.wait_for(struck)
        assert scene.lock.locked()


# _check


def test_check_finds_an_open_gate_that_is_queued(scene):
    """A gate in the queue is closed."""
    gate = scene.stand_in()
    scene.waiters._check()
    gate.release()
    with pytest.raises(AssertionError, match="I1"):
        scene.waiters._check()


# Letting go of a lock, and taking it back


class Levels:
    """A lock that can be let go of in one, and may lack the way back."""

    def __init__(self, *lacking):
        self.inner, self.saved = Lock(), object()
        self.calls = []
        if "_release_save" not in lacking:
            self._release_save = partial(self._call, "_release_save", self.inner.release)
        if "_acquire_restore" not in lacking:
            self._acquire_restore = partial(self._call, "_acquire_restore", self.inner.acquire)

    def acquire(self, *args):
        return self._call("acquire", self.inner.acquire, *args)

    def release(self):
        return self._call("release", self.inner.release)

    def _call(self, name, function, *args):
        self.calls.append(name)
        function(*() if name.startswith("_") else args)
        return self.saved


@pytest.mark.parametrize(
    ("lacking", "called"),
    [
        ((), ["_release_save", "_acquire_restore"]),
        (("_release_save",), ["release", "_acquire_restore"]),
        (("_acquire_restore",), ["_release_save", "acquire"]),
        (("_release_save", "_acquire_restore"), ["release", "acquire"]),
    ],
)
def test_lock_is_let_go_of_and_taken_back_by_what_it_has(lacking, called):
    """Each of the two ways is taken if the lock has it, whether or not it has the other."""
    lock = Levels(*lacking)
    lock.inner.acquire()
    held = let_go(lock)
    assert held is lock.saved
    assert not lock.inner.locked()
    take_back(Mutex(lock), lock, held)
    assert lock.inner.locked()
    assert lock.calls == called


def test_take_back_hands_over_what_letting_go_returned():
    """Only the lock knows how it was held."""
    lock = RLock()
    with lock, lock:
        held = let_go(lock)
        assert not lock._is_owned()
        take_back(Mutex(lock), lock, held)
        assert lock._recursion_count() == 2


def test_sleep_without_lets_go_sleeps_and_takes_back(monkeypatch):
    """The lock is free exactly while the thread sleeps."""
    lock, seen = Lock(), []
    lock.acquire()

    def asleep(gate, timeout):
        seen.append((gate, timeout, lock.locked()))

    monkeypatch.setattr(waitqueue, "sleep", asleep)
    sleep_without(Mutex(lock), "gate", 4)
    assert seen == [("gate", 4, False)]
    assert lock.locked()


def test_sleep_without_looks_sleep_up_at_each_call(monkeypatch):
    """Who wants to see the sleepers puts another function in sleep's place."""
    lock, gates = Lock(), []
    lock.acquire()
    for n in range(2):
        monkeypatch.setattr(waitqueue, "sleep", lambda gate, timeout, n=n: gates.append((n, gate)))
        sleep_without(Mutex(lock), "gate", None)
    assert gates == [(0, "gate"), (1, "gate")]


def test_sleep_without_struck_as_it_lets_go_holds_the_lock(monkeypatch):
    """What could not be let go of is not taken a second time."""
    lock = Fragile(Lock())
    lock.acquire()
    lock.strikes_release = 1
    monkeypatch.setattr(waitqueue, "sleep", struck)
    with pytest.raises(Strike):
        sleep_without(Mutex(lock), closed_gate(), None)
    assert lock.inner.locked()


@pytest.mark.parametrize("strikes", [1, 5, 900])
def test_sleep_without_struck_while_it_takes_back_holds_the_lock(strikes):
    """Struck on the way back, it raises that, and only with the lock held."""
    lock = Fragile(Lock())
    lock.acquire()
    lock.strikes_acquire = strikes
    with pytest.raises(Strike):
        sleep_without(Mutex(lock), Lock(), None)
    assert lock.inner.locked()


def test_sleep_without_over_a_broken_lock_raises_and_leaves_the_queue():
    """A lock that cannot be taken back ends the wait, and the sleeper is not queued any more."""
    lock = Fragile(Lock())
    lock.acquire()
    waiters = WaitQueue(Mutex(lock))
    lock.strikes_acquire = 10**9
    with pytest.raises(Strike):
        waiters.wait(BRIEF)
    assert not waiters
    assert lock.strikes_acquire == 10**9 - 1001  # it was not given up soon


class Bare:
    """A lock with only acquire and release."""

    def __init__(self):
        self._inner = Lock()
        self.acquire, self.release = self._inner.acquire, self._inner.release


@pytest.mark.parametrize("make", [Lock, RLock, Bare, Levels, lambda: Levels("_acquire_restore")])
def test_wait_over_any_lock_lets_others_in_and_has_it_back(make, crew):
    """Whatever the lock has, it is free while the thread sleeps and held afterwards."""
    lock = make()
    waiters = WaitQueue(Mutex(lock))

    def wait():
        lock.acquire()
        try:
            return waiters.wait()
        finally:
            lock.release()

    task = crew.start(wait)
    until(lambda: waiters)
    lock.acquire()
    waiters.wake()
    assert not task.done
    lock.release()
    assert task.result() is True
