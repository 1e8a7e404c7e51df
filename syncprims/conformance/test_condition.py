"""What a Condition owes: threads that hold a lock wait, and are woken by who holds it."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
import time
import warnings
import weakref
from collections import deque
from contextlib import ExitStack
from itertools import count

from syncprims.conformance.crew import Crew, is_suites, sleepers, until
from syncprims.conformance.delays import BRIEF, GRACE, LIMIT
from syncprims.conformance.queues import ended
from syncprims.conformance.requirement import cases, raises, requirement
from syncprims.conformance.signals import (
    Interrupted,
    in_child,
    interruptible,
    needs_fork,
    needs_signals,
)
from syncprims.conformance.timing import ends_in_time, frozen_clock, lasting

NOTIFICATIONS = {
    "notify": lambda condition: condition.notify(),
    "notify-3": lambda condition: condition.notify(3),
    "notify_all": lambda condition: condition.notify_all(),
}

TOO_LONG = [1e100, float("inf"), threading.TIMEOUT_MAX + 1]


class Bare:
    """Somebody's lock, with no more than a lock must have."""

    def __init__(self):
        self._lock = threading.Lock()

    def acquire(self, blocking=True, timeout=-1):
        return self._lock.acquire(blocking, timeout)

    def release(self):
        self._lock.release()


class Usual(Bare):
    """Somebody's lock, with all that is documented of the stdlib's."""

    def locked(self):
        return self._lock.locked()

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc):
        self.release()


class Foreseen(Exception):
    """What a predicate raises."""


class Owned(Usual):
    """Somebody's lock that wants to be let go and taken back by a condition in its own way."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def _is_owned(self):
        return self.locked()

    def _release_save(self):
        self.release()
        self.calls.append("let go")
        return "what it saved"

    def _acquire_restore(self, saved):
        self.acquire()
        self.calls.append(saved)


class Overtaken(Usual):
    """Somebody's lock; whoever lets go of it is overtaken by what happens ``meanwhile``."""

    def __init__(self):
        super().__init__()
        self.meanwhile = None

    def release(self):
        super().release()
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()


def line_up(crew, condition, n=1, timeout=None):
    """Start `n` threads that wait, one behind the other; return them when all are queued."""
    arrived = []

    def wait():
        with condition:
            arrived.append(True)
            return condition.wait(timeout)

    tasks = []
    for place in range(1, n + 1):
        tasks.append(crew.start(wait))
        until(lambda place=place: len(arrived) == place)
        with condition:
            pass  # it can be taken again: whoever arrived has let go of it, and is queued
    return tasks


def free_for_others(crew, condition):
    """Return whether another thread finds the lock free; it leaves it as it was."""

    def look():
        taken = condition.acquire(blocking=False)
        if taken:
            condition.release()
        return taken

    return crew.start(look).result()


def notify(condition):
    """Notify one waiter."""
    with condition:
        condition.notify()


def interrupt():
    """Raise, as a signal handler may."""
    raise Interrupted


def strike_at(step, handler=interrupt):
    """Return a profile function that runs a handler after the `step`-th call of C code.

    Not where that call has taken a lock: no caller could yet know that it has to let go of it.
    """
    steps = count()

    def profile(frame, event, function):
        if event != "c_return" or is_suites(frame):
            return
        if function.__name__ not in ("acquire", "__enter__") and next(steps) == step:
            handler()

    return profile


def works(crew, condition):
    """Assert that a condition can do what it is for."""
    with condition:
        assert condition.wait(BRIEF) is False
        assert not free_for_others(crew, condition)
    (task,) = line_up(crew, condition)
    with condition:
        assert not free_for_others(crew, condition)
        condition.notify()
    assert task.result() is True
    assert free_for_others(crew, condition)


@requirement(
    "COND-01",
    hint="queue a gate, let go of the lock, sleep on the gate, take the lock back, return True",
)
def test_wait_sleeps_until_notified_and_returns_true(Condition, crew):
    """wait sleeps until the thread is notified, and returns True."""
    condition = Condition()
    (task,) = line_up(crew, condition)
    crew.asleep(condition)
    assert not task.done
    with condition:
        condition.notify()
    assert task.result() is True


@requirement("COND-02", hint="release the lock before you sleep, after you have queued")
def test_wait_lets_another_thread_have_the_lock(Condition, crew):
    """While a thread waits, another can take the lock."""
    condition = Condition()
    (task,) = line_up(crew, condition)
    assert free_for_others(crew, condition)
    notify(condition)
    assert task.result() is True


@requirement("COND-03", hint="take the lock back before you return")
def test_wait_notified_returns_when_the_notifier_lets_go(Condition, crew):
    """A notified waiter returns with the lock, so not before the notifier lets go of it."""
    condition = Condition()
    notifying = False

    def wait():
        with condition:
            arrived.set()
            condition.wait()
            return notifying, free_for_others(crew, condition)

    arrived = threading.Event()
    task = crew.start(wait)
    arrived.wait()
    with condition:
        notifying = True
        condition.notify()
        time.sleep(BRIEF)  # it must not make use of it
        notifying = False
    assert task.result() == (False, False)


@requirement("COND-04", hint="return whether the gate was opened, not what the clock says")
def test_wait_times_out_returns_false(Condition):
    """wait returns False once the time-out has passed without a notification, and not before."""
    condition = Condition()
    with condition, lasting(BRIEF):
        assert condition.wait(BRIEF) is False


@requirement(
    "COND-05",
    hint="take the lock back in a finally, without limit: the time-out is for the notification",
)
def test_wait_timed_out_returns_with_the_lock(Condition, crew):
    """A waiter that times out takes the lock back before it returns, however long that takes."""
    condition = Condition()
    holding = False

    def wait():
        with condition:
            arrived.set()
            condition.wait(BRIEF)
            return holding, free_for_others(crew, condition)

    arrived = threading.Event()
    task = crew.start(wait)
    arrived.wait()
    with condition:
        holding = True
        time.sleep(2 * BRIEF)  # its time passes
        holding = False
    assert task.result() == (False, False)


