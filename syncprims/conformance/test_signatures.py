"""The names, parameters, classes and reprs that programs written for the stdlib expect."""

from __future__ import annotations

import inspect
import queue
import re
import threading
from typing import Generic, TypeVar

from syncprims.conformance.adapter import PRIMITIVES, NotApplicable
from syncprims.conformance.requirement import cases, raises, requirement, warns

# As in the standard library of Python 3.15; what came late is in tests of its own below.
LOCK = {"acquire": "blocking=True, timeout=-1", "release": ""}
SEMAPHORE = {"acquire": "blocking=True, timeout=None", "release": "n=1"}
SIMPLE_QUEUE = {
    "put": "item, block=True, timeout=None",
    "put_nowait": "item",
    "get": "block=True, timeout=None",
    "get_nowait": "",
    "qsize": "",
    "empty": "",
}
QUEUE = {**SIMPLE_QUEUE, "full": "", "task_done": "", "join": ""}
METHODS = {
    "Lock": {**LOCK, "locked": ""},
    "RLock": LOCK,
    "Condition": {
        **LOCK,
        "wait": "timeout=None",
        "wait_for": "predicate, timeout=None",
        "notify": "n=1",
        "notify_all": "",
    },
    "Event": {"is_set": "", "set": "", "clear": "", "wait": "timeout=None"},
    "Semaphore": SEMAPHORE,
    "BoundedSemaphore": SEMAPHORE,
    "Barrier": {"wait": "timeout=None", "reset": "", "abort": ""},
    "Queue": QUEUE,
    "LifoQueue": QUEUE,
    "PriorityQueue": QUEUE,
    "SimpleQueue": SIMPLE_QUEUE,
}
CONSTRUCTORS = {
    "Lock": "",
    "RLock": "",
    "Condition": "lock=None",
    "Event": "",
    "Semaphore": "value=1",
    "BoundedSemaphore": "value=1",
    "Barrier": "parties, action=None, timeout=None",
    "Queue": "maxsize=0",
    "LifoQueue": "maxsize=0",
    "PriorityQueue": "maxsize=0",
    "SimpleQueue": "",
}
ANY_QUEUE = [
    ("put", (1,)),
    ("put_nowait", (1,)),
    ("task_done", ()),
    ("task_done", ()),
    ("join", ()),
]
# The calls whose result says nothing, in an order in which none waits.
CHANGES = {
    "Condition": [("notify", ()), ("notify", (0,)), ("notify_all", ())],
    "Event": [("set", ()), ("set", ()), ("clear", ())],
    "Semaphore": [("release", ()), ("release", (3,))],
    "BoundedSemaphore": [("release", ())],
    "Barrier": [("abort", ()), ("reset", ())],
    "Queue": ANY_QUEUE,
    "LifoQueue": ANY_QUEUE,
    "PriorityQueue": ANY_QUEUE,
    "SimpleQueue": [("put", (1,)), ("put_nowait", (1,))],
}
HARMLESS = {
    "block": False,
    "blocking": False,
    "item": 1,
    "parties": 2,
    "predicate": lambda: True,
}

MANAGERS = ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore")
CLASSES = tuple(name for name in PRIMITIVES.values() if name not in ("Lock", "RLock"))


def new(implementation, name):
    """Return a new primitive."""
    return implementation.get(name)(*(2,) if name == "Barrier" else ())


def parameters(text):
    """Return the parameters written down as `text`."""
    return list(inspect.signature(eval(f"lambda {text}: None")).parameters.values())


def look(parameter):
    return (parameter.name, parameter.kind, parameter.default)


def check(function, text):
    """Check that a function takes the parameters `text`, by position and by name.

    More of them are welcome, as long as a call written for the stdlib need not know.
    """
    wanted = parameters(text)
    values = {each.name: HARMLESS.get(each.name, each.default) for each in wanted}
    if list(values) == ["timeout"]:
        values["timeout"] = 0
    accepts(function, *values.values())
    accepts(function, **values)


