"""A verdict says what was shown and no more: what was left out, cut off or not seen is named."""

import _thread
import copy
import logging
import queue
import threading
import time
from functools import partial

import pytest

import syncprims
from syncprims.explore import explore, watch

from .programs import PAIRS
from .together import State, together


def two_take_a_lock():
    lock = threading.Lock()

    def use():
        with lock:
            pass

    together(use, use)


def poll():
    """Somebody looks again and again whether the other has come."""
    state = State(ready=False)

    def wait():
        while not state.ready:
            time.sleep(1)

    def come():
        state.ready = True

    together(wait, come)


def test_explore_without_watch_or_promise_is_bounded():
    """Plain data that nobody sees may race: the claim says so and what to do."""
    result = explore(two_take_a_lock)
    assert result.verdict == "bounded"
    assert "plain data is not watched" in result.claim
    assert "race_free=True" in result.claim


def test_explore_with_the_callers_promise_proves():
    """With race_free=True the same is proved."""
    assert explore(two_take_a_lock, race_free=True).verdict == "proved"


def test_explore_with_watched_data_proves():
    """With what is shared watched, no promise is needed."""
    result = explore(PAIRS["four_preemptions"][1])
    assert result.verdict == "proved"
    assert "watched attributes" in result.claim


@pytest.mark.parametrize(("timeouts", "when"), [("any", "at any time"), ("idle", "nobody can run")])
def test_claim_of_a_proof_names_granularity_and_time_model(timeouts, when):
    """Steps of what, and when time-outs fire."""
    claim = explore(two_take_a_lock, race_free=True, timeouts=timeouts).claim
    assert "steps of locks and threads" in claim
    assert when in claim


def test_explore_that_hits_a_limit_is_incomplete():
    """A limit of executions or seconds ends the search, is named, and is no pass."""
    result = explore(PAIRS["one_turnstile"][1], race_free=True, max_executions=3)
    assert (result.verdict, result.executions) == ("incomplete", 3)
    assert "limit of 3 executions" in result.claim
    result = explore(PAIRS["one_turnstile"][1], race_free=True, max_seconds=0)
    assert result.verdict == "incomplete"
    assert "limit of 0 s" in result.claim


def test_explore_with_bounded_preemptions_is_bounded_only_if_something_was_cut():
    """Where the bound leaves nothing out, all has been seen."""
    cut = explore(two_take_a_lock, race_free=True, preemptions=0)
    assert cut.verdict == "bounded"
    assert "no more than 0 preemptions" in cut.claim
    assert explore(lambda: together(int), race_free=True, preemptions=5).verdict == "proved"


@pytest.mark.parametrize("strategy", ["random", "random(7)", "pct", "pct(7)"])
def test_explore_at_random_is_bounded_and_takes_the_samples_it_was_asked_for(strategy):
    """However many schedules are sampled, nothing is proved."""
    result = explore(two_take_a_lock, race_free=True, strategy=strategy, max_executions=50)
    assert (result.verdict, result.executions) == ("bounded", 50)
    assert "at random" in result.claim


def test_explore_at_random_with_the_same_seed_takes_the_same_schedules():
    """A seed makes a search at random one that can be done again."""
    found = [
        explore(PAIRS["ab_ba"][0], strategy=f"random({seed})", race_free=True)
        for seed in (5, 5, 6, 7, 8)
    ]
    assert found[0].executions == found[1].executions
    assert len({each.executions for each in found}) > 1


def test_explore_that_caps_timeouts_is_bounded():
    """A thread that polls may do so for ever: after a few times the others come first."""
    result = explore(poll)
    assert result.verdict == "bounded"
    assert "3 time-outs" in result.claim


def test_explore_when_time_passes_only_if_nobody_can_run_caps_nothing():
    """The same thread sleeps once then, and that is a proof under this model of time."""
    assert explore(poll, timeouts="idle").verdict == "proved"


def test_explore_that_stops_a_busy_daemon_is_bounded():
    """A daemon that goes on for ever is cut off when the others have ended."""

    def scenario():
        state = State(n=0)

        def work():
            while True:
                state.n = 1

        threading.Thread(target=work, daemon=True).start()

    result = explore(scenario, strategy="dfs", preemptions=0)
    assert result.verdict == "bounded"
    assert "daemons may go on" in result.claim


@pytest.mark.parametrize("timeouts", ["any", "idle"])
def test_explore_holds_back_a_busy_daemon_and_is_bounded(timeouts):
    """A daemon that never stops has no end of orders: after so many steps the others come first."""

    def scenario():
        lock = threading.Lock()

        def work():
            while True:
                with lock:
                    pass

        threading.Thread(target=work, daemon=True).start()
        time.sleep(1)
        with lock:
            pass

    result = explore(scenario, race_free=True, timeouts=timeouts, max_executions=1000)
    assert result.verdict == "bounded"
    assert "a daemon may take" in result.claim


def test_explore_of_a_lock_released_by_a_thread_it_does_not_own_is_incomplete():
    """It could still come: that is no deadlock."""

    def scenario():
        lock = threading.Lock()
        lock.acquire()
        _thread.start_new_thread(lock.release, ())
        lock.acquire()

    result = explore(scenario, race_free=True)
    assert result.verdict in ("incomplete", "bounded")  # as soon as the other came in time
    assert "a thread that the scheduler does not own" in result.claim


