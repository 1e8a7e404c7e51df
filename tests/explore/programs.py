"""Small programs with a mistake that only some schedules show, each with its corrected twin.

``PAIRS`` has the name of each, the program with the mistake, the twin, and what the failure is
called. Every one makes all that it uses. Nothing here sleeps in earnest.
"""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from .together import State, together

PAIRS = {}


def pair(kind, **options):
    """Register a function that is called with True for the mistake, False for the twin."""

    def register(function):
        def buggy():
            function(True)

        def corrected():
            function(False)

        PAIRS[function.__name__] = (buggy, corrected, kind, {"race_free": True, **options})
        return function

    return register


@pair("exception")
def lost_update(mistake):
    """Two threads count without a lock."""
    state, lock = State(count=0), threading.Lock()

    def count():
        if mistake:
            state.count += 1
        else:
            with lock:
                state.count += 1

    together(count, count)
    assert state.count == 2


@pair("deadlock")
def ab_ba(mistake):
    """Two locks, taken in opposite orders."""
    a, b = threading.Lock(), threading.Lock()

    def take(first, second):
        with first, second:
            pass

    together(lambda: take(a, b), lambda: take(b, a) if mistake else take(a, b))


@pair("deadlock")
def dining_philosophers(mistake):
    """Each takes the left fork first; ordered, the last one takes the right."""
    forks = [threading.Lock() for _ in range(3)]

    def eat(seat):
        left, right = seat, (seat + 1) % 3
        if not mistake:
            left, right = min(left, right), max(left, right)
        with forks[left], forks[right]:
            pass

    together(*(lambda seat=seat: eat(seat) for seat in range(3)))


@pair("deadlock")
def bounded_buffer(mistake):
    """One condition for takers and givers: notify may wake the wrong kind."""
    condition, buffer = threading.Condition(threading.Lock()), []

    def wake():
        condition.notify() if mistake else condition.notify_all()

    def give():
        with condition:
            while buffer:
                condition.wait()
            buffer.append(1)
            wake()

    def take():
        with condition:
            while not buffer:
                condition.wait()
            buffer.pop()
            wake()

    together(take, take, lambda: (give(), give()))


@pair("exception")
def if_around_wait(mistake):
    """Who was notified does not look again, though another was faster."""
    condition, items = threading.Condition(threading.Lock()), []

    def take():
        with condition:
            if mistake:
                if not items:
                    condition.wait()
            else:
                while not items:
                    condition.wait()
            items.pop()

    def give(n):
        with condition:
            items.append(n)
            condition.notify()

    together(take, take, lambda: (give(1), give(2)))


@pair("deadlock")
def missed_signal(mistake):
    """The flag is looked at before the lock is taken, and notified in between."""
    condition, state = threading.Condition(threading.Lock()), State(ready=False)

    def wait():
        if mistake:
            if not state.ready:
                with condition:
                    condition.wait()
        else:
            with condition:
                while not state.ready:
                    condition.wait()

    def signal():
        with condition:
            state.ready = True
            condition.notify()

    together(wait, signal)


@pair("exception")
def event_checked_too_early(mistake):
    """The result is read as soon as the event could be set, not once it is."""
    event, state = threading.Event(), State(result=None)

    def work():
        state.result = 42
        event.set()

    def read():
        if not mistake:
            event.wait()
        assert not (mistake and not event.is_set()), "read before it was set"
        assert state.result == 42

    together(work, read)


@pair("deadlock")
def empty_then_get(mistake):
    """Two workers see one job, and the second waits for ever."""
    jobs = queue.Queue()
    jobs.put("job")

    def work():
        if mistake:
            if not jobs.empty():
                jobs.get()
        else:
            with suppress(queue.Empty):
                jobs.get_nowait()

    together(work, work)


@pair("deadlock")
def drain_then_clear(mistake):
    """The event is cleared after the items were taken: one that came in between is forgotten."""
    event, items, done = threading.Event(), queue.SimpleQueue(), []

    def give():
        for item in range(2):
            items.put(item)
            event.set()

    def take():
        while len(done) < 2:
            event.wait()
            if not mistake:
                event.clear()
            while not items.empty():
                done.append(items.get())
            if mistake:
                event.clear()

    together(give, take)


@pair("deadlock")
def permit_kept_on_error(mistake):
    """An error between acquire and release keeps the permit."""
    semaphore, odd = threading.Semaphore(1), []

    def risky():
        odd.append(1)
        if len(odd) == 1:
            raise ValueError

    def work():
        try:
            if mistake:
                semaphore.acquire()
                risky()
                semaphore.release()
            else:
                with semaphore:
                    risky()
        except ValueError:
            pass

    together(work, work)


@pair("deadlock")
def barrier_without_generations(mistake):
    """A fast thread comes to the next meeting before a slow one has left the last."""
    condition, count, generation = threading.Condition(threading.Lock()), [0], [0]

    def meet():
        with condition:
            count[0] += 1
            mine = generation[0]
            if count[0] == 2:
                count[0] = 0
                generation[0] += 1
                condition.notify_all()
            elif mistake:
                while count[0]:
                    condition.wait()
            else:
                while generation[0] == mine:
                    condition.wait()

    together(*[lambda: (meet(), meet())] * 2)


