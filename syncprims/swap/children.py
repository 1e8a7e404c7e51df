"""The swap handed on to the processes that multiprocessing starts.

A child that is spawned, by itself or by a fork server, is sent what it needs to prepare itself.
One thing more is put in there: an object which, as it is unpickled, begins the same swap. That is
before the child imports the program's ``__main__``. A forked child is swapped already. What
``subprocess`` starts is another program, and is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncprims.swap import swap


class HandedOn:
    """What a child unpickles."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def __reduce__(self) -> tuple[Callable[..., object], tuple[list[str]]]:
        return begin, (self._names,)


def begin(names: list[str]) -> None:
    """Swap in a child, to its end, and in its own children."""
    swap(only=names, quiet=True).start()
    hand_on(names)


def hand_on(names: list[str]) -> Callable[[], None]:
    """Have multiprocessing's children swap these; return what undoes that."""
    from multiprocessing import spawn

    prepare = spawn.get_preparation_data

    def get_preparation_data(name: str) -> dict[str, Any]:
        return {"syncprims": HandedOn(names), **prepare(name)}

    def undo() -> None:
        spawn.get_preparation_data = prepare

    spawn.get_preparation_data = get_preparation_data
    return undo
