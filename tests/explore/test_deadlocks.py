"""What is told of threads that wait for ever: in which call, of what, who keeps it, and where."""

import queue
import re
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from syncprims.explore import explore

from .together import together


def told(scenario):
    """What a failure says of each thread that stands."""
    failure = explore(scenario, race_free=True).failure
    assert failure.kind in ("deadlock", "lost thread", "leak")
    return failure.message.split("; ")


class Jobs(queue.Queue):
    """A subclass whose own __init__ comes between."""

    def __init__(self, name):
        super().__init__()
        self.name = name


def event():
    ready = threading.Event()
    ready.wait()


def get():
    jobs = queue.Queue()
    jobs.get()


def put():
    jobs = queue.LifoQueue(1)
    jobs.put(1)
    jobs.put(2)


def join():
    jobs = queue.PriorityQueue()
    jobs.put(1)
    jobs.join()


def own_queue():
    jobs = Jobs("mine")
    jobs.get()


def simple_get():
    letters = queue.SimpleQueue()
    letters.get()


def condition():
    changed = threading.Condition()
    with changed:
        changed.wait()


def condition_over_a_shared_lock():
    lock = threading.Lock()
    not_empty, not_full = threading.Condition(lock), threading.Condition(lock)
    with not_empty:
        not_full.wait_for(bool)


def barrier():
    meeting: threading.Barrier = threading.Barrier(2)
    meeting.wait()


def semaphore():
    permits = threading.Semaphore(0)
    permits.acquire()


def one_of_several():
    forks = [threading.Semaphore(0) for _ in range(3)]
    forks[1].acquire()


def result():
    outcome = Future()
    outcome.result()


def without_a_name():
    threading.Event().wait()


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (event, "main waits in wait of ready (an Event), at"),
        (get, "main waits in get of jobs (a Queue), at"),
        (put, "main waits in put of jobs (a LifoQueue), at"),
        (join, "main waits in join of jobs (a PriorityQueue), at"),
        (own_queue, "main waits in get of jobs (a Jobs), at"),
        (simple_get, "main waits in get of letters (a SimpleQueue), at"),
        (condition, "main waits in wait of changed (a Condition), at"),
        (condition_over_a_shared_lock, "main waits in wait_for of not_full (a Condition), at"),
        (barrier, "main waits in wait of meeting (a Barrier), at"),
        (semaphore, "main waits in acquire of permits (a Semaphore), at"),
        (one_of_several, "main waits in acquire of forks 2 (a Semaphore), at"),
        (result, "main waits in result of outcome (a Future), at"),
        (without_a_name, "main waits in wait of an Event, at"),
    ],
)
def test_sleeper_is_told_with_the_call_and_the_name_of_the_primitive(scenario, words):
    """Where it sleeps, in the program's own words, and the program's own line."""
    (text,) = told(scenario)
    assert text.startswith(words)
    assert re.search(r"at test_deadlocks\.py:\d+$", text)


def test_semaphores_taken_in_opposite_order_tell_who_took_the_permit():
    """A holder can be told, for who releases has always been who acquired."""

    def scenario():
        a, b = threading.Semaphore(), threading.BoundedSemaphore()

        def use(first, second):
            for _ in range(2):
                with first, second:
                    pass

        together(lambda: use(a, b), lambda: use(b, a))

    _, one, other = told(scenario)
    assert "thread 0 waits in acquire of b (a BoundedSemaphore), whose permit thread 1 took" in one
    assert "thread 1 waits in acquire of a (a Semaphore), whose permit thread 0 took" in other


def test_semaphore_whose_permits_were_taken_by_several_tells_them_all():
    """The thread itself is one of them."""

    def scenario():
        permits = threading.Semaphore(3)
        permits.acquire()
        permits.acquire()
        permits.release(1)
        together(permits.acquire, lambda: permits.acquire(blocking=False))
        permits.acquire()

    (text,) = told(scenario)
    assert "whose permits it and thread 0 and thread 1 took, at" in text


def test_semaphore_released_by_another_thread_has_no_certain_holder():
    """Whose permit that was nobody knows: nobody is told."""

    def scenario():
        permits = threading.Semaphore()
        permits.acquire()
        together(permits.release)
        permits.acquire()
        permits.acquire()

    (text,) = told(scenario)
    assert "took" not in text


def test_deadlock_through_a_daemon_tells_why_that_stands():
    """It keeps somebody else; one that only waits for work is not told of."""

    def scenario():
        a, b, ready = threading.Lock(), threading.Lock(), threading.Event()

        def keep():
            with b:
                ready.set()
                a.acquire()

        threading.Thread(target=queue.Queue().get, daemon=True).start()
        with a:
            threading.Thread(target=keep, name="keeper", daemon=True).start()
            ready.wait()
            b.acquire()

    main, keeper = told(scenario)
    assert "main waits for b, which keeper holds" in main
    assert "keeper waits for a, which main holds" in keeper


def test_thread_without_a_line_of_the_program_is_told_with_that_of_its_start():
    """A bound method as the target: no frame of it is the program's."""

    def scenario():
        jobs = queue.Queue()
        threading.Thread(target=jobs.get, name="getter").start()

    (text,) = told(scenario)
    words = (
        r"getter waits in get of jobs \(a Queue\), in the thread started at test_dead\w+\.py:\d+"
    )
    assert re.fullmatch(words, text)


def test_thread_of_a_pool_is_told_with_what_its_job_waits_for():
    """Not with the pool's own calls."""

    def scenario():
        ready = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(ready.wait)
            job.result()

    main, worker = told(scenario)
    assert "main waits in result of job (a Future)" in main
    assert "ThreadPoolExecutor-0_0 waits in wait of ready (an Event)" in worker


def test_locks_made_in_one_line_have_each_its_own_name():
    """In the order of the statements; what is no lock does not count."""

    def scenario():
        n = 1; a = threading.Lock(); b = threading.Lock()  # fmt: skip # noqa: E702

        def use(first, second):
            with first, second:
                return n

        together(lambda: use(a, b), lambda: use(b, a))

    _, one, other = told(scenario)
    assert "thread 0 waits for b, which thread 1 holds" in one
    assert "thread 1 waits for a, which thread 0 holds" in other
