"""What a Queue owes: items handed from thread to thread, tasks counted, and an end to it.

Where a requirement holds for all three kinds of queue, ``AnyQueue`` is each in turn.
"""

from __future__ import annotations

import copy
import pickle
import queue as stdlib_queue
import weakref
from collections import deque
from functools import partial
from itertools import count
from threading import Event

from syncprims.conformance.crew import sleepers, until
from syncprims.conformance.delays import BRIEF, LIMIT
from syncprims.conformance.queues import (
    AGES,
    CARGO,
    FALSE,
    Hostile,
    Item,
    any_queue,
    delivered,
    drain,
    ended,
    forgotten,
    in_line,
    in_order,
    persistently,
    traffic,
    used_up,
)
from syncprims.conformance.requirement import cases, raises, requirement
from syncprims.conformance.signals import (
    Interrupted,
    await_child,
    end_child,
    fork,
    in_child,
    interruptible,
    needs_fork,
    needs_signals,
)
from syncprims.conformance.timing import ends_in_time, lasting

either_way = cases("way", ["get", "put"])


def stuck(Queue, way):
    """Return a queue on which get, or put, has to sleep, and that call without its time-out."""
    if way == "get":
        queue = Queue()
        return queue, queue.get
    queue = Queue(1)
    queue.put(0)
    return queue, partial(queue.put, 1)


def choosy(Queue):
    """Return a queue whose _put refuses None."""

    class Choosy(Queue):
        def _put(self, item):
            if item is None:
                raise ValueError("choosy")
            super()._put(item)

    return Choosy()


def refusal(way, Empty, Full):
    """Return what get, or put, raises when it may not sleep."""
    return Empty if way == "get" else Full


# Order, size and the limit


@requirement("QUEUE-01", hint="append at one end, popleft at the other")
def test_get_returns_items_in_order(Queue):
    """get returns the items in the order in which they were put, also when gets come in between."""
    queue = Queue()
    queue.put("a")
    queue.put("b")
    first = queue.get()
    queue.put("c")
    assert [first, queue.get(), queue.get()] == ["a", "b", "c"]


@requirement(
    "QUEUE-02", hint="ask nothing of an item: no truth, no comparison, no None that means empty"
)
def test_get_returns_what_was_put_though_it_is_false(Queue):
    """What is put comes out, None and what is false too: no value of an item means anything."""
    queue = Queue()
    for item in FALSE:
        queue.put(item)
    assert [queue.get() for _ in FALSE] == FALSE


@requirement("QUEUE-88", level="detail", hint="keep the item itself; neither copy nor compare it")
def test_get_returns_the_very_object_that_was_put(Queue):
    """The object that is put comes out itself, unlooked at, though it cannot be compared."""
    queue = Queue()
    item = Hostile()
    queue.put(item)
    assert queue.get() is item


@requirement("QUEUE-03", hint="maxsize=0 by default; nothing inside, nothing unfinished")
def test_new_queue_has_no_item_and_no_task(Queue):
    """A new queue is empty and has nothing unfinished, whatever its maxsize."""
    for queue in (Queue(), Queue(3), Queue(maxsize=3)):
        assert queue.empty() is True
        assert used_up(queue) == ([], 0)


@cases("maxsize", [1, 2])
@any_queue
@requirement("QUEUE-04", hint="full is 0 < maxsize <= qsize(), for a maxsize of one too")
def test_qsize_empty_and_full_are_exact_when_the_queue_is_quiet(AnyQueue, maxsize):
    """While no other thread uses the queue, qsize, empty and full tell exactly how it stands."""
    queue = AnyQueue(maxsize)
    puts = [partial(queue.put, n) for n in range(maxsize)]
    states = [(queue.qsize(), queue.empty(), queue.full())]
    for step in (*puts, *[queue.get] * maxsize):
        step()
        states.append((queue.qsize(), queue.empty(), queue.full()))
    sizes = [*range(maxsize), *range(maxsize, -1, -1)]
    assert states == [(size, size == 0, size == maxsize) for size in sizes]


@cases("maxsize", [0, -1])
@requirement("QUEUE-05", hint="there is a limit only if maxsize > 0")
def test_put_with_maxsize_below_one_never_finds_the_queue_full(Queue, maxsize):
    """A maxsize of zero or less means no limit."""
    queue = Queue(maxsize)
    for n in range(1000):
        queue.put_nowait(n)
    assert queue.full() is False
    assert queue.qsize() == 1000


@requirement(
    "QUEUE-06",
    hint="put(item, block=True, timeout=None), get(block=True, timeout=None), put_nowait(item)",
)
def test_put_and_get_take_their_arguments_by_position_and_by_name(Queue):
    """put(item, block, timeout) and get(block, timeout) take them by position and by name."""
    queue = Queue()
    queue.put("a", True, 1)
    queue.put(item="b", block=True, timeout=1)
    queue.put_nowait(item="c")
    assert [queue.get(True, 1), queue.get(block=True, timeout=1), queue.get()] == ["a", "b", "c"]


@requirement("QUEUE-07", level="detail", hint="read self.maxsize in every put: do not remember it")
def test_maxsize_changed_on_a_live_queue_counts_at_once(Queue, Full):
    """maxsize may be changed at any time, also to less than there is: the next put obeys it."""
    queue = Queue(3)
    for n in range(3):
        queue.put(n)
    queue.maxsize = 2
    queue.get()
    assert queue.full()
    with raises(Full):
        queue.put_nowait("too much")
    queue.maxsize = 3
    queue.put_nowait(3)
    queue.maxsize = 0
    queue.put_nowait(4)
    assert drain(queue) == [1, 2, 3, 4]


# Not sleeping, and not sleeping for long


@requirement(
    "QUEUE-08", hint="if not block: look, and raise Empty; the time-out does not matter then"
)
def test_get_that_may_not_sleep_raises_empty(Queue, Empty):
    """get_nowait() and get(False), whatever the time-out, raise Empty if there is no item."""
    queue = Queue()
    for call in (queue.get_nowait, partial(queue.get, False), partial(queue.get, False, -1)):
        with raises(Empty):
            call()
    queue.put("item")
    assert queue.get(False, -1) == "item"


@requirement(
    "QUEUE-09", hint="if not block: look, and raise Full; the time-out does not matter then"
)
def test_put_that_may_not_sleep_raises_full(Queue, Full):
    """put_nowait(x) and put(x, False), whatever the time-out, raise Full if there is no room."""
    queue = Queue(1)
    queue.put(0, False, -1)
    for call in (queue.put_nowait, lambda item: queue.put(item, False)):
        with raises(Full):
            call(1)
    with raises(Full):
        queue.put(1, False, -1)


