"""What is told of threads that wait: who for whom, then each one's wait and stack.

The first lines say it all, as a sentence with the names that the program uses. Then comes for each
thread what it waits for, where that was made, and where the thread is, from its program's first
frame.
"""

from __future__ import annotations

import textwrap
import traceback
from concurrent.futures import Future
from typing import Any

import syncprims
from syncprims.lock import now
from syncprims.swap.watch import names
from syncprims.swap.watch.made import made
from syncprims.swap.watch.threads import known
from syncprims.swap.watch.waits import Waits


def deadlock(waits: Waits, cycle: list[int]) -> str:
    """Tell of a cycle."""
    return "\n\n".join([_cycle(waits, cycle), *_each(waits, cycle)])


def hung(waits: Waits, sleepers: list[int], cycle: list[int]) -> str:
    """Tell of a thread that nobody can wake, and of those that it waits for; a cycle first."""
    if sleepers[0] in cycle:
        return deadlock(waits, cycle)
    first = [_cycle(waits, cycle)] if cycle else []
    about, *others = _each(waits, sleepers)
    return "\n\n".join([*first, f"hung: {about}", *others])


def _cycle(waits: Waits, cycle: list[int]) -> str:
    parts = [f"{_name(each)} waits for {wanted(waits, each)}" for each in cycle]
    said = [_wrapped(f"deadlock: {parts[0]}"), *map(_wrapped, parts[1:])]
    return ";\n  ".join(said)


def _each(waits: Waits, sleepers: list[int]) -> list[str]:
    return [_more(waits, each) for each in sleepers]


def slow(waits: Waits, ident: int, able: set[int]) -> str:
    """Tell in one line of a thread that sleeps long, and who can still wake it."""
    can = [f"{_name(each)} at {place(waits, each)}" for each in waits.enders(ident) & able]
    who = f"; {', '.join(sorted(can)[:3])} can end that" if can else ""
    return f"slow: {_name(ident)} waits for {_wait(waits, ident).partition(' waits for ')[2]}{who}"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 78, subsequent_indent="  ", break_on_hyphens=False)


def _name(ident: int) -> str:
    return known(ident).name


def place(waits: Waits, ident: int) -> str:
    """Return where a thread is, in its program."""
    return names.line(names.own(waits.frames.get(ident)))


def wanted(waits: Waits, ident: int) -> str:
    """Return what a sleeper waits for, by its name, and who has it."""
    thing, method = waits.what(ident)
    note = waits.notes[ident]
    if note.kind == "join":
        return f"{thing.name} to end"
    if thing is None:
        return "something"
    called = names.name(thing, names.own(waits.frames.get(ident)))
    taken = waits.holder(ident)
    if taken is None:
        return f"{called}.{method}()" if note.kind == "gate" else called
    who = "it" if taken.by is known(ident) else taken.by.name
    ended = "" if taken.by.is_alive else ", which has ended,"
    return f"{called}, which {who}{ended} took at {taken.at}"


def _wait(waits: Waits, ident: int) -> str:
    seconds = now() - waits.notes[ident].since
    return (
        f"{_name(ident)} waits for {wanted(waits, ident)}, "
        f"at {place(waits, ident)}, for {seconds:.0f} s"
    )


def _more(waits: Waits, ident: int) -> str:
    """Tell of one sleeper: its wait, the object's state, who could end it, its stack."""
    thing, _ = waits.what(ident)
    frames = list(reversed(names.own(waits.frames.get(ident))))
    stack = traceback.StackSummary.extract((each, each.f_lineno) for each in frames)
    about = [_state(thing), _born(thing), _enders(waits, ident)]
    lines = [f"    {each}" for each in about if each]
    return "\n".join([_wrapped(_wait(waits, ident)), *lines, "".join(stack.format()).rstrip()])


def _born(thing: Any) -> str:
    where = made(thing) or getattr(known_of(thing), "place", None)
    verb = "started" if hasattr(thing, "join") and hasattr(thing, "ident") else "made"
    return f"{verb} at {where}" if where else ""


def known_of(thing: Any) -> Any:
    """Return what is known of a Thread, if it is one."""
    return known(thing.ident) if getattr(thing, "ident", None) is not None else None


def _state(thing: Any) -> str:
    """Return what an object says of itself that helps: of a queue, how many are in it."""
    if isinstance(thing, syncprims.Queue):  # not by qsize, which may want the mutex
        return f"{len(thing.queue)} items, {thing.unfinished_tasks} unfinished"
    if isinstance(thing, Future):
        return thing._state.lower()  # pending: no thread of its pool has begun it
    return ""


def _enders(waits: Waits, ident: int) -> str:
    if waits.notes[ident].kind != "gate":
        return ""
    others = sorted(map(_name, waits.enders(ident)))
    return f"known to {', '.join(others)}" if others else "no other thread that is alive knows it"
