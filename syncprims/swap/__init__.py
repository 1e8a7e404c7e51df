"""The kit in the standard library's place, for a while.

``swap`` looks through the globals of every loaded module for the standard library's primitives and
puts the kit's there, so that ``from queue import Queue`` done long ago is reached as well as
``queue.Queue``. Undoing it puts back what was written down, and looks once more for the modules
that were imported meanwhile. What is not a module's global stays: a default argument, an attribute
of a class, an object made before; ``report.unreached`` finds those with the garbage collector's
help, when asked.
"""

from __future__ import annotations

import importlib
import threading
import warnings
from collections.abc import Iterable
from contextlib import ContextDecorator, suppress
from typing import TYPE_CHECKING, Any

from syncprims.swap.exchange import Exchange
from syncprims.swap.leftovers import put_back_in_the_stdlib
from syncprims.swap.places import ORIGINALS
from syncprims.swap.report import Report, wanted_names
from syncprims.swap.unreached import Unreached

if TYPE_CHECKING:
    from syncprims.swap.watch import Watch

__all__ = ["Report", "StrictError", "Unreached", "is_swapped", "original", "swap"]

# Their classes stand on the private parts of the standard library's: they are to find those.
STAND_ON_THEM = ("multiprocessing.synchronize", "multiprocessing.managers")

_get_ident = threading.get_ident  # bound: others patch it, and an answer of theirs is no thread's

# Guarded by: only the thread that started the outermost swap starts and stops others.
_active: list[swap] = []
_swapper: int | None = None


class StrictError(RuntimeError):
    """Raised by ``swap(strict=True)`` if something holds on to the standard library's classes."""


class swap(ContextDecorator):  # noqa: N801
    """Put the kit's primitives in the standard library's place: ``with swap() as report: ...``.

    Also a decorator, ``@swap()``; or ``start`` and ``stop`` it. `only` names what to replace, by
    default all but Lock, which is the same in both; a string may hold several, ``"Event,Queue"``.
    With `strict`, StrictError is raised if something could not be reached, and nothing is replaced.
    Swaps may be nested, by the same thread; another thread gets RuntimeError. Warns, unless
    `quiet`, if other threads are running: what they hold stays as it is. With `watch`, or a Watch,
    Lock is replaced too, by one that knows its holder, and what hangs is explained: see there. A
    swap with ``watch=False`` inside of that does without, to its end.

    Objects made before, or inside, keep working after. Does not reach what is no module's global.
    """

    def __init__(
        self,
        *,
        only: Iterable[str] | str | None = None,
        strict: bool = False,
        quiet: bool = False,
        watch: bool | Watch | None = None,
    ) -> None:
        self._watch = _watch(watch)
        self._unwatched = watch is False
        self._wanted = wanted_names(only, watched=self._watch is not None)
        self._strict = strict
        self._quiet = quiet
        self._watched: dict[str, Any] = self._watch.classes if self._watch else {}
        self._exchange = Exchange(self._wanted, self._watched)

    def start(self) -> Report:
        """Begin; return the report. What fails on the way is undone."""
        global _swapper
        __tracebackhide__ = True
        if _active and _swapper != _get_ident():
            raise RuntimeError("another thread has swapped the primitives; wait until it has ended")
        if self in _active:
            raise RuntimeError("this swap has been started already")
        report = Report(self._exchange.places, self._wanted)
        if self._strict and (unreached := report.unreached):
            raise StrictError("cannot reach " + "; ".join(map(str, unreached)))
        if not self._quiet:
            _warn_of_threads()
        for module in STAND_ON_THEM:
            with suppress(ImportError):  # there is none where the system has no semaphores
                importlib.import_module(module)
        _swapper = _get_ident()
        _active.append(self)
        try:
            self._exchange.find(self._pause_others())
            if self._watch:
                self._watch.start()
            self._exchange.put_in()
        except BaseException:
            self._undo()
            raise
        return report

    def stop(self) -> None:
        """End; put everything back, also in modules that were imported meanwhile."""
        __tracebackhide__ = True
        if not _active or _active[-1] is not self:
            raise RuntimeError("stop the swaps in the opposite order of their starts")
        if _get_ident() != _swapper:
            raise RuntimeError("a swap is stopped by the thread that started it")
        self._undo()

    __enter__ = start

    def __exit__(self, *exc_info: object) -> None:
        __tracebackhide__ = True
        self.stop()

    def _recreate_cm(self) -> swap:
        # A decorated function may be called while it runs: each call has a swap of its own.
        return swap(
            only=self._wanted,
            strict=self._strict,
            quiet=self._quiet,
            watch=False if self._unwatched else self._watch,
        )

    def _pause_others(self) -> dict[str, Any]:
        """Switch the watches around this swap off, if it is to do without; return their classes."""
        watched: dict[str, Any] = {}
        for other in _active if self._unwatched else ():
            if other._watch:
                other._watch.pause()
                watched |= other._exchange.ours
        return watched

    def _undo(self) -> None:
        still = {name for other in _active if other is not self for name in other._wanted}
        self._exchange.put_back(still)
        if self._watch:
            self._watch.stop()
        for other in _active if self._unwatched else ():
            if other._watch:
                other._watch.go_on()
        self._exchange = Exchange(self._wanted, self._watched)  # the report keeps the old one
        _active.remove(self)


def _watch(watch: bool | Watch | None) -> Watch | None:
    if watch is True:
        from syncprims.swap.watch import Watch

        return Watch()
    return watch or None


def sweep() -> None:
    """Look once more, after a swap has ended, at what was left in the standard library's modules.

    Who patches ``threading.Event`` inside a swap, and takes that back after it, leaves the kit's.
    """
    if not _active:
        put_back_in_the_stdlib()


def _warn_of_threads() -> None:
    others = [
        thread.name for thread in threading.enumerate() if thread is not threading.current_thread()
    ]
    if others and not _active:
        warnings.warn(
            f"swap() while other threads run ({', '.join(others)}): "
            "what they hold already stays the standard library's",
            RuntimeWarning,
            stacklevel=3,
        )


def original(name: str) -> Any:
    """Return the standard library's own primitive of that name, swapped or not."""
    if name not in ORIGINALS:
        raise ValueError(f"no primitive {name!r}; there are {', '.join(ORIGINALS)}")
    return ORIGINALS[name]


def is_swapped(name: str | None = None) -> bool:
    """Return whether a primitive is swapped now, or, without a name, whether any is."""
    swapped = {each for active in _active for each in active._wanted}
    return bool(swapped) if name is None else name in swapped
