"""What a PriorityQueue owes besides what every Queue does: the least item first, and order kept.

``Fused`` items raise from a comparison counted beforehand, so that a test can make every single
comparison of an operation the one that fails.
"""

from __future__ import annotations

import random
from heapq import heapify
from itertools import count

from syncprims.conformance.queues import CARGO, Item, drain, in_line, traffic, unfinished
from syncprims.conformance.requirement import raises, requirement

VALUES = (5, 1, 4, 1, 3, 0, 2, 6, 3, 7)


class Blown(Exception):
    """What a comparison raises when the fuse blows."""


class Fuse:
    """Blows, if it is set, at the comparison after `left` others, and is then unset."""

    left = None

    def burn(self):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Blown


class Fused:
    """An item with a value by which it is ordered, and nothing but ``<`` to compare it with."""

    def __init__(self, value, fuse=None):
        self.value = value
        self.fuse = fuse or Fuse()

    def __lt__(self, other):
        self.fuse.burn()
        return self.value < other.value

    def __eq__(self, other):
        raise AssertionError("compared for equality")

    __le__ = __gt__ = __ge__ = __ne__ = __eq__
    __hash__ = object.__hash__


def filled(PriorityQueue, items):
    """Return a queue with these items."""
    queue = PriorityQueue()
    for item in items:
        queue.put(item)
    return queue


def values(items):
    """Return the items' values."""
    return [item.value for item in items]


@requirement("PRIO-01", hint="heappush and heappop, or a sorted list")
def test_get_returns_the_least_item(PriorityQueue):
    """get returns the items from the least to the greatest, in whatever order they were put."""
    for seed in range(20):
        numbers = list(range(30))
        random.Random(seed).shuffle(numbers)
        assert drain(filled(PriorityQueue, numbers)) == list(range(30))


@requirement("PRIO-02", hint="keep the heap right after each get: sift")
def test_get_between_puts_returns_the_least_of_those_left(PriorityQueue):
    """However puts and gets alternate, get returns the least item of those still there."""
    queue, model = PriorityQueue(), []
    choice = random.Random(1)
    for _ in range(500):
        if model and choice.random() < 0.5:
            assert queue.get_nowait() == min(model)
            model.remove(min(model))
        else:
            number = choice.randrange(50)
            queue.put(number)
            model.append(number)
    assert drain(queue) == sorted(model)


@requirement("PRIO-03", hint="equal items are items each: do not drop one")
def test_get_of_equal_items_returns_each(PriorityQueue):
    """Items that are equally great all come, each once, before any that is greater."""
    items = [Item(value) for value in (1, 0, 1, 0, 1)]
    out = drain(filled(PriorityQueue, items))
    assert values(out) == [0, 0, 1, 1, 1]
    assert {id(item) for item in out} == {id(item) for item in items}


@requirement("PRIO-04", hint="compare the items themselves, as they are")
def test_tuples_are_ordered_by_priority_then_number(PriorityQueue):
    """(priority, number, data) tuples come by priority and, where that is equal, by number."""
    items = [(n % 2, n, object()) for n in range(6)]
    out = drain(filled(PriorityQueue, items))
    assert out == [items[n] for n in (0, 2, 4, 1, 3, 5)]


@requirement("PRIO-05", level="detail", hint="use only <, as heapq and bisect do")
def test_order_is_asked_of_lt_alone(PriorityQueue):
    """Items need no comparison but ``<``; no other is asked for."""
    queue = filled(PriorityQueue, [Fused(value) for value in VALUES])
    assert values(drain(queue)) == sorted(VALUES)


@requirement("PRIO-06", hint="a putter that waited puts its item into the heap, not behind it")
def test_put_on_a_full_queue_comes_in_by_priority(PriorityQueue, crew):
    """An item whose put had to wait for room comes out where it belongs by its priority."""
    queue = PriorityQueue(2)
    queue.put(1)
    queue.put(5)
    (putter,) = in_line(crew, queue, [lambda: queue.put(3)])
    assert queue.get() == 1
    putter.result()
    assert drain(queue) == [3, 5]


@requirement("PRIO-07", race=True, hint="the same mutex for put and get as in Queue")
def test_traffic_at_rest_comes_in_order(PriorityQueue, crew):
    """What many producers have put is complete, and comes out from the least to the greatest."""
    queue = PriorityQueue()
    traffic(crew, queue.put, lambda: None)
    assert drain(queue) == CARGO


@requirement("PRIO-08", since=(3, 13), hint="shutdown leaves the items as they are")
def test_get_after_shutdown_returns_the_rest_least_first(PriorityQueue, ShutDown):
    """After shutdown the items that are left come least first, and then ShutDown."""
    queue = filled(PriorityQueue, [2, 0, 1])
    queue.shutdown()
    assert [queue.get() for _ in range(3)] == [0, 1, 2]
    with raises(ShutDown):
        queue.get()


@requirement("PRIO-09", level="detail", hint="let the TypeError out of put with the mutex free")
def test_items_that_cannot_be_compared_leave_the_queue_unlocked(PriorityQueue, crew):
    """Items that cannot be compared raise TypeError from put; the next get and put do not sleep."""
    queue = filled(PriorityQueue, [1])
    with raises(TypeError):
        queue.put("one")
    assert crew.start(queue.get).result() == 1
    crew.start(queue.put_nowait, "two").result()


