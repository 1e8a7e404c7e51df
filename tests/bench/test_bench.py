"""The benchmarks run, and keep what they found. How fast anything is, no test asks."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from .limits import Limits


def test_bench_of_one_row_keeps_its_ratio(tmp_path):
    """--only and --json: the rows asked for, with a ratio for each implementation."""
    path = tmp_path / "result.json"
    command = [sys.executable, "-m", "tests.bench", "stdlib", "syncprims", "--rounds", "1"]
    subprocess.run([*command, "--only", "qsize", "--json", str(path)], check=True)
    (row,) = json.loads(path.read_text("utf-8"))["rows"]
    assert row["name"] == "Queue qsize"
    assert [ratio["median"] > 0 for ratio in row["ratios"]] == [True, True]


def test_bench_of_an_unknown_row_says_so():
    """--only that matches nothing: exit status 2."""
    command = [sys.executable, "-m", "tests.bench", "--only", "nosuchrow"]
    process = subprocess.run(command, capture_output=True, text=True)
    assert "no row's name contains 'nosuchrow'" in process.stderr
    assert process.returncode == 2


def test_bench_of_the_explorer_goes_on_without_what_it_is_compared_with(tmp_path):
    """The row of the explorer has a ratio, or says in one line why there is none."""
    path = tmp_path / "result.json"
    command = [sys.executable, "-m", "tests.bench", "--rounds", "1", "--only", "explorer"]
    process = subprocess.run(
        [*command, "--json", str(path)], check=True, capture_output=True, text=True
    )
    found = json.loads(path.read_text("utf-8"))["explorer"]
    assert "missing" in found or found["median"] > 0
    assert found["name"] in process.stdout


def test_bench_of_the_import_keeps_its_milliseconds(tmp_path):
    """The row of the import says how long it took in processes of their own."""
    path = tmp_path / "result.json"
    command = [sys.executable, "-m", "tests.bench", "--rounds", "3", "--only", "import"]
    process = subprocess.run(
        [*command, "--json", str(path)], check=True, capture_output=True, text=True
    )
    found = json.loads(path.read_text("utf-8"))["import"]
    assert 0 < found["least"] <= found["median"] <= found["most"]
    assert "import syncprims" in process.stdout


@pytest.mark.parametrize(
    ("implementation", "version", "without_gil", "limit"),
    [
        ("cpython", (3, 10), None, None),
        ("cpython", (3, 11), None, 1.0),
        ("cpython", (3, 13), 0, 1.0),
        ("cpython", (3, 13), 1, 2.0),
        ("cpython", (3, 14), 0, 3.0),
        ("cpython", (3, 14), 1, 3.0),
        ("cpython", (3, 15), 0, 2.0),
        ("cpython", (3, 15), 1, 2.0),
        ("pypy", (3, 11), None, None),
    ],
)
def test_limit_is_that_of_the_interpreters_group(
    monkeypatch, implementation, version, without_gil, limit
):
    """Each interpreter has the limit of its group, or none."""
    monkeypatch.setattr(sys, "implementation", SimpleNamespace(name=implementation))
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr("sysconfig.get_config_var", lambda name: without_gil)
    found = Limits(1.0, 2.0, 3.0).here()
    monkeypatch.undo()
    assert found == limit