def check_shown(function, text):
    """Check that a function's signature begins with the parameters `text` and their defaults."""
    if inspect.isbuiltin(function):
        return  # it may have no signature, or show one it does not mean
    wanted = parameters(text)
    found = list(inspect.signature(function).parameters.values())
    assert [look(each) for each in found[: len(wanted)]] == [look(each) for each in wanted]
    for extra in found[len(wanted) :]:
        rest = extra.kind in (extra.VAR_POSITIONAL, extra.VAR_KEYWORD)
        assert rest or extra.default is not extra.empty


def accepts(function, *args, **keywords):
    """Check that a function takes the arguments, whatever it then says to their values."""
    try:
        function(*args, **keywords)
    except TypeError:
        raise
    except Exception:
        return


def check_methods(implementation, name, methods):
    for method, text in methods.items():
        check(getattr(new(implementation, name), method), text)


# Methods and their parameters


@requirement("SIG-01", hint="acquire(blocking=True, timeout=-1), release(), locked()")
def test_methods_of_lock_take_the_stdlibs_parameters(implementation):
    """Lock has acquire(blocking=True, timeout=-1), release and locked."""
    check_methods(implementation, "Lock", METHODS["Lock"])


@requirement("SIG-02", hint="acquire(blocking=True, timeout=-1), release()")
def test_methods_of_rlock_take_the_stdlibs_parameters(implementation):
    """RLock has acquire(blocking=True, timeout=-1) and release."""
    check_methods(implementation, "RLock", METHODS["RLock"])


@requirement(
    "SIG-03",
    hint="wait(timeout=None), wait_for(predicate, timeout=None), notify(n=1), notify_all()",
)
def test_methods_of_condition_take_the_stdlibs_parameters(implementation):
    """Condition has its lock's methods, wait, wait_for, notify and notify_all, as in the stdlib."""
    check_methods(implementation, "Condition", METHODS["Condition"])


@requirement("SIG-04", hint="is_set(), set(), clear(), wait(timeout=None)")
def test_methods_of_event_take_the_stdlibs_parameters(implementation):
    """Event has is_set, set, clear and wait(timeout=None)."""
    check_methods(implementation, "Event", METHODS["Event"])


@requirement("SIG-05", level="detail", hint="acquire(blocking=True, timeout=None), release(n=1)")
def test_methods_of_semaphore_take_the_stdlibs_parameters(implementation):
    """Semaphore has acquire(blocking=True, timeout=None) and release(n=1)."""
    check_methods(implementation, "Semaphore", METHODS["Semaphore"])


@requirement("SIG-06", level="detail", hint="acquire(blocking=True, timeout=None), release(n=1)")
def test_methods_of_bounded_semaphore_take_the_stdlibs_parameters(implementation):
    """BoundedSemaphore has acquire(blocking=True, timeout=None) and release(n=1)."""
    check_methods(implementation, "BoundedSemaphore", METHODS["BoundedSemaphore"])


@requirement("SIG-07", hint="wait(timeout=None), reset(), abort()")
def test_methods_of_barrier_take_the_stdlibs_parameters(implementation):
    """Barrier has wait(timeout=None), reset and abort."""
    check_methods(implementation, "Barrier", METHODS["Barrier"])


@cases("name", ["Queue", "LifoQueue", "PriorityQueue"])
@requirement(
    "SIG-08",
    hint="put(item, block=True, timeout=None), get(block=True, timeout=None), and the rest",
)
def test_methods_of_queues_take_the_stdlibs_parameters(implementation, name):
    """Queue, LifoQueue and PriorityQueue have put, get, task_done, join and so on."""
    check_methods(implementation, name, METHODS[name])


@requirement(
    "SIG-09",
    hint="put(item, block=True, timeout=None), get(block=True, timeout=None), and the rest",
)
def test_methods_of_simple_queue_take_the_stdlibs_parameters(implementation):
    """SimpleQueue has put(item, block=True, timeout=None), get, qsize, empty and the rest."""
    check_methods(implementation, "SimpleQueue", METHODS["SimpleQueue"])


