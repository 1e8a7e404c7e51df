"""What was seen of a requirement that is not met, in a few lines.

Threads that died of what nobody asked for come first, then what the threads of the crew still do,
then what the test itself found. Lines of the implementation's own files come before the standard
library's.
"""

from __future__ import annotations

import linecache
import os
from collections import Counter
from time import sleep
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, TypeVar

from syncprims.conformance import crew

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncprims.conformance.adapter import Files

T = TypeVar("T")


def told(
    error: BaseException,
    threads: crew.Crew,
    test: int | None,
    own: Files,
    limit: float,
) -> str:
    """Return what was seen, the cause first."""
    deaths = _counted(_deaths(threads, own))
    lines = [f"{n} thread{'s' * (n > 1)} died in {where}" for where, n in deaths]
    if isinstance(error, crew.Wedged):
        lines += _asleep(threads, test, own, limit) or [f"{limit:g} s later: {error}"]
    elif not any(task.error is error for task in threads.tasks if task.died):
        lines.append(_raised(error, own).removeprefix("the test: "))
    return "\n".join(lines)


def in_short(error: BaseException) -> str:
    """Return an error's text in one line; its class too, unless the suite's own says it all."""
    text = " ".join(str(error).split())[:400]
    if isinstance(error, AssertionError) or type(error).__module__.startswith(__package__ or "?"):
        return text or type(error).__name__
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def where(error: BaseException, test: int | None, file: str) -> str:
    """Return the line in `file` that did not go well, or at which the thread `test` still is."""
    frames = [(frame, line) for frame, line in _raised_in(error.__traceback__)]
    if test is not None:
        frames = [(frame, frame.f_lineno) for frame in _stack(test)]
    found = [_line(frame, line) for frame, line in frames if frame.f_code.co_filename == file]
    return found[-1] if found else ""


def doing(ident: int, own: Files) -> str:
    """Return where a thread is in the implementation, in one line."""
    call, line = _place(_stack(ident), own)
    return f"{call}: {line}" if call else line


def _deaths(threads: crew.Crew, own: Files) -> Iterator[str]:
    for task in threads.tasks:
        if task.died and task.error is not None:
            yield _raised(task.error, own)


def _raised(error: BaseException, own: Files) -> str:
    """Say what was raised, and where, if that is in the implementation."""
    frames = _raised_in(error.__traceback__)
    inside = [frame for frame, _ in frames if not crew.is_suites(frame)]
    if not inside:
        return f"the test: {in_short(error)}"
    owned = [each for each in frames if each[0].f_code.co_filename in own]
    frame, line = owned[-1] if owned else frames[-1]
    place = _line(frame, line).partition(": ")[0]
    return f"{inside[0].f_code.co_name}(), {place}: {in_short(error)}"


def _asleep(threads: crew.Crew, test: int | None, own: Files, limit: float) -> list[str]:
    alive = threads.alive() | ({test} if test is not None else set())
    running = _moving(alive)
    sleeping = alive - running
    places = {ident: _place(_stack(ident), own) for ident in alive}
    said = _still("sleep", [places[each][0] for each in sleeping])
    said += _still("run", [places[each][0] for each in running])
    lines = [f"{call}: {line}" for (call, line), _ in _counted(places.values()) if call and line]
    return [f"{limit:g} s later {', '.join(said)}", *lines] if said else []


def _moving(idents: set[int]) -> set[int]:
    """Return the threads that do not stay where they are."""
    before = {ident: crew.position(crew.frame_of(ident)) for ident in idents}
    moving = set()
    for _ in range(crew.STILL):
        sleep(crew.STEP)
        moving |= {each for each in idents if crew.position(crew.frame_of(each)) != before[each]}
    return moving


def _still(verb: str, calls: list[str]) -> list[str]:
    """Say how many threads are in which calls: 3 threads still sleep in put(), 3 in get()."""
    parts = [f"{n} in {call}" for call, n in _counted(filter(None, calls))]
    if parts:
        first, _, call = parts[0].partition(" ")
        one = first == "1"
        parts[0] = f"{first} thread{'s' * (not one)} still {verb}{'s' * one} {call}"
    return parts


def _place(stack: list[FrameType], own: Files) -> tuple[str, str]:
    """Return what was called of the implementation, and the line there that it has come to."""
    last = max((n for n, frame in enumerate(stack) if crew.is_suites(frame)), default=-1)
    inside = stack[last + 1 :]
    if inside:
        owned = [frame for frame in inside if frame.f_code.co_filename in own]
        frame = (owned or inside)[-1]
        return f"{inside[0].f_code.co_name}()", _line(frame, frame.f_lineno)
    function = stack[-1].f_locals.get("function") if stack else None  # written in C
    return (f"{getattr(function, '__name__', function)}()", "") if function else ("", "")


def _stack(ident: int) -> list[FrameType]:
    """Return a thread's frames, the innermost last."""
    frames: list[FrameType] = []
    frame = crew.frame_of(ident)
    while frame is not None:
        frames.insert(0, frame)
        frame = frame.f_back
    return frames


def _raised_in(traceback: TracebackType | None) -> list[tuple[FrameType, int]]:
    frames = []
    while traceback is not None:
        frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames


def _line(frame: FrameType, number: int) -> str:
    path = frame.f_code.co_filename
    return f"{os.path.basename(path)}:{number}: {linecache.getline(path, number).strip()}"


def _counted(found: Iterable[T]) -> list[tuple[T, int]]:
    return Counter(found).most_common()
