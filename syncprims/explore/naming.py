"""What things are called in the program: by the variable they were put into when they were made.

The line of source that made a lock or a primitive tells its name. Where several are made in one
line they are taken in order. A thread that stands in a call of a primitive is found by its stack:
the outermost frame that is not the program's own is the call. All this is done only while an
execution is recorded, for it is slow.
"""

from __future__ import annotations

import linecache
import re
import sys
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple

from syncprims.condition import Condition
from syncprims.swap import original

if TYPE_CHECKING:
    from syncprims.explore.tasks import Task

Made = dict[tuple[str, str, str], int]  # how many of each kind a line has made

_KEPT = "_name_in_the_program"  # the attribute of a primitive


class Place(NamedTuple):
    """Where a thread stands: the line, and the call of a primitive that it is in."""

    line: str = ""
    method: str = ""
    owner: Any = None  # whose method it is
    name: str = ""  # of the owner


NOWHERE = Place()


def name_of_lock(made: Made) -> str:
    """The name of a lock that is being made; that of the primitive whose mutex it is."""
    frame, owner = _maker()
    if owner is None:
        return _name(frame, "Lock", "", made)
    kind = type(owner).__name__
    return f"{_name(frame, kind, 'mutex', made) or kind}'s mutex"


def name_primitive(primitive: Any, made: Made) -> None:
    """Let a primitive that is being made know its name."""
    frame, _ = _maker()
    name = _name(frame, type(primitive).__name__, "", made)
    object.__setattr__(primitive, _KEPT, name)


def _maker() -> tuple[Any, Any]:
    """The frame of the program that makes something, and the primitive that it is a part of."""
    frame: Any = sys._getframe(2)
    owner = None
    while frame.f_back and (
        frame.f_globals.get("__name__", "").startswith("syncprims")
        or (owner is not None and frame.f_locals.get("self") is owner)  # a subclass's __init__
    ):
        owner = frame.f_locals.get("self", owner)
        frame = frame.f_back
    return frame, owner


def _name(frame: Any, kind: str, part: str, made: Made) -> str:
    there = f"{frame.f_code.co_filename}:{frame.f_lineno}", kind, part
    made[there] = count = made.get(there, 0) + 1
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    names = _targets(line, kind)
    return _of_several(names, count) if names else ""


def _targets(line: str, kind: str) -> list[str]:
    """The variables that a line assigns to; those that get one of that kind, if that is told."""
    pairs = [pair for statement in line.split(";") for pair in _assigned(statement)]
    ours = [target for target, value in pairs if re.search(rf"\b{kind}\b", value)]
    return ours or [target for target, _ in pairs]


def _assigned(statement: str) -> list[tuple[str, str]]:
    """Variables, and what each gets; where that cannot be told apart, all of it."""
    found = _ASSIGNS.match(statement)
    if found is None or "lambda" in found[2]:
        return []
    targets, values = found[1].split(","), found[2].split(",")
    if len(targets) != len(values):
        values = [found[2]] * len(targets)
    return list(zip(targets, values, strict=True))


_ASSIGNS = re.compile(r"\s*([\w.]+(?:\s*,\s*[\w.]+)*)\s*(?::[^=]+)?=(?!=)(.*)")


def _of_several(names: list[str], count: int) -> str:
    """The variable that the so-manieth of a line is put into."""
    name = names[(count - 1) % len(names)].strip().removeprefix("self.")
    return name if count <= len(names) else f"{name} {(count - 1) // len(names) + 1}"


def place_of(task: Task) -> Place:
    """Where the calling thread stands: the innermost line of the program that led here."""
    frame: Any = sys._getframe(2)
    method, owner = "", None
    while frame and (module := frame.f_globals.get("__name__", "")).partition(".")[0] in _INNER:
        this = frame.f_locals.get("self")
        if this is task.thread:
            frame = None  # from here on it is how threads are run
            break
        if _sleeps(this) and not module.startswith("syncprims.explore"):
            method, owner = frame.f_code.co_name, this
        frame = frame.f_back
    line = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else ""
    return Place(line, method, owner, _known_as(owner, frame))


_INNER = ("syncprims", "threading", "queue", "concurrent", "contextlib")


def _sleeps(this: Any) -> bool:
    """Whether it is a primitive, or what is made of one: the standard library's too."""
    return isinstance(this, _KINDS) or _kept(this) is not None


# A subclass that was defined before the search has one of these among its bases.
_KINDS: tuple[type, ...] = (
    *map(original, ("Condition", "Event", "Semaphore", "Barrier", "Queue")),
    *(Condition, Future),
)


def _kept(primitive: Any) -> str | None:
    try:
        found: str = object.__getattribute__(primitive, _KEPT)
        return found
    except AttributeError:
        return None


def _known_as(owner: Any, frame: Any) -> str:
    """A primitive's name where it was made; that of a future, say, where it is used."""
    name = _kept(owner)
    here = frame.f_locals.items() if frame and owner is not None and not name else ()
    return name or next((key for key, value in here if value is owner), "")