@cases("name", ["Queue", "LifoQueue", "PriorityQueue"])
@requirement("SIG-10", since=(3, 13), hint="shutdown(immediate=False)")
def test_shutdown_of_queues_takes_the_stdlibs_parameters(implementation, name):
    """Queue, LifoQueue and PriorityQueue have shutdown(immediate=False)."""
    check_methods(implementation, name, {"shutdown": "immediate=False"})


@cases("name", ["RLock", "Condition"])
@requirement("SIG-11", since=(3, 14), hint="locked()")
def test_locked_of_rlock_and_condition_takes_no_parameters(implementation, name):
    """RLock and Condition have locked."""
    check_methods(implementation, name, {"locked": ""})


@cases(
    ("name", "alias", "method"),
    [("Event", "isSet", "is_set"), ("Condition", "notifyAll", "notify_all")],
)
@requirement(
    "SIG-12",
    level="detail",
    hint='"isSet() is deprecated, use is_set() instead", DeprecationWarning, stacklevel=2',
)
def test_deprecated_alias_warns_and_does_the_same(implementation, name, alias, method):
    """isSet and notifyAll warn at the line that calls them, in the stdlib's words."""
    if not hasattr(getattr(threading, name), alias):
        raise NotApplicable("the stdlib has done away with it")
    primitive = new(implementation, name)
    if name == "Condition":
        primitive.acquire()
    expected = getattr(primitive, method)()
    text = rf"^{alias}\(\) is deprecated, use {method}\(\) instead$"
    with warns(DeprecationWarning, match=text) as caught:
        assert getattr(primitive, alias)() == expected
    assert caught[0].filename == new.__code__.co_filename


@cases("name", list(METHODS))
@requirement("SIG-48", level="detail", hint="copy kinds and defaults too, None and -1 included")
def test_methods_show_the_stdlibs_parameters_and_defaults(implementation, name):
    """A method's signature shows the stdlib's parameters, with their kinds and defaults, first."""
    for method, text in METHODS[name].items():
        check_shown(getattr(new(implementation, name), method), text)


@cases("name", list(CHANGES))
@requirement("SIG-49", level="detail", hint="return nothing")
def test_method_that_changes_something_returns_none(implementation, name):
    """What only changes something, or waits for a change, returns None."""
    primitive = new(implementation, name)
    if name in ("Condition", "BoundedSemaphore"):
        primitive.acquire()
    for method, arguments in CHANGES[name]:
        assert getattr(primitive, method)(*arguments) is None


@cases("name", list(METHODS))
@requirement("SIG-13", level="detail", hint="take no *args and no **kwargs that you do not use")
def test_method_called_with_too_much_raises_type_error(implementation, name):
    """A method called with too many arguments, or one it does not know, raises TypeError."""
    for method in METHODS[name]:
        with raises(TypeError):
            getattr(new(implementation, name), method)(*[1] * 9)
        if (name, method) == ("SimpleQueue", "get_nowait"):
            continue  # CPython's own, up to 3.12, takes any keyword
        with raises(TypeError):
            getattr(new(implementation, name), method)(unheard_of=1)


@cases(
    ("name", "method"),
    [
        ("Condition", "wait_for"),
        ("Queue", "put"),
        ("Queue", "put_nowait"),
        ("SimpleQueue", "put"),
        ("SimpleQueue", "put_nowait"),
    ],
)
@requirement("SIG-14", level="detail", hint="give the first parameter no default")
def test_method_called_without_what_it_needs_raises_type_error(implementation, name, method):
    """put, put_nowait and wait_for called without their first argument raise TypeError."""
    with raises(TypeError):
        getattr(new(implementation, name), method)()


@cases("attribute", ["parties", "n_waiting", "broken"])
@requirement("SIG-15", level="detail", hint="make them properties")
def test_properties_of_barrier_can_only_be_read(Barrier, attribute):
    """A barrier's parties, n_waiting and broken are attributes that cannot be set."""
    barrier = Barrier(2)
    before = getattr(barrier, attribute)
    with raises(AttributeError):
        setattr(barrier, attribute, 7)
    assert getattr(barrier, attribute) == before


