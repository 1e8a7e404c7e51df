"""What any primitive owes to a program that mixes it with the standard library's own objects."""

from __future__ import annotations

import _thread
import gc
import io
import logging
import logging.handlers
import queue
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing.dummy.connection import Connection

from syncprims.conformance.adapter import PRIMITIVES, NotApplicable
from syncprims.conformance.crew import until
from syncprims.conformance.delays import BRIEF, LIMIT
from syncprims.conformance.queues import forgotten
from syncprims.conformance.requirement import cases, raises, requirement
from syncprims.conformance.signals import in_child, needs_fork
from syncprims.conformance.timing import frozen_clock

NO_TIME = (
    BRIEF / 20
)  # seconds: where a wait must expire, and nothing is said about how long it took

QUEUES = ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")
MANAGERS = ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore")

any_kind = cases("kind", {name: name for name in PRIMITIVES.values()})


def maker(implementation, name):
    """Return what makes a primitive of that name."""
    found = implementation.get(name)
    return partial(found, 2) if name == "Barrier" else found


def not_its_own(implementation, name):
    """Ask no more of an implementation that names an exception class of its own."""
    found = implementation.get(name)
    if found is not getattr(queue, name, getattr(threading, name, found)):
        raise NotApplicable(f"{implementation.name} has a {name} of its own")


def wait_in(condition, crew, levels=1):
    """Start a thread that waits in a condition whose lock it has taken `levels` times."""
    inside = []

    def wait():
        with ExitStack() as held:
            for _ in range(levels):
                held.enter_context(condition)
            inside.append(True)
            return condition.wait(LIMIT)

    task = crew.start(wait)
    until(lambda: inside)
    return task


def is_free(lock, crew):
    """Whether a thread that has nothing to do with it can take the lock."""

    def taken():
        took = lock.acquire(False)
        if took:
            lock.release()
        return took

    return crew.start(taken).result()


def use(implementation, kind, primitive, timeout=NO_TIME):
    """Use a primitive alone, in every way that comes to an end, with waits that expire."""
    if kind in ("Lock", "Semaphore", "BoundedSemaphore"):
        with primitive:
            assert not primitive.acquire(timeout=timeout)
    elif kind == "RLock":
        with primitive, primitive:
            assert primitive.acquire(timeout=timeout)
            primitive.release()
    elif kind == "Condition":
        with primitive:
            assert not primitive.wait(timeout)
            assert not primitive.wait_for(lambda: False, timeout)
            primitive.notify_all()
    elif kind == "Event":
        assert not primitive.wait(timeout)
        primitive.set()
        assert primitive.wait()
        primitive.clear()
    elif kind == "Barrier":
        with raises(implementation.get("BrokenBarrierError")):
            primitive.wait(timeout)
        primitive.reset()
    else:
        primitive.put(1)
        assert primitive.get() == 1
        with raises(implementation.get("Empty")):
            # First, for CPython's own SimpleQueue: a get(timeout) that does not find its lock taken
            # sleeps for ever, before 3.13, if the time has passed when it looks again.
            primitive.get(False)
        with raises(implementation.get("Empty")):
            primitive.get(timeout=timeout)


# Locks and conditions of two families


@requirement(
    "INTER-01",
    level="stdlib-private",
    hint="have _release_save and _acquire_restore, which the stdlib's Condition looks for",
)
def test_rlock_under_threadings_condition_lets_go_of_every_level(RLock, crew):
    """The stdlib's Condition over the RLock lets go of every level in wait and restores them."""
    lock = RLock()
    condition = threading.Condition(lock)
    task = wait_in(condition, crew, levels=3)
    with condition:
        condition.notify()
        assert not task.done
    assert task.result() is True
    assert is_free(lock, crew)


@requirement(
    "INTER-02",
    level="detail",
    hint="have acquire, release, __enter__, __exit__ and locked, with the stdlib's arguments",
)
def test_lock_under_threadings_condition_is_let_go_and_taken_back(Lock, crew):
    """The stdlib's Condition over the Lock lets go of it in wait and takes it back."""
    lock = Lock()
    condition = threading.Condition(lock)
    task = wait_in(condition, crew)
    with condition:
        condition.notify()
    assert task.result() is True
    assert is_free(lock, crew)


