"""What a stranger sees: lines that fit, colours where they help, and a word on what was meant."""

import json
import os
import subprocess
import sys

import pytest

from syncprims.conformance import terminal

from .conftest import environment
from .test_command import one_line, run

LONG = "an_implementation_with_a_rather_long_name"
HANGING = """
import threading
class Event(threading.Event):
    def is_set(self):
        return "perhaps"
"""


def recording(path, *names, python="3.13", groups=("EVENT", "SEM", "QUEUE", "BARRIER", "INTER")):
    """Write a file such as ``conform --json`` writes."""
    row = {"outcome": "pass", "level": "contract", "sentence": "It is so.", "message": ""}
    found = [
        {
            "implementation": name,
            "python": python,
            "version": f"{python}.0",
            "seconds": 1.0,
            "levels": ["contract"],
            "requirements": {f"{group}-01": row for group in groups},
        }
        for name in names
    ]
    path.write_text(json.dumps({"schema": 2, "recordings": found}), encoding="utf-8")


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_conform_lines_fit_the_width(tmp_path, columns):
    """Neither the table nor what is not met is wider than COLUMNS says."""
    (tmp_path / f"{LONG}.py").write_text(HANGING)
    process = run("conform", LONG, "stdlib", "--only", "EVENT", cwd=tmp_path, COLUMNS=columns)
    assert max(map(len, process.stdout.splitlines())) < int(columns)
    assert "EVENT-01 FAIL" in process.stdout


def test_conform_list_and_all_fit_the_width():
    """So do the sentences of all requirements."""
    for options in (["--list"], ["--all", "--only", "BSEM"]):
        process = run("conform", "syncprims", *options)
        assert max(map(len, process.stdout.splitlines())) < 80


def test_matrix_too_wide_goes_on_in_a_block_below(tmp_path):
    """Each block begins with the environments; what sums a row up is in the first."""
    for name in ("py313-kit", "py314-kit"):
        recording(tmp_path / f"{name}.json", "syncprims")
    process = run("matrix", tmp_path, COLUMNS="50")
    lines = process.stdout.splitlines()
    assert max(map(len, lines)) < 50
    heads = [line.split() for line in lines if line.startswith("environment")]
    assert heads[0][1:4] == ["python", "all", "s"]
    assert len(heads) > 1
    assert [name for head in heads for name in head[1:]] == [
        *("python", "all", "s", "EVENT", "SEM", "BARRIER", "QUEUE", "INTER")
    ]


def test_matrix_of_a_file_with_two_implementations_shows_both(tmp_path):
    """No recording is lost, and its environment is not called missing."""
    recording(tmp_path / "py313.json", "syncprims", "stdlib")
    process = run("matrix", tmp_path, "--expect", "py313", "py314")
    names = [line.split("  ")[0] for line in process.stdout.splitlines()]
    assert {"py313 syncprims", "py313 stdlib"} <= set(names)
    assert "skipped, no such interpreter here: py314\n" in process.stdout


def test_matrix_of_one_implementation_twice_is_refused(tmp_path):
    """Two recordings that would stand in one place: one line, which names the file."""
    recording(tmp_path / "py313.json", "syncprims", "syncprims")
    assert "holds syncprims twice" in one_line(run("matrix", tmp_path))


def test_matrix_of_no_folder_says_so_in_one_line(tmp_path):
    """A file in the place of a folder, or nothing: exit status 2."""
    recording(tmp_path / "a.json", "syncprims")
    for path in (tmp_path / "a.json", tmp_path / "nothing"):
        process = run("matrix", path)
        assert "is no folder" in one_line(process)
        assert process.returncode == 2


@pytest.mark.parametrize("content", ["{}", "[]", '{"recordings": [{"implementation": "x"}]}', "no"])
def test_compare_of_what_is_no_recording_says_so_in_one_line(tmp_path, content):
    """Any other JSON, or none: one line, no traceback."""
    recording(tmp_path / "a.json", "syncprims")
    (tmp_path / "b.json").write_text(content)
    process = run("compare", tmp_path / "a.json", tmp_path / "b.json")
    assert "is no recording of this version" in one_line(process)
    assert process.returncode == 2


