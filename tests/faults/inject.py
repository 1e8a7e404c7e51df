"""An exception at every point where CPython may run a signal handler, one point in each run.

CPython (3.11 and later) looks for signals on entry to a Python function, after a call of what is
not one (a Python function returns straight into its caller), and on a jump backwards. A
trace function that sees every instruction of the kit counts these points as a thread passes them,
and raises at the one that is wanted. So a first run finds how many there are, and then each gets a
run of its own, on fresh objects.
"""

from __future__ import annotations

import dis
import os
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

import syncprims

KIT = os.path.dirname(syncprims.__file__) + os.sep


class Struck(Exception):
    """What the signal handler would have raised."""


@lru_cache(None)
def points(code: CodeType) -> frozenset[int]:
    """Return the offsets of the instructions before which a signal handler may run."""
    found, called = set(), True  # a function's entry is like the return from a call
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in (
            "CACHE",
            "PRECALL",
            "KW_NAMES",
            "COPY_FREE_VARS",
            "MAKE_CELL",
            "RETURN_GENERATOR",
        ):
            continue
        if name == "RESUME":
            called = True
            continue
        backward = "JUMP_BACKWARD" in name and "NO_INTERRUPT" not in name
        if name == "JUMP_ABSOLUTE" or called or backward:
            found.add(instruction.offset)
        called = name.startswith("CALL") and name != "CALL_INTRINSIC_1"
    return frozenset(found)


class Strike:
    """Raises Struck in the thread that runs it, at the `at`-th point; counts them all."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0
        self.where = ""
        self._returning: FrameType | None = None  # the caller of a Python function that returns

    def __call__(self, operation: Callable[[], Any]) -> Any:
        sys._getframe().f_trace_opcodes = True  # or 3.12 and later show no instructions
        sys.settrace(self._enter)
        try:
            return operation()
        finally:
            sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, arg: object) -> Any:
        if (
            not frame.f_code.co_filename.startswith(KIT)
            or "conformance" in frame.f_code.co_filename
        ):
            return None
        frame.f_trace = self._step  # before the next line, or 3.13 shows no instructions
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return self._step

    def _return(self, frame: FrameType, event: str, arg: object) -> Any:
        if event == "return" and frame.f_code.co_name != "__init__":  # a class is not called so
            self._returning = frame.f_back
        return self._return

    def _step(self, frame: FrameType, event: str, arg: object) -> Any:
        if event == "return":
            return self._return(frame, event, arg)
        returned, self._returning = self._returning is frame, None
        if event == "opcode" and not returned and frame.f_lasti in points(frame.f_code):
            if self.passed == self.at:
                self.passed += 1
                name = os.path.basename(frame.f_code.co_filename)
                self.where = f"{name}:{frame.f_lineno} {frame.f_code.co_name}+{frame.f_lasti}"
                raise Struck
            self.passed += 1
        return self._step


def strikes(run: Callable[[Strike], Any]) -> Iterator[Strike]:
    """Call ``run`` with a strike at each point in turn, until there is no such point."""
    at = 0
    while True:
        strike = Strike(at)
        run(strike)
        if strike.passed <= at:
            return
        yield strike
        at += 1