@cases(("name", "levels"), [("Lock", 1), ("RLock", 2), ("_RLock", 2)])
@requirement(
    "INTER-03",
    level="stdlib-private",
    hint="use the lock's own _is_owned, _release_save and _acquire_restore if it has them",
)
def test_condition_over_threadings_locks_lets_go_and_takes_back(Condition, crew, name, levels):
    """A Condition over the stdlib's Lock, C RLock or Python RLock lets go and takes it back."""
    lock = getattr(threading, name)()
    condition = Condition(lock)
    task = wait_in(condition, crew, levels)
    with condition:
        condition.notify()
    assert task.result() is True
    assert is_free(lock, crew)


@requirement("INTER-04", level="detail", hint="ask for methods, not for a class")
def test_condition_over_a_strangers_lock_asks_only_for_methods(Condition, crew):
    """A Condition works over any object that has a lock's public methods, whatever its class."""

    class Stranger:
        def __init__(self):
            self.inner = threading.Lock()

        def acquire(self, *args, **kwargs):
            return self.inner.acquire(*args, **kwargs)

        __enter__ = acquire

        def release(self):
            self.inner.release()

        def __exit__(self, *exc):
            self.inner.release()

        def locked(self):
            return self.inner.locked()

    condition = Condition(Stranger())
    task = wait_in(condition, crew)
    with condition:
        condition.notify_all()
    assert task.result() is True


@requirement("INTER-05", level="stdlib-private", hint="keep nothing of your own on the lock")
def test_conditions_of_two_families_over_one_lock_wake_only_their_own(Condition, RLock, crew):
    """The stdlib's Condition and this one can share a lock, and each wakes only its own waiters."""
    lock = RLock()
    ours, theirs = Condition(lock), threading.Condition(lock)
    in_ours, in_theirs = (wait_in(condition, crew, levels=2) for condition in (ours, theirs))
    with lock:
        ours.notify_all()
    assert in_ours.result() is True
    crew.asleep(theirs)
    with lock:
        theirs.notify_all()
    assert in_theirs.result() is True


@cases("name", ["Event", "Semaphore", "Barrier"])
@requirement(
    "INTER-06",
    level="stdlib-private",
    hint="wait, wait_for, notify and notify_all with the stdlib's arguments and answers",
)
def test_condition_inside_threadings_primitives_carries_them(Condition, Lock, crew, name):
    """The stdlib's Event, Semaphore and Barrier work when their _cond is this Condition."""
    wait, wake, arguments = {
        "Event": ("wait", "set", ()),
        "Semaphore": ("acquire", "release", (0,)),
        "Barrier": ("wait", "wait", (2,)),
    }[name]
    primitive = getattr(threading, name)(*arguments)
    primitive._cond = Condition(Lock())
    task = crew.start(getattr(primitive, wait))
    crew.asleep(primitive)
    getattr(primitive, wake)()
    assert task.result() in (True, 0)


@requirement(
    "INTER-07", level="detail", hint="wait and notify with the stdlib's arguments and answers"
)
def test_condition_inside_a_stdlib_queue_carries_it(Condition, Lock, crew):
    """The stdlib's Queue works when its mutex and its conditions are this Lock and Condition."""
    items = queue.Queue(2)
    items.mutex = Lock()
    for name in ("not_empty", "not_full", "all_tasks_done"):
        setattr(items, name, Condition(items.mutex))

    def consume():
        for _ in range(100):
            yield items.get(timeout=LIMIT)
            items.task_done()

    consumer = crew.start(lambda: list(consume()))
    for number in range(100):
        items.put(number, timeout=LIMIT)
    crew.start(items.join).result()
    assert consumer.result() == list(range(100))


