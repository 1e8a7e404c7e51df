"""Classes in the kit's place that older subclasses of the standard library's pass for.

A class made before the swap, ``class Jobs(queue.Queue)``, does not descend from what is called
``queue.Queue`` inside. So that is a class of its own, derived from the kit's and bearing its name,
whose metaclass is ABCMeta's child: ``isinstance`` and ``issubclass`` of it say yes to the standard
library's and the kit's too. To make an object, and to use it, costs what it did.
"""

from __future__ import annotations

import copyreg
from abc import ABCMeta
from collections.abc import Callable
from typing import Any

import syncprims
from syncprims.swap.places import ORIGINALS, QUEUES


class StandIn(ABCMeta):
    """The metaclass of what stands in the kit's place, and of what derives from it."""


# Not the locks, which are functions on some Pythons, nor the iterator tools.
_STOOD_FOR = {*QUEUES, "Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier"}
_made: dict[Any, Any] = {}  # the stand-ins, by the class they are derived from


def stand_in(name: str, kind: Any) -> Any:
    """Return what stands for a class of the kit, or of the watch; itself if it has none."""
    if name not in _STOOD_FOR:
        return kind
    if kind not in _made:
        passing = {
            ORIGINALS[name],
            getattr(syncprims, name),
        }  # our BoundedSemaphore, for a Semaphore

        def passes(cls: type, other: type) -> Any:
            is_it = cls is _made[kind]  # and not what is derived from it
            return (is_it and not passing.isdisjoint(other.__mro__)) or NotImplemented

        words = {"__module__": kind.__module__, "__doc__": kind.__doc__}
        _made[kind] = StandIn(name, (kind,), {**words, "__subclasshook__": classmethod(passes)})
    return _made[kind]


def _reduced(kind: StandIn) -> str | tuple[Callable[..., Any], tuple[Any, ...]]:
    """Pickle a stand-in as what it stands for: its name means the kit's."""
    for base, made in _made.items():
        if kind is made:
            return stand_in, (kind.__name__, base)
    return kind.__qualname__


copyreg.pickle(StandIn, _reduced)
