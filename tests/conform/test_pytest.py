"""The suite under pytest: items, options and markers."""

import json
import subprocess
import sys

import pytest

from .conftest import environment


@pytest.fixture
def suite(tmp_path):
    """A function that runs pytest on the suite, against a flawed Event; returns the process."""
    (tmp_path / "mine.py").write_text(
        "import threading\n"
        "class Event(threading.Event):\n"
        "    def is_set(self): return 1\n"
        "    def __repr__(self): return 'an event'\n",
        "utf-8",
    )

    def run(*arguments, plugin=("-p", "syncprims.pytest_plugin"), **more):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *plugin]
        more = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **more}
        return subprocess.run(
            [*command, "--pyargs", "syncprims.conformance", *arguments],
            cwd=tmp_path,
            env=environment(**more),
            capture_output=True,
            text=True,
        )

    return run


CHOSEN = ("-k", "EVENT-01 or EVENT-05 or EVENT-29 or COND-01")


def test_pytest_runs_each_requirement_as_an_item(suite):
    """Each requirement is an item that passes, fails, is expected to fail, or is skipped."""
    ran = suite("--syncprims-primitives", "mine", *CHOSEN)
    assert "1 failed, 1 passed, 1 skipped" in ran.stdout
    assert "1 xfailed" in ran.stdout
    assert ran.returncode == 1


def test_pytest_shows_what_was_seen(suite):
    """A failure shows the sentence and what was seen, not the suite's own frames."""
    ran = suite("--syncprims-primitives", "mine", "-k", "EVENT-01")
    assert "EVENT-01 FAIL  A new event is not set." in ran.stdout
    assert "  seen  " in ran.stdout
    assert "judge.py" not in ran.stdout


def test_pytest_says_that_there_is_one_process(suite):
    """The header says that all is in one process, and which command is not."""
    ran = suite("--syncprims-primitives", "mine", "-k", "EVENT-05")
    assert "one process" in ran.stdout
    assert "python -m syncprims conform mine" in ran.stdout


def test_pytest_without_the_plugin_says_how_to_load_it(suite):
    """Where plugins are not loaded by themselves, the one line says which option is missing."""
    ran = suite(plugin=())
    assert "add -p syncprims.pytest_plugin" in ran.stdout + ran.stderr
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR


def test_pytest_json_holds_the_rows(suite, tmp_path):
    """--syncprims-conformance-json writes what conform --json does."""
    suite("--syncprims-primitives", "mine", "--syncprims-conformance-json", "out.json", *CHOSEN)
    (recording,) = json.loads((tmp_path / "out.json").read_text("utf-8"))["recordings"]
    found = {name: row["outcome"] for name, row in recording["requirements"].items()}
    assert found == {
        "EVENT-01": "FAIL",
        "EVENT-05": "pass",
        "EVENT-29": "differs",
        "COND-01": "n/a",
    }


def test_pytest_selects_by_marker(suite):
    """Each item carries the marker syncprims_requirement."""
    ran = suite("-m", "not syncprims_requirement", "--co", "-q")
    assert ran.returncode == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("name", ["nosuchmodule", "json"])
def test_pytest_with_no_implementation_says_so(suite, name):
    """An implementation that cannot be used is said in one line, with pytest's usage status."""
    ran = suite("--syncprims-primitives", name)
    assert name in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR


MEASURED = """
import threading
class Event(threading.Event):
    def set(self):
        super().set()
    def is_set(self):
        return super().is_set()
    def never(self):
        print("never")
"""


def test_coverage_measures_the_children(tmp_path):
    """``coverage run -m syncprims conform`` counts what the children have run."""
    pytest.importorskip("coverage")
    (tmp_path / "mine.py").write_text(MEASURED, "utf-8")
    options = [
        "--branch",
        "--source",
        ".",
        "-m",
        "syncprims",
        "conform",
        "mine",
        "--only",
        "EVENT-02",
    ]
    measured(["run", *options], tmp_path)
    measured(["json", "-o", "found.json"], tmp_path)
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))["files"]["mine.py"]
    assert found["missing_lines"] == [9]


def measured(arguments, folder):
    """Run coverage."""
    command = [sys.executable, "-m", "coverage", *arguments]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)
