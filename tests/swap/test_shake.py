"""Shaking: what it decides, how much it sleeps, and that races show."""

import os
import queue
import sys
import threading

import pytest

from syncprims.conformance.delays import LIMIT
from syncprims.lock import now
from syncprims.swap import swap
from syncprims.swap.watch import Watch
from syncprims.swap.watch.lines import Lines
from syncprims.swap.watch.shake import FIRST, NEW, SPARE, Decisions

from . import races

LONGEST = 0.0128  # seconds

pytest_plugins = ["pytester"]


def decided(seed, places):
    decisions = Decisions("test", seed)
    return [decisions.seconds(place) for place in places]


def test_decisions_of_the_same_seed_are_the_same():
    """They hang on the seed and on the places, in the order in which the thread comes by."""
    places = [n % 7 for n in range(200)]
    assert decided("1 test main", places) == decided("1 test main", places)
    assert decided("1 test main", places) != decided("2 test main", places)
    assert decided("1 test main", places) != decided("1 test main.1", places)


def test_decisions_at_a_new_place_are_more_often_to_sleep():
    """Three times at each place the odds are four times as good."""
    new = sum(1 for n in range(1000) if decided(str(n), [0])[0])
    old = sum(1 for n in range(1000) if decided(str(n), [0] * (NEW + 1))[NEW])
    assert new > 2 * old > 0


def test_decisions_are_short_sleeps_and_rarely_long_ones():
    """From a tenth of a millisecond to thirteen; fewer than one in five is over three."""
    slept = sorted(each for n in range(2000) for each in decided(str(n), [0]) if each)
    assert (slept[0], slept[-1]) == (0.0001, LONGEST)
    assert 0 < len([each for each in slept if each > 0.003]) < len(slept) / 3


def test_shaken_threads_sleep_no_more_than_half_of_the_time():
    """However many operations there are, and a tenth of a second besides."""
    watch = Watch(shake=1)
    with swap(watch=watch, quiet=True):
        event = threading.Event()
        for _ in range(2000):
            event.set()
        shaker = watch.shaker
        assert shaker._slept <= SPARE + (now() - shaker._began) / 2 + LONGEST


def test_shaken_tests_together_sleep_no_more_than_two_thirds_of_the_time():
    """However many there are, so that a suite takes at most three times as long; and a second."""
    shaker = Watch(shake=1).shaker
    began = now()
    for n in range(20):
        shaker.begin(f"test {n}")
        for place in range(100):
            shaker.sleep(place)
    assert shaker._slept_in_all <= FIRST + (now() - began) * 2 / 3 + LONGEST


def test_shaken_race_shows_in_a_few_seeds():
    """A balance read and written apart: plainly never, shaken soon."""
    assert any(races.watched(races.balance_read_and_written_apart, seed) for seed in range(40))


def test_watched_locks_in_both_orders_are_told_though_nothing_hangs():
    """What shaking finds by luck, the watch tells at the first run."""
    assert races.watched(races.locks_in_both_orders)


def test_shaken_operations_still_do_what_they_do():
    """A lock excludes, a semaphore counts, a barrier meets, and a queue is first in, first out."""
    with swap(watch=Watch(shake=3), quiet=True):
        lock, count, met = threading.Lock(), [0], threading.Barrier(3)

        def adds():
            met.wait(LIMIT)
            for _ in range(20):
                with lock:
                    count[0] += 1

        races.together(adds, adds, adds)
        assert count == [60]
        assert not lock.locked()
        jobs = queue.Queue()
        jobs.put_nowait("job")
        assert jobs.get_nowait() == "job"
        with pytest.raises(RuntimeError):
            lock.release()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="lines are told of from Python 3.12 on")
def test_shaken_lines_are_those_below_the_folder(tmp_path):
    """Three times each; not other people's files, and not the kit's."""
    seen = []
    lines = Lines(seen.append, os.path.dirname(__file__))
    undo = lines.start()
    try:
        for _ in range(NEW + 2):
            races.locks_in_both_orders()
    finally:
        undo()
    files = {place[0].co_filename for place in seen}
    assert races.__file__ in files
    assert all(file.startswith(os.path.dirname(__file__)) for file in files)
    assert max(seen.count(place) for place in seen) == NEW


def test_shake_of_a_line_is_three_times_and_only_below_the_folder(tmp_path):
    """After that, and of other files, it asks to be told no more."""
    slept = []
    code = races.shows.__code__
    here = Lines(slept.append, os.path.dirname(races.__file__))
    assert [here.shake(code, 7) for _ in range(NEW + 1)] == [True] * NEW + [False]
    assert slept == [(code, 7)] * NEW
    assert not Lines(slept.append, str(tmp_path)).shake(code, 7)


def test_shaken_failure_tells_its_seed_and_how_to_go_on(pytester):
    """The header has the seed, and the failure the option to shake so again."""
    pytester.makepyfile(test_it="def test_it():\n    assert False")
    result = pytester.runpytest_subprocess("--syncprims-shake=7")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "syncprims: swapped in for all 14 primitives; shaken with --syncprims-shake=7",
            "shaken: --syncprims-shake=7 decides the same again",
            "  python -m syncprims explore test_it.py::test_it",
        ]
    )


def test_shake_without_a_seed_makes_one_and_tells_it(pytester):
    """The header says which, so that it can be given."""
    pytester.makepyfile(test_it="def test_it():\n    pass")
    result = pytester.runpytest_subprocess("test_it.py", "--syncprims-shake")
    result.assert_outcomes(passed=1)
    result.stdout.re_match_lines([r"syncprims: .*shaken with --syncprims-shake=\d+$"])
