"""The virtual world: where a program finds the scheduler's lock, thread and clock.

``swap`` puts the kit in the standard library's place. Here the ground under the kit is exchanged
too: ``Lock``, ``closed_gate`` and ``now`` in its modules, ``Lock``, ``sleep`` and ``monotonic``
wherever a module has them, three methods of Thread. What the kit reads without a lock (a flag, the
length of a queue) is announced as a look at the lock that guards it, or as a step of its own, or
the scheduler would not see it. Everything is put back exactly; threads that are not explored
notice nothing meanwhile.
"""

from __future__ import annotations

import concurrent.futures._base as _base
import concurrent.futures.thread as pools
import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import syncprims
from syncprims.barrier import FULL, Barrier
from syncprims.event import Event
from syncprims.explore import model, permits, threads
from syncprims.explore.tasks import Abort, controlled, current
from syncprims.lock import Lock
from syncprims.queue import Queue
from syncprims.semaphore import Semaphore
from syncprims.swap import swap
from syncprims.swap.places import ORIGINALS, modules
from syncprims.waitqueue import closed_gate

_KIT = (
    *("lock", "waitqueue", "rlock", "condition", "event", "semaphore", "barrier"),
    *("queue", "priorityqueue", "simplequeue", "iterators"),
)

# What reads or writes what a mutex guards without taking it.
_LOCK_FREE: list[tuple[type, str, str]] = [
    *((Event, name, "look") for name in ("is_set", "wait", "set")),
    (Event, "clear", "touch"),
    (Queue, "qsize", "look"),  # empty and full ask it
    # The standard library's own code runs where a program has derived a class from its classes.
    (ORIGINALS["Event"], "is_set", "look"),
    *((ORIGINALS["Barrier"], name, "look") for name in ("n_waiting", "broken")),
]


@contextmanager
def virtual_world() -> Iterator[None]:
    """Put the virtual lock, thread and clock in their places, for as long as the block runs."""
    with swap(quiet=True, watch=False), ExitStack() as undo:
        undo.callback(_put_back_in_new_modules, {name for name, _ in modules()})
        known = vars(pools)["_threads_queues"]
        for owner, name, value in [*_in_programs(), *_in_the_kit(), *_in_classes()]:
            if name in vars(owner):
                undo.callback(setattr, owner, name, vars(owner)[name])
            else:
                undo.callback(delattr, owner, name)
            setattr(owner, name, value)
        undo.callback(_keep_running, known, vars(pools)["_threads_queues"])
        logger = _base.LOGGER
        logger.addFilter(_no_abort)
        undo.callback(logger.removeFilter, _no_abort)
        yield


class _InOrder(dict[Any, None]):
    """What a pool has for a set of its threads: they are joined in the same order each time."""

    def add(self, item: Any) -> None:
        self[item] = None


def _keep_running(known: Any, meanwhile: Any) -> None:
    """Pools of threads that are not explored wake theirs when the program ends."""
    for thread in threading.enumerate():
        if thread in meanwhile:
            known[thread] = meanwhile[thread]


def _counting(count: Callable[[], int], first: int, what: str) -> Callable[[], int]:
    """Threads and pools are numbered, for their names: the same in each execution."""

    def counting() -> int:
        task = controlled()
        if task is None:
            return count()
        task.execution.counts[what] += 1
        return task.execution.counts[what] + first - 1

    return counting


def _in_order_made(future: Any) -> int:
    """A future's hash: sets of them have the same order in each execution."""
    number: int | None = vars(future).get("_number")
    return object.__hash__(future) if number is None else number


def _numbered(init: Any) -> Any:
    @functools.wraps(init)
    def numbered(self: Any) -> None:
        init(self)
        task = controlled()
        if task is not None:
            task.execution.counts["future"] += 1
            self._number = task.execution.counts["future"]

    return numbered


def _listing(function: Any) -> Any:
    """The same function; but what it returns depends on all threads, and that is not followed."""

    @functools.wraps(function)
    def listing() -> Any:
        task = current()
        if task is not None:
            task.execution.left_out.add(COUNTED)
        return function()

    return listing


COUNTED = "threads were counted or listed, and the answer in other orders was not looked for"


def _no_abort(record: Any) -> bool:
    """A pool logs what its threads die of; that an execution is over is not worth it."""
    return not (record.exc_info and isinstance(record.exc_info[1], Abort))


