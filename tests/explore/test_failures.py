"""What a failure tells: what it is, who waits for what, each step, and how to see it again."""

import json
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from syncprims.explore import explore, explored, replay, watch

from .programs import PAIRS
from .together import State, together


def failure_of(scenario=None, **options):
    return explore(scenario, **options).failure


def test_failure_of_a_deadlock_says_who_waits_for_what_who_holds_it_and_where():
    """Each thread that stands, the lock by its name, its holder, and the line."""
    message = failure_of(PAIRS["ab_ba"][0]).message
    waits = r"thread 0 waits for b, which thread 1 holds, at programs\.py:\d+"
    assert re.search(waits, message)
    assert re.search(waits.translate(str.maketrans("01b", "10a")), message)
    assert re.search(r"main waits for thread 0 to end, at together\.py:\d+", message)


def test_failure_of_a_deadlock_names_a_holder_that_has_ended():
    """A lock that was never given back: who took it."""

    def scenario():
        lock = threading.Lock()
        taker = threading.Thread(target=lock.acquire, name="taker")
        taker.start()
        taker.join()
        lock.acquire()

    assert "main waits for lock, which taker took, at" in failure_of(scenario).message


def test_failure_of_a_thread_that_waits_for_itself_says_so():
    """A lock taken twice by the same thread."""

    def scenario():
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

    assert "main waits for lock, which it holds itself, at" in failure_of(scenario).message


def test_failure_of_an_exception_in_a_thread_has_the_exception():
    """The exception itself, its thread and its line."""

    def scenario():
        together(lambda: None, lambda: {}["missing"])

    failure = failure_of(scenario)
    assert failure.kind == "exception"
    assert isinstance(failure.error, KeyError)
    assert re.search(r"KeyError: 'missing' in thread 1, at test_failures\.py:\d+", failure.message)


def test_failure_of_an_assertion_shows_its_line():
    """An assertion without a message is told by its text."""
    assert "assert state.count == 2" in failure_of(PAIRS["lost_update"][0]).message


def test_failure_of_an_invariant_is_found_at_the_step_that_breaks_it():
    """What was given to watch(always=...) is asked after each step, not at the end only."""

    def scenario():
        state = State(n=0)

        def small():
            assert state.n < 2, "too many"

        watch(state, always=small)
        for n in (1, 2, 1):
            state.n = n

    failure = failure_of(scenario)
    assert failure.kind == "invariant"
    assert "too many" in failure.message
    assert failure.trace.splitlines()[-1].split("|")[1].split() == ["writes", "State.n"]


def test_failure_of_a_thread_that_nobody_wakes_is_a_lost_thread():
    """The scenario has returned, and a thread of its waits for ever."""
    failure = failure_of(PAIRS["forgotten_worker"][0])
    assert failure.kind == "lost thread"
    assert "worker waits in get of jobs (a Queue), at" in failure.message


def test_failure_of_a_pool_that_is_left_open_is_a_leak():
    """Its threads are alive at the end, though the interpreter would wake them."""
    pools = []

    def scenario():
        pools[:] = [ThreadPoolExecutor(1)]
        pools[0].submit(int).result()

    failure = failure_of(scenario)
    assert failure.kind == "leak"
    assert "ThreadPoolExecutor-0_0" in failure.message


def test_failure_of_two_that_wait_for_each_other_in_loops_is_a_livelock():
    """Step after step and no end: a failure, with a schedule that stays short and replays."""

    def scenario():
        state = State(turn=0)

        def wait(mine):
            while state.turn != mine:
                pass

        together(lambda: wait(1), lambda: wait(2))

    failure = failure_of(scenario)
    assert failure.kind == "livelock"
    assert "no end after 20,000 steps" in failure.message
    assert len(failure.schedule) < 100
    assert len(failure.trace) < 60_000
    assert replay(scenario, failure.schedule).failure.kind == "livelock"


def test_trace_has_a_column_for_each_thread_and_one_for_the_state():
    """Step, threads, state; each row has one step, in its thread's column."""
    head, *rows = failure_of(PAIRS["lost_update"][0]).trace.splitlines()
    names = [cell.strip() for cell in head.split("|")]
    assert names == ["step", "main", "thread 0", "thread 1", "state"]
    for number, row in enumerate(rows, 1):
        step, *threads, _ = row.split("|")
        assert int(step) == number
        assert sum(bool(cell.strip()) for cell in threads) == 1
    assert any("count = 1" in row and "programs.py:" in row for row in rows)