@pair("exception")
def one_turnstile(mistake):
    """A reusable barrier with one turnstile lets a thread go round twice."""
    lock, count, rounds = threading.Lock(), [0], []
    into, out = threading.Semaphore(0), threading.Semaphore(0)

    def meet(name, number):
        with lock:
            count[0] += 1
            if count[0] == 2:
                for _ in range(2):
                    into.release()
        into.acquire()
        rounds.append((name, number))
        with lock:
            count[0] -= 1
            if count[0] == 0 and not mistake:
                for _ in range(2):
                    out.release()
        if not mistake:
            out.acquire()

    def walk(name):
        meet(name, 1)
        with lock:
            gone = sum(number == 1 for _, number in rounds)
        assert mistake is False or gone == 2, "left before the other had come through"

    together(lambda: walk("a"), lambda: walk("b"))


@pair("exception")
def initialised_once(mistake):
    """Looked at without the lock, and not looked at again with it."""
    lock, state = threading.Lock(), State(made=False)
    made = []

    def use():
        if not state.made:
            with lock:
                if mistake or not state.made:
                    made.append(1)
                    state.made = True

    together(use, use)
    assert made == [1]


@pair("deadlock")
def readers_and_writers(mistake):
    """The first reader takes the room; the count of readers must be guarded."""
    room, guard, state = threading.Lock(), threading.Lock(), State(readers=0, writing=False)

    def enter():
        state.readers += 1
        if state.readers == 1:
            room.acquire()

    def leave():
        state.readers -= 1
        if state.readers == 0:
            room.release()

    def read():
        if mistake:
            enter()
        else:
            with guard:
                enter()
        assert not state.writing
        if mistake:
            leave()
        else:
            with guard:
                leave()

    def write():
        with room:
            state.writing = True
            state.writing = False

    together(read, read, write)


@pair("exception")
def lost_on_time_out(mistake):
    """Who gives up does not look whether the item came just then."""
    lock, box, taken = threading.Lock(), [], []
    ready = threading.Event()

    def give():
        with lock:
            box.append("item")
        ready.set()

    def take():
        came = ready.wait(timeout=1)
        with lock:
            if came or not mistake:
                taken.extend(box)
                box.clear()
            else:
                box.append("closed")

    together(give, take)
    assert taken == ["item"] or box == ["item"], (taken, box)


@pair("exception")
def four_preemptions(mistake):
    """A counter that gets to six only if the threads take turns at each of its steps."""
    state, lock = State(count=0), threading.Lock()

    def follow(counts):
        with lock if not mistake else threading.Lock():
            for count in counts:
                if state.count != count:
                    return
                state.count = count + 1

    together(lambda: follow((0, 2, 4)), lambda: follow((1, 3, 5)))
    assert state.count < 6


@pair("deadlock")
def try_lock_back_off(mistake):
    """Who cannot have both lets go of the first; the mistake keeps it, and waits."""
    a, b = threading.Lock(), threading.Lock()

    def take(first, second):
        with first:
            if second.acquire(blocking=mistake):
                second.release()

    together(lambda: take(a, b), lambda: take(b, a))


@pair("deadlock")
def timed_ab_ba(mistake):
    """With time-outs on both sides the opposite orders come to an end."""
    a, b = threading.Lock(), threading.Lock()

    def take(first, second):
        with first:
            if second.acquire(timeout=-1 if mistake else 1):
                second.release()

    together(lambda: take(a, b), lambda: take(b, a))


@pair("lost thread")
def forgotten_worker(mistake):
    """Nobody tells the worker that there is nothing more to come."""
    jobs = queue.Queue()

    def work():
        while jobs.get() is not None:
            pass

    threading.Thread(target=work, name="worker").start()
    jobs.put("job")
    if not mistake:
        jobs.put(None)


@pair("exception")
def sleep_is_no_wait(mistake):
    """A thread that sleeps longer does not have to come later."""
    state = State(value=0)

    def write():
        state.value = 1

    thread = threading.Thread(target=write)
    thread.start()
    if mistake:
        time.sleep(3600)
    else:
        thread.join()
    assert state.value == 1
    thread.join()


@pair("deadlock")
def pool_that_waits_for_itself(mistake):
    """A job that waits for another in a pool of one thread."""
    with ThreadPoolExecutor(1) as pool:

        def outer():
            inner = pool.submit(int, "7")
            return inner.result() if mistake else inner

        found = pool.submit(outer).result()
        assert mistake or found.result() == 7


@pair("exception")
def timer_cancelled_too_late(mistake):
    """The timer may have fired before it is cancelled; joining tells."""
    fired = []
    timer = threading.Timer(10, fired.append, [1])
    timer.start()
    timer.cancel()
    timer.join()
    assert not fired or not mistake