@cases("name", ["Queue", "LifoQueue", "PriorityQueue"])
@requirement("SIG-16", level="detail", hint="keep the stdlib's names for the queue's parts")
def test_queue_shows_its_parts_under_the_stdlibs_names(implementation, name):
    """A queue has queue, maxsize, unfinished_tasks, mutex, not_empty, not_full, all_tasks_done."""
    queue = implementation.get(name)(3)
    queue.put(1)
    assert list(queue.queue) == [1]
    assert (queue.maxsize, queue.unfinished_tasks) == (3, 1)
    for condition in (queue.not_empty, queue.not_full, queue.all_tasks_done):
        with condition:
            assert queue.mutex.locked()
            condition.notify()


# Constructors


@cases("name", list(CONSTRUCTORS))
@requirement("SIG-17", hint="take the constructor's parameters under the stdlib's names")
def test_constructor_takes_its_parameters_by_position_and_by_name(implementation, name):
    """A primitive is made with the stdlib's parameters, by position, by name or by default."""
    primitive = implementation.get(name)
    wanted = parameters(CONSTRUCTORS[name])
    values = {each.name: HARMLESS.get(each.name, each.default) for each in wanted}
    primitive(*values.values())
    primitive(**values)
    primitive(**{each.name: values[each.name] for each in wanted if each.default is each.empty})


@cases("name", [name for name in CONSTRUCTORS if name != "RLock"])
@requirement("SIG-18", level="detail", hint="take no *args and no **kwargs that you do not use")
def test_constructor_called_with_too_much_raises_type_error(implementation, name):
    """A primitive is not made with too many arguments, or with one it does not know."""
    primitive = implementation.get(name)
    with raises(TypeError):
        primitive(*[1] * 9)
    with raises(TypeError):
        primitive(*(2,) if name == "Barrier" else (), unheard_of=1)


@requirement("SIG-19", level="detail", since=(3, 15), hint="give __init__ no parameters")
def test_constructor_of_rlock_takes_nothing(RLock):
    """RLock called with any argument raises TypeError."""
    with raises(TypeError):
        RLock(1)
    with raises(TypeError):
        RLock(unheard_of=1)


@requirement("SIG-20", level="detail", hint="give parties no default")
def test_constructor_of_barrier_needs_parties(Barrier):
    """Barrier called without the number of parties raises TypeError."""
    with raises(TypeError):
        Barrier()


# Context managers


@cases("name", MANAGERS)
@requirement("SIG-21", hint="have __enter__ and __exit__")
def test_context_manager_takes_and_lets_go(implementation, name):
    """Locks, conditions and semaphores are context managers: taken inside, let go of after."""
    lock = new(implementation, name)
    with lock:
        if name not in ("RLock", "Condition"):
            assert not lock.acquire(False)
    assert lock.acquire(False)


@cases("name", MANAGERS)
@requirement(
    "SIG-22", hint="__exit__ releases whatever the exception, and returns nothing that is true"
)
def test_context_manager_lets_exceptions_out(implementation, name):
    """An exception in a with block comes out of it, and the lock or permit has been let go."""
    lock = new(implementation, name)
    with raises(ZeroDivisionError), lock:
        raise ZeroDivisionError
    assert lock.acquire(False)


@cases("name", ["Condition", "Semaphore", "BoundedSemaphore"])
@requirement("SIG-23", level="detail", hint="define __enter__ and __exit__ on the class")
def test_context_manager_methods_can_be_overridden_and_called(implementation, name):
    """A subclass may override __enter__ and __exit__, and call its base's or super's in them."""
    base = implementation.get(name)
    calls = []

    class Chatty(base):
        def __enter__(self):
            calls.append("enter")
            return base.__enter__(self)

        def __exit__(self, *exc):
            calls.append("exit")
            return super().__exit__(*exc)

    lock = Chatty()
    with lock as taken:
        assert taken
        assert calls == ["enter"]
    assert calls == ["enter", "exit"]
    assert lock.acquire(False)


# Classes and their objects


