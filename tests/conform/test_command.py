"""The command line, run as a user runs it: what it prints, writes and returns."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import venv

import pytest

from syncprims.conformance import delays, harness
from tests.interpreter import programs_own

ADAPTER = """\
from syncprims import Event, Semaphore
DEVIATIONS = "known.txt"
"""

INTERRUPTING = """\
import signal, sys
from syncprims import cli
from syncprims.conformance import report

class Interrupting(report.Recorder):
    def pytest_runtest_logreport(self, report):
        super().pytest_runtest_logreport(report)
        if len(self.rows) == 20:
            signal.raise_signal(signal.SIGINT)

report.Recorder = Interrupting
sys.exit(cli.main(["conform"]))
"""


def run(*arguments, cwd=None, **environment):
    """Run ``python -m syncprims`` and return the completed process, its output as text."""
    process = subprocess.run(
        [sys.executable, "-m", "syncprims", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )
    process.stderr = programs_own(process.stderr)
    return process


def one_line(process):
    """Return the one line that a user's mistake is answered with."""
    (line,) = programs_own(process.stderr).splitlines()
    return line


def test_conform_by_default_compares_kit_and_stdlib():
    """Without names the table has a column for the kit and one for the stdlib."""
    process = run("conform", "--only", "EVENT-01")
    head, row, *_ = process.stdout.splitlines()
    assert head.split() == ["id", "requirement", "syncprims", "stdlib"]
    assert row.split()[0] == "EVENT-01"
    assert row.split()[-2:] == ["pass", "pass"]
    assert process.returncode == 0


def test_conform_ends_with_a_summary_of_each_implementation():
    """The last lines count the outcomes, one line an implementation."""
    *_, kit, stdlib = run("conform", "--only", "EVENT").stdout.splitlines()
    assert kit.startswith("syncprims: ")
    assert stdlib.startswith("stdlib: ")
    assert " pass" in kit


def test_conform_into_a_pipe_prints_no_color_and_no_progress():
    """Where nobody watches, there is neither color nor a progress line."""
    process = run("conform", "--only", "EVENT-01")
    assert "\x1b" not in process.stdout
    assert process.stderr == ""


def test_conform_json_to_stdout_is_one_document():
    """--json - prints the recordings as JSON and nothing else."""
    process = run("conform", "syncprims", "--only", "event-01", "--json", "-")
    (recording,) = json.loads(process.stdout)["recordings"]
    assert recording["implementation"] == "syncprims"
    assert recording["requirements"]["EVENT-01"]["outcome"] == "pass"
    assert recording["requirements"]["EVENT-01"]["level"] == "contract"


def test_conform_json_and_markdown_are_written_to_files(tmp_path):
    """--json and --markdown keep the result in the files they name."""
    paths = {name: tmp_path / name for name in ("json", "markdown")}
    run("conform", "--only", "EVENT-01", *(f"--{name}={path}" for name, path in paths.items()))
    assert len(json.loads(paths["json"].read_text("utf-8"))["recordings"]) == 2
    assert "| EVENT-01 |" in paths["markdown"].read_text("utf-8")


def test_conform_unknown_implementation_says_so_in_one_line():
    """A module that does not exist: one line that says what to give, and exit status 2."""
    process = run("conform", "nosuchmodule")
    assert "give syncprims, stdlib or an importable module" in one_line(process)
    assert process.returncode == 2


def test_conform_module_without_primitives_says_so_in_one_line():
    """A module with none of the names: one line, and exit status 2."""
    process = run("conform", "json")
    assert "has none of Lock, RLock" in one_line(process)
    assert process.returncode == 2


def test_conform_module_that_cannot_be_imported_says_so_in_one_line(tmp_path):
    """An adapter that raises while it is imported: one line with the error, and exit status 2."""
    (tmp_path / "broken.py").write_text("import nosuchmodule\n", "utf-8")
    process = run("conform", "broken", cwd=tmp_path, PYTHONPATH=os.getcwd())
    assert "nosuchmodule" in one_line(process)
    assert process.returncode == 2


