"""Programs run unmodified: threads, timers, pools, daemons and time are the scheduler's inside."""

import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, TimeoutError, as_completed, wait
from contextvars import ContextVar

import pytest

from syncprims.explore import explore, watch

from .together import State, together


def proved(scenario, **options):
    result = explore(scenario, race_free=True, **options)
    assert result.verdict == "proved", result
    return result


def test_thread_has_its_identity_name_and_locals():
    """current_thread, names, daemon flags, thread-locals and context variables are its own."""
    local, variable = threading.local(), ContextVar("variable", default=0)

    def scenario():
        def work():
            assert not hasattr(local, "n")
            assert variable.get() == 0
            local.n = 1
            variable.set(1)
            return threading.current_thread()

        main = threading.current_thread()
        first, second = together(work, work)
        assert (main.name, first.name, second.name) == ("main", "thread 0", "thread 1")
        assert len({main.ident, first.ident, second.ident}) == 3

    proved(scenario)


def test_thread_without_a_name_has_the_same_in_each_execution():
    """The counter of names begins anew."""
    names = set()

    def scenario():
        thread = threading.Thread(target=threading.Lock().acquire)
        names.add(thread.name)
        thread.start()
        thread.join()

    proved(scenario)
    assert names == {"Thread-1 (acquire)"} or names == {"Thread-1"}


def test_thread_is_alive_from_start_until_its_end():
    """is_alive and join tell the same, whenever they are asked."""

    def scenario():
        state = State(done=False)

        def work():
            state.done = True

        thread = threading.Thread(target=work)
        assert not thread.is_alive()
        thread.start()
        alive = thread.is_alive()
        thread.join(timeout=1)
        assert alive or state.done
        thread.join()
        assert state.done
        assert not thread.is_alive()

    proved(scenario)


def test_thread_misused_raises_as_always():
    """Started twice, joined before it is started or by itself: RuntimeError."""

    def scenario():
        thread = threading.Thread(target=lambda: threading.current_thread().join())
        with pytest.raises(RuntimeError, match="before it is started"):
            thread.join()
        thread.start()
        with pytest.raises(RuntimeError, match="only be started once"):
            thread.start()

    failure = explore(scenario).failure
    assert "cannot join current thread" in failure.message


def test_thread_that_ends_with_system_exit_just_ends():
    """SystemExit in a thread is no failure."""

    def leave():
        raise SystemExit

    proved(lambda: together(leave))


def test_scenario_that_ends_with_system_exit_has_raised():
    """Only another thread's SystemExit says nothing."""
    failure = explore(lambda: sys.exit("bad")).failure
    assert failure.kind == "exception"
    assert "SystemExit: bad in main" in failure.message


def test_scenario_has_the_context_of_its_caller():
    """Each execution a copy of it; the threads it starts have their own, empty one."""
    variable = ContextVar("variable", default=0)

    def scenario():
        assert variable.get() == 7
        variable.set(8)
        assert together(variable.get) == [copy_context_of_threads().get(variable, 0)]

    def copy_context_of_threads():
        return {variable: 8} if getattr(sys.flags, "thread_inherit_context", 0) else {}

    variable.set(7)
    proved(scenario)
    assert variable.get() == 7


def test_thread_is_a_thread_like_any_other_from_start_to_end():
    """Its identity is there as soon as it is started; repr and daemon know what it is."""
    kept = []

    def scenario():
        ready = threading.Event()
        thread = threading.Thread(target=ready.wait)
        assert "initial" in repr(thread)
        thread.start()
        assert thread.ident is not None
        assert thread.native_id is not None
        assert "started" in repr(thread)
        with pytest.raises(RuntimeError):
            thread.daemon = True
        ready.set()
        thread.join()
        assert "stopped" in repr(thread)
        kept.append(thread)

    proved(scenario)
    assert not any(thread.is_alive() for thread in kept)
    assert "stopped" in repr(kept[0])
    kept[0].join()


def test_thread_that_is_watched_runs():
    """Its own attributes are steps, and what threading keeps in it is in nobody's way."""

    class Worker(threading.Thread):
        def __init__(self):
            super().__init__()
            self.n = 0

        def run(self):
            self.n += 1

    def scenario():
        worker = watch(Worker())
        worker.start()
        seen.add(worker.n)
        worker.join()
        assert worker.n == 1

    seen = set()
    assert explore(scenario).verdict == "proved"
    assert seen == {0, 1}


def test_thread_that_is_watched_is_told_by_its_name_in_a_deadlock():
    """To look at the name is no step."""

    class Worker(threading.Thread):
        def run(self):
            threading.Event().wait()

    def scenario():
        worker = watch(Worker(name="worker"))
        worker.start()
        worker.join()

    message = explore(scenario).failure.message
    assert "main waits for worker to end" in message
    assert "worker waits in wait of an Event" in message


