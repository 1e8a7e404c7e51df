"""Other people's projects, with the kit in the standard library's place and without.

``python -m tests.swap.realworld DIRECTORY [PROJECT ...]`` fetches their source distributions into a
directory, runs the tests that are in them with ``pytest`` and with ``pytest --syncprims``, which
watches, and prints a table: what passed, what was lost, the CPU time of the second by that of the
first, and what the watch found. The projects must be installed: ``tox -e realworld`` does it all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

LIMIT = 400  # seconds, for one suite

# A project's distribution, and pytest's arguments in it. What needs a server, a device or a package
# that is not installed fails both ways and is left out, as far as it has a file of its own.
ANYWAY = "--continue-on-collection-errors"
PROJECTS = {
    "cachetools==8.0.2": ["tests"],
    "diskcache==5.6.3": ["tests", ANYWAY],
    # eventlet takes the place of the same locks: see "Troubleshooting" in docs/how-to/swap.md.
    "fasteners==0.20": ["tests", "--ignore", "tests/test_eventlet.py"],
    "janus==2.0.0": ["tests", "-p", "asyncio"],
    "kombu==5.7.0": ["t/unit", ANYWAY],
    "paho-mqtt==2.2.0": ["tests"],
    "pebble==5.2.3": ["test"],
    "persist-queue==1.1.0": ["persistqueue/tests", ANYWAY],
    # Its own event loop, left open in whichever test the garbage collector comes by.
    "pykka==4.5.0": ["tests", "-W", "ignore:unclosed:ResourceWarning"],
    "pyro5==5.17": ["tests"],
    "tenacity==9.2.1": ["tests"],
    "transaction==5.1": ["src"],
    # Both ways, now and then: it connects to where nobody answers.
    "urllib3==2.8.0": ["test", "-k", "not forwarding_proxy_connect_timeout"],
    "waitress==3.0.2": ["tests"],
    "watchdog==7.1.0": ["tests"],
}


# Lost, and understood: what the tests look at is not promised, or was there before the swap.
KNOWN = {
    # They see by a ``wait`` put on queue.not_full that a put sleeps; the kit's does not call it.
    *("test_bounded_queue_blocking_put", "test_lock_and_capacity_share_timeout"),
    "test_put_deadline_with_waiting_producer",
    # pytest imports urllib3 first: a category in its filterwarnings. The class has a copy.
    "test_default_queuecls_uses_current_lifoqueue",
}


class Run(NamedTuple):
    """What came of a suite."""

    tests: dict[str, str]  # each one's outcome
    seconds: float  # of CPU, the children's too
    found: Counter[str]

    @property
    def passed(self) -> set[str]:
        return {test for test, outcome in self.tests.items() if outcome == "passed"}


def unpacked(project: str, directory: Path) -> Path:
    """Fetch a project's source distribution and unpack it; return its folder."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    command += ["-d", str(directory), project]
    subprocess.run(command, check=True)
    name, _, version = project.partition("==")
    (archive,) = directory.glob(f"{re.sub('[-_.]', '?', name)}-{version}.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(directory, filter="data")
    return directory / archive.name.removesuffix(".tar.gz")


def outcomes(report: Path) -> dict[str, str]:
    """Return what came of each test, from JUnit's XML."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        bad = [each.tag for each in case if each.tag in ("failure", "error", "skipped")]
        found[f"{case.get('classname')}.{case.get('name')}"] = bad[0] if bad else "passed"
    return found


WHAT = {
    "left": r"threads? left by ",
    "held": r"still holds ",
    "order": r"could deadlock: ",
    "hung": r"^(?:hung|deadlock): ",
    "slow": r"slow: ",
}


def run(folder: Path, arguments: list[str]) -> Run:
    """Run a project's tests."""
    report = folder / "syncprims-junit.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    command += [f"--junitxml={report}", *arguments]
    before = sum(os.times()[2:4])
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT)
    seconds = sum(os.times()[2:4]) - before
    text = process.stdout + process.stderr
    found = {name: len(re.findall(what, text, re.MULTILINE)) for name, what in WHAT.items()}
    return Run(outcomes(report), seconds, Counter(found))


def main() -> int:
    """Print the table; 1 if something is lost that is not known, or nothing ran."""
    if len(sys.argv) < 2:
        print("usage: python -m tests.swap.realworld DIRECTORY [PROJECT ...]", file=sys.stderr)
        return 2
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    same = True
    print("| project | passed | swapped | lost | CPU | what the watch found |")
    print("|---|---|---|---|---|---|")
    for project, arguments in PROJECTS.items():
        if sys.argv[2:] and project.partition("==")[0] not in sys.argv[2:]:
            continue
        folder = unpacked(project, directory)
        plain, swapped = run(folder, arguments), run(folder, [*arguments, "--syncprims"])
        lost = sorted(plain.passed - swapped.passed)
        unknown = [test for test in lost if not any(known in test for known in KNOWN)]
        same = same and bool(plain.passed) and not unknown
        found = ", ".join(f"{n} {name}" for name, n in swapped.found.items() if n)
        counts = f"{len(plain.passed)} | {len(swapped.passed)} | {len(unknown)}"
        counts += f", {len(lost) - len(unknown)} known" if lost != unknown else ""
        ratio = f"{swapped.seconds / plain.seconds:.2f}"
        print(f"| {project.replace('==', ' ')} | {counts} | {ratio} | {found} |", flush=True)
        for test in unknown:
            print(f"lost: {test}", file=sys.stderr)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
