"""The command line, run as a user runs it: what it prints, writes and returns."""

import json
import os
import subprocess
import sys
import venv
from xml.etree import ElementTree

import pytest

from tests.interpreter import programs_own

from .conftest import environment


def run(*arguments, cwd=None, **more):
    """Run ``python -m syncprims`` and return the completed process, its output as text."""
    process = subprocess.run(
        [sys.executable, "-m", "syncprims", *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        env=environment(**more),
    )
    process.stderr = programs_own(process.stderr)
    return process


def one_line(process):
    """Return the one line that a user's mistake is answered with."""
    (line,) = programs_own(process.stderr).splitlines()
    return line


def test_conform_by_default_runs_kit_and_stdlib():
    """Without names the kit and the stdlib are run, each with a table and a line that sums up."""
    process = run("conform", "--only", "EVENT-01")
    heads = [line for line in process.stdout.splitlines() if "contract  " in line]
    assert [head.split()[0] for head in heads] == ["syncprims", "stdlib"]
    assert process.stdout.count("contract: 1 pass, 0 FAIL, 0 n/a; 1 of 1 asked") == 2
    assert process.returncode == 0


def test_conform_shows_what_was_required_and_what_was_seen(conform):
    """A failure shows sentence, what was seen, case and line of the test, in 80 columns."""
    code = """
    import threading
    class Event(threading.Event):
        def wait(self, timeout=None):
            return timeout
    """
    outcome = conform(code, only="EVENT-06")
    assert outcome.out.splitlines()[:5] == [
        "EVENT-06 FAIL  A time-out of zero or less is a look at the flag: no sleep, no",
        "  error.",
        "  seen  Event().wait(timeout) is 0, not False",
        "  with  timeout=0",
        "  test  " + outcome.rows["EVENT-06"]["test"],
    ]
    assert max(map(len, outcome.out.splitlines())) < 80
    assert outcome.status == 1


def test_conform_needs_nothing_installed(tmp_path):
    """Where there is only Python and the kit, the suite runs."""
    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [python, "-m", "syncprims", "conform", "syncprims", "--only", "EVENT-01"]
    process = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert process.stderr == ""
    assert "1 pass" in process.stdout


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
    assert "give syncprims, stdlib, a module's name" in one_line(process)
    assert process.returncode == 2


def test_conform_module_without_primitives_says_so_in_one_line():
    """A module with none of the names: one line, and exit status 2."""
    process = run("conform", "json")
    assert "has none of Lock, RLock" in one_line(process)
    assert process.returncode == 2


def test_conform_module_that_cannot_be_imported_says_so_in_one_line(tmp_path):
    """An adapter that raises while it is imported: one line with the error, and exit status 2."""
    (tmp_path / "broken.py").write_text("import nosuchmodule\n", "utf-8")
    process = run("conform", "broken", cwd=tmp_path)
    assert "nosuchmodule" in one_line(process)
    assert process.returncode == 2


def test_conform_module_that_exits_says_so_in_one_line(tmp_path):
    """An adapter that ends the program while it is imported: one line, and exit status 2."""
    (tmp_path / "leaving.py").write_text("raise SystemExit(0)\n", "utf-8")
    process = run("conform", "leaving", cwd=tmp_path)
    assert "leaving cannot be imported: SystemExit" in one_line(process)
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


def test_conform_does_not_read_the_users_conftest(tmp_path):
    """What a conftest.py in the current directory says is nothing to the suite."""
    (tmp_path / "conftest.py").write_text("raise RuntimeError('read')\n", "utf-8")
    process = run("conform", "syncprims", "--only", "EVENT-01", cwd=tmp_path)
    assert process.stderr == ""
    assert process.returncode == 0


def test_conform_only_that_matches_nothing_says_so_in_one_line():
    """--only with an id that does not exist: one line, and exit status 2."""
    process = run("conform", "--only", "EVENT-999")
    assert "matches no requirement" in one_line(process)
    assert process.returncode == 2


@pytest.mark.parametrize(
    "option", ["--json", "--markdown", "--junit", "--results", "--write-deviations"]
)
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


@pytest.mark.parametrize("pair", [("--json", "--markdown"), ("--junit", "--write-deviations")])
def test_conform_two_documents_to_stdout_are_refused(pair):
    """Two documents on stdout would be no document of either kind."""
    process = run("conform", pair[0], "-", pair[1], "-")
    assert "only one document can go to stdout" in one_line(process)
    assert process.returncode == 2


def test_conform_only_takes_several_and_skip_leaves_out():
    """--only names groups and ids, with commas or given again; --skip takes some out again."""
    options = ["--only", "event-01,EVENT-02", "--only", "SEM-01", "--skip", "EVENT-02"]
    process = run("conform", "syncprims", "--list", *options)
    assert [line.split()[0] for line in process.stdout.splitlines()] == ["EVENT-01", "SEM-01"]


def test_conform_list_shows_ids_levels_and_sentences():
    """--list prints a line for each requirement, and runs none."""
    process = run("conform", "--list", "--only", "EVENT-01")
    assert process.stdout.split(None, 2) == ["EVENT-01", "contract", "A new event is not set.\n"]


def test_conform_nothing_left_to_run_says_so_in_one_line():
    """--only and --skip that leave nothing: one line, and exit status 2."""
    process = run("conform", "--only", "EVENT", "--skip", "EVENT")
    assert "nothing is left" in one_line(process)
    assert process.returncode == 2


def test_conform_unknown_level_says_so_in_one_line():
    """--level with a word that is no level: one line that names them all, and exit status 2."""
    process = run("conform", "--level", "contract,private")
    assert "contract, order, detail, stdlib-private, beyond" in one_line(process)
    assert process.returncode == 2


def test_conform_nothing_asked_says_so_in_one_line(conform):
    """An implementation that has nothing of what is asked for: one line, and exit status 2."""
    outcome = conform("from threading import Event", only="SEM-01")
    assert "nothing was asked" in outcome.err
    assert outcome.outcomes == {"SEM-01": "n/a"}
    assert outcome.status == 2


def test_conform_all_lists_every_requirement():
    """--all shows those that pass as well."""
    process = run("conform", "syncprims", "--only", "EVENT-01", "--all")
    assert process.stdout.startswith("EVENT-01   pass    contract A new event is not set.\n")


FLAWED = """
    import threading
    class Event(threading.Event):
        def is_set(self):
            return 1
"""


def test_conform_fail_fast_stops_at_the_first(conform):
    """With --fail-fast nothing is run after the first requirement that is not met."""
    outcome = conform(FLAWED, "--fail-fast", only="EVENT-01,EVENT-02,EVENT-03")
    assert outcome.outcomes == {"EVENT-01": "FAIL"}
    assert outcome.status == 1


def test_conform_repeat_keeps_the_worst(conform, tmp_path):
    """With --repeat a requirement that is not met once is not met."""
    code = """
    import pathlib, threading
    class Event(threading.Event):
        def is_set(self):
            mark = pathlib.Path("mark")
            mark.write_text(mark.read_text() + "x" if mark.exists() else "x")
            return super().is_set() or len(mark.read_text()) == 2
    """
    outcome = conform(code, "--repeat", "4", "--results", tmp_path / "lines", only="EVENT-01")
    assert (tmp_path / "mark").read_text() == "xxxx"
    assert len((tmp_path / "lines").read_text().splitlines()) == 4
    assert outcome.outcomes == {"EVENT-01": "FAIL"}


def test_conform_with_a_seed_runs_in_the_order_that_belongs_to_it(conform, tmp_path):
    """--seed gives an order of its own, the same each time, and says which."""
    orders, lines = [], tmp_path / "lines"
    for seed in ("1", "1", "2"):
        options = ["--seed", seed, "--results", lines]
        outcome = conform("from threading import Lock", *options, only="LOCK")
        assert f"--seed {seed}" in outcome.err
        orders.append([json.loads(line)["id"] for line in lines.read_text().splitlines()])
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


def test_conform_in_process_runs_the_implementation_here(conform):
    """--in-process judges in this very process, with the same outcome."""
    code = """
    import os, threading
    class Event(threading.Event):
        def is_set(self):
            return os.getppid() if super().is_set() else os.path.exists("/nowhere")
    """
    outcome = conform(code, "--in-process", only="EVENT-01,EVENT-02")
    assert outcome.outcomes == {"EVENT-01": "pass", "EVENT-02": "FAIL"}
    assert f"is {os.getpid()}, not True" in outcome.rows["EVENT-02"]["message"]


def test_conform_junit_has_a_case_for_each_requirement(conform, tmp_path):
    """--junit writes a case for each requirement, with its id, and what failed or was n/a."""
    conform(FLAWED, "--junit", tmp_path / "junit.xml", only="EVENT-01,EVENT-02,SEM-01")
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["3", "2", "1"]
    found = {case.get("name").split()[0]: [part.tag for part in case] for case in suite}
    assert found == {"EVENT-01": ["failure"], "EVENT-02": ["failure"], "SEM-01": ["skipped"]}


def test_conform_json_says_what_ran_where_and_when(conform, tmp_path):
    """The JSON holds version, platform and date, and for each requirement all that it tells."""
    conform(FLAWED, only="EVENT-01,EVENT-05")
    document = json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert {"schema", "version", "platform", "date", "recordings"} == set(document)
    rows = document["recordings"][0]["requirements"]
    assert rows["EVENT-05"]["message"] == ""
    for row in rows.values():
        assert {"level", "outcome", "seconds", "message", "sentence", "reason"} <= set(row)


def test_conform_another_level_differs_and_does_not_count(conform):
    """What is not met at a level that is not looked at differs; at one that is, it fails."""
    code = """
    import threading
    class Event(threading.Event):
        def __repr__(self):
            return "an event"
    """
    assert conform(code, only="EVENT-01,EVENT-29").status == 0
    outcome = conform(code, "--level", "all", only="EVENT-01,EVENT-29")
    assert outcome.outcomes["EVENT-29"] == "FAIL"
    assert outcome.status == 1


def test_compare_says_what_got_worse_and_better(conform, tmp_path):
    """compare prints each requirement that changed; exit status 1 if anything got worse."""
    conform(FLAWED, only="EVENT-01,EVENT-05")
    (tmp_path / "result.json").rename(tmp_path / "flawed.json")
    conform("from threading import Event", only="EVENT-01,EVENT-05")
    better = run("compare", "flawed.json", "result.json", cwd=tmp_path)
    assert better.stdout == "./mine.py better: EVENT-01 FAIL -> pass\n"
    assert better.returncode == 0
    worse = run("compare", "result.json", "flawed.json", cwd=tmp_path)
    assert worse.stdout.startswith("./mine.py worse: EVENT-01 pass -> FAIL ")
    assert worse.returncode == 1


def test_compare_of_no_recording_says_so_in_one_line(tmp_path):
    """compare with a file that is none: one line, and exit status 2."""
    (tmp_path / "odd.json").write_text("{}", "utf-8")
    process = run("compare", "odd.json", "nosuch.json", cwd=tmp_path)
    assert "odd.json is no recording" in one_line(process)
    assert process.returncode == 2


def test_matrix_shows_each_implementation_of_a_file(tmp_path):
    """A file with two implementations has a row for each."""
    run("conform", "--only", "EVENT-01", "--json", str(tmp_path / "both.json"))
    rows = run("matrix", str(tmp_path)).stdout.splitlines()[1:3]
    assert [row.split()[:2] for row in rows] == [["both", "syncprims"], ["both", "stdlib"]]


def test_matrix_names_the_environments_that_are_missing(tmp_path):
    """The merged table has a row for each recording and names those that were expected."""
    run("conform", "syncprims", "--only", "EVENT-01", "--json", str(tmp_path / "here.json"))
    page = tmp_path / "page.md"
    process = run("matrix", str(tmp_path), "--expect", "here,", "there", "--markdown", str(page))
    assert process.stdout.splitlines()[1].startswith("here")
    assert "skipped, no such interpreter here: there\n" in process.stdout
    assert "| EVENT-01 |" in page.read_text("utf-8")
    assert process.returncode == 0


@pytest.mark.parametrize("content", [None, "no json", "{}"])
def test_matrix_of_nothing_readable_says_so_in_one_line(content, tmp_path):
    """A directory without recordings, or with a file that is none: one line, and status 2."""
    if content is not None:
        (tmp_path / "odd.json").write_text(content, "utf-8")
    process = run("matrix", str(tmp_path))
    assert "conform --json writes them" in one_line(process)
    assert process.returncode == 2


def test_version_is_the_packages():
    """--version prints the version of the package."""
    import syncprims

    assert run("--version").stdout == f"syncprims {syncprims.__version__}\n"
