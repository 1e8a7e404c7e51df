"""The watch: who waits for whom, whether that can end, and what it is called."""

import _thread
import concurrent.futures
import contextlib
import copy
import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import syncprims
from syncprims import waitqueue
from syncprims.conformance.crew import until
from syncprims.conformance.delays import BRIEF, LIMIT, SCALE
from syncprims.lock import Lock as Inner, now
from syncprims.swap import original, swap
from syncprims.swap.watch import Hung, Watch, names, order
from syncprims.swap.watch.asleep import Note, asleep
from syncprims.swap.watch.threads import Place, known
from syncprims.swap.watch.waits import Waits

HANG = 0.1 * SCALE  # seconds

pytestmark = pytest.mark.filterwarnings("ignore:swap.. while other threads run")


@pytest.fixture(name="said")
def what_is_said():
    return []


@pytest.fixture(autouse=True)
def watching(said):
    """Watch this test: what is found is in `said`, what hangs raises Hung."""
    watch = Watch(hang=HANG, tell=said.append)
    with swap(watch=watch, quiet=True):
        yield watch


class Pool:
    """Two locks under names of their own."""

    def __init__(self):
        self.lock = threading.Lock()
        self.idle = threading.Lock()


def started(function, *args, name="worker"):
    thread = threading.Thread(target=function, args=args, name=name, daemon=True)
    thread.start()
    return thread


def apart(*calls):
    """Run calls in threads of their own that do not meet, though nothing keeps them from it."""
    threads = []
    for function, *args in calls:
        threads.append(started(function, *args, name=function.__name__))
        until(lambda: not threads[-1].is_alive())
    for thread in threads:  # not before: a join puts them in order
        thread.join()


def hung(function, *args):
    """Return what is told as a function hangs."""
    with pytest.raises(Hung) as caught:
        function(*args)
    return str(caught.value)


def crossed(pool, kind="with"):
    """Take a pool's locks in both orders, in two threads, each its first before the other's."""
    met = threading.Barrier(2)

    def idle_first():
        with pool.idle:
            met.wait()
            with pool.lock:
                pass

    worker = started(idle_first)
    with pool.lock:
        met.wait()
        try:
            with pool.idle:
                pass
        finally:
            pool.lock.release()
            worker.join()
            pool.lock.acquire()


# A cycle


def test_deadlock_of_two_locks_is_told_with_names_holders_and_lines():
    """Both waits in one sentence: what each waits for by its name, who took it, on which line."""
    text = " ".join(hung(crossed, Pool()).split())
    place = r"\S*test_watch\.py:\d+"
    said = rf"deadlock: main waits for Pool\.idle, which worker took at {place}; "
    assert re.match(rf"{said}worker waits for Pool\.lock, which main took at {place}", text)


def test_deadlock_found_only_as_main_is_hung_is_a_deadlock_all_the_same(monkeypatch):
    """If the others have not slept for long, the cycle is what is told."""
    cycle = Waits.cycle
    monkeypatch.setattr(Waits, "cycle", lambda *a: [] if a[2] else cycle(*a))
    assert hung(crossed, Pool()).startswith("deadlock: main waits for Pool.idle, which worker took")


def test_deadlock_tells_where_the_locks_were_made_and_the_stacks():
    """After the sentence, for each thread, where its lock was made and the lines it is on."""
    text = hung(crossed, Pool())
    assert len(re.findall(r"^    made at \S*test_watch\.py:\d+$", text, re.MULTILINE)) == 2
    assert "with pool.idle:" in text
    assert "with pool.lock:" in text
    assert "idle_first" in text


def test_deadlock_ends_all_who_are_in_it():
    """The other thread ends too, in silence, and what both held is free."""
    pool = Pool()
    hung(crossed, pool)
    assert not pool.idle.locked()
    assert not pool.lock.locked()
    assert threading.active_count() == 1


def test_deadlock_of_a_lock_with_itself_says_so():
    """Who takes a lock that it has taken itself waits for itself."""
    lock = threading.Lock()

    def twice():
        with lock, lock:
            pass

    assert "which it took at" in hung(twice).replace("\n ", "")
    assert not lock.locked()


