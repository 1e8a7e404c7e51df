"""What the iterator tools of Python 3.15 owe: each item to one thread, or every item to each.

An iterator that is asked by two threads at once is not bound to give each item once, and a
generator refuses. ``Slow`` stops in the middle, where a second thread would come in.
"""

from __future__ import annotations

import signal
import sys
import weakref
from _thread import allocate_lock, interrupt_main
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count, islice, repeat, starmap

from syncprims.conformance.queues import COUNTS_REFERENCES, forgotten
from syncprims.conformance.requirement import cases, needs, raises, requirement
from syncprims.conformance.signals import (
    Interrupted,
    ignore_late_signals,
    in_child,
    needs_fork,
    needs_signals,
)
from syncprims.conformance.timing import switching_often

NEW = (3, 15)
ITEMS = 10_000
THREADS = 4


class Slow:
    """Numbers, from 1; each ``next`` says that it has begun, and goes on when it is let."""

    def __init__(self):
        self.number = 0
        self.inside, self.going = allocate_lock(), allocate_lock()
        self.inside.acquire()
        self.going.acquire()

    def __iter__(self):
        return self

    def __next__(self):
        number = self.number
        self.inside.release()
        self.going.acquire()
        self.number = number + 1
        return self.number

    send = throw = lambda self, value: self.__next__()

    def close(self):
        self.__next__()


class Item:
    """Something that a weak reference can follow."""


def numbers(n=ITEMS):
    """A generator, which refuses to be asked by two threads at once."""
    number = 0
    while number < n:  # a loop in Python: here another thread may come in
        yield number
        number += 1


class Failing:
    """Numbers, from 1; ValueError in the place of the second."""

    def __init__(self):
        self.number = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.number += 1
        if self.number == 2:
            raise ValueError("not that one")
        return self.number


def shared_out(crew, iterator):
    """Have threads take all there is from one iterator; return what each has got."""
    with switching_often():
        tasks = [crew.start(list, iterator) for _ in range(THREADS)]
        return [task.result() for task in tasks]


# serialize_iterator: each item to one thread


@requirement("ITER-01", since=NEW, hint="__next__ is next(iterator), with the lock held")
def test_serialize_iterator_gives_the_items_in_order(serialize_iterator):
    """A serialized iterator gives the items of its iterable in order, and then StopIteration."""
    serialized = serialize_iterator("abc")
    assert [next(serialized), next(serialized), next(serialized)] == ["a", "b", "c"]
    with raises(StopIteration):
        next(serialized)


@requirement("ITER-02", since=NEW, race=True, hint="hold the lock around next(iterator)")
def test_serialize_iterator_gives_each_item_to_one_of_many_threads(serialize_iterator, crew):
    """Threads that share a serialized generator get each of its items exactly once."""
    got = shared_out(crew, serialize_iterator(numbers()))
    assert sorted(item for items in got for item in items) == list(range(ITEMS))


@requirement("ITER-03", since=NEW, race=True, hint="ask for one item at a time, none ahead")
def test_serialize_iterator_gives_each_thread_its_items_in_order(serialize_iterator, crew):
    """Each of the threads gets its items in the order in which they come."""
    got = shared_out(crew, serialize_iterator(numbers()))
    assert [sorted(items) for items in got] == got


@requirement("ITER-04", since=NEW, hint="let go of the lock when next(iterator) raises")
def test_serialize_iterator_passes_an_exception_on_and_goes_on(serialize_iterator, crew):
    """What the iterator raises reaches who asked, and another thread can ask on."""
    serialized = serialize_iterator(Failing())
    assert next(serialized) == 1
    with raises(ValueError, match="not that one"):
        next(serialized)
    assert crew.start(next, serialized).result() == 3


