"""``python -m syncprims explore``, run as a user runs it: what it prints and returns."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.conform.test_command import one_line, run

SCENARIOS = """\
import functools
import threading
import pytest
from syncprims.explore import explored

def deadlock():
    a, b = threading.Lock(), threading.Lock()
    def take(first, second):
        with first, second:
            pass
    threads = [threading.Thread(target=take, args=locks) for locks in ((a, b), (b, a))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def sound():
    lock = threading.Lock()
    def use():
        with lock:
            pass
    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

@explored(race_free=True, max_executions=1)
def decorated():
    sound()

def polls():
    state = threading.Event()
    threading.Timer(5, state.set).start()
    assert state.wait(timeout=1)

@pytest.mark.explored(race_free=True)
def marked():
    sound()

def locked(function):
    @functools.wraps(function)
    def wrapper():
        with threading.Lock():
            return function()
    return wrapper

def given_a_lock(function):
    @functools.wraps(function)
    def wrapper():
        return function(threading.Lock())
    return wrapper

@given_a_lock
def wrapped(lock):
    with lock:
        pass

@locked
@explored(race_free=True, max_executions=1)
def wrapped_test():
    sound()

def fails_at_once():
    assert False

class Unusual(Exception):
    def __init__(self, code, lock):
        super().__init__("unusual")
        self.lock = lock

def raises_what_cannot_be_copied():
    raise Unusual(1, threading.Lock())

def with_fixture(tmp_path):
    pass

constant = 1
"""


@pytest.fixture
def explored_in(tmp_path):
    """A function that explores a scenario of the file queue.py, a name that is taken."""
    (tmp_path / "queue.py").write_text(SCENARIOS, "utf-8")

    def run_it(name, *options):
        return run("explore", f"{tmp_path / 'queue.py'}::{name}", *options)

    return run_it


def test_explore_command_of_a_deadlock_prints_steps_and_fails(explored_in):
    """Exit status 1: who waits for what, the steps, and two ways to see it again."""
    process = explored_in("deadlock")
    assert process.returncode == 1
    assert process.stderr == ""
    first, *_ = process.stdout.splitlines()
    assert first.startswith("failed: deadlock: main waits for Thread-1")
    assert "step | main" in process.stdout
    assert 'to see it again: replay(deadlock, "0s1s2-' in process.stdout


def test_explore_command_shows_the_command_that_replays(explored_in):
    """It can be pasted: the same failure, from one execution."""
    again = re.search(r"or: python -m syncprims (explore .*)", explored_in("deadlock").stdout)[1]
    process = run(*again.split(), "--json")
    result = json.loads(process.stdout)
    assert process.returncode == 1
    assert (result["failure"]["kind"], result["executions"]) == ("deadlock", 1)


@pytest.mark.parametrize(
    ("options", "verdict", "status"),
    [
        (["--race-free"], "proved", 0),
        ([], "bounded", 0),
        (["--strategy", "dfs", "--race-free"], "proved", 0),
        (["--strategy", "random(7)", "--max-executions", "20"], "bounded", 0),
        (["--strategy", "pct"], "bounded", 0),
        (["--preemptions", "0"], "bounded", 0),
        (["--max-executions", "1"], "incomplete", 3),
        (["--max-seconds", "0"], "incomplete", 3),
        (["--replay", "0s1s2-9b"], "incomplete", 3),
    ],
)
def test_explore_command_status_tells_the_verdict(explored_in, options, verdict, status):
    """0: proved or nothing found within bounds; 3: a limit was hit, or a replay does not fit."""
    process = explored_in("sound", *options)
    assert process.stdout.startswith(f"{verdict}: ")
    assert process.returncode == status


def test_explore_command_json_is_one_document(explored_in):
    """--json prints the result and nothing else."""
    result = json.loads(explored_in("sound", "--json", "--race-free").stdout)
    assert (result["verdict"], result["failure"]) == ("proved", None)
    result = json.loads(explored_in("deadlock", "--json").stdout)
    assert result["failure"]["kind"] == "deadlock"


def test_explore_command_json_of_a_scenario_that_prints_is_one_document(tmp_path):
    """What the scenario and its file print goes to stderr, and is not lost."""
    file = tmp_path / "talks.py"
    file.write_text("print('imported')\ndef scenario(): print('hello')\n", "utf-8")
    process = run("explore", f"{file}::scenario", "--json", "--race-free")
    assert json.loads(process.stdout)["verdict"] == "proved"
    assert process.stderr == "imported\nhello\n"


def test_explore_command_json_of_any_exception_is_one_document(explored_in):
    """Also of one that cannot be copied: it is told by its repr."""
    process = explored_in("raises_what_cannot_be_copied", "--json")
    failure = json.loads(process.stdout)["failure"]
    assert (process.returncode, failure["error"]) == (1, "Unusual('unusual')")


def test_explore_command_of_a_failure_before_the_first_step_shows_a_command_that_replays(
    explored_in,
):
    """The empty schedule is one."""
    process = explored_in("fails_at_once")
    assert 'to see it again: replay(fails_at_once, "")' in process.stdout
    again = re.search(r"or: python -m syncprims (explore .*)", process.stdout)[1]
    process = run(*shlex.split(again))
    assert (process.returncode, process.stderr) == (1, "")
    assert again in process.stdout


@pytest.mark.skipif(os.name == "nt", reason="a shell that closes stderr")
def test_explore_command_without_stderr_works(explored_in, tmp_path):
    """Whoever closes it wants to see nothing there, no more."""
    file = shlex.quote(str(tmp_path / "queue.py"))
    command = f"{shlex.quote(sys.executable)} -m syncprims explore {file}::sound 2>&-"
    process = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (0, "")
    assert "bounded: " in process.stdout


def test_explore_command_takes_what_the_marker_says(explored_in):
    """A test with the marker of pytest is a scenario too."""
    assert explored_in("marked").stdout.startswith("proved: ")


def test_explore_command_of_a_decorated_function_runs_it_decorated(explored_in):
    """A decorator of the program's own is a part of the scenario, inside or outside of ours."""
    assert explored_in("wrapped", "--race-free").stdout.startswith("proved: ")
    assert explored_in("wrapped_test", "--max-executions", "9").stdout.startswith("proved: ")


def test_explore_command_takes_what_the_decorator_says_unless_told_otherwise(explored_in):
    """The same function is a test and a scenario."""
    assert "limit of 1 executions" in explored_in("decorated").stdout
    assert explored_in("decorated", "--max-executions", "9").stdout.startswith("proved: ")


def test_explore_command_with_idle_timeouts_shows_them_in_the_replay(explored_in):
    """A schedule belongs to a model of time."""
    process = explored_in("polls", "--timeouts", "idle")
    again = re.search(r"or: python -m syncprims (explore .*)", process.stdout)[1]
    assert again.endswith(" --timeouts idle")
    assert run(*again.split()).stdout.startswith("failed: exception")


def test_explore_command_of_a_file_in_a_package_imports_it_as_a_part(tmp_path):
    """Relative imports work."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    (package / "shared.py").write_text(SCENARIOS, "utf-8")
    (package / "here.py").write_text("from .shared import sound\n", "utf-8")
    assert run("explore", f"{package / 'here.py'}::sound", "--race-free").returncode == 0


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("sound", ["--strategy", "fast"], "no strategy 'fast'"),
        ("sound", ["--preemptions", "-1"], "preemptions"),
        ("sound", ["--timeouts", "never"], "invalid choice: 'never'"),
        ("sound", ["--replay", "foo"], "not a schedule: 'foo'"),
        ("missing", [], "has no function 'missing'"),
        ("constant", [], "has no function 'constant'"),
        ("with_fixture", [], "with_fixture takes arguments"),
        ("", [], "names no function: FILE.py::NAME"),
    ],
)
def test_explore_command_of_a_mistake_says_so_in_one_line(explored_in, name, options, why):
    """Exit status 2, one line on stderr, nothing on stdout, no traceback."""
    process = explored_in(name, *options)
    assert why in one_line(process)
    assert (process.returncode, process.stdout) == (2, "")


@pytest.mark.parametrize(
    ("file", "source", "why"),
    [
        ("missing.py", None, "no Python file"),
        ("text.txt", "", "no Python file"),
        ("wrong.py", "def (", "cannot be read: SyntaxError"),
        ("raises.py", "raise ValueError('first\\nsecond')", "cannot be read: ValueError: first"),
        ("leaves.py", "raise SystemExit(0)", "cannot be read: SystemExit"),
    ],
)
def test_explore_command_of_a_file_that_cannot_be_read_says_so_in_one_line(
    tmp_path, file, source, why
):
    """Exit status 2, as for any mistake in the call."""
    if source is not None:
        (tmp_path / file).write_text(source, "utf-8")
    process = run("explore", f"{tmp_path / file}::scenario")
    assert why in one_line(process)
    assert (process.returncode, process.stdout) == (2, "")