_REPLACEMENTS: list[tuple[object, object]] = [
    (vars(threading)["_allocate_lock"], model.VirtualLock),
    (Lock, model.VirtualLock),
    (ORIGINALS["Lock"], model.VirtualLock),
    (time.sleep, model.sleep),
    (time.monotonic, model.monotonic),
    (closed_gate, model.closed_gate),
    (threads.real_start_new_thread, threads.start_new_thread),
    *((count, _listing(count)) for count in (threading.active_count, threading.enumerate)),
]
# What a program has in a global of a module is exchanged if it is one of these.
EXCHANGED = {id(real) for real in (*ORIGINALS.values(), *(real for real, _ in _REPLACEMENTS))}


def _in_programs() -> Iterator[tuple[Any, str, object]]:
    replacements = {id(real): virtual for real, virtual in _REPLACEMENTS}
    for module, names in modules():
        for name, value in list(names.items()):
            if id(value) in replacements:
                yield sys.modules[module], name, replacements[id(value)]
    for name in ("start_new_thread", "start_new"):
        yield sys.modules["_thread"], name, threads.start_new_thread
    yield threading, "_counter", _counting(vars(threading)["_counter"], 1, "thread")
    of_pools = _counting(vars(pools.ThreadPoolExecutor)["_counter"], 0, "pool")
    yield pools.ThreadPoolExecutor, "_counter", staticmethod(of_pools)
    yield pools, "set", _InOrder
    yield _base, "id", hash
    yield _base.Future, "__init__", _numbered(_base.Future.__init__)
    yield _base.Future, "__hash__", _in_order_made
    yield pools, "_global_shutdown_lock", model.VirtualLock.made()
    yield pools, "_threads_queues", WeakKeyDictionary()  # when the program ends they are not there


def _put_back_in_new_modules(known: set[str]) -> None:
    reals = {id(virtual): real for real, virtual in _REPLACEMENTS}
    for module, names in modules():
        if module not in known:
            names.update({name: reals[id(v)] for name, v in names.items() if id(v) in reals})


def _in_the_kit() -> Iterator[tuple[Any, str, object]]:
    ground: dict[str, object] = {"Lock": model.VirtualLock, "now": model.monotonic}
    ground.update(closed_gate=model.closed_gate, remember=model.remember)
    modules = [syncprims, *(sys.modules[f"syncprims.{name}"] for name in _KIT)]
    for module in modules:
        for name in ground.keys() & vars(module).keys():
            yield module, name, ground[name]
    yield sys.modules["syncprims.simplequeue"], "deque", model.VirtualDeque


def _in_classes() -> Iterator[tuple[Any, str, object]]:
    for name in ("start", "join", "is_alive"):
        yield threading.Thread, name, getattr(threads, name)
    for owner, name, kind in _LOCK_FREE:
        yield owner, name, _announced(vars(owner)[name], kind)
    yield Barrier, "_let_pass", _announced(_if_still_full(vars(Barrier)["_let_pass"]), "look")
    yield Queue, "is_shutdown", _seen("is_shutdown")
    for name, method in permits.accounted().items():
        yield Semaphore, name, method


def _announced(method: Any, kind: str) -> Any:
    """The same method, or property, that says first that it looks at what the mutex guards."""
    function: Any = method.fget if isinstance(method, property) else method

    @functools.wraps(function)
    def announced(self: Any, *args: Any, **options: Any) -> Any:
        task = current()
        mutex = self._mutex.lock if hasattr(self, "_mutex") else self._cond._lock
        if task is not None and isinstance(mutex, model.VirtualLock):
            task.execution.reach(task, kind, mutex)
        return function(self, *args, **options)

    return property(announced) if isinstance(method, property) else announced


def _if_still_full(let_pass: Any) -> Any:
    """The same; the last to come looks without the mutex, and others may break it before."""

    def if_still_full(self: Any, cycle: Any) -> None:
        if cycle.state is FULL:
            let_pass(self, cycle)

    return if_still_full


def _seen(name: str) -> property:
    """An attribute: to write it is a step, and to read it if the mutex is not held."""

    def read(self: Any) -> Any:
        own = object.__getattribute__(self, "__dict__")
        if name not in own:
            raise AttributeError(name)
        if getattr(own["_mutex"].lock, "holder", None) is not current():
            _touch_unwatched(self, "read", name)
        return own[name]

    def write(self: Any, value: object) -> None:
        own = object.__getattribute__(self, "__dict__")
        if name in own:  # else it is being made
            _touch_unwatched(self, "write", name)
        own[name] = value

    return property(read, write)


def _touch_unwatched(owner: Any, kind: str, name: str) -> None:
    if "__watched__" not in vars(type(owner)):
        model.touch(owner, kind, name)