def test_conform_module_that_exits_says_so_in_one_line(tmp_path):
    """An adapter that ends the program while it is imported: one line, and exit status 2."""
    (tmp_path / "leaving.py").write_text("raise SystemExit(0)\n", "utf-8")
    process = run("conform", "leaving", cwd=tmp_path, PYTHONPATH=os.getcwd())
    assert "no implementation 'leaving'" in one_line(process)
    assert process.returncode == 2


def test_conform_only_with_one_id_that_matches_nothing_says_so_in_one_line():
    """--only given several times: each must match something."""
    process = run("conform", "syncprims", "--only", "EVENT-01", "--only", "EVENTS")
    assert "--only EVENTS matches no requirement" in one_line(process)
    assert process.returncode == 2


def test_conform_unknown_implementation_leaves_no_file_behind(tmp_path):
    """A run that comes to nothing does not leave an empty result."""
    path = tmp_path / "result.json"
    run("conform", "nosuchmodule", "--json", str(path))
    assert not path.exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this platform has no /dev/full")
def test_conform_full_disk_says_so_in_one_line():
    """A result that cannot be kept after all: one line, and exit status 2."""
    process = run("conform", "syncprims", "--only", "EVENT-01", "--json", "/dev/full")
    assert "cannot write /dev/full" in one_line(process)
    assert process.returncode == 2


def test_conform_both_documents_to_stdout_is_refused():
    """--json - and --markdown - together would be no document of either kind."""
    process = run("conform", "--json", "-", "--markdown", "-")
    assert "cannot both go to stdout" in one_line(process)
    assert process.returncode == 2


def test_conform_into_a_pipe_cuts_no_sentence_and_fails_on_no_letter():
    """Where no terminal sets a width the table is as wide as it must be, in any encoding."""
    process = run("conform", "syncprims", "--only", "EVENT", PYTHONIOENCODING="ascii", COLUMNS="60")
    assert process.stderr == ""
    assert process.returncode == 0
    assert max(map(len, process.stdout.splitlines())) > 90


def test_conform_does_not_read_the_users_conftest(tmp_path):
    """What a conftest.py in the current directory says is nothing to the suite."""
    (tmp_path / "conftest.py").write_text("raise RuntimeError('read')\n", "utf-8")
    process = run(
        "conform", "syncprims", "--only", "EVENT-01", cwd=tmp_path, PYTHONPATH=os.getcwd()
    )
    assert process.stderr == ""
    assert process.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="this platform has no Ctrl-C for one process")
