"""What a Semaphore owes: permits that are taken, given back and never lost; then the bounded."""

from __future__ import annotations

import copy
import gc
import pickle
import random
import re
import threading
import time
import weakref

from syncprims.conformance.crew import Crew, sleepers, until
from syncprims.conformance.delays import BRIEF, EARLY, LIMIT
from syncprims.conformance.queues import ended
from syncprims.conformance.requirement import cases, raises, requirement
from syncprims.conformance.signals import (
    Interrupted,
    in_child,
    interruptible,
    needs_fork,
    needs_signals,
)
from syncprims.conformance.timing import ends_in_time, lasting


def drain(crew, semaphore):
    """Take all the permits there are; return how many."""
    permits = 0
    try:
        while semaphore.acquire(blocking=False):
            permits += 1
    except TypeError:  # a beginner's, which can only sleep
        return drain_asleep(crew, semaphore)
    return permits


def drain_asleep(crew, semaphore):
    """Do so in a thread that takes them until it falls asleep, and that one more then wakes."""
    taken, enough = [], []

    def take():
        while not enough:
            semaphore.acquire()
            taken.append(True)

    task = crew.start(take)
    crew.asleep(semaphore)
    permits = len(taken)
    enough.append(True)
    semaphore.release()
    task.result()
    return permits


def order_of_waking(crew, semaphore, n):
    """Let `n` threads line up and release one permit after the other; return who got them."""
    order = []

    def take(place):
        semaphore.acquire()
        order.append(place)

    for place in range(n):
        crew.start(take, place)
        crew.asleep(semaphore, place + 1)
    for released in range(1, n + 1):
        semaphore.release()
        until(lambda released=released: len(order) >= released)
    return order


def in_line(crew, semaphore, n):
    """Start `n` threads that acquire, one behind the other, and behind whoever is there."""
    tasks, ahead = [], sleepers(semaphore) or 0
    for place in range(ahead + 1, ahead + n + 1):
        tasks.append(crew.start(semaphore.acquire))
        crew.asleep(semaphore, place)
    return tasks


@requirement("SEM-01", hint="value=1")
def test_init_without_a_value_gives_one_permit(Semaphore, crew):
    """Without a value a semaphore starts with one permit."""
    assert drain(crew, Semaphore()) == 1


@cases("value", [0, 1, 5])
@requirement("SEM-02", hint="keep the value as it is given")
def test_init_with_a_value_gives_that_many_permits(Semaphore, crew, value):
    """A semaphore starts with `value` permits, zero included, given by position or by name."""
    assert [drain(crew, Semaphore(value)), drain(crew, Semaphore(value=value))] == [value] * 2


@cases("value", [-1, -5])
@requirement("SEM-03", hint="raise ValueError when value < 0")
def test_init_negative_raises_value_error(Semaphore, value):
    """A negative initial value is refused with ValueError."""
    with raises(ValueError):
        Semaphore(value)


@cases("value", [-0.5, float("-inf")])
@requirement("SEM-43", level="detail", hint="compare with 0; take no int() of the value")
def test_init_with_a_negative_fraction_raises_value_error(Semaphore, value):
    """A negative initial value that is no whole number is refused with ValueError too."""
    with raises(ValueError):
        Semaphore(value)


@cases("value", ["1", None, [], 1j])
@requirement(
    "SEM-04", level="detail", hint="compare the value with 0 in __init__: that raises TypeError"
)
def test_init_with_no_number_raises_type_error(Semaphore, value):
    """An initial value that cannot be compared with a number is refused with TypeError."""
    with raises(TypeError):
        Semaphore(value)


@requirement("SEM-05", hint="sleep while there is no permit; then take one and return True")
def test_acquire_at_zero_sleeps_until_release(Semaphore, crew):
    """acquire without a permit sleeps until there is one, then takes it and returns True."""
    semaphore = Semaphore(0)
    task = crew.start(semaphore.acquire)
    crew.asleep(semaphore)
    assert not task.done
    semaphore.release()
    assert task.result() is True
    assert drain(crew, semaphore) == 0


