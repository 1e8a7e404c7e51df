"""What a SimpleQueue owes: items handed on without limit, by a put that may be called anywhere.

Who sleeps in a SimpleQueue cannot be seen from outside, so no verdict here depends on a thread
being asleep already: each holds whether the getter comes first or the item.
"""

from __future__ import annotations

import copy
import gc
import pickle
import queue as stdlib_queue
import sys
import weakref
from contextlib import contextmanager
from functools import partial
from itertools import count

from syncprims.conformance.delays import BRIEF
from syncprims.conformance.queues import (
    AGES,
    CARGO,
    FALSE,
    Hostile,
    Item,
    delivered,
    drain,
    ended,
    forgotten,
    in_order,
    persistently,
    traffic,
)
from syncprims.conformance.requirement import cases, raises, requirement
from syncprims.conformance.signals import (
    Interrupted,
    in_child,
    interrupted,
    interruptible,
    needs_fork,
    needs_signals,
)
from syncprims.conformance.timing import ends_in_time, lasting

DEADLOCK = "the version written in Python may sleep on a lock that its own thread holds"

# Items


@requirement("SIMPLEQ-01", hint="append at one end, popleft at the other")
def test_get_returns_items_in_order(SimpleQueue):
    """get returns the items in the order in which they were put, also when gets come in between."""
    queue = SimpleQueue()
    queue.put("a")
    queue.put("b")
    first = queue.get()
    queue.put("c")
    assert [first, queue.get(), queue.get()] == ["a", "b", "c"]


@requirement(
    "SIMPLEQ-02", hint="ask nothing of an item: no truth, no comparison, no None that means empty"
)
def test_get_returns_what_was_put_though_it_is_false(SimpleQueue):
    """What is put comes out, None and what is false too: no value of an item means anything."""
    queue = SimpleQueue()
    for item in FALSE:
        queue.put(item)
    assert [queue.get() for _ in FALSE] == FALSE


@requirement("SIMPLEQ-30", level="detail", hint="keep the item itself; neither copy nor compare it")
def test_get_returns_the_very_object_that_was_put(SimpleQueue):
    """The object that is put comes out itself, unlooked at, though it cannot be compared."""
    queue = SimpleQueue()
    item = Hostile()
    queue.put(item)
    assert queue.get() is item


@requirement("SIMPLEQ-03", hint="qsize is the number of items, empty is qsize() == 0")
def test_qsize_and_empty_are_exact_when_the_queue_is_quiet(SimpleQueue):
    """While no other thread uses the queue, qsize and empty tell exactly how it stands."""
    queue = SimpleQueue()
    states = []
    for step in (lambda: None, partial(queue.put, 1), partial(queue.put, 2), queue.get, queue.get):
        step()
        states.append((queue.qsize(), queue.empty()))
    assert states == [(0, True), (1, False), (2, False), (1, False), (0, True)]


@requirement("SIMPLEQ-04", hint="def put(self, item, block=True, timeout=None): look at neither")
def test_put_ignores_block_and_timeout(SimpleQueue):
    """put takes block and timeout by position and by name, and they change nothing."""
    queue = SimpleQueue()
    queue.put("a", False)
    queue.put("b", True, -1)
    queue.put(item="c", block=False, timeout=None)
    queue.put_nowait("d")
    queue.put_nowait(item="e")
    assert drain(queue) == ["a", "b", "c", "d", "e"]


@requirement("SIMPLEQ-05", hint="def get(self, block=True, timeout=None)")
def test_get_takes_its_arguments_by_position_and_by_name(SimpleQueue):
    """get(block, timeout) takes its arguments by position and by name."""
    queue = SimpleQueue()
    for n in range(3):
        queue.put(n)
    assert [queue.get(True, 1), queue.get(block=True, timeout=1), queue.get(False)] == [0, 1, 2]


@requirement("SIMPLEQ-06", level="detail", hint="leave them out")
def test_there_is_no_limit_and_no_task_tracking(SimpleQueue):
    """A SimpleQueue takes no maxsize and has none, nor full, join, task_done or shutdown."""
    with raises(TypeError):
        SimpleQueue(1)
    for name in ("maxsize", "full", "join", "task_done", "shutdown"):
        assert not hasattr(SimpleQueue(), name)