@cases("timeout", [0, 0.0, -0.5, -1, -1e9])
@requirement("COND-06", hint="look once and return False: a time-out that has passed is no error")
def test_wait_with_no_time_left_returns_false_at_once(Condition, crew, timeout):
    """With a time-out of zero or less wait returns False without sleeping, and with the lock."""
    condition = Condition()
    with condition:
        assert condition.wait(timeout) is False
        assert not free_for_others(crew, condition)
    (next_in_line,) = line_up(crew, condition)
    notify(condition)
    assert next_in_line.result() is True


@cases("timeout", [LIMIT, threading.TIMEOUT_MAX])
@requirement(
    "COND-07",
    hint="give the gate the time-out as it is; up to TIMEOUT_MAX it is a number like others",
)
def test_wait_notified_in_time_returns_true(Condition, crew, timeout):
    """A waiter with a time-out, up to TIMEOUT_MAX, returns True when it is notified in time."""
    condition = Condition()
    (task,) = line_up(crew, condition, timeout=timeout)
    notify(condition)
    assert task.result() is True


@requirement("COND-08", hint="over an RLock let go of all levels at once: use its _release_save")
def test_wait_lets_go_of_all_levels(Condition, crew):
    """wait lets go of a re-entrant lock altogether, however often its holder has taken it."""
    condition = Condition()

    def wait():
        with condition, condition, condition:
            arrived.set()
            return condition.wait()

    arrived = threading.Event()
    task = crew.start(wait)
    arrived.wait()
    assert condition.acquire(timeout=LIMIT) is True
    condition.notify()
    condition.release()
    assert task.result() is True


@cases("timeout", [None, BRIEF])
@requirement(
    "COND-09", hint="remember how deep the RLock was and take it back as deep: _acquire_restore"
)
def test_wait_takes_back_all_levels(Condition, crew, timeout):
    """wait takes a re-entrant lock back as often as it was taken, when notified or timed out."""
    condition = Condition()

    def wait():
        for _ in range(3):
            condition.acquire()
        arrived.set()
        condition.wait(timeout)
        for _ in range(3):
            assert not free_for_others(crew, condition)
            condition.release()

    arrived = threading.Event()
    task = crew.start(wait)
    arrived.wait()
    if timeout is None:
        notify(condition)
    task.result()
    assert free_for_others(crew, condition)


@cases("timeout", [None, 0, BRIEF])
@requirement("COND-10", hint="ask whether the caller holds the lock before you queue anything")
def test_wait_without_the_lock_raises_runtime_error(Condition, crew, timeout):
    """wait by a thread that does not hold the lock is refused, and neither takes it nor queues."""
    condition = Condition()
    with raises(RuntimeError):
        condition.wait(timeout)
    assert free_for_others(crew, condition)
    (next_in_line,) = line_up(crew, condition)
    notify(condition)
    assert next_in_line.result() is True


@cases("call", NOTIFICATIONS)
@requirement("COND-11", hint="ask whether the caller holds the lock before you open a gate")
def test_notify_without_the_lock_raises_runtime_error(Condition, crew, call):
    """A notification by a thread that does not hold the lock is refused and wakes nobody."""
    condition = Condition()
    (task,) = line_up(crew, condition)
    with raises(RuntimeError):
        call(condition)
    crew.asleep(condition)
    assert not task.done
    assert free_for_others(crew, condition)
    notify(condition)
    assert task.result() is True


@requirement("COND-12", hint="over an RLock ask its _is_owned, not whether it is locked")
def test_calls_while_another_thread_holds_the_lock_raise_runtime_error(Condition, crew):
    """Over a re-entrant lock it is the caller that must hold it: that another does is no excuse."""
    condition = Condition()
    (task,) = line_up(crew, condition)

    def calls():
        for call in (lambda: condition.wait(0), condition.notify, condition.notify_all):
            with raises(RuntimeError):
                call()

    with condition:
        crew.start(calls).result()
        crew.asleep(condition)
        assert not task.done
        condition.notify()
    assert task.result() is True


@requirement(
    "COND-13",
    hint="over a Lock try acquire(False): if it succeeds nobody held it; release it and refuse",
)
def test_wait_without_the_plain_lock_raises_runtime_error(Condition, Lock):
    """Over a Lock, which knows no owner, calls are refused while nobody holds it."""
    condition = Condition(Lock())
    for call in (lambda: condition.wait(0), condition.notify, condition.notify_all):
        with raises(RuntimeError):
            call()
    assert condition.acquire(False) is True


@requirement(
    "COND-14", hint="take one gate out of the queue and open it; a woken thread must not wake more"
)
def test_notify_wakes_one(Condition, crew):
    """notify wakes one of the threads that wait, and no other."""
    condition = Condition()
    tasks = line_up(crew, condition, 5)
    for woken in range(1, 6):
        notify(condition)
        assert len(ended(tasks, woken)) == woken
        crew.asleep(condition, 5 - woken)
        assert len(ended(tasks, woken)) == woken


@cases("n", [2, 3])
@requirement("COND-15", hint="take n gates out of the queue, no more, and open each once")
def test_notify_n_wakes_n(Condition, crew, n):
    """notify(n) wakes exactly n threads."""
    condition = Condition()
    tasks = line_up(crew, condition, 5)
    with condition:
        condition.notify(n)
    ended(tasks, n)
    crew.asleep(condition, 5 - n)
    assert len(ended(tasks, n)) == n
    with condition:
        condition.notify(n=5 - n)
    assert [task.result() for task in tasks] == [True] * 5


@requirement("COND-16", hint="stop when the queue is empty; keep no notification for later")
def test_notify_n_with_fewer_waiters_wakes_all(Condition, crew):
    """notify(n) with fewer than n waiters wakes them all, and nobody who comes later."""
    condition = Condition()
    tasks = line_up(crew, condition, 2)
    with condition:
        condition.notify(5)
    assert [task.result() for task in tasks] == [True] * 2
    with condition:
        assert condition.wait(BRIEF) is False


