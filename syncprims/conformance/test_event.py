"""What an Event owes: a flag that threads can wait for."""

from __future__ import annotations

import copy
import gc
import pickle
import re
import signal
import sys
import threading
import warnings
import weakref

from syncprims.conformance.adapter import NotApplicable
from syncprims.conformance.crew import Crew, Wedged, sleepers, until
from syncprims.conformance.delays import BRIEF, LIMIT
from syncprims.conformance.requirement import cases, raises, requirement
from syncprims.conformance.signals import (
    Interrupted,
    in_child,
    interruptible,
    needs_fork,
    needs_signals,
)
from syncprims.conformance.timing import ends_in_time, lasting


@requirement("EVENT-01", hint="a flag that is False at birth")
def test_is_set_on_a_new_event_is_false(Event):
    """A new event is not set."""
    assert Event().is_set() is False


@requirement("EVENT-02", hint="set writes True, is_set returns the flag itself")
def test_set_makes_is_set_true(Event):
    """After set, is_set returns True, however often set is called."""
    event = Event()
    event.set()
    event.set()
    assert event.is_set() is True


@requirement("EVENT-03", hint="clear writes False and wakes nobody")
def test_clear_makes_is_set_false(Event):
    """After clear, is_set returns False, also on an event that is not set."""
    event = Event()
    event.clear()
    event.set()
    event.clear()
    assert event.is_set() is False


@requirement("EVENT-04", hint="look at the flag first and return True, whatever the time-out")
def test_wait_on_a_set_event_returns_true_at_once(Event):
    """wait returns True without sleeping while the event is set, whatever the time-out."""
    event = Event()
    event.set()
    assert [event.wait(), event.wait(0), event.wait(-1), event.wait(LIMIT)] == [True] * 4


@requirement("EVENT-05", hint="return False when the sleep timed out, nothing else that is false")
def test_wait_times_out_returns_false(Event):
    """wait returns False once the time-out has passed, and not before."""
    event = Event()
    with lasting(BRIEF):
        assert event.wait(BRIEF) is False


@cases("timeout", [0, 0.0, -0.5, -1, -1e9])
@requirement("EVENT-06", hint="a time-out that has passed is no error: return the flag")
def test_wait_with_no_time_left_returns_false_at_once(Event, timeout):
    """A time-out of zero or less is a look at the flag: no sleep, no error."""
    assert Event().wait(timeout) is False


@requirement("EVENT-07", hint="set opens the gates of all who are queued")
def test_set_wakes_every_waiter(Event, crew):
    """set wakes all the threads that wait, with or without a time-out, and each gets True."""
    event = Event()
    tasks = [crew.start(event.wait, timeout) for timeout in (None, LIMIT, None, LIMIT)]
    crew.asleep(event, 4)
    event.set()
    assert [task.result() for task in tasks] == [True] * 4


@requirement(
    "EVENT-08",
    hint="return whether your gate was opened: do not look at the flag again, it may be cleared",
)
def test_wait_returns_true_although_clear_follows_set(Event, crew):
    """A waiter that was asleep when set was called gets True even if clear follows at once."""
    event = Event()
    tasks = [crew.start(event.wait) for _ in range(5)]
    crew.asleep(event, 5)
    event.set()
    event.clear()
    assert [task.result() for task in tasks] == [True] * 5
    assert not event.is_set()


@cases("timeout", [LIMIT, threading.TIMEOUT_MAX])
@requirement(
    "EVENT-09",
    hint="give the sleep the time-out as it is; up to TIMEOUT_MAX it is a number like others",
)
def test_wait_with_time_left_returns_true_when_set(Event, crew, timeout):
    """A waiter with a time-out, up to TIMEOUT_MAX, gets True when the event is set in time."""
    event = Event()
    task = crew.start(event.wait, timeout)
    crew.asleep(event)
    event.set()
    assert task.result() is True


@requirement("EVENT-10", hint="look at the flag when wait is called; keep no set for later")
def test_wait_after_clear_sleeps(Event, crew):
    """What was set and cleared before does not count: wait sleeps until the next set."""
    event = Event()
    event.set()
    event.clear()
    assert event.wait(BRIEF) is False
    task = crew.start(event.wait)
    crew.asleep(event)
    assert not task.done
    event.set()
    assert task.result() is True


