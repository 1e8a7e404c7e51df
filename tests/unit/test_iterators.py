"""What only the kit's iterator tools promise: a strike loses no item, a child of a fork goes on."""

import itertools

import pytest

from syncprims import concurrent_tee, serialize_iterator, synchronized_iterator

from .strikes import Strike, StruckMutex


def strike(iterator, nth=1, entering=False):
    """Have a signal strike as an iterator's mutex is left, or entered, for the `nth` time."""
    iterator._mutex = StruckMutex(iterator._mutex, nth, entering)


def test_next_struck_with_the_item_taken_gives_it_to_the_next():
    """What was taken as the mutex was let go of comes first, once."""
    numbers = serialize_iterator(itertools.count())
    strike(numbers)
    with pytest.raises(Strike):
        next(numbers)
    assert list(itertools.islice(numbers, 3)) == [0, 1, 2]


def test_next_struck_as_it_enters_has_taken_nothing():
    """Before the mutex is taken there is nothing to keep."""
    numbers = serialize_iterator(itertools.count())
    strike(numbers, entering=True)
    with pytest.raises(Strike):
        next(numbers)
    assert list(itertools.islice(numbers, 2)) == [0, 1]


def test_next_struck_with_what_was_kept_keeps_it_again():
    """An item may be struck more than once, and so may the one behind it."""
    numbers = serialize_iterator(itertools.count())
    for _ in range(3):
        strike(numbers)
        with pytest.raises(Strike):
            next(numbers)
    assert list(itertools.islice(numbers, 3)) == [0, 1, 2]


def test_next_struck_a_thousand_times_nests_nothing():
    """However often it is struck, the iterator is asked through one layer."""
    numbers = serialize_iterator(itertools.count())
    for _ in range(1000):
        strike(numbers)
        with pytest.raises(Strike):
            next(numbers)
        next(numbers)
        numbers._mutex = numbers._mutex._mutex
    assert next(numbers) == 1000
    assert type(numbers._source) is itertools.chain


def test_next_of_an_iterator_that_stops_while_something_is_kept_gives_it():
    """The last item may be struck too."""
    numbers = serialize_iterator([7])
    strike(numbers)
    with pytest.raises(Strike):
        next(numbers)
    assert list(numbers) == [7]


def test_tee_struck_with_the_item_taken_gives_it_to_each():
    """The link was filled before the mutex was let go of, and nobody has gone on."""
    here, there = concurrent_tee(itertools.count())
    strike(here)
    with pytest.raises(Strike):
        next(here)
    assert [next(here), next(here), next(there)] == [0, 1, 0]


def test_tee_that_another_was_faster_than_takes_what_that_has_left():
    """Between the first look and the mutex another thread may fill the link: there is a second."""
    here, there = concurrent_tee(itertools.count())

    class Meanwhile(StruckMutex):
        def __enter__(self):
            assert next(there) == 0
            return self._mutex.__enter__()

    here._mutex = Meanwhile(here._mutex, nth=-1)
    assert next(here) == 0
    assert next(there) == 1


def test_methods_of_a_generator_go_through():
    """send, throw and close are the generator's own; the tool's lock is free afterwards."""

    @synchronized_iterator
    def echo():
        value = None
        while True:
            try:
                value = yield value
            except KeyError:
                value = "caught"

    serialized = echo()
    assert [next(serialized), serialized.send(1), serialized.throw(KeyError())] == [
        None,
        1,
        "caught",
    ]
    serialized.close()
    assert list(serialized) == []
    assert not serialized._lock.locked()


def test_iterators_show_their_lock_under_the_stdlibs_names():
    """A tee calls it ``lock``, and all the tees of one iterator have the same."""
    here, there = concurrent_tee([])
    assert here.lock is there.lock
    assert concurrent_tee([], 0) == ()
    with pytest.raises(ValueError, match=r"^n must be a non-negative integer$"):
        concurrent_tee([], -1)
    assert list(concurrent_tee(here, 1)[0]) == []


@pytest.mark.parametrize("make", [serialize_iterator, lambda items: concurrent_tee(items, 1)[0]])
def test_child_of_a_fork_has_a_free_lock(make):
    """A lock that another thread held as the process forked is another one in the child."""
    iterator = make("ab")
    assert next(iter(iterator)) == "a"
    held = iterator.lock
    held.acquire()
    iterator._after_fork()
    assert iterator.lock is not held
    assert next(iterator) == "b"
