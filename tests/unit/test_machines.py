"""Kit and standard library, driven by the same random calls from one thread, never tell apart.

Each example is a primitive of both families and a list of calls; after each call what came of it
(the result, or the exception's class and text) and all that can be seen of the object must be the
same. What is known to differ is left out, with the reason beside it.
"""

from __future__ import annotations

import math
import queue
import re
import sys
import threading

import pytest

import syncprims

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

SETTINGS = hypothesis.settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)


def calls(method, **parameters):
    """Calls of a method with some of the parameters, by name, in any combination."""
    return st.tuples(st.just(method), st.fixed_dictionaries({}, optional=parameters))


def always(method, **parameters):
    """Calls of a method with all of the parameters."""
    return st.tuples(st.just(method), st.fixed_dictionaries(parameters))


def if_since(version, *values):
    """The values, if this Python's stdlib takes them as the newest does; else none."""
    return st.sampled_from(values) if sys.version_info >= version else st.nothing()


BLOCKING = st.sampled_from([True, False, 1, 0])
FLAG = st.sampled_from([True, False, 1, 0, None, "", "yes"])
SHORT = st.sampled_from([0, 0.0, -0.0, 1e-9, 0.0002])
NEGATIVE = st.sampled_from([-1, -0.5, -1e9])
WRONG = st.sampled_from(["x", []])
HUGE = st.sampled_from([threading.TIMEOUT_MAX * 2, 1e100, math.inf])
# Older loops take NaN for "no time left"; the kit refuses it.
TIMEOUT = SHORT | NEGATIVE | WRONG | HUGE | st.just(-math.inf) | if_since((3, 15), math.nan)
NUMBER = st.sampled_from([0, 1, 2, 3, -1, "x", None])


def outcome(call):
    """What came of a call: what it returned, or how it failed."""
    try:
        return "returned", call()
    except TypeError:
        return "raised", TypeError  # its text names the operation that failed: nobody's promise
    except Exception as error:
        return "raised", type(error), str(error)


def shown(primitive):
    """The repr without address and module."""
    return re.sub(
        r"\b(syncprims|threading|_thread|queue|_queue)\.|0x[0-9a-f]+", "", repr(primitive)
    )


def perform(primitive, call, seen):
    """Do a call on one of the twins; return what came of it and what can be seen after it."""
    method, keywords = call
    if method == "with":

        def run():
            with primitive as taken:
                return bool(taken), seen(primitive)

    elif method == "=":
        ((name, value),) = keywords.items()

        def run():
            setattr(primitive, name, value)

    else:

        def run():
            return getattr(primitive, method)(**keywords)

    return outcome(run), seen(primitive)


def compare(make, sequence, seen, skip=lambda primitive, call: False):
    ours, theirs = outcome(lambda: make(syncprims)), outcome(lambda: make(STDLIB))
    if "raised" in (ours[0], theirs[0]):
        assert ours == theirs
        return
    ours, theirs = ours[1], theirs[1]
    assert seen(ours) == seen(theirs)
    for call in sequence:
        if not skip(theirs, call):
            assert perform(ours, call, seen) == perform(theirs, call, seen), call
    if not isinstance(ours, syncprims.Condition):  # whose lock would have to be held
        ours._check()


class STDLIB:
    """The names of threading and queue, side by side."""

    Lock, RLock, Condition = threading.Lock, threading.RLock, threading.Condition
    Event, Barrier = threading.Event, threading.Barrier
    Semaphore, BoundedSemaphore = threading.Semaphore, threading.BoundedSemaphore
    Queue, LifoQueue, PriorityQueue = queue.Queue, queue.LifoQueue, queue.PriorityQueue
    SimpleQueue = queue.SimpleQueue


def sequences(*strategies):
    return st.lists(st.one_of(strategies), max_size=25)


# Locks and conditions


def locks(timeout):
    return (
        # Up to 3.11 the flag must be a number.
        calls("acquire", blocking=BLOCKING | if_since((3, 12), "", "yes", None), timeout=timeout),
        calls("acquire"),
        calls("release"),
        calls("_is_owned"),
        calls("_release_save"),
        calls("with"),
    )


def see_rlock(lock):
    return shown(lock), lock._is_owned()


@SETTINGS
@hypothesis.given(sequences(*locks(TIMEOUT | st.just(-1))))
def test_rlock(sequence):
    compare(lambda family: family.RLock(), sequence, see_rlock)