@any_queue
@either_way
@requirement("QUEUE-10", hint="sleep for what is left of the time, then raise Empty or Full")
def test_time_out_raises_empty_or_full_not_early(AnyQueue, Empty, Full, way):
    """get raises Empty and put Full once the time-out has passed, and not before."""
    _, call = stuck(AnyQueue, way)
    with lasting(BRIEF), raises(refusal(way, Empty, Full)):
        call(timeout=BRIEF)


@any_queue
@either_way
@requirement("QUEUE-11", hint='a time-out of zero is a look, not "no time-out": compare with None')
def test_zero_time_out_is_one_look(AnyQueue, Empty, Full, way):
    """A time-out of zero succeeds if nothing stands in the way, else raises Empty or Full."""
    queue, call = stuck(AnyQueue, way)
    with raises(refusal(way, Empty, Full)):
        call(timeout=0)
    queue.put(0) if way == "get" else queue.get()
    call(timeout=0)
    assert queue.qsize() == (0 if way == "get" else 1)


@any_queue
@either_way
@requirement("QUEUE-12", hint="leave the line and count nothing when you give up")
def test_refused_call_changes_nothing(AnyQueue, crew, Empty, Full, way):
    """A get or put that gave up leaves items, tasks and those who wait as they were."""
    queue, call = stuck(AnyQueue, way)
    for arguments in ({"block": False}, {"timeout": 0}, {"timeout": BRIEF}):
        with raises(refusal(way, Empty, Full)):
            call(**arguments)
    crew.asleep(queue, 0)
    assert used_up(queue) == used_up(stuck(AnyQueue, way)[0])


@any_queue
@cases("timeout", [-0.5, -1])
@requirement(
    "QUEUE-13", level="detail", hint="look at the sign of the time-out before you look for an item"
)
def test_get_with_negative_time_out_raises_value_error(AnyQueue, timeout):
    """get refuses a time-out below zero with ValueError, also if there is an item; it stays."""
    queue = AnyQueue()
    for _ in range(2):
        with raises(ValueError):
            queue.get(timeout=timeout)
        queue.put(0)
    assert used_up(queue) == ([0, 0], 2)


@any_queue
@cases("timeout", [-0.5, -1])
@requirement(
    "QUEUE-14", level="detail", hint="look at the sign of the time-out before you look for room"
)
def test_put_with_negative_time_out_raises_value_error_on_a_queue_with_a_limit(AnyQueue, timeout):
    """put refuses a time-out below zero with ValueError if there is a limit, room or not."""
    queue = AnyQueue(1)
    for _ in range(2):
        with raises(ValueError):
            queue.put(1, timeout=timeout)
        if queue.empty():
            queue.put(0)
    assert used_up(queue) == ([0], 1)


@requirement("QUEUE-15", level="detail", hint="look at the time-out only if there is a limit")
def test_put_without_a_limit_ignores_the_time_out(Queue):
    """On a queue without a limit put does not look at its time-out, be it negative or no number."""
    queue = Queue()
    queue.put("a", timeout=-1)
    queue.put("b", timeout="soon")
    assert drain(queue) == ["a", "b"]


@either_way
@cases(("timeout", "error"), [(1e100, OverflowError), ("1", TypeError), ([], TypeError)])
@requirement(
    "QUEUE-16",
    level="detail",
    hint="try the time-out before you queue, or leave the line in a finally",
)
def test_time_out_that_means_nothing_raises(Queue, crew, way, timeout, error):
    """A time-out no clock can hold is an OverflowError, what is no number a TypeError."""
    queue, call = stuck(Queue, way)
    with raises(error):
        call(timeout=timeout)
    crew.asleep(queue, 0)
    assert used_up(queue) == used_up(stuck(Queue, way)[0])


@either_way
@requirement("QUEUE-17", level="detail", since=(3, 15), hint="refuse NaN before you queue")
def test_time_out_nan_leaves_no_trace(Queue, crew, way):
    """A get or put that has to sleep refuses the time-out NaN with the lock's error."""
    queue, call = stuck(Queue, way)
    with raises((ValueError, OverflowError)):
        call(timeout=float("nan"))
    crew.asleep(queue, 0)
    assert used_up(queue) == used_up(stuck(Queue, way)[0])


# Sleeping and waking


@any_queue
@cases("timeout", [None, AGES])
@requirement("QUEUE-18", hint="put wakes a sleeping getter after it has added the item")
def test_get_on_an_empty_queue_sleeps_until_put(AnyQueue, crew, timeout):
    """get without an item sleeps until one is put, and returns it."""
    queue = AnyQueue()
    getter = crew.start(queue.get, True, timeout)
    crew.asleep(queue)
    queue.put("item")
    assert getter.result() == "item"
    assert queue.empty()


@any_queue
@cases("timeout", [None, AGES])
@requirement("QUEUE-19", hint="get wakes a sleeping putter after it has taken the item")
def test_put_on_a_full_queue_sleeps_until_get(AnyQueue, crew, timeout):
    """put without room sleeps until an item is got, and then puts its own."""
    queue = AnyQueue(1)
    queue.put(0)
    putter = crew.start(queue.put, 1, True, timeout)
    crew.asleep(queue)
    assert queue.get() == 0
    putter.result()
    assert used_up(queue) == ([1], 2)


@any_queue
@requirement(
    "QUEUE-20", hint="one item wakes one getter: a second would find nothing, a first too few"
)
def test_each_put_lets_one_getter_go(AnyQueue, crew):
    """Each put lets one getter go, with or without a time-out, and each gets an item of its own."""
    queue = AnyQueue()
    getters = in_line(
        crew, queue, [partial(queue.get, True, timeout) for timeout in (None, AGES, None, AGES)]
    )
    for n in range(4):
        queue.put(n)
        assert len(ended(getters, n + 1)) == n + 1
    assert sorted(getter.result() for getter in getters) == [0, 1, 2, 3]


@any_queue
@requirement("QUEUE-21", hint="one free place wakes one putter")
def test_each_get_lets_one_putter_go(AnyQueue, crew):
    """Each get lets one putter go, with or without a time-out, and its item is put."""
    queue = AnyQueue(1)
    queue.put(0)
    waits = (None, AGES, None, AGES)
    putters = in_line(
        crew, queue, [partial(queue.put, n, True, wait) for n, wait in enumerate(waits, 1)]
    )
    got = []
    for n in range(4):
        got.append(queue.get())
        assert len(ended(putters, n + 1)) == n + 1
    assert sorted(got + drain(queue)) == [0, 1, 2, 3, 4]