def test_deadlock_through_a_join_names_the_thread():
    """A thread that waits for a lock whose holder waits for that thread's end."""
    lock = threading.Lock()

    def needs():
        with lock:
            pass

    def holds():
        with lock:
            started(needs, name="needy").join()

    text = " ".join(hung(holds).split())
    assert "main waits for needy to end; needy waits for lock, which main took at" in text


def test_deadlock_among_other_threads_is_told_though_main_does_not_hang(said):
    """Two workers: they end, the join returns, and what happened is told."""
    pool = Pool()
    met = threading.Barrier(2)

    def takes(first, then):
        with first:
            met.wait()
            with then:
                pass

    workers = [
        started(takes, pool.lock, pool.idle, name="one"),
        started(takes, pool.idle, pool.lock, name="two"),
    ]
    for worker in workers:
        worker.join(LIMIT)
    (text,) = [each for each in said if each.startswith("deadlock")]
    assert "waits for Pool.lock" in text
    assert not any(worker.is_alive() for worker in workers)


def test_rlock_deadlock_is_told():
    """An RLock knows its holder, and where it was taken first."""
    one, two = threading.RLock(), threading.RLock()
    pool = Pool()
    pool.lock, pool.idle = one, two

    def other():
        with two:
            met.wait()
            with one:
                pass

    met = threading.Barrier(2)
    worker = started(other)

    def main():
        with one, one:
            met.wait()
            with two:
                pass

    assert "Pool.idle, which worker took at" in hung(main).replace("\n ", "")
    worker.join(LIMIT)
    assert not one.locked()


def test_lock_that_somebody_else_may_release_is_no_deadlock(said):
    """A lock taken by ``acquire`` may be a signal: who reaches it and runs can let go of it."""
    signal = threading.Lock()
    signal.acquire()
    may = Inner()
    may.acquire()

    def releases():
        may.acquire(True, LIMIT)
        signal.release()

    worker = started(releases)
    until(lambda: worker.ident in {*threading._active})
    threading.Timer(3 * HANG, may.release).start()
    signal.acquire()
    assert said
    assert all(text.startswith("slow: ") for text in said[:-1])


# Nobody can end it


def test_hang_of_join_on_a_queue_tells_the_counts_and_who_knows_it():
    """How many items and tasks there are, and that the one who knows the queue sleeps too."""
    jobs = queue.Queue()

    def work():
        while True:
            jobs.get()

    started(work)
    jobs.put("job")
    text = hung(jobs.join)
    assert re.match(r"hung: main waits for jobs\.join\(\), at \S+:\d+, for", text)
    assert "    0 items, 1 unfinished\n" in text
    assert "    known to worker\n" in text
    assert "\nworker waits for jobs.get(), at" in text


def test_wait_for_a_thread_that_has_hardly_begun_is_no_hang(monkeypatch):
    """What it was begun with counts, before it has a frame of the program's."""
    jobs = queue.Queue()
    monkeypatch.setattr(names, "own", lambda frame: [])
    started(lambda: jobs.put(time.sleep(3 * HANG)))
    assert jobs.get() is None


def test_wait_for_a_sleeper_that_was_woken_is_no_hang(said):
    """Its gate is open, though it has not run since: it can get on."""
    gate, jobs = waitqueue.closed_gate(), queue.Queue()
    note = Note("gate", gate, True)
    assert not note.is_woken
    gate.release()
    assert note.is_woken
    note.done = gate.acquire()
    assert note.is_woken

    def sleeps():
        asleep[_thread.get_ident()] = note
        until(lambda: said)
        del asleep[_thread.get_ident()]
        jobs.put("job")

    started(sleeps)
    assert jobs.get() == "job"
    assert said[0].startswith("slow: ")


def test_thread_that_starts_another_can_get_on(monkeypatch):
    """The other has no frame yet, or none of the program's: it is not nobody."""
    ident, gate = _thread.get_ident(), waitqueue.closed_gate()
    monkeypatch.setitem(asleep, ident, Note("gate", gate, True))
    assert not Waits(0)._is_awake(ident)
    monkeypatch.setattr(known(ident), "is_starting", True)
    assert Waits(0)._is_awake(ident)
    monkeypatch.setattr(names, "own", lambda frame: [])
    assert Waits(0)._reaches(ident, gate)


