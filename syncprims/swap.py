"""The kit in the standard library's place, for a while.

``swap`` looks through the globals of every loaded module for the standard library's primitives and
puts the kit's there, so that ``from queue import Queue`` done long ago is reached as well as
``queue.Queue``. Undoing it puts back what was written down, and looks once more for the modules
that were imported meanwhile. What is not a module's global stays: a default argument, an attribute
of a class, an object made before; ``report.unreached`` finds those with the garbage collector's
help, when asked. The names of ``_thread``, of pytest and of coverage are never touched.
"""

from __future__ import annotations

import queue
import re
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ContextDecorator, contextmanager
from types import ModuleType
from typing import Any, NamedTuple

import syncprims
from syncprims.unreached import Unreached, find

__all__ = ["Report", "StrictError", "Unreached", "is_swapped", "original", "swap"]

_QUEUES = ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")
_HOMES: dict[str, ModuleType] = {
    **dict.fromkeys(_QUEUES, queue),
    **dict.fromkeys(("RLock", "Condition", "Event", "Semaphore"), threading),
    **dict.fromkeys(("BoundedSemaphore", "Barrier", "Lock"), threading),
    **dict.fromkeys(("serialize_iterator", "synchronized_iterator", "concurrent_tee"), threading),
}
"""What can be swapped, and the modules in which it is found."""

_ORIGINALS: dict[str, Any] = {
    name: getattr(home, name) for name, home in _HOMES.items() if hasattr(home, name)
}
_BY_DEFAULT = frozenset(_HOMES) - {"Lock"}  # the kit's Lock is the interpreter's own
_ABSENT = object()  # stands for what this Python's standard library has not

# Test tools that run beside the program, not in it; and the modules in C that all stands on.
_NOT_OURS = re.compile(r"(_thread|_queue|_?pytest|pluggy|coverage|syncprims|execnet|xdist)(\.|$)")

# Guarded by: only the thread that started the outermost swap starts and stops others.
_active: list[swap] = []
_swapper: int | None = None


class StrictError(RuntimeError):
    """Raised by ``swap(strict=True)`` if something holds on to the standard library's classes."""


class _Place(NamedTuple):
    """A module's global that has been replaced."""

    names: dict[str, Any]
    module: str
    name: str
    before: Any
    after: Any


class Report:
    """What a swap has done, and what it could not do."""

    def __init__(self, places: list[_Place], wanted: frozenset[str]) -> None:
        self._places = places
        self._wanted = wanted

    @property
    def names(self) -> list[str]:
        """The primitives that were asked for."""
        return [name for name in _HOMES if name in self._wanted]

    @property
    def patched(self) -> list[str]:
        """The globals that hold the kit's classes now, such as ``mypackage.jobs.Queue``."""
        return sorted(f"{place.module}.{place.name}" for place in self._places)

    @property
    def unreached(self) -> list[Unreached]:
        """What still holds the standard library's classes or objects of them, and is not its own.

        Asks the garbage collector for everything there is: some tenths of a second.
        """
        return find({name: _ORIGINALS[name] for name in self._wanted & set(_ORIGINALS)}, _is_ours)


