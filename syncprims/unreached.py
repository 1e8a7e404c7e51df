"""Who still holds certain classes, or objects of them, where a swap does not reach.

A module's global can be replaced; what a program has copied elsewhere cannot: a class attribute, a
default argument, an element of a list, an object made before. They are found by looking at all the
objects that the garbage collector knows, one level deep. What the standard library holds for itself
is left out: it goes on working, and is no business of the program's.
"""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import FunctionType
from typing import Any, NamedTuple

_CONTAINERS = (list, tuple, set, frozenset, dict, deque)


_FUNCTIONS = ("synchronized_iterator", "concurrent_tee")  # they have no objects of their own


class Unreached(NamedTuple):
    """Something that holds one of the classes, or an object of one."""

    kind: str  # "class attribute", "default argument", "closure", "attribute", "global"
    where: str
    what: str  # "the class Event", "an Event", "a list with the class Event" ...

    def __str__(self) -> str:
        return f"{self.kind} {self.where}: {self.what}"


def find(classes: dict[str, Any], is_ours: Callable[[str], bool]) -> list[Unreached]:
    """Return who holds one of `classes`, by name, in modules for which ``is_ours(name)``.

    A global that holds a class itself is not among them: that can be replaced.
    """
    names = {id(each): f"the class {name}" for name, each in classes.items()}
    types = {
        each if isinstance(each, type) else type(each()): f"an object of {name}"
        for name, each in classes.items()
        if name not in _FUNCTIONS
    }

    def mine(module: object) -> bool:
        root = str(module).partition(".")[0]
        return root not in sys.stdlib_module_names and is_ours(str(module))

    def what(value: Any) -> str | None:
        return names.get(id(value)) or types.get(type(value))

    return sorted(
        {
            Unreached(kind, where, said)
            for kind, where, value in _held(mine)
            for said in _said(value, what)
            if (kind, id(value) in names) != ("global", True)
        }
    )


def _said(value: Any, what: Callable[[Any], str | None]) -> Iterator[str]:
    """Yield what a value is, or what is in it if it is a container."""
    said = what(value)
    if said:
        yield said
    elif type(value) in _CONTAINERS:
        elements = value.values() if type(value) is dict else value
        for said in filter(None, map(what, list(elements))):
            yield f"a {type(value).__name__} with {said}"


def _held(mine: Callable[[object], bool]) -> Iterator[tuple[str, str, Any]]:
    """Yield the kind, the place and the value of all that could hold a class."""
    for name, module in list(sys.modules.items()):
        if mine(name):
            for key, value in list(getattr(module, "__dict__", {}).items()):
                yield "global", f"{name}.{key}", value
    for thing in gc.get_objects():
        kind = type(thing)  # not isinstance: a proxy would be asked what it stands for
        if issubclass(kind, type):
            if mine(thing.__module__):
                yield from _named("class attribute", f"{_name(thing)}.", vars(thing).items())
        elif kind is FunctionType:
            if mine(thing.__module__):
                yield from _in_function(thing)
        elif mine(kind.__module__):
            attributes = getattr(thing, "__dict__", None) if hasattr(kind, "__dict__") else None
            if type(attributes) is dict:
                yield from _named("attribute", f"{_name(kind)}().", attributes.items())


def _in_function(function: FunctionType) -> Iterator[tuple[str, str, Any]]:
    code, place = function.__code__, f"{_name(function)}, "
    defaults = function.__defaults__ or ()
    arguments = code.co_varnames[: code.co_argcount]
    pairs = [*zip(reversed(arguments), reversed(defaults), strict=False)]
    yield from _named("default argument", place, pairs)
    yield from _named("default argument", place, (function.__kwdefaults__ or {}).items())
    names = getattr(code, "co_freevars", ())  # PyPy's own functions have none
    for name, cell in zip(names, function.__closure__ or (), strict=False):
        with suppress(ValueError):  # not assigned yet
            yield "closure", place + name, cell.cell_contents


def _named(
    kind: str, place: str, pairs: Iterable[tuple[str, Any]]
) -> Iterator[tuple[str, str, Any]]:
    for name, value in list(pairs):
        yield kind, f"{place}{name}", value


def _name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"