@requirement("ITER-05", since=NEW, hint="StopIteration is an exception like others")
def test_serialize_iterator_at_its_end_stops_every_thread(serialize_iterator, crew):
    """At its end every thread gets StopIteration, and gets it again later."""
    serialized = serialize_iterator([1])
    assert next(serialized) == 1
    ends = [crew.start(next, serialized, "end") for _ in range(THREADS)]
    assert [task.result() for task in ends] == ["end"] * THREADS
    assert next(serialized, "end") == "end"


@requirement("ITER-06", since=NEW, hint="__iter__ returns self")
def test_serialize_iterator_is_its_own_iterator(serialize_iterator):
    """iter() of a serialized iterator is the iterator itself."""
    serialized = serialize_iterator([1])
    assert iter(serialized) is serialized


@requirement("ITER-07", since=NEW, hint="ask for nothing in __init__, and for one item a time")
def test_serialize_iterator_asks_for_no_item_before_it_is_asked(serialize_iterator):
    """The iterator is asked for an item when one is wanted, not before."""
    source = count()
    serialized = serialize_iterator(source)
    assert next(source) == 0
    assert next(serialized) == 1
    assert next(source) == 2


@requirement("ITER-08", since=NEW, hint="call iter(iterable) in __init__")
def test_serialize_iterator_of_no_iterable_raises_type_error(serialize_iterator):
    """What is not iterable is refused with TypeError."""
    with raises(TypeError):
        serialize_iterator(1)


CALLS = {
    "next": next,
    "send": lambda serialized: serialized.send(None),
    "throw": lambda serialized: serialized.throw(ValueError),
    "close": lambda serialized: serialized.close(),
}


@cases("call", CALLS)
@requirement("ITER-09", since=NEW, hint="one lock for next, send, throw and close")
def test_serialize_iterator_lets_one_thread_in_at_a_time(serialize_iterator, crew, call):
    """While one thread is inside the iterator, others wait: next, send, throw and close."""
    slow = Slow()
    one_at_a_time(serialize_iterator(slow), slow, crew, call)


def one_at_a_time(serialized, slow, crew, call):
    """Check that a thread that makes a call waits while another takes an item."""
    first = crew.start(next, serialized)
    slow.inside.acquire()
    second = crew.start(call, serialized)
    crew.asleep(serialized, 2)
    assert not slow.inside.acquire(False)
    slow.going.release()
    assert first.result() == 1
    slow.inside.acquire()
    slow.going.release()
    second.result()
    assert slow.number == 2


def echo():
    """A generator that yields what it is sent."""
    value = None
    while True:
        try:
            value = yield value
        except ValueError as error:
            value = str(error)


@requirement("ITER-10", since=NEW, hint="send(value) is iterator.send(value), with the lock held")
def test_send_to_a_serialized_generator_returns_what_it_yields(serialize_iterator):
    """send gives the generator a value, and returns what it yields next."""
    serialized = serialize_iterator(echo())
    assert [next(serialized), serialized.send(1), serialized.send(2)] == [None, 1, 2]


@requirement("ITER-11", since=NEW, hint="throw(*args) is iterator.throw(*args)")
def test_throw_into_a_serialized_generator_returns_what_it_yields(serialize_iterator):
    """throw raises the exception in the generator, and returns what it yields next."""
    serialized = serialize_iterator(echo())
    next(serialized)
    assert serialized.throw(ValueError("caught")) == "caught"
    with raises(KeyError):
        serialized.throw(KeyError())


@requirement("ITER-12", since=NEW, hint="close() is iterator.close(), with the lock held")
def test_close_of_a_serialized_generator_ends_it(serialize_iterator):
    """close ends the generator, which gives no item from then on."""
    left = []

    def source():
        try:
            yield from range(3)
        finally:
            left.append(True)

    serialized = serialize_iterator(source())
    assert next(serialized) == 0
    serialized.close()
    assert left == [True]
    assert list(serialized) == []


@cases("call", {name: CALLS[name] for name in ("send", "throw", "close")})
@requirement("ITER-13", since=NEW, hint="ask the iterator for its method; add none of your own")
def test_method_that_the_iterator_lacks_raises_attribute_error(serialize_iterator, call):
    """send, throw and close raise AttributeError if the iterator has no such method."""
    serialized = serialize_iterator([1])
    with raises(AttributeError):
        call(serialized)
    assert next(serialized) == 1


