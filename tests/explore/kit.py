"""Scenarios that show each primitive of the kit at work, with all it consists of watched.

``SCENARIOS`` has them by name: the name of the class, and a function of the class itself, so that a
busted one can be put in its place. In each, up to three threads use one object; after every step
the object's own ``_check()`` is asked, and at the end something must be so.
"""

# ruff: noqa: N803 - what varies is a class

import queue
import threading
from contextlib import suppress
from functools import partial
from time import monotonic, sleep

import syncprims
from syncprims import barrier as barrier_module
from syncprims.explore import watch

from .together import Room, State, together

SCENARIOS = {}


def scenario(*names):
    """Register a scenario for each of some classes, as ``name`` or ``name of Class``."""

    def register(function):
        for name in names:
            suffix = f"_of_{name}" if len(names) > 1 else ""
            SCENARIOS[function.__name__ + suffix] = name, function
        return function

    return register


def watched(primitive):
    return watch(primitive, always=primitive._check)


def outcome(function, *arguments):
    """What a call returns, or the name of what it raises."""
    refused = (queue.Empty, queue.Full, syncprims.ShutDown, syncprims.BrokenBarrierError)
    try:
        return function(*arguments)
    except (*refused, ValueError, RuntimeError) as error:
        return type(error).__name__


# Lock: the ground.


@scenario("Lock")
def is_held_by_one(Lock):
    lock, room = Lock(), Room()

    def use():
        with lock, room:
            pass

    together(use, use)


# RLock.


def recursive(RLock):
    """A watched one; it can be checked only while nobody holds it."""
    lock = RLock()
    return watch(lock, always=lambda: lock._lock.locked() or lock._check())


@scenario("RLock")
def is_taken_twice_by_each(RLock):
    lock, room = recursive(RLock), Room()

    def use():
        with lock:
            lock.acquire()
            lock.release()
            with room:
                pass

    together(use, use)
    assert not lock.locked()


@scenario("RLock")
def acquire_races_with_a_timed_one(RLock):
    lock = recursive(RLock)

    def hold():
        with lock:
            pass

    def attempt():
        if lock.acquire(timeout=1):
            lock.release()

    together(hold, attempt)
    assert not lock.locked()


@scenario("RLock")
def acquire_times_out_and_leaves_it_to_the_holder(RLock):
    lock = recursive(RLock)
    with lock:
        got, released = together(
            lambda: lock.acquire(timeout=1) or outcome(lock.release), lambda: outcome(lock.release)
        )
        assert got == released == "RuntimeError"
    assert not lock.locked()


@scenario("RLock")
def is_tried_by_two(RLock):
    lock, room = recursive(RLock), Room()

    def attempt():
        if lock.acquire(blocking=False):
            with room:
                pass
            lock.release()

    together(attempt, attempt)
    assert not lock.locked()


# Condition.


def over(Condition, lock):
    """A condition over a lock, watched; it can be checked only while nobody holds that."""
    condition = Condition(lock)
    return watch(condition, always=lambda: lock.locked() or condition._check())


@scenario("Condition")
def wait_and_notify(Condition):
    condition, ready = over(Condition, syncprims.Lock()), []

    def wait():
        with condition:
            while not ready:
                condition.wait()

    def notify():
        with condition:
            ready.append(1)
            condition.notify()

    together(wait, notify)


@scenario("Condition")
def wait_over_an_rlock_taken_twice(Condition):
    condition, ready = over(Condition, recursive(syncprims.RLock)), []

    def wait():
        with condition, condition:
            condition.wait_for(lambda: ready)

    def notify():
        with condition:
            ready.append(1)
            condition.notify()

    together(wait, notify)


@scenario("Condition")
def time_out_races_with_notify(Condition):
    """The one notification goes to somebody who does not report a time-out."""
    condition, told = over(Condition, syncprims.Lock()), []

    def wait():
        with condition:
            return condition.wait(timeout=1)

    def notify():
        with condition:
            told.append(len(condition._waiters))
            condition.notify()

    first, second, _ = together(wait, wait, notify)
    assert first + second == min(told[0], 1)


