"""Other people's classes that use private parts of the standard library's which the kit lacks.

A class that is derived from a primitive may stand on its private parts. Of the kit's it finds most
(docs/comparison.md has the table). What it does not find breaks it when that line is run, so it is
named before: the class, the method, the line.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

import syncprims
from syncprims.swap.holders import attributes_of, classes, mro, named
from syncprims.swap.places import ORIGINALS

_ARGUMENTS: dict[str, tuple[Any, ...]] = {"Barrier": (1,), "serialize_iterator": ((),)}


def missing(names: Iterable[str]) -> dict[Any, dict[str, str]]:
    """Return, by class of the kit and of the stdlib, the private parts that only the latter has."""
    found: dict[Any, dict[str, str]] = {}
    for name in names:
        theirs, ours = ORIGINALS[name], getattr(syncprims, name)
        if isinstance(theirs, type) and isinstance(ours, type):
            arguments = _ARGUMENTS.get(name, ())
            parts = set(dir(theirs(*arguments))) - set(dir(ours(*arguments)))
            private = {each: name for each in parts if each[0] == "_" and each[1] != "_"}
            found[theirs] = found[ours] = private
    return found


def users(names: Iterable[str], mine: Callable[[object], bool]) -> Iterator[tuple[str, str, str]]:
    """Yield the kind, the place and the part, for each method that uses one that is missing."""
    lacks = missing(names)
    for cls in classes():
        if mine(attributes_of(cls, "__module__")):
            parts: dict[str, str] = {}
            for base in mro(cls)[1:]:
                parts |= lacks.get(base, {})
            for method in dict(attributes_of(cls, "__dict__")).values():
                for part, line in _used(method, parts):
                    where = f"{named(cls)}.{method.__name__}, line {line}"
                    yield "private part", where, f"{part}; the kit's {parts[part]} has none"


def _used(method: Any, parts: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Yield the parts that a method names as attributes, and the lines."""
    if not parts or type(method) is not FunctionType:
        return
    line = method.__code__.co_firstlineno
    starts = dict(dis.findlinestarts(method.__code__))
    for step in dis.get_instructions(method.__code__):
        line = starts.get(step.offset) or line
        if ("ATTR" in step.opname or "METHOD" in step.opname) and step.argval in parts:
            yield step.argval, line
