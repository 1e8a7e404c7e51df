"""How an implementation is plugged in: a module with the primitives under their usual names.

An adapter is any importable module; ten lines of ``from mylib import Event`` are enough. Names it
lacks are reported as n/a. It may say ``DEVIATIONS = "file"``, a path next to the module: a text
file with one ``ID reason`` on each line, for requirements it is known not to meet. ``syncprims``
and ``stdlib`` are built in.
"""

from __future__ import annotations

import importlib
import os
import queue
import threading
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

PRIMITIVES = {
    "LOCK": "Lock",
    "RLOCK": "RLock",
    "COND": "Condition",
    "EVENT": "Event",
    "SEM": "Semaphore",
    "BSEM": "BoundedSemaphore",
    "BARRIER": "Barrier",
    "QUEUE": "Queue",
    "LIFO": "LifoQueue",
    "PRIO": "PriorityQueue",
    "SIMPLEQ": "SimpleQueue",
}
"""The prefix of a requirement's id, and the primitive it is about."""

ERRORS = ("BrokenBarrierError", "Empty", "Full", "ShutDown")


class AdapterError(Exception):
    """The implementation cannot be used; the text says why in one line."""


@dataclass(frozen=True)
class Implementation:
    """An implementation under test: its name, its primitives, and where it is known to deviate."""

    name: str
    primitives: Any
    deviations: dict[str, str] = field(default_factory=dict)

    def get(self, primitive: str) -> Any:
        """Return a primitive or an exception class by its public name; None if it has none."""
        found = getattr(self.primitives, primitive, None)
        if found is None and primitive in ERRORS:
            return getattr(_stdlib(), primitive, None)
        return found


def _stdlib() -> SimpleNamespace:
    """Threading's and queue's names, side by side."""
    names = (*PRIMITIVES.values(), *ERRORS)
    sources = {name: getattr(threading, name, getattr(queue, name, None)) for name in names}
    return SimpleNamespace(**sources)


def load(name: str) -> Implementation:
    """Return the implementation called `name`: ``stdlib``, or a module that can be imported.

    Raises AdapterError if there is no such module, if it has none of the primitives, or if its
    file of deviations cannot be read.
    """
    if name == "stdlib":
        return Implementation(name, _stdlib())
    try:
        module = importlib.import_module(name)
    except Exception as error:  # whatever a stranger's module does when it is imported
        raise AdapterError(
            f"no implementation {name!r}: {error}; give syncprims, stdlib or an importable module"
        ) from error
    if not any(hasattr(module, primitive) for primitive in PRIMITIVES.values()):
        raise AdapterError(f"{name!r} has none of {', '.join(PRIMITIVES.values())}")
    return Implementation(name, module, _deviations(module))


def _deviations(module: ModuleType) -> dict[str, str]:
    path = getattr(module, "DEVIATIONS", None)
    if path is None:
        return {}
    path = os.path.join(os.path.dirname(module.__file__ or ""), path)
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except OSError as error:
        raise AdapterError(f"cannot read the deviations of {module.__name__}: {error}") from error
    entries = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    for entry in entries:
        if len(entry) != 2:
            raise AdapterError(f"{path}: {entry[0]} has no reason")
    return dict(entries)