@cases("name", CLASSES)
@requirement(
    "SIG-24", hint="be a class; do everything in __init__, nothing in __new__ with fixed arguments"
)
def test_subclass_with_a_constructor_of_its_own_works(implementation, name):
    """A primitive's class can be subclassed, with a constructor that calls super's."""
    base = implementation.get(name)

    class Labelled(base):
        def __init__(self, label, *args):
            super().__init__(*args)
            self.label = label

    primitive = Labelled("mine", *(2,) if name == "Barrier" else ())
    assert isinstance(primitive, base)
    assert primitive.label == "mine"


@cases(
    ("name", "method"),
    [
        ("Condition", "notify"),
        ("Event", "set"),
        ("Semaphore", "release"),
        ("BoundedSemaphore", "acquire"),
        ("Barrier", "abort"),
        ("Queue", "qsize"),
        ("LifoQueue", "task_done"),
        ("PriorityQueue", "get_nowait"),
        ("SimpleQueue", "empty"),
    ],
)
@requirement("SIG-25", hint="be a class whose methods can be called through super")
def test_subclass_may_override_a_method_and_call_supers(implementation, name, method):
    """A method can be overridden in a subclass, and calls super's, and does what that does."""
    base = implementation.get(name)
    called = []

    class Chatty(base):
        pass

    def chatty(self):
        called.append(method)
        return getattr(super(Chatty, self), method)()

    setattr(Chatty, method, chatty)
    outcomes = []
    for primitive in (new(implementation, name), Chatty(*(2,) if name == "Barrier" else ())):
        if name == "Condition":
            primitive.acquire()
        if name in ("LifoQueue", "PriorityQueue"):
            primitive.put("item")
        outcomes.append(getattr(primitive, method)())
    assert called == [method]
    assert outcomes[0] == outcomes[1]


@requirement("SIG-26", beyond="threading.RLock is a function", hint="make RLock a class")
def test_subclass_of_rlock_works(RLock):
    """RLock is a class that can be subclassed."""

    class Labelled(RLock):
        def __init__(self, label):
            super().__init__()
            self.label = label

    lock = Labelled("mine")
    with lock:
        assert lock.label == "mine"


@requirement(
    "SIG-27",
    level="detail",
    hint="derive BoundedSemaphore from Semaphore, LifoQueue and PriorityQueue from Queue",
)
def test_classes_are_related_as_in_the_stdlib(
    BoundedSemaphore, Semaphore, LifoQueue, PriorityQueue, Queue
):
    """BoundedSemaphore is a Semaphore; LifoQueue and PriorityQueue are Queues."""
    assert issubclass(BoundedSemaphore, Semaphore)
    assert issubclass(LifoQueue, Queue)
    assert issubclass(PriorityQueue, Queue)


@requirement(
    "SIG-28", hint="derive the errors from Exception, BrokenBarrierError from RuntimeError"
)
def test_exceptions_are_related_as_in_the_stdlib(Empty, Full, BrokenBarrierError):
    """Empty and Full are Exceptions, BrokenBarrierError is a RuntimeError, none is another."""
    errors = (Empty, Full, BrokenBarrierError)
    assert all(issubclass(error, Exception) for error in errors)
    assert issubclass(BrokenBarrierError, RuntimeError)
    assert not any(issubclass(a, b) for a in errors for b in errors if a is not b)


@requirement("SIG-29", since=(3, 13), hint="class ShutDown(Exception)")
def test_shut_down_is_an_exception_of_its_own(ShutDown, Empty, Full):
    """ShutDown is an Exception, and neither Empty nor Full."""
    assert issubclass(ShutDown, Exception)
    assert not issubclass(ShutDown, (Empty, Full))


@cases("name", ["Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"])
@requirement("SIG-30", hint="__class_getitem__ = classmethod(types.GenericAlias)")
def test_queue_class_with_an_item_type_makes_a_queue(implementation, name):
    """A queue's class can be subscripted with the items' type, and what results makes queues."""
    queue = implementation.get(name)[int]()
    queue.put(1)
    assert queue.get() == 1
    assert isinstance(queue, implementation.get(name))