def test_daemon_that_waits_for_ever_is_no_failure():
    """A daemon may be alive at the end."""

    def scenario():
        jobs, done = queue.Queue(), []

        def work():
            while True:
                done.append(jobs.get())
                jobs.task_done()

        threading.Thread(target=work, daemon=True).start()
        jobs.put(1)
        jobs.join()
        assert done == [1]

    proved(scenario)


def test_timer_fires_or_is_cancelled_in_virtual_time():
    """An hour passes at once, and both outcomes of the race are seen."""
    seen = set()

    def scenario():
        fired = []
        timer = threading.Timer(3600, fired.append, ["fired"])
        timer.start()
        timer.cancel()
        timer.join()
        seen.add(tuple(fired))

    proved(scenario)
    assert seen == {(), ("fired",)}


def test_pool_runs_jobs_in_each_order():
    """map, and the end of the with block: jobs may end in the other order, results do not."""
    seen = set()

    def scenario():
        order, lock = [], threading.Lock()

        def job(n):
            with lock:
                order.append(n)
            return n

        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(job, range(2))) == [0, 1]
        seen.add(tuple(order))

    explore(scenario, strategy="pct", max_executions=300)
    assert seen == {(0, 1), (1, 0)}


def test_pool_joins_its_threads_in_the_same_order_each_time():
    """Where a set decides, the same schedule would lead elsewhere in the next execution."""
    orders = set()

    def scenario():
        with ThreadPoolExecutor(3) as pool:
            for _ in range(3):
                pool.submit(int)
            orders.add(tuple(thread.name for thread in pool._threads))

    result = explore(scenario, strategy="dfs", preemptions=0, max_executions=200)
    assert result.failure is None
    assert orders == {tuple(f"ThreadPoolExecutor-0_{n}" for n in range(3))}


@pytest.mark.parametrize("kind", [list, set])
def test_futures_are_waited_for_in_the_same_order_each_time(kind):
    """as_completed and wait sort futures by their ids and keep them in sets."""

    def scenario():
        with ThreadPoolExecutor(2) as pool:
            futures = kind([pool.submit(pow, 2, n) for n in range(2)])
            done, rest = wait(futures)
            assert not rest
            assert sorted(future.result() for future in done) == [1, 2]
            assert {future.result() for future in as_completed(futures)} == {1, 2}

    result = explore(scenario, race_free=True, max_executions=300)
    assert "limit of 300" in result.claim, result


def test_pool_hands_on_an_exception_and_a_timeout():
    """result() raises what the job raised, or TimeoutError in virtual time."""

    def scenario():
        hold = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            with pytest.raises(ZeroDivisionError):
                pool.submit(lambda: 1 // 0).result()
            future = pool.submit(hold.wait)
            with pytest.raises(TimeoutError):
                future.result(timeout=3600)
            hold.set()

    proved(scenario, timeouts="idle")


@pytest.mark.parametrize("timeouts", ["any", "idle"])
def test_sleep_passes_virtual_time_only(timeouts):
    """Hours pass for the scenario, and next to no time for its caller."""

    def scenario():
        began = time.monotonic()
        time.sleep(3600)
        assert time.monotonic() - began == 3600
        threading.Event().wait(3600)
        assert time.monotonic() - began == 7200

    assert proved(scenario, timeouts=timeouts).seconds < 5


def test_timeouts_at_any_time_and_only_when_idle_differ():
    """A thread that is slow for no reason is seen with "any" only."""
    seen = {"any": set(), "idle": set()}
    for timeouts, came in seen.items():

        def scenario(came=came):
            event = threading.Event()
            thread = threading.Thread(target=event.set)
            thread.start()
            came.add(event.wait(timeout=1))
            thread.join()

        proved(scenario, timeouts=timeouts)
    assert seen == {"any": {True, False}, "idle": {True}}


def test_time_when_idle_goes_to_the_earliest_deadline():
    """Sleepers wake in the order of their deadlines, and those of the same one in any order."""
    seen = set()

    def scenario():
        order = []

        def nap(seconds):
            time.sleep(seconds)
            order.append(seconds)

        together(lambda: nap(3), lambda: nap(1), lambda: nap(2))
        seen.add(tuple(order))

    proved(scenario, timeouts="idle")
    assert seen == {(1, 2, 3)}


def test_time_of_a_thread_is_never_before_what_it_waited_for():
    """Who is woken by a thread that has slept for an hour sees an hour gone."""

    def scenario():
        event = threading.Event()

        def late():
            time.sleep(3600)
            event.set()

        threading.Thread(target=late).start()
        event.wait()
        assert time.monotonic() >= 3600

    proved(scenario)


def test_bad_arguments_raise_as_always():
    """A negative sleep, a time-out of a lock that is not to block."""

    def scenario():
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
        with pytest.raises(ValueError, match="timeout"):
            threading.Lock().acquire(False, 1)
        with pytest.raises(OverflowError):
            threading.Lock().acquire(True, 1e100)
        with pytest.raises(RuntimeError):
            threading.Lock().release()

    proved(scenario)