@cases("n", [0, -1])
@requirement("COND-17", hint="take no gate out when n is below one")
def test_notify_less_than_one_wakes_nobody(Condition, crew, n):
    """notify(n) with n below one does nothing."""
    condition = Condition()
    (task,) = line_up(crew, condition)
    with condition:
        condition.notify(n)
    crew.asleep(condition)
    assert not task.done
    notify(condition)
    assert task.result() is True


@requirement("COND-18", hint="open all the gates that are queued now")
def test_notify_all_wakes_everybody(Condition, crew):
    """notify_all wakes all the threads that wait, with or without a time-out; each gets True."""
    condition = Condition()
    tasks = line_up(crew, condition, 2) + line_up(crew, condition, 2, LIMIT)
    with condition:
        condition.notify_all()
    assert [task.result() for task in tasks] == [True] * 4


@cases("call", NOTIFICATIONS)
@requirement("COND-19", hint="keep no flag and no count: who is not queued is not notified")
def test_notify_with_nobody_waiting_is_not_remembered(Condition, call):
    """A notification with nobody waiting does nothing: who waits later sleeps."""
    condition = Condition()
    with condition:
        call(condition)
        assert condition.wait(BRIEF) is False


@cases("timeout", [0, BRIEF])
@requirement(
    "COND-20",
    hint="your gate is still in the queue after the time-out: take it out under the mutex",
)
def test_notify_after_a_timeout_is_not_spent_on_who_has_left(Condition, crew, timeout):
    """A waiter that has timed out is not notified any more: each notification wakes another."""
    condition = Condition()
    tasks = line_up(crew, condition)
    with condition:
        assert condition.wait(timeout) is False
    tasks += line_up(crew, condition, 2)
    for _ in tasks:
        notify(condition)
    assert [task.result() for task in tasks] == [True] * 3


@requirement(
    "COND-21",
    beyond="the notification is spent on a waiter that then reports a time-out",
    hint="decide by the queue, not by the clock: if your gate is not in it you were notified",
)
def test_wait_notified_after_its_time_returns_true(Condition, Lock, crew):
    """A waiter whose time passes, but that is notified before it returns, returns True."""
    condition = Condition(Lock())

    def wait():
        with condition:
            arrived.append(True)
            try:
                return condition.wait(BRIEF)
            finally:
                left.append(True)

    while True:
        arrived, left = [], []
        task = crew.start(wait)
        until(lambda arrived=arrived: arrived)
        with condition:
            if not left:  # it waits, and cannot leave while we hold the lock
                time.sleep(2 * BRIEF)  # its time passes
                condition.notify()
                break
    assert task.result() is True


@requirement(
    "COND-22",
    race=True,
    beyond="a notification can go to a waiter that reports a time-out",
    hint="take your gate out under the mutex; if it is gone already you were notified: return True",
)
def test_notify_racing_timeouts_is_received_once(Condition, Lock, crew):
    """Each notification sent while threads wait is received by one of them, whoever times out."""
    condition = Condition(Lock())
    waiting = sent = received = 0  # all of them guarded by the lock
    over = False

    def wait(timeout):
        nonlocal waiting, received
        while not over:
            with condition:
                waiting += 1
                woken = condition.wait(timeout)
                received += woken
                waiting -= 1

    tasks = [crew.start(wait, timeout) for timeout in (0.0002, 0.0005, 0.001)]
    for _ in range(100):
        with condition:
            if waiting > sent - received:
                time.sleep(BRIEF / 40)  # some of their time-outs pass
                condition.notify()
                sent += 1
        time.sleep(0)
    over = True
    for task in tasks:
        task.result()
    assert received == sent


@requirement(
    "COND-23",
    race=True,
    hint="queue your gate before you let go of the lock, or a notification in between is lost",
)
def test_wait_under_competition_misses_no_notification(Condition, crew):
    """With several producers and consumers each item is announced to somebody who takes it."""
    condition = Condition()
    items, taken = deque(), []

    def consume():
        while True:
            with condition:
                condition.wait_for(lambda: items)
                item = items.popleft()
            if item is None:
                return
            taken.append(item)

    def produce(first):
        for item in range(first, first + 60):
            with condition:
                items.append(item)
                condition.notify()

    consumers = [crew.start(consume) for _ in range(4)]
    for producer in [crew.start(produce, first) for first in (0, 60)]:
        producer.result()
    with condition:
        items.extend([None] * 4)
        condition.notify(4)
    for consumer in consumers:
        consumer.result()
    assert sorted(taken) == list(range(120))


@cases("kind", ["Lock", "RLock"])
@cases("timeout", [None, LIMIT])
@needs_signals
@requirement(
    "COND-24",
    main_thread=True,
    hint="take the lock back in a finally, also when the sleep was interrupted",
)
def test_wait_interrupted_takes_the_lock_back(Condition, implementation, crew, kind, timeout):
    """An exception from a signal handler gets a waiter out, but not before it has the lock back."""
    condition = Condition(implementation.get(kind)())

    def strike():
        with condition:
            pass  # it waits
        interrupt()

    with interruptible() as interrupt, condition:
        striking = crew.start(strike)
        with raises(Interrupted):
            condition.wait(timeout)
        assert not free_for_others(crew, condition)
        striking.result()
    assert free_for_others(crew, condition)


@cases("kind", ["Lock", "RLock"])
@needs_signals
@requirement(
    "COND-25",
    main_thread=True,
    hint="take your gate out of the queue in a finally, also when the sleep was interrupted",
)
def test_notify_after_an_interruption_wakes_the_next_in_line(Condition, implementation, crew, kind):
    """A waiter that was interrupted is not notified any more: the one behind it is."""
    condition = Condition(implementation.get(kind)())

    def strike():
        (behind,) = line_up(crew, condition)
        interrupt()
        return behind

    with interruptible() as interrupt, condition:
        striking = crew.start(strike)
        with raises(Interrupted):
            condition.wait()
    behind = striking.result()
    notify(condition)
    assert behind.result() is True