@cases("name", MANAGERS)
@requirement("INTER-08", hint="__enter__ and __exit__ are found on the class, not on the object")
def test_exit_stack_enters_and_leaves(implementation, name):
    """contextlib's ExitStack can enter a lock, a condition or a semaphore, and leaves it again."""
    lock = implementation.get(name)()
    with ExitStack() as stack:
        stack.enter_context(lock)
        if name != "RLock" and name != "Condition":
            assert not lock.acquire(False)
    assert lock.acquire(False)


# Threads, timers and executors


@requirement(
    "INTER-09",
    level="stdlib-private",
    hint="have set, wait and is_set: Thread uses them as it starts",
)
def test_event_inside_a_thread_tells_that_it_has_started(Event):
    """A Thread whose _started is this Event starts, runs and is joined."""
    ran = []
    thread = threading.Thread(target=ran.append, args=(True,), daemon=True)
    thread._started = Event()
    thread.start()
    thread.join(LIMIT)
    assert ran
    assert thread._started.is_set()
    assert not thread.is_alive()


@needs_fork
@requirement(
    "INTER-10",
    level="stdlib-private",
    hint="have _at_fork_reinit, which threading calls in every child",
)
def test_event_inside_a_thread_survives_fork(Event):
    """In a forked child, where threading resets the _started of every Thread, this Event works."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, args=(LIMIT,), daemon=True)
    thread._started = Event()
    thread.start()

    def child():
        assert threading.enumerate() == [threading.current_thread()]
        assert not thread.is_alive()
        assert thread._started.is_set()
        thread._started.clear()
        assert not thread._started.wait(NO_TIME)

    try:
        in_child(child)
    finally:
        stop.set()
        thread.join(LIMIT)
    assert not thread.is_alive()


@requirement("INTER-11", hint="set may be called in any thread")
def test_event_set_by_a_timer_wakes_the_waiter(Event):
    """A threading.Timer that sets an Event wakes the thread that waits for it."""
    event = Event()
    timer = threading.Timer(BRIEF, event.set)
    timer.start()
    assert event.wait(LIMIT)
    timer.join(LIMIT)
    assert not timer.is_alive()


@requirement("INTER-12", level="stdlib-private", hint="wait(timeout) returns when set is called")
def test_event_inside_a_timer_cancels_it(Event):
    """A threading.Timer whose finished is this Event can be cancelled while it waits."""
    ran = []
    timer = threading.Timer(LIMIT, ran.append, args=(True,))
    timer.daemon = True
    timer.finished = Event()
    timer.start()
    timer.cancel()
    timer.join(LIMIT)
    assert not timer.is_alive()
    assert not ran


@cases("name", ["Queue", "SimpleQueue"])
@requirement(
    "INTER-13", level="stdlib-private", hint="put, get, get_nowait and Empty as in the stdlib's"
)
def test_queue_inside_a_thread_pool_carries_its_work(implementation, name):
    """A ThreadPoolExecutor works and shuts down over this Queue or SimpleQueue as work queue."""
    make = implementation.get(name)
    with ThreadPoolExecutor(3) as pool:
        pool._work_queue = make()
        assert list(pool.map(abs, range(-50, 0), timeout=LIMIT)) == list(range(50, 0, -1))
        pool.shutdown(cancel_futures=True)


@requirement(
    "INTER-14", level="stdlib-private", hint="be a context manager with wait and notify_all"
)
def test_condition_inside_a_future_wakes_who_waits_for_its_result(Condition, crew):
    """A concurrent.futures.Future whose condition is this one wakes who waits for its result."""
    future = Future()
    future._condition = Condition()
    tasks = [crew.start(future.result, LIMIT) for _ in range(2)]
    crew.asleep(future._condition, 2)
    future.set_result("done")
    assert [task.result() for task in tasks] == ["done", "done"]


@any_kind
@requirement(
    "INTER-15", hint="take the thread's identity from _thread.get_ident: it needs no Thread object"
)
def test_thread_unknown_to_threading_can_use_it(implementation, kind):
    """A thread started by _thread, which has no Thread object, can use every primitive."""
    make = maker(implementation, kind)
    primitive = make()
    outcome = []

    def run():
        try:
            outcome.append(use(implementation, kind, primitive))
        except BaseException as error:
            outcome.append(error)

    _thread.start_new_thread(run, ())
    until(lambda: outcome)
    if outcome != [None]:
        raise outcome[0]


# Logging and multiprocessing.dummy


@requirement("INTER-16", level="detail", hint="let the holder in again")
def test_rlock_inside_a_logging_handler_lets_it_log_while_it_logs(RLock, crew):
    """A logging.Handler whose lock is this RLock may log again from its own emit."""
    seen = []

    class Talkative(logging.Handler):
        def emit(self, record):
            seen.append(record.msg)
            if record.msg:
                self.handle(logging.makeLogRecord({"msg": record.msg - 1}))

    handler = Talkative()
    handler.lock = RLock()
    crew.start(handler.handle, logging.makeLogRecord({"msg": 2})).result()
    handler.handle(logging.makeLogRecord({"msg": 1}))
    assert seen == [2, 1, 0, 1, 0]


@requirement(
    "INTER-17",
    level="stdlib-private",
    hint="have _at_fork_reinit, which logging calls in every child",
)
def test_rlock_inside_a_logging_handler_is_reset_as_after_a_fork(RLock, crew):
    """A logging.Handler can reset this RLock, held by a thread that is no more, as after a fork."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.lock = RLock()
    crew.start(handler.acquire).result()
    handler._at_fork_reinit()
    crew.start(handler.handle, logging.makeLogRecord({"msg": "here"})).result()
    assert out.getvalue() == "here\n"


