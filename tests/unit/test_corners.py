"""Small promises of the kit that only a program off the beaten track calls in."""

import copy
import pickle
import queue as stdlib_queue
import re
import sys
import threading
from collections import deque
from contextlib import ExitStack
from queue import Empty, Full
from types import MethodType

import pytest

from syncprims import (
    Barrier,
    BoundedSemaphore,
    Condition,
    Event,
    LifoQueue,
    PriorityQueue,
    Queue,
    RLock,
    Semaphore,
    ShutDown,
    SimpleQueue,
    fork,
)
from syncprims.barrier import FILLING, FULL
from syncprims.conformance.crew import until
from syncprims.conformance.delays import BRIEF, LIMIT
from syncprims.lock import Lock, steps
from syncprims.waitqueue import WaitQueue

from .strikes import Strike


@pytest.mark.parametrize("make", [Condition, lambda: Condition(Lock())])
def test_condition_can_be_entered_by_its_class(make):
    condition = make()
    with ExitStack() as stack:
        assert stack.enter_context(condition)
        assert condition._is_owned()
    assert not condition._is_owned()
    assert Condition.__enter__(condition)
    assert not Condition.__exit__(condition, None, None, None)
    assert not condition._is_owned()


def test_condition_over_a_lock_that_knows_its_owner_asks_it():
    condition = Condition(RLock())
    assert not condition._is_owned()
    with condition:
        assert condition._is_owned()


@pytest.mark.parametrize("make", [RLock, Lock])
def test_condition_as_a_lock_is_let_go_of_and_taken_back_as_it_was_held(make, crew):
    """Another condition over this one lets go of all levels, and has them back."""
    lock = make()
    inner = Condition(lock)
    outer = Condition(inner)
    depth = 2 if make is RLock else 1

    def wait():
        for _ in range(depth):
            inner.acquire()
        woken = outer.wait()
        for _ in range(depth):
            inner.release()
        return woken

    task = crew.start(wait)
    until(lambda: outer._waiters)
    with inner:
        outer.notify()
    assert task.result() is True
    assert not lock.locked()


@pytest.mark.parametrize("arguments", [(False,), (True, 0), (True, BRIEF)])
def test_rlock_that_another_thread_holds_is_refused(crew, arguments):
    lock = RLock()
    with lock:
        assert crew.start(lock.acquire, *arguments).result() is False
        assert lock._is_owned()
    lock._check()


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_wait_for_notified_too_early_waits_on(crew, timeout):
    condition = Condition(Lock())
    looks = []

    def wait():
        with condition:
            return condition.wait_for(lambda: looks.append(1) or len(looks) == 3, timeout)

    task = crew.start(wait)
    for looked in (1, 2):
        until(lambda looked=looked: len(looks) == looked)
        with condition:
            condition.notify()
    assert task.result() is True


def test_wait_for_ends_when_the_time_for_all_its_waits_is_up(crew):
    condition = Condition(Lock())

    def wait():
        with condition:
            return condition.wait_for(lambda: None, BRIEF)

    task = crew.start(wait)
    while not task.done:
        with condition:
            condition.notify()
    assert task.result() is None


@pytest.mark.parametrize(
    ("make", "state"),
    [
        (Event, "Event at HEX: unset"),
        (lambda: Semaphore(3), "Semaphore at HEX: value=3"),
        (lambda: BoundedSemaphore(3), "BoundedSemaphore at HEX: value=3/3"),
        (lambda: Barrier(3), "Barrier at HEX: waiters=0/3"),
    ],
)
def test_repr_is_the_newest_stdlibs_on_every_python(make, state):
    assert re.sub("0x[0-9a-f]+", "HEX", repr(make())) == f"<syncprims.{state}>"


@pytest.mark.parametrize("parties", [0, -1])
def test_barrier_for_nobody_is_refused_on_every_python(parties):
    with pytest.raises(ValueError, match="parties must be >= 1"):
        Barrier(parties)


