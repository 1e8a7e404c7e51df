"""The watch: who waits for whom, whether that can end, and what it is called."""

import concurrent.futures
import contextlib
import queue
import re
import sys
import threading

import pytest

from syncprims import waitqueue
from syncprims.conformance.crew import until
from syncprims.conformance.delays import LIMIT, SCALE
from syncprims.lock import Lock as Inner, now
from syncprims.swap import swap
from syncprims.swap.watch import Hung, Watch
from syncprims.swap.watch.asleep import asleep

HANG = 0.1 * SCALE  # seconds

pytestmark = pytest.mark.filterwarnings("ignore:swap.. while other threads run")


@pytest.fixture(name="said")
def what_is_said():
    return []


@pytest.fixture(autouse=True)
def watching(said):
    """Watch this test: what is found is in `said`, what hangs raises Hung."""
    watch = Watch(hang=HANG)
    watch.tell = said.append
    watch.judge.say = said.append
    watch.orders.tell = said.append
    with swap(watch=watch, quiet=True):
        yield watch


class Pool:
    """Two locks under names of their own."""

    def __init__(self):
        self.lock = threading.Lock()
        self.idle = threading.Lock()


def started(function, *args, name="worker"):
    thread = threading.Thread(target=function, args=args, name=name)
    thread.start()
    return thread


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
    assert "waits for Pool.lock" in said[0]
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
        threads = [started(one, name="one"), started(two, name="two")]
        for thread in threads:
            thread.join()
    (text,) = said
    found = re.match(
        r"could deadlock: one took Pool\.lock, then Pool\.idle \(\S*test_watch.py:\d+\);\n"
        r"  two took Pool\.idle, then Pool\.lock \(\S*test_watch.py:\d+, \d+\)",
        text,
    )
    assert found, text


def test_order_under_a_third_lock_is_no_danger(said):
    """What both hold besides keeps them apart."""
    pool, gate = Pool(), threading.Lock()

    def takes(first, then):
        with gate, first, then:
            pass

    threads = [started(takes, pool.lock, pool.idle), started(takes, pool.idle, pool.lock)]
    for thread in threads:
        thread.join()
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

    threads = [started(tries, pool.lock, pool.idle), started(tries, pool.idle, pool.lock)]
    for thread in threads:
        thread.join()
    assert said == []


# What a lock that is watched still does


def test_watched_lock_struck_while_it_signs_is_not_held():
    """If what is written down fails, at whatever depth of the stack, the lock is let go of."""
    lock = threading.Lock()

    def deep(n):
        if n:
            return deep(n - 1)
        with lock:
            return None

    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit()):
        with contextlib.suppress(RecursionError):
            deep(depth)
        assert not lock.locked()
