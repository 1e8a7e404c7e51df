"""What the tests of the suite share: an implementation of a few lines, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import syncprims
from tests.interpreter import programs_own

ROOT = Path(syncprims.__file__).parents[1]
SOON = {"SYNCPRIMS_SCALE": "0.2"}  # for those that hang: two seconds are enough to see it


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a program that can import the kit, 80 columns wide."""
    ours = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return {**os.environ, "COLUMNS": "80", "NO_COLOR": "", "FORCE_COLOR": "", **ours, **more}


@dataclass
class Outcome:
    """What came of one run of ``conform``."""

    status: int
    out: str
    err: str
    seconds: float
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each requirement."""
        return {identifier: row["outcome"] for identifier, row in self.rows.items()}

    def unmet(self) -> set[str]:
        """Return the ids of what is not met."""
        return {name for name, each in self.outcomes.items() if each not in ("pass", "n/a")}


@pytest.fixture
def conform(tmp_path):
    """A function that runs the suite on the code of an implementation; returns an Outcome."""

    def run(code, *arguments, only=None, **more):
        (tmp_path / "mine.py").write_text(textwrap.dedent(code), encoding="utf-8")
        result = tmp_path / "result.json"
        command = [sys.executable, "-m", "syncprims", "conform", "./mine.py", "--json", result]
        if only is not None:
            command += ["--only", only]
        began = time.monotonic()
        process = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            env=environment(**more),
        )
        seconds = time.monotonic() - began
        err = programs_own(process.stderr)
        outcome = Outcome(process.returncode, process.stdout, err, seconds)
        if result.exists():
            (recording,) = json.loads(result.read_text("utf-8"))["recordings"]
            outcome.rows = recording["requirements"]
        return outcome

    return run