@requirement(
    "SIMPLEQ-07",
    level="detail",
    hint="keep the item in no field and no frame once get has returned",
)
def test_get_leaves_no_reference_to_the_item(SimpleQueue):
    """Once an item has been got, the queue does not keep it alive."""
    queue = SimpleQueue()
    items = [Item(n) for n in range(3)]
    refs = [weakref.ref(item) for item in items]
    for item in items:
        queue.put(item)
    del item, items
    for _ in refs:
        queue.get()
    assert all(forgotten(ref) for ref in refs)


# Sleeping, or not for long


@cases("timeout", [None, AGES])
@requirement("SIMPLEQ-08", hint="put wakes a sleeping getter after it has added the item")
def test_get_on_an_empty_queue_sleeps_until_put(SimpleQueue, crew, timeout):
    """get without an item sleeps until one is put, and returns it."""
    queue = SimpleQueue()
    getter = crew.start(queue.get, True, timeout)
    crew.asleep(queue)
    queue.put("item")
    assert getter.result() == "item"
    assert queue.empty()


@requirement("SIMPLEQ-09", hint="if not block: look, and raise Empty")
def test_get_that_may_not_sleep_raises_empty(SimpleQueue, Empty):
    """get_nowait() and get(False) raise queue.Empty at once if there is no item."""
    queue = SimpleQueue()
    for call in (queue.get_nowait, partial(queue.get, False), partial(queue.get, timeout=0)):
        for attempt in (queue.get_nowait, call):  # in this order: see `use` in test_interplay.py
            with raises(Empty):
                attempt()
        queue.put("item")
        assert call() == "item"


@requirement("SIMPLEQ-10", hint="sleep for what is left of the time, then raise Empty")
def test_get_times_out_raises_empty_not_early(SimpleQueue, Empty):
    """get raises Empty once the time-out has passed, and not before."""
    with lasting(BRIEF), raises(Empty):
        SimpleQueue().get(timeout=BRIEF)


@cases("timeout", [-0.5, -1])
@requirement(
    "SIMPLEQ-11",
    level="detail",
    hint="look at the sign of the time-out before you look for an item",
)
def test_get_with_negative_time_out_raises_value_error(SimpleQueue, timeout):
    """get refuses a time-out below zero with ValueError, also if there is an item; it stays."""
    queue = SimpleQueue()
    for _ in range(2):
        with raises(ValueError):
            queue.get(timeout=timeout)
        queue.put("item")
    assert drain(queue) == ["item", "item"]


@cases(("timeout", "error"), [(1e100, OverflowError), ("1", TypeError), ([], TypeError)])
@requirement(
    "SIMPLEQ-12",
    level="detail",
    hint="try the time-out before you queue, or leave the line in a finally",
)
def test_get_with_a_time_out_that_means_nothing_raises(SimpleQueue, timeout, error):
    """A time-out no clock can hold is an OverflowError, what is no number a TypeError."""
    queue = SimpleQueue()
    with raises(error):
        queue.get(timeout=timeout)
    queue.put("item")
    assert drain(queue) == ["item"]


@requirement("SIMPLEQ-13", hint="one item wakes one getter")
def test_put_wakes_a_getter_for_each_item(SimpleQueue, crew):
    """Of several getters as many return as items are put, each with an item of its own."""
    queue = SimpleQueue()
    getters = [crew.start(queue.get, True, timeout) for timeout in (None, AGES) * 3]
    crew.asleep(queue, len(getters))
    for n in range(len(getters)):
        queue.put(n)
        assert len(ended(getters, n + 1)) == n + 1
    assert sorted(getter.result() for getter in getters) == list(range(6))


@requirement("SIMPLEQ-14", hint="your gate is still in the line after the time-out: take it out")
def test_waiter_whose_time_has_passed_takes_nothing_from_the_next(SimpleQueue, crew, Empty):
    """A getter that has given up leaves the line: the next item is for another."""
    queue = SimpleQueue()
    early = crew.start(partial(queue.get, timeout=BRIEF))
    with raises(Empty):
        early.result()
    late = crew.start(queue.get)
    crew.asleep(queue)
    queue.put("item")
    assert late.result() == "item"
    assert queue.empty()


# Traffic


@requirement(
    "SIMPLEQ-15", race=True, hint="take an item in one step: popleft, not a look and then a popleft"
)
def test_traffic_loses_and_doubles_nothing_and_keeps_each_producers_order(SimpleQueue, crew):
    """Between many producers and consumers all items come once, each producer's in order."""
    queue = SimpleQueue()
    got = traffic(crew, queue.put, queue.get)
    assert delivered(got) == CARGO
    assert in_order(got)


