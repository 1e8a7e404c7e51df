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
import sys
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

ALL = ("INTER", "SIG")
"""The prefixes of the requirements that are about several primitives."""

ERRORS = ("BrokenBarrierError", "Empty", "Full", "ShutDown")


class AdapterError(Exception):
    """The implementation cannot be used; the text says why in one line."""


class NotApplicable(Exception):
    """A requirement cannot be asked of this implementation, or here; the text says why."""


@dataclass(frozen=True)
class Implementation:
    """An implementation under test: its name, its primitives, and where it is known to deviate."""

    name: str
    primitives: Any
    deviations: dict[str, str] = field(default_factory=dict)

    def get(self, primitive: str) -> Any:
        """Return a primitive or an exception class by its public name."""
        found = getattr(self.primitives, primitive, None)
        if found is None and primitive in ERRORS:
            found = getattr(_stdlib(), primitive, None)
        if found is None:
            raise NotApplicable(f"{self.name} has no {primitive}")
        return found

    def has(self, primitive: str) -> bool:
        """Whether it has a primitive of that name."""
        return getattr(self.primitives, primitive, None) is not None


def _stdlib() -> SimpleNamespace:
    """Threading's and queue's names, side by side."""
    names = (*PRIMITIVES.values(), *ERRORS)
    sources = {name: getattr(threading, name, getattr(queue, name, None)) for name in names}
    return SimpleNamespace(**sources)


def load(name: str) -> Implementation:
    """Return the implementation called `name`: ``stdlib``, or a module that can be imported.

    The current directory is searched first. Raises AdapterError if there is no such module, if it
    has none of the primitives, or if its file of deviations cannot be read.
    """
    if name == "stdlib":
        return Implementation(name, _stdlib())
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:  # whatever a stranger's module does
        raise AdapterError(
            f"no implementation {name!r}: {error or repr(error)}; "
            "give syncprims, stdlib or an importable module's name"
        ) from error
    if not any(hasattr(module, primitive) for primitive in PRIMITIVES.values()):
        raise AdapterError(f"{name!r} has none of {', '.join(PRIMITIVES.values())}")
    return Implementation(name, module, _deviations(module))


def _deviations(module: ModuleType) -> dict[str, str]:
    path = getattr(module, "DEVIATIONS", None)
    if path is None:
        return {}
    try:
        path = os.path.join(os.path.dirname(module.__file__ or ""), path)
        with open(path, encoding="utf-8-sig") as file:
            lines = [line.strip() for line in file]
    except (OSError, TypeError, ValueError) as error:  # no file, no path, no UTF-8
        raise AdapterError(f"cannot read the deviations of {module.__name__}: {error}") from error
    deviations: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith("#"):
            identifier, *reason = line.split(None, 1)
            if not reason:
                raise AdapterError(f"{path}: {identifier} has no reason")
            if identifier in deviations:
                raise AdapterError(f"{path}: {identifier} stands there twice")
            if identifier.rpartition("-")[0] not in (*PRIMITIVES, *ALL):
                raise AdapterError(f"{path}: {identifier} is no requirement's id")
            deviations[identifier] = reason[0]
    return deviations