@requirement(
    "SEM-06",
    hint="take a permit if there is one, else return False: True and False, nothing like them",
)
def test_acquire_nonblocking_returns_whether_it_took_a_permit(Semaphore):
    """A non-blocking acquire returns True with a permit, or False at once without one."""
    semaphore = Semaphore(1)
    assert semaphore.acquire(blocking=False) is True
    assert semaphore.acquire(blocking=False) is False
    assert semaphore.acquire(False) is False


@requirement(
    "SEM-07",
    hint="return False when the time has passed; who is woken sleeps only for what is left of it",
)
def test_acquire_times_out_returns_false(Semaphore, crew):
    """acquire returns False once the time-out has passed without a permit, and not before."""
    semaphore = Semaphore(0)
    with lasting(3 * BRIEF):
        assert semaphore.acquire(timeout=3 * BRIEF) is False
    assert drain(crew, semaphore) == 0


@cases("timeout", [0, 0.0, -0.5, -1, -1e9])
@requirement("SEM-08", hint="a time-out that has passed is a look: no error")
def test_acquire_with_no_time_left_is_a_look(Semaphore, timeout):
    """With a time-out of zero or less acquire takes a permit or returns False, without sleeping."""
    semaphore = Semaphore(1)
    assert semaphore.acquire(timeout=timeout) is True
    assert semaphore.acquire(True, timeout) is False


@requirement(
    "SEM-09",
    hint="give the sleep the time-out as it is; up to TIMEOUT_MAX it is a number like others",
)
def test_acquire_with_time_left_takes_a_released_permit(Semaphore, crew):
    """A waiter with a time-out, up to TIMEOUT_MAX, returns True when it gets a permit in time."""
    semaphore = Semaphore(0)
    tasks = [
        crew.start(semaphore.acquire, True, timeout) for timeout in (LIMIT, threading.TIMEOUT_MAX)
    ]
    crew.asleep(semaphore, 2)
    semaphore.release(2)
    assert [task.result() for task in tasks] == [True] * 2


@cases("timeout", [1.0, 0, -0.5, -1])
@cases("value", [0, 1])
@requirement("SEM-10", level="detail", hint="look at the arguments before you take a permit")
def test_acquire_nonblocking_with_a_timeout_raises_value_error(Semaphore, crew, value, timeout):
    """A time-out together with blocking=False is refused with ValueError, and takes no permit."""
    semaphore = Semaphore(value)
    with raises(ValueError):
        semaphore.acquire(blocking=False, timeout=timeout)
    assert drain(crew, semaphore) == value


@cases("timeout", [1e100, float("inf"), threading.TIMEOUT_MAX + 1])
@requirement("SEM-11", hint="try the time-out before you queue, or take your gate out in a finally")
def test_acquire_with_a_timeout_that_is_too_long_leaves_no_trace(Semaphore, crew, timeout):
    """A time-out beyond TIMEOUT_MAX is refused with OverflowError and leaves no waiter."""
    semaphore = Semaphore(0)
    with raises(OverflowError):
        semaphore.acquire(timeout=timeout)
    (next_in_line,) = in_line(crew, semaphore, 1)
    semaphore.release()
    assert next_in_line.result() is True
    assert drain(crew, semaphore) == 0


@requirement("SEM-12", level="detail", since=(3, 15), hint="refuse NaN before you queue")
def test_acquire_with_nan_leaves_no_trace(Semaphore, crew):
    """A time-out to sleep that is NaN is refused with the lock's error and leaves no waiter."""
    semaphore = Semaphore(0)
    with raises((ValueError, OverflowError)):
        semaphore.acquire(timeout=float("nan"))
    (next_in_line,) = in_line(crew, semaphore, 1)
    semaphore.release()
    assert next_in_line.result() is True
    assert drain(crew, semaphore) == 0


@requirement("SEM-13", hint="add one; there is no limit and no owner")
def test_release_adds_a_permit_without_limit(Semaphore, crew):
    """release adds a permit, above the initial value too, and in a thread that acquired none."""
    semaphore = Semaphore(1)
    semaphore.release()
    crew.start(semaphore.release).result()
    assert drain(crew, semaphore) == 3


