"""Yields between the lines of the program's own files too, from Python 3.12 on.

The operations of primitives are not enough: a race is often where there is none. The interpreter
tells of each line that begins, at no cost for those it need not tell of any more: a line is shaken
three times in a test.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from types import CodeType
from typing import Any

import syncprims

_OURS = os.path.join(os.path.dirname(syncprims.__file__), "")
NEW = 3  # so often a place is new
TOOL = 4  # the interpreter's number for who asks; 0 to 2 and 5 are others'


class Lines:
    """Shakes the lines of files below a folder."""

    def __init__(self, sleep: Callable[[object], None], root: str) -> None:
        self._sleep = sleep
        self._root = os.path.join(os.path.abspath(root), "")
        self._been: Counter[tuple[CodeType, int]] = Counter()

    def begin(self) -> None:
        """Begin another test: all lines are new."""
        if sys.version_info >= (3, 12):
            self._been.clear()
            sys.monitoring.restart_events()

    def start(self) -> Callable[[], None]:
        """Shake from now on; return what ends that."""
        if sys.version_info >= (3, 12):
            monitoring, event = sys.monitoring, sys.monitoring.events.LINE

            def begins(code: CodeType, line: int) -> Any:
                return None if self.shake(code, line) else monitoring.DISABLE

            def undo() -> None:
                monitoring.set_events(TOOL, 0)
                monitoring.free_tool_id(TOOL)

            monitoring.use_tool_id(TOOL, "syncprims")
            monitoring.register_callback(TOOL, event, begins)
            monitoring.set_events(TOOL, event)
            return undo
        return lambda: None

    def shake(self, code: CodeType, line: int) -> bool:
        """Sleep a little, or not, before a line; return whether it is to be told of again."""
        place = code, line
        if self._been[place] >= NEW or not self._is_own(code.co_filename):
            return False
        self._been[place] += 1
        self._sleep(place)
        return True

    def _is_own(self, file: str) -> bool:
        below = file.startswith(self._root) and f"{os.sep}site-packages{os.sep}" not in file
        return below and not file.startswith(_OURS)