class swap(ContextDecorator):  # noqa: N801
    """Put the kit's primitives in the standard library's place: ``with swap() as report: ...``.

    Also a decorator, ``@swap()``; or ``start`` and ``stop`` it. `only` names what to replace, by
    default all but Lock, which is the same in both. With `strict`, StrictError is raised if
    something could not be reached, and nothing is replaced. Swaps may be nested, by the same
    thread; another thread gets RuntimeError. Warns, unless `quiet`, if other threads are running:
    what they hold stays as it is.

    Objects made before, or inside, keep working after. Does not reach what is no module's global.
    """

    def __init__(
        self, *, only: Iterable[str] | None = None, strict: bool = False, quiet: bool = False
    ) -> None:
        self._wanted = _BY_DEFAULT if only is None else frozenset(only)
        unknown = self._wanted - _HOMES.keys()
        if isinstance(only, str) or unknown:
            names = ", ".join(sorted(unknown)) or repr(only)
            raise ValueError(f"cannot swap {names}; only takes names of {', '.join(_HOMES)}")
        self._strict = strict
        self._quiet = quiet
        self._places: list[_Place] = []
        self._own: set[tuple[int, str]] = set()  # globals that held the kit's classes before

    def start(self) -> Report:
        """Begin; return the report."""
        global _swapper
        me = threading.get_ident()
        if _active and _swapper != me:
            raise RuntimeError("another thread has swapped the primitives; wait until it has ended")
        if self in _active:
            raise RuntimeError("this swap has been started already")
        report = Report(self._places, self._wanted)
        if self._strict and (unreached := report.unreached):
            raise StrictError("cannot reach " + "; ".join(map(str, unreached)))
        if not self._quiet:
            _warn_of_threads()
        _swapper = me
        _active.append(self)
        replacements = {id(_ORIGINALS[name]): name for name in self._wanted & set(_ORIGINALS)}
        kept = {id(getattr(syncprims, name)) for name in self._wanted}
        for module, names in _modules():
            for name, value in list(names.items()):
                if id(value) in replacements:
                    ours = getattr(syncprims, replacements[id(value)])
                    self._places.append(_Place(names, module, name, value, ours))
                elif id(value) in kept:
                    self._own.add((id(names), name))
        self._add_what_is_absent()
        self._put_in()
        return report

    def stop(self) -> None:
        """End; put everything back, also in modules that were imported meanwhile."""
        if not _active or _active[-1] is not self:
            raise RuntimeError("stop the swaps in the opposite order of their starts")
        if threading.get_ident() != _swapper:
            raise RuntimeError("a swap is stopped by the thread that started it")
        self._put_back()
        self._put_back_in_new_modules()
        self._places = []  # the report keeps the old list
        self._own = set()
        _active.remove(self)

    __enter__ = start

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def _recreate_cm(self) -> swap:
        # A decorated function may be called while it runs: each call has a swap of its own.
        return swap(only=self._wanted, strict=self._strict, quiet=self._quiet)

    def _add_what_is_absent(self) -> None:
        """Give the standard library what later ones have: the kit has it on every Python."""
        absent = {name: _HOMES[name] for name in self._wanted}
        if self._wanted & set(_QUEUES):
            absent["ShutDown"] = queue  # what their get and put raise after a shutdown
        for name, home in absent.items():
            if not hasattr(home, name):
                ours = getattr(syncprims, name)
                self._places.append(_Place(vars(home), home.__name__, name, _ABSENT, ours))

    def _put_in(self) -> None:
        for place in self._places:
            place.names[place.name] = place.after

    def _put_back(self) -> None:
        for place in self._places:
            if place.names.get(place.name) is not place.after:
                continue  # the program has changed it itself
            if place.before is _ABSENT:
                del place.names[place.name]
            else:
                place.names[place.name] = place.before

    def _put_back_in_new_modules(self) -> None:
        still = {name for other in _active if other is not self for name in other._wanted}
        wanted = (self._wanted - still) & set(_ORIGINALS)
        ours = {id(getattr(syncprims, name)): _ORIGINALS[name] for name in wanted}
        for module, names in _modules():
            found = [
                name
                for name, value in list(names.items())
                if id(value) in ours and (id(names), name) not in self._own
            ]
            if found and not _imports_the_kit(module):
                names.update({name: ours[id(names[name])] for name in found})


def _modules() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the globals of each loaded module that a program may call its own."""
    for name, module in list(sys.modules.items()):
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict) and _is_ours(name):
            yield name, names


def _is_ours(module: str) -> bool:
    """Whether a module is one that a swap may touch."""
    return not _NOT_OURS.match(module)


def _imports_the_kit(module: str) -> bool:
    """Whether a module's source asks for the kit by name: then it means the kit."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    try:
        source = spec.loader.get_source(module) or ""  # type: ignore[union-attr]
    except (AttributeError, ImportError, OSError, SyntaxError):
        return False
    return bool(re.search(r"^\s*(from|import)\s+syncprims\b", source, re.MULTILINE))


def _warn_of_threads() -> None:
    others = [
        thread.name for thread in threading.enumerate() if thread is not threading.current_thread()
    ]
    if others and not _active:
        warnings.warn(
            f"swap() while other threads run ({', '.join(others)}): "
            "what they hold already stays the standard library's",
            RuntimeWarning,
            stacklevel=4,
        )


def original(name: str) -> Any:
    """Return the standard library's own primitive of that name, swapped or not."""
    if name not in _ORIGINALS:
        raise ValueError(f"no primitive {name!r}; there are {', '.join(_ORIGINALS)}")
    return _ORIGINALS[name]


def is_swapped(name: str | None = None) -> bool:
    """Return whether a primitive is swapped now, or, without a name, whether any is."""
    swapped = {each for active in _active for each in active._wanted}
    return bool(swapped) if name is None else name in swapped


@contextmanager
def paused() -> Iterator[None]:
    """Take all swaps back for a while, and put them in again: for tools that run in between."""
    for active in reversed(_active):
        active._put_back()
    try:
        yield
    finally:
        for active in _active:
            active._put_in()