@requirement("SEM-14", hint="wake one sleeper for one permit")
def test_release_wakes_one_waiter(Semaphore, crew):
    """release lets exactly one waiter go on; the others sleep on."""
    semaphore = Semaphore(0)
    tasks = [crew.start(semaphore.acquire) for _ in range(3)]
    crew.asleep(semaphore, 3)
    for released in (1, 2, 3):
        semaphore.release()
        ended(tasks, released)
        crew.asleep(semaphore, 3 - released)
        assert len(ended(tasks, released)) == released
    assert [task.result() for task in tasks] == [True] * 3
    assert drain(crew, semaphore) == 0


@requirement("SEM-15", hint="wake as many sleepers as you add permits")
def test_release_n_wakes_n_waiters(Semaphore, crew):
    """release(n) lets n waiters go on; the others sleep on."""
    semaphore = Semaphore(0)
    tasks = in_line(crew, semaphore, 5)
    semaphore.release(3)
    ended(tasks, 3)
    crew.asleep(semaphore, 2)
    assert len(ended(tasks, 3)) == 3
    semaphore.release(n=2)
    assert [task.result() for task in tasks] == [True] * 5
    assert drain(crew, semaphore) == 0


@requirement("SEM-16", hint="add n permits whoever waits; who is woken takes his own")
def test_release_n_with_fewer_waiters_keeps_the_surplus(Semaphore, crew):
    """release(n) with fewer than n waiters wakes them all and keeps the permits left over."""
    semaphore = Semaphore(0)
    tasks = in_line(crew, semaphore, 2)
    semaphore.release(5)
    assert [task.result() for task in tasks] == [True] * 2
    assert drain(crew, semaphore) == 3


@cases("n", [0, -1])
@requirement("SEM-17", level="detail", hint="raise ValueError when n < 1, before you add anything")
def test_release_less_than_one_raises_value_error(Semaphore, crew, n):
    """release(n) with n below one is refused with ValueError and changes nothing."""
    semaphore = Semaphore(2)
    with raises(ValueError):
        semaphore.release(n)
    assert drain(crew, semaphore) == 2


@requirement(
    "SEM-18", level="order", hint="keep the sleepers in order of arrival and wake from the front"
)
def test_release_wakes_in_order_of_arrival(Semaphore, crew):
    """Waiters are woken in the order in which they came."""
    assert order_of_waking(crew, Semaphore(0), 5) == [0, 1, 2, 3, 4]


@requirement(
    "SEM-19",
    hint="a woken one looks again under the mutex, in a loop, and sleeps on if there is nothing",
)
def test_acquire_woken_too_late_sleeps_on(Semaphore, crew):
    """A woken waiter whose permit a newcomer has taken sleeps on, and gets the next."""
    for _ in range(8):
        semaphore = Semaphore(0)
        (waiter,) = in_line(crew, semaphore, 1)
        semaphore.release()
        if semaphore.acquire(blocking=False):
            crew.asleep(semaphore)
            semaphore.release()
        assert waiter.result() is True
        assert drain(crew, semaphore) == 0


@requirement(
    "SEM-20", hint="your gate is still in the queue after the time-out: take it out under the mutex"
)
def test_release_after_a_timeout_wakes_the_next_in_line(Semaphore, crew):
    """A waiter that has timed out is not woken: the permit goes to the one behind it."""
    semaphore = Semaphore(0)
    impatient = crew.start(semaphore.acquire, True, BRIEF)
    assert impatient.result() is False
    (patient,) = in_line(crew, semaphore, 1)
    semaphore.release()
    assert patient.result() is True


@requirement(
    "SEM-21", level="detail", hint="take your gate out of the queue when the time has passed"
)
def test_acquire_timed_out_leaves_the_queue(Semaphore, crew):
    """Waiters that have timed out do not pile up in the queue."""
    semaphore = Semaphore(0)
    tasks = [crew.start(semaphore.acquire, True, BRIEF) for _ in range(3)]
    assert [task.result() for task in tasks] == [False] * 3
    assert sleepers(semaphore) in (0, None)


