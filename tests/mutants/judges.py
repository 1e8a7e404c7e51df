"""Two judges of a mutant: the conformance suite, and CPython's own tests.

The suite is asked until a requirement of the contract fails; what is not met at other levels before
that is seen on the way. A requirement that the unchanged class does not meet either kills nobody,
so it is not asked. CPython's tests are asked until one fails. Each runs in a process of its own, in
a session that Ctrl-C does not reach: a run that is stopped leaves no verdict that is none.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from syncprims.conformance.judge import ABSENT, PASS
from syncprims.conformance.requirement import LEVELS
from tests.mutants import adapters
from tests.mutants.mutate import Mutant

LIMIT = 60
"""Seconds for CPython's tests, which need ten at most when nothing is wrong."""


class Unusable(Exception):
    """A judge gave no verdict; the text says why."""


def unchanged(name: str) -> dict[str, Any]:
    """Return which requirements a class does not meet as it is."""
    original = Mutant(name, name, ast.unparse(ast.parse(adapters.source(name))))
    failed = cpython(original)["by"]
    if failed:
        raise Unusable(f"CPython's own tests must pass with {name} as it is, but: {failed}")
    return {"unmet": list(_unmet(original))}


def suite(mutant: Mutant, skip: list[str]) -> dict[str, Any]:
    """Return which requirement kills a mutant, and its level; empty texts if none does."""
    found = _unmet(mutant, "--fail-fast", *(["--skip", ",".join(skip)] if skip else []))
    killers = sorted(found, key=lambda each: LEVELS.index(found[each]))
    return {"by": killers[0], "level": found[killers[0]]} if killers else {"by": "", "level": ""}


def _unmet(mutant: Mutant, *options: str) -> dict[str, str]:
    """Ask the suite; return the requirements that a mutant does not meet, with their levels."""
    only = ",".join(adapters.groups(mutant.owner))
    with tempfile.TemporaryDirectory() as folder:
        path = _adapter(mutant, folder)
        result = path.with_suffix(".json")
        ended = _run("syncprims", "conform", path, "--only", only, "--json", result, *options)
        if ended.returncode not in (0, 1):
            raise Unusable(f"conform ended with {ended.returncode}: {ended.stdout}")
        rows = json.loads(result.read_text("utf-8"))["recordings"][0]["requirements"]
    return {
        each: row["level"]
        for each, row in rows.items()
        if row["outcome"] not in (PASS, ABSENT) and not row["message"].startswith("not run")
    }


def cpython(mutant: Mutant) -> dict[str, Any]:
    """Return which of CPython's own tests kills a mutant; an empty text if none does."""
    names = (mutant.owner, *adapters.USED_BY[mutant.owner])
    with tempfile.TemporaryDirectory() as folder:
        _adapter(mutant, folder)
        try:
            ended = _run("tests.mutants.cpython", folder, *names, limit=LIMIT)
        except subprocess.TimeoutExpired:
            return {"by": f"no end after {LIMIT} s"}
    last = ended.stdout.strip().rpartition("\n")[2]
    return {"by": f"exit status {ended.returncode}: {last}" if ended.returncode else last}


def _adapter(mutant: Mutant, folder: str) -> Path:
    path = Path(folder, "mutant.py")
    adapters.write(path, mutant.id, mutant.owner, mutant.source)
    return path


def _run(*arguments: str | Path, limit: float | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=limit,
        start_new_session=True,
        check=False,
    )
