"""The workflow for forges runs what tox.ini names, and merges what that leaves."""

import configparser
import re
import subprocess
import sys

import pytest

from .conftest import ROOT, environment
from .test_terminal import recording

WORKFLOW = ROOT / ".github" / "workflows" / "matrix.yml"

pytestmark = pytest.mark.skipif(not WORKFLOW.exists(), reason="this is no checkout")


def environments():
    """Return the conformance environments of tox.ini."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    return re.findall(r"[\w-]+", tox["conformance"]["environments"])


def shell_lines(job):
    """Return the lines that a job of the workflow gives to the shell."""
    text = WORKFLOW.read_text(encoding="utf-8").partition(f"\n  {job}:\n")[2]
    text = re.split(r"\n  \w+:\n", text)[0]
    return re.findall(r"(?m)^      - run: (.*)$", text)


def test_workflow_runs_the_environments_of_tox():
    """Each has a job, and the Python that its name says; PyPy's on one system."""
    text = WORKFLOW.read_text(encoding="utf-8")
    assert re.findall(r"(?m)^          - ([\w-]+)$", text) == environments()
    pythons = dict(re.findall(r'- \{ env: ([\w-]+), python: "(.*)" \}', text))
    assert list(pythons) == environments()
    for name, python in pythons.items():
        assert name.startswith("py" + re.sub(r"\D*(3)\.(\d+t?)", r"\1\2", python)) or "pypy" in name
    excluded = re.findall(r"- \{ system: (\w+), env: ([\w-]+) \}", text)
    pypy = [name for name in environments() if name.startswith("pypy")]
    assert excluded == [(system, name) for system in ("macos", "windows") for name in pypy]


def test_workflow_job_runs_tox_and_keeps_its_recording():
    """What is uploaded is what the environment of tox writes."""
    assert shell_lines("conform") == [
        "python -m pip install tox",
        "python -m tox run -e ${{ matrix.env }}",
    ]
    assert "path: .tox/conformance/${{ matrix.env }}.json" in WORKFLOW.read_text(encoding="utf-8")
    assert "results = {work_dir}/conformance" in (ROOT / "tox.ini").read_text(encoding="utf-8")


def test_workflow_merges_the_systems_into_one_table(tmp_path):
    """The merging job's lines make a page with a group of columns for each system."""
    for system in ("ubuntu", "macos"):
        (tmp_path / "results" / system).mkdir(parents=True)
        recording(tmp_path / "results" / system / "py313-kit.json", "syncprims")
    install, *lines = shell_lines("table")
    assert install == "python -m pip install ."
    script = "\n".join(lines).replace("python ", f"{sys.executable} ")
    more = environment(GITHUB_STEP_SUMMARY=str(tmp_path / "summary"))
    subprocess.run(["sh", "-ec", script], cwd=tmp_path, env=more, check=True, capture_output=True)
    summary = (tmp_path / "summary").read_text(encoding="utf-8")
    assert "| environment | macos | s | ubuntu | s |\n" in summary
    assert "| py313-kit | 5 | 1.0 | 5 | 1.0 |\n" in summary