@requirement("SEM-22", hint="__enter__ is acquire, __exit__ calls release")
def test_with_takes_a_permit_and_gives_it_back(Semaphore, crew):
    """A with block holds a permit, and gives it back at its end."""
    semaphore = Semaphore(2)
    with semaphore:
        assert drain(crew, semaphore) == 1
    assert drain(crew, semaphore) == 1


@cases("error", [LookupError, SystemExit, GeneratorExit])
@requirement(
    "SEM-23", hint="__exit__ releases whatever the exception, and returns nothing that is true"
)
def test_with_left_by_an_exception_gives_the_permit_back(Semaphore, crew, error):
    """A with block that an exception leaves gives its permit back and lets the exception out."""
    semaphore = Semaphore(1)
    with raises(error), semaphore:
        raise error
    assert drain(crew, semaphore) == 1


@requirement("SEM-24", hint="__enter__ is acquire without arguments: it sleeps")
def test_with_at_zero_sleeps_until_release(Semaphore, crew):
    """Entering a with block without a permit sleeps until there is one."""
    semaphore = Semaphore(0)

    def enter():
        with semaphore:
            return drain(crew, semaphore)

    task = crew.start(enter)
    crew.asleep(semaphore)
    semaphore.release()
    assert task.result() == 0
    assert drain(crew, semaphore) == 1


@requirement(
    "SEM-25",
    race=True,
    hint="when the time is over look once more under the mutex: you may have been served",
)
def test_release_racing_a_timeout_loses_no_permit(Semaphore, crew):
    """A permit released just as a waiter gives up goes to that waiter or to another, never lost."""
    semaphore = Semaphore(0)
    taken = []
    over = threading.Event()

    def patient():
        for _ in range(40):
            semaphore.acquire()
            taken.append(True)

    def impatient(timeout):
        while not over.is_set():
            if semaphore.acquire(timeout=timeout):
                semaphore.release()

    tasks = [crew.start(patient)]
    tasks += [crew.start(impatient, timeout) for timeout in (0.0003, 0.0007, 0.0011)]
    for released in range(40):
        semaphore.release()
        until(lambda released=released: len(taken) > released)
    over.set()
    for task in tasks:
        task.result()
    assert drain(crew, semaphore) == 0


@requirement("SEM-26", race=True, hint="look and take in one step under the mutex")
def test_holders_are_never_more_than_permits(Semaphore, crew):
    """However many threads compete, no more than the initial value hold a permit at a time."""
    semaphore = Semaphore(3)
    inside = []

    def compete():
        most = 0
        for _ in range(40):
            with semaphore:
                inside.append(True)
                time.sleep(0)  # switches to the others, which shall find no permit
                most = max(most, len(inside))
                inside.pop()
        return most

    tasks = [crew.start(compete) for _ in range(6)]
    assert max(task.result() for task in tasks) <= 3


@requirement(
    "SEM-27",
    race=True,
    hint="who gives up gives nothing away: permits taken and added must balance on every path",
)
def test_permits_are_conserved_under_competition(Semaphore, crew):
    """When all that was taken has been given back, there are as many permits as at first."""
    semaphore = Semaphore(2)

    def compete(seed):
        choose = random.Random(seed)
        for _ in range(60):
            timeout = choose.choice([None, 0, 0.0005])
            permits = int(semaphore.acquire(timeout=timeout))
            permits += semaphore.acquire(blocking=False)
            if permits:
                semaphore.release(permits)

    tasks = [crew.start(compete, seed) for seed in range(6)]
    for task in tasks:
        task.result()
    assert drain(crew, semaphore) == 2


@cases("timeout", [None, LIMIT])
@needs_signals
@requirement(
    "SEM-28",
    main_thread=True,
    hint="take your gate out of the queue in a finally, and take no permit",
)
def test_acquire_interrupted_keeps_no_permit_and_no_place(Semaphore, crew, timeout):
    """An exception from a signal handler gets a waiter out, which keeps no permit and no place."""
    semaphore = Semaphore(0)

    def strike():
        crew.asleep(semaphore)
        interrupt()

    with interruptible() as interrupt:
        striking = crew.start(strike)
        with raises(Interrupted):
            semaphore.acquire(timeout=timeout)
        striking.result()
    (next_in_line,) = in_line(crew, semaphore, 1)
    semaphore.release()
    assert next_in_line.result() is True
    assert drain(crew, semaphore) == 0