@cases("name", ["Queue", "SimpleQueue"])
@requirement(
    "INTER-18",
    hint="count the task before an item can be seen: a quick listener calls task_done at once",
)
def test_queue_between_logging_handler_and_listener_carries_the_records(implementation, name):
    """A logging QueueListener handles all that a QueueHandler has put into the queue, and stops."""
    records = implementation.get(name)()
    records.put_nowait("first")  # what the two call, called here: it may have less
    assert records.get(True) == "first"
    if hasattr(records, "task_done"):
        records.task_done()
    out = io.StringIO()
    listener = logging.handlers.QueueListener(records, logging.StreamHandler(out))
    listener.start()
    sender = logging.handlers.QueueHandler(records)
    for number in range(20):
        sender.handle(logging.makeLogRecord({"msg": f"record {number}"}))
    listener.stop()
    assert out.getvalue().splitlines() == [f"record {number}" for number in range(20)]


@requirement("INTER-19", level="detail", hint="not_empty is where getters sleep and put notifies")
def test_queue_under_multiprocessing_dummy_wakes_poll(Queue, crew):
    """A multiprocessing.dummy Connection over Queues polls by waiting in their not_empty."""
    there, back = Queue(), Queue()
    ours, theirs = Connection(there, back), Connection(back, there)
    assert not ours.poll(NO_TIME)
    task = crew.start(ours.poll, 10 * LIMIT)  # unwoken it would see the letter only then
    crew.asleep(there)
    theirs.send("letter")
    assert task.result() is True
    assert ours.recv() == "letter"


# The exceptions' names


@cases("name", QUEUES)
@requirement("INTER-20", hint="raise queue.Empty and queue.Full, or name your own in the adapter")
def test_empty_and_full_are_caught_by_the_queue_modules_names(implementation, name):
    """Code that catches queue.Empty and queue.Full catches those of every queue."""
    not_its_own(implementation, "Empty")
    not_its_own(implementation, "Full")
    make = implementation.get(name)
    with raises(queue.Empty):
        make().get_nowait()
    if name != "SimpleQueue":
        full = make(1)
        full.put(1)
        with raises(queue.Full):
            full.put_nowait(2)


