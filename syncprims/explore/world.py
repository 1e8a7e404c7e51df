"""The virtual world: where a program finds the scheduler's lock, thread and clock.

``swap`` puts the kit in the standard library's place. Here the ground under the kit is exchanged
too: ``Lock``, ``closed_gate`` and ``now`` in its modules, ``Lock``, ``sleep`` and ``monotonic``
wherever a module has them, three methods of Thread. What the kit reads without a lock (a flag, the
length of a queue) is announced as a look at the lock that guards it, or the scheduler would not
see it. Everything is put back exactly; threads that are not explored notice nothing meanwhile.
"""

from __future__ import annotations

import concurrent.futures.thread as pools
import functools
import itertools
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import syncprims
from syncprims.barrier import Barrier
from syncprims.event import Event
from syncprims.explore import model
from syncprims.explore.tasks import Abort, current
from syncprims.lock import Lock, lock_of
from syncprims.queue import Queue
from syncprims.swap import _ORIGINALS, _modules, swap
from syncprims.waitqueue import closed_gate

_KIT = (
    *("lock", "waitqueue", "rlock", "condition", "event", "semaphore", "barrier"),
    *("queue", "priorityqueue", "simplequeue"),
)

# What reads or writes what a mutex guards without taking it.
_LOCK_FREE: list[tuple[type, str, str]] = [
    *((Event, name, "look") for name in ("is_set", "wait", "set")),
    (Event, "clear", "touch"),
    *((Barrier, name, "look") for name in ("n_waiting", "broken")),
    *((Queue, name, "look") for name in ("qsize", "empty", "full", "_put_slow", "_get_slow")),
    # The standard library's own code runs where a program has derived a class from its classes.
    (threading.Event, "is_set", "look"),
    *((threading.Barrier, name, "look") for name in ("n_waiting", "broken")),
]


@contextmanager
def virtual_world() -> Iterator[None]:
    """Put the virtual lock, thread and clock in their places, for as long as the block runs."""
    with swap(quiet=True), ExitStack() as undo:
        undo.callback(_put_back_in_new_modules, {name for name, _ in _modules()})
        for owner, name, value in [*_in_programs(), *_in_the_kit(), *_in_classes()]:
            undo.callback(setattr, owner, name, vars(owner)[name])
            setattr(owner, name, value)
        pools.set = _InOrder  # type: ignore[attr-defined]
        undo.callback(delattr, pools, "set")
        logger = pools._base.LOGGER  # type: ignore[attr-defined]
        logger.addFilter(_no_abort)
        undo.callback(logger.removeFilter, _no_abort)
        yield


class _InOrder(dict[Any, None]):
    """What a pool has for a set of its threads: they are joined in the same order each time."""

    def add(self, item: Any) -> None:
        self[item] = None


def begin_again() -> None:
    """Before each execution: threads get the same names in all of them."""
    threading._counter = itertools.count(1).__next__  # type: ignore[attr-defined]
    vars_of_pools: Any = pools.ThreadPoolExecutor
    vars_of_pools._counter = itertools.count().__next__


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
    (threading.Lock, model.VirtualLock),
    (time.sleep, model.sleep),
    (time.monotonic, model.monotonic),
    (closed_gate, model.closed_gate),
    *((count, _listing(count)) for count in (threading.active_count, threading.enumerate)),
]
# What a program has in a global of a module is exchanged if it is one of these.
EXCHANGED = {id(real) for real in (*_ORIGINALS.values(), *(real for real, _ in _REPLACEMENTS))}


def _in_programs() -> Iterator[tuple[Any, str, object]]:
    replacements = {id(real): virtual for real, virtual in _REPLACEMENTS}
    for module, names in _modules():
        for name, value in list(names.items()):
            if id(value) in replacements:
                yield sys.modules[module], name, replacements[id(value)]
    yield threading, "_counter", None  # see begin_again
    yield pools.ThreadPoolExecutor, "_counter", None
    yield pools, "_global_shutdown_lock", model.VirtualLock.made()
    yield pools, "_threads_queues", WeakKeyDictionary()  # when the program ends they are not there


def _put_back_in_new_modules(known: set[str]) -> None:
    reals = {id(virtual): real for real, virtual in _REPLACEMENTS}
    for module, names in _modules():
        if module not in known:
            names.update({name: reals[id(v)] for name, v in names.items() if id(v) in reals})


def _in_the_kit() -> Iterator[tuple[Any, str, object]]:
    ground = {"Lock": model.VirtualLock, "now": model.monotonic, "closed_gate": model.closed_gate}
    modules = [syncprims, *(sys.modules[f"syncprims.{name}"] for name in _KIT)]
    for module in modules:
        for name in ground.keys() & vars(module).keys():
            yield module, name, ground[name]
    yield sys.modules["syncprims.simplequeue"], "deque", model.VirtualDeque


def _in_classes() -> Iterator[tuple[Any, str, object]]:
    for name in ("start", "join", "is_alive"):
        yield threading.Thread, name, getattr(model, name)
    for owner, name, kind in _LOCK_FREE:
        yield owner, name, _announced(vars(owner)[name], kind)


def _announced(method: Any, kind: str) -> Any:
    """The same method, or property, that says first that it looks at what the mutex guards."""
    function: Any = method.fget if isinstance(method, property) else method

    @functools.wraps(function)
    def announced(self: Any, *args: Any, **options: Any) -> Any:
        task = current()
        mutex = lock_of(self._mutex if hasattr(self, "_mutex") else self._cond._lock)
        if task is not None and isinstance(mutex, model.VirtualLock):
            task.execution.reach(task, kind, mutex)
        return function(self, *args, **options)

    return property(announced) if isinstance(method, property) else announced