def test_deprecated_names_warn_and_work():
    event, condition = Event(), Condition()
    with pytest.warns(DeprecationWarning, match="use is_set"):
        assert event.isSet() is False
    with condition, pytest.warns(DeprecationWarning, match="use notify_all"):
        condition.notifyAll()


@pytest.mark.parametrize("make", [RLock, SimpleQueue, Event, Semaphore, Queue, Condition])
def test_primitive_can_be_neither_pickled_nor_copied_deeply(make):
    for clone in (pickle.dumps, copy.deepcopy):
        with pytest.raises((TypeError, pickle.PicklingError)):
            clone(make())


def test_qsize_of_a_queue_that_counts_for_itself_is_what_it_says():
    class Twice(Queue):
        def _qsize(self):
            assert self.mutex.locked()
            return 2 * super()._qsize()

    queue = Twice(maxsize=4)
    queue.put("one")
    queue.put("two")
    assert queue.qsize() == 4
    assert queue.full()
    assert not queue.empty()
    assert queue.get() == "one"


def test_items_of_a_queue_that_cannot_hash_or_compare_them_go_through():
    queue = Queue()
    for item in ([], {}, None, NotImplemented):
        queue.put(item)
    assert [queue.get() for _ in range(4)] == [[], {}, None, NotImplemented]


@pytest.mark.parametrize("way", ["get", "put"])
def test_queue_shut_down_tells_those_inside_and_those_that_come(crew, way):
    queue = Queue(1)
    if way == "put":
        queue.put(1)
    call = queue.get if way == "get" else lambda: queue.put(2)
    task = crew.start(call)
    crew.asleep(queue)
    queue.shutdown()
    for refused in (task.result, call):
        with pytest.raises(ShutDown):
            refused()


def test_queue_shut_down_at_once_lets_the_joiners_go(crew):
    queue = Queue()
    queue.put(1)
    task = crew.start(queue.join)
    crew.asleep(queue)
    queue.shutdown(immediate=True)
    assert task.result() is None
    assert (queue.qsize(), queue.unfinished_tasks) == (0, 0)


def test_shutdown_immediate_of_a_queue_that_counted_too_few_stays_at_none():
    queue = Queue()
    queue.put(1)
    queue.task_done()
    queue.shutdown(immediate=True)
    assert (queue.qsize(), queue.unfinished_tasks) == (0, 0)


def test_after_fork_all_that_is_remembered_is_told():
    event = Event()
    event._mutex.lock.acquire()
    fork._after_fork_in_child()
    assert not event._mutex.lock.locked()


class Stopping:
    """A lock whose acquire, or release, raises StopIteration once."""

    def __init__(self, method):
        self._lock = Lock()
        self._lock.acquire()
        self._stops = [method]

    def acquire(self, *args):
        self._stop("acquire")
        return self._lock.acquire(*args)

    def release(self):
        self._stop("release")
        self._lock.release()

    def _stop(self, method):
        if self._stops == [method]:
            self._stops.clear()
            raise StopIteration

    def _is_owned(self):
        return self._lock.locked()


@pytest.mark.parametrize("method", ["acquire", "release"])
def test_wait_over_a_lock_that_stops_iteration_raises_it_with_the_lock(method):
    lock = Stopping(method)
    condition = Condition(lock)
    with pytest.raises(StopIteration):
        condition.wait(BRIEF)
    assert lock._lock.locked()
    assert not condition._waiters


def stop(*args):
    """Raise what a signal handler may raise, and what ends a loop."""
    raise StopIteration


class StoppingLock:
    """A lock that a signal handler's StopIteration always strikes."""

    acquire = release = staticmethod(stop)


def test_rlock_struck_by_stop_iteration_as_it_takes_its_lock_raises_it():
    """What ends a loop is not taken for a lock that was refused."""
    lock = RLock()
    lock._lock, lock._taking = StoppingLock(), steps(stop)
    for acquire in (lock.acquire, lambda: lock.acquire(timeout=1), lambda: lock.acquire(False)):
        with pytest.raises(StopIteration):
            acquire()
        assert (lock._owner, lock._depth) == (None, 0)
    with pytest.raises(StopIteration):
        lock._acquire_restore((1, 1))
    assert (lock._owner, lock._depth) == (None, 0)


@pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])
@pytest.mark.parametrize("make", [Lock, RLock, threading.RLock])
def test_queue_whose_mutex_is_replaced_before_use_works_over_the_new_one(kind, make, crew):
    """Who sleeps, who wakes and the three conditions have the new lock."""
    queue = kind()
    old, queue.mutex = queue.mutex, make()
    assert queue.mutex is not old
    for condition in (queue.not_empty, queue.not_full, queue.all_tasks_done):
        with condition:
            assert is_held(queue.mutex, crew)
            assert not old.locked()
    getting = crew.start(queue.get)
    until(lambda: queue._getters)
    with queue.mutex:
        putting = crew.start(queue.put, "item")
        crew.asleep(queue.mutex)
        assert not putting.done
    assert getting.result() == "item"
    queue.task_done()
    queue.join()
    assert not old.locked()
    queue._check()


def is_held(lock, crew):
    """Whether another thread finds the lock taken."""
    return not crew.start(lock.acquire, False).result()


def test_condition_of_a_queue_is_the_same_each_time_and_shares_its_sleepers(crew):
    """Who waits in ``not_empty`` is woken by a put, and seen by who looks at the queue."""
    queue = Queue()
    assert queue.not_empty is queue.not_empty
    assert queue.not_empty is not queue.not_full

    def wait():
        with queue.not_empty:
            return queue.not_empty.wait()

    task = crew.start(wait)
    crew.asleep(queue)
    queue.put(1)
    assert task.result() is True


def test_rlock_left_by_a_thread_that_does_not_hold_it_is_refused(crew):
    lock = RLock()
    with lock:
        with pytest.raises(RuntimeError, match="un-acquired"):
            crew.start(lock.__exit__, None, None, None).result()
        assert lock.locked()


def test_with_a_semaphore_calls_a_subclass_release():
    class Counting(Semaphore):
        released = 0

        def release(self, n=1):
            Counting.released += n
            super().release(n)

    semaphore = Counting()
    with semaphore:
        pass
    assert (semaphore._value, Counting.released) == (1, 1)


def test_with_a_bounded_semaphore_released_inside_is_refused_at_its_end():
    semaphore = BoundedSemaphore()
    with pytest.raises(ValueError, match="released too many times"), semaphore:
        semaphore.release()
    assert semaphore._value == 1


def test_end_of_a_with_wakes_who_waits_for_the_permit(crew):
    semaphore = Semaphore()
    with semaphore:
        task = crew.start(semaphore.acquire)
        crew.asleep(semaphore)
    assert task.result() is True


@pytest.mark.parametrize("drained", [True, False])
def test_shut_down_queue_without_waiting_raises_shutdown(drained):
    queue = Queue(1)
    queue.put(1)
    queue.shutdown(immediate=drained)
    with pytest.raises(ShutDown):
        queue.put(2, timeout=-1)
    if drained:
        with pytest.raises(ShutDown):
            queue.get(timeout=-1)
    else:
        with pytest.raises(ValueError, match="non-negative"):
            queue.get(timeout=-1)


@pytest.mark.parametrize("immediate", [False, True])
def test_shutdown_wakes_getters_behind_one_who_waits_in_a_condition(crew, immediate):
    """Who waits in ``not_empty`` wakes nobody in turn, so shutdown does not leave that to it."""
    queue = Queue()

    def wait():
        with queue.not_empty:
            return queue.not_empty.wait()

    waiting = crew.start(wait)
    until(lambda: len(queue._getters) == 1)
    getting = crew.start(pytest.raises, ShutDown, queue.get)
    until(lambda: len(queue._getters) == 2)
    queue.shutdown(immediate)
    assert waiting.result() is True
    assert getting.result()
    queue._check()