def test_hang_of_get_that_nobody_knows_says_so():
    """No other thread that is alive has a way to the queue."""
    jobs = queue.Queue()
    assert "no other thread that is alive knows it" in hung(jobs.get)


def test_hang_of_a_future_whose_pool_is_full_tells_of_both():
    """A job that waits for another in the same pool of one thread."""
    with concurrent.futures.ThreadPoolExecutor(1, "pool") as pool:

        def outer():
            return pool.submit(int).result()

        text = hung(pool.submit(outer).result)
    assert "hung: main waits for a Future.result()" in text
    assert "    running\n" in text
    assert "pool_0 waits for a Future.result()" in text.replace("\n  ", " ")
    assert "    pending\n" in text


@pytest.mark.parametrize(
    ("make", "method"),
    [
        (lambda: threading.Event(), "wait"),
        (lambda: threading.Semaphore(0), "acquire"),
        (lambda: threading.Barrier(2), "wait"),
        (lambda: queue.SimpleQueue(), "get"),
        (lambda: queue.LifoQueue(), "get"),
    ],
    ids=["Event", "Semaphore", "Barrier", "SimpleQueue", "LifoQueue"],
)
def test_hang_in_any_primitive_names_the_call(make, method):
    """The name that the test has for it, and the method that sleeps."""
    thing = make()
    assert f"waits for thing.{method}()" in hung(getattr(thing, method))


def test_hang_of_a_condition_gives_its_lock_back():
    """The wait ends with the lock held, so the ``with`` block can let go of it."""
    condition = threading.Condition()

    def waits():
        with condition:
            condition.wait()

    assert "waits for condition.wait()" in hung(waits)
    assert not condition.locked()


def test_sleep_for_a_time_is_no_hang():
    """A time-out ends by itself, however often it is longer than the limit."""
    assert threading.Event().wait(3 * HANG) is False


def test_sleep_for_a_time_that_is_longer_than_the_limit_is_slow(said):
    """It is said that it takes long, though it ends by itself."""
    assert threading.Event().wait(3 * HANG) is False
    assert said[0].startswith("slow: main waits for an Event.wait(), at ")


def test_wait_that_a_running_thread_can_end_is_slow(said):
    """A line that says who can end it, and where that thread is; no failure."""
    jobs = queue.Queue()

    def work():
        threading.Event().wait(3 * HANG)
        jobs.put("job")

    started(work)
    assert jobs.get() == "job"
    assert re.match(r"slow: main waits for jobs\.get\(\), at \S+, for \d+ s; worker at ", said[0])
    assert "\n" not in said[0]


def test_wait_that_is_slow_is_told_after_one_two_and_four_times_the_time(watching):
    """Not each time that it looks round."""
    jobs, told = queue.Queue(), []
    watching.judge.say = lambda text: told.append(now() - began)

    def work():
        until(lambda: len(told) == 3)
        jobs.put("job")

    began = now()
    started(work)
    jobs.get()
    assert all(at >= times * HANG for at, times in zip(told, (1, 2, 4), strict=True))


def test_sleeper_is_in_the_list_while_it_sleeps_and_not_after():
    """What the watch looks at holds no thread that is awake."""
    event = threading.Event()
    worker = started(event.wait)
    until(lambda: worker.ident in asleep)
    event.set()
    worker.join()
    assert worker.ident not in asleep


def test_watch_ended_leaves_no_trace_of_itself():
    """The kit sleeps by itself again, and Thread has its own methods, once a swap is over."""
    before = waitqueue.sleep, threading.Thread.start, threading.Thread.join
    with swap(quiet=True, watch=Watch(shake=1)):
        assert waitqueue.sleep is not None
    assert (waitqueue.sleep, threading.Thread.start, threading.Thread.join) == before


def test_watch_with_a_time_below_zero_is_refused():
    """ValueError, which says what it must be."""
    with pytest.raises(ValueError, match="hang must be a number of seconds"):
        Watch(hang=-1)


