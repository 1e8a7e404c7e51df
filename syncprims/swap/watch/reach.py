"""What a thread can reach: from its frames' variables, and the globals that its code names.

A function counts for what its code names, not for all of its module; of a module of the program's
only what the code names there. Classes count if they are the program's own; test tools not at all,
for they reach everything.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from syncprims.swap.places import is_ours

OBJECTS = 20_000  # looked at, at most


def roots(frames: list[FrameType], with_globals: bool) -> list[Any]:
    """Return what a thread has at hand, in its frames."""
    found = [value for frame in frames for value in dict(frame.f_locals).values()]
    if with_globals:
        found += [each for frame in frames for each in _named(frame.f_code, frame.f_globals)]
    return found


def leads_to(roots: list[Any], wanted: Any) -> bool:
    """Whether an object can be reached from others; True if there are too many to say."""
    waiting = list(roots)
    seen = {id(each) for each in waiting}
    for looked, thing in enumerate(waiting):
        if thing is wanted or looked > OBJECTS:
            return True
        for each in _referents(thing):
            if id(each) not in seen:
                seen.add(id(each))
                waiting.append(each)
    return False


def _referents(thing: Any) -> Iterable[Any]:
    kind = type(thing)
    if kind is FunctionType:
        return [*_named(thing.__code__, thing.__globals__), *gc.get_referents(*_parts(thing))]
    if issubclass(kind, (ModuleType, CodeType, FrameType)) or not is_ours(_home(kind)):
        return []
    if issubclass(kind, type):
        is_theirs = _home(thing).partition(".")[0] not in sys.stdlib_module_names
        return gc.get_referents(thing) if is_theirs and is_ours(_home(thing)) else []
    return gc.get_referents(thing)


def _parts(function: FunctionType) -> list[Any]:
    parts = (function.__closure__, function.__defaults__, function.__kwdefaults__)
    return [each for each in (*parts, *(function.__closure__ or ())) if each is not None]


def _home(kind: type) -> str:
    return str(type.__getattribute__(kind, "__module__"))


def _named(code: CodeType, variables: dict[str, Any]) -> Iterator[Any]:
    """Yield the globals that a code names; of a module of the program's, what it names there."""
    for name in getattr(code, "co_names", ()):  # PyPy's own functions have none
        value = variables.get(name)
        if type(value) is not ModuleType:
            yield value
        elif value.__name__.partition(".")[0] not in sys.stdlib_module_names:
            yield from (vars(value)[each] for each in code.co_names if each in vars(value))
    for constant in getattr(code, "co_consts", ()):  # functions inside, which may be called
        if isinstance(constant, CodeType):
            yield from _named(constant, variables)