@cases("kind", ["Lock", "RLock"])
@needs_signals
@requirement(
    "COND-26",
    main_thread=True,
    beyond="the notification dies with the waiter that was interrupted",
    hint="if your gate was opened and you are leaving by an exception, notify the next",
)
def test_wait_interrupted_when_notified_notifies_the_next(Condition, implementation, crew, kind):
    """A waiter that is notified and interrupted before it goes on has the next notified instead."""
    condition = Condition(implementation.get(kind)())

    def notify_and_raise():
        notify(condition)
        raise Interrupted

    def strike():
        (behind,) = line_up(crew, condition)
        interrupt()
        return behind

    with interruptible(notify_and_raise) as interrupt, condition:
        striking = crew.start(strike)
        with raises(Interrupted):
            condition.wait()
    behind = striking.result()
    try:
        assert behind.result() is True
    finally:
        notify(condition)


@needs_signals
@requirement(
    "COND-27",
    main_thread=True,
    beyond="wait comes back without the lock, and the notification is lost",
    hint="take the lock again and again until you have it, then raise what struck you",
)
def test_wait_interrupted_on_its_way_to_the_lock_notifies_the_next(Condition, Lock, crew):
    """A notified waiter, interrupted on its way to the lock, takes it and notifies the next."""
    condition = Condition(Lock())

    def strike():
        (behind,) = line_up(crew, condition)
        with condition:
            condition.notify()
            interrupt()
        return behind

    with interruptible() as interrupt, condition:
        striking = crew.start(strike)
        with raises(Interrupted):
            condition.wait()
        assert not free_for_others(crew, condition)
    assert striking.result().result() is True


@needs_signals
@requirement(
    "COND-28",
    main_thread=True,
    beyond="wait comes back without the lock",
    hint="take the lock again and again until you have it, then raise what struck you",
)
def test_wait_interrupted_twice_takes_the_lock_back(Condition, Lock, crew):
    """A waiter that is interrupted again on its way to the lock comes out with it all the same."""
    condition = Condition(Lock())

    def strike():
        with condition:
            interrupt()
            interrupt()

    with interruptible() as interrupt, condition:
        striking = crew.start(strike)
        with raises(Interrupted):
            condition.wait()
        assert not free_for_others(crew, condition)
    striking.result()
    assert free_for_others(crew, condition)


@needs_signals
@requirement(
    "COND-29", level="detail", main_thread=True, hint="hold no mutex of your own while you sleep"
)
def test_notify_in_a_signal_handler_wakes_its_own_thread(Condition, crew):
    """A signal handler may take the lock and notify the thread it interrupts, which waits."""
    condition = Condition()

    def strike():
        with condition:
            pass  # it waits
        interrupt()

    with interruptible(lambda: notify(condition)) as interrupt, condition:
        striking = crew.start(strike)
        assert condition.wait(LIMIT) is True
        striking.result()


@cases("timeout", TOO_LONG)
@requirement(
    "COND-30", hint="try the time-out before you queue: more than TIMEOUT_MAX is an OverflowError"
)
def test_wait_with_a_timeout_that_is_too_long_leaves_no_trace(Condition, crew, timeout):
    """A time-out beyond TIMEOUT_MAX is refused with OverflowError: lock held, nobody queued."""
    condition = Condition()
    with condition, condition:
        with raises(OverflowError):
            condition.wait(timeout)
        with raises(OverflowError):
            condition.wait_for(lambda: False, timeout)
        condition.release()
        assert not free_for_others(crew, condition)
        condition.acquire()
    (next_in_line,) = line_up(crew, condition)
    notify(condition)
    assert next_in_line.result() is True


@requirement(
    "COND-31",
    level="detail",
    since=(3, 15),
    hint="refuse NaN before you queue; it is smaller than nothing and greater than nothing",
)
def test_wait_with_nan_raises_value_error(Condition, crew):
    """A time-out that is NaN is refused with ValueError: lock held, nobody queued."""
    condition = Condition()
    with condition:
        with raises(ValueError):
            condition.wait(float("nan"))
        with raises(ValueError):
            condition.wait_for(lambda: False, float("nan"))
        assert not free_for_others(crew, condition)
    (next_in_line,) = line_up(crew, condition)
    notify(condition)
    assert next_in_line.result() is True


@requirement("COND-32", hint="look first; return what the predicate returned, not True")
def test_wait_for_returns_what_is_true_at_once(Condition):
    """wait_for returns what the predicate returns, without waiting, if that is true."""
    condition, found = Condition(), ["found"]
    with condition:
        assert condition.wait_for(lambda: found) is found
        assert condition.wait_for(lambda: found, timeout=0) is found


@requirement("COND-33", level="detail", hint="one look before the first wait and one after each")
def test_wait_for_sleeps_until_notified_and_true(Condition, crew):
    """wait_for looks after each notification and sleeps on until it sees what is true."""
    condition = Condition()
    looks, found = [], None

    def look():
        looks.append(True)
        return found

    def wait():
        with condition:
            return condition.wait_for(look)

    task = crew.start(wait)
    for n in (1, 2, 3):
        until(lambda n=n: len(looks) == n)
        notify(condition)
    until(lambda: len(looks) == 4)
    with condition:
        found = "found"
        condition.notify()
    assert task.result() == "found"
    assert len(looks) == 5


@cases("timeout", [BRIEF, 0, -0.5, -1])
@requirement("COND-34", hint="return what the predicate returned last, not False")
def test_wait_for_times_out_returns_the_last_value(Condition, timeout):
    """wait_for returns the last false value of the predicate once the time-out has passed."""
    condition, nothing = Condition(), []
    with condition, lasting(timeout):
        assert condition.wait_for(lambda: nothing, timeout) is nothing