@scenario("Condition")
def time_out_leaves_the_notification_to_another(Condition):
    condition, ready = over(Condition, syncprims.Lock()), []

    def wait_a_while():
        with condition:
            if condition.wait(timeout=1):
                condition.notify()

    def wait():
        with condition:
            while not ready:
                condition.wait()

    def notify():
        with condition:
            ready.append(1)
            condition.notify()

    together(wait_a_while, wait, notify)


@scenario("Condition")
def notify_all_wakes_all(Condition):
    condition, ready = over(Condition, syncprims.Lock()), []

    def wait():
        with condition:
            while not ready:
                condition.wait()

    def notify():
        with condition:
            ready.append(1)
            condition.notify_all()

    together(wait, wait, notify)


@scenario("Condition")
def notify_wakes_who_came_first(Condition):
    condition, arrived, woken, ended = over(Condition, syncprims.Lock()), [], [], []

    def wait(name):
        with condition:
            arrived.append(name)
            if not ended:
                condition.wait()
            woken.append(name)

    def notify():
        with condition:
            both = len(arrived) == 2
            condition.notify()
        with condition:
            assert not both or woken in ([], arrived[:1])
            ended.append(1)
            condition.notify_all()

    together(lambda: wait("a"), lambda: wait("b"), notify)


@scenario("Condition")
def wait_for_looks_again(Condition):
    condition, ready = over(Condition, syncprims.Lock()), []

    def notify():
        with condition:
            condition.notify()
        with condition:
            ready.append(1)
            condition.notify()

    def wait():
        with condition:
            return condition.wait_for(lambda: ready)

    assert together(wait, notify)[0] == [1]


@scenario("Condition")
def wait_for_has_one_time_out(Condition):
    condition = over(Condition, syncprims.Lock())

    def notify():
        sleep(0.5)
        with condition:
            condition.notify()

    def wait():
        with condition:
            began = monotonic()
            condition.wait_for(lambda: False, timeout=1)
            return monotonic() - began

    assert together(wait, notify)[0] <= 1


# Event.


@scenario("Event")
def wait_and_set(Event):
    event = watched(Event())
    assert together(event.wait, event.set)[0] is True


@scenario("Event")
def time_out_races_with_set(Event):
    event = watched(Event())
    together(lambda: event.wait(1), event.set)
    assert event.wait(0) is True


@scenario("Event")
def wait_times_out(Event):
    event = watched(Event())
    assert together(lambda: event.wait(1), lambda: event.wait(1)) == [False, False]
    assert not event._waiters


@scenario("Event")
def set_wakes_two(Event):
    event = watched(Event())
    assert together(event.wait, event.wait, event.set)[:2] == [True, True]


@scenario("Event")
def set_and_clear_wake_who_waits(Event):
    event = watched(Event())
    assert together(event.wait, lambda: (event.set(), event.clear(), event.set()))[0] is True


@scenario("Event")
def two_set(Event):
    event = watched(Event())
    together(event.set, event.set, event.wait)


# Semaphore, BoundedSemaphore.


@scenario("Semaphore", "BoundedSemaphore")
def lets_one_in(Semaphore):
    semaphore, room = watched(Semaphore(1)), Room()

    def use():
        with semaphore, room:
            pass

    together(use, use)
    assert semaphore._value == 1


@scenario("Semaphore", "BoundedSemaphore")
def is_left_by_an_exception(Semaphore):
    semaphore = watched(Semaphore(1))

    def use():
        with suppress(KeyError), semaphore:
            raise KeyError

    together(use, use)
    assert semaphore._value == 1


@scenario("Semaphore")
def release_wakes_two(Semaphore):
    semaphore = watched(Semaphore(0))
    together(semaphore.acquire, semaphore.acquire, lambda: semaphore.release(2))
    assert semaphore._value == 0


@scenario("Semaphore")
def time_out_races_with_release(Semaphore):
    semaphore = watched(Semaphore(0))
    got, _ = together(lambda: semaphore.acquire(timeout=1), semaphore.release)
    assert semaphore._value == 1 - got


