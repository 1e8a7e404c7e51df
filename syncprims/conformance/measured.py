"""Coverage of the implementation, in the children too.

Who measures the process that starts the children wants to know what they ran. Each child writes a
data file of its own into a folder, and at the end they are added to what this process has measured.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from glob import glob
from typing import Any


class Coverage:
    """What measures this process measures the children too, and gets what they have found."""

    def __init__(self) -> None:
        tool = sys.modules.get("coverage")
        self._current: Any = tool.Coverage.current() if tool else None
        self._cleanup = ExitStack()

    def request(self) -> dict[str, Any] | None:
        """Return what a child must know."""
        if self._current is None:
            return None
        folder = self._cleanup.enter_context(tempfile.TemporaryDirectory())
        self._folder = folder
        options = {name: self._current.get_option(f"run:{name}") for name in _MEASURED}
        return {**options, "data_file": os.path.join(folder, "data")}

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        if self._current is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # there may be no data here, before there are those
                for data in self._found():
                    self._current.get_data().update(data)
            self._cleanup.close()

    def _found(self) -> Iterator[Any]:
        from coverage import CoverageData

        for path in glob(os.path.join(self._folder, "data*")):
            data = CoverageData(path)
            data.read()
            yield data


_MEASURED = ("branch", "source", "source_pkgs", "omit", "include")
