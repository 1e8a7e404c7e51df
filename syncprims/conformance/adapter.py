"""An implementation under test: where it comes from, what it has, and where it is known to deviate.

An adapter is an importable module, or a file, with primitives under their usual names; ten lines of
``from mylib import Event`` are enough. What it lacks is not applicable. It may say ``SINCE = (3,
12)``, the Python whose standard library it stands for, ``WHOLE = True`` if it claims to lack
nothing, and ``DEVIATIONS = "file"``: a text file beside it that lists what it is known not to meet.
``syncprims`` and ``stdlib`` are built in.
"""

from __future__ import annotations

import importlib
import importlib.util
import operator
import os
import queue
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

from syncprims.conformance import import_problem

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

ITERATORS = ("serialize_iterator", "synchronized_iterator", "concurrent_tee")
"""The tools of the group ITER."""

_QUEUES: tuple[str, ...] = ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")
ERRORS: dict[str, tuple[str, ...]] = {
    "BrokenBarrierError": ("Barrier",),
    "Empty": _QUEUES,
    "Full": _QUEUES,
    "ShutDown": _QUEUES,
}
"""The exceptions, and the primitives that raise them."""

NEWEST = (99, 0)  # a Python whose standard library has everything


class AdapterError(Exception):
    """The implementation cannot be used; the text says why in one line."""


class NotApplicable(Exception):
    """A requirement cannot be asked of this implementation, or not here; the text says why."""


class Lacks(NotApplicable):
    """The implementation has no such thing: not met, if it calls itself whole."""


@dataclass(frozen=True)
class Deviation:
    """A line of a file of deviations: which requirements, or cases of them, and why."""

    pattern: str
    reason: str

    def covers(self, identifier: str, label: str | None = None) -> bool:
        """Whether a requirement is meant, or its case `label`; None: whether any case is."""
        wanted, _, case = self.pattern.rstrip("]").partition("[")
        if not _like(wanted, identifier) and not _like(wanted, identifier.rpartition("-")[0]):
            return False
        parts = [] if label is None else [label, *label.split(", ")]
        return not case or label is None or any(_like(case, part) for part in parts)


def _like(pattern: str, text: str) -> bool:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, text.replace(" ", "")) is not None


@dataclass(frozen=True)
class Implementation:
    """An implementation under test."""

    name: str
    primitives: Any
    since: tuple[int, int] = NEWEST
    whole: bool = False
    deviations: tuple[Deviation, ...] = ()

    def get(self, primitive: str) -> Any:
        """Return a primitive or an exception class by its public name."""
        found = getattr(self.primitives, primitive, None)
        if found is not None:
            return found
        if not any(map(self.has, ERRORS.get(primitive, ()))):
            raise Lacks(f"{self.name} has no {primitive}")
        found = getattr(_stdlib(), primitive, None)
        if found is None:
            raise NotApplicable(f"neither {self.name} nor the stdlib has {primitive}")
        return found

    def has(self, primitive: str) -> bool:
        """Whether it has a primitive of that name."""
        return getattr(self.primitives, primitive, None) is not None

    @cached_property
    def files(self) -> Files:
        """The files in which its classes and functions are defined."""
        names = [name for name in (*PRIMITIVES.values(), *ITERATORS) if self.has(name)]
        codes = [code for name in names for code in _codes(getattr(self.primitives, name))]
        return Files(frozenset(code.co_filename for code in codes))


@dataclass(frozen=True)
class Files:
    """Files, and with one that is in a package all that are beside it."""

    names: frozenset[str]

    def __contains__(self, filename: object) -> bool:
        return filename in self.names or os.path.dirname(str(filename)) in self.packages

    @cached_property
    def packages(self) -> set[str]:
        """The folders of those that are in a package."""
        folders = {os.path.dirname(name) for name in self.names}
        return {each for each in folders if os.path.exists(os.path.join(each, "__init__.py"))}


def _codes(primitive: Any) -> Iterator[CodeType]:
    kinds = primitive.__mro__ if isinstance(primitive, type) else (primitive,)
    for kind in kinds[:1] + tuple(each for each in kinds[1:] if not _is_stdlibs(each)):
        for value in (kind, *vars(kind).values()) if isinstance(kind, type) else (kind,):
            code = getattr(getattr(value, "__func__", value), "__code__", None)
            if isinstance(code, CodeType):
                yield code


