"""Plain data under the scheduler's eyes: ``watch`` makes attributes switch points.

A watched object gets a subclass of its class as its class, where reading and writing what can
differ from object to object come to a switch point first. Reading a list, a dict or a
set counts as writing it, for nobody sees what is done with it then; but for the deques of the
kit's own SimpleQueue, whose every use is seen.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO, StringIO
from itertools import count
from random import Random
from types import GeneratorType, MemberDescriptorType
from typing import Any, TypeVar

from syncprims.explore.loans import lend
from syncprims.explore.model import VirtualDeque, touch
from syncprims.explore.tasks import current

T = TypeVar("T")

_MUTABLE = (
    *(list, dict, set, bytearray, deque, array, count, GeneratorType, StringIO, BytesIO),
    Random,
)


def watch(obj: T, *, always: Callable[[], object] | None = None) -> T:
    """Make an object's attributes switch points; return the object. For use in a scenario.

    `always` is called after every step of every thread, unless it needs a lock that is held then;
    an exception from it is a failure, and so is False. Outside an exploration nothing happens.
    Raises TypeError for a list and its like, and for an object whose class is not written in
    Python. Make it an attribute of one.
    """
    task = current()
    if task is None:
        return obj
    cls: Any = type(obj)
    try:
        if isinstance(obj, _MUTABLE):
            raise TypeError("what is in it would not be seen")
        # Past a __setattr__ of its own, which may refuse it, or file it away.
        object.__setattr__(obj, "__class__", _watched_class(cls))
    except TypeError:
        raise TypeError(
            f"cannot watch {cls.__name__!r} objects: make it an attribute of an object of a "
            "class of your own, and watch that"
        ) from None
    task.execution.watching = True
    if always is not None:
        task.execution.always.append(_holds(always))
    return obj


def _holds(always: Callable[[], object]) -> Callable[[], None]:
    def holds() -> None:
        if always() is False:
            raise AssertionError(f"{getattr(always, '__qualname__', 'what is always so')} is false")

    return holds


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
        if name == "__class__":
            return cls  # a dataclass is equal to those of its class only
        task = current()
        if task is None or not _is_state(self, name):
            if task is not None and name == "__dict__":
                task.execution.left_out.add(ALL_AT_ONCE)
            return cls.__getattribute__(self, name)
        try:
            value = cls.__getattribute__(self, name)
        except AttributeError:
            value = None
        unseen = isinstance(value, _MUTABLE) and not isinstance(value, VirtualDeque)
        del value  # it is no reference that the program has
        touch(self, "write" if unseen else "read", name)
        if unseen:
            lend(task, self, name)
        return cls.__getattribute__(self, name)

    def __setattr__(self: Any, name: str, value: object) -> None:  # noqa: N807
        touch(self, "write", name)
        cls.__setattr__(self, name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        touch(self, "write", name)
        cls.__delattr__(self, name)

    return {f.__name__: f for f in (__getattribute__, __setattr__, __delattr__)}


def _is_state(obj: object, name: str) -> bool:
    """Whether a name is the object's own, or could become its own in place of the class's value."""
    found = getattr(type(obj), name, None)  # found nowhere: it may be there later
    if isinstance(found, MemberDescriptorType):
        return True
    if not (hasattr(type(found), "__get__") or name.startswith("__")):
        return True
    try:
        return name in object.__getattribute__(obj, "__dict__")
    except AttributeError:  # slots only
        return False


ALL_AT_ONCE = "the __dict__ of a watched object was used, and that is not seen"
