"""All that could hold a class: globals, classes, functions and objects, each with its place.

Nothing is asked of them: proxies and lazy objects must not notice, so all is read past their own
code. Objects and functions are those that the garbage collector knows.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import FunctionType, MemberDescriptorType
from typing import Any

from syncprims.swap.places import attributes

Held = Iterator[tuple[str, str, Any]]  # kind, place, value


def held(mine: Callable[[object], bool]) -> Held:
    """Yield the kind, the place and the value of all that could hold a class."""
    for name, module in list(sys.modules.items()):
        if mine(name):
            yield from _named("global", f"{name}.", (attributes(module) or {}).items())
    for cls in classes():
        if mine(attributes_of(cls, "__module__")):
            yield from _in_class(cls)
    for thing in gc.get_objects():
        kind = type(thing)  # not isinstance: a proxy would be asked what it stands for
        if kind is FunctionType:
            if mine(thing.__module__):
                yield from _in_function(thing)
        elif not issubclass(kind, type) and mine(attributes_of(kind, "__module__")):
            yield from _in_object(thing)


def classes() -> Iterator[type]:
    """Yield all classes. Builds without a GIL hide those from the collector that never end."""
    waiting: list[type] = [object]
    seen = {id(object)}  # not the classes: a metaclass may compare them with code of its own
    while waiting:
        cls = waiting.pop()
        yield cls
        derived: list[type] = type.__subclasses__(cls)
        waiting += [each for each in derived if id(each) not in seen]
        seen |= set(map(id, derived))


def attributes_of(cls: type, name: str) -> Any:
    """Return an attribute that every class has, past its metaclass's code."""
    return type.__getattribute__(cls, name)


def mro(cls: type) -> tuple[type, ...]:
    return attributes_of(cls, "__mro__")  # type: ignore[no-any-return]


def _in_class(cls: type) -> Held:
    yield from _named(
        "class attribute", f"{named(cls)}.", dict(attributes_of(cls, "__dict__")).items()
    )
    yield from _named("base class of", named(cls), [("", base) for base in mro(cls)[1:]])


def _in_object(thing: object) -> Held:
    cls = type(thing)
    own = attributes(thing)
    if type(own) is dict:
        yield from _named("attribute", f"{named(cls)}().", own.items())
    for base in mro(cls):
        for name, slot in dict(attributes_of(base, "__dict__")).items():
            if type(slot) is MemberDescriptorType:
                with suppress(AttributeError):  # nothing has been put there
                    yield "attribute", f"{named(cls)}().{name}", slot.__get__(thing)


def _in_function(function: FunctionType) -> Held:
    code, place = function.__code__, f"{named(function)}, "
    defaults = function.__defaults__ or ()
    arguments = code.co_varnames[: code.co_argcount]
    pairs = [*zip(reversed(arguments), reversed(defaults), strict=False)]
    yield from _named("default argument", place, pairs)
    yield from _named("default argument", place, (function.__kwdefaults__ or {}).items())
    yield from _named("attribute", f"{named(function)}.", function.__dict__.items())
    names = getattr(code, "co_freevars", ())  # PyPy's own functions have none
    for name, cell in zip(names, function.__closure__ or (), strict=False):
        with suppress(ValueError):  # not assigned yet
            yield "closure", place + name, cell.cell_contents


def _named(kind: str, place: str, pairs: Iterable[tuple[Any, Any]]) -> Held:
    for name, value in list(pairs):
        yield kind, f"{place}{name}", value


def named(thing: Any) -> str:
    if isinstance(thing, type):
        return f"{attributes_of(thing, '__module__')}.{attributes_of(thing, '__qualname__')}"
    return f"{thing.__module__}.{thing.__qualname__}"
