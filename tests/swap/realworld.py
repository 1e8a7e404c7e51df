"""Other people's projects, with the kit in the standard library's place and without.

``python -m tests.swap.realworld DIRECTORY`` fetches their source distributions into a directory,
runs the tests that are in them both ways, with ``pytest`` and ``pytest --syncprims``, and prints
the counts side by side. The projects must be installed: ``tox -e realworld`` does all of it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from pathlib import Path

# A project's distribution, and pytest's arguments in it. Pure Python, and they live on threads.
# All but janus take warnings for errors: pytest-asyncio's of a missing setting would be one, and so
# would pykka's own event loop, left open in whichever test the garbage collector comes by.
PROJECTS = {
    "waitress==3.0.2": ["tests", "-p", "no:asyncio"],
    "janus==2.0.0": ["tests"],
    "pykka==4.5.0": ["tests", "-p", "no:asyncio", "-W", "ignore:unclosed:ResourceWarning"],
}


def unpacked(project: str, directory: Path) -> Path:
    """Fetch a project's source distribution and unpack it; return its folder."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "-d", str(directory), project], check=True)
    name = project.replace("==", "-")
    with tarfile.open(directory / f"{name}.tar.gz") as archive:
        archive.extractall(directory, filter="data")
    return directory / name


def outcome(folder: Path, arguments: list[str]) -> str:
    """Run a project's tests; return pytest's counts."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    found = re.findall(r"(\d+ (?:passed|failed|skipped|errors?|xfailed|xpassed))", process.stdout)
    return ", ".join(found) or "nothing ran"


def main() -> int:
    """Print the counts; 1 if they differ or nothing ran."""
    if len(sys.argv) != 2:
        print("usage: python -m tests.swap.realworld DIRECTORY", file=sys.stderr)
        return 2
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    same = True
    print(f"{'':18}{'as it is':32}swapped")
    for project, arguments in PROJECTS.items():
        folder = unpacked(project, directory)
        plain, swapped = outcome(folder, arguments), outcome(folder, [*arguments, "--syncprims"])
        same = same and plain == swapped and "passed" in plain
        print(f"{project:18}{plain:32}{swapped}", flush=True)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