def test_compare_lines_fit_the_width(tmp_path):
    """A long message is broken between words."""
    recording(tmp_path / "a.json", "syncprims")
    recording(tmp_path / "b.json", "syncprims")
    found = json.loads((tmp_path / "b.json").read_text())
    row = found["recordings"][0]["requirements"]["EVENT-01"]
    row.update(outcome="FAIL", message="seen " * 60)
    (tmp_path / "b.json").write_text(json.dumps(found))
    process = run("compare", tmp_path / "a.json", tmp_path / "b.json")
    assert max(map(len, process.stdout.splitlines())) < 80
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("mne", "there is no module 'mne'; mine is there"),
        ("./mne.py", "there is no file './mne.py'; ./mine.py is there"),
        ("stdlb", "there is no module 'stdlb'; stdlib is there"),
        ("json.py", "there is no file 'json.py'; there is a module json: drop the .py"),
        (
            "raising",
            "raising cannot be imported: ZeroDivisionError: division by zero, at raising.py:3",
        ),
        (
            "wanting",
            "wanting cannot be imported: ModuleNotFoundError: No module named 'nosuch', at",
        ),
        ("calling", "calling cannot be imported: JSONDecodeError: Expecting value"),
    ],
)
def test_conform_of_what_cannot_be_imported_says_what_to_do(tmp_path, given, meant):
    """What is near is named; an exception with its type, its text and the line of the user."""
    (tmp_path / "mine.py").write_text("from threading import Event\n")
    (tmp_path / "raising.py").write_text("from threading import Event\n\n1 / 0\n")
    (tmp_path / "wanting.py").write_text("import nosuch\n")
    (tmp_path / "calling.py").write_text("import json\njson.loads('')\n")
    process = run("conform", given, cwd=tmp_path)
    assert one_line(process).startswith(f"syncprims conform: {meant}")
    assert process.returncode == 2
    if given == "calling":
        assert one_line(process).endswith("at calling.py:2")


def test_conform_only_a_name_that_is_near_suggests_it():
    """A slip of the finger in an id or a group."""
    assert "SEMA matches no requirement; SEM would" in one_line(run("conform", "--only", "SEMA"))


@pytest.mark.parametrize(
    ("variables", "colored"),
    [
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({}, False),
    ],
)
def test_conform_uses_colours_where_they_are_wanted(tmp_path, variables, colored):
    """FORCE_COLOR asks for them, NO_COLOR forbids them, and a file gets none."""
    (tmp_path / "mine.py").write_text(HANGING)
    process = run("conform", "mine", "--only", "EVENT-01", cwd=tmp_path, **variables)
    assert ("\x1b[" in process.stdout) is colored


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this platform has no pseudo-terminals")
@pytest.mark.parametrize(("term", "colored"), [("xterm", True), ("dumb", False)])
def test_conform_on_a_terminal_has_colours_unless_it_is_dumb(tmp_path, term, colored):
    """And it shows which requirement is running."""
    (tmp_path / "mine.py").write_text(HANGING)
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "syncprims", "conform", "mine", "--only", "EVENT-01"]
    with subprocess.Popen(
        command, stdout=theirs, stderr=theirs, cwd=tmp_path, env=environment(TERM=term)
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 1000):
                shown += chunk
        except OSError:  # the other end is closed
            pass
        process.wait()
    os.close(ours)
    assert (b"\x1b[1;31mFAIL" in shown) is colored
    assert b"mine: 0 of 1 EVENT-01" in shown


def test_wrapped_breaks_no_word(monkeypatch):
    """A path longer than the line stays whole: it is to be copied."""
    monkeypatch.setenv("COLUMNS", "40")
    path = "/a/very/long/path/that/does/not/fit/into/forty/columns-at-all.py"
    assert f"  {path}" in terminal.wrapped(f"see {path} for more")


def test_help_has_examples_exit_statuses_and_where_to_read_on():
    """For all commands together, and for conform."""
    for words in ([], ["conform"]):
        shown = run(*words, "--help").stdout
        assert "examples:" in shown
        assert "exit status" in shown
        assert "docs/" in shown
        assert max(map(len, shown.splitlines())) <= 80
