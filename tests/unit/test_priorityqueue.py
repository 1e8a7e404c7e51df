"""The heap that stays as it was when a comparison raises, at whichever comparison that is."""

import heapq
import importlib.util
import sys
from contextlib import suppress
from functools import partial
from types import BuiltinFunctionType

import pytest

from syncprims import PriorityQueue, priorityqueue

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

SETTINGS = hypothesis.settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)


def push(items, item):
    over(items)._put(item)


def pop(items):
    return over(items)._get()


def over(items):
    """Return a queue over a heap that is there already."""
    queue = PriorityQueue()
    queue.queue = items
    return queue


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


@pytest.fixture(autouse=True)
def unlimited():
    yield
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
    if request.param != "C":
        module = python_heapq() if request.param == "Python" else heapq
        for name in ("heappush", "heappop"):
            function = partial(getattr(module, name))  # not written in C, as far as it shows
            monkeypatch.setattr(priorityqueue, name, priorityqueue._restoring(function))


def refused_everywhere(function, items):
    """Call a function with 0, 1, 2... comparisons allowed; check what each refusal leaves."""
    for allowed in range(100):
        target = list(items)
        Item.left = allowed
        try:
            result = function(target)
        except Refused:
            assert [*map(id, target)] == [*map(id, items)], allowed
        else:
            return target, result
        finally:
            Item.left = float("inf")
    raise AssertionError("no number of comparisons is enough")


def is_heap(items):
    return all(not items[i].value < items[(i - 1) // 2].value for i in range(1, len(items)))


VALUES = st.lists(st.integers(0, 6), max_size=20)


@SETTINGS
@hypothesis.given(VALUES, st.integers(-1, 7))
def test_push_refused_at_any_comparison_leaves_the_list_as_it_was(functions, values, value):
    items = [Item(value) for value in values]
    heapq.heapify(items)
    item = Item(value)
    result, _ = refused_everywhere(lambda target: push(target, item), items)
    assert is_heap(result)
    assert {*map(id, result)} == {id(item), *map(id, items)}


@SETTINGS
@hypothesis.given(VALUES.filter(bool))
def test_pop_refused_at_any_comparison_leaves_the_list_as_it_was(functions, values):
    items = [Item(value) for value in values]
    heapq.heapify(items)
    result, least = refused_everywhere(pop, items)
    assert least is items[0]
    assert is_heap(result)
    assert {*map(id, result)} == {*map(id, items[1:])}


@SETTINGS
@hypothesis.given(VALUES.filter(bool), st.data())
def test_refused_once_with_one_object_in_many_places_leaves_a_heap(functions, values, data):
    """Which of its places the object came to is found by comparing: it may raise but once."""
    pool = [Item(value) for value in sorted(set(values))]
    items = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=20))
    heapq.heapify(items)
    extra = data.draw(st.sampled_from(pool))
    Item.once = True
    for function in (pop, lambda target: push(target, extra)):
        for allowed in range(100):
            target = list(items)
            Item.left = allowed
            with suppress(Refused):
                function(target)
                break
            assert sorted(map(id, target)) == sorted(map(id, items))
            assert is_heap(target)
    Item.left = float("inf")


@SETTINGS
@hypothesis.given(VALUES.filter(bool), st.data())
def test_refused_for_good_with_one_object_in_many_places_loses_none(functions, values, data):
    pool = [Item(value) for value in sorted(set(values))]
    items = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=20))
    heapq.heapify(items)
    for allowed in range(100):
        target = list(items)
        Item.left = allowed
        with suppress(Refused):
            pop(target)
            break
        assert sorted(map(id, target)) == sorted(map(id, items))
    Item.left = float("inf")


def test_push_and_pop_struck_before_they_began_change_nothing(functions, monkeypatch):
    def struck(*args):
        raise Refused

    monkeypatch.setattr(priorityqueue, "heappush", struck)
    monkeypatch.setattr(priorityqueue, "heappop", struck)
    items = [Item(1), Item(2)]
    target = list(items)
    with pytest.raises(Refused):
        push(target, Item(0))
    with pytest.raises(Refused):
        pop(target)
    assert target == items


class Stopping:
    """An item whose comparison raises StopIteration."""

    def __lt__(self, other):
        raise StopIteration


def test_comparison_that_stops_iteration_comes_out_of_push_and_pop():
    items = [Stopping(), Stopping(), Stopping()]
    before = items[:]
    with pytest.raises(StopIteration):
        push(items, Stopping())
    with pytest.raises(StopIteration):
        pop(items)
    assert items == before


@pytest.mark.parametrize("n", [1, 2, 5])
def test_pop_struck_when_it_is_done_puts_the_item_back(monkeypatch, n):
    def struck(items):
        heapq.heappop(items)
        raise Refused

    items = list(range(n))
    monkeypatch.setattr(priorityqueue, "heappop", struck)
    with pytest.raises(Refused):
        pop(items)
    assert items == list(range(n))


def test_push_struck_when_it_is_done_takes_the_item_out(monkeypatch):
    def struck(items, item):
        heapq.heappush(items, item)
        raise Refused

    items = [1, 2]
    monkeypatch.setattr(priorityqueue, "heappush", struck)
    with pytest.raises(Refused):
        push(items, 0)
    assert items == [1, 2]