# Orders that can deadlock


def test_order_both_ways_is_told_once_with_the_lines(said):
    """Two threads that never met: both orders, by name, with the lines of each lock."""
    pool = Pool()

    def one():
        with pool.lock, pool.idle:
            pass

    def two():
        with pool.idle, pool.lock:
            pass

    for _ in range(2):
        apart([one], [two])
    (text,) = said
    found = re.match(
        r"could deadlock: one took Pool\.lock, then Pool\.idle \(\S*test_watch.py:\d+\);\n"
        r"  two took Pool\.idle, then Pool\.lock \(\S*test_watch.py:\d+(, \d+)?\)",
        text,
    )
    assert found, text


def test_order_seen_again_is_written_once_and_of_four_threads_at_most():
    """What is kept of two locks does not grow."""
    pool = Pool()

    def takes():
        for _ in range(3):
            with pool.lock, pool.idle:
                pass

    for _ in range(order.EDGES + 1):
        started(takes).join()
    (edges,) = pool.idle.follows.values()
    assert len(edges) == order.EDGES


def test_order_under_a_third_lock_is_no_danger(said):
    """What both hold besides keeps them apart."""
    pool, gate = Pool(), threading.Lock()

    def takes(first, then):
        with gate, first, then:
            pass

    apart([takes, pool.lock, pool.idle], [takes, pool.idle, pool.lock])
    assert said == []


def test_order_of_threads_that_were_joined_in_between_is_no_danger(said):
    """One is over before the other begins: they cannot meet."""
    pool = Pool()

    def takes(first, then):
        with first, then:
            pass

    for first, then in ((pool.lock, pool.idle), (pool.idle, pool.lock)):
        started(takes, first, then).join()
    takes(pool.lock, pool.idle)
    assert said == []


def test_order_before_a_thread_is_started_is_no_danger(said):
    """What the starter did before it started the other."""
    pool = Pool()

    def takes(first, then):
        with first, then:
            pass

    takes(pool.lock, pool.idle)
    started(takes, pool.idle, pool.lock).join()
    assert said == []


@pytest.mark.parametrize("arguments", [(False,), (True, LIMIT)])
def test_order_of_a_lock_that_is_only_tried_is_no_danger(said, arguments):
    """Who gives up lets go."""
    pool = Pool()

    def tries(first, then):
        with first:
            if then.acquire(*arguments):
                then.release()

    apart([tries, pool.lock, pool.idle], [tries, pool.idle, pool.lock])
    assert said == []


# What a lock that is watched still does


@pytest.mark.parametrize("make", [lambda: threading.Lock(), lambda: threading.RLock()])
def test_watched_lock_struck_while_it_signs_is_not_held(make):
    """If what is written down fails, at whatever depth of the stack, the lock is let go of."""
    lock = make()

    def deep(n):
        if n:
            return deep(n - 1)
        with lock:
            return None

    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit()):
        with contextlib.suppress(RecursionError):
            deep(depth)
        assert not lock.locked()


@pytest.mark.parametrize("make", [lambda: threading.Lock(), lambda: threading.RLock()])
def test_watched_lock_that_is_held_is_refused_to_who_does_not_wait(make):
    """At once without blocking, after the time with a time-out; and taken when it is free."""
    lock, may, got = make(), Inner(), []
    may.acquire()

    def holds():
        with lock:
            got.append("held")
            may.acquire(True, LIMIT)

    worker = started(holds)
    until(lambda: got)
    assert [lock.acquire(False), lock.acquire(timeout=BRIEF)] == [False, False]
    threading.Timer(BRIEF, may.release).start()
    assert lock.acquire(timeout=LIMIT)
    worker.join()
    lock.release()


def test_watched_lock_has_what_a_lock_has():
    """The old names, its repr, and that it can be neither copied nor pickled."""
    lock = threading.Lock()
    assert lock.acquire_lock()
    assert lock.locked_lock()
    assert re.match(r"<locked \S*Lock object at 0x", repr(lock))
    lock.release_lock()
    lock.acquire()
    lock._at_fork_reinit()
    assert not lock.locked()
    for each in (lock, threading.Condition()):
        with pytest.raises(TypeError, match="cannot pickle"):
            copy.copy(each)


