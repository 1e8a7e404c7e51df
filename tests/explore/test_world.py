"""The names that are swapped for an exploration are as they were afterwards, whatever happens."""

import _thread
import concurrent.futures.thread
import queue
import sys
import threading
import time

import pytest

import syncprims
from syncprims.explore import explore

from .programs import PAIRS
from .together import together

CLASSES = (threading.Thread, syncprims.Event, syncprims.Barrier, syncprims.Queue)
LONG = PAIRS["one_turnstile"][1]


def names_of_everything():
    """What each global of each module is, and each attribute of the classes that are changed."""
    spaces = {name: dict(vars(module)) for name, module in sys.modules.items() if module}
    spaces.update({cls.__name__: dict(vars(cls)) for cls in CLASSES})
    spaces["the pool's class"] = dict(vars(concurrent.futures.thread.ThreadPoolExecutor))
    return {
        (space, name): value if isinstance(value, int) else id(value)
        for space, names in spaces.items()
        for name, value in names.items()
    }


def changed(before):
    """The names that are not what they were."""
    after = names_of_everything()
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


@pytest.fixture
def unchanged():
    """Fails a test that leaves a name, or a thread, behind."""
    # What is imported or found out when it is first needed is there now.
    explore(LONG, max_executions=1)
    syncprims.Queue()
    before, threads = names_of_everything(), set(threading.enumerate())
    yield
    assert changed(before) == []
    assert set(threading.enumerate()) == threads


def test_explore_puts_every_name_back(unchanged):
    """After a proof."""
    assert explore(LONG, race_free=True).verdict == "proved"


@pytest.mark.parametrize("name", PAIRS)
def test_explore_that_fails_puts_every_name_back(name, unchanged):
    """After each kind of failure: an exception, a deadlock, a lost thread."""
    assert explore(PAIRS[name][0], race_free=True).verdict == "failed"


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_explore_of_a_scenario_that_raises_puts_every_name_back(error, unchanged):
    """Whatever it raises."""

    def scenario():
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        raise error

    explore(scenario)


def test_explore_with_options_that_do_not_fit_puts_every_name_back(unchanged):
    """Nothing is swapped yet then."""
    with pytest.raises(ValueError, match="no strategy"):
        explore(LONG, strategy="fast")


def test_explore_interrupted_in_a_long_search_puts_every_name_back(unchanged):
    """Ctrl-C: the stacks unwind, KeyboardInterrupt comes out, and the next exploration works."""
    runs, begun, unwound = [], [], []

    def scenario():
        runs.append(1)
        if len(runs) == 50:
            _thread.interrupt_main()
        lock = threading.Lock()

        def use():
            begun.append(1)
            try:
                for _ in range(40):
                    with lock:
                        pass
            finally:
                unwound.append(1)

        together(use, use)

    with pytest.raises(KeyboardInterrupt):
        explore(scenario, race_free=True)
    assert len(unwound) == len(begun)
    assert explore(LONG, race_free=True).verdict == "proved"


def test_explore_puts_names_back_in_a_module_imported_meanwhile(tmp_path, monkeypatch):
    """What the scenario imports has the real lock, clock and primitives afterwards."""
    source = "from threading import Lock, Event\nfrom time import sleep, monotonic\n"
    (tmp_path / "imported_meanwhile.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def scenario():
        import imported_meanwhile

        imported_meanwhile.sleep(3600)

    explore(scenario)
    module = sys.modules.pop("imported_meanwhile")
    assert (module.Lock, module.Event) == (threading.Lock, threading.Event)
    assert (module.sleep, module.monotonic) == (time.sleep, time.monotonic)


def test_explore_swaps_the_names_inside():
    """The usual names give the kit's primitives, over the scheduler's lock."""
    found = []

    def scenario():
        found[:] = [threading.Event, queue.Queue, type(threading.Lock()), type(syncprims.Lock())]

    explore(scenario)
    event, jobs, lock, kits_lock = found
    assert issubclass(event, syncprims.Event)
    assert issubclass(jobs, syncprims.Queue)
    assert lock is kits_lock is not type(syncprims.Lock())


def test_explore_leaves_a_thread_that_is_not_explored_alone():
    """Its locks are real, its threads start, its time is real."""
    ready, over, found = threading.Event(), threading.Event(), []

    def bystander():
        ready.wait()
        thread = threading.Thread(target=lambda: found.append(type(threading.Lock())))
        thread.start()
        thread.join()
        began = time.monotonic()
        time.sleep(0.001)
        found.append(0.001 <= time.monotonic() - began < 3600)
        over.set()

    def scenario():
        ready.set()
        while not over.is_set():
            pass

    thread = threading.Thread(target=bystander)
    thread.start()
    explore(scenario, max_executions=1)
    ready.set()
    thread.join()
    assert found == [type(syncprims.Lock()), True]


def test_explore_counts_other_threads_on():
    """Threads and pools that are not explored are numbered as always, at any moment."""
    over, errors, pools = [], [], []

    def bystander():
        try:
            while not over:
                thread = threading.Thread(target=int)
                thread.start()
                thread.join()
                with concurrent.futures.ThreadPoolExecutor(1) as pool:
                    pools.append(pool._thread_name_prefix)
                    pool.submit(int).result()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=bystander)
    thread.start()
    for _ in range(50):
        explore(lambda: None)
    over.append(True)
    thread.join()
    assert errors == []
    assert len(set(pools)) == len(pools)


def test_explore_leaves_a_pool_that_is_not_explored_to_be_woken_at_the_end():
    """Its threads are known to the interpreter, though they were started meanwhile."""
    pool = concurrent.futures.ThreadPoolExecutor(1)
    ready, begun = threading.Event(), threading.Event()

    def bystander():
        ready.wait()
        pool.submit(int)
        begun.set()

    def scenario():
        ready.set()
        while not begun.is_set():
            pass

    thread = threading.Thread(target=bystander)
    thread.start()
    explore(scenario, max_executions=1)
    thread.join()
    assert pool._threads <= set(concurrent.futures.thread._threads_queues)
    pool.shutdown()


def test_lock_made_in_an_exploration_works_afterwards():
    """It is a real lock then."""
    kept = []
    explore(lambda: kept.append((threading.Lock(), threading.Event(), queue.Queue())))
    lock, event, jobs = kept[0]
    with lock:
        assert lock.locked()
        assert not lock.acquire(timeout=0.001)
    event.set()
    assert event.wait(1)
    jobs.put(1)
    assert jobs.get(timeout=1) == 1
