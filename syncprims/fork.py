"""What the child of a fork is given: objects whose locks nobody holds.

Fork copies every lock as it stands but only the forking thread, so a lock that another thread
held stays shut for ever and its sleepers are gone. The kit's objects are remembered here, weakly,
and in the child each is told to forget the threads that no longer exist. A mutex that is held, by
who knows whom, is not freed but replaced: if it was the forking thread, its ``with`` block can
still let go of the old one. The registry is a set of weak references that hash by identity, so
joining and leaving it runs no Python code of the object's class and needs no lock.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any, Protocol


class _Forkable(Protocol):
    def _after_fork(self) -> None: ...


class Ref(weakref.ref[_Forkable]):
    """A weak reference to one object, not to whatever equals it."""

    __slots__ = ()
    __hash__: Any = object.__hash__
    __eq__: Any = object.__eq__


_remembered: set[Ref] = set()  # guarded by: set.add and set.discard are one C call each

# ``remember(Ref(primitive, forsake))``: ``primitive._after_fork()`` is called in every child forked
# while it lives. A function for that would be a twentieth of the construction of a semaphore.
remember: Callable[[Ref], None] = _remembered.add
forsake: Callable[[Ref], None] = _remembered.discard


def _after_fork_in_child() -> None:
    failures: list[Exception] = []
    for ref in list(_remembered):
        primitive = ref()
        try:
            if primitive is not None:
                primitive._after_fork()
        except Exception as error:  # one that cannot be mended must not keep the others shut
            failures.append(error)
    if failures:
        raise failures[0]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
