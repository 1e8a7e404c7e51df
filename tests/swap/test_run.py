"""``python -m syncprims run``: a program of its own, with the kit swapped in."""

import subprocess
import sys
from pathlib import Path

import syncprims
from tests.interpreter import programs_own

SCRIPT = """
import sys, threading
from queue import Queue
print(__name__, threading.Event.__module__, Queue.__module__, sys.argv[1:])
"""


def run(*arguments, folder):
    package = str(Path(syncprims.__file__).parents[1])
    process = subprocess.run(
        [sys.executable, "-m", "syncprims", "run", *arguments],
        cwd=folder,
        env={"PYTHONPATH": package, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    process.stderr = programs_own(process.stderr)
    return process


def test_run_of_a_script_swaps_and_passes_its_arguments(tmp_path):
    """The script is __main__, sees the kit, and its own arguments, options among them."""
    (tmp_path / "program.py").write_text(SCRIPT, "utf-8")
    process = run("program.py", "--only", "x", folder=tmp_path)
    assert process.stdout == "__main__ syncprims syncprims ['--only', 'x']\n"
    assert process.returncode == 0


def test_run_of_a_module_swaps(tmp_path):
    """-m: found from the current directory, as python -m does."""
    (tmp_path / "program.py").write_text(SCRIPT, "utf-8")
    process = run("--only", "Event", "-m", "program", "x", folder=tmp_path)
    assert process.stdout == "__main__ syncprims queue ['x']\n"


def test_run_of_a_script_finds_what_lies_beside_it(tmp_path):
    """The script's folder, not the current one, is searched first."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "beside.py").write_text("from threading import Event\n", "utf-8")
    (tmp_path / "inner" / "program.py").write_text(
        "import beside\nprint(beside.Event.__module__)\n", "utf-8"
    )
    assert run("inner/program.py", folder=tmp_path).stdout == "syncprims\n"


def test_run_ends_with_the_programs_status(tmp_path):
    """sys.exit(3) in the program is exit status 3."""
    (tmp_path / "program.py").write_text("raise SystemExit(3)", "utf-8")
    assert run("program.py", folder=tmp_path).returncode == 3


def test_run_of_what_is_not_there_is_said_in_one_line(tmp_path):
    """No such script, module or primitive: one line, exit status 2."""
    for arguments, said in (
        (["nothing.py"], "syncprims run: no file 'nothing.py'\n"),
        (["-m", "nothing.at.all"], "syncprims run: no module 'nothing.at.all'\n"),
        (["--only", "Evnt", "x.py"], "syncprims run: --only: cannot swap Evnt; "),
    ):
        process = run(*arguments, folder=tmp_path)
        assert process.stderr.startswith(said)
        assert process.stderr.count("\n") == 1
        assert process.returncode == 2


def test_run_of_a_folder_that_is_no_program_is_said_in_one_line(tmp_path):
    """A folder can be run if it has a __main__.py."""
    process = run(str(tmp_path), folder=tmp_path)
    assert process.stderr.count("\n") == 1
    assert "without a __main__.py" in process.stderr
    assert process.returncode == 2
    (tmp_path / "__main__.py").write_text(SCRIPT, "utf-8")
    assert run(str(tmp_path), folder=tmp_path).returncode == 0
