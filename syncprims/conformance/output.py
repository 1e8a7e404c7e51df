"""What a command writes, and the one line for a user's mistake.

A document that cannot be kept is found out before the run, not after. A reader of our output that
has had enough is no error.
"""

from __future__ import annotations

import io
import os
import sys


class UsageError(Exception):
    """A user's mistake; the text says in one line what to do."""


def check_writable(path: str | None) -> None:
    """Find out before the run, not after, that its result cannot be kept."""
    if path and path != "-":
        there = os.path.lexists(path)
        try:
            with open(path, "a", encoding="utf-8"):
                pass
            if not there:
                os.remove(path)  # what comes to nothing leaves nothing
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None


def write(path: str | None, content: str) -> None:
    """Write to a file, or to stdout if `path` is ``-``."""
    try:
        if path == "-":
            if isinstance(sys.stdout, io.TextIOWrapper):
                sys.stdout.reconfigure(errors="replace")  # what a terminal cannot show is a "?"
            print(content, end="", flush=True)
        elif path:
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
    except BrokenPipeError:  # the reader of our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = "stdout" if path == "-" else path
        raise UsageError(f"cannot write {where}: {error.strerror}") from None