@needs_signals
@requirement(
    "SEM-29",
    main_thread=True,
    beyond="the waiter next in line sleeps on although there is a permit",
    hint="if you were woken and are leaving by an exception, wake the next",
)
def test_acquire_interrupted_when_woken_wakes_the_next(Semaphore, crew):
    """A waiter that is woken and interrupted before it has a permit wakes the next in its place."""
    semaphore = Semaphore(0)

    def release_and_raise():
        semaphore.release()
        raise Interrupted

    def strike():
        crew.asleep(semaphore)
        behind = crew.start(semaphore.acquire)
        crew.asleep(semaphore, 2)
        interrupt()
        return behind

    with interruptible(release_and_raise) as interrupt:
        striking = crew.start(strike)
        with raises(Interrupted):
            semaphore.acquire()
        behind = striking.result()
    try:
        assert behind.result() is True
    finally:
        semaphore.release()


@needs_signals
@requirement("SEM-30", level="detail", main_thread=True, hint="hold no mutex while you sleep")
def test_release_in_a_signal_handler_wakes_its_own_thread(Semaphore, crew):
    """A signal handler may release the semaphore that the thread it interrupts is waiting for."""
    semaphore = Semaphore(0)

    def strike():
        crew.asleep(semaphore)
        interrupt()

    with interruptible(semaphore.release) as interrupt:
        striking = crew.start(strike)
        assert semaphore.acquire(timeout=LIMIT) is True
        striking.result()


@needs_fork
@requirement(
    "SEM-31", level="detail", hint="keep the number in the object: the child's copy is its own"
)
def test_fork_gives_the_child_permits_of_its_own(Semaphore, crew):
    """The child of a fork starts with the permits that were left; what it takes is its own."""
    semaphore = Semaphore(3)
    semaphore.acquire()

    def child():
        assert drain(crew, semaphore) == 2
        semaphore.release()
        assert drain(crew, semaphore) == 1

    in_child(child)
    assert drain(crew, semaphore) == 2


@needs_fork
@requirement(
    "SEM-32",
    beyond="the child wakes the parent's waiters, which it does not have, before its own",
    hint="register with os.register_at_fork: forget the parent's sleepers in the child",
)
def test_fork_leaves_the_parents_waiters_behind(Semaphore, crew):
    """In the child of a fork a release wakes a waiter of the child, not one left in the parent."""
    semaphore = Semaphore(0)
    tasks = in_line(crew, semaphore, 2)

    def child():
        own = Crew()
        ahead = sleepers(semaphore) or 0
        task = own.start(semaphore.acquire)
        own.asleep(semaphore, ahead + 1)
        semaphore.release()
        assert task.result() is True

    try:
        in_child(child)
    finally:
        semaphore.release(2)
    assert [task.result() for task in tasks] == [True] * 2


@requirement("SEM-33", level="detail", hint="keep no reference to the semaphore in what sleeps")
def test_weakref_does_not_keep_a_semaphore_alive(Semaphore):
    """A semaphore can be weakly referred to, and goes away when its user drops it."""
    semaphore = Semaphore(0)
    semaphore.acquire(timeout=0)
    ref = weakref.ref(semaphore)
    assert ref() is semaphore
    del semaphore
    gc.collect()
    assert ref() is None


@cases("duplicate", [pickle.dumps, copy.deepcopy])
@requirement(
    "SEM-34", level="detail", hint="raise TypeError from __reduce__, or hold a lock that does"
)
def test_duplicate_raises(Semaphore, duplicate):
    """A semaphore can be neither pickled nor deep-copied: TypeError, or PicklingError."""
    with raises((TypeError, pickle.PicklingError)):
        duplicate(Semaphore())


