"""Plain data under the scheduler's eyes: ``watch`` makes attributes switch points.

A watched object gets a subclass of its class as its class, where reading and writing what belongs
to the object itself, not to the class, come to a switch point first. Reading a list, a dict or a
set counts as writing it, for nobody sees what is done with it then; but for the deques of the
kit's own SimpleQueue, whose every use is seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from types import MemberDescriptorType
from typing import Any, TypeVar

from syncprims.explore.model import VirtualDeque, touch
from syncprims.explore.tasks import current

T = TypeVar("T")

_MUTABLE = (list, dict, set, bytearray, deque)


def watch(obj: T, *, always: Callable[[], object] | None = None) -> T:
    """Make an object's attributes switch points; return the object. For use in a scenario.

    `always` is called after every step of every thread, unless it needs a lock that is held then;
    an exception from it is a failure. Outside an exploration nothing happens. Raises TypeError for
    an object whose class is not written in Python: a list, say. Make it an attribute of one.
    """
    task = current()
    if task is None:
        return obj
    cls: Any = type(obj)
    try:
        obj.__class__ = _watched_class(cls)
    except TypeError:
        raise TypeError(
            f"cannot watch {cls.__name__!r} objects: make it an attribute of an object of a "
            "class of your own, and watch that"
        ) from None
    task.execution.watching = True
    if always is not None:
        task.execution.always.append(always)
    return obj


@lru_cache(maxsize=128)  # a class made in the scenario is another in each execution
def _watched_class(cls: type) -> type:
    if "__watched__" in vars(cls):
        return cls
    names: dict[str, Any] = {"__slots__": (), "__watched__": True, "__module__": cls.__module__}
    names.update(__qualname__=cls.__qualname__, **_methods(cls))
    return type(cls)(cls.__name__, (cls,), names)


def _methods(cls: Any) -> dict[str, Any]:
    """What reads and writes the attributes of a class's objects, with a switch point before it."""

    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807
        if current() is None or name.startswith("__") or not _is_state(self, name):
            return cls.__getattribute__(self, name)
        try:
            value = cls.__getattribute__(self, name)
        except AttributeError:
            value = None
        unseen = isinstance(value, _MUTABLE) and not isinstance(value, VirtualDeque)
        touch(self, "write" if unseen else "read", name)
        return cls.__getattribute__(self, name)

    def __setattr__(self: Any, name: str, value: object) -> None:  # noqa: N807
        touch(self, "write", name)
        cls.__setattr__(self, name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        touch(self, "write", name)
        cls.__delattr__(self, name)

    return {f.__name__: f for f in (__getattribute__, __setattr__, __delattr__)}


def _is_state(obj: object, name: str) -> bool:
    """Whether a name is the object's own: in its __dict__, in a slot, or nowhere at all."""
    found = getattr(type(obj), name, _NOWHERE)
    if found is _NOWHERE or isinstance(found, MemberDescriptorType):
        return True
    try:
        return name in object.__getattribute__(obj, "__dict__")
    except AttributeError:  # slots only
        return False


_NOWHERE = object()