@requirement("ITER-14", since=NEW, race=True, hint="hold the lock around iterator.send")
def test_send_from_many_threads_gets_each_value_in(serialize_iterator, crew):
    """Of the values that many threads send, a serialized generator gets each once."""
    got = []

    def source():
        while True:
            got.append((yield))

    serialized = serialize_iterator(source())
    next(serialized)
    with switching_often():
        tasks = [
            crew.start(lambda mine: [serialized.send((mine, n)) for n in range(300)], mine)
            for mine in range(THREADS)
        ]
        for task in tasks:
            task.result()
    assert sorted(got) == [(mine, n) for mine in range(THREADS) for n in range(300)]


@requirement("ITER-15", level="detail", since=NEW, hint="do not turn the end into another one")
def test_serialize_iterator_at_the_end_of_a_generator_passes_its_value_on(serialize_iterator):
    """What a generator returns is the value of the StopIteration that ends it."""

    def source():
        yield 1
        return "the end"

    def delegating():
        return (yield from serialize_iterator(source()))

    inner = delegating()
    assert next(inner) == 1
    with raises(StopIteration, match="the end"):
        next(inner)


@requirement("ITER-16", level="detail", since=NEW, hint="keep no field that holds the last item")
@needs(COUNTS_REFERENCES, "this Python frees objects later")
def test_serialize_iterator_keeps_no_item_alive(serialize_iterator):
    """An item that was handed over is not kept alive."""
    serialized = serialize_iterator(Item() for _ in range(2))
    item = next(serialized)
    ref = weakref.ref(item)
    del item
    assert forgotten(ref)


# synchronized_iterator: what makes them


@requirement("ITER-17", since=NEW, hint="serialize what the function returns")
def test_synchronized_iterator_lets_one_thread_in_at_a_time(synchronized_iterator, crew):
    """While one thread is inside what a decorated function has returned, another waits."""
    slow = Slow()
    one_at_a_time(synchronized_iterator(lambda: slow)(), slow, crew, next)


@requirement("ITER-18", since=NEW, hint="call the function each time, with all its arguments")
def test_synchronized_iterator_passes_arguments_and_begins_anew(synchronized_iterator):
    """Each call passes its arguments on, by position and by name, and gives another iterator."""

    def given(*args, **kwargs):
        yield args
        yield kwargs

    serialized = synchronized_iterator(given)
    assert list(serialized(1, 2, three=3)) == [(1, 2), {"three": 3}]
    assert list(serialized()) == [(), {}]


@requirement("ITER-19", since=NEW, hint="decorate with functools.wraps")
def test_synchronized_iterator_keeps_name_and_docstring(synchronized_iterator):
    """The decorated function has the name and the docstring of the one it stands for."""
    serialized = synchronized_iterator(numbers)
    assert (serialized.__name__, serialized.__doc__) == (numbers.__name__, numbers.__doc__)


@requirement("ITER-20", since=NEW, hint="serialize the result, whatever makes it")
def test_synchronized_iterator_takes_any_callable(synchronized_iterator):
    """A class that makes iterators will do as well: itertools.count."""
    assert list(islice(synchronized_iterator(count)(5, 2), 3)) == [5, 7, 9]


# concurrent_tee: every item to each


@requirement("ITER-21", since=NEW, hint="n=2 by default; a tuple")
def test_concurrent_tee_gives_every_item_to_each(concurrent_tee):
    """concurrent_tee returns two iterators, or `n`; each gives every item, in order."""
    assert [list(tee) for tee in concurrent_tee("abc")] == [["a", "b", "c"]] * 2
    assert [list(tee) for tee in concurrent_tee(numbers(5), n=3)] == [[0, 1, 2, 3, 4]] * 3


