"""What ``import syncprims`` costs a program that has imported ``threading`` and ``queue``.

Each import is in a process of its own, which says how much of its CPU time it took. One more,
before them, writes the bytecode.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import syncprims

NAME = "import syncprims"
MOST = 5.0  # milliseconds

CODE = """
import sys
sys.path.insert(0, sys.argv[1])
import threading, queue
from time import process_time
begin = process_time()
import syncprims
print((process_time() - begin) * 1000)
"""


def run(rounds: int) -> dict[str, Any]:
    """Import it in so many processes; return the milliseconds."""
    _milliseconds()
    found = [_milliseconds() for _ in range(rounds)]
    median = statistics.median(found)
    return {"name": NAME, "median": median, "least": min(found), "most": max(found), "limit": MOST}


def _milliseconds() -> float:
    root = Path(syncprims.__file__).parents[1]
    command = [sys.executable, "-I", "-c", CODE, str(root)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def text(found: dict[str, Any]) -> str:
    """Return what was found as lines for people."""
    over = "  over" if found["median"] > found["limit"] else ""
    return (
        "\nmilliseconds, on top of threading and queue\n-- import\n"
        f"  {found['name']}: {found['median']:.1f} (least {found['least']:.1f}, "
        f"most {found['most']:.1f}), at most {found['limit']:.1f} wanted{over}"
    )