def test_explore_of_a_lock_used_by_a_thread_made_before_is_bounded():
    """What it does to the lock is no step: nothing is proved."""
    handed = []
    go, done = _thread.allocate_lock(), _thread.allocate_lock()
    go.acquire()
    done.acquire()

    def stranger():
        go.acquire()
        with handed[0]:
            pass
        done.release()

    thread = threading.Thread(target=stranger)
    thread.start()

    def scenario():
        lock = threading.Lock()
        with lock:
            pass
        handed.append(lock)
        go.release()
        done.acquire()

    result = explore(scenario, race_free=True)
    thread.join()
    assert result.verdict == "bounded"
    assert "a thread that the scheduler does not own" in result.claim


LOCAL = threading.local()


def test_explore_of_what_keeps_something_in_a_thread_local_made_outside_fails_nobody():
    """OS threads are used again: what fails in used ones only is no failure of the scenario."""

    def scenario():
        lock = threading.Lock()

        def use():
            assert not hasattr(LOCAL, "used")
            LOCAL.used = True
            with lock:
                pass

        together(use, use)

    result = explore(scenario, race_free=True)
    assert result.verdict == "incomplete"
    assert result.failure.kind == "nondeterminism"


def test_explore_of_what_passes_the_first_time_only_fails_nobody():
    """What an earlier run left behind is not the scenario's: the verdict says so."""
    calls = []

    def scenario():
        calls.append(1)
        two_take_a_lock()
        assert len(calls) == 1

    result = explore(scenario, race_free=True)
    assert result.verdict == "incomplete"
    assert result.failure.kind == "nondeterminism"
    assert "did an earlier run leave something" in result.claim


JOBS = queue.Queue()
LOCKS = [threading.Lock(), threading.Lock()]


class Holder:
    """An object with a lock in a dict in an attribute."""

    shared = syncprims.Event()

    def __init__(self):
        self.locks = {"a": threading.RLock()}

    def use(self):
        """Be a scenario."""
        assert self.locks


def uses_the_queue(jobs=None):
    """Name the global."""
    return jobs or JOBS


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        (lambda: JOBS.empty(), "JOBS"),
        (lambda: [LOCKS for _ in range(2)], "LOCKS"),
        (lambda: uses_the_queue(), "JOBS"),
        (partial(uses_the_queue, jobs=syncprims.Queue()), "jobs"),
        (partial(repr, [syncprims.Semaphore()]), "scenario"),
        (Holder().use, "self.locks"),
        (lambda: Holder.shared.is_set(), "Holder.shared"),
        (lambda lock=LOCKS[0]: lock.locked(), "<lambda>"),
    ],
)
def test_explore_of_what_could_use_something_made_before_is_bounded(scenario, name):
    """Nothing is seen of a primitive made before the search, wherever it is found: it is named."""
    result = explore(scenario, race_free=True)
    assert result.verdict == "bounded"
    assert f"{name} was made outside" in result.claim


def test_explore_of_what_closes_over_a_lock_is_bounded():
    """A variable around the scenario counts too."""
    made_before = threading.Lock()
    result = explore(lambda: made_before.locked(), race_free=True)
    assert result.verdict == "bounded"
    assert "made_before was made outside" in result.claim


def test_explore_of_what_uses_the_standard_library_is_proved():
    """What the standard library has made for itself is not held against a scenario."""

    def scenario():
        logging.getLogger("nobody").debug("nothing")
        pytest.importorskip("json")
        assert copy.copy([1]) == [1]

    assert explore(scenario, race_free=True).verdict == "proved"


@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "fast"},
        {"strategy": "dpor(1)"},
        {"preemptions": -1},
        {"preemptions": 1, "strategy": "pct"},
        {"timeouts": "never"},
        {"setup": State, "threads": ["put"]},
        {"check": bool},
    ],
)
def test_explore_with_options_that_do_not_fit_raises(options):
    """ValueError, before anything runs."""
    with pytest.raises(ValueError, match=r"strategy|preemptions|timeouts|scenario"):
        explore(pytest.fail, **options)


def test_explore_without_a_scenario_raises():
    """There must be a function, or setup and threads."""
    with pytest.raises(ValueError, match="give a scenario"):
        explore(setup=State)


class Account:
    """A state with methods: the class form."""

    def __init__(self):
        self.money, self.lock = 0, threading.Lock()

    def careless(self):
        self.money += 1

    def careful(self):
        with self.lock:
            self.money += 1

    def is_right(self):
        return self.money == 2


def test_explore_class_form_watches_the_state_and_asks_the_check():
    """Two methods at the same time; the state's attributes are switch points by themselves."""
    result = explore(setup=Account, threads=["careful", "careful"], check=Account.is_right)
    assert result.verdict == "proved"
    result = explore(setup=Account, threads=["careless", "careful"], check=Account.is_right)
    assert result.failure.kind == "exception"
    assert "Account.is_right is false" in result.failure.message


def test_explore_class_form_declared_race_free_watches_nothing():
    """With race_free=True the race of the careless is not seen: it is the caller's word."""
    options = {"setup": Account, "threads": ["careless", "careless"], "check": Account.is_right}
    assert explore(**options, race_free=True).verdict == "proved"
    assert explore(**options).verdict == "failed"


def test_watch_outside_of_an_exploration_changes_nothing():
    """It returns its argument, of its own class."""
    account = Account()
    assert watch(account) is account
    assert type(account) is Account


def test_watch_of_a_list_says_what_to_do():
    """TypeError: what is written in C cannot be watched."""
    result = explore(lambda: watch([]))
    assert "make it an attribute" in result.failure.message


def test_explore_inside_of_an_exploration_raises():
    """There is one world at a time."""
    assert "inside of an exploration" in explore(lambda: explore(bool)).failure.message