@requirement("EVENT-11", hint="clear touches the flag alone, not the queue")
def test_clear_leaves_waiters_asleep(Event, crew):
    """clear neither wakes nor loses the threads that wait: the next set wakes them."""
    event = Event()
    tasks = [crew.start(event.wait) for _ in range(2)]
    crew.asleep(event, 2)
    event.clear()
    crew.asleep(event, 2)
    assert [task.done for task in tasks] == [False] * 2
    event.set()
    assert [task.result() for task in tasks] == [True] * 2


@requirement("EVENT-12", hint="leave the flag as it is when a waiter leaves")
def test_set_stays_until_clear(Event, crew):
    """The event stays set however many threads have waited for it."""
    event = Event()
    tasks = [crew.start(event.wait) for _ in range(8)]
    crew.asleep(event, 8)
    event.set()
    assert [task.result() for task in tasks] == [True] * 8
    assert event.wait() is True
    assert event.is_set() is True


@cases("timeout", [1e100, float("inf"), threading.TIMEOUT_MAX + 1])
@requirement(
    "EVENT-13", hint="try the time-out before you queue, or take your gate out in a finally"
)
def test_wait_with_a_timeout_that_is_too_long_leaves_no_trace(Event, crew, timeout):
    """A time-out beyond TIMEOUT_MAX is refused with OverflowError and leaves no waiter."""
    event = Event()
    with raises(OverflowError):
        event.wait(timeout)
    assert sleepers(event) in (0, None)
    task = crew.start(event.wait)
    crew.asleep(event)
    event.set()
    assert task.result() is True


@requirement("EVENT-14", level="detail", since=(3, 15), hint="refuse NaN before you queue")
def test_wait_with_nan_raises_value_error(Event):
    """A time-out to sleep that is NaN is refused with ValueError and leaves no waiter."""
    event = Event()
    with raises(ValueError):
        event.wait(float("nan"))
    assert sleepers(event) in (0, None)


@requirement(
    "EVENT-15", level="detail", hint="take your gate out of the queue when the time has passed"
)
def test_wait_timed_out_leaves_the_queue(Event, crew):
    """Waiters that have timed out do not pile up in the event."""
    event = Event()
    tasks = [crew.start(event.wait, BRIEF) for _ in range(3)]
    assert [task.result() for task in tasks] == [False] * 3
    assert sleepers(event) in (0, None)


@requirement(
    "EVENT-16",
    race=True,
    hint="look at the flag and queue in one step under the mutex that set takes",
)
def test_set_racing_wait_is_not_missed(Event, crew):
    """A set that comes just as a thread goes to sleep wakes it."""
    ping, pong = Event(), Event()

    def play(mine, other):
        for _ in range(100):
            assert mine.wait() is True
            mine.clear()
            other.set()

    tasks = [crew.start(play, ping, pong), crew.start(play, pong, ping)]
    ping.set()
    assert [task.result() for task in tasks] == [None] * 2
    assert (ping.is_set(), pong.is_set()) == (True, False)


@requirement(
    "EVENT-17",
    race=True,
    hint="when the time has passed, take your gate out under the mutex; gone already means set",
)
def test_set_racing_a_timeout_is_not_missed(Event, crew):
    """A thread that gives up again and again still finds out about each set."""
    ping, pong = Event(), Event()

    def play(mine, other, timeout):
        for _ in range(20):
            while not mine.wait(timeout):
                pass
            mine.clear()
            other.set()

    tasks = [crew.start(play, ping, pong, 0.0002), crew.start(play, pong, ping, 0.0003)]
    ping.set()
    assert [task.result() for task in tasks] == [None] * 2


@cases("timeout", [None, LIMIT])
@needs_signals
@requirement("EVENT-18", main_thread=True, hint="take your gate out of the queue in a finally")
def test_wait_interrupted_leaves_no_trace(Event, crew, timeout):
    """An exception from a signal handler gets a waiter out; the event works on without it."""
    event = Event()

    def strike():
        crew.asleep(event)
        interrupt()

    with interruptible() as interrupt:
        striking = crew.start(strike)
        with raises(Interrupted):
            event.wait(timeout)
        striking.result()
    assert sleepers(event) in (0, None)
    task = crew.start(event.wait)
    crew.asleep(event)
    event.set()
    assert task.result() is True


