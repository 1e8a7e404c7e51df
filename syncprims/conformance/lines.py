"""The results as they come: a line of JSON for each, written at once.

So Ctrl-C, a kill or a crash of the machine lose nothing. A disk that is full is said once, and the
run goes on.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO


class Lines:
    """A file with a line of JSON for each result; a disk that is full is said once."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._file: TextIO | None = None
        self.lost: bool = False
        self._try(self._open)

    def _open(self) -> None:
        if self._path is not None:
            self._file = open(self._path, "w", encoding="utf-8")  # noqa: SIM115 - until close

    def write(self, row: dict[str, Any]) -> None:
        """Keep one result at once."""
        if self._file is not None and not self.lost:
            self._try(lambda: print(json.dumps(row), file=self._file, flush=True))

    def close(self, keep: bool) -> None:
        """Close it; what the documents hold too need not stay, unless some is lost."""
        if self._file is not None:
            self._try(self._file.close)
            path = self._path
            if path is not None and not keep:
                self._try(lambda: os.remove(path))

    def _try(self, step: Any) -> None:
        try:
            step()
        except OSError as error:
            if not self.lost:
                text = f"cannot write {self._path}: {error.strerror}"
                print(f"syncprims conform: {text}", file=sys.stderr)
            self.lost = True
