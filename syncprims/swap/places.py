"""Where the standard library's primitives are found: the globals of the loaded modules.

What is looked at is looked at past all code of its own: a module may be a lazy one, or no module at
all, and must not notice. The names of ``_thread``, of pytest and of coverage are never touched.
"""

from __future__ import annotations

import queue
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any, NamedTuple

QUEUES = ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")
HOMES: dict[str, ModuleType] = {
    **dict.fromkeys(QUEUES, queue),
    **dict.fromkeys(("RLock", "Condition", "Event", "Semaphore"), threading),
    **dict.fromkeys(("BoundedSemaphore", "Barrier", "Lock"), threading),
    **dict.fromkeys(("serialize_iterator", "synchronized_iterator", "concurrent_tee"), threading),
}
"""What can be swapped, and the modules in which it is found."""

ORIGINALS: dict[str, Any] = {
    name: getattr(home, name) for name, home in HOMES.items() if hasattr(home, name)
}
BY_DEFAULT = frozenset(HOMES) - {"Lock"}  # the kit's Lock is the interpreter's own
GROUND = ("_allocate_lock", "allocate_lock")  # names of Lock that mean the interpreter's own
ABSENT = object()  # stands for what this Python's standard library has not

# Test tools that run beside the program, not in it; and the modules in C that all stands on.
_NOT_OURS = re.compile(r"(_thread|_queue|_?pytest|pluggy|coverage|syncprims|execnet|xdist)(\.|$)")


class Place(NamedTuple):
    """A module's global that has been replaced."""

    names: dict[str, Any]
    module: str
    name: str
    before: Any
    after: Any

    def put_in(self) -> None:
        """Have it hold the kit's."""
        self.names[self.name] = self.after

    def put_back(self) -> None:
        """Have it hold what it held, or nothing; unless the program has changed it itself."""
        if self.names.get(self.name) is not self.after:
            return
        if self.before is ABSENT:
            del self.names[self.name]
        else:
            self.names[self.name] = self.before


def modules() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the globals of each loaded module that a program may call its own."""
    for name, module in list(sys.modules.items()):
        names = attributes(module)
        if isinstance(name, str) and type(names) is dict and is_ours(name):
            yield name, names


def is_ours(module: str) -> bool:
    """Whether a module is one that a swap may touch."""
    return not _NOT_OURS.match(module)


def attributes(thing: object) -> Any:
    """Return an object's ``__dict__``, or None, without running code of its class."""
    with suppress(Exception):
        return object.__getattribute__(thing, "__dict__")
    return None


def imports_the_kit(module: str) -> bool:
    """Whether a module's source asks for the kit by name: then it means the kit."""
    names = attributes(sys.modules.get(module)) or {}
    try:
        source = names["__spec__"].loader.get_source(module) or ""
    except (AttributeError, KeyError, ImportError, OSError, SyntaxError):
        return False
    return bool(re.search(r"^\s*(from|import)\s+syncprims\b", source, re.MULTILINE))
