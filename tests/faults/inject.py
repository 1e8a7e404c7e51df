"""Something done at one chosen point of those where CPython may run a signal handler.

CPython (3.11 and later) looks for signals on entry to a Python function, after a call of what is
not one (a Python function returns straight into its caller), and on a jump backwards. A trace
function that sees every instruction of an implementation counts these points as a thread passes
them, and acts at the one that is wanted. So a run past the last point finds how many there are.
"""

from __future__ import annotations

import dis
import gc
import os
import queue
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FrameType, FunctionType
from typing import Any

import syncprims
from syncprims import conformance

KIT = os.path.dirname(syncprims.__file__) + os.sep
NOT_THE_KIT = os.path.dirname(conformance.__file__) + os.sep
STDLIB = (threading.__file__, queue.__file__)

# What the compiler puts before a function's first line and after a call.
SILENT = {"CACHE", "PRECALL", "KW_NAMES", "COPY_FREE_VARS", "MAKE_CELL", "RETURN_GENERATOR"}
# From 3.15 on no signal comes between an __enter__ in C and the body of its with (gh-148874).
QUIET_ENTRY = sys.version_info >= (3, 15)


class Struck(Exception):
    """What the signal handler raises."""


def strike() -> None:
    """Raise Struck."""
    raise Struck


def is_of(name: str) -> Callable[[str], bool]:
    """Return what tells whether a file is one of an implementation's."""
    if name == "stdlib":
        return lambda path: path in STDLIB
    return lambda path: path.startswith(KIT) and not path.startswith(NOT_THE_KIT)


@lru_cache(None)
def points(code: CodeType) -> frozenset[int]:
    """Return the offsets of the instructions before which a signal handler may run."""
    found, called = set(), True  # a function's entry is like the return from a call
    entering = False
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in SILENT:
            continue
        if name == "RESUME":
            called = True
            continue
        backward = "JUMP_BACKWARD" in name and "NO_INTERRUPT" not in name
        if called or backward:
            found.add(instruction.offset)
        called = name.startswith("CALL") and name != "CALL_INTRINSIC_1" and not entering
        entering = name == "LOAD_SPECIAL" and QUIET_ENTRY
    return frozenset(found)


def is_at_its_entry(frame: FrameType) -> bool:
    """Whether a frame has not come past the first place where a handler may run."""
    return frame.f_lasti <= min(points(frame.f_code))


class Injection:
    """Calls `act` in the thread that runs it, at the `at`-th point; counts them all."""

    def __init__(self, at: int, implementation: str, act: Callable[[], object] = strike) -> None:
        self.at = at
        self.passed = 0
        self.where = ""
        self._act = act
        self._is_ours = is_of(implementation)
        self._returning: FrameType | None = None  # the caller of a Python function that returns

    def __call__(self, operation: Callable[[], Any]) -> Any:
        """Return ``operation()``."""
        sys._getframe().f_trace_opcodes = True  # or 3.12 and later show no instructions
        sys.settrace(self._enter)
        try:
            return operation()
        finally:
            sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, arg: object) -> Any:
        if not self._is_ours(frame.f_code.co_filename):
            return self._return  # a hook, perhaps: nothing strikes as it returns
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
            self.passed += 1
            if self.passed == self.at + 1:
                name = os.path.basename(frame.f_code.co_filename)
                entry = " (entry)" if is_at_its_entry(frame) else ""
                self.where = f"{name}:{frame.f_lineno} {frame.f_code.co_name}{entry}"
                self._act()
        return self._step


class Injections:
    """Calls `act` at each of several points: also while the first exception is being undone.

    A trace function that raises is taken off by the interpreter; what watches by ``sys.monitoring``
    (3.12 and later) stays.
    """

    def __init__(self, at: list[int], act: Callable[[], object]) -> None:
        self.at = at
        self.passed = 0
        self.where = ""
        self._act = act
        self._thread = threading.get_ident()
        self._returned = False  # whether a Python function has just returned

    def __call__(self, operation: Callable[[], Any]) -> Any:
        """Return ``operation()``."""
        watch, events = sys.monitoring, sys.monitoring.events
        watch.use_tool_id(TOOL, "faults")
        watch.register_callback(TOOL, events.INSTRUCTION, self._step)
        watch.register_callback(TOOL, events.PY_RETURN, self._return)
        watch.set_events(TOOL, events.PY_RETURN)
        for code in codes_of_the_kit():
            watch.set_local_events(TOOL, code, events.INSTRUCTION)
        try:
            return operation()
        finally:
            watch.set_events(TOOL, 0)
            for code in codes_of_the_kit():
                watch.set_local_events(TOOL, code, 0)
            watch.free_tool_id(TOOL)

    def _return(self, code: CodeType, offset: int, value: object) -> None:
        if threading.get_ident() == self._thread and code.co_name != "__init__":
            self._returned = True

    def _step(self, code: CodeType, offset: int) -> None:
        if threading.get_ident() != self._thread:
            return
        returned, self._returned = self._returned, False
        if not returned and offset in points(code):
            self.passed += 1
            if self.passed - 1 in self.at:
                self.where = f"{os.path.basename(code.co_filename)} {code.co_qualname}"
                self._act()


TOOL = 4


@lru_cache(None)
def codes_of_the_kit() -> list[CodeType]:
    """Return the code of every function in the kit's files."""
    found: list[CodeType] = []
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and is_of("syncprims")(each.__code__.co_filename):
            found.append(each.__code__)
    for code in found:
        found += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    return found