@cases("n", [0, 1])
@requirement("ITER-22", since=NEW, hint="a tuple of n")
def test_concurrent_tee_of_none_or_one_is_a_tuple(concurrent_tee, n):
    """For zero it returns an empty tuple, for one a tuple of one."""
    tees = concurrent_tee("ab", n)
    assert isinstance(tees, tuple)
    assert [list(tee) for tee in tees] == [["a", "b"]] * n


@requirement("ITER-23", since=NEW, hint="raise ValueError when n < 0, before anything else")
def test_concurrent_tee_of_less_than_none_raises_value_error(concurrent_tee):
    """A number below zero is refused with ValueError, and nothing is taken."""
    source = count()
    with raises(ValueError):
        concurrent_tee(source, -1)
    assert next(source) == 0


@requirement("ITER-24", since=NEW, race=True, hint="look a second time when you have the lock")
def test_concurrent_tee_taken_by_many_threads_gives_every_item_to_each(concurrent_tee, crew):
    """Threads that take from one tee each get every item, in order, and exactly once."""
    tees = concurrent_tee(numbers(2000), THREADS)
    with switching_often():
        tasks = [crew.start(list, tee) for tee in tees]
        assert [task.result() for task in tasks] == [list(range(2000))] * THREADS


@requirement("ITER-25", since=NEW, hint="take an item when the first tee comes to it")
def test_concurrent_tee_takes_no_item_before_it_is_asked(concurrent_tee):
    """The iterator is asked for an item when the first of the tees wants it, and once."""
    source = count()
    here, there = concurrent_tee(source)
    assert next(source) == 0
    assert [next(here), next(here)] == [1, 2]
    assert next(source) == 3
    assert [next(there), next(there), next(there)] == [1, 2, 4]


@requirement("ITER-26", since=NEW, hint="keep an item until the slowest tee has taken it")
def test_concurrent_tee_lets_each_go_at_its_own_speed(concurrent_tee):
    """However far apart the tees are, each gets every item."""
    tees = concurrent_tee(numbers(50), 5)
    for n, tee in enumerate(tees):
        assert list(islice(tee, n * 10)) == list(range(n * 10))
    assert [list(tee) for tee in tees] == [list(range(n * 10, 50)) for n in range(5)]


@requirement("ITER-27", since=NEW, hint="a tee of a tee stands where that stands, under one lock")
def test_concurrent_tee_of_a_tee_shares_what_is_left(concurrent_tee):
    """A tee of a tee gives what that tee has not given yet, and takes nothing away from it."""
    (first,) = concurrent_tee("abc", 1)
    assert next(first) == "a"
    tees = concurrent_tee(first, 2)
    assert [list(tee) for tee in tees] == [["b", "c"]] * 2
    assert list(first) == ["b", "c"]


@requirement("ITER-28", since=NEW, hint="change nothing when next(iterator) raises")
def test_concurrent_tee_passes_an_exception_to_who_asked_and_goes_on(concurrent_tee):
    """What the iterator raises reaches the tee that asked; all get what comes after it."""
    here, there = concurrent_tee(Failing())
    assert next(here) == 1
    with raises(ValueError, match="not that one"):
        next(here)
    assert [next(here), next(there), next(there)] == [3, 1, 3]


@requirement("ITER-29", since=NEW, hint="StopIteration is an exception like others")
def test_concurrent_tee_at_its_end_stops_each(concurrent_tee):
    """Each of the tees ends with StopIteration, and gives it again later."""
    for tee in concurrent_tee([1]):
        assert [next(tee), next(tee, "end"), next(tee, "end")] == [1, "end", "end"]


@requirement("ITER-30", since=NEW, hint="__iter__ returns self")
def test_concurrent_tee_gives_its_own_iterators(concurrent_tee):
    """iter() of a tee is the tee itself."""
    for tee in concurrent_tee([1]):
        assert iter(tee) is tee


