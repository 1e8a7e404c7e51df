"""Why an implementation cannot be imported, in one line that says what to do.

There is no such module or file: then what is nearest is named. Or its own code raised: then type,
text and line of the exception are told, the line in a file that the user knows rather than in a
library that it called.
"""

from __future__ import annotations

import difflib
import importlib.util
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path


class NoSuchFile(Exception):
    """There is no Python file of that name."""


def told(name: str, error: BaseException) -> str:
    """Return the line."""
    if isinstance(error, NoSuchFile):
        return f"there is no file {name!r}{_instead(name)}"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing is not None and f"{name}.".startswith(f"{missing}."):
        return f"there is no module {name!r}{_instead(name)}"
    said = f"{type(error).__name__}: {error}".strip(" :").replace("\n", " ")
    return f"{name} cannot be imported: {said}{_place(error)}"


def _instead(name: str) -> str:
    """Say what may have been meant."""
    stem = name.removesuffix(".py")
    with suppress(ImportError, ValueError):
        if stem != name and importlib.util.find_spec(stem.replace("/", ".")):
            return f"; there is a module {stem.replace('/', '.')}: drop the .py"
    folder = os.path.dirname(name) or "."
    files = sorted(path.name for path in Path(folder).glob("*.py")) if os.path.isdir(folder) else []
    known = files if stem != name else [file.removesuffix(".py") for file in files]
    near = difflib.get_close_matches(os.path.basename(name), [*known, "syncprims", "stdlib"], 1)
    if near:
        return f"; {os.path.join(os.path.dirname(name), near[0])} is there"
    return ": give syncprims, stdlib, a module's name, or a file's, such as ./mine.py"


def _place(error: BaseException) -> str:
    """Say where it was raised: in the user's own code, if any of that is on the way."""
    if isinstance(error, SyntaxError) and error.filename:
        return ""  # its text tells the place
    frames = traceback.extract_tb(error.__traceback__)
    ours = os.path.dirname(os.path.abspath(__file__)) + os.sep
    theirs = [each for each in frames if not each.filename.startswith((ours, "<frozen"))]
    own = [each for each in theirs if not each.filename.startswith(_LIBRARIES)] or theirs
    return f", at {os.path.basename(own[-1].filename)}:{own[-1].lineno}" if own else ""


_LIBRARIES = tuple({sys.prefix + os.sep, sys.base_prefix + os.sep})