@requirement("SEM-35", level="detail", since=(3, 11), hint="<module.Class at 0x...: value=2>")
def test_repr_shows_the_permits(Semaphore):
    """repr names the class in full, its address and how many permits are left."""
    semaphore = Semaphore(3)
    semaphore.acquire()
    found = re.fullmatch(r"<(.+) at (0x[0-9a-f]+): value=2>", repr(semaphore))
    assert found
    cls = type(semaphore)
    assert found.groups() == (f"{cls.__module__}.{cls.__qualname__}", f"{id(semaphore):#x}")


@cases(
    ("call", "text"),
    [
        (lambda cls: cls(-1), "semaphore initial value must be >= 0"),
        (lambda cls: cls().acquire(False, 1), "can't specify timeout for non-blocking acquire"),
        (lambda cls: cls().release(0), "n must be one or more"),
    ],
)
@requirement("SEM-36", level="detail", hint="the stdlib's texts, word for word: see threading.py")
def test_errors_say_what_the_stdlibs_say(Semaphore, call, text):
    """The texts of the ValueErrors are the stdlib's."""
    with raises(ValueError) as caught:
        call(Semaphore)
    assert str(caught.value) == text


@requirement("SEM-37", level="detail", hint="__exit__ calls self.release()")
def test_with_uses_the_release_of_a_subclass(Semaphore, crew):
    """Leaving a with block calls release, also where a subclass has its own."""

    class Counting(Semaphore):
        released = 0

        def release(self, n=1):
            super().release(n)
            self.released += n

    semaphore = Counting()
    with semaphore:
        pass
    assert semaphore.released == 1
    assert drain(crew, semaphore) == 1


@requirement("BSEM-01", level="detail", hint="derive it from Semaphore")
def test_bounded_is_a_semaphore(BoundedSemaphore, Semaphore):
    """A bounded semaphore is a Semaphore."""
    assert issubclass(BoundedSemaphore, Semaphore)


@requirement("BSEM-02", hint="the same __init__ as Semaphore's, and remember the value")
def test_bounded_init_takes_a_value_like_a_semaphore(BoundedSemaphore, crew):
    """A bounded semaphore takes the initial values that a Semaphore takes, one by default."""
    made = [BoundedSemaphore(), BoundedSemaphore(3), BoundedSemaphore(value=2)]
    assert [drain(crew, semaphore) for semaphore in made] == [1, 3, 2]
    with raises(ValueError):
        BoundedSemaphore(-1)


@requirement("BSEM-03", hint="release up to the value that it began with")
def test_bounded_release_up_to_the_initial_value_adds_permits(BoundedSemaphore, crew):
    """What was taken can be given back, one by one or at once."""
    semaphore = BoundedSemaphore(4)
    assert drain(crew, semaphore) == 4
    semaphore.release()
    semaphore.release(3)
    assert drain(crew, semaphore) == 4


@requirement(
    "BSEM-04", hint="compare with the first value before you add; raise ValueError and add nothing"
)
def test_bounded_release_beyond_the_initial_value_raises_value_error(BoundedSemaphore, crew):
    """A release beyond the initial value is refused with ValueError and adds nothing."""
    semaphore = BoundedSemaphore(2)
    for _ in range(2):
        with raises(ValueError):
            semaphore.release()
    assert drain(crew, semaphore) == 2


@requirement("BSEM-05", hint="compare value + n, not value, with the first value")
def test_bounded_release_n_beyond_the_initial_value_is_refused_whole(BoundedSemaphore, crew):
    """release(n) that would go beyond the initial value adds nothing, not even what would fit."""
    semaphore = BoundedSemaphore(3)
    semaphore.acquire()
    with raises(ValueError):
        semaphore.release(2)
    assert drain(crew, semaphore) == 2
    semaphore.release(3)