@scenario("Semaphore")
def time_out_leaves_the_permit_to_another(Semaphore):
    semaphore = watched(Semaphore(0))

    def attempt():
        if semaphore.acquire(timeout=1):
            semaphore.release()

    together(attempt, semaphore.acquire, semaphore.release)
    assert semaphore._value == 0


@scenario("Semaphore", "BoundedSemaphore")
def one_of_two_that_try_may_fail(Semaphore):
    semaphore, room = watched(Semaphore(1)), Room()

    def attempt():
        if semaphore.acquire(blocking=False):
            with room:
                pass
            semaphore.release()

    together(attempt, attempt)
    assert semaphore._value == 1


@scenario("BoundedSemaphore")
def refuses_one_release_of_two(BoundedSemaphore):
    semaphore = watched(BoundedSemaphore(1))
    semaphore.acquire()
    found = together(*[lambda: outcome(semaphore.release)] * 2)
    assert sorted(found, key=str) == [None, "ValueError"]
    assert semaphore._value == 1


@scenario("BoundedSemaphore")
def refuses_one_exit_of_two(BoundedSemaphore):
    semaphore = watched(BoundedSemaphore(1))
    semaphore.acquire()
    leave = partial(semaphore.__exit__, None, None, None)
    found = together(*[lambda: outcome(leave)] * 2)
    assert sorted(found, key=str) == [None, "ValueError"]
    assert semaphore._value == 1


@scenario("BoundedSemaphore")
def exit_races_with_a_release_too_many(BoundedSemaphore):
    """One of the two is refused, whichever comes first."""
    semaphore = watched(BoundedSemaphore(1))

    def use():
        with semaphore:
            pass

    assert "ValueError" in together(lambda: outcome(use), lambda: outcome(semaphore.release))
    assert semaphore._value == 1


# Barrier.


def meeting(barrier_of, *arguments):
    """A watched barrier, with each of its cycles watched too."""
    made = barrier_module._Cycle
    barrier_module._Cycle = lambda: watch(made())
    try:
        return watched(barrier_of(*arguments))
    finally:
        barrier_module._Cycle = made


@scenario("Barrier")
def fills(Barrier):
    barrier = meeting(Barrier, 2)
    assert sorted(together(barrier.wait, barrier.wait)) == [0, 1]


@scenario("Barrier")
def fills_twice(Barrier):
    barrier = meeting(Barrier, 2)
    together(*[lambda: (barrier.wait(), barrier.wait())] * 2)
    assert barrier.n_waiting == 0


@scenario("Barrier")
def three_fill(Barrier):
    barrier = meeting(Barrier, 3)
    assert sorted(together(barrier.wait, barrier.wait, barrier.wait)) == [0, 1, 2]


@scenario("Barrier")
def action_runs_once_before_anybody_passes(Barrier):
    state = State(acted=0)

    def act():
        state.acted += 1

    barrier = meeting(Barrier, 2, act)

    def meet():
        barrier.wait()
        return state.acted == 1

    assert together(meet, meet) == [True, True]


@scenario("Barrier")
def action_that_fails_breaks_it(Barrier):
    barrier = meeting(Barrier, 2, lambda: 1 / 0)

    def meet():
        try:
            return outcome(barrier.wait)
        except ZeroDivisionError:
            return "ZeroDivisionError"

    assert sorted(together(meet, meet)) == ["BrokenBarrierError", "ZeroDivisionError"]


@scenario("Barrier")
def time_out_breaks_it(Barrier):
    barrier = meeting(Barrier, 2)
    found = together(lambda: outcome(barrier.wait, 1), lambda: outcome(barrier.wait))
    assert sorted(found, key=str) == [0, 1] or found == ["BrokenBarrierError"] * 2


@scenario("Barrier")
def has_a_time_out_of_its_own(Barrier):
    barrier = meeting(Barrier, 2, None, 1)
    assert together(lambda: outcome(barrier.wait)) == ["BrokenBarrierError"]


@scenario("Barrier")
def abort_throws_out_who_waits(Barrier):
    barrier = meeting(Barrier, 2)
    *found, _ = together(*[lambda: outcome(barrier.wait)] * 2, barrier.abort)
    assert sorted(found, key=str) == [0, 1] or found == ["BrokenBarrierError"] * 2
    assert barrier.broken