@requirement(
    "SIMPLEQ-16",
    race=True,
    hint="when your time has passed and you were woken too, take the item or wake the next",
)
def test_traffic_with_time_outs_that_expire_loses_and_doubles_nothing(SimpleQueue, crew, Empty):
    """A time-out that expires just as the item comes loses and doubles nothing."""
    queue = SimpleQueue()
    got = traffic(crew, queue.put, persistently(queue.get, Empty))
    assert delivered(got) == CARGO
    assert queue.empty()


# Put anywhere


class Dying:
    """What a weak reference refers to until its callback is wanted."""


class Echo:
    """Makes a call when it dies."""

    def __init__(self, call):
        self.call = call

    def __del__(self):
        self.call()


def call_from_callback(call):
    """Make a call from a weak reference whose object dies."""
    dying = Dying()
    ref = weakref.ref(dying, lambda ref: call())
    del dying
    return ref


@contextmanager
def interjecting(interject):
    """Call ``interject()`` at each step that Python code of this thread takes meanwhile."""

    def trace(frame, event, argument):
        # On 3.12 by lines: it dies when one thread stops tracing while another is in mid-opcode.
        frame.f_trace_opcodes = sys.version_info[:2] != (3, 12)
        interject()
        return trace

    old = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(old)


@cases("interjection", [lambda call: call(), Echo, call_from_callback])
@requirement(
    "SIMPLEQ-17",
    beyond=DEADLOCK,
    hint="take no lock in put that put or get of the same thread may hold",
)
def test_put_may_interject_anywhere_in_put_and_get(SimpleQueue, crew, interjection):
    """put may be called in the middle of any put or get of its thread, as by a __del__."""
    queue = SimpleQueue()
    numbers = count()
    put, got = [], []

    def send():
        number = next(numbers)
        put.append(number)
        queue.put(number)

    def use():
        for call in (queue.get, partial(queue.get, timeout=AGES), queue.get_nowait):
            send()
            got.append(call())

    def use_with_interjections():
        with interjecting(lambda: interjection(send)):
            use()

    crew.start(use_with_interjections).result()
    gc.collect()
    assert sorted(got + drain(queue)) == sorted(put)


@requirement(
    "SIMPLEQ-18", beyond=DEADLOCK, hint="look for an item after you have queued, before you sleep"
)
def test_put_that_interjects_before_get_sleeps_is_not_missed(SimpleQueue, crew):
    """An item put in the middle of a get that has found none yet keeps that get from sleeping."""

    def get(queue, step, got):
        steps = count()
        with interjecting(lambda: queue.put(step) if next(steps) == step else None):
            item = queue.get()
        got.put(item)

    for step in count():
        queue, got = SimpleQueue(), stdlib_queue.Queue()
        getter = crew.start(get, queue, step, got)
        try:
            assert got.get(timeout=BRIEF) == step
        except stdlib_queue.Empty:
            if queue.empty():  # asleep before it came to this step
                queue.put(step)
                break
            getter.result()


@needs_signals
@requirement("SIMPLEQ-19", level="detail", main_thread=True, hint="hold no lock while you sleep")
def test_put_in_a_signal_handler_ends_the_get_of_its_thread(SimpleQueue, crew):
    """A signal handler may put the item that the thread it interrupts waits for."""
    queue = SimpleQueue()
    with interruptible(lambda: queue.put("item")) as interrupt:
        assert interrupted(crew, interrupt, queue.get) == "item"


# Interruptions and forks


@needs_signals
@requirement("SIMPLEQ-20", main_thread=True, hint="leave the line in a finally, and take nothing")
def test_get_interrupted_takes_nothing(SimpleQueue, crew):
    """An exception from a signal handler ends a get that sleeps; the next item is for the next."""
    queue = SimpleQueue()
    with interruptible() as interrupt, raises(Interrupted):
        interrupted(crew, interrupt, queue.get)
    getter = crew.start(queue.get)
    queue.put("item")
    assert getter.result() == "item"