@needs_signals
@requirement("EVENT-19", level="detail", main_thread=True, hint="hold no mutex while you sleep")
def test_set_in_a_signal_handler_wakes_its_own_thread(Event, crew):
    """A signal handler may set the event that the thread it interrupts is waiting for."""
    event = Event()

    def strike():
        crew.asleep(event)
        interrupt()

    with interruptible(event.set) as interrupt:
        striking = crew.start(strike)
        assert event.wait(LIMIT) is True
        striking.result()


@needs_signals
@requirement(
    "EVENT-20",
    main_thread=True,
    beyond="it waits for the lock that its own thread holds",
    hint="hold no mutex where a handler may come, or let set work without it",
)
def test_set_in_a_signal_handler_during_set_returns(Event, crew):
    """A signal handler may set the event that the thread it interrupts is setting."""
    if sys.implementation.name == "pypy":
        raise NotApplicable("PyPy runs handlers anywhere: also just after a lock is taken")
    event, main = Event(), threading.get_ident()
    sent = handled = 0
    over, stuck = threading.Event(), False

    def handle(signum, frame):
        nonlocal handled
        if stuck:
            raise Interrupted
        event.set()
        handled += 1

    def all_handled():
        return handled == sent

    def storm():
        nonlocal sent, stuck
        try:
            for _ in range(10):
                sent += 1
                signal.pthread_kill(main, signal.SIGUSR1)
                until(all_handled)
        except Wedged:
            stuck = True
            signal.pthread_kill(main, signal.SIGUSR1)

    def wait():
        while not over.wait(BRIEF / 20):
            event.wait()

    old = signal.signal(signal.SIGUSR1, handle)
    try:
        waiting, storming = crew.start(wait), crew.start(storm)
        while not storming.done:
            event.clear()
            event.set()
    finally:
        over.set()
        storming.result()
        signal.signal(signal.SIGUSR1, old)
    waiting.result()


@requirement(
    "EVENT-21",
    beyond="set, clear, and wait on a set event take the event's lock",
    hint="is_set, clear, and set and wait on a set event can do without the mutex",
)
def test_calls_that_need_not_wait_take_no_lock(Event, crew):
    """is_set, clear, and set and wait on a set event return at once, whoever holds its lock."""
    event = Event()
    event.set()

    def calls():
        return event.wait(), event.set(), event.is_set(), event.clear(), event.is_set()

    with event._cond:
        assert crew.start(calls).result() == (True, None, True, None, False)


@requirement("EVENT-22", hint="isSet returns is_set()")
def test_isset_is_is_set(Event):
    """isSet returns what is_set does."""
    event = Event()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert event.isSet() is False
        event.set()
        assert event.isSet() is True


@requirement("EVENT-23", level="detail", hint="give __init__ no parameters")
def test_init_with_arguments_raises_type_error(Event):
    """An event is made without arguments."""
    with raises(TypeError):
        Event(True)
    with raises(TypeError):
        Event(flag=True)


@needs_fork
@requirement(
    "EVENT-24", level="detail", hint="keep the state in the object: the child's copy is its own"
)
def test_fork_gives_the_child_an_event_of_its_own(Event, crew):
    """The child of a fork can wait for and set an event, and wakes none of the parent's waiters."""
    event = Event()
    task = crew.start(event.wait)
    crew.asleep(event)
    event.clear()  # returns when the waiter has let go of the event's lock, if that has one

    def child():
        own = Crew()
        assert event.is_set() is False
        ahead = sleepers(event) or 0
        waiting = own.start(event.wait)
        own.asleep(event, ahead + 1)
        event.set()
        assert waiting.result() is True

    in_child(child)
    crew.asleep(event)
    assert not task.done
    event.set()
    assert task.result() is True
    in_child(lambda: event.wait() or 1 / 0)


@needs_fork
@requirement(
    "EVENT-25",
    beyond="in the child nobody can release its lock any more",
    hint="register with os.register_at_fork: free the lock that a lost thread held",
)
def test_fork_frees_what_another_thread_holds(Event, crew):
    """An event works in the child although another thread was in one of its calls at the fork."""
    event = Event()
    taken, leave = threading.Event(), threading.Event()

    def hold():
        with event._cond:
            taken.set()
            leave.wait()

    def child():
        own = Crew()
        own.start(event.set).result()
        assert own.start(event.wait).result() is True
        own.start(event.clear).result()
        assert own.start(event.wait, BRIEF).result() is False

    task = crew.start(hold)
    taken.wait()
    try:
        in_child(child)
    finally:
        leave.set()
    task.result()