def test_watched_condition_takes_its_rlock_back_at_all_levels():
    """A wait lets go of a lock held twice, and holds it twice again."""
    condition = threading.Condition()
    with condition, condition:
        assert condition.wait(BRIEF) is False
        condition.release()
        assert condition._is_owned()
        condition.acquire()
    assert not condition.locked()


def test_watched_locks_meet_every_requirement_of_a_lock():
    """The conformance suite finds no difference, at any level."""
    adapter = Path(__file__).with_name("watched.py")
    command = [sys.executable, "-m", "syncprims", "conform", str(adapter), "--level", "all"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_join_of_a_thread_that_was_not_started_is_refused_as_ever():
    """RuntimeError; and of one that has ended, or without time, it returns at once."""
    thread = threading.Thread(target=int)
    with pytest.raises(RuntimeError):
        thread.join()
    thread.start()
    thread.join()
    thread.join()
    thread.join(0)
    assert not thread.is_alive()


def test_exception_in_a_thread_is_told_as_ever(monkeypatch):
    """Only the end by a verdict is silent."""
    told = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_type))
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert told == [ZeroDivisionError]


# Names


class Slotted:
    __slots__ = ("empty", "lock")


LOCK = None


def test_name_is_an_attribute_in_a_slot_a_global_or_none():
    """Whatever the program calls it; if it calls it nothing, what it is."""
    global LOCK
    slotted = Slotted()
    slotted.lock = threading.Lock()
    LOCK = threading.Lock()
    here = names.here()
    assert names.name(slotted.lock, []) == "Slotted.lock"
    assert names.name(LOCK, here) == "LOCK"
    # Builds without a GIL hide a module's dict from the collector.
    assert names.name(LOCK, []) in ("LOCK", "a Lock")
    assert names.name([threading.Lock()][0], []) == "a Lock"
    LOCK = None


def test_line_of_frames_is_the_programs_own():
    """Past the standard library's; theirs if there is no other; and none of no frames."""
    here = names.here()
    assert re.fullmatch(r"\S*test_watch.py:\d+", names.line(here))
    frames = []
    threading.Timer(0, lambda: frames.append(names.here()[-1])).run()
    assert names.line([]) == "?"
    assert "test_watch.py" in names.line(frames)
    assert names.own(None) == []


# Left behind


def test_watch_that_ends_tells_what_the_swap_leaves(capsys):
    """Without pytest: on stderr, with the swap for a test; more than five are counted."""
    may = Inner()
    may.acquire()
    with swap(quiet=True, watch=Watch(hang=0, order=False)):
        lock = threading.Lock()
        lock.acquire()
        threads = [started(lambda: may.acquire() and may.release()) for _ in range(7)]
    may.release()
    for thread in threads:
        thread.join()
    told = capsys.readouterr().err
    assert "7 threads left by the swap: worker, worker, worker, worker, worker and 2 more" in told
    assert re.search(r"main still holds lock, taken at \S*test_watch.py:\d+|holds a Lock", told)


def test_watch_true_is_one_with_what_it_has_by_default(capsys):
    """``swap(watch=True)``: a dangerous order is told on stderr."""
    pool = Pool()

    def takes(first, then):
        with first, then:
            pass

    with swap(quiet=True, watch=True):
        pool = Pool()
        apart([takes, pool.lock, pool.idle], [takes, pool.idle, pool.lock])
    assert "syncprims: could deadlock: " in capsys.readouterr().err


def test_look_round_that_fails_is_told_and_harms_nobody(watching, said, monkeypatch):
    """What it looks at changes meanwhile: it says so, and looks again."""
    monkeypatch.setattr("syncprims.swap.watch.verdict.Waits", lambda since: 1 / 0)
    event = threading.Event()
    threading.Timer(3 * HANG, event.set).start()
    assert event.wait()
    assert said[0].startswith("a look round failed: ZeroDivisionError")