def test_last_task_done_wakes_joiners_behind_one_who_waits_in_a_condition(crew):
    """The same for ``all_tasks_done``."""
    queue = Queue()
    queue.put(1)

    def wait():
        with queue.all_tasks_done:
            return queue.all_tasks_done.wait()

    waiting = crew.start(wait)
    until(lambda: len(queue._joiners) == 1)
    joining = [crew.start(queue.join) for _ in range(2)]
    until(lambda: len(queue._joiners) == 3)
    queue.task_done()
    assert waiting.result() is True
    assert [task.result() for task in joining] == [None, None]


def test_put_after_the_container_was_replaced_counts_the_new_one():
    """The size that put looks at is that of the present ``queue``."""
    queue = Queue(1)
    queue.put("old")
    queue.queue = deque()
    queue.put("new", block=False)
    assert queue.full()


@pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])
def test_queue_given_a_limit_later_keeps_to_it(kind):
    """A limit may be set, changed and lifted at any time."""
    queue = kind()
    queue.put(1)
    queue.maxsize = 2
    queue.put_nowait(2)
    with pytest.raises(Full):
        queue.put_nowait(3)
    queue.maxsize = 0
    queue.put_nowait(3)
    assert sorted(queue.get_nowait() for _ in range(3)) == [1, 2, 3]
    queue._check()


class Typo(Queue):
    """A hook that asks its container for what it has not."""

    def _put(self, item):
        self.queue.append(item)
        self.queue.missing  # noqa: B018


@pytest.mark.parametrize("maxsize", [0, 9])
def test_attribute_error_of_a_hook_comes_out_of_put(maxsize):
    """The hook is called once, and what it raised is what the caller gets."""
    queue = Typo(maxsize)
    with pytest.raises(AttributeError, match="missing"):
        queue.put(1)
    assert [*queue.queue] == [1]


class Proxy:
    """A container that passes everything on."""

    def __init__(self):
        self.inner = deque()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def __len__(self):
        return len(self.inner)


class Counted(deque):
    """A deque of somebody's own."""


@pytest.mark.parametrize("kind", [Counted, Proxy, deque])
def test_limit_holds_over_any_container(kind):
    """Whatever the container says of itself, its ``len`` is what counts."""
    queue = Queue(2)
    queue.queue = kind()
    queue.put_nowait(1)
    queue.put_nowait(2)
    with pytest.raises(Full) as caught:
        queue.put_nowait(3)
    assert caught.value.__context__ is None
    assert [queue.get(), queue.get()] == [1, 2]


class Refusing(deque):
    """A container from which nothing can be taken."""

    def popleft(self):
        raise Strike


@pytest.mark.parametrize("waited", [False, True])
def test_get_that_cannot_take_the_item_leaves_it_there_once(crew, waited):
    """What has not been taken is not put back."""
    queue = Queue()
    queue.queue = Refusing()
    if waited:
        task = crew.start(queue.get)
        crew.asleep(queue)
    queue.put("once")
    with pytest.raises(Strike):
        task.result() if waited else queue.get()
    assert [*queue.queue] == ["once"]


def hooked(kind, name, calls):
    """Return a hook like a kind's own that notes its calls."""

    def hook(queue, *args):
        calls.append(name)
        return getattr(kind, name)(queue, *args)

    return hook


@pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])
@pytest.mark.parametrize("name", ["_put", "_get", "_qsize"])
def test_hook_assigned_to_an_object_is_called_for_it_alone(kind, name):
    """Hooks are looked up at each call, on the object, as in the stdlib."""
    queue, other, calls = kind(2), kind(2), []
    for each in (queue, other):
        each.put(1)
    setattr(queue, name, MethodType(hooked(kind, name, calls), queue))
    other.put(2)
    assert sorted([other.get(), other.get()]) == [1, 2]
    assert other.qsize() == 0
    assert not calls
    queue.put(2)
    assert sorted([queue.get(), queue.get()]) == [1, 2]
    assert queue.qsize() == 0
    assert set(calls) == {name}
    delattr(queue, name)
    calls.clear()
    queue.put(3)
    assert queue.get() == 3
    assert not calls