@cases("name", [name for name in CLASSES if name != "SimpleQueue"])
@requirement("SIG-31", level="detail", hint="use no __slots__, or add __dict__")
def test_attributes_can_be_added_to_an_object(implementation, name):
    """A primitive other than a lock or a SimpleQueue can be given attributes."""
    primitive = new(implementation, name)
    primitive.note = "remember the milk"
    assert primitive.note == "remember the milk"


@cases("name", PRIMITIVES.values())
@requirement("SIG-33", level="detail", hint="write a docstring")
def test_class_says_what_it_is(implementation, name):
    """A primitive has a docstring."""
    assert implementation.get(name).__doc__


@cases("name", CLASSES)
@requirement("SIG-34", level="detail", hint="set __module__ to a word without a dot")
def test_class_is_named_as_in_the_stdlib(implementation, name):
    """A primitive's class has its public name, and its module's name is one word."""
    primitive = new(implementation, name)
    assert isinstance(primitive, implementation.get(name))
    kind = type(primitive)
    assert (kind.__name__, kind.__qualname__) == (name, name)
    assert "." not in kind.__module__


# Reprs


def shown(primitive):
    """Return the repr, with WORD for the module's name if it is one, and HEX for the address."""
    return re.sub("0x[0-9a-f]+", "HEX", re.sub(r"\b[a-zA-Z_]\w*\.(?=\w)", "WORD.", repr(primitive)))


@requirement("SIG-35", level="detail", hint="<unlocked module.lock object at 0x...>")
def test_repr_of_lock_tells_whether_it_is_locked(Lock):
    """A Lock shows itself as <unlocked WORD.lock object at HEX>, or locked."""
    lock = Lock()
    assert re.fullmatch(r"<unlocked WORD\.\w+ object at HEX>", shown(lock))
    lock.acquire()
    assert re.fullmatch(r"<locked WORD\.\w+ object at HEX>", shown(lock))


@requirement("SIG-36", level="detail", hint="<locked module.RLock object owner=1 count=2 at 0x...>")
def test_repr_of_rlock_tells_owner_and_count(RLock):
    """An RLock shows itself as <locked WORD.RLock object owner=NUMBER count=2 at HEX>."""
    lock = RLock()
    assert shown(lock) == "<unlocked WORD.RLock object owner=0 count=0 at HEX>"
    with lock, lock:
        me = threading.get_ident()
        assert shown(lock) == f"<locked WORD.RLock object owner={me} count=2 at HEX>"
    assert shown(lock) == "<unlocked WORD.RLock object owner=0 count=0 at HEX>"


@cases("over", ["Lock", "RLock"])
@requirement(
    "SIG-37",
    level="detail",
    hint="<Condition(repr of the lock, number of waiters)>, also in a subclass",
)
def test_repr_of_condition_shows_the_lock_and_counts_the_waiters(implementation, Condition, over):
    """A Condition, or a subclass's, shows itself as <Condition(LOCK, NUMBER)>."""

    class Special(Condition):
        pass

    lock = new(implementation, over)
    for condition in (Condition(lock), Special(lock)):
        assert repr(condition) == f"<Condition({lock!r}, 0)>"


@requirement("SIG-38", level="detail", since=(3, 11), hint="<module.Event at 0x...: unset>")
def test_repr_of_event_tells_whether_it_is_set(Event):
    """An Event shows itself as <WORD.Event at HEX: unset>, or set."""
    event = Event()
    assert shown(event) == "<WORD.Event at HEX: unset>"
    event.set()
    assert shown(event) == "<WORD.Event at HEX: set>"


@requirement("SIG-39", level="detail", since=(3, 11), hint="<module.Semaphore at 0x...: value=2>")
def test_repr_of_semaphore_shows_its_value(Semaphore):
    """A Semaphore shows itself as <WORD.Semaphore at HEX: value=NUMBER>."""
    semaphore = Semaphore(3)
    semaphore.acquire()
    assert shown(semaphore) == "<WORD.Semaphore at HEX: value=2>"


