"""The heap that keeps its items when a comparison raises, at whichever comparison that is."""

import heapq
import importlib.util
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from queue import Empty
from types import BuiltinFunctionType, SimpleNamespace

import pytest

from syncprims import PriorityQueue, priorityqueue

from .strikes import Strike, struck

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

SETTINGS = hypothesis.settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)


class Refused(Exception):
    """What a comparison raises."""


class Item:
    """Compares by value, as long as `left`, which all items share, has not run out.

    Then every comparison raises, or only the next one.
    """

    left = float("inf")
    once = False

    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        Item.left -= 1
        if Item.left < 0:
            if Item.once:
                Item.left = float("inf")
            raise Refused
        return self.value < other.value


@contextmanager
def allowed(comparisons, once=False):
    """Let so many comparisons be made, and refuse those after them, or only the next."""
    Item.left, Item.once = comparisons, once
    try:
        yield
    finally:
        Item.left, Item.once = float("inf"), False


def python_heapq():
    """Return a heapq without its C functions, as PyPy has it."""
    spec = importlib.util.find_spec("heapq")
    module = importlib.util.module_from_spec(spec)
    accelerator = sys.modules.pop("_heapq", None)
    sys.modules["_heapq"] = None
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["_heapq"]
        if accelerator is not None:
            sys.modules["_heapq"] = accelerator
    return module


@pytest.fixture(name="functions", params=["C", "Python", "copied"])
def any_functions(request, monkeypatch):
    """Heap functions that swap, in C, and those that hold an item in hand, in Python."""
    if request.param == "C" and not isinstance(heapq.heappush, BuiltinFunctionType):
        pytest.skip("this Python's heapq is not written in C")
    if request.param == "Python":
        module = python_heapq()
        monkeypatch.setattr(priorityqueue, "heappush", module.heappush)
        monkeypatch.setattr(priorityqueue, "heappop", module.heappop)
    monkeypatch.setattr(priorityqueue, "_SWAPS", request.param == "C")


def test_which_heap_functions_these_are_is_seen():
    """Functions in Python have code, and those in C swap."""
    assert isinstance(heapq.heappush, BuiltinFunctionType) == priorityqueue._SWAPS


def filled(items):
    """Return a queue that these items were put into."""
    queue = PriorityQueue()
    for item in items:
        queue.put(item)
    return queue


def identities(items):
    """Return which objects are among the items, and how often each."""
    return Counter(map(id, items))


def values_got(queue):
    """Get all items; return their values in the order in which they came."""
    return [queue.get_nowait().value for _ in range(queue.qsize())]


def refused_everywhere(operation, items):
    """Do an operation on the items with 0, 1, 2... comparisons allowed, then with all it needs.

    Whatever it is refused, the items are those of before, it works the next time, and in the end
    they come out in order. Return the queue and what came of the operation when nothing raised.
    """
    for comparisons in range(200):
        queue = filled(items)
        try:
            with allowed(comparisons):
                return queue, operation(queue)
        except Refused:
            assert identities(queue.queue) == identities(items), comparisons
            assert queue.unfinished_tasks == queue.qsize() == len(items)
            operation(queue)
            after = values_got(queue)
            assert after == sorted(after)
    raise AssertionError("no number of comparisons is enough")


VALUES = st.lists(st.integers(0, 6), max_size=20)


@SETTINGS
@hypothesis.given(VALUES, st.integers(-1, 7))
def test_put_refused_at_any_comparison_keeps_the_items(functions, values, value):
    """What put raises leaves the items as they were, and the next put and gets work."""
    items, item = [Item(value) for value in values], Item(value)
    queue, _ = refused_everywhere(lambda queue: queue.put(item), items)
    assert identities(queue.queue) == identities([item, *items])
    assert values_got(queue) == sorted([value, *values])


@SETTINGS
@hypothesis.given(VALUES.filter(bool))
def test_get_refused_at_any_comparison_keeps_the_items(functions, values):
    """What get raises leaves the items as they were, and the next gets come in order."""
    items = [Item(value) for value in values]
    queue, least = refused_everywhere(lambda queue: queue.get_nowait(), items)
    assert least.value == min(values)
    assert identities([least, *queue.queue]) == identities(items)
    assert [least.value, *values_got(queue)] == sorted(values)


@SETTINGS
@hypothesis.given(VALUES.filter(bool), st.data())
def test_refused_with_one_object_in_many_places_keeps_each(functions, values, data):
    """The same object put twice is two items, and stays two."""
    pool = [Item(value) for value in sorted(set(values))]
    items = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=20))
    extra = data.draw(st.sampled_from(pool))
    refused_everywhere(lambda queue: queue.put(extra), items)
    refused_everywhere(lambda queue: queue.get_nowait(), items)


@SETTINGS
@hypothesis.given(VALUES.filter(bool), st.booleans())
def test_refused_again_while_it_is_put_in_order_keeps_the_items(functions, values, once):
    """After a refusal the next hook puts the items in order: that may be refused as well."""
    items = [Item(value) for value in values]
    for comparisons in range(200):
        queue = filled(items)
        queue._is_heap = False
        with suppress(Refused), allowed(comparisons, once):
            queue.get_nowait()
            return
        assert identities(queue.queue) == identities(items)
        assert values_got(queue) == sorted(values)
    raise AssertionError("no number of comparisons is enough")