@either_way
@requirement(
    "QUEUE-22", hint="who is woken and finds nothing sleeps on, in a loop, under the mutex"
)
def test_one_item_put_or_got_ends_the_wait_of_one(Queue, crew, way):
    """Of several getters one put wakes one, of several putters one get; the others sleep on."""
    queue, call = stuck(Queue, way)
    wake = queue.get if way == "put" else partial(queue.put, 1)
    tasks = in_line(crew, queue, [call] * 3)
    for left in (2, 1, 0):
        wake()
        assert len(ended(tasks, 3 - left)) == 3 - left
        crew.asleep(queue, left)


@requirement(
    "QUEUE-23",
    hint="your gate is still in the line after the time-out: take it out under the mutex",
)
def test_waiter_whose_time_has_passed_takes_nothing_from_the_next(Queue, crew, Empty):
    """A getter that has given up leaves the line: the next item is for the one behind it."""
    queue = Queue()
    early = crew.start(partial(queue.get, timeout=BRIEF))
    late = crew.start(queue.get)
    with raises(Empty):
        early.result()
    crew.asleep(queue)
    queue.put("item")
    assert late.result() == "item"


# Traffic


@any_queue
@cases("limit", [(), (1,), (3,)])
@requirement(
    "QUEUE-24",
    race=True,
    hint="two conditions for two kinds of sleepers: notify may wake the wrong kind; or notify all",
)
def test_traffic_loses_and_doubles_nothing(AnyQueue, crew, limit):
    """Between many producers and consumers no item is lost and none comes twice, limit or not."""
    queue = AnyQueue(*limit)
    got = traffic(crew, queue.put, queue.get)
    assert delivered(got) == CARGO
    crew.asleep(queue, 0)


@cases("limit", [(), (3,)])
@requirement(
    "QUEUE-25",
    race=True,
    hint="take the item and leave the mutex in one step: no item is handed over outside it",
)
def test_traffic_keeps_each_producers_order(Queue, crew, limit):
    """Of many producers' items each consumer gets those of one producer in the order put."""
    queue = Queue(*limit)
    assert in_order(traffic(crew, queue.put, queue.get))


@any_queue
@requirement("QUEUE-26", race=True, hint="look for room and add in one step under the mutex")
def test_traffic_never_exceeds_maxsize(AnyQueue, crew):
    """However many threads put, there are never more than maxsize items."""
    queue = AnyQueue(2)
    sizes = []
    traffic(crew, queue.put, queue.get, after=lambda: sizes.append(queue.qsize()))
    assert max(sizes) <= 2


@any_queue
@requirement(
    "QUEUE-27",
    race=True,
    hint="when your time has passed and you were woken too, take the item or wake the next",
)
def test_traffic_with_time_outs_that_expire_loses_and_doubles_nothing(AnyQueue, crew, Empty, Full):
    """A time-out that expires just as the item or the room comes loses and doubles nothing."""
    queue = AnyQueue(1)
    got = traffic(crew, persistently(queue.put, Full), persistently(queue.get, Empty))
    assert delivered(got) == CARGO
    crew.asleep(queue, 0)
    assert used_up(queue) == ([], len(CARGO))


# References


@any_queue
@requirement(
    "QUEUE-28", level="detail", hint="keep the item in no field and no frame once get has returned"
)
def test_get_leaves_no_reference_to_the_item(AnyQueue):
    """Once an item has been got, the queue does not keep it alive."""
    queue = AnyQueue()
    items = [Item(n) for n in range(3)]
    refs = [weakref.ref(item) for item in items]
    for item in items:
        queue.put(item)
    del item, items
    for _ in refs:
        queue.get()
    assert all(forgotten(ref) for ref in refs)


@any_queue
@requirement(
    "QUEUE-29",
    level="detail",
    hint="hand an item to a sleeper in no box that lives longer than its get",
)
def test_get_after_sleeping_leaves_no_reference_to_the_item(AnyQueue, crew):
    """An item that a sleeping getter was woken for is not kept alive once it has been got."""
    queue = AnyQueue()
    getter = crew.start(lambda: queue.get() and None)
    crew.asleep(queue)
    item = Item()
    ref = weakref.ref(item)
    queue.put(item)
    del item
    getter.result()
    assert forgotten(ref)


@any_queue
@cases("arguments", [{"block": False}, {"timeout": BRIEF}, {"timeout": -1}])
@requirement(
    "QUEUE-30",
    level="detail",
    hint="keep the item in no field; clear what the exception's frames hold",
)
def test_put_that_fails_leaves_no_reference_to_the_item(AnyQueue, Full, arguments):
    """An item that was not put is not kept alive."""
    queue = AnyQueue(1)
    queue.put(Item())

    def refused():
        item = Item()
        try:
            queue.put(item, **arguments)
        except (Full, ValueError):
            return weakref.ref(item)

    assert forgotten(refused())


# Tasks


@any_queue
@requirement("QUEUE-31", hint="join looks first: with nothing unfinished it returns")
def test_join_with_nothing_unfinished_returns_at_once(AnyQueue):
    """join returns at once on a new queue and when each item put has been called done."""
    queue = AnyQueue()
    queue.join()
    queue.put(0)
    queue.get()
    queue.task_done()
    queue.join()


@any_queue
@requirement(
    "QUEUE-32", hint="join sleeps while unfinished tasks > 0; the size of the queue does not matter"
)
def test_join_waits_for_the_last_task_done(AnyQueue, crew):
    """join sleeps on when the items are got and some are done; the last task_done ends it."""
    queue = AnyQueue()
    queue.put(0)
    queue.put(1)
    joiner = crew.start(queue.join)
    crew.asleep(queue)
    drain(queue)
    queue.task_done()
    crew.asleep(queue)
    assert not joiner.done
    queue.task_done()
    joiner.result()


@requirement("QUEUE-33", hint="the last task_done notifies all who sleep in join")
def test_task_done_for_the_last_task_wakes_every_joiner(Queue, crew):
    """The last task_done wakes all the threads in join."""
    queue = Queue()
    queue.put("item")
    joiners = in_line(crew, queue, [queue.join] * 4)
    queue.task_done()
    assert [joiner.result() for joiner in joiners] == [None] * 4


@any_queue
@requirement(
    "QUEUE-34",
    hint="raise ValueError when unfinished tasks would fall below zero, and change nothing",
)
def test_task_done_too_often_raises_value_error(AnyQueue):
    """task_done beyond the number of items put raises ValueError and changes nothing."""
    queue = AnyQueue()
    queue.put(0)
    queue.task_done()
    for _ in range(2):
        with raises(ValueError):
            queue.task_done()
    queue.join()
    queue.put(0)
    assert used_up(queue) == ([0, 0], 1)