@needs_signals
@requirement(
    "SIMPLEQ-21",
    main_thread=True,
    beyond="the version written in Python lets the next sleep on although there is an item",
    hint="if you were woken and are leaving by an exception, wake the next",
)
def test_get_interrupted_when_woken_wakes_the_next(SimpleQueue, crew):
    """A getter that is woken and interrupted at once leaves the item to the next."""
    queue = SimpleQueue()

    def put_and_raise():
        queue.put("item")
        raise Interrupted

    handlers = iter([lambda: None, put_and_raise])

    def strike():
        interrupt()  # so that the main thread is known to be the first in line
        behind = crew.start(queue.get)
        interrupt()
        return behind

    with interruptible(lambda: next(handlers)()) as interrupt:
        striking = crew.start(strike)
        with raises(Interrupted):
            queue.get()
        behind = striking.result()
    assert behind.result() == "item"


@needs_fork
@requirement(
    "SIMPLEQ-22",
    beyond="the version written in Python offers the item to a thread that only the parent has",
    hint="register with os.register_at_fork: forget the parent's sleepers in the child",
)
def test_fork_while_a_thread_sleeps_leaves_the_child_a_queue_that_works(SimpleQueue, crew):
    """In the child of a fork the threads of the parent that wait take no item and no wake-up."""
    queue = SimpleQueue()
    sleeper = crew.start(queue.get)
    crew.asleep(queue)

    def child():
        getter = crew.start(queue.get)
        queue.put("child's")
        assert getter.result() == "child's"

    in_child(child)
    queue.put("parent's")
    assert sleeper.result() == "parent's"


# What kind of object it is


@requirement("SIMPLEQ-23", hint="__class_getitem__ = classmethod(types.GenericAlias)")
def test_class_may_be_subclassed_and_subscripted(SimpleQueue):
    """SimpleQueue[int] names a type and makes queues; so may a subclass be named."""

    class Mine(SimpleQueue):
        pass

    assert SimpleQueue[int].__origin__ is SimpleQueue
    assert SimpleQueue[int].__args__ == (int,)
    assert Mine[int].__origin__ is Mine
    assert isinstance(SimpleQueue[int](), SimpleQueue)


@requirement("SIMPLEQ-24", level="detail", hint="if you use __slots__, add __weakref__")
def test_queue_can_be_weakly_referred_to(SimpleQueue):
    """A queue can be the target of a weak reference and dies with its last user."""
    queue = SimpleQueue()
    queue.put("item")
    ref = weakref.ref(queue)
    assert ref() is queue
    del queue
    assert forgotten(ref)


@cases("clone", [pickle.dumps, copy.deepcopy])
@requirement(
    "SIMPLEQ-25", level="detail", hint="raise TypeError from __reduce__, or hold a lock that does"
)
def test_queue_cannot_be_pickled_or_copied_deeply(SimpleQueue, clone):
    """Pickling a queue or copying it deeply is refused."""
    with raises((TypeError, pickle.PicklingError)):
        clone(SimpleQueue())


@requirement("SIMPLEQ-26", level="detail", since=(3, 15), hint="refuse NaN before you queue")
def test_get_with_nan_leaves_no_trace(SimpleQueue):
    """A get that has to sleep refuses the time-out NaN with the lock's error, and takes nothing."""
    queue = SimpleQueue()
    with raises((ValueError, OverflowError)):
        queue.get(timeout=float("nan"))
    queue.put("item")
    assert drain(queue) == ["item"]


@requirement("SIMPLEQ-27", level="detail", hint="the stdlib's text, word for word: see queue.py")
def test_error_says_what_the_stdlibs_says(SimpleQueue):
    """The text of get's ValueError for a time-out below zero is the stdlib's."""
    with raises(ValueError) as caught:
        SimpleQueue().get(timeout=-1)
    assert str(caught.value) == "'timeout' must be a non-negative number"


@requirement("SIMPLEQ-28", hint="return nothing")
def test_put_returns_nothing(SimpleQueue):
    """put and put_nowait return None."""
    queue = SimpleQueue()
    assert [queue.put("a"), queue.put_nowait("b")] == [None, None]


@requirement(
    "SIMPLEQ-29",
    hint="give the sleep the time that is left, not more; look at the clock when you wake",
)
def test_get_times_out_in_time(SimpleQueue, Empty):
    """get's time-out ends no later than that of a bare lock beside it, but for 0.3 s."""

    def expire():
        with raises(Empty):
            SimpleQueue().get(timeout=BRIEF)

    ends_in_time(expire, BRIEF)