@SETTINGS
@hypothesis.given(
    st.lists(st.integers(0, 6) | st.none(), max_size=30), st.lists(st.integers(0, 3), max_size=60)
)
def test_traffic_that_is_refused_now_and_then_adds_up(functions, plan, refusals):
    """Whatever is refused in between, what was put and not got is there."""
    queue, there, limits = PriorityQueue(), [], iter(refusals)
    for value in plan:
        item = Item(value)
        with suppress(Refused, Empty), allowed(next(limits, float("inf")), once=True):
            if value is None:
                there.remove(queue.get_nowait())
            else:
                queue.put(item)
                there.append(item)
        assert identities(queue.queue) == identities(there)
    assert values_got(queue) == sorted(item.value for item in there)


def test_put_and_get_struck_before_they_began_change_nothing(functions, monkeypatch):
    """An exception that comes first leaves everything."""
    items = [Item(1), Item(2)]
    queue = filled(items)
    with monkeypatch.context() as patch:
        patch.setattr(priorityqueue, "heappush", struck)
        patch.setattr(priorityqueue, "heappop", struck)
        with pytest.raises(Strike):
            queue.put(Item(0))
        with pytest.raises(Strike):
            queue.get()
    assert queue.queue == items
    assert values_got(queue) == [1, 2]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_get_struck_when_it_is_done_puts_the_item_back(functions, monkeypatch, n):
    """An exception that comes last leaves the items of before."""
    heappop = priorityqueue.heappop

    def struck_when_done(heap):
        heappop(heap)
        raise Strike

    queue = filled(range(n))
    with monkeypatch.context() as patch:
        patch.setattr(priorityqueue, "heappop", struck_when_done)
        with pytest.raises(Strike):
            queue.get()
    assert [queue.get_nowait() for _ in range(n)] == list(range(n))
    assert queue.empty()


def test_put_struck_when_it_is_done_takes_the_item_out(functions, monkeypatch):
    """What put raises means that the item is not in."""
    heappush = priorityqueue.heappush

    def struck_when_done(heap, item):
        heappush(heap, item)
        raise Strike

    queue = filled([1, 2])
    with monkeypatch.context() as patch:
        patch.setattr(priorityqueue, "heappush", struck_when_done)
        with pytest.raises(Strike):
            queue.put(0)
    assert queue.unfinished_tasks == 2
    assert [queue.get_nowait(), queue.get_nowait()] == [1, 2]
    assert queue.empty()


class Stopping:
    """An item whose comparison raises StopIteration."""

    def __lt__(self, other):
        raise StopIteration


def test_comparison_that_stops_iteration_comes_out_of_put_and_get(functions):
    """It ends no loop of the kit."""
    queue = PriorityQueue()
    queue.queue = [Stopping(), Stopping(), Stopping()]
    before = queue.queue[:]
    with pytest.raises(StopIteration):
        queue.put(Stopping())
    with pytest.raises(StopIteration):
        queue.get()
    assert identities(queue.queue) == identities(before)


def test_put_back_compares_nothing():
    """Undoing a get cannot be refused."""
    first, second = Item(1), Item(2)
    queue = filled([first, second])
    with allowed(0):
        queue._put_back(Item(0))
    assert values_got(queue) == [0, 1, 2]


class Curious(Item):
    """An item that looks at the queue while it is compared."""

    queue = PriorityQueue()

    def __lt__(self, other):
        assert self.queue.qsize() == len(self.queue.queue)
        assert not self.queue.full()
        return super().__lt__(other)


def test_comparison_may_ask_the_queue_how_long_it_is(functions):
    """``qsize`` takes no lock, so a ``__lt__`` that calls it does not wait for its own thread."""
    Curious.queue = queue = PriorityQueue()
    for value in (3, 1, 2):
        queue.put(Curious(value))
    assert values_got(queue) == [1, 2, 3]


def test_put_after_a_failed_get_asks_only_what_it_must():
    """What cannot be compared stays the affair of those who get: an innocent put goes in."""
    queue = PriorityQueue()
    for item in ((1, {"a": 1}), (0, {}), (1, {"c": 1})):
        queue.put(item)
    with pytest.raises(TypeError):
        queue.get(False)
    queue.put((-5, "y"))
    assert queue.qsize() == 4
    assert queue.unfinished_tasks == 4


def test_get_struck_in_a_subclass_with_hooks_puts_back_by_its_hook(monkeypatch):
    """What _get unwraps goes back wrapped."""

    class Stable(PriorityQueue):
        count = 0

        def _put(self, item):
            self.count += 1
            super()._put((item[0], self.count, item))

        def _get(self):
            return super()._get()[2]

    queue = Stable(2)
    queue.put((2, "b"))
    queue.put((1, "a"))
    monkeypatch.setattr(queue, "_putters", SimpleNamespace(wake=struck))
    with pytest.raises(Strike):
        queue.get()
    monkeypatch.undo()
    assert [queue.get(), queue.get()] == [(1, "a"), (2, "b")]
