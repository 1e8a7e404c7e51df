"""What a scenario could use that the scheduler sees nothing of: a lock made before, or its factory.

What the functions' code names is looked up, and what that consists of: the program's own functions
and classes, their bases, closures and arguments, its own objects' attributes, and what is in
containers. A factory in a module's global is exchanged; one kept elsewhere makes real locks. So
this finds more than will be used, and not everything: not what is looked up by a computed name.
The standard library's own code and objects are not looked into.
"""

from __future__ import annotations

import _thread
import contextlib
import functools
import gc
import os
import queue
import sys
import threading
import types
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import syncprims
from syncprims.explore.world import EXCHANGED
from syncprims.lock import Lock
from syncprims.swap.places import ORIGINALS, is_ours

MOST = 50_000  # things looked at
TOO_MANY = f"more than {MOST:,} things can be reached, and some of them were not looked at"

_KINDS: tuple[type, ...] = (
    *(type(Lock()), type(ORIGINALS["RLock"]())),
    *(ORIGINALS[name] for name in ("Queue", "SimpleQueue", "Condition", "Event")),
    *(ORIGINALS[name] for name in ("Semaphore", "Barrier")),
    *(syncprims.RLock, syncprims.Condition, syncprims.Event, syncprims.Semaphore),
    *(syncprims.Barrier, syncprims.Queue, syncprims.SimpleQueue),
    *(threading.Thread, Executor, Future),
)
# What makes that of which nothing is seen. The other primitives are written in Python, and their
# modules find the exchanged ones.
_IN_C: tuple[type, ...] = (type(Lock()), type(ORIGINALS["RLock"]()), ORIGINALS["SimpleQueue"])
_FACTORIES = {
    id(factory)
    for factory in (
        *(ORIGINALS["Lock"], ORIGINALS["RLock"], Lock, _thread.RLock, _thread.allocate_lock),
        *(getattr(_thread, "allocate", None), getattr(queue, "_PySimpleQueue", None)),
    )
    if factory is not None
}
# Libraries whose locks a scenario does not use, or finds exchanged.
_KNOWN = sys.stdlib_module_names | {"syncprims", "pytest", "_pytest", "pluggy"}
# Those whose objects have no locks of their own, but what a program puts in.
_PLAIN = {
    *("builtins", "collections", "types", "functools", "itertools", "weakref", "_weakrefset"),
    *("contextlib", "contextvars", "_contextvars", "operator", "enum"),
}
_ATOMS: set[Any] = {
    *(type(None), bool, int, float, complex, str, bytes),
    *(CodeType, types.FrameType, types.TracebackType, types.UnionType),
}
# What a class keeps of its source, and does not use.
_NOTES = {
    *("__annotations__", "__annotations_cache__", "__annotate__", "__annotate_func__"),
    *("__orig_bases__", "__parameters__", "__type_params__", "__attrs_attrs__"),
}
Named = tuple[str, Any]


def why_unseen(*roots: Any) -> str:
    """Name a primitive made before, or a factory, that these could use; empty if there is none."""
    todo: deque[Named] = deque(("scenario", root) for root in roots)
    seen: dict[int, object] = {}  # kept, so that no other thing gets the identity of one
    while todo:
        name, thing = todo.popleft()
        if type(thing) in _ATOMS or id(thing) in seen:
            continue
        if isinstance(thing, _KINDS):
            return f"{name} was made outside of the scenario, where nothing is seen of it"
        if _is_factory(thing):
            return f"{name} makes primitives of the interpreter's own, of which nothing is seen"
        if len(seen) >= MOST:
            return TOO_MANY
        seen[id(thing)] = thing
        todo += _parts(name, thing)
    return ""


def _is_factory(thing: Any) -> bool:
    if id(thing) in _FACTORIES:
        return True
    return issubclass(type(thing), type) and issubclass(thing, _IN_C)


def _parts(name: str, thing: Any) -> Iterable[Named]:
    if isinstance(thing, types.GenericAlias):  # which says on 3.10 that it is a type
        return [(name, thing.__origin__)]  # to call it is to call that
    if isinstance(thing, type):
        return _of_class(name, thing) if _is_the_programs(thing) else ()
    if isinstance(thing, FunctionType):
        return _of_function(thing)
    if isinstance(thing, ModuleType):
        return () if _is_known(thing) else _of_module(thing, list(vars(thing)), set())
    if isinstance(thing, MethodType):
        return [("self", thing.__self__), (name, thing.__func__)]
    if isinstance(thing, functools.partial):
        return [(name, thing.func), (name, thing.args), *thing.keywords.items()]
    if isinstance(thing, functools.cached_property):
        return [(name, thing.func)]  # before 3.12 it has a lock
    if isinstance(thing, weakref.ref):
        return [(name, thing())]
    return _of_object(name, thing)