def see_condition(condition):
    return shown(condition), condition._is_owned(), len(condition._waiters)


CONDITIONS = (
    calls("release"),
    calls("with"),
    always("wait", timeout=TIMEOUT),
    always("wait_for", predicate=st.sampled_from([bool, list, int, dict, 5]), timeout=TIMEOUT),
    always("wait_for", predicate=st.just(lambda: "true")),
    calls("notify", n=NUMBER),
    calls("notify_all"),
)


@SETTINGS
@hypothesis.given(sequences(*CONDITIONS, calls("acquire"), calls("_release_save")))
def test_condition_over_rlock(sequence):
    compare(lambda family: family.Condition(), sequence, see_condition)


@SETTINGS
@hypothesis.given(sequences(*CONDITIONS, always("acquire", blocking=st.just(False))))
def test_condition_over_lock(sequence):
    compare(
        lambda family: family.Condition(family.Lock()),
        sequence,
        see_condition,
        lambda condition, call: call[0] == "with" and condition._is_owned(),
    )


# Flags, permits and meetings


@SETTINGS
@hypothesis.given(
    sequences(
        calls("set"),
        calls("clear"),
        calls("is_set"),
        always("wait", timeout=TIMEOUT),
        calls("wait"),
    )
)
def test_event(sequence):
    compare(
        lambda family: family.Event(),
        sequence,
        lambda event: (shown(event) if sys.version_info >= (3, 11) else "", event.is_set()),
        lambda event, call: call == ("wait", {}) and not event.is_set(),
    )


@pytest.mark.parametrize("name", ["Semaphore", "BoundedSemaphore"])
@SETTINGS
@hypothesis.given(
    st.fixed_dictionaries({}, optional={"value": NUMBER}),
    sequences(
        calls("acquire", blocking=FLAG, timeout=st.none() | TIMEOUT),
        calls("release", n=NUMBER),
        calls("release"),
        calls("with"),
    ),
)
def test_semaphore(name, arguments, sequence):
    def skip(semaphore, call):
        method, keywords = call
        waits = keywords.get("blocking", True) and keywords.get("timeout") is None
        return method in ("acquire", "with") and waits and not semaphore._value

    compare(
        lambda family: getattr(family, name)(**arguments),
        sequence,
        lambda semaphore: (
            shown(semaphore) if sys.version_info >= (3, 11) else "",
            semaphore._value,
        ),
        skip,
    )


ONE_OR_TWO = st.sampled_from([1, 2])


@SETTINGS
@hypothesis.given(
    st.fixed_dictionaries(
        # Up to 3.12 anything will do, up to 3.14 the text differs.
        {"parties": ONE_OR_TWO | if_since((3, 13), "x", None) | if_since((3, 15), 0, -1)},
        optional={"timeout": SHORT | st.none(), "action": st.sampled_from([None, "", "act"])},
    ),
    sequences(calls("wait", timeout=TIMEOUT | st.none()), calls("reset"), calls("abort")),
)
def test_barrier(arguments, sequence):
    def make(family):
        def action():
            actions.append(1)
            if len(actions) % 3 == 0:
                raise ZeroDivisionError("every third time")

        actions = []
        keywords = arguments | ({"action": action} if arguments.get("action") else {})
        return family.Barrier(**keywords)

    def skip(barrier, call):
        timeout = call[1].get("timeout")
        # The kit refuses at once what no clock can hold, the stdlib only when it comes to sleep.
        well_formed = timeout is None or (timeout not in ("x", []) and timeout < 1e9)
        if barrier.parties == 1 or barrier.broken:
            return not well_formed
        return timeout is None and arguments.get("timeout") is None

    compare(
        make,
        sequence,
        lambda barrier: (
            shown(barrier) if sys.version_info >= (3, 11) else "",
            (barrier.parties, barrier.n_waiting, barrier.broken),
        ),
        skip,
    )


# Queues

ITEMS = st.integers(0, 5)


def puts(timeout):
    return (
        always("put", item=ITEMS),
        always("put", item=ITEMS, block=FLAG),
        always("put", item=ITEMS, timeout=timeout),
        always("put", item=ITEMS, block=FLAG, timeout=timeout | st.none()),
        always("put_nowait", item=ITEMS),
    )


def gets(timeout):
    return (
        calls("get", block=FLAG),
        calls("get", timeout=timeout),
        calls("get", block=FLAG, timeout=timeout | st.none()),
        calls("get_nowait"),
    )