@requirement("BSEM-06", hint="wake nobody before you know that the release is allowed")
def test_bounded_release_refused_wakes_nobody(BoundedSemaphore, crew):
    """A refused release lets none of the waiting threads go on."""
    semaphore = BoundedSemaphore(1)
    semaphore.acquire()
    tasks = in_line(crew, semaphore, 2)
    with raises(ValueError):
        semaphore.release(2)
    crew.asleep(semaphore, 2)
    assert [task.done for task in tasks] == [False] * 2
    for released in (1, 2):
        semaphore.release()
        ended(tasks, released)
    assert [task.result() for task in tasks] == [True] * 2
    assert drain(crew, semaphore) == 0


@requirement("BSEM-07", hint="compare the permits that are there, not those that were released")
def test_bounded_release_to_a_waiter_makes_room_for_one_more(BoundedSemaphore, crew):
    """A permit that went to a waiter can be given back once, and then no more."""
    semaphore = BoundedSemaphore(1)
    semaphore.acquire()
    (waiter,) = in_line(crew, semaphore, 1)
    semaphore.release()
    assert waiter.result() is True
    semaphore.release()
    with raises(ValueError):
        semaphore.release()


@requirement("BSEM-08", hint="a first value of zero is a value like others")
def test_bounded_with_value_zero_refuses_every_release(BoundedSemaphore):
    """With a value of zero there is never a permit: acquire fails, release is refused."""
    semaphore = BoundedSemaphore(0)
    assert semaphore.acquire(blocking=False) is False
    with raises(ValueError):
        semaphore.release()
    assert semaphore.acquire(timeout=0) is False


@cases("n", [0, -1])
@requirement("BSEM-09", level="detail", hint="raise ValueError when n < 1, before you add anything")
def test_bounded_release_less_than_one_raises_value_error(BoundedSemaphore, crew, n):
    """release(n) with n below one is refused with ValueError and changes nothing."""
    semaphore = BoundedSemaphore(2)
    semaphore.acquire()
    with raises(ValueError):
        semaphore.release(n)
    assert drain(crew, semaphore) == 1


@requirement("BSEM-10", race=True, hint="compare and add in one step under the mutex")
def test_bounded_releases_that_race_fill_only_the_room_there_is(BoundedSemaphore, crew):
    """Of releases that race for one free place exactly one succeeds; the others are refused."""

    def race(semaphore, start):
        start.wait()
        try:
            semaphore.release()
        except ValueError:
            return 0
        return 1

    for _ in range(5):
        semaphore, start = BoundedSemaphore(1), threading.Event()
        semaphore.acquire()
        tasks = [crew.start(race, semaphore, start) for _ in range(3)]
        start.set()
        assert sum(task.result() for task in tasks) == 1
        assert drain(crew, semaphore) == 1


@requirement("BSEM-11", hint="__enter__ is acquire, __exit__ calls release")
def test_bounded_with_gives_the_permit_back(BoundedSemaphore, crew):
    """A with block holds a permit, and gives it back at its end."""
    semaphore = BoundedSemaphore(1)
    with semaphore:
        assert drain(crew, semaphore) == 0
    assert drain(crew, semaphore) == 1


@requirement("BSEM-12", level="detail", since=(3, 11), hint="<module.Class at 0x...: value=2/3>")
def test_bounded_repr_shows_the_permits_and_the_limit(BoundedSemaphore):
    """repr names the class in full, its address, the permits left and the initial value."""
    semaphore = BoundedSemaphore(3)
    semaphore.acquire()
    found = re.fullmatch(r"<(.+) at (0x[0-9a-f]+): value=2/3>", repr(semaphore))
    assert found
    cls = type(semaphore)
    assert found.groups() == (f"{cls.__module__}.{cls.__qualname__}", f"{id(semaphore):#x}")


@cases(("n", "text"), [(1, "Semaphore released too many times"), (0, "n must be one or more")])
@requirement(
    "BSEM-13",
    level="detail",
    hint='"Semaphore released too many times", and "n must be one or more"',
)
def test_bounded_release_error_says_what_the_stdlibs_says(BoundedSemaphore, n, text):
    """The text of the ValueError for a release too many, and for one of none, is the stdlib's."""
    with raises(ValueError) as caught:
        BoundedSemaphore().release(n)
    assert str(caught.value) == text