@requirement("QUEUE-35", hint="join keeps nothing: look at the count each time it is called")
def test_join_can_be_used_again(Queue, crew):
    """After join has returned, new items make the next join wait."""
    queue = Queue()
    for item in ("first", "second"):
        queue.put(item)
        joiner = crew.start(queue.join)
        crew.asleep(queue)
        queue.task_done()
        joiner.result()


# Shutdown


@any_queue
@requirement(
    "QUEUE-36", level="detail", since=(3, 13), hint="is_shutdown is a bool, False until shutdown"
)
def test_is_shutdown_tells_of_shutdown(AnyQueue):
    """is_shutdown is false until shutdown is called, which returns None, and true from then on."""
    queue = AnyQueue()
    assert queue.is_shutdown is False
    assert queue.shutdown() is None
    assert queue.is_shutdown is True


@requirement("QUEUE-37", since=(3, 13), hint="get raises ShutDown only if the queue is empty")
def test_get_after_shutdown_drains_the_queue_then_raises(Queue, ShutDown):
    """After shutdown get returns the items that are left, in order, and then raises ShutDown."""
    queue = Queue()
    queue.put("a")
    queue.put("b")
    queue.shutdown()
    assert [queue.get(), queue.get_nowait()] == ["a", "b"]
    with raises(ShutDown):
        queue.get()


@any_queue
@cases("arguments", [(), (False,), (True, 0), (True, AGES)])
@requirement(
    "QUEUE-38",
    since=(3, 13),
    hint="look at the shutdown flag before you raise Empty, and before you sleep",
)
def test_get_on_an_empty_queue_shut_down_raises_at_once(AnyQueue, ShutDown, arguments):
    """On an empty queue that has been shut down any get raises ShutDown, and none sleeps."""
    queue = AnyQueue()
    queue.shutdown()
    with raises(ShutDown):
        queue.get(*arguments)


@any_queue
@cases("maxsize", [0, 1, 2])
@cases("arguments", [(), (False,), (True, 0), (True, AGES)])
@requirement(
    "QUEUE-39", since=(3, 13), hint="put looks at the shutdown flag before it looks for room"
)
def test_put_after_shutdown_raises_shut_down(AnyQueue, ShutDown, maxsize, arguments):
    """After shutdown any put raises ShutDown, also if the queue is full, and adds nothing."""
    queue = AnyQueue(maxsize)
    queue.put(0)
    queue.shutdown()
    with raises(ShutDown):
        queue.put(1, *arguments)
    assert used_up(queue) == ([0], 1)


@any_queue
@cases("immediate", [False, True])
@either_way
@requirement(
    "QUEUE-40",
    since=(3, 13),
    hint="shutdown notifies all: getters and putters; each looks at the flag again when woken",
)
def test_shutdown_wakes_all_who_wait_to_get_or_put(AnyQueue, crew, ShutDown, way, immediate):
    """shutdown wakes every sleeping getter and putter, and each gets ShutDown."""
    queue, call = stuck(AnyQueue, way)
    shutdown = queue.shutdown
    tasks = in_line(crew, queue, [call, partial(call, timeout=AGES), call])
    shutdown(immediate)
    for task in tasks:
        with raises(ShutDown):
            task.result()
    crew.asleep(queue, 0)
    assert used_up(queue) == (([0], 1) if way == "put" and not immediate else ([], 0))


@any_queue
@requirement("QUEUE-41", since=(3, 13), hint="shutdown leaves the count of unfinished tasks alone")
def test_shutdown_leaves_joiners_to_the_unfinished_tasks(AnyQueue, crew):
    """A join sleeps on after shutdown until the items that are left have been called done."""
    queue = AnyQueue()
    shutdown = queue.shutdown
    queue.put(0)
    joiner = crew.start(queue.join)
    crew.asleep(queue)
    shutdown()
    crew.asleep(queue)
    assert queue.get() == 0
    queue.task_done()
    joiner.result()


@any_queue
@requirement("QUEUE-42", since=(3, 13), hint="immediate: take out all the items under the mutex")
def test_shutdown_immediate_drops_the_items(AnyQueue, ShutDown):
    """shutdown(immediate=True) empties the queue: the next get raises ShutDown."""
    queue = AnyQueue()
    queue.put(0)
    queue.put(1)
    queue.shutdown(immediate=True)
    assert queue.empty()
    with raises(ShutDown):
        queue.get()


@any_queue
@requirement(
    "QUEUE-43",
    since=(3, 13),
    hint="immediate: count each dropped item as done, and notify who sleeps in join",
)
def test_shutdown_immediate_counts_the_dropped_items_as_done(AnyQueue, crew):
    """With the items that shutdown(immediate=True) drops their tasks are done: join returns."""
    queue = AnyQueue()
    shutdown = queue.shutdown
    queue.put(0)
    queue.put(1)
    joiners = in_line(crew, queue, [queue.join] * 2)
    shutdown(immediate=True)
    assert [joiner.result() for joiner in joiners] == [None] * 2
    with raises(ValueError):
        queue.task_done()


@any_queue
@requirement(
    "QUEUE-44",
    since=(3, 13),
    hint="immediate: count down for dropped items only, not for those that were got",
)
def test_shutdown_immediate_does_not_count_what_was_got_as_done(AnyQueue, crew):
    """An item got before shutdown(immediate=True) stays unfinished until its task_done."""
    queue = AnyQueue()
    shutdown = queue.shutdown
    for n in range(3):
        queue.put(n)
    queue.get()
    joiner = crew.start(queue.join)
    crew.asleep(queue)
    shutdown(immediate=True)
    crew.asleep(queue)
    queue.task_done()
    joiner.result()


@requirement(
    "QUEUE-45",
    level="detail",
    since=(3, 13),
    hint="shutdown again does what it is asked: no early return",
)
def test_shutdown_may_be_called_again(Queue):
    """A second shutdown is no error; it drops the items if only the second is immediate."""
    queue = Queue()
    queue.put("item")
    queue.shutdown()
    queue.shutdown()
    assert queue.qsize() == 1
    queue.shutdown(True)
    queue.shutdown()
    assert used_up(queue) == ([], 0)