@requirement(
    "COND-35", level="detail", hint="look once more after the last wait, also if it timed out"
)
def test_wait_for_looks_once_more_after_the_timeout(Condition):
    """What has become true by the time-out counts, also if nobody has notified."""
    condition, values = Condition(), deque([None, "found"])
    with condition:
        assert condition.wait_for(values.popleft, BRIEF) == "found"


@requirement(
    "COND-36", hint="reckon the end once, before the loop, and wait for what is left of it"
)
def test_wait_for_notified_in_vain_still_times_out(Condition, crew):
    """The time-out is for the whole of wait_for: wake-ups in vain do not prolong it."""
    condition = Condition()
    over = threading.Event()

    def disturb():
        while not over.wait(BRIEF / 20):
            with condition:
                condition.notify_all()

    disturbing = crew.start(disturb)
    with condition, lasting(5 * BRIEF):
        assert condition.wait_for(lambda: False, 5 * BRIEF) is False
    over.set()
    disturbing.result()


@requirement("COND-37", hint="call the predicate with the lock held, also after a wait")
def test_wait_for_looks_with_the_lock_held(Condition, crew):
    """wait_for calls the predicate with the lock held, before it waits and after."""
    condition, free = Condition(), []

    def look():
        free.append(free_for_others(crew, condition))
        return len(free) == 2

    def wait():
        with condition:
            return condition.wait_for(look)

    task = crew.start(wait)
    until(lambda: free)
    notify(condition)
    assert task.result() is True
    assert free == [False, False]


@cases("falses", [0, 1])
@requirement("COND-38", hint="let the predicate's exception out, with the lock as it was")
def test_wait_for_lets_out_what_the_predicate_raises(Condition, crew, falses):
    """What the predicate raises, before it waits or after, comes out, with the lock held."""
    condition, looks = Condition(), []

    def look():
        looks.append(True)
        if len(looks) > falses:
            raise Foreseen
        return False

    def wait():
        with condition:
            with raises(Foreseen):
                condition.wait_for(look)
            return free_for_others(crew, condition)

    task = crew.start(wait)
    if falses:
        until(lambda: looks)
        notify(condition)
    assert task.result() is False
    (next_in_line,) = line_up(crew, condition)
    notify(condition)
    assert next_in_line.result() is True


@requirement("COND-39", hint="wait refuses who does not hold the lock; do not catch it")
def test_wait_for_without_the_lock_raises_runtime_error(Condition, crew):
    """wait_for is refused with RuntimeError where it would have to wait without the lock."""
    condition = Condition()
    with raises(RuntimeError):
        condition.wait_for(lambda: False, BRIEF)
    assert free_for_others(crew, condition)


@requirement("COND-40", hint="__enter__ and __exit__ are the lock's")
def test_with_holds_the_lock(Condition, crew):
    """A with block, also inside another and in an ExitStack, holds the lock until it ends."""
    condition = Condition()
    with condition, ExitStack() as stack:
        stack.enter_context(condition)
        assert not free_for_others(crew, condition)
    assert free_for_others(crew, condition)


@cases("error", [LookupError, SystemExit, GeneratorExit])
@requirement(
    "COND-41", hint="__exit__ releases whatever the exception, and returns what the lock's returns"
)
def test_with_left_by_an_exception_frees_the_lock(Condition, crew, error):
    """A with block that an exception leaves frees the lock and lets the exception out."""
    condition = Condition()
    with raises(error), condition:
        raise error
    assert free_for_others(crew, condition)


@requirement(
    "COND-42", level="detail", hint="return what the lock's own __enter__ and __exit__ return"
)
def test_with_is_the_locks_own(Condition):
    """A with block binds what the lock's __enter__ returns, and ends as its __exit__ says."""

    class Swallowing(Usual):
        def __enter__(self):
            super().__enter__()
            return self

        def __exit__(self, *exc):
            super().__exit__()
            return exc[0] is LookupError

    lock = Swallowing()
    with Condition(lock) as bound:
        assert bound is lock
        raise LookupError
    assert not lock.locked()


@requirement("COND-43", hint="hand acquire's arguments on to the lock and return its answer")
def test_acquire_and_release_are_the_locks_own(Condition, Lock):
    """acquire and release take the lock's arguments and do what they do to the lock."""
    lock = Lock()
    condition = Condition(lock)
    assert condition.acquire(timeout=LIMIT) is True
    assert lock.locked()
    assert [condition.acquire(False), condition.acquire(True, BRIEF)] == [False] * 2
    assert condition.release() is None
    assert not lock.locked()
    with raises(RuntimeError):
        condition.release()


@requirement("COND-44", since=(3, 14), hint="hand locked on to the lock")
def test_locked_is_the_locks_own(Condition, Lock):
    """locked returns whether any thread holds the lock."""
    for condition in (Condition(), Condition(None), Condition(lock=Lock())):
        assert condition.locked() is False
        with condition:
            assert condition.locked() is True
        assert condition.locked() is False


@cases("kind", ["Lock", "RLock"])
@requirement(
    "COND-45", hint="use what Lock and RLock have in common, and _release_save where there is one"
)
def test_init_over_a_lock_works(Condition, implementation, crew, kind):
    """A condition works over a lock that it is given, a Lock or an RLock."""
    lock = implementation.get(kind)()
    works(crew, Condition(lock))
    works(crew, Condition(lock=lock))


@cases("lock", [threading.Lock, threading.RLock, threading._RLock, Usual, Owned])
@requirement("COND-46", level="detail", hint="ask for methods, not for a class")
def test_init_over_a_strangers_lock_works(Condition, crew, lock):
    """A condition works over any lock that has what the stdlib's has, whoever made it."""
    works(crew, Condition(lock()))


@requirement(
    "COND-47",
    beyond="it asks for a context manager, and since 3.14 for locked",
    hint="need no more than acquire and release: build the with block on them",
)
def test_init_over_a_bare_lock_works(Condition, crew):
    """A condition works over any object with acquire and release, if it has nothing else."""
    works(crew, Condition(Bare()))


