"""Who still holds certain classes, or objects of them, where a swap does not reach.

A module's global can be replaced; what a program has copied elsewhere cannot: a class attribute, a
default argument, an element of a list, a base class, an object made before. They are found by
looking at all the objects that the garbage collector knows. Nothing is asked of them: proxies and
lazy objects must not notice, so all is read past their own code. What the standard library holds
for itself is left out: it goes on working, and is no business of the program's.
"""

from __future__ import annotations

import gc
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from types import FunctionType, MappingProxyType, MemberDescriptorType, MethodType
from typing import Any, NamedTuple

from syncprims.swap.places import attributes

_SEQUENCES = (list, tuple, set, frozenset, deque)
_MAPPINGS = (dict, defaultdict)
_DEPTH = 3  # containers in containers
_FUNCTIONS = ("synchronized_iterator", "concurrent_tee")  # they have no objects of their own

What = Callable[[Any], "str | None"]
Held = Iterator[tuple[str, str, Any]]  # kind, place, value


class Unreached(NamedTuple):
    """Something that holds one of the classes, or an object of one."""

    kind: str  # "class attribute", "default argument", "closure", "attribute", "base class" ...
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
        if type(module) is not str:
            return False
        return module.partition(".")[0] not in sys.stdlib_module_names and is_ours(module)

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


def _said(value: Any, what: What, depth: int = _DEPTH) -> Iterator[str]:
    """Yield what a value is, or what is in it."""
    said = what(value)
    if said:
        yield said
    elif depth:
        for inside in _elements(value):
            for said in _said(inside, what, depth - 1):
                yield f"a {type(value).__name__} with {said}"


def _elements(value: Any) -> list[Any]:
    """Return what a container, or what stands for a call, holds; if it is of a type in C."""
    kind = type(value)
    if kind in _SEQUENCES:
        return list(value)
    if kind in _MAPPINGS:
        factory = [value.default_factory] if kind is defaultdict else []
        return [*value, *value.values(), *factory]
    if kind is MappingProxyType:
        return gc.get_referents(value)  # what it shows, which may have code of its own
    if kind is partial:
        return [value.func, *value.args, *value.keywords.values()]
    if kind is MethodType:
        return [value.__self__]
    if kind in (staticmethod, classmethod):
        return [value.__func__]
    return []


def _held(mine: Callable[[object], bool]) -> Held:
    """Yield the kind, the place and the value of all that could hold a class."""
    for name, module in list(sys.modules.items()):
        if mine(name):
            yield from _named("global", f"{name}.", (attributes(module) or {}).items())
    for cls in _classes():
        if mine(_of_class(cls, "__module__")):
            yield from _in_class(cls)
    for thing in gc.get_objects():
        kind = type(thing)  # not isinstance: a proxy would be asked what it stands for
        if kind is FunctionType:
            if mine(thing.__module__):
                yield from _in_function(thing)
        elif not issubclass(kind, type) and mine(_of_class(kind, "__module__")):
            yield from _in_object(thing)


def _classes() -> Iterator[type]:
    """Yield all classes. Builds without a GIL hide those from the collector that never end."""
    waiting: list[type] = [object]
    seen = {id(object)}  # not the classes: a metaclass may compare them with code of its own
    while waiting:
        cls = waiting.pop()
        yield cls
        derived: list[type] = type.__subclasses__(cls)
        waiting += [each for each in derived if id(each) not in seen]
        seen |= set(map(id, derived))


def _of_class(cls: type, name: str) -> Any:
    """Return an attribute that every class has, past its metaclass's code."""
    return type.__getattribute__(cls, name)


def _mro(cls: type) -> tuple[type, ...]:
    return _of_class(cls, "__mro__")  # type: ignore[no-any-return]


def _in_class(cls: type) -> Held:
    yield from _named("class attribute", f"{_name(cls)}.", dict(_of_class(cls, "__dict__")).items())
    yield from _named("base class of", _name(cls), [("", base) for base in _mro(cls)[1:]])


def _in_object(thing: object) -> Held:
    cls = type(thing)
    own = attributes(thing)
    if type(own) is dict:
        yield from _named("attribute", f"{_name(cls)}().", own.items())
    for base in _mro(cls):
        for name, slot in dict(_of_class(base, "__dict__")).items():
            if type(slot) is MemberDescriptorType:
                with suppress(AttributeError):  # nothing has been put there
                    yield "attribute", f"{_name(cls)}().{name}", slot.__get__(thing)


def _in_function(function: FunctionType) -> Held:
    code, place = function.__code__, f"{_name(function)}, "
    defaults = function.__defaults__ or ()
    arguments = code.co_varnames[: code.co_argcount]
    pairs = [*zip(reversed(arguments), reversed(defaults), strict=False)]
    yield from _named("default argument", place, pairs)
    yield from _named("default argument", place, (function.__kwdefaults__ or {}).items())
    yield from _named("attribute", f"{_name(function)}.", function.__dict__.items())
    names = getattr(code, "co_freevars", ())  # PyPy's own functions have none
    for name, cell in zip(names, function.__closure__ or (), strict=False):
        with suppress(ValueError):  # not assigned yet
            yield "closure", place + name, cell.cell_contents


def _named(kind: str, place: str, pairs: Iterable[tuple[Any, Any]]) -> Held:
    for name, value in list(pairs):
        yield kind, f"{place}{name}", value


def _name(thing: Any) -> str:
    if isinstance(thing, type):
        return f"{_of_class(thing, '__module__')}.{_of_class(thing, '__qualname__')}"
    return f"{thing.__module__}.{thing.__qualname__}"