def _is_stdlibs(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in sys.stdlib_module_names


def _stdlib() -> SimpleNamespace:
    """Threading's and queue's names, side by side."""
    names = (*PRIMITIVES.values(), *ITERATORS, *ERRORS, *threading.__all__, *queue.__all__)
    sources = {name: getattr(threading, name, getattr(queue, name, None)) for name in names}
    return SimpleNamespace(**sources)


def load(name: str) -> Implementation:
    """Return the implementation called `name`: ``stdlib``, a module's name, or a file's.

    The current directory is searched first. Raises AdapterError if there is no such module, if it
    has none of the primitives, or if what it says of itself cannot be understood.
    """
    if name == "stdlib":
        return Implementation(name, _stdlib(), sys.version_info[:2], whole=True)
    try:
        module = _imported(name)
    except (Exception, SystemExit) as error:  # whatever a stranger's module does
        raise AdapterError(import_problem.told(name, error)) from error
    names = (*PRIMITIVES.values(), *ITERATORS)
    if not any(hasattr(module, primitive) for primitive in names):
        raise AdapterError(f"{name!r} has none of {', '.join(names)}")
    since = getattr(module, "SINCE", NEWEST)
    if not (isinstance(since, tuple) and len(since) == 2):
        raise AdapterError(f"{name}: SINCE is {since!r}, and not like (3, 12)")
    whole = name == "syncprims" or bool(getattr(module, "WHOLE", False))
    return Implementation(name, module, since, whole, tuple(_deviations(module)))


def is_file(name: str) -> bool:
    """Whether `name` means a file, and not a module."""
    return name.endswith(".py") or os.sep in name or "/" in name


def _imported(name: str) -> ModuleType:
    folder = os.path.dirname(os.path.abspath(name)) if is_file(name) else os.getcwd()
    if folder not in sys.path:
        sys.path.insert(0, folder)
    if not is_file(name):
        return importlib.import_module(name)
    if not os.path.isfile(name):
        raise import_problem.NoSuchFile(name)
    # Not under its own name, which may be that of a module which somebody needs: queue.py.
    alias = f"_{Path(name).stem}"
    spec = importlib.util.spec_from_file_location(alias, os.path.abspath(name))
    if spec is None or spec.loader is None:
        raise ImportError("this is no Python file")
    module = sys.modules[alias] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _deviations(module: ModuleType) -> Iterator[Deviation]:
    path = getattr(module, "DEVIATIONS", None)
    if path is None:
        return
    try:
        path = os.path.join(os.path.dirname(module.__file__ or ""), path)
        with open(path, encoding="utf-8-sig") as file:
            lines = [line.strip() for line in file]
    except (OSError, TypeError, ValueError) as error:  # no file, no path, no UTF-8
        raise AdapterError(f"cannot read the deviations of {module.__name__}: {error}") from error
    there = set()
    for line in lines:
        if not line or line.startswith("#"):
            continue
        pattern, _, reason = line.partition(" ")
        condition, reason = _condition(reason.strip())
        if not reason:
            raise AdapterError(f"{path}: {pattern} has no reason")
        if (pattern, condition) in there:
            raise AdapterError(f"{path}: {pattern} stands there twice")
        there.add((pattern, condition))
        if _holds(condition, path):
            yield Deviation(pattern, reason)


def _condition(text: str) -> tuple[str, str]:
    """Split ``if python<3.13 and win32: reason`` into the condition, if any, and the reason."""
    if not text.startswith("if "):
        return "", text
    condition, _, reason = text.removeprefix("if ").partition(":")
    return condition.strip(), reason.strip()


_COMPARISONS = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}


def _holds(condition: str, path: str) -> bool:
    return all(_is_so(word, path) for word in condition.split(" and ") if word)


def _is_so(word: str, path: str) -> bool:
    version = re.fullmatch(r"python *(<=|>=|==|<|>) *(\d+)\.(\d+)", word.strip())
    if version:
        sign, major, minor = version.groups()
        return bool(_COMPARISONS[sign](sys.version_info[:2], (int(major), int(minor))))
    if word in ("cpython", "pypy", "graalpy"):
        return sys.implementation.name == word
    if word in ("win32", "linux", "darwin"):
        return sys.platform == word
    raise AdapterError(
        f"{path}: no such condition: {word!r}; python<3.13, cpython, pypy, win32, linux, darwin are"
    )