@requirement("EVENT-26", level="detail", hint="keep no reference to the event in what sleeps")
def test_weakref_does_not_keep_an_event_alive(Event):
    """An event can be weakly referred to, and goes away when its user drops it."""
    event = Event()
    event.wait(0)
    ref = weakref.ref(event)
    assert ref() is event
    del event
    gc.collect()
    assert ref() is None


@cases("duplicate", [pickle.dumps, copy.deepcopy])
@requirement(
    "EVENT-27", level="detail", hint="raise TypeError from __reduce__, or hold a lock that does"
)
def test_duplicate_is_refused(Event, duplicate):
    """An event can be neither pickled nor copied with what it holds."""
    with raises((TypeError, pickle.PicklingError)):
        duplicate(Event())


@requirement("EVENT-28", hint="be a class whose methods call no others of the public ones")
def test_subclass_is_an_event_with_more(Event, crew):
    """A subclass has attributes of its own, and extends set and wait through super."""

    class Said(Event):
        def __init__(self):
            super().__init__()
            self.words = []

        def set(self, word):
            self.words.append(word)
            super().set()

        def wait(self, timeout=None):
            return super().wait(timeout) and self.words

    event = Said()
    assert event.wait(0) is False
    task = crew.start(event.wait)
    crew.asleep(event)
    event.set("now")
    assert task.result() == ["now"]


@requirement(
    "EVENT-29", level="detail", since=(3, 11), hint="<module.Class at 0x...: set> or unset"
)
def test_repr_shows_the_flag(Event):
    """repr names the class in full, its address and whether the event is set."""
    event = Event()
    cls = type(event)
    start = re.escape(f"<{cls.__module__}.{cls.__qualname__} at {id(event):#x}: ")
    assert re.fullmatch(start + "unset>", repr(event))
    event.set()
    assert re.fullmatch(start + "set>", repr(event))


@cases("flag", [False, True])
@requirement(
    "EVENT-30",
    level="stdlib-private",
    hint="free the inner lock, empty the queue, keep the flag: Thread calls it in every child",
)
def test_at_fork_reinit_frees_the_lock_and_keeps_the_flag(Event, flag):
    """_at_fork_reinit makes an event work again whose lock a lost thread held; it stays as set."""
    event = Event()
    if flag:
        event.set()
    event._cond.acquire()
    event._at_fork_reinit()
    assert event.is_set() is flag
    assert event.wait(0) is flag
    event.set()
    assert event.wait() is True


@requirement("EVENT-31", level="detail", hint="_cond is a Condition over the event's own lock")
def test_cond_is_a_condition_over_the_events_lock(Event, crew):
    """_cond is a Condition over the event's lock, also after _at_fork_reinit."""
    event = Event()
    for _ in range(2):
        with event._cond:
            assert crew.start(event._cond.acquire, False).result() is False
            assert event._cond.wait(0) is False
            event._cond.notify_all()
        event._at_fork_reinit()
    event.set()
    assert event.wait() is True


@requirement("EVENT-32", level="detail", hint="wait sleeps in _cond")
def test_sleepers_stand_in_cond(Event, crew):
    """Who waits for an event is seen in its _cond."""
    event = Event()
    tasks = [crew.start(event.wait) for _ in range(2)]
    crew.asleep(event, 2)
    assert len(event._cond._waiters) == 2
    with event._cond:
        event._cond.notify_all()
    assert [task.result() for task in tasks] == [True, True]


@cases("timeout", ["1", []])
@requirement(
    "EVENT-33",
    level="detail",
    hint="try the time-out before you queue, or take your gate out in a finally",
)
def test_wait_with_a_timeout_that_is_no_number_leaves_no_trace(Event, crew, timeout):
    """A time-out that is no number is refused with TypeError and leaves no waiter."""
    event = Event()
    with raises(TypeError):
        event.wait(timeout)
    assert sleepers(event) in (0, None)
    task = crew.start(event.wait)
    crew.asleep(event)
    event.set()
    assert task.result() is True


@requirement(
    "EVENT-34",
    hint="give the sleep the time that is left, not more; look at the clock when you wake",
)
def test_wait_times_out_in_time(Event):
    """wait's time-out ends no later than that of a bare lock beside it, but for 0.3 s."""
    ends_in_time(lambda: Event().wait(BRIEF), BRIEF)