@requirement(
    "INTER-21", since=(3, 13), hint="raise queue.ShutDown, or name your own in the adapter"
)
def test_shut_down_is_caught_by_the_queue_modules_name(Queue, implementation, ShutDown):
    """Code that catches queue.ShutDown, where the stdlib has it, catches that of a Queue."""
    not_its_own(implementation, "ShutDown")
    items = Queue()
    items.shutdown()
    with raises(getattr(queue, "ShutDown", ShutDown)):
        items.get()


@requirement("INTER-22", hint="raise threading.BrokenBarrierError, or name your own in the adapter")
def test_broken_barrier_error_is_caught_by_threadings_name(Barrier, implementation):
    """Code that catches threading.BrokenBarrierError catches that of a Barrier."""
    not_its_own(implementation, "BrokenBarrierError")
    barrier = Barrier(2)
    barrier.abort()
    with raises(threading.BrokenBarrierError):
        barrier.wait()


# Objects among objects


@any_kind
@requirement("INTER-23", level="detail", hint="define no __len__ and no __bool__")
def test_truth_of_a_primitive_is_true_whatever_its_state(implementation, kind):
    """A primitive is true: unlocked, unset, without permits and without items as well."""
    make = maker(implementation, kind)
    primitive = make()
    assert bool(primitive) is True
    use(implementation, kind, primitive)
    assert bool(primitive) is True


@any_kind
@requirement("INTER-24", level="detail", hint="define no __eq__")
def test_primitive_as_a_key_is_equal_only_to_itself(implementation, kind):
    """A primitive can be a dictionary's key, equal to none but itself, and stays so when used."""
    make = maker(implementation, kind)
    first, second = make(), make()
    table = {first: 1, second: 2}
    use(implementation, kind, first)
    assert (table[first], table[second]) == (1, 2)
    assert first == first
    assert first != second


@any_kind
@requirement("INTER-25", level="detail", hint="if you use __slots__, add __weakref__")
def test_primitive_in_weak_collections_leaves_them_when_dropped(implementation, kind):
    """A primitive can stand in weak dictionaries and sets, and is gone from them once dropped."""
    make = maker(implementation, kind)
    primitive = make()
    keys, values = weakref.WeakKeyDictionary(), weakref.WeakValueDictionary()
    members = weakref.WeakSet([primitive])
    keys[primitive] = values[0] = primitive
    keys[primitive] = 1
    assert [len(keys), len(values), len(members)] == [1, 1, 1]
    ref = weakref.ref(primitive)
    del primitive
    until(lambda: forgotten(ref))
    assert [len(keys), len(values), len(members)] == [0, 0, 0]


@any_kind
@requirement("INTER-26", level="detail", hint="keep it in no global table, or weakly")
def test_primitive_dropped_unused_is_forgotten(implementation, kind):
    """Nothing keeps a primitive alive that its user has dropped."""
    make = maker(implementation, kind)
    primitive = make()
    ref = weakref.ref(primitive)
    del primitive
    assert forgotten(ref)


@any_kind
@requirement(
    "INTER-27",
    level="detail",
    hint="leave the queue when your time has passed; keep no exception with its frames",
)
def test_primitive_dropped_after_expired_waits_is_forgotten(implementation, kind):
    """Nothing keeps a primitive alive that was used, and waited for until the time was up."""
    make = maker(implementation, kind)
    primitive = make()
    use(implementation, kind, primitive)
    ref = weakref.ref(primitive)
    del primitive
    assert forgotten(ref)


@any_kind
@requirement(
    "INTER-28", level="detail", hint="keep nothing for a thread once its call has returned"
)
def test_primitive_dropped_by_the_threads_that_used_it_is_forgotten(implementation, kind, crew):
    """Nothing keeps a primitive alive that threads have used and dropped."""
    make = maker(implementation, kind)
    primitive = make()
    for _ in range(2):
        crew.start(use, implementation, kind, primitive).result()
    ref = weakref.ref(primitive)
    del primitive
    until(lambda: forgotten(ref))