@any_queue
@requirement(
    "QUEUE-46",
    since=(3, 13),
    race=True,
    hint="put looks at the flag and adds in one step under the mutex",
)
def test_shutdown_in_the_middle_of_traffic_loses_nothing(AnyQueue, crew, ShutDown):
    """Of items on their way at shutdown those whose put returned are got, and no others."""
    queue = AnyQueue(2)
    shutdown = queue.shutdown
    sent, got = [], []

    def produce(producer):
        for n in count():
            queue.put((n, producer))
            sent.append((n, producer))

    def consume():
        while True:
            got.append(queue.get())

    tasks = [crew.start(produce, producer) for producer in range(3)]
    tasks += [crew.start(consume) for _ in range(3)]
    until(lambda: len(got) > 50)
    shutdown()
    for task in tasks:
        with raises(ShutDown):
            task.result()
    assert sorted(got) == sorted(sent)


@requirement(
    "QUEUE-47",
    since=(3, 13),
    beyond="the items die under the mutex: a __del__ that uses the queue never returns",
    hint="immediate: move the items out under the mutex and let them die after it",
)
def test_shutdown_immediate_lets_the_items_die_with_the_mutex_free(Queue, crew):
    """The __del__ of an item that shutdown(immediate=True) drops may use the queue."""
    queue = Queue()
    shutdown = queue.shutdown
    sizes, dropping = [], True

    class Last:
        def __del__(self):
            if dropping:  # who dies later, since nothing dropped it, would sleep for ever
                sizes.append(queue.qsize())
                queue.join()

    item = Last()
    ref = weakref.ref(item)
    queue.put(item)
    del item
    try:
        crew.start(shutdown, True).result()
        assert forgotten(ref)
    finally:
        dropping = False
    assert sizes == [0]


# Hooks: what a subclass may override


@requirement(
    "QUEUE-48",
    level="detail",
    hint="do everything to the items through _init, _qsize, _put and _get",
)
def test_hooks_may_keep_the_items_anywhere(Queue, crew, Empty, Full):
    """A subclass may override _init, _qsize, _put and _get, and keep its items where it likes."""

    class Shelf(Queue):
        def _init(self, maxsize):
            self.shelf = [maxsize]

        def _qsize(self):
            return len(self.shelf) - 1

        def _put(self, item):
            self.shelf.append(item)

        def _get(self):
            return self.shelf.pop()

    queue = Shelf(2)
    getter = crew.start(queue.get)
    crew.asleep(queue)
    queue.put("a")
    assert getter.result() == "a"
    queue.put("b")
    queue.put("c")
    with raises(Full):
        queue.put_nowait("d")
    assert queue.full()
    assert queue.shelf == [2, "b", "c"]
    assert drain(queue) == ["c", "b"]
    with raises(Empty):
        queue.get(timeout=BRIEF)


@any_queue
@requirement(
    "QUEUE-49", level="detail", hint="call self._put and self._get: look them up on the object"
)
def test_hooks_of_a_mixin_are_honoured(AnyQueue):
    """Hooks that come from a mixin placed before the queue in the bases are honoured."""

    class Noting:
        def _put(self, item):
            notes.append(("put", item))
            super()._put(item)

        def _get(self):
            item = super()._get()
            notes.append(("get", item))
            return item

    class NotingQueue(Noting, AnyQueue):
        pass

    notes = []
    queue = NotingQueue()
    queue.put(1)
    queue.get()
    assert notes == [("put", 1), ("get", 1)]


@requirement("QUEUE-50", level="detail", hint="ask self._qsize(), not len(self.queue)")
def test_hook_qsize_alone_decides_what_is_full_and_empty(Queue, Full):
    """A subclass that overrides _qsize alone decides what counts against maxsize."""

    class Weighing(Queue):
        def _qsize(self):
            return sum(self.queue)

    queue = Weighing(10)
    queue.put(8)
    queue.put(3)
    assert (queue.qsize(), queue.full()) == (11, True)
    with raises(Full):
        queue.put(1, timeout=0)
    assert [queue.get(), queue.get()] == [8, 3]


@requirement(
    "QUEUE-51", level="detail", hint="count a task for each put, whatever the size is afterwards"
)
def test_hook_put_that_drops_an_item_still_counts_a_task(Queue):
    """Each put that returns counts as a task, though _put may have dropped the item as known."""

    class Distinct(Queue):
        def _init(self, maxsize):
            self.queue = set()

        def _put(self, item):
            self.queue.add(item)

        def _get(self):
            return self.queue.pop()

    queue = Distinct()
    queue.put("same")
    queue.put("same")
    assert used_up(queue) == (["same"], 2)


@requirement("QUEUE-52", level="detail", hint="use append, popleft and len of what _init has made")
def test_hook_init_alone_may_bring_a_container_of_its_own(Queue):
    """A subclass may override _init alone and bring a container with append, popleft and len."""

    class Loud(deque):
        def append(self, item):
            super().append(item.upper())

        def popleft(self):
            return super().popleft() + "!"

    class LoudQueue(Queue):
        def _init(self, maxsize):
            self.queue = Loud()

    queue = LoudQueue()
    queue.put("a")
    assert queue.get() == "A!"


@requirement(
    "QUEUE-53",
    level="detail",
    hint="call _put before you count or notify; let its exception out with the mutex free",
)
def test_hook_put_that_raises_refuses_the_item(Queue, crew):
    """What _put raises comes out of put; nothing is added or counted, and the queue works on."""

    class Choosy(Queue):
        def _put(self, item):
            if item == "bad":
                raise ZeroDivisionError
            super()._put(item)

    queue = Choosy(1)
    with raises(ZeroDivisionError):
        queue.put("bad")
    queue.put("good")
    putter = crew.start(queue.put, "bad")
    crew.asleep(queue)
    assert queue.get() == "good"
    with raises(ZeroDivisionError):
        putter.result()
    queue.put("good")
    assert used_up(queue) == (["good"], 2)


@requirement(
    "QUEUE-54",
    level="detail",
    hint="call _get before you notify; if it raises wake the next getter",
)
def test_hook_get_that_raises_loses_nothing(Queue, crew):
    """What _get raises comes out of get; the item stays for the next, and the queue works on."""

    class Moody(Queue):
        moods = [ZeroDivisionError] * 2

        def _get(self):
            if self.moods:
                raise self.moods.pop()
            return super()._get()

    queue = Moody()
    getter = crew.start(queue.get)
    crew.asleep(queue)
    queue.put("item")
    with raises(ZeroDivisionError):
        getter.result()
    with raises(ZeroDivisionError):
        queue.get_nowait()
    assert used_up(queue) == (["item"], 1)


@any_queue
@requirement("QUEUE-55", level="detail", hint="call the hooks with mutex held")
def test_hooks_run_with_the_mutex_held(AnyQueue):
    """_put, _get and _qsize run while mutex is held, so none runs at the same time as another."""

    class Watched(AnyQueue):
        def _qsize(self):
            held.append(self.mutex.locked())
            return super()._qsize()

        def _put(self, item):
            held.append(self.mutex.locked())
            super()._put(item)

        def _get(self):
            held.append(self.mutex.locked())
            return super()._get()

    held = []
    queue = Watched(2)
    queue.put(1)
    queue.get()
    for ask in (queue.qsize, queue.empty, queue.full):
        ask()
    assert set(held) == {True}


