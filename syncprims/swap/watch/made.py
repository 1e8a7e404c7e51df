"""Where a primitive was made: the kit's remember it while the watch is on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import syncprims
from syncprims.swap.places import attributes
from syncprims.swap.watch.held import Watched
from syncprims.swap.watch.threads import Place, place

_MADE = "_syncprims_made"  # the attribute of a primitive that says where it was made


def made(thing: Any) -> Place | None:
    """Return where an object was made, if it is one of ours."""
    if isinstance(thing, Watched):
        return thing.made
    return (attributes(thing) or {}).get(_MADE)


def note_births() -> Callable[[], None]:
    """Have the kit's primitives remember where they were made; return what ends that."""
    before = {kind: kind.__init__ for kind in _KINDS}
    for kind, init in before.items():
        kind.__init__ = _noting(init)

    def undo() -> None:
        for kind, init in before.items():
            kind.__init__ = init

    return undo


_KINDS: tuple[Any, ...] = (
    *(syncprims.Condition, syncprims.Event, syncprims.Semaphore, syncprims.Barrier),
    *(syncprims.Queue, syncprims.SimpleQueue),
)


def _noting(init: Callable[..., None]) -> Callable[..., None]:
    @wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        init(self, *args, **kwargs)
        vars(self)[_MADE] = place(sys._getframe(1))

    return __init__
