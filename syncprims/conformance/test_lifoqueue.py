"""What a LifoQueue owes besides what every Queue does: the item put last comes first."""

from __future__ import annotations

import random

from syncprims.conformance.queues import CARGO, FALSE, Hostile, drain, in_line, traffic
from syncprims.conformance.requirement import raises, requirement


@requirement("LIFO-01", hint="append and pop at the same end")
def test_get_returns_the_item_put_last(LifoQueue):
    """get returns the items in the reverse of the order in which they were put."""
    queue = LifoQueue()
    for n in range(5):
        queue.put(n)
    assert [queue.get() for _ in range(5)] == [4, 3, 2, 1, 0]


@requirement("LIFO-02", hint="append and pop at the same end")
def test_get_between_puts_returns_the_last_of_those_left(LifoQueue):
    """However puts and gets alternate, get returns the item put last of those still there."""
    queue, model = LifoQueue(), []
    choice = random.Random(1)
    for n in range(300):
        if model and choice.random() < 0.5:
            assert queue.get_nowait() == model.pop()
        else:
            queue.put(n)
            model.append(n)
    assert drain(queue) == model[::-1]


@requirement("LIFO-03", hint="ask nothing of an item")
def test_get_returns_what_was_put_though_it_is_false(LifoQueue):
    """What is put comes out, None and what is false too: no value of an item means anything."""
    queue = LifoQueue()
    for item in FALSE:
        queue.put(item)
    assert [queue.get() for _ in FALSE] == FALSE[::-1]


@requirement("LIFO-09", level="detail", hint="keep the item itself; neither copy nor compare it")
def test_get_returns_the_very_object_that_was_put(LifoQueue):
    """The object that is put comes out itself, unlooked at, though it cannot be compared."""
    queue = LifoQueue()
    item = Hostile()
    queue.put(item)
    assert queue.get() is item


@requirement("LIFO-04", hint="a putter that waited puts its item when it is let in, not before")
def test_put_on_a_full_queue_comes_on_top_of_what_is_left(LifoQueue, crew):
    """An item whose put had to wait for room is the last put, and the next that is got."""
    queue = LifoQueue(2)
    queue.put("bottom")
    queue.put("top")
    (putter,) = in_line(crew, queue, [lambda: queue.put("late")])
    assert queue.get() == "top"
    putter.result()
    assert drain(queue) == ["late", "bottom"]


@requirement("LIFO-05", since=(3, 13), hint="shutdown leaves the items as they are")
def test_get_after_shutdown_returns_the_rest_last_first(LifoQueue, ShutDown):
    """After shutdown the items that are left come last first, and then ShutDown."""
    queue = LifoQueue()
    for n in range(3):
        queue.put(n)
    queue.shutdown()
    assert [queue.get() for _ in range(3)] == [2, 1, 0]
    with raises(ShutDown):
        queue.get()


@requirement("LIFO-06", race=True, hint="the same mutex for put and get as in Queue")
def test_traffic_at_rest_comes_out_reversed(LifoQueue, crew):
    """What many producers have put is complete, and each one's items come out last first."""
    queue = LifoQueue()
    traffic(crew, queue.put, lambda: None)
    items = drain(queue)
    assert sorted(items) == CARGO
    for producer in {producer for _, producer in items}:
        numbers = [n for n, origin in items if origin == producer]
        assert numbers == sorted(numbers, reverse=True)


@requirement("LIFO-07", level="detail", hint="look _put, _get and _init up on the object")
def test_hooks_are_honoured(LifoQueue):
    """A subclass may override _put, _get or _init and call the original."""

    class Tagged(LifoQueue):
        def _init(self, maxsize):
            super()._init(maxsize)
            self.queue.append("base")

        def _put(self, item):
            super()._put(item.upper())

        def _get(self):
            return super()._get() + "!"

    queue = Tagged()
    queue.put("a")
    queue.put("b")
    assert drain(queue) == ["B!", "A!", "base!"]


@requirement(
    "LIFO-08", level="detail", hint="the items are in the list self.queue, the next one last"
)
def test_queue_is_a_list_with_the_next_item_last(LifoQueue):
    """The items lie open in the list `queue`, the next one last."""
    queue = LifoQueue()
    queue.put("a")
    queue.put("b")
    assert queue.queue == ["a", "b"]
    with queue.mutex:
        queue.queue.insert(0, "bottom")
    assert drain(queue) == ["b", "a", "bottom"]