@requirement("COND-48", hint="one queue for each condition, though the lock is shared")
def test_conditions_that_share_a_lock_wake_their_own(Condition, Lock, crew):
    """Conditions over one lock exclude each other, and a notification wakes nobody of another."""
    lock = Lock()
    one, other = Condition(lock), Condition(lock)
    (first,), (second,) = line_up(crew, one), line_up(crew, other)
    with other:
        assert not free_for_others(crew, one)
        other.notify_all()
    assert second.result() is True
    crew.asleep(one)
    assert not first.done
    notify(one)
    assert first.result() is True


@requirement("COND-49", hint="notifyAll calls notify_all")
def test_notifyall_is_notify_all(Condition, crew):
    """notifyAll does what notify_all does."""
    condition = Condition()
    tasks = line_up(crew, condition, 2)
    with condition, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        condition.notifyAll()
    assert [task.result() for task in tasks] == [True] * 2


@needs_fork
@requirement(
    "COND-50",
    beyond="in the child nobody can release its lock any more",
    hint="register with os.register_at_fork: free the lock that a lost thread held",
)
def test_fork_frees_what_another_thread_holds(Condition, crew):
    """A condition with a lock of its own works in the child, though a lost thread held it."""
    condition = Condition()
    taken, leave = threading.Event(), threading.Event()

    def hold():
        with condition, condition:
            taken.set()
            leave.wait()

    def child():
        assert condition.acquire(timeout=GRACE) is True
        condition.release()
        works(Crew(), condition)

    task = crew.start(hold)
    taken.wait()
    try:
        in_child(child)
    finally:
        leave.set()
    task.result()


@needs_fork
@requirement(
    "COND-51",
    beyond="the child notifies the parent's waiters, which it does not have",
    hint="register with os.register_at_fork: forget the parent's sleepers in the child",
)
def test_fork_leaves_the_parents_waiters_behind(Condition, crew):
    """In the child of a fork a notification wakes a waiter of the child, not one of the parent."""
    condition = Condition()
    (task,) = line_up(crew, condition)

    def child():
        (own,) = line_up(Crew(), condition)
        notify(condition)
        assert own.result() is True

    try:
        in_child(child)
    finally:
        notify(condition)
    assert task.result() is True


@requirement("COND-52", level="detail", hint="keep no reference to the condition in what sleeps")
def test_weakref_does_not_keep_a_condition_alive(Condition):
    """A condition can be weakly referred to, and goes away when its user drops it."""
    condition = Condition()
    with condition:
        condition.wait(0)
    ref = weakref.ref(condition)
    assert ref() is condition
    del condition
    gc.collect()
    assert ref() is None


@cases("duplicate", [pickle.dumps, copy.deepcopy])
@requirement(
    "COND-53", level="detail", hint="raise TypeError from __reduce__, or hold a lock that does"
)
def test_duplicate_raises_type_error(Condition, duplicate):
    """A condition can be neither pickled nor copied with its lock: TypeError."""
    with raises(TypeError):
        duplicate(Condition())


@requirement(
    "COND-54",
    hint="call methods of your own through self no more often than the documentation says",
)
def test_subclass_is_a_condition_with_more(Condition, crew):
    """A subclass has attributes of its own, and extends with, wait and notify through super."""

    class Counting(Condition):
        def __init__(self, lock=None):
            super().__init__(lock)
            self.calls = []

        def __enter__(self):
            self.calls.append("enter")
            return super().__enter__()

        def __exit__(self, *exc):
            self.calls.append("exit")
            return super().__exit__(*exc)

        def wait(self, timeout=None):
            self.calls.append("wait")
            return super().wait(timeout)

        def notify(self, n=1):
            self.calls.append("notify")
            super().notify(n)

    condition = Counting()
    with condition:
        assert not free_for_others(crew, condition)
        assert condition.wait(0) is False
        condition.notify()
    assert condition.calls == ["enter", "wait", "notify", "exit"]
    works(crew, condition)


@requirement(
    "COND-55", level="detail", hint="call self.wait and self.notify, not a private twin of them"
)
def test_wait_for_and_notify_all_use_those_of_a_subclass(Condition):
    """wait_for calls wait, and notify_all calls notify, also where a subclass has its own."""

    class Counting(Condition):
        calls = ()

        def wait(self, timeout=None):
            self.calls += ("wait",)
            return super().wait(timeout)

        def notify(self, n=1):
            self.calls += ("notify",)
            super().notify(n)

    condition = Counting()
    with condition:
        condition.wait_for(deque([False, True]).popleft, BRIEF)
        condition.notify_all()
    assert condition.calls == ("wait", "notify")


@requirement(
    "COND-56",
    level="stdlib-private",
    hint="take _release_save and _acquire_restore from the lock if it has them",
)
def test_wait_lets_go_and_takes_back_as_the_lock_wants(Condition, crew):
    """wait uses a lock's own _release_save and _acquire_restore, and gives it what it saved."""
    lock = Owned()
    with Condition(lock) as condition:
        assert condition is lock
    works(crew, Condition(lock))
    assert lock.calls == ["let go", "what it saved"] * 2


@requirement(
    "COND-57",
    level="detail",
    hint="take a gate out of _waiters before you open it, and when its time has passed",
)
def test_waiters_are_as_many_as_wait(Condition, crew):
    """len(_waiters) is the number of threads queued: those timed out or notified are not."""
    condition = Condition()
    seen = [len(condition._waiters)]
    tasks = line_up(crew, condition, 2)
    with condition:
        condition.wait(BRIEF)
        seen.append(len(condition._waiters))
        condition.notify()
        seen.append(len(condition._waiters))
        condition.notify_all()
        seen.append(len(condition._waiters))
    assert [task.result() for task in tasks] == [True] * 2
    assert seen == [0, 2, 1, 0]