@pytest.mark.parametrize("base", [Queue, LifoQueue, PriorityQueue])
@pytest.mark.parametrize("name", ["_put", "_get", "_qsize"])
def test_hook_assigned_to_a_class_is_called_for_the_objects_it_has(base, name):
    """A class may be given its hooks when it has objects already, and lose them again."""

    class Later(base):
        pass

    queue, calls = Later(2), []
    queue.put(1)
    setattr(Later, name, hooked(base, name, calls))
    queue.put(2)
    assert sorted([queue.get(), queue.get()]) == [1, 2]
    assert queue.empty()
    assert set(calls) == {name}
    delattr(Later, name)
    calls.clear()
    queue.put(3)
    assert queue.get() == 3
    assert not calls


def test_qsize_of_an_object_that_counts_for_itself_takes_the_mutex():
    """Only the kit's own count is one step."""
    queue, held = Queue(), []
    queue._qsize = lambda: held.append(queue.mutex.locked()) or 7
    assert queue.qsize() == 7
    assert held == [True]


@pytest.mark.parametrize("where", ["object", "class"])
@pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])
def test_size_that_a_hook_gives_later_decides_whether_there_is_an_item_or_room(kind, where):
    """put and get ask ``_qsize``, whatever the container holds."""

    class Later(kind):
        pass

    queue = Later(2)
    queue.put(1)
    if where == "object":
        queue._qsize = lambda: 0
    else:
        Later._qsize = lambda queue: 0
    with pytest.raises(Empty):
        queue.get_nowait()
    with pytest.raises(Empty):
        queue.get(timeout=0)
    if where == "object":
        queue._qsize = lambda: 2
    else:
        Later._qsize = lambda queue: 2
    with pytest.raises(Full):
        queue.put_nowait(2)
    with pytest.raises(Full):
        queue.put(2, timeout=0)
    assert queue.get_nowait() == 1


class Narrow:
    """A container that has only append and popleft, and a length."""

    def __init__(self):
        self._items = []

    def append(self, item):
        self._items.append(item)

    def popleft(self):
        return self._items.pop(0)

    def __len__(self):
        return len(self._items)


@pytest.mark.parametrize("maxsize", [0, 2])
def test_queue_whose_init_brings_a_narrow_container_uses_only_that(maxsize):
    """A subclass's ``_init`` may bring whatever appends and pops on the left, as in the stdlib."""

    class Narrowed(Queue):
        def _init(self, maxsize):
            assert maxsize == self.maxsize
            self.queue = Narrow()

    queue = Narrowed(maxsize)
    queue.put(1)
    queue.put_nowait(2)
    assert queue.full() == (maxsize == 2)
    assert [queue.get(), queue.get_nowait()] == [1, 2]
    assert queue.empty()
    queue.put(3)
    queue.task_done()
    queue.task_done()
    queue.shutdown(immediate=True)
    assert (queue.qsize(), queue.unfinished_tasks) == (0, 0)


@pytest.mark.parametrize(("kind", "container"), [(Queue, deque), (LifoQueue, list)])
def test_queue_keeps_its_items_in_a_plain_container(kind, container):
    """Who looks at ``queue.queue`` finds what the stdlib has there, before and after traffic."""
    queue = kind(3)
    assert type(queue.queue) is container
    queue.put(1)
    queue.put(2)
    assert queue.queue == container([1, 2])
    queue.get()
    assert type(queue.queue) is container
    assert type(PriorityQueue().queue) is list


def test_put_of_a_subclass_is_called_once_though_the_container_was_replaced():
    """The other way does not lead through the subclass again."""
    calls = []

    class Counting(Queue):
        def put(self, item, *args):
            calls.append(item)
            super().put(item, *args)

    queue = Counting(9)
    queue.queue = deque()
    queue.put("once")
    assert calls == [*queue.queue] == ["once"]


@pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])
def test_container_of_a_queue_with_a_limit_is_like_the_stdlibs(kind):
    """Who prints, compares or copies ``queue`` sees no difference."""
    ours, theirs = kind(9), getattr(stdlib_queue, kind.__name__)(9)
    for each in ours, theirs:
        each.put(1)
        each.put(2)
    assert repr(ours.queue) == repr(theirs.queue)
    again = pickle.loads(pickle.dumps(ours.queue))
    assert ours.queue == theirs.queue == again
    assert type(again) is type(theirs.queue)