# What lies open: the mutex, its conditions, the items


@any_queue
@either_way
@requirement("QUEUE-56", level="detail", hint="mutex is the lock that put and get take")
def test_mutex_held_keeps_put_and_get_out(AnyQueue, crew, way):
    """While a thread holds mutex, no other gets anything into the queue or out of it."""
    queue = AnyQueue()
    queue.put(0)
    done = Event()

    def use():
        queue.put(1) if way == "put" else queue.get()
        done.set()

    with queue.mutex:
        task = crew.start(use)
        assert not done.wait(BRIEF)
        assert len(queue.queue) == 1
    task.result()
    assert queue.qsize() == (2 if way == "put" else 0)


@any_queue
@cases(
    ("name", "change"),
    [("not_empty", "put"), ("not_full", "get"), ("all_tasks_done", "task_done")],
)
@requirement(
    "QUEUE-57",
    level="detail",
    hint="the three are conditions over mutex, and get, put and join sleep in them",
)
def test_conditions_are_notified_by_put_get_and_task_done(AnyQueue, crew, name, change):
    """not_empty, not_full and all_tasks_done are conditions that put, get, task_done notify."""
    queue = AnyQueue()
    queue.put(0)
    condition = getattr(queue, name)

    def wait():
        with condition:
            assert queue.mutex.locked()
            return condition.wait(LIMIT)

    waiter = crew.start(wait)
    crew.asleep(queue)
    getattr(queue, change)(*([1] if change == "put" else []))
    assert waiter.result() is True


@any_queue
@requirement(
    "QUEUE-58",
    level="detail",
    hint="keep no count of your own beside the queue and unfinished_tasks",
)
def test_queue_cleared_under_the_mutex_is_empty(AnyQueue, crew):
    """Under mutex the items may be cleared, the tasks set to none, and the joiners be notified."""
    queue = AnyQueue()
    queue.put(0)
    queue.put(1)
    joiner = crew.start(queue.join)
    crew.asleep(queue)
    with queue.mutex:
        queue.queue.clear()
        queue.unfinished_tasks = 0
        queue.all_tasks_done.notify_all()
    joiner.result()
    queue.put(2)
    assert used_up(queue) == ([2], 1)


@any_queue
@requirement(
    "QUEUE-59", level="detail", hint="read self.queue each time: keep no method of the container"
)
def test_queue_replaced_under_the_mutex_is_used(AnyQueue):
    """Under mutex another container of the same kind may take the place of `queue`."""
    queue = AnyQueue(3)
    queue.put(9)
    with queue.mutex:
        queue.queue = type(queue.queue)([1])
    queue.put(1)
    assert queue.qsize() == 2
    assert drain(queue) == [1, 1]


@requirement("QUEUE-60", level="detail", hint="a woken getter looks at the queue itself")
def test_item_added_under_the_mutex_wakes_a_getter_that_is_notified(Queue, crew):
    """Under mutex an item may be put in front; not_empty.notify() then wakes a sleeping getter."""
    queue = Queue()
    getter = crew.start(queue.get)
    crew.asleep(queue)
    with queue.mutex:
        queue.queue.appendleft("urgent")
        queue.not_empty.notify()
    assert getter.result() == "urgent"


@requirement("QUEUE-61", level="detail", hint="a woken putter reads self.maxsize again")
def test_maxsize_raised_under_the_mutex_lets_a_putter_in_that_is_notified(Queue, crew):
    """Under mutex the limit may be raised; not_full.notify() then wakes a sleeping putter."""
    queue, call = stuck(Queue, "put")
    putter = crew.start(call)
    crew.asleep(queue)
    with queue.mutex:
        queue.maxsize = 2
        queue.not_full.notify()
    putter.result()
    assert drain(queue) == [0, 1]


@any_queue
@requirement("QUEUE-62", level="detail", hint="unfinished_tasks is a plain number")
def test_unfinished_tasks_is_the_number_of_puts_without_a_task_done(AnyQueue):
    """unfinished_tasks goes up by one with each put and down by one with each task_done."""
    queue = AnyQueue()
    counts = [queue.unfinished_tasks]
    for step in (partial(queue.put, 1), partial(queue.put, 2), queue.get, queue.task_done):
        step()
        counts.append(queue.unfinished_tasks)
    assert counts == [0, 1, 2, 2, 1]


@requirement("QUEUE-63", level="detail", hint="the stdlib's texts, word for word: see queue.py")
def test_errors_are_in_the_stdlibs_words(Queue):
    """The errors of a time-out below zero and of task_done called too often have known texts."""
    queue = Queue(1)
    for call in (partial(queue.get, timeout=-1), partial(queue.put, "item", timeout=-1)):
        with raises(ValueError, match=r"^'timeout' must be a non-negative number$"):
            call()
    with raises(ValueError, match=r"^task_done\(\) called too many times$"):
        queue.task_done()


# What kind of object it is


@requirement("QUEUE-64", level="detail", hint="from queue import Empty, Full")
def test_exceptions_are_the_queue_modules_own(Queue, Empty, Full, ShutDown):
    """Empty, Full and ShutDown are the classes of the stdlib's queue module where it has them."""
    assert Empty is stdlib_queue.Empty
    assert Full is stdlib_queue.Full
    assert ShutDown is getattr(stdlib_queue, "ShutDown", ShutDown)
    assert issubclass(ShutDown, Exception)


@any_queue
@requirement("QUEUE-65", hint="__class_getitem__ = classmethod(types.GenericAlias)")
def test_class_may_be_subscripted(AnyQueue):
    """Queue[int] names a type, makes queues, and may be subclassed; so may a subclass be named."""

    class Mine(AnyQueue):
        pass

    class Numbers(AnyQueue[int]):
        pass

    assert AnyQueue[int].__origin__ is AnyQueue
    assert AnyQueue[int].__args__ == (int,)
    assert Mine[int].__origin__ is Mine
    assert type(AnyQueue[int](3)) is AnyQueue
    assert issubclass(Numbers, AnyQueue)


@cases("used", [False, True])
@any_queue
@requirement(
    "QUEUE-66",
    level="detail",
    hint="keep no reference to the queue in what sleeps; no cycle through its conditions",
)
def test_queue_can_be_weakly_referred_to(AnyQueue, crew, used):
    """A queue can be the target of a weak reference and dies with its last user, used or not."""
    queue = AnyQueue(1)
    if used:
        getter = crew.start(queue.get)
        crew.asleep(queue)
        queue.put(0)
        getter.result()
        del getter
    ref = weakref.ref(queue)
    assert ref() is queue
    del queue
    until(lambda: forgotten(ref))