@requirement("COND-58", level="detail", hint="<Condition(repr of the lock, number of waiters)>")
def test_repr_shows_the_lock_and_the_number_of_waiters(Condition, crew):
    """repr shows the lock's own repr and how many threads wait."""
    lock = threading.Lock()
    condition = Condition(lock)
    assert repr(condition) == f"<Condition({lock!r}, 0)>"
    tasks = line_up(crew, condition, 2)
    with condition:
        assert repr(condition) == f"<Condition({lock!r}, 2)>"
        condition.notify_all()
    assert [task.result() for task in tasks] == [True] * 2


@requirement(
    "COND-59",
    level="stdlib-private",
    hint="take _is_owned from the lock if it has one, else try acquire(False)",
)
def test_is_owned_tells_whether_the_caller_holds_the_lock(Condition, Lock, crew):
    """_is_owned is the lock's own; over a Lock, which knows no owner, held by anybody is enough."""
    owned, held = Condition(), Condition(Lock())
    assert (owned._is_owned(), held._is_owned()) == (False, False)
    with owned, held:
        assert (owned._is_owned(), held._is_owned()) == (True, True)
        assert crew.start(owned._is_owned).result() is False
        assert crew.start(held._is_owned).result() is True


@cases(("kind", "levels"), [("Lock", 1), ("RLock", 3)])
@requirement(
    "COND-60",
    level="stdlib-private",
    hint="take both from the lock if it has them, else release and acquire",
)
def test_release_save_frees_the_lock_and_acquire_restore_takes_it_back(
    Condition, implementation, crew, kind, levels
):
    """_release_save lets go of all levels of the lock, and _acquire_restore takes back as many."""
    condition = Condition(implementation.get(kind)())
    for _ in range(levels):
        condition.acquire()
    saved = condition._release_save()
    assert free_for_others(crew, condition)
    condition._acquire_restore(saved)
    for _ in range(levels):
        assert not free_for_others(crew, condition)
        condition.release()
    assert free_for_others(crew, condition)


@requirement(
    "COND-61",
    level="stdlib-private",
    hint="reset the lock by its own _at_fork_reinit and empty the queue",
)
def test_at_fork_reinit_frees_the_lock_and_forgets_the_waiters(Condition, crew):
    """_at_fork_reinit makes a condition as good as new: its lock free, nobody queued."""
    condition = Condition()
    line_up(crew, condition, timeout=GRACE)
    condition.acquire()
    condition._at_fork_reinit()
    assert sleepers(condition) in (0, None)
    assert free_for_others(crew, condition)
    works(crew, condition)


@cases(
    ("call", "text"),
    [
        (lambda condition: condition.wait(0), "cannot wait on un-acquired lock"),
        (lambda condition: condition.notify(), "cannot notify on un-acquired lock"),
        (lambda condition: condition.notify_all(), "cannot notify on un-acquired lock"),
    ],
)
@requirement(
    "COND-62",
    level="detail",
    hint='"cannot wait on un-acquired lock", "cannot notify on un-acquired lock"',
)
def test_errors_say_what_the_stdlibs_say(Condition, call, text):
    """The texts of the RuntimeErrors are the stdlib's."""
    with raises(RuntimeError) as caught:
        call(Condition())
    assert str(caught.value) == text


@requirement(
    "COND-63", hint="return only when your gate was opened or the time has passed; else sleep on"
)
def test_wait_is_ended_by_nothing_but_a_notification(Condition, crew):
    """A waiter sleeps on while others take the lock, wait in vain, or are notified."""
    condition = Condition()
    tasks = line_up(crew, condition, 2)
    for _ in range(20):
        with condition:
            condition.wait(0)
    with condition:
        condition.wait(BRIEF)
        condition.notify()
    ended(tasks, 1)
    crew.asleep(condition)
    assert len(ended(tasks, 1)) == 1
    notify(condition)
    assert [task.result() for task in tasks] == [True] * 2


@cases("error", [Interrupted, StopIteration])
@needs_signals
@requirement(
    "COND-64",
    main_thread=True,
    beyond="wait returns without the lock",
    hint="take the lock in no for loop that takes StopIteration for its own end",
)
def test_wait_interrupted_as_it_takes_the_lock_back_takes_it(Condition, Lock, crew, error):
    """Whatever a handler raises while wait sleeps for its lock, it comes out with the lock."""
    lock = Lock()
    condition = Condition(lock)

    def strike():
        with condition:
            condition.notify()
            interrupt()

    def handler():
        raise error

    with interruptible(handler) as interrupt:
        lock.acquire()
        striking = crew.start(strike)
        with raises(error):
            condition.wait()
        striking.result()
        assert not free_for_others(crew, condition)
        lock.release()
    works(crew, condition)


@requirement(
    "COND-65",
    level="detail",
    hint="give up taking the lock back when it raises by itself, not by interruption",
)
def test_wait_over_a_lock_that_is_broken_raises_its_error(Condition, Lock):
    """If the lock cannot be taken back since its acquire raises, that comes out of wait."""

    class Remote:
        def __init__(self):
            self.lock = Lock()
            self.connected = True

        def acquire(self, *args):
            if not self.connected:
                raise ConnectionError
            return self.lock.acquire(*args)

        def release(self):
            self.lock.release()
            self.connected = False

        def locked(self):
            return self.lock.locked()

    condition = Condition(Remote())
    condition.acquire()
    with raises(ConnectionError):
        condition.wait(BRIEF)


@requirement(
    "COND-66", level="order", hint="keep the gates in order of arrival and open from the front"
)
def test_notify_wakes_in_order_of_arrival(Condition, crew):
    """notify wakes the thread that has waited longest."""
    condition = Condition()
    tasks = line_up(crew, condition, 5)
    for woken in range(1, 6):
        notify(condition)
        assert ended(tasks, woken) == list(range(woken))


