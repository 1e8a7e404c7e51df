"""What a scenario could use that was made before it: a lock of which the scheduler sees nothing.

What the function's code names is looked up, and what that consists of: the program's own functions
and classes, their closures and arguments, its own objects' attributes, and what is in containers.
So this finds more than will be used, and not everything: not what is looked up by a computed name.
The standard library's own code and objects are not looked into.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import syncprims
from syncprims.lock import Lock

MOST = 20_000  # things looked at

_KINDS: tuple[type, ...] = (
    *(type(Lock()), type(threading.RLock()), queue.Queue, queue.SimpleQueue),
    *(threading.Condition, threading.Event, threading.Semaphore, threading.Barrier),
    *(syncprims.RLock, syncprims.Condition, syncprims.Event, syncprims.Semaphore),
    *(syncprims.Barrier, syncprims.Queue, syncprims.SimpleQueue),
)
# Libraries whose locks a scenario does not use, or finds exchanged.
_KNOWN = sys.stdlib_module_names | {"syncprims", "pytest", "_pytest", "pluggy"}
Named = tuple[str, Any]


def made_before(function: Any) -> str:
    """Return the name of a primitive that a function could use; an empty one if there is none."""
    todo: deque[Named] = deque([("scenario", function)])
    seen: dict[int, object] = {}  # kept, so that no other thing gets the identity of one
    while todo and len(seen) < MOST:
        name, thing = todo.popleft()
        if isinstance(thing, _KINDS):
            return name
        if id(thing) not in seen:
            seen[id(thing)] = thing
            todo += _parts(name, thing)
    return ""


def _parts(name: str, thing: Any) -> Iterable[Named]:
    if isinstance(thing, dict):
        return [(name, value) for value in list(thing.values())]
    if isinstance(thing, (list, tuple, set, frozenset, deque)):
        return [(name, value) for value in list(thing)]
    if isinstance(thing, functools.partial):
        return [(name, thing.func), (name, thing.args), *thing.keywords.items()]
    if isinstance(thing, MethodType):
        return [("self", thing.__self__), (name, thing.__func__)]
    if isinstance(thing, (staticmethod, classmethod)):
        return [(name, thing.__func__)]
    if isinstance(thing, FunctionType):
        return _names_in(thing) if _is_the_programs(thing) else ()
    if isinstance(thing, ModuleType) or not _is_the_programs(thing):
        return ()
    own = [(f"{name}.{key}", value) for key, value in list(getattr(thing, "__dict__", {}).items())]
    return own if isinstance(thing, type) else [*own, (name, type(thing))]


def _is_the_programs(thing: Any) -> bool:
    """Whether a function, a class, an object's class or a module is not of a library we know."""
    named = thing if isinstance(thing, (type, FunctionType)) else type(thing)
    root = str(getattr(named, "__module__", "")).partition(".")[0]
    return root == "__main__" or root not in _KNOWN


def _names_in(function: FunctionType) -> Iterator[Named]:
    """What a function closes over, its defaults, and the globals that its code names."""
    yield function.__name__, function.__defaults__ or ()
    yield function.__name__, function.__kwdefaults__ or {}
    scope = function.__globals__
    for name in _names(function.__code__):
        value = scope.get(name)
        yield name, value
        if isinstance(value, ModuleType) and value.__name__.partition(".")[0] not in _KNOWN:
            yield from ((n, vars(value).get(n)) for n in _names(function.__code__))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not assigned yet
            yield name, cell.cell_contents


def _names(code: CodeType) -> Iterator[str]:
    """The names in a function's code, and in that of the functions it makes."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
