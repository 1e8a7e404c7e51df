"""Holds threads up in the middle of an implementation, so that a race shows that else would not.

Before one in twenty of its lines others get their turn. Python's monitoring does it, from 3.12 on,
for the implementation's files alone. A trace function would not do: until 3.13 it writes old values
back into variables that functions share, and so accuses a lock of what the tracing has lost.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager
from random import Random
from time import sleep
from types import CodeType
from typing import Any

ONE_IN = 20  # lines
PAUSE = 0.00002  # seconds

_TOOL = 4  # an id that neither debuggers nor coverage and profilers have


@contextmanager
def jitter(files: Container[str]) -> Iterator[None]:
    """Hold up whoever runs lines of `files`, while the block lasts."""
    monitoring: Any = getattr(sys, "monitoring", None)
    if monitoring is None or monitoring.get_tool(_TOOL) is not None:
        yield
        return
    events, chance, known = monitoring.events, Random(1), set[CodeType]()

    def start(code: CodeType, offset: int) -> Any:
        if code.co_filename in files:
            known.add(code)
            monitoring.set_local_events(_TOOL, code, events.LINE)
        return monitoring.DISABLE

    def line(code: CodeType, number: int) -> None:
        if not chance.randrange(ONE_IN):
            sleep(PAUSE)

    monitoring.use_tool_id(_TOOL, "syncprims")
    monitoring.register_callback(_TOOL, events.PY_START, start)
    monitoring.register_callback(_TOOL, events.LINE, line)
    monitoring.set_events(_TOOL, events.PY_START)
    try:
        yield
    finally:
        monitoring.set_events(_TOOL, 0)
        for code in known:
            monitoring.set_local_events(_TOOL, code, 0)
        monitoring.free_tool_id(_TOOL)
        monitoring.restart_events()