@requirement(
    "SIG-40", level="detail", since=(3, 11), hint="<module.BoundedSemaphore at 0x...: value=2/3>"
)
def test_repr_of_bounded_semaphore_shows_its_value_and_limit(BoundedSemaphore):
    """A BoundedSemaphore shows itself as <WORD.BoundedSemaphore at HEX: value=NUMBER/NUMBER>."""
    semaphore = BoundedSemaphore(3)
    semaphore.acquire()
    assert shown(semaphore) == "<WORD.BoundedSemaphore at HEX: value=2/3>"


@requirement("SIG-41", level="detail", since=(3, 11), hint="<module.Barrier at 0x...: waiters=1/2>")
def test_repr_of_barrier_counts_who_has_come_or_says_broken(Barrier, crew):
    """A Barrier shows itself as <WORD.Barrier at HEX: waiters=NUMBER/NUMBER>, or broken."""
    barrier = Barrier(2)
    assert shown(barrier) == "<WORD.Barrier at HEX: waiters=0/2>"
    crew.start(barrier.wait)
    crew.asleep(barrier)
    assert shown(barrier) == "<WORD.Barrier at HEX: waiters=1/2>"
    barrier.abort()
    assert shown(barrier) == "<WORD.Barrier at HEX: broken>"


@cases("name", ["Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"])
@requirement("SIG-42", level="detail", hint="leave the repr as object makes it")
def test_repr_of_queues_shows_no_items(implementation, name):
    """A queue shows itself as <WORD.Queue object at HEX>, with its class's name and no items."""
    queue = new(implementation, name)
    queue.put("item")
    assert shown(queue) == f"<WORD.{name} object at HEX>"


@requirement("SIG-43", level="detail", since=(3, 11), hint="take the name from type(self)")
def test_repr_of_a_subclass_names_the_subclass(Event, Semaphore, BoundedSemaphore, Barrier):
    """An object of a subclass shows itself with that class's name."""
    for base in (Event, Semaphore, BoundedSemaphore, Barrier):
        special = type("Special", (base,), {"__module__": "word"})(*(2,) if base is Barrier else ())
        assert re.fullmatch(r"<WORD\.Special at HEX: [\w=/]+>", shown(special))


@cases("name", ["Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"])
@requirement("SIG-44", level="detail", hint="have __class_getitem__ and no metaclass of your own")
def test_subclass_may_be_generic_itself(implementation, name):
    """A subclass may name Generic before the queue in its bases."""
    T = TypeVar("T")

    class Mine(Generic[T], implementation.get(name)):
        pass

    queue = Mine()
    queue.put(1)
    assert queue.get() == 1


@cases("where", ["class", "object"])
@cases("name", ["Semaphore", "Queue", "LifoQueue", "PriorityQueue"])
@requirement(
    "SIG-45", level="detail", hint="give private fields names that a subclass will not hit upon"
)
def test_subclass_may_have_attributes_of_common_names(implementation, name, where):
    """A subclass may call its own attributes _end, _limit, _size, _items, _closed or _count."""
    mine = dict.fromkeys(["_end", "_limit", "_size", "_items", "_closed", "_count"], object())
    base = implementation.get(name)
    kind = type("Mine", (base,), mine if where == "class" else {})
    primitive = kind()
    if where == "object":
        vars(primitive).update(mine)
    if name == "Semaphore":
        primitive.release()
        assert [primitive.acquire(False), primitive.acquire(False)] == [True, True]
    else:
        primitive.put(1)
        assert primitive.get() == 1
    assert all(getattr(primitive, own) is value for own, value in mine.items())


@cases("name", MANAGERS[1:])  # PyPy's Lock gives itself
@requirement("SIG-46", level="detail", hint="return acquire's True from __enter__")
def test_context_manager_gives_true(implementation, name):
    """A with block over a condition, a semaphore or an RLock binds True."""
    with new(implementation, name) as taken:
        assert taken is True


@requirement("SIG-47", hint="hand through what you do not build yourself: Thread, local, ...")
def test_whole_implementation_has_every_public_name(implementation):
    """What calls itself whole has every public name of this Python's threading and queue."""
    if not implementation.whole:
        raise NotApplicable("it does not call itself whole")
    names = {*threading.__all__, *queue.__all__}
    assert sorted(name for name in names if not implementation.has(name)) == []