def test_put_that_waits_for_the_mutex_sees_what_is_added_by_hand(crew):
    """The limit holds for what is in the queue when the put comes to it."""
    queue = Queue(1)
    with queue.mutex:
        task = crew.start(queue.put, "theirs", False)
        crew.asleep(queue.mutex)
        queue.queue.append("by hand")
    with pytest.raises(Full):
        task.result()
    assert list(queue.queue) == ["by hand"]


@pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])
def test_queue_that_is_reopened_keeps_its_limit(kind):
    """Who sets is_shutdown back has the queue again, limit and all."""
    queue = kind(1)
    queue.shutdown()
    queue.is_shutdown = False
    queue.put_nowait(1)
    with pytest.raises(Full):
        queue.put_nowait(2)
    assert queue.get_nowait() == 1


@pytest.mark.parametrize("base", [Queue, LifoQueue, PriorityQueue])
def test_shutdown_of_a_queue_with_hooks_takes_each_item_out_by_its_hook(base):
    """``_get`` of a subclass sees every item that is dropped."""
    taken = []

    class Hooked(base):
        def _get(self):
            taken.append(super()._get())
            return taken[-1]

    queue = Hooked()
    queue.put(1)
    queue.put(2)
    queue.shutdown(immediate=True)
    assert sorted(taken) == [1, 2]
    assert (queue.qsize(), queue.unfinished_tasks) == (0, 0)


class HookedQueue(Queue):
    """A queue with a hook of its own."""

    def _get(self):
        return self.queue.popleft()


@pytest.mark.parametrize("kind", [Queue, HookedQueue])
def test_shutdown_of_a_queue_filled_behind_its_back_counts_no_less_than_nothing(kind):
    """Items that were never counted, and are dropped, do not bring the count below zero."""
    queue = kind()
    queue.put(1)
    queue.queue.append(2)
    queue.shutdown(immediate=True)
    assert (queue.qsize(), queue.unfinished_tasks) == (0, 0)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("put", (5, True, "x")), ("put", (5, True, 10**400)), ("get", (True, "x"))],
)
@pytest.mark.parametrize("maxsize", [0, 2])
def test_queue_that_is_shut_down_says_so_before_it_looks_at_the_timeout(name, arguments, maxsize):
    """As in the standard library, where this is the first thing that is looked at."""
    queue = Queue(maxsize)
    queue.shutdown()
    with pytest.raises(ShutDown):
        getattr(queue, name)(*arguments)


def test_put_on_a_queue_without_a_sensible_limit_that_is_shut_down_says_so():
    """The limit is not looked at either."""
    queue = Queue(None)
    queue.shutdown()
    with pytest.raises(ShutDown):
        queue.put_nowait(5)


def test_barrier_whose_action_still_runs_lets_a_party_come_again_without_end(monkeypatch):
    """Who comes too late each time waits each time, and its stack does not grow."""
    barrier = Barrier(1)
    passed = []

    def late(waiters, timeout):
        if len(passed) < sys.getrecursionlimit():
            passed.append(waiters)
            barrier._cycle.state = FULL
        else:
            barrier._cycle.state = FILLING
        return True

    barrier._cycle.state = FULL
    monkeypatch.setattr(WaitQueue, "wait", late)
    assert barrier.wait() == 0
    assert len(passed) == sys.getrecursionlimit()


def test_bounded_semaphore_refuses_a_release_of_less_than_there_is_room_for():
    """A fraction of a permit is odd, but no reason to go beyond the limit."""
    semaphore = BoundedSemaphore(3)
    semaphore.acquire()
    semaphore.acquire()
    semaphore.release(1.5)
    with pytest.raises(ValueError, match="released too many times"):
        semaphore.release()
    semaphore._check()


def test_mutex_is_replaced_beside_a_condition_that_is_none():
    """What somebody has put in a condition's place stays."""
    queue = Queue()
    queue.not_empty = marker = object()
    queue.mutex = Lock()
    assert queue.not_empty is marker