@requirement("SEM-38", level="detail", hint="_value is the number of permits")
def test_value_is_the_number_of_permits(Semaphore):
    """_value is the number of permits left."""
    semaphore = Semaphore(2)
    semaphore.acquire()
    assert semaphore._value == 1


@requirement("BSEM-14", level="detail", hint="_initial_value is the value that it began with")
def test_bounded_initial_value_is_the_limit(BoundedSemaphore):
    """_initial_value is the number of permits it was made with."""
    semaphore = BoundedSemaphore(2)
    semaphore.acquire()
    assert (semaphore._value, semaphore._initial_value) == (1, 2)


@cases("timeout", ["1", []])
@requirement(
    "SEM-39",
    level="detail",
    hint="try the time-out before you queue, or take your gate out in a finally",
)
def test_acquire_with_a_timeout_that_is_no_number_leaves_no_trace(Semaphore, crew, timeout):
    """A time-out that is no number is refused with TypeError and leaves no waiter."""
    semaphore = Semaphore(0)
    with raises(TypeError):
        semaphore.acquire(timeout=timeout)
    (next_in_line,) = in_line(crew, semaphore, 1)
    semaphore.release()
    assert next_in_line.result() is True
    assert drain(crew, semaphore) == 0


@requirement(
    "SEM-40", level="order", hint="keep the sleepers in order of arrival and wake from the front"
)
def test_release_n_wakes_those_that_came_first(Semaphore, crew):
    """release(n) lets the n waiters go on that came first."""
    semaphore = Semaphore(0)
    tasks = in_line(crew, semaphore, 5)
    semaphore.release(3)
    assert ended(tasks, 3) == [0, 1, 2]
    semaphore.release(n=2)
    assert [task.result() for task in tasks] == [True] * 5


@requirement(
    "SEM-41", hint="give the sleep the time that is left, not more; look at the clock when you wake"
)
def test_acquire_times_out_in_time(Semaphore):
    """acquire's time-out ends no later than that of a bare lock beside it, but for 0.3 s."""
    ends_in_time(lambda: Semaphore(0).acquire(timeout=BRIEF), BRIEF)


@cases("value", ["1", None, [], 1j])
@requirement(
    "BSEM-15", level="detail", hint="compare the value with 0 in __init__: that raises TypeError"
)
def test_bounded_init_with_no_number_raises_type_error(BoundedSemaphore, value):
    """An initial value that cannot be compared with a number is refused with TypeError."""
    with raises(TypeError):
        BoundedSemaphore(value)


@requirement(
    "BSEM-16",
    hint="give the sleep the time that is left, not more; look at the clock when you wake",
)
def test_bounded_acquire_times_out_in_time(BoundedSemaphore):
    """acquire's time-out ends no later than that of a bare lock beside it, but for 0.3 s."""
    ends_in_time(lambda: BoundedSemaphore(0).acquire(timeout=BRIEF), BRIEF)


@requirement(
    "SEM-42", hint="who is woken and finds no permit sleeps on for what is left of its time"
)
def test_acquire_woken_in_vain_sleeps_on(Semaphore, crew):
    """An acquire that was woken, and whose permit another took, gives up no sooner for that."""
    semaphore = Semaphore(0)

    def acquire():
        began = time.monotonic()
        taken = semaphore.acquire(timeout=5 * BRIEF)
        return taken, time.monotonic() - began

    task = crew.start(acquire)
    while not task.ends(BRIEF / 20):
        semaphore.release()
        if not semaphore.acquire(blocking=False):
            break  # the waiter was faster, or the permit was handed to it
    taken, seconds = task.result()
    assert taken or seconds >= 5 * BRIEF - EARLY


@requirement(
    "BSEM-17", level="order", hint="keep the sleepers in order of arrival; wake one for each permit"
)
def test_bounded_release_wakes_in_order_of_arrival(BoundedSemaphore, crew):
    """Those that wait for a bounded semaphore are woken in the order in which they came."""
    semaphore = BoundedSemaphore(5)
    for _ in range(5):
        semaphore.acquire()
    assert order_of_waking(crew, semaphore, 5) == [0, 1, 2, 3, 4]
