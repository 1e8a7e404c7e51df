"""What a program calls its things: a thread's frames, what it waits for, and an object's name.

A sleeper's frames lead from the kit outwards to the program. The outermost frame of the kit says in
which call of which primitive it sleeps; the first frame outside is the line of the program. A name
is looked for where a reader would: in that frame, on its ``self``, among its globals, and then at
whoever refers to the object. All is read past the objects' own code.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from types import FrameType, MemberDescriptorType, ModuleType
from typing import Any

from syncprims.swap.places import attributes, is_ours
from syncprims.swap.watch.threads import path

_STARTS = ("run", "_bootstrap", "_bootstrap_inner")  # threading's, around a thread's program


def module(frame: FrameType) -> str:
    """Return the name of the module that a frame is in."""
    return str(frame.f_globals.get("__name__", ""))


def _is_stdlib(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


def outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield a frame, its caller, and so on."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def own(innermost: FrameType | None) -> list[FrameType]:
    """Return the frames of a thread that are its program's, innermost first."""
    found = []
    for frame in outwards(innermost):
        home = module(frame)
        begins = home == "threading" and frame.f_code.co_name in _STARTS
        if begins or home in ("runpy", "syncprims.swap.program"):
            break
        if home.startswith("syncprims."):
            continue
        if not is_ours(home):
            break
        found.append(frame)
    return found


def line(frames: list[FrameType]) -> str:
    """Return the file and line at which a program is, past what is the standard library's."""
    for frame in frames:
        if not _is_stdlib(module(frame)):
            return f"{path(frame.f_code.co_filename)}:{frame.f_lineno}"
    return f"{path(frames[0].f_code.co_filename)}:{frames[0].f_lineno}" if frames else "?"


def call(innermost: FrameType | None) -> tuple[Any, str]:
    """Return the primitive in whose method a thread sleeps, and that method's name."""
    found: tuple[Any, str] = (None, "")
    for frame in outwards(innermost):
        name = module(frame)
        if name.startswith("syncprims.") and name != "syncprims.waitqueue":
            if name.count(".") == 1 and "self" in frame.f_code.co_varnames[:1]:
                found = frame.f_locals["self"], frame.f_code.co_name
        elif name == "concurrent.futures._base" and frame.f_code.co_name in ("result", "exception"):
            return frame.f_locals["self"], frame.f_code.co_name
        elif name != "syncprims.waitqueue":
            break
    return found


def name(thing: Any, frames: list[FrameType]) -> str:
    """Return what the program calls an object, as seen from a thread's frames."""
    found = next(_names(thing, frames), None)
    kind = type(thing).__name__
    return found or f"{'an' if kind[0] in 'AEIO' else 'a'} {kind}"


def _names(thing: Any, frames: list[FrameType]) -> Iterator[str]:
    """Yield its names, best first: an attribute that all share, then those of the frames."""
    held = {each for owner in _owners(thing) for each in _attributes(thing, owner)}
    if len(held) == 1:
        yield from held
    for frame in frames:
        if not _is_stdlib(module(frame)):
            names = {**frame.f_globals, **frame.f_locals}
            found = (each for each, value in names.items() if value is thing)
            yield from sorted(filter(str.isidentifier, found))  # not pytest's, of its asserts
    yield from sorted(held)


def _owners(thing: Any) -> Iterator[Any]:
    """Yield the objects and modules that refer to another."""
    for holder in gc.get_referrers(thing):
        if type(holder) is dict:  # of a module, or up to Python 3.10 of an object
            yield from (each for each in gc.get_referrers(holder) if attributes(each) is holder)
        else:
            yield holder


def _attributes(thing: Any, owner: Any) -> Iterator[str]:
    """Yield the names under which a module has it, or an object of a public class in Python."""
    kind = type(owner)
    home = type.__getattribute__(kind, "__module__")
    if kind is ModuleType:
        home, prefix = str(vars(owner).get("__name__")), ""
    else:
        prefix = f"{kind.__name__}."
    if home in ("builtins", "syncprims") or prefix.startswith("_") or not is_ours(home):
        return
    held = attributes(owner)
    if type(held) is dict:
        yield from (f"{prefix}{each}" for each, value in list(held.items()) if value is thing)
    for base in type.__getattribute__(kind, "__mro__"):
        for each, slot in dict(type.__getattribute__(base, "__dict__")).items():
            if type(slot) is MemberDescriptorType and _in_slot(slot, owner) is thing:
                yield f"{prefix}{each}"


def _in_slot(slot: MemberDescriptorType, owner: Any) -> Any:
    try:
        return slot.__get__(owner)
    except AttributeError:
        return None


def here() -> list[FrameType]:
    """Return the frames of the program in the thread that asks."""
    return own(sys._getframe(1))
