"""A search: its strategies, that it never hangs, shows where it is, and does not grow."""

import gc
import io
import socket
import subprocess
import sys
import threading
import time

import pytest

from syncprims.explore import explore, search as search_module
from syncprims.lock import Lock
from syncprims.swap import swap

from .programs import PAIRS
from .together import together

GROWTH = """
import resource, threading
from syncprims.explore import explore, watch

class Box:
    n = 0

def scenario():
    class Mine(Box):
        pass
    lock, box = threading.Lock(), watch(Mine())
    def use():
        for _ in range(9):
            with lock:
                pass
        box.n += 1
    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

for executions in (1000, 5000):
    explore(scenario, strategy="{}", max_executions=executions)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.fixture
def impatient(monkeypatch):
    """A watchdog that waits for a moment only."""
    monkeypatch.setattr(search_module, "STUCK", 0.3)


@pytest.fixture
def waiting():
    """A list of what lets threads go that wait outside of the scheduler."""
    release = []
    yield release
    for let_go in release:
        let_go()
    for thread in threading.enumerate():
        if thread.name == "syncprims explorer":
            thread.join()


def test_explore_of_a_thread_that_waits_for_a_lock_made_outside_is_not_hung_on(impatient, waiting):
    """The verdict is "incomplete": "not controlled", who it is, and its stack."""
    lock = Lock()
    lock.acquire()
    waiting.append(lock.release)

    def scenario():
        together(int, lambda: lock.acquire())

    result = explore(scenario)
    assert result.verdict == "incomplete"
    assert result.claim.startswith("not controlled: thread 1 has taken no step")
    assert "lambda: lock.acquire()" in result.claim


def test_explore_of_a_thread_that_waits_for_a_socket_is_not_hung_on(impatient, waiting):
    """Nor on what the operating system holds."""
    ours, theirs = socket.socketpair()
    waiting.append(lambda: theirs.send(b"!"))
    with ours, theirs:
        result = explore(lambda: ours.recv(1))
        assert result.verdict == "incomplete"
        assert "ours.recv(1)" in result.claim
        waiting.pop()()


def test_explore_of_a_thread_that_sleeps_in_earnest_is_not_hung_on(impatient, waiting):
    """A sleep that was bound before is the real one."""

    def scenario(sleep=time.sleep):
        sleep(1)

    result = explore(scenario)
    assert result.claim.startswith("not controlled: main")
    assert result.seconds < 1


def test_explore_after_one_that_was_stuck_works(impatient, waiting):
    """What still waits outside does not get in the way."""
    lock = Lock()
    lock.acquire()
    waiting.append(lock.release)
    explore(lambda: lock.acquire())
    assert explore(PAIRS["ab_ba"][1], race_free=True).verdict == "proved"


def test_explore_that_was_stuck_leaves_no_thread_of_the_scenario_behind(impatient, waiting):
    """What threading lists is the explorer's own; the program's thread is not alive."""
    lock, kept = Lock(), []
    lock.acquire()
    waiting.append(lock.release)

    def scenario():
        kept.append(threading.current_thread())
        lock.acquire()

    explore(scenario)
    assert not set(kept) & set(threading.enumerate())
    assert not kept[0].is_alive()


def test_explore_that_was_stuck_deep_down_shows_the_line_of_the_scenario(impatient, waiting):
    """However many calls are between, the stack begins in the scenario."""
    lock = Lock()
    lock.acquire()
    waiting.append(lock.release)

    def deeper(depth):
        return deeper(depth - 1) if depth else lock.acquire()

    result = explore(lambda: deeper(20))
    assert "lambda: deeper(20)" in result.claim
    assert "scheduler.py" not in result.claim


class Terminal(io.StringIO):
    """A stderr that somebody looks at."""

    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_explore_shows_progress_on_a_terminal_only(stream, monkeypatch):
    """How many executions so far, on one line that is wiped in the end."""
    stderr = stream()
    monkeypatch.setattr(sys, "stderr", stderr)
    explore(PAIRS["one_turnstile"][1], strategy="random", max_executions=10**9, max_seconds=1.6)
    shown = stderr.getvalue()
    assert ("executions" in shown) == (stream is Terminal)
    assert shown.rstrip(" ") == shown or shown.endswith(" \r")
    assert "\n" not in shown


def test_explore_interrupted_wipes_its_progress(monkeypatch):
    """What is printed next begins on an empty line."""

    class Interrupting(Terminal):
        def write(self, text):
            super().write(text)
            if "executions" in text:
                raise KeyboardInterrupt

    stderr = Interrupting()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(search_module.Search, "seconds", lambda self: 2.0)
    with pytest.raises(KeyboardInterrupt):
        explore(PAIRS["one_turnstile"][1], strategy="random", max_executions=10**9)
    assert stderr.getvalue().endswith(" \r")


def test_explore_without_stderr_works(monkeypatch):
    """As under pythonw, or where it is closed."""
    monkeypatch.setattr(sys, "stderr", None)
    assert explore(int, race_free=True).verdict == "proved"


def test_explore_that_cannot_begin_leaves_the_garbage_collector_alone():
    """Another thread has swapped, say: RuntimeError, and everything is as before."""
    swapped, go_on = threading.Event(), threading.Event()

    def hold():
        with swap(quiet=True):
            swapped.set()
            go_on.wait()

    other = threading.Thread(target=hold)
    other.start()
    swapped.wait()
    before = gc.isenabled(), getattr(gc, "get_freeze_count", int)()
    try:
        with pytest.raises(RuntimeError):
            explore(int)
        assert (gc.isenabled(), getattr(gc, "get_freeze_count", int)()) == before
    finally:
        go_on.set()
        other.join()


@pytest.mark.parametrize("strategy", ["dpor", "dfs", "random"])
def test_explore_does_not_grow_with_the_number_of_executions(strategy):
    """Five times as many, the same memory within a tenth."""
    pytest.importorskip("resource")
    command = [sys.executable, "-c", GROWTH.format(strategy)]
    few, many = map(int, subprocess.check_output(command, text=True).split())
    assert many <= 1.1 * few


def test_dfs_tries_few_preemptions_first():
    """What needs one is found before anything with two is tried."""
    result = explore(PAIRS["lost_update"][0], strategy="dfs")
    without = explore(PAIRS["lost_update"][0], preemptions=0)
    assert without.verdict == "bounded"
    assert result.executions <= without.executions + 20


def test_pct_finds_what_needs_two_changes():
    """A few hundred schedules are enough for a bug of depth three."""
    for name in ("ab_ba", "lost_update", "if_around_wait"):
        result = explore(PAIRS[name][0], strategy="pct(1)", max_executions=500)
        assert result.failure.kind == PAIRS[name][2]


def test_spinning_thread_gives_way_to_those_who_change_something():
    """A loop that looks again and again has infinitely many schedules: cut, and said so."""

    def scenario():
        event = threading.Event()

        def spin():
            while not event.is_set():
                pass

        together(spin, event.set)

    result = explore(scenario, race_free=True)
    assert result.verdict == "bounded"
    assert "look 8 times at what has not changed" in result.claim
    assert result.executions < 100


def test_thread_that_is_alone_may_look_and_sleep_as_often_as_it_likes():
    """Nothing is cut where nobody else could run."""

    def scenario():
        lock = threading.Lock()
        for _ in range(20):
            lock.locked()
            time.sleep(1)

    assert explore(scenario, race_free=True).verdict == "proved"