@any_queue
@cases("clone", [pickle.dumps, copy.deepcopy])
@requirement(
    "QUEUE-67", level="detail", hint="raise TypeError from __reduce__, or hold a lock that does"
)
def test_queue_cannot_be_pickled_or_copied_deeply(AnyQueue, clone):
    """Pickling a queue or copying it deeply is refused."""
    with raises((TypeError, pickle.PicklingError)):
        clone(AnyQueue())


@requirement(
    "QUEUE-68",
    beyond="they sleep until the mutex is free",
    hint="qsize, empty and full read without the mutex",
)
def test_qsize_empty_and_full_need_no_mutex(Queue, crew):
    """qsize, empty and full answer while another thread holds the mutex."""
    queue = Queue(1)
    with queue.mutex:
        look = crew.start(lambda: (queue.qsize(), queue.empty(), queue.full()))
        assert look.result() == (0, True, False)


# Signals and forks


@either_way
@needs_signals
@requirement("QUEUE-69", main_thread=True, hint="leave the line in a finally, and count nothing")
def test_interrupted_sleeper_leaves_no_trace(Queue, crew, way):
    """An exception from a signal handler ends a get or put that sleeps, and nothing is changed."""
    queue, call = stuck(Queue, way)

    def strike():
        crew.asleep(queue)
        interrupt()

    with interruptible() as interrupt:
        striking = crew.start(strike)
        with raises(Interrupted):
            call()
        striking.result()
    crew.asleep(queue, 0)
    assert used_up(queue) == used_up(stuck(Queue, way)[0])


@either_way
@needs_signals
@requirement(
    "QUEUE-70",
    main_thread=True,
    beyond="the one next in line sleeps on although there is an item, or room",
    hint="if you were woken and are leaving by an exception, wake the next",
)
def test_interrupted_when_woken_wakes_the_next(Queue, crew, way):
    """A getter or putter that is woken and interrupted at once leaves item or room to the next."""
    queue, call = stuck(Queue, way)
    wake = queue.get_nowait if way == "put" else partial(queue.put_nowait, 1)

    def wake_and_raise():
        wake()
        raise Interrupted

    def strike():
        crew.asleep(queue)
        behind = crew.start(call)
        crew.asleep(queue, 2)
        interrupt()
        return behind

    with interruptible(wake_and_raise) as interrupt:
        striking = crew.start(strike)
        with raises(Interrupted):
            call()
        behind = striking.result()
    assert behind.result() == (None if way == "put" else 1)
    assert used_up(queue) == (([1], 2) if way == "put" else ([], 1))


@either_way
@needs_signals
@requirement("QUEUE-71", level="detail", main_thread=True, hint="hold no mutex while you sleep")
def test_signal_handler_may_use_the_queue_its_thread_sleeps_in(Queue, crew, way):
    """A signal handler may put the item, or get it, that the thread it interrupts waits for."""
    queue, call = stuck(Queue, way)

    def strike():
        crew.asleep(queue)
        interrupt()

    handler = queue.get_nowait if way == "put" else partial(queue.put_nowait, 1)
    with interruptible(handler) as interrupt:
        striking = crew.start(strike)
        assert call() == (None if way == "put" else 1)
        striking.result()


@needs_fork
@requirement(
    "QUEUE-72",
    beyond="the child's copy stays locked for ever",
    hint="register with os.register_at_fork: free the mutex that a lost thread held",
)
def test_fork_while_another_thread_is_inside_leaves_the_child_a_queue_that_works(Queue, crew):
    """After a fork while another thread holds the mutex the child can put, get, join and look."""
    queue = Queue()
    queue.put(0)
    inside, leave = Event(), Event()

    def hold():
        with queue.mutex:
            inside.set()
            leave.wait(LIMIT)

    def use():
        queue.put(1)
        return sorted(drain(queue)), queue.task_done(), queue.task_done(), queue.join()

    holder = crew.start(hold)
    inside.wait(LIMIT)
    try:
        in_child(lambda: crew.start(use).result())
    finally:
        leave.set()
    holder.result()
    assert drain(queue) == [0]


@needs_fork
@requirement(
    "QUEUE-73",
    beyond="offers the item to a thread that only the parent has",
    hint="register with os.register_at_fork: forget the parent's sleepers in the child",
)
def test_fork_while_a_thread_sleeps_leaves_it_out_of_the_childs_queue(Queue, crew):
    """In the child of a fork only its own threads wait: one of the parent's takes no wake-up."""
    queue = Queue()
    sleeper = crew.start(queue.get)
    crew.asleep(queue)

    def child():
        before = sleepers(queue) or 0
        getter = crew.start(queue.get)
        crew.asleep(queue, before + 1)
        queue.put("child's")
        assert getter.result() == "child's"

    in_child(child)
    queue.put("parent's")
    assert sleeper.result() == "parent's"


@requirement("QUEUE-74", level="detail", hint="call _put before you wake anybody")
def test_hook_put_that_raises_takes_no_getter_out_of_the_line(Queue, crew):
    """A put whose _put raises wakes nobody, and nobody misses the items that come after it."""
    queue = choosy(Queue)
    getters = in_line(crew, queue, [queue.get] * 2)
    with raises(ValueError, match="choosy"):
        queue.put(None)
    crew.asleep(queue, 2)
    queue.put(1)
    queue.put(2)
    assert sorted(getter.result() for getter in getters) == [1, 2]


@needs_fork
@requirement(
    "QUEUE-75",
    level="detail",
    hint="in the child mutex stays as it is if the forking thread holds it",
)
def test_fork_while_this_thread_holds_the_mutex_leaves_the_child_to_let_go_of_it(Queue, crew):
    """A thread may fork inside a with mutex block: both processes leave it and use the queue."""
    queue = Queue()

    def use():
        queue.put(1)
        return queue.get()

    with queue.mutex:
        child = fork()
    if not child:
        end_child(lambda: crew.start(use).result())
    assert await_child(child) == 0
    assert use() == 1


@requirement(
    "QUEUE-76", level="detail", hint="look the hooks up at each call, not when the class is made"
)
def test_hooks_below_a_class_that_tells_its_base_nothing_are_honoured(Queue):
    """Hooks are honoured though a class between has its own __init_subclass__."""

    class Registered(Queue):
        def __init_subclass__(cls):
            pass

    class Loud(Registered):
        def _put(self, item):
            super()._put(item.upper())

    queue = Loud()
    queue.put("a")
    assert queue.get() == "A"


