"""What the new core does wrong: each of these fails on it, and passed on the old one."""

import os
import signal
import sys
import threading

import pytest

from syncprims import Condition, Event, Queue, Semaphore
from syncprims.conformance.harness import await_child, needs_fork, until
from syncprims.lock import Lock, Mutex


def test_after_fork_a_mutex_that_a_thread_is_just_taking_goes_over(crew):
    """Up to 3.12 ``locked`` says no until the thread that has the lock has the GIL as well."""
    old, interval = Lock(), sys.getswitchinterval()
    mutex = Mutex(old)
    old.acquire()
    task = crew.start(old.acquire)
    crew.asleep(old)
    sys.setswitchinterval(1000)
    try:
        old.release()
        while old.acquire(False):  # until the other thread has taken it, and waits for the GIL
            old.release()
        mutex.after_fork()
        assert mutex.lock is not old
    finally:
        sys.setswitchinterval(interval)
    task.result()


SLEEPS = {
    "Event": (Event, Event.wait, Event.set, lambda event: event._waiters),
    "Semaphore": (
        lambda: Semaphore(0),
        Semaphore.acquire,
        Semaphore.release,
        lambda semaphore: semaphore._waiters,
    ),
    "Queue": (Queue, Queue.get, lambda queue: queue.put(1), lambda queue: queue._getters),
}


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("name", SLEEPS)
def test_thread_whose_handler_forks_while_another_has_the_mutex_wakes_in_the_child(name, crew):
    """It sleeps without the mutex, which another thread has: in the child it is woken, and goes."""
    make, sleep, wake, waiters = SLEEPS[name]
    primitive, parent, main = make(), os.getpid(), threading.get_ident()
    forked = threading.Event()
    children = []

    def fork_here(*args):
        children.append(os.fork())
        if children == [0]:
            signal.alarm(5)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            wake(primitive)
        forked.set()

    def hold():
        until(lambda: waiters(primitive))
        with primitive._mutex:
            signal.pthread_kill(main, signal.SIGUSR1)
            forked.wait()
        wake(primitive)

    old = signal.signal(signal.SIGUSR1, fork_here)
    try:
        task = crew.start(hold)
        sleep(primitive)
        if os.getpid() != parent:
            os._exit(0)
    finally:
        signal.signal(signal.SIGUSR1, old)
    task.result()
    await_child(children[0])


def test_condition_that_knows_the_owner_itself_is_asked():
    class Owned(Condition):
        def _is_owned(self):
            return True

    Owned(Lock()).notify()  # refused by a Condition, whose lock nobody holds


def test_condition_that_asks_its_base_who_owns_it_is_told():
    """A subclass may call what it overrides."""

    class Asks(Condition):
        asked = 0

        def _is_owned(self):
            self.asked += 1
            return super()._is_owned()

    condition = Asks(Lock())
    with condition:
        condition.notify()
    with pytest.raises(RuntimeError):
        condition.notify()
    assert condition.asked == 2