def test_conform_interrupted_says_so_in_one_line():
    """Ctrl-C in the middle of the run ends it at once, with one line and exit status 130."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTING],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    output, complaint = process.communicate(timeout=delays.LIMIT)
    assert programs_own(complaint) == "syncprims conform: interrupted\n"
    assert output == ""
    assert process.returncode == 130


@pytest.mark.skipif(os.name == "nt", reason="this platform has no Ctrl-C for one process")
def test_ctrl_c_in_a_test_that_catches_it_stops_the_run():
    """Ctrl-C stops the run though the test it strikes catches it, or raises something else."""

    def test():
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        harness.run_watched(test, main_thread=True, excused=False)


def test_conform_only_that_matches_nothing_says_so_in_one_line():
    """--only with an id that does not exist: one line, and exit status 2."""
    process = run("conform", "--only", "EVENT-999")
    assert "matches no requirement" in one_line(process)
    assert process.returncode == 2


@pytest.mark.parametrize("option", ["--json", "--markdown"])
def test_conform_unwritable_file_says_so_in_one_line_before_the_run(option, tmp_path):
    """A file that cannot be written: one line, and exit status 2, before any test has run."""
    process = run("conform", option, str(tmp_path / "nosuch" / "file"))
    assert "cannot write" in one_line(process)
    assert process.stdout == ""
    assert process.returncode == 2


def test_conform_unknown_option_says_so_in_one_line():
    """A mistyped option: one line that points to --help, and exit status 2."""
    process = run("conform", "--jsn", "x")
    assert one_line(process).endswith("--help")
    assert process.returncode == 2


def test_conform_without_pytest_says_what_to_install(tmp_path):
    """Where pytest is missing: one line with the command that installs it, and exit status 2."""
    venv.create(tmp_path / "bare", with_pip=False)
    folder = "Scripts" if os.name == "nt" else "bin"
    process = subprocess.run(
        [tmp_path / "bare" / folder / "python", "-m", "syncprims", "conform"],
        capture_output=True,
        text=True,
    )
    assert one_line(process).endswith("python -m pip install pytest")
    assert process.returncode == 2


def test_conform_contract_failure_returns_one(tmp_path):
    """An implementation that fails a requirement of the contract: FAIL in the table, status 1."""
    lines = ["import syncprims", "class Event(syncprims.Event):", "    def is_set(self): return 1"]
    (tmp_path / "mine.py").write_text("\n".join(lines), "utf-8")
    process = run("conform", "mine", "--only", "EVENT-01", cwd=tmp_path, PYTHONPATH=os.getcwd())
    assert "FAIL" in process.stdout
    assert process.returncode == 1


def test_conform_known_deviation_is_shown_with_its_reason(tmp_path):
    """A failure that the adapter's file of deviations names is no failure; its reason is shown."""
    lines = [
        "import syncprims",
        'DEVIATIONS = "known.txt"',
        "class Event(syncprims.Event):",
        "    def is_set(self): return 1",
    ]
    (tmp_path / "mine.py").write_text("\n".join(lines), "utf-8")
    (tmp_path / "known.txt").write_text("# known\n\nEVENT-01 always set, for a test\n", "utf-8")
    process = run("conform", "mine", "--only", "EVENT-01", cwd=tmp_path, PYTHONPATH=os.getcwd())
    assert "EVENT-01: always set, for a test" in process.stdout
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("known", "complaint"), [("EVENT-999 no such", "EVENT-999"), ("EVENT-01", "has no reason")]
)
def test_conform_deviation_that_cannot_be_is_refused(known, complaint, tmp_path):
    """A deviation with an id that matches nothing, or without a reason, is an error: status 2."""
    (tmp_path / "mine.py").write_text(ADAPTER, "utf-8")
    (tmp_path / "known.txt").write_text(known, "utf-8")
    process = run("conform", "mine", cwd=tmp_path, PYTHONPATH=os.getcwd())
    assert complaint in one_line(process)
    assert process.returncode == 2


def test_conform_missing_primitive_is_not_applicable(tmp_path):
    """A primitive that the adapter lacks is n/a, not a failure."""
    (tmp_path / "mine.py").write_text("from syncprims import Event", "utf-8")
    process = run("conform", "mine", "--only", "SEM-01", cwd=tmp_path, PYTHONPATH=os.getcwd())
    assert "n/a" in process.stdout
    assert process.returncode == 0


def test_matrix_names_the_environments_that_are_missing(tmp_path):
    """The merged table has a row for each recording and names those that were expected."""
    run("conform", "syncprims", "--only", "EVENT-01", "--json", str(tmp_path / "here.json"))
    page = tmp_path / "page.md"
    process = run("matrix", str(tmp_path), "--expect", "here,", "there", "--markdown", str(page))
    assert process.stdout.splitlines()[1].startswith("here")
    assert process.stdout.splitlines()[-1].endswith(": there")
    assert "| EVENT-01 |" in page.read_text("utf-8")
    assert process.returncode == 0


@pytest.mark.parametrize("content", [None, "no json", "{}"])
def test_matrix_of_nothing_readable_says_so_in_one_line(content, tmp_path):
    """A directory without recordings, or with a file that is none: one line, and status 2."""
    if content is not None:
        (tmp_path / "odd.json").write_text(content, "utf-8")
    process = run("matrix", str(tmp_path))
    assert "record" in one_line(process)
    assert process.returncode == 2


def test_version_is_the_packages():
    """--version prints the version of the package."""
    import syncprims

    assert run("--version").stdout.strip() == syncprims.__version__