@cases("n", [2, 3])
@requirement(
    "COND-67", level="order", hint="keep the gates in order of arrival and open from the front"
)
def test_notify_n_wakes_those_that_came_first(Condition, crew, n):
    """notify(n) wakes the n threads that have waited longest."""
    condition = Condition()
    tasks = line_up(crew, condition, 5)
    with condition:
        condition.notify(n)
    assert ended(tasks, n) == list(range(n))
    with condition:
        condition.notify(n=5 - n)
    assert [task.result() for task in tasks] == [True] * 5


@cases("timeout", [0, BRIEF])
@requirement(
    "COND-68",
    level="order",
    hint="take the gate of who has timed out from where it is, and leave the others in order",
)
def test_notify_after_a_timeout_keeps_the_order_of_arrival(Condition, crew, timeout):
    """After one has timed out, the others are notified in the order in which they came."""
    condition = Condition()
    tasks = line_up(crew, condition)
    with condition:
        assert condition.wait(timeout) is False
    tasks += line_up(crew, condition, 2)
    for woken in range(1, 4):
        notify(condition)
        assert ended(tasks, woken) == list(range(woken))


@cases("timeout", ["1", []])
@requirement(
    "COND-69",
    level="detail",
    hint="try the time-out before you queue, or take your gate out in a finally",
)
def test_wait_with_a_timeout_that_is_no_number_leaves_no_trace(Condition, crew, timeout):
    """A time-out that is no number is refused with TypeError: lock held, nobody queued."""
    condition = Condition()
    with condition, condition:
        with raises(TypeError):
            condition.wait(timeout)
        with raises(TypeError):
            condition.wait_for(lambda: False, timeout)
        condition.release()
        assert not free_for_others(crew, condition)
        condition.acquire()
    (next_in_line,) = line_up(crew, condition)
    notify(condition)
    assert next_in_line.result() is True


@requirement(
    "COND-70", level="order", hint="keep the gates in order of arrival and open from the front"
)
def test_wait_behind_another_is_not_ended_by_its_notification(Condition, crew):
    """While the one before it is notified, who came later sleeps on."""
    condition = Condition()
    tasks = line_up(crew, condition, 2)
    with condition:
        condition.wait(0)
        condition.notify()
    assert ended(tasks, 1) == [0]
    notify(condition)
    assert [task.result() for task in tasks] == [True] * 2


@requirement(
    "COND-71",
    hint="a loop: look, wait, look again; a notification says only that it is worth a look",
)
def test_wait_for_notified_in_vain_sleeps_on(Condition, crew):
    """wait_for returns when the predicate is true, however often it is notified before."""
    condition, found = Condition(), None

    def wait():
        with condition:
            return condition.wait_for(lambda: found)

    task = crew.start(wait)
    for _ in range(3):
        crew.asleep(condition)
        notify(condition)
    crew.asleep(condition)
    assert not task.done
    with condition:
        found = "found"
        condition.notify()
    assert task.result() == "found"


@cases("timeout", [0, -0.5, -1])
@requirement(
    "COND-72",
    hint="give up when the time left is zero or less (<=): a clock may read the same twice",
)
def test_wait_for_with_no_time_left_gives_up_although_the_clock_stands_still(Condition, timeout):
    """With a time-out of zero or less wait_for does not wait until the clock has moved."""
    condition, looks = Condition(), []

    def look():
        looks.append(True)
        assert len(looks) < 10, "wait_for looks again and again, although no time is left"

    with condition, frozen_clock():
        assert not condition.wait_for(look, timeout)


@requirement(
    "COND-73",
    hint="take the gate out first, then open it; or let an open gate be no error next time",
)
def test_notify_after_an_interrupted_notify_works(Condition, crew):
    """A notify that an exception from a signal handler cut short spoils no later one."""
    for step in count():
        condition = Condition()
        tasks = line_up(crew, condition, 2)
        with condition:
            before, struck = sys.getprofile(), False
            sys.setprofile(strike_at(step))
            try:
                condition.notify()
            except Interrupted:
                struck = True
            finally:
                sys.setprofile(before)
            condition.notify(2)
        assert [task.result() for task in tasks] == [True] * 2
        if not struck:
            break


@requirement(
    "COND-74",
    hint="give the sleep the time that is left, not more; look at the clock when you wake",
)
def test_wait_times_out_in_time(Condition):
    """The time-outs of wait and wait_for end no later than a bare lock's, but for 0.3 s."""
    condition = Condition()
    with condition:
        ends_in_time(lambda: condition.wait(BRIEF), BRIEF)
        ends_in_time(lambda: condition.wait_for(lambda: False, BRIEF), BRIEF)


@requirement(
    "COND-75",
    hint="a wait that queues says True if it was notified, however short; or it does not queue",
)
def test_notify_while_a_wait_of_no_time_lets_go_of_the_lock_is_not_lost(Condition, crew):
    """A notification that meets wait(0) makes it return True, or else wakes the next in line."""
    lock, sleeping = Overtaken(), []
    condition = Condition(lock)

    def meanwhile():
        sleeping.extend(line_up(crew, condition))
        notify(condition)

    with condition:
        lock.meanwhile = meanwhile
        notified = condition.wait(0)
    if notified:
        notify(condition)  # the other still waits for one
    assert sleeping[0].result() is True


@requirement(
    "COND-76", level="detail", hint="expect the gate that you open or take out to be open, or gone"
)
def test_notify_in_the_middle_of_notify_wakes_one_more(Condition, crew):
    """A signal handler that notifies in the middle of its own thread's notify wakes another."""
    for step in count():
        condition = Condition()
        tasks = line_up(crew, condition, 2)
        with condition:
            struck = notify_struck_at(step, condition)
            if not struck:
                condition.notify()
        assert [task.result() for task in tasks] == [True] * 2
        if not struck:
            break


def notify_struck_at(step, condition):
    """Notify, with another notify from a handler at `step`; return whether that step was there."""
    struck = []

    def handler():
        struck.append(True)
        condition.notify()

    before = sys.getprofile()
    sys.setprofile(strike_at(step, handler))
    try:
        condition.notify()
    finally:
        sys.setprofile(before)
    return struck
