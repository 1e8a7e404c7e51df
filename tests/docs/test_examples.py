"""The programs in docs/examples do what their docstrings say."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import syncprims

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
PROGRAMS = sorted(EXAMPLES.glob("*.py"))


def docstring(program):
    return ast.get_docstring(ast.parse(program.read_text(encoding="utf-8"))) or ""


OF_THE_KIT_ALONE = {"lost_line", "priority_jobs"}  # the explorer; an item refused is not in
# What the standard library of an older Python has not.
NEEDS = {
    "owner_thread": (3, 13),
    "worker_pool": (3, 13),
    "numbered_jobs": (3, 15),
}
OVER_THE_STDLIB = [
    program
    for program in PROGRAMS
    if program.stem not in OF_THE_KIT_ALONE and sys.version_info >= NEEDS.get(program.stem, (3, 10))
]


def prints_what_it_says(program, tmp_path):
    """Check that a program prints, line by line, the block under Output: in its docstring."""
    _, _, promised = docstring(program).partition("\nOutput:\n")
    package = Path(syncprims.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        env={**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert run.stdout.splitlines() == textwrap.dedent(promised).strip().splitlines(), run.stderr
    assert run.returncode == 0


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_example_run_prints_what_its_docstring_says(program, tmp_path):
    """Each program prints what it says."""
    prints_what_it_says(program, tmp_path)


@pytest.mark.parametrize("program", OVER_THE_STDLIB, ids=lambda program: program.stem)
def test_example_with_the_stdlibs_import_line_prints_the_same(program, tmp_path):
    """The import line is all that changes: over the standard library the output is the same."""
    source = program.read_text(encoding="utf-8")
    changed, n = re.subn(r"(?m)^import syncprims as (\w+)$", r"import \1", source)
    assert n
    assert "syncprims" not in changed
    copy = tmp_path / program.name
    copy.write_text(changed, encoding="utf-8")
    prints_what_it_says(copy, tmp_path)


def test_examples_that_there_are_include_the_nine():
    """No example gets lost, and none is left out of the index."""
    names = {program.name for program in PROGRAMS}
    assert names >= {
        "background_zip.py",
        "lost_line.py",
        "numbered_jobs.py",
        "owner_thread.py",
        "printing_under_a_lock.py",
        "priority_jobs.py",
        "try_lock.py",
        "two_clocks.py",
        "worker_pool.py",
    }
    index = (EXAMPLES.parent / "index.md").read_text(encoding="utf-8")
    assert not [name for name in names if f"(examples/{name})" not in index]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_example_code_is_at_most_sixty_lines(program):
    """An example can be taken in at a glance: at most 60 lines besides its docstring."""
    code = ast.parse(program.read_text(encoding="utf-8")).body[1:]
    assert code[-1].end_lineno - code[0].lineno < 60