def test_condition_that_knows_the_owner_itself_is_asked():
    """A subclass may say itself who holds the lock."""

    class Owned(Condition):
        def _is_owned(self):
            return True

    Owned(Lock()).notify()  # refused by a Condition, whose lock nobody holds


def test_condition_that_asks_its_base_who_owns_it_is_told():
    """A subclass may call what it overrides."""

    class Asks(Condition):
        asked = 0

        def _is_owned(self):
            self.asked += 1
            return super()._is_owned()

    condition = Asks(Lock())
    with condition:
        condition.notify()
    with pytest.raises(RuntimeError):
        condition.notify()
    assert condition.asked == 2


def test_nowait_calls_of_a_subclass_pass_block_by_name():
    """A subclass may take block by keyword alone."""

    class Named(Queue):
        def put(self, item, *, block=True, timeout=None):
            super().put(item, block, timeout)

        def get(self, *, block=True, timeout=None):
            return super().get(block, timeout)

    queue = Named()
    queue.put_nowait(1)
    assert queue.get_nowait() == 1


def test_empty_and_full_do_not_ask_a_subclass_how_many_there_are():
    """Only _qsize is a hook."""

    class Counting(Queue):
        def qsize(self):
            return self.unfinished_tasks

    queue = Counting(1)
    queue.put(1)
    queue.get()
    assert (queue.empty(), queue.full()) == (True, False)


def test_simple_nowait_calls_are_not_a_subclass_s_own_get_and_put():
    """A get that first tries get_nowait does not call itself."""

    class Tries(SimpleQueue):
        def get(self, block=True, timeout=None):
            return self.get_nowait()

        def put(self, item, block=True, timeout=None):
            self.put_nowait(item)

    queue = Tries()
    queue.put(1)
    assert queue.get() == 1


def test_condition_over_a_lock_whose_release_answers_swallows_no_error():
    """What a bare lock's release returns is not the exit's answer."""

    class Answers:
        def __init__(self):
            self._lock = Lock()
            self.acquire = self._lock.acquire

        def release(self):
            self._lock.release()
            return True

    with pytest.raises(ZeroDivisionError), Condition(Answers()):
        raise ZeroDivisionError


# What other people's subclasses stand on


class Resizable(Semaphore):
    """A semaphore that grows, as programs write it."""

    def grow(self, n=1):
        with self._cond:
            self._value += n
            self._cond.notify(n)


def test_semaphores_condition_shares_its_sleepers(crew):
    """A subclass may add permits under ``_cond`` and notify who waits for one."""
    semaphore = Resizable(0)
    tasks = [crew.start(semaphore.acquire) for _ in range(3)]
    crew.asleep(semaphore, 3)
    semaphore.grow(2)
    until(lambda: sum(task.done for task in tasks) == 2)
    crew.asleep(semaphore, 1)
    semaphore.grow()
    assert [task.result() for task in tasks] == [True] * 3


def test_semaphores_condition_is_not_replaced():
    """Another condition would be ignored, so it is refused, and the error says what to do."""
    semaphore = Semaphore()
    with pytest.raises(AttributeError, match="override acquire and release"):
        semaphore._cond = Condition()
    assert semaphore.acquire(False)


def test_sleepers_of_a_condition_answer_to_what_a_deque_does(crew):
    """``_waiters`` has a length, members, an order, and ``remove``, which refuses a stranger."""
    condition = Condition(Lock())

    def sleep():
        with condition:
            return condition.wait(LIMIT)

    tasks = [crew.start(sleep), crew.start(sleep)]
    crew.asleep(condition, 2)
    with condition:
        first, last = condition._waiters
        assert (len(condition._waiters), last in condition._waiters) == (2, True)
        condition._waiters.remove(last)
        last.release()
        with pytest.raises(ValueError, match="not in the queue"):
            condition._waiters.remove(last)
        assert list(condition._waiters) == [first]
        condition.notify()
    assert [task.result() for task in tasks] == [True, True]
