"""What was seen, in words: the steps of a schedule in columns, and what was raised.

A schedule is written as one short string, such as ``0sss-1a4r-2a4r``: for each run of steps by one
thread the thread's number, then a letter for each step and the number of the object it is done to,
unless that is the one of the thread's step before. Objects are numbered in the order in which they
are first touched. There is no bytecode and no address in it, so it replays on another Python, and a
step that does not fit is noticed at once.
"""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncprims.explore.tasks import WRITES, Task

if TYPE_CHECKING:
    from syncprims.explore.scheduler import Execution

# Capitals: the operation fails, or its time is up.
LETTERS = {
    "begin": "b",
    "end": "e",
    "acquire": "a",
    "release": "r",
    "try": "t",
    "failed try": "T",
    "timed": "w",
    "failed timed": "W",
    "look": "l",
    "touch": "c",
    "start": "s",
    "join": "j",
    "timed join": "k",
    "failed timed join": "K",
    "sleep": "z",
    "read": "g",
    "write": "p",
}
_KINDS = {letter: kind for kind, letter in LETTERS.items()}

_WORDS = {
    "begin": "begins",
    "end": "ends",
    "try": "tries and takes",
    "failed try": "tries in vain",
    "timed": "acquires in time",
    "failed timed": "times out on",
    "look": "looks at",
    "touch": "changes",
    "timed join": "joins in time",
    "failed timed join": "gives up joining",
    "sleep": "sleeps",
}

MOST_ROWS = 400  # of a table: a livelock has thousands

Steps = list[tuple[int, str, int]]  # of each step the thread, the operation, the object's number


def encode(steps: Steps) -> str:
    """Write a schedule as a string."""
    last: dict[int, int] = {}  # by thread: the object of its last step
    text = ""
    for place, (index, kind, number) in enumerate(steps):
        if not place or steps[place - 1][0] != index:
            text += f"-{index}"
        text += LETTERS[kind] + (f"{number}" if last.get(index, 0) != number else "")
        last[index] = number
    return text[1:]


def decode(schedule: str) -> Steps:
    """Read a schedule; raise ValueError if it is none."""
    if not isinstance(schedule, str):
        raise ValueError(f"not a schedule: {schedule!r} is no string")
    last: dict[int, int] = {}
    steps: Steps = []
    for part in schedule.split("-") if schedule else ():  # empty: before the first step
        found = re.fullmatch(rf"(\d+)((?:[{''.join(_KINDS)}]\d*)+)", part)
        if not found:
            raise ValueError(f"not a schedule: {part!r} is not like 0s1s2 or 1a4r")
        index = int(found[1])
        for letter, number in re.findall(r"(\D)(\d*)", found[2]):
            last[index] = int(number or last.get(index, 0))
            steps.append((index, _KINDS[letter], last[index]))
    return steps


def raised(error: BaseException, task: Task) -> str:
    """What a thread has raised, and where; the line itself too if the error says nothing."""
    text = "".join(traceback.format_exception_only(error)).splitlines()[0].rstrip(": ")
    last = traceback.extract_tb(error.__traceback__)[-1]
    there = f"{text} in {task.name}, at {short(last.filename)}:{last.lineno}"
    return f"{there}: {last.line}" if text == type(error).__name__ else there


def in_words(value: object) -> str:
    """A value's repr, in one line; the reprs are the program's own, and may do anything."""
    try:
        return (repr(value).splitlines() or [""])[0]
    except BaseException as error:
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"


def named(target: Any) -> str:
    return target.name or f"lock {target.number}"


def short(where: str) -> str:
    return Path(where).name


def describe(kind: str, target: Any) -> str:
    """A step in words."""
    verb = _WORDS.get(kind, kind + "s")
    return verb if target is None or kind in ("begin", "end") else f"{verb} {named(target)}"


def table(execution: Execution) -> str:
    """The recorded steps: number, one column for each thread, the line, what is so then."""
    tasks = execution.tasks
    texts = [
        (task, f"{describe(kind, target)}", short(where), state)
        for task, kind, target, where, state in execution.record
    ]
    widths = [
        max([len(task.name), *(len(text) for other, text, _, _ in texts if other is task)])
        for task in tasks
    ]
    lines = [_row("step", [task.name for task in tasks], widths, "state")]
    for step, (task, text, where, state) in enumerate(texts, 1):
        cells = [text if other is task else "" for other in tasks]
        lines.append(_row(str(step), cells, widths, f"{state:28} {where}".rstrip()))
    if len(texts) > MOST_ROWS:
        lines[MOST_ROWS // 2 : -MOST_ROWS // 2] = [f"   : {len(texts) - MOST_ROWS:,} more steps"]
    return "\n".join(lines)


def note(execution: Execution, task: Task, kind: str, target: Any) -> None:
    """Keep a step for the table, and what is so after it."""
    execution.unseen = True
    if execution.record and execution.record[-1][1] == "write":
        execution.record[-1][4] = _state(execution.record[-1][2])  # it has been written by now
    state = "" if target is None else _state(target, task if kind in WRITES else None, kind)
    execution.record.append([task, kind, target, task.place.line, state])
    execution.unseen = False


def _state(target: Any, task: Task | None = None, kind: str = "") -> str:
    """What is so, in one line, as for in_words."""
    try:
        state: str = target.state(task, kind)
        return (state.splitlines() or [""])[0]
    except BaseException as error:
        return f"{named(target)}: its repr raises {type(error).__name__}"


def _row(step: str, cells: list[str], widths: list[int], state: str) -> str:
    columns = " | ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{step:>4} | {columns} | {state}".rstrip()