LOOKS = (calls("qsize"), calls("empty"))


def sleeps_for_ever(items, call):
    """Whether the call would never return: nobody is there to end its wait."""
    method, keywords = call
    if getattr(items, "is_shutdown", False):
        return method == "join" and items.unfinished_tasks > 0
    if method == "join":
        return items.unfinished_tasks > 0
    if not keywords.get("block", True) or keywords.get("timeout") is not None:
        return False
    return (method == "put" and items.full()) or (method == "get" and items.empty())


QUEUES = (
    *puts(TIMEOUT),
    *gets(TIMEOUT),
    *LOOKS,
    calls("full"),
    calls("task_done"),
    calls("join"),
    always("=", maxsize=st.integers(-1, 3)),
    # The stdlib has it since 3.13.
    calls("shutdown", immediate=FLAG) if sys.version_info >= (3, 13) else calls("qsize"),
)


def see_queue(items):
    return (
        shown(items),
        list(items.queue),
        items.maxsize,
        items.unfinished_tasks,
        items.mutex.locked(),
    )


def skip_in_queue(items, call):
    # Which comes first differs: the error of a time-out that is no number, or ShutDown.
    return sleeps_for_ever(items, call) or (
        getattr(items, "is_shutdown", False) and call[1].get("timeout") in ("x", [])
    )


@pytest.mark.parametrize("name", ["Queue", "LifoQueue", "PriorityQueue"])
@SETTINGS
@hypothesis.given(
    st.fixed_dictionaries({}, optional={"maxsize": st.integers(-1, 3)}), sequences(*QUEUES)
)
def test_queue(name, arguments, sequence):
    compare(lambda family: getattr(family, name)(**arguments), sequence, see_queue, skip_in_queue)


HOOKS = st.sampled_from(["_put", "_get", "_qsize"])
WHERE = st.sampled_from(["object", "class"])


class Refused(Exception):
    """What a hook raises."""


def hookable(base):
    """Return a subclass that has its own hooks put in and taken out, while it is used.

    They are put on the object or on the class, log what they are called with, and refuse it
    every third time if they are so inclined.
    """

    class Hookable(base):
        def __init__(self, *args, **keywords):
            self.log = []
            super().__init__(*args, **keywords)

        def hook(self, name, where, refuses):
            original = getattr(base, name)

            def hooked(items, *args):
                if name != "_qsize":  # how often the size is asked for is nobody's promise
                    items.log.append((name, args))
                    if refuses and len(items.log) % 3 == 0:
                        raise Refused(name)
                return original(items, *args)

            if where == "class":
                setattr(Hookable, name, hooked)
            else:
                setattr(self, name, hooked.__get__(self))

        def unhook(self, name, where):
            vars(self).pop(name, None)
            if where == "class" and name in vars(Hookable):
                delattr(Hookable, name)

    return Hookable


@pytest.mark.parametrize("name", ["Queue", "LifoQueue", "PriorityQueue"])
@SETTINGS
@hypothesis.given(
    st.fixed_dictionaries({}, optional={"maxsize": st.integers(-1, 3)}),
    sequences(
        *QUEUES,
        always("hook", name=HOOKS, where=WHERE, refuses=st.booleans()),
        always("unhook", name=HOOKS, where=WHERE),
    ),
)
def test_queue_whose_hooks_come_and_go(name, arguments, sequence):
    compare(
        lambda family: hookable(getattr(family, name))(**arguments),
        sequence,
        lambda items: (*see_queue(items), items.log),
        skip_in_queue,
    )


@pytest.mark.skipif(
    queue.SimpleQueue.__name__ != "SimpleQueue",
    reason="up to 3.12 the stdlib's Python version mistakes block=False with a time-out",
)
@SETTINGS
@hypothesis.given(
    # CPython's C version converts the time-out even if there is no need to wait, or to an error of
    # its own if it is infinite; the stdlib's Python version does neither.
    sequences(*puts(SHORT | NEGATIVE | WRONG), *gets(SHORT | NEGATIVE | WRONG), *LOOKS)
)
def test_simple_queue(sequence):
    compare(
        lambda family: family.SimpleQueue(),
        sequence,
        lambda items: (items.qsize(), items.empty()),
        lambda items, call: call[0] == "get" and sleeps_for_ever(items, call),
    )
