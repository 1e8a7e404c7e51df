"""Verdicts in a file, one JSON line each, so that a run that was stopped goes on where it was.

A verdict is written as soon as it is known, with its judge and the Python it was found on; what
this Python's lines have is not done again. To have verdicts anew, take their lines out of the file.
A line that was cut off, by a kill or a full disk, is as good as none.
"""

from __future__ import annotations

import contextlib
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

Row = dict[str, Any]

PYTHON = platform.python_version()


class Verdicts:
    """The verdicts of a file that were found on this Python."""

    def __init__(self, file: Path) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        for line in file.read_text("utf-8").splitlines() if file.exists() else []:
            with contextlib.suppress(json.JSONDecodeError):
                self._know(json.loads(line))

    def _know(self, row: Row) -> None:
        if row["python"] == PYTHON:
            self._rows[row["judge"], row["id"]] = row

    def complete(
        self, judge: str, trials: Mapping[str, Callable[[], Row]], at_once: int
    ) -> dict[str, Row]:
        """Return a judge's verdicts by id; hold the trials that are missing, some at once."""
        todo = {name: trial for name, trial in trials.items() if (judge, name) not in self._rows}
        pool = ThreadPoolExecutor(at_once)
        try:
            running = [pool.submit(_hold, judge, name, trial) for name, trial in todo.items()]
            for number, ended in enumerate(as_completed(running), 1):
                self._add(ended.result())
                print(f"{judge} {number}/{len(todo)} {ended.result()['id']}", file=sys.stderr)
        finally:
            pool.shutdown(cancel_futures=True)  # those that run come to their end
        return {name: self._rows[judge, name] for name in trials}

    def _add(self, row: Row) -> None:
        self._know(row)
        with self._file.open("a", encoding="utf-8") as file:
            # A newline in front too: the line before may have been cut off.
            file.write(f"\n{json.dumps(row)}\n")


def _hold(judge: str, name: str, trial: Callable[[], Row]) -> Row:
    start = time.monotonic()
    found = trial()
    seconds = round(time.monotonic() - start, 1)
    return {"judge": judge, "id": name, "python": PYTHON, "seconds": seconds, **found}