@requirement(
    "QUEUE-77",
    level="detail",
    hint="use self.mutex and the conditions, which may have been replaced at birth",
)
def test_mutex_replaced_by_a_re_entrant_one_guards_the_queue(Queue, Condition, RLock, crew):
    """A subclass may put another mutex, an RLock say, and conditions over it, in place at birth."""

    class Reentrant(Queue):
        def __init__(self):
            super().__init__()
            self.mutex = RLock()
            self.not_empty = Condition(self.mutex)
            self.not_full = Condition(self.mutex)
            self.all_tasks_done = Condition(self.mutex)

    queue = Reentrant()
    with queue.mutex:
        queue.put(1)
        other = crew.start(queue.get)
        crew.asleep(None, 1)
        assert queue.qsize() == 1
    assert other.result() == 1


@needs_fork
@requirement("QUEUE-78", level="detail", hint="reset a held mutex in the child, do not replace it")
def test_fork_leaves_the_child_the_mutex_and_the_conditions(Queue, RLock):
    """In a child a queue keeps its mutex, a replaced one too, and the conditions over it."""
    queue, other = Queue(), Queue()
    other.mutex = mutex = RLock()
    condition = queue.not_empty

    def child():
        assert other.mutex is mutex
        with condition:
            queue.not_empty.notify()

    in_child(child)


@requirement("QUEUE-79", level="detail", hint="self.maxsize = maxsize")
def test_maxsize_is_what_was_given(Queue):
    """maxsize shows the limit that the queue was made with, 0 if none was given."""
    assert [Queue().maxsize, Queue(3).maxsize, Queue(maxsize=3).maxsize] == [0, 3, 3]


@either_way
@requirement(
    "QUEUE-80",
    hint="notify(), not notify_all(): the others would wake, find nothing and sleep again",
)
def test_one_item_put_or_got_wakes_one_thread(Queue, crew, way):
    """One put wakes one of the threads that wait in not_empty, one get one of those in not_full."""
    queue, _ = stuck(Queue, way)
    condition = queue.not_full if way == "put" else queue.not_empty

    def wait():
        with condition:
            return condition.wait()

    tasks = in_line(crew, queue, [wait] * 3)
    for left in (2, 1, 0):
        queue.get() if way == "put" else queue.put(1)
        assert len(ended(tasks, 3 - left)) == 3 - left
        crew.asleep(queue, left)
        queue.put(0) if way == "put" else queue.get()
    assert [task.result() for task in tasks] == [True] * 3


@any_queue
@requirement(
    "QUEUE-81", level="order", hint="keep the sleepers in order of arrival and wake from the front"
)
def test_put_wakes_getters_in_order_of_arrival(AnyQueue, crew):
    """A put lets the getter go that has waited longest, with or without a time-out."""
    queue = AnyQueue()
    getters = in_line(
        crew, queue, [partial(queue.get, True, timeout) for timeout in (None, AGES, None, AGES)]
    )
    for n in range(4):
        queue.put(n)
        assert ended(getters, n + 1) == list(range(n + 1))
    assert [getter.result() for getter in getters] == [0, 1, 2, 3]


@any_queue
@requirement(
    "QUEUE-82", level="order", hint="keep the sleepers in order of arrival and wake from the front"
)
def test_get_wakes_putters_in_order_of_arrival(AnyQueue, crew):
    """A get lets the putter go that has waited longest, with or without a time-out."""
    queue = AnyQueue(1)
    queue.put(0)
    waits = (None, AGES, None, AGES)
    putters = in_line(
        crew, queue, [partial(queue.put, n, True, wait) for n, wait in enumerate(waits, 1)]
    )
    for n in range(4):
        assert queue.get() == n
        assert ended(putters, n + 1) == list(range(n + 1))
    assert drain(queue) == [4]


@requirement("QUEUE-83", level="order", hint="take nobody out of the line before _put has returned")
def test_hook_put_that_raises_leaves_the_first_getter_the_first(Queue, crew):
    """After a put whose _put raises the getter that came first is served first."""
    queue, served = choosy(Queue), []
    for n, name in enumerate(("first", "second"), 1):
        crew.start(lambda name=name: served.append((name, queue.get())))
        crew.asleep(queue, n)
    with raises(ValueError, match="choosy"):
        queue.put(None)
    queue.put(1)
    until(lambda: served)
    queue.put(2)
    until(lambda: len(served) == 2)
    assert served == [("first", 1), ("second", 2)]


@any_queue
@requirement(
    "QUEUE-84",
    race=True,
    hint="count the task before the item can be seen: a quick consumer is done with it at once",
)
def test_traffic_with_each_task_done_at_once_counts_every_task(AnyQueue, crew):
    """A task may be called done as soon as its item was got; join returns when all are."""
    queue = AnyQueue()
    traffic(crew, queue.put, queue.get, after=queue.task_done)
    crew.start(queue.join).result()
    assert used_up(queue) == ([], 0)


@any_queue
@either_way
@requirement(
    "QUEUE-85",
    hint="give the sleep the time that is left, not more; look at the clock when you wake",
)
def test_time_out_ends_in_time(AnyQueue, Empty, Full, way):
    """The time-outs of get and put end no later than a bare lock's beside them, but for 0.3 s."""
    _, call = stuck(AnyQueue, way)

    def expire():
        with raises(refusal(way, Empty, Full)):
            call(timeout=BRIEF)

    ends_in_time(expire, BRIEF)


@requirement(
    "QUEUE-86", level="detail", hint="set self.maxsize before you call self._init(maxsize)"
)
def test_hook_init_finds_maxsize(Queue):
    """When _init is called, maxsize is set."""
    found = []

    class Looking(Queue):
        def _init(self, maxsize):
            found.append((maxsize, getattr(self, "maxsize", None)))
            super()._init(maxsize)

    Looking(3)
    assert found == [(3, 3)]


@any_queue
@requirement(
    "QUEUE-87", level="detail", hint="notify all_tasks_done when no task is left, not before"
)
def test_task_done_wakes_nobody_while_tasks_are_left(AnyQueue, crew):
    """task_done wakes those who wait in all_tasks_done with the last task, and none before it."""
    queue = AnyQueue()
    queue.put(0)
    queue.put(1)

    def wait():
        with queue.all_tasks_done:
            return queue.all_tasks_done.wait()

    waiter = crew.start(wait)
    crew.asleep(queue)
    queue.task_done()
    crew.asleep(queue)
    assert not waiter.done
    queue.task_done()
    assert waiter.result() is True
