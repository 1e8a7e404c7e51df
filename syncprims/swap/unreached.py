"""Who still holds certain classes, or objects of them, where a swap does not reach.

A module's global can be replaced; what a program has copied elsewhere cannot: a class attribute, a
default argument, an element of a list, a base class, an object made before. What the standard
library holds for itself is left out: it goes on working, and is no business of the program's.
"""

from __future__ import annotations

import gc
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import starmap
from types import MappingProxyType, MethodType
from typing import Any, NamedTuple

from syncprims.swap.holders import held
from syncprims.swap.private import users

_SEQUENCES = (list, tuple, set, frozenset, deque)
_MAPPINGS = (dict, defaultdict)
_DEPTH = 3  # containers in containers
_FUNCTIONS = ("synchronized_iterator", "concurrent_tee")  # they have no objects of their own

What = Callable[[Any], "str | None"]


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

    holders = {
        Unreached(kind, where, said)
        for kind, where, value in held(mine)
        for said in _said(value, what)
        if (kind, id(value) in names) != ("global", True)
    }
    return sorted(holders | set(starmap(Unreached, users(classes, mine))))


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