@requirement("ITER-31", level="detail", since=NEW, hint="drop a link when the last tee has left it")
@needs(COUNTS_REFERENCES, "this Python frees objects later")
def test_concurrent_tee_keeps_an_item_alive_for_those_to_come_only(concurrent_tee):
    """An item is kept until the last tee has taken it, and not longer."""
    here, there = concurrent_tee(Item() for _ in range(2))
    ref = weakref.ref(next(here))
    assert not forgotten(ref)
    assert next(there) is not None
    assert forgotten(ref)


@requirement("ITER-32", level="detail", since=NEW, hint="the stdlib's text: see threading.py")
def test_concurrent_tee_of_less_than_none_says_what_it_wants(concurrent_tee):
    """The error for a number below zero has the stdlib's text."""
    with raises(ValueError, match="^n must be a non-negative integer$"):
        concurrent_tee([], -1)


@requirement("ITER-33", since=NEW, hint="one lock for all the tees of an iterator")
def test_concurrent_tee_lets_one_thread_in_at_a_time(concurrent_tee, crew):
    """While one tee's thread is inside the iterator, another's waits, and gets the same item."""
    slow = Slow()
    here, there = concurrent_tee(slow)
    first = crew.start(next, here)
    slow.inside.acquire()
    second = crew.start(next, there)
    crew.asleep(there, 2)
    assert not slow.inside.acquire(False)
    slow.going.release()
    assert [first.result(), second.result()] == [1, 1]
    assert slow.number == 1


# What strikes from outside

handlers_run_between_calls = needs(
    sys.implementation.name == "cpython", "here handlers run anywhere: just after an item is taken"
)

LOST = "an item that was taken as a signal struck is lost"


def striking(items):
    """Return an iterator over numbers, in C, that has a signal arrive with each."""
    arrive = partial(interrupt_main, signal.SIGUSR1)  # the handler runs once Python code goes on
    return zip(range(items), starmap(arrive, repeat(())), strict=False)


@contextmanager
def handler_that_raises():
    def strike(signum, frame):
        raise Interrupted

    signal.signal(signal.SIGUSR1, strike)
    try:
        yield
    finally:
        ignore_late_signals()


def taken_by(iterator):
    """Take all that an iterator gives, though signals strike; return it."""
    got = []
    while True:
        with suppress(Interrupted):
            for item, _ in iterator:
                got.append(item)
            return got


@needs_signals
@handlers_run_between_calls
@requirement("ITER-34", since=NEW, main_thread=True, beyond=LOST, hint="keep what you cannot give")
def test_serialize_iterator_struck_as_it_takes_an_item_gives_it_next(serialize_iterator):
    """An item that was taken as a handler's exception struck is the next one's."""
    with handler_that_raises():
        assert taken_by(serialize_iterator(striking(20))) == list(range(20))


@needs_signals
@handlers_run_between_calls
@requirement("ITER-35", since=NEW, main_thread=True, beyond=LOST, hint="link it before you let go")
def test_concurrent_tee_struck_as_it_takes_an_item_gives_it_to_each(concurrent_tee):
    """An item that was taken as a handler's exception struck is given to every tee."""
    here, there = concurrent_tee(striking(20))
    with handler_that_raises():
        assert taken_by(here) == list(range(20))
    assert [item for item, _ in there] == list(range(20))


@needs_fork
@requirement(
    "ITER-36",
    since=NEW,
    beyond="the child finds the lock held by a thread that it has not",
    hint="give the child a new lock",
)
@cases("tool", ["serialize_iterator", "concurrent_tee"])
def test_child_of_a_fork_takes_items_though_another_thread_was_inside(implementation, crew, tool):
    """A child forked while another thread is inside the iterator can take from it."""
    slow = Slow()
    made = implementation.get(tool)(slow)
    iterator = made if tool == "serialize_iterator" else made[0]
    inside = crew.start(next, iterator)
    slow.inside.acquire()

    def child():
        slow.going.release()
        assert crew.start(next, iterator).result() == 1

    in_child(child)
    slow.going.release()
    assert inside.result() == 1
