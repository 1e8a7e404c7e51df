"""What the child of a fork is given: objects whose locks nobody holds.

Fork copies every lock as it stands but only the forking thread, so a lock that another thread
held stays shut for ever and its sleepers are gone. The kit's objects are remembered here, weakly,
and in the child each is told, by a call of ``_after_fork``, to forget the threads that no longer
exist. A mutex that is held, by who knows whom, is not freed: ``Mutex`` goes over to a new lock. If
it was the forking thread that held the old one, its ``with`` block can still let go of that.
"""

import os
from _weakref import ref
from contextlib import ExitStack

from syncprims.lock import Any


class _Ref(ref[Any]):
    """A weak reference to one object, not to whatever equals it: no code of its class is run."""

    __slots__ = ()
    __hash__: Any = object.__hash__
    __eq__: Any = object.__eq__


_remembered: set[_Ref] = set()  # needs no lock: add and discard are one C call each


def remember(primitive: Any) -> None:
    """Have ``primitive._after_fork()`` called in every child forked while it lives."""
    _remembered.add(_Ref(primitive, _remembered.discard))


def _after_fork_in_child() -> None:
    calls = ExitStack()  # one that raises keeps no other from its turn
    for primitive in [alive for each in list(_remembered) if (alive := each()) is not None]:
        calls.callback(primitive._after_fork)
    calls.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
