"""How much the kit may cost: a limit for each of three groups of interpreters, none on the others.

They differ in what ``with`` costs over a lock's own C methods. What is not here, 3.10 and PyPy, is
measured and has no limit.
"""

from __future__ import annotations

import sys
import sysconfig
from typing import NamedTuple


class Limits(NamedTuple):
    """The most that the ratio to the standard library may be."""

    usual: float  # CPython 3.11 to 3.13
    newest: float  # 3.15, and builds without a GIL
    on_314: float  # where a Python call stands before each block

    def here(self) -> float | None:
        """Return the limit on this interpreter, if it has one."""
        version = sys.version_info[:2]
        if sys.implementation.name != "cpython" or version < (3, 11):
            return None
        if version == (3, 14):
            return self.on_314
        without_gil = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
        return self.newest if without_gil or version > (3, 14) else self.usual


def everywhere(limit: float) -> Limits:
    """Return limits that are the same for all."""
    return Limits(limit, limit, limit)