@requirement(
    "INTER-29",
    level="detail",
    hint="keep it in no global table, or weakly; let the collector see its fields",
)
def test_primitives_in_cycles_are_collected_while_others_are_used(implementation, crew):
    """Primitives in reference cycles are collected while other threads make and use more."""
    names = [name for name in PRIMITIVES.values() if implementation.has(name)]
    makers = {name: maker(implementation, name) for name in names}
    refs = []

    class Holder:
        pass

    def litter():
        for name, make in makers.items():
            for _ in range(5):
                holder = Holder()
                holder.itself, holder.primitive = holder, make()
                use(implementation, name, holder.primitive, 0)
                refs.append(weakref.ref(holder.primitive))
            # Here, so that it comes to an end: a thread that only collects, again and again,
            # stops the others on a free-threaded build until none gets anywhere.
            gc.collect()

    tasks = [crew.start(litter) for _ in range(2)]
    for task in tasks:
        task.result()
    until(lambda: (gc.collect(), all(ref() is None for ref in refs))[1])


# A clock that stands still


@requirement(
    "INTER-30",
    level="detail",
    hint="leave a single time-out to the lock that you sleep on; read no clock",
)
def test_single_timed_waits_expire_although_the_clock_is_frozen(
    Lock, RLock, Condition, Event, crew
):
    """A timed acquire of a lock, or wait for a condition or an event, expires on a frozen clock."""
    lock, rlock, condition = Lock(), RLock(), Condition()

    def wait():
        with condition:
            return condition.wait(BRIEF)

    with lock, rlock, frozen_clock():
        tasks = [crew.start(held.acquire, True, BRIEF) for held in (lock, rlock)]
        tasks += [crew.start(wait), crew.start(Event().wait, BRIEF)]
        assert [task.result() for task in tasks] == [False] * 4


@requirement(
    "INTER-31",
    beyond="waits for ever: freezegun leaves threading and queue alone, by their names",
    hint="bind the clock where a tool that replaces time.monotonic does not reach it",
)
def test_timed_waits_in_a_loop_expire_although_the_clock_is_frozen(
    Condition, Semaphore, Barrier, Queue, SimpleQueue, Empty, Full, BrokenBarrierError, crew
):
    """A timed wait_for, acquire of a semaphore, barrier, put and get expire on a frozen clock."""
    condition, items = Condition(), Queue(1)
    items.put(1)

    def wait_for():
        with condition:
            return condition.wait_for(lambda: False, BRIEF)

    with frozen_clock():
        fruitless = [crew.start(wait_for), crew.start(Semaphore(0).acquire, True, BRIEF)]
        refused = [
            crew.start(items.put, 2, True, BRIEF),
            crew.start(Queue().get, True, BRIEF),
            crew.start(SimpleQueue().get, True, BRIEF),
            crew.start(Barrier(2).wait, BRIEF),
        ]
        assert [task.result() for task in fruitless] == [False, False]
        for task in refused:
            with raises((Full, Empty, BrokenBarrierError)):
                task.result()


@requirement(
    "INTER-33",
    level="detail",
    hint="give up when the time left is zero or less (<=): a clock may read the same twice",
)
def test_time_outs_of_zero_end_although_the_clock_is_frozen(Semaphore, Queue, Empty, Full, crew):
    """A time-out of zero of a semaphore's acquire, of put and of get ends on a frozen clock."""
    items = Queue(1)
    items.put(1)
    with frozen_clock():
        fruitless = crew.start(Semaphore(0).acquire, True, 0)
        refused = [crew.start(items.put, 2, True, 0), crew.start(Queue().get, True, 0)]
        assert fruitless.result() is False
        for task in refused:
            with raises((Full, Empty)):
                task.result()


# After a fork


@requirement(
    "INTER-32",
    level="stdlib-private",
    hint="have _at_fork_reinit, which threading calls in every child",
)
def test_condition_inside_threadings_event_is_reset_as_after_a_fork(Condition, Lock, crew):
    """The stdlib's Event can reset this Condition, held by a thread that is no more."""
    event = threading.Event()
    event._cond = Condition(Lock())
    crew.start(event._cond.acquire).result()
    event._at_fork_reinit()
    event.set()
    assert crew.start(event.wait).result() is True