@scenario("Barrier")
def reset_throws_out_who_waits_and_begins_anew(Barrier):
    barrier = meeting(Barrier, 2)

    def meet():
        while outcome(barrier.wait) == "BrokenBarrierError":
            pass

    together(meet, meet, barrier.reset)
    assert not barrier.broken
    assert barrier.n_waiting == 0


@scenario("Barrier")
def reset_shows_nobody_a_broken_barrier(Barrier):
    barrier = meeting(Barrier, 2)
    assert together(lambda: barrier.broken, barrier.reset)[0] is False


# The queues.


@scenario("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")
def put_and_get(Queue):
    jobs = watched(Queue())
    assert together(jobs.get, lambda: jobs.put(1))[0] == 1


@scenario("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")
def timed_get_races_with_put(Queue):
    jobs = watched(Queue())
    got, _ = together(lambda: outcome(jobs.get, True, 1), lambda: jobs.put(1))
    assert got == 1 or jobs.get_nowait() == 1


@scenario("Queue", "PriorityQueue", "SimpleQueue")
def timed_get_leaves_the_item_to_another(Queue):
    jobs = watched(Queue())

    def attempt():
        if outcome(jobs.get, True, 1) == 1:
            jobs.put(1)

    assert together(attempt, jobs.get, lambda: jobs.put(1))[1] == 1


@scenario("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")
def get_times_out(Queue):
    jobs = watched(Queue())
    assert together(*[lambda: outcome(jobs.get, True, 1)] * 2) == ["Empty", "Empty"]


@scenario("LifoQueue", "PriorityQueue")
def put_and_get_with_another_item(Queue):
    jobs = Queue()
    jobs.put(2)
    watched(jobs)
    got, _ = together(jobs.get, lambda: jobs.put(1))
    assert sorted([got, *jobs.queue]) == [1, 2]


@scenario("Queue", "LifoQueue", "PriorityQueue")
def put_sleeps_until_get(Queue):
    jobs = Queue(1)
    jobs.put(1)
    watched(jobs)
    together(lambda: jobs.put(2), jobs.get)
    assert list(jobs.queue) == [2]


@scenario("Queue")
def two_items_go_through_a_queue_of_one(Queue):
    jobs = watched(Queue(1))
    found, _ = together(lambda: [jobs.get(), jobs.get()], lambda: (jobs.put(1), jobs.put(2)))
    assert found == [1, 2]


@scenario("Queue")
def timed_put_races_with_get(Queue):
    jobs = Queue(1)
    jobs.put(1)
    watched(jobs)
    put, _ = together(lambda: outcome(jobs.put, 2, True, 1), jobs.get)
    assert (put, list(jobs.queue)) in [(None, [2]), ("Full", [])]


@scenario("Queue")
def put_times_out(Queue):
    jobs = Queue(1)
    jobs.put(1)
    watched(jobs)
    assert together(*[lambda: outcome(jobs.put, 2, True, 1)] * 2) == ["Full", "Full"]


@scenario("Queue")
def one_of_two_that_put_at_once_fails(Queue):
    jobs = watched(Queue(1))
    assert set(together(*[lambda: outcome(jobs.put_nowait, 1)] * 2)) == {None, "Full"}


@scenario("Queue", "LifoQueue", "PriorityQueue")
def two_put_at_once_where_the_limit_came_late(Queue):
    jobs = Queue()
    jobs.maxsize = 2
    watch(jobs, always=jobs._check)
    assert together(*[lambda: outcome(jobs.put, "job", False)] * 2) == [None, None]
    assert jobs.full()


@scenario("Queue")
def item_goes_to_who_came_first(Queue):
    jobs, threads = watched(Queue()), []
    for sleeping in (1, 2):
        threads.append(threading.Thread(target=jobs.get))
        threads[-1].start()
        if len(jobs._getters) != sleeping:
            break  # another order of steps than the one that is asked about
    else:
        jobs.put("first")
        threads[0].join()
    for _ in threads:
        jobs.put("more")
    for thread in threads:
        thread.join()