def test_older_thread_counts_only_if_it_was_handed_the_object(watching):
    """A thread of an earlier test reaches all globals: that is no reason to wait for it."""
    global LOCK
    stop = threading.Event()

    def older():
        LOCK  # noqa: B018  # a global that its code names
        stop.wait(LIMIT)

    thread = started(older)
    until(lambda: thread.ident in asleep)
    watching.begin("another test", "")
    LOCK = queue.Queue()
    assert "no other thread that is alive knows it" in hung(LOCK.get)
    stop.set()
    thread.join()
    LOCK = None


def test_thread_of_a_test_tool_is_nobody_who_could_end_it():
    """pytest-timeout's timer reaches every fixture, and ends nothing that sleeps."""
    jobs = queue.Queue()
    worker = started(lambda: threading.Event().wait(10 * HANG) or jobs)
    known(worker.ident).is_tools = True
    assert "no other thread that is alive knows it" in hung(jobs.get)


def test_thread_that_no_thread_object_stands_for_has_a_number():
    """One that ``_thread`` started may hold a lock as well."""
    lock, held = threading.Lock(), []
    _thread.start_new_thread(lambda: held.append(lock.acquire()), ())
    until(lambda: held)
    text = hung(lock.acquire).replace("\n ", "")
    assert re.search(r"which thread \d+, which has ended, took", text)
    assert known(1).name == "thread 1"


def test_sleep_outside_of_a_primitive_is_something(said):
    """Who sleeps on a gate of its own, as the kit's files do, is told as well as can be."""
    gate = waitqueue.closed_gate()
    threading.Timer(3 * HANG, gate.release).start()
    assert waitqueue.sleep(gate, None)
    assert said[0].startswith("slow: main waits for something, at ")
    assert names.call(None) == (None, "")


def test_sleep_in_a_sleep_leaves_the_outer_note():
    """A handler may sleep while its thread sleeps: both are seen, one after the other."""
    outer, inner = Note("gate", None, True), Note("gate", None, True)

    def acquires(blocking, seconds):
        assert inner.sleep(lambda *_: True, None)
        assert asleep[_thread.get_ident()] is outer
        return True

    assert outer.sleep(acquires, None)
    assert _thread.get_ident() not in asleep


def test_sleep_that_a_handler_ends_with_a_stopiteration_raises_it():
    """It would end a ``for`` loop in silence."""
    with pytest.raises(StopIteration):
        Note("gate", None, True).sleep(lambda *_: next(iter(())), None)


def test_lines_of_two_files_name_both():
    """Each with its own."""
    here, there = (Place(each.__code__, 0) for each in (hung, until))
    assert re.fullmatch(r"\S*test_watch.py:\d+, \S*crew.py:\d+", order._lines(here, there))


def test_order_seen_in_an_earlier_test_is_not_held_against_this_one(watching, said):
    """The edges of locks that live on are each test's own."""
    pool = Pool()

    def takes(first, then):
        with first, then:
            pass

    started(takes, pool.lock, pool.idle).join()
    watching.begin("another", "")
    apart([takes, pool.idle, pool.lock])
    assert said == []


def test_running_thread_without_a_gil_reaches_everything(watching, monkeypatch, said):
    """Its frames change while they are looked at: so what it could end is slow, not hung."""
    monkeypatch.setattr("syncprims.swap.watch.waits._GIL", lambda: False)
    jobs = queue.Queue()
    unknown = [jobs]

    def runs():
        until(lambda: said)
        unknown[0].put("job")

    started(runs)
    jobs.get()
    assert said[0].startswith("slow: ")


def test_swap_inside_that_is_not_watched_switches_the_watch_off_meanwhile():
    """The kit's own sleep, Thread's own start, and the interpreter's Lock; after it all is back."""
    watched = threading.Lock, threading.Condition, waitqueue.sleep, threading.Thread.start
    with swap(quiet=True, watch=False):
        assert threading.Lock is original("Lock")
        assert type(threading.Condition()._lock) is syncprims.RLock
        assert waitqueue.sleep is not watched[2]
        assert threading.Thread.start is not watched[3]
        with swap(quiet=True):
            assert threading.Lock is original("Lock")
    assert watched == (
        *(threading.Lock, threading.Condition, waitqueue.sleep, threading.Thread.start),
    )
