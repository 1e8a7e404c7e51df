"""A mutant as an implementation that the suite can load: one file for each.

The file holds the mutated class and the standard library's own classes that stand on it, their
source told once more, so that a mistake in Condition is felt in Queue. All else is taken from
``threading`` and ``queue`` as they are.
"""

from __future__ import annotations

import inspect
import queue
import threading
from pathlib import Path

from syncprims.conformance.adapter import PRIMITIVES

_OVER_CONDITION = ("Semaphore", "BoundedSemaphore", "Event", "Barrier")
_QUEUES = ("Queue", "PriorityQueue", "LifoQueue", "_PySimpleQueue")

USED_BY: dict[str, tuple[str, ...]] = {
    "_RLock": ("Condition",),
    "Condition": (*_OVER_CONDITION, *_QUEUES),
    "Event": (),
    "Semaphore": ("BoundedSemaphore", "_PySimpleQueue"),
    "BoundedSemaphore": (),
    "Barrier": (),
    "Queue": ("PriorityQueue", "LifoQueue"),
    "LifoQueue": (),
    "PriorityQueue": (),
    "_PySimpleQueue": (),
}
"""The standard library's own classes in Python, and those that a mistake in each spoils too."""

_FILE = """\
# {title}

import queue
import sys
import threading
import types

WHOLE = True
SINCE = sys.version_info[:2]

for _module in (threading, queue):
    globals().update({{k: v for k, v in vars(_module).items() if not k.startswith("__")}})

{classes}

threading = types.SimpleNamespace(**globals())  # where queue's classes look
"""

_RENAMED = "{public} = {private}\n{public}.__qualname__ = {public}.__name__ = '{public}'"


def groups(name: str) -> list[str]:
    """Return the suite's groups in which a mistake in a class can be seen."""
    spoilt = [_public(each) for each in (name, *USED_BY[name])]
    return [*(group for group, public in PRIMITIVES.items() if public in spoilt), "INTER", "SIG"]


def _public(name: str) -> str:
    return name.removeprefix("_").removeprefix("Py")


def source(name: str) -> str:
    """Return a class's source in the running standard library."""
    return inspect.getsource(getattr(threading, name, None) or getattr(queue, name))


def write(path: Path, title: str, name: str, text: str) -> None:
    """Write the adapter in which the class `name` has the source `text`."""
    classes = []
    for each in (name, *USED_BY[name]):
        classes.append(text if each == name else source(each))
        if each != _public(each):
            classes.append(_RENAMED.format(private=each, public=_public(each)))
    path.write_text(_FILE.format(title=title, classes="\n\n".join(classes)), "utf-8")