@scenario("Queue")
def shutdown_wakes_get(Queue):
    jobs = watched(Queue())
    assert together(lambda: outcome(jobs.get), jobs.shutdown)[0] == "ShutDown"


@scenario("Queue")
def shutdown_wakes_put(Queue):
    jobs = Queue(1)
    jobs.put(1)
    watched(jobs)
    assert together(lambda: outcome(jobs.put, 2), jobs.shutdown)[0] == "ShutDown"


@scenario("Queue")
def shutdown_races_with_put_and_get(Queue):
    """What was put is got, or there to be got."""
    jobs = watched(Queue())
    got, put, _ = together(lambda: outcome(jobs.get), lambda: outcome(jobs.put, 1), jobs.shutdown)
    assert (put is None) == (got == 1 or list(jobs.queue) == [1])


@scenario("Queue", "LifoQueue", "PriorityQueue")
def get_that_does_not_wait_races_with_the_last_put(Queue):
    """Nobody is told of the shutdown while an item is left."""
    jobs = watched(Queue())
    got, _ = together(lambda: outcome(jobs.get_nowait), lambda: (jobs.put(1), jobs.shutdown()))
    assert got in (1, "Empty")


@scenario("Queue", "LifoQueue", "PriorityQueue")
def timed_get_races_with_the_last_put(Queue):
    """The same for one that waits a while."""
    jobs = watched(Queue())
    got, _ = together(lambda: outcome(jobs.get, True, 1), lambda: (jobs.put(1), jobs.shutdown()))
    assert got in (1, "Empty")


@scenario("Queue")
def immediate_shutdown_wakes_join(Queue):
    jobs = Queue()
    jobs.put(1)
    watched(jobs)
    together(jobs.join, lambda: jobs.shutdown(immediate=True))


@scenario("Queue")
def join_waits_for_task_done(Queue):
    jobs, state = Queue(), State(done=False)
    jobs.put(1)
    watched(jobs)

    def work():
        jobs.get()
        state.done = True
        jobs.task_done()

    def join():
        jobs.join()
        return state.done

    assert together(join, work)[0] is True


@scenario("Queue")
def last_task_done_wakes_two(Queue):
    jobs = Queue()
    jobs.put(1)
    watched(jobs)
    together(jobs.join, jobs.join, jobs.task_done)


@scenario("Queue")
def one_task_done_of_two_is_refused(Queue):
    jobs = Queue()
    jobs.put(1)
    watched(jobs)
    assert set(together(*[lambda: outcome(jobs.task_done)] * 2)) == {None, "ValueError"}


# The iterator tools.


class Numbers:
    """Numbers from zero, for one thread at a time."""

    def __init__(self):
        self.number = 0

    def __iter__(self):
        return self

    def __next__(self):
        number = self.number
        self.number = number + 1
        return number


@scenario("serialize_iterator")
def gives_each_item_to_one(serialize_iterator):
    numbers = serialize_iterator(watch(Numbers()))
    assert sorted(together(*[lambda: next(numbers)] * 2)) == [0, 1]


@scenario("synchronized_iterator")
def makes_what_gives_each_item_to_one(synchronized_iterator):
    numbers = synchronized_iterator(lambda: watch(Numbers()))()
    assert sorted(together(*[lambda: next(numbers)] * 2)) == [0, 1]


class Link:
    """The link at which two tees stand: to look at it and to fill it are steps."""

    def __init__(self):
        self.parts = ()
        watch(self)

    def __len__(self):
        return len(self.parts)

    def __iter__(self):
        return iter(self.parts)

    def __iadd__(self, parts):
        self.parts += parts
        return self

    def __setitem__(self, all_of_them, parts):
        self.parts = parts


@scenario("concurrent_tee")
def gives_every_item_to_each(concurrent_tee):
    tees = concurrent_tee(watch(Numbers()))
    link = Link()
    for tee in tees:
        tee._link = link
        watched(tee)
    assert together(*[partial(next, tee) for tee in tees]) == [0, 0]