@requirement(
    "PRIO-10",
    beyond="the refused item stays among the others, but counts as no task",
    hint="if a comparison raises take the item out again; count only after",
)
def test_put_whose_comparison_raises_changes_nothing(PriorityQueue):
    """Whichever comparison raises in put: the item is not put or counted, and the order is kept."""
    for comparisons in count():
        fuse = Fuse()
        queue = filled(PriorityQueue, [Fused(value, fuse) for value in VALUES if value])
        fuse.left = comparisons
        try:
            queue.put(Fused(0, fuse))
        except Blown:
            assert values(drain(queue)) == sorted(VALUES)[1:]
            assert unfinished(queue) == len(VALUES) - 1
        else:
            break
    assert comparisons > 2


@requirement(
    "PRIO-11",
    beyond="the least item is lost, and the others may come out of order",
    hint="if a comparison raises put the item back and mend the heap",
)
def test_get_whose_comparison_raises_changes_nothing(PriorityQueue):
    """Whichever comparison raises in get: no item is lost, and the order is kept."""
    for comparisons in count():
        fuse = Fuse()
        queue = filled(PriorityQueue, [Fused(value, fuse) for value in VALUES])
        fuse.left = comparisons
        try:
            queue.get()
        except Blown:
            assert values(drain(queue)) == sorted(VALUES)
        else:
            break


@requirement(
    "PRIO-12",
    beyond="the least item is lost, and the others may come out of order",
    hint="if a comparison raises put the item back and mend the heap",
)
def test_get_whose_comparison_raises_keeps_the_order_of_an_item_put_twice(PriorityQueue):
    """Whichever comparison raises in get, also an object put several times comes in order."""
    for seed in range(40):
        numbers = random.Random(seed).choices(range(1, 7), k=9)
        for comparisons in count():
            fuse = Fuse()
            pool = [Fused(value, fuse) for value in range(7)]
            queue = filled(PriorityQueue, [pool[number] for number in numbers])
            fuse.left = comparisons
            try:
                queue.get()
            except Blown:
                assert values(drain(queue)) == sorted(numbers)
            else:
                break


@requirement(
    "PRIO-13",
    beyond="the thread sleeps for ever on the mutex it holds",
    hint="qsize, empty and full read without the mutex",
)
def test_comparison_may_look_at_the_queue(PriorityQueue, crew):
    """An item's __lt__ may call qsize, empty and full of the queue it is in."""

    class Curious(Fused):
        def __lt__(self, other):
            looks.append((queue.qsize() > 0, queue.empty(), queue.full()))
            return super().__lt__(other)

    looks = []
    queue = PriorityQueue(10)

    def use():
        for value in (2, 1, 3):
            queue.put(Curious(value))
        return values(drain(queue))

    assert crew.start(use).result() == [1, 2, 3]
    assert set(looks) == {(True, False, False)}


@requirement("PRIO-14", level="detail", hint="look _put and _get up on the object")
def test_hooks_are_honoured(PriorityQueue):
    """A subclass may override _put and _get and call the original, to order by another key."""

    class Longest(PriorityQueue):
        def _put(self, item):
            super()._put((-len(item), item))

        def _get(self):
            return super()._get()[1]

    assert drain(filled(Longest, ["a", "ccc", "bb"])) == ["ccc", "bb", "a"]


@requirement("PRIO-15", level="detail", hint="the items are in the list self.queue, a heap")
def test_queue_is_a_list_kept_as_a_heap(PriorityQueue):
    """The items lie open in the list `queue`, a heap as heapq makes it."""
    queue = filled(PriorityQueue, [3, 1, 2])
    assert queue.queue[0] == 1
    assert sorted(queue.queue) == [1, 2, 3]
    with queue.mutex:
        queue.queue.remove(1)
        heapify(queue.queue)
    assert drain(queue) == [2, 3]


@requirement(
    "PRIO-16",
    level="detail",
    hint="compare in no for loop that takes StopIteration for its own end",
)
def test_comparison_that_stops_iteration_raises_it(PriorityQueue):
    """A StopIteration from a comparison comes out of put and get like any other exception."""

    class Item:
        def __lt__(self, other):
            compared.append(self)
            if stop:
                raise StopIteration
            return False

    queue, compared, stop = PriorityQueue(), [], False
    for _ in range(3):
        queue.put(Item())
    stop = True
    for call in (lambda: queue.put(Item()), queue.get):
        compared.clear()
        try:
            call()
        except StopIteration:
            assert compared
        else:
            assert not compared


@requirement("PRIO-17", level="detail", hint="look the hooks up in the order of the bases")
def test_hooks_of_the_queue_that_is_the_first_base_are_used(implementation):
    """A class with several queues among its bases has the hooks of the first that has them."""
    lifo, priority = implementation.get("LifoQueue"), implementation.get("PriorityQueue")
    queue = type("Both", (lifo, priority), {})()
    for item in (2, 3, 1):
        queue.put(item)
    assert [queue.get() for _ in range(3)] == [1, 3, 2]