def _of_object(name: str, thing: Any) -> Iterable[Named]:
    """Its attributes, what is in its slots, and what a container or an iterator holds."""
    if not (_root(type(thing)) in _PLAIN or _is_the_programs(type(thing))):
        return ()
    own = [(f"{name}.{key}", value) for key, value in list(getattr(thing, "__dict__", {}).items())]
    held = [(name, each) for each in gc.get_referents(thing)]
    return [*own, *held, (name, type(thing))]


def _of_class(name: str, cls: type) -> Iterator[Named]:
    for key, value in list(vars(cls).items()):
        if key == "__dataclass_fields__":
            yield from ((f"{name}.{field}", at.default) for field, at in value.items())
            yield from ((f"{name}.{field}", at.default_factory) for field, at in value.items())
        elif key not in _NOTES:
            yield f"{name}.{key}", value
    yield from ((name, base) for base in (*cls.__bases__, type(cls)))


def _of_function(function: FunctionType) -> Iterator[Named]:
    """What it closes over, its defaults, the globals that its code names, what it wraps."""
    if _is_the_programs(function):
        yield function.__name__, function.__defaults__ or ()
        yield function.__name__, function.__kwdefaults__ or {}
        names = list(_names(function.__code__))
        scope = function.__globals__
        for name, value in (*_globals(scope, names), *_imported(scope, names), *_cells(function)):
            if isinstance(value, ModuleType):
                yield from _of_module(value, names, set())
            else:
                yield name, value
    yield from list(vars(function).items())


def _names(code: CodeType) -> Iterator[str]:
    """The names in a function's code, and in that of the functions it makes."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _cells(function: FunctionType) -> Iterator[Named]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not assigned yet
            yield name, cell.cell_contents


def _globals(scope: dict[str, Any], names: list[str]) -> Iterator[Named]:
    """The globals of these names, but those that are exchanged."""
    module = str(scope.get("__name__"))
    loaded = getattr(sys.modules.get(module), "__dict__", None) is scope
    exchanges = loaded and (is_ours(module) or module.startswith("syncprims"))
    for name in names:
        value = scope.get(name)
        if not (exchanges and id(value) in EXCHANGED):
            yield name, value


def _imported(scope: dict[str, Any], names: list[str]) -> Iterator[Named]:
    """The modules of these names: the function may import them itself."""
    package = scope.get("__package__") or ""
    for name in names:
        for path in (name, f"{package}.{name}"):
            if path in sys.modules and name not in scope:
                yield name, sys.modules[path]


def _of_module(module: ModuleType, names: list[str], passed: set[int]) -> Iterator[Named]:
    """What a function that names these could find in a module, and in the modules in it."""
    passed.add(id(module))
    known = _is_known(module)
    for name, value in _globals(vars(module), names):
        if isinstance(value, ModuleType):
            if id(value) not in passed:
                yield from _of_module(value, names, passed)
        elif not known or _is_factory(value):
            yield name, value


def _is_known(module: ModuleType) -> bool:
    return _is_library(module.__name__.partition(".")[0], getattr(module, "__file__", None))


def _root(thing: Any) -> str:
    return str(getattr(thing, "__module__", "")).partition(".")[0]


def _is_the_programs(thing: type | FunctionType) -> bool:
    """Whether a function or a class is not of a library we know."""
    if isinstance(thing, FunctionType):
        scope = thing.__globals__
        root = str(scope.get("__name__", "")).partition(".")[0]
        return not _is_library(root, scope.get("__file__"))
    root = _root(thing)
    return not _is_library(root, getattr(sys.modules.get(root), "__file__", None))


_LIBRARY = os.path.dirname(os.__file__)


def _is_library(root: str, file: Any) -> bool:
    """Whether a module is of one: a program may have a code.py of its own."""
    if root not in _KNOWN or root == "__main__":
        return False
    return root not in sys.stdlib_module_names or not file or str(file).startswith(_LIBRARY)