@pytest.mark.parametrize("strategy", ["dpor", "random"])
def test_trace_has_the_fewest_preemptions_whatever_the_strategy(strategy):
    """The counter that needs four is shown with four."""
    program = PAIRS["four_preemptions"][0]
    failure = failure_of(program, strategy=strategy, max_executions=20_000)
    with_fewest = failure_of(program, preemptions=4)
    assert failure.schedule == with_fewest.schedule


class Locked:
    """Its repr takes a lock."""

    def __init__(self):
        self.lock = threading.Lock()

    def __repr__(self):
        with self.lock:
            return "free"


class Long:
    """Its repr has two lines."""

    def __repr__(self):
        return "first\nsecond"


class Leaves:
    """Its repr wants to end the program."""

    def __repr__(self):
        sys.exit("no")


@pytest.mark.parametrize("kind", [Locked, Long, Leaves, lambda: Unspeakable()])
def test_trace_of_what_has_an_odd_repr_does_not_disturb_the_failure(kind):
    """The steps are shown one in a line, and the failure is the program's own."""

    def scenario():
        state = State(part=kind(), lock=None)
        state.lock = getattr(state.part, "lock", None)

        def use():
            if state.lock:
                state.lock.acquire()
            if state.part is not None:
                raise LookupError("lost")

        together(use)

    failure = failure_of(scenario)
    assert "LookupError: lost in thread 0" in failure.message
    _, *rows = failure.trace.splitlines()
    for number, row in enumerate(rows, 1):
        assert row.startswith(f"{number:4} | ")


def lost_update():
    PAIRS["lost_update"][0]()


@explored()
def explored_test():
    lost_update()


def fails_at_once():
    raise AssertionError


class Pair:
    """Two locks, for the class form."""

    def __init__(self):
        self.a, self.b = threading.Lock(), threading.Lock()

    def ab(self):
        with self.a, self.b:
            pass

    def ba(self):
        with self.b, self.a:
            pass

    def fails(self, program="lost_update", *, more=()):
        assert not more
        PAIRS[program][0]()


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({"scenario": lost_update}, {}),
        ({"scenario": lost_update}, {"timeouts": "idle"}),
        ({"setup": Pair, "threads": ["ab", "ba"], "check": Pair.ab}, {}),
        ({"setup": Pair, "threads": ["ab", "ba"]}, {"race_free": True, "timeouts": "idle"}),
        ({"scenario": explored_test}, {}),
        ({"scenario": fails_at_once}, {}),
        ({"scenario": Pair().fails}, {}),
        ({"scenario": partial(Pair().fails)}, {}),
        ({"scenario": partial(Pair.fails, Pair, "ab_ba", more=[])}, {}),
    ],
)
def test_failure_shows_the_very_call_that_replays_it(given, options):
    """It can be pasted: it comes to the same failure."""
    failure = failure_of(**given, **options)
    (call,) = re.findall(r"to see it again: (.*)", str(failure))
    assert call == failure.again
    again = eval(call, globals()).failure
    assert (again.kind, again.message) == (failure.kind, failure.message)


def test_failure_of_what_is_given_an_object_without_a_text_for_it_leaves_it_open():
    """The reader is to fill it in."""
    scenario = partial(Pair().fails, more=Unspeakable())
    assert failure_of(scenario).again.startswith("replay(partial(Pair().fails, more=...), ")


class Unspeakable:
    """Its repr raises."""

    def __len__(self):
        return 0

    def __repr__(self):
        return self.name


def test_result_as_json_has_all_of_the_failure():
    """verdict, claim, executions, and the failure's kind, message, schedule, trace and call."""
    result = explore(PAIRS["ab_ba"][0])
    document = json.loads(result.as_json())
    assert document["verdict"] == "failed"
    assert document["executions"] == result.executions
    failure = document["failure"]
    for name in ("kind", "message", "schedule", "trace", "again"):
        assert failure[name] == getattr(result.failure, name)


def test_result_as_json_tells_an_exception_that_cannot_be_copied_by_its_repr():
    """Whatever a program raises, there is a document."""

    class Unusual(Exception):
        def __init__(self, code, lock):
            super().__init__("unusual")
            self.lock = lock

    def scenario():
        raise Unusual(1, threading.Lock())

    document = json.loads(explore(scenario).as_json())
    assert document["failure"]["error"] == "Unusual('unusual')"


def test_failure_that_does_not_come_again_is_no_failure_but_nondeterminism():
    """A scenario that keeps something from one run to the next cannot be judged."""
    runs = []

    def scenario():
        runs.append(1)
        lock = threading.Lock()
        together(lock.acquire if len(runs) > 1 else lock.locked, lambda: lock.acquire(False))

    result = explore(scenario, race_free=True)
    assert result.verdict == "incomplete"
    assert result.failure.kind == "nondeterminism"
    assert "did not do what it did before" in result.claim
