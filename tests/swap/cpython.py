"""CPython's own tests, with the kit in the standard library's place and without.

``python -m tests.swap.cpython`` runs the modules both ways and prints the counts side by side. A
module runs in a process of its own; with ``--only NAME`` one of them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import unittest
from collections.abc import Iterator

PARTS = {
    "test_threading": ["test.test_threading"],
    "test_queue": ["test.test_queue"],
    "test_sched": ["test.test_sched"],
    "test_threading_local": ["test.test_threading_local"],
    "test_threadsignals": ["test.test_threadsignals"],
    "test_asyncio.test_threads": ["test.test_asyncio.test_threads"],
    "test_socketserver": ["test.test_socketserver"],
    "test_logging": ["test.test_logging"],
    "test_concurrent_futures": [
        f"test.test_concurrent_futures.{module}"
        for module in ("test_thread_pool", "test_wait", "test_as_completed", "test_shutdown")
    ]
    if sys.version_info >= (3, 12)
    else ["test.test_concurrent_futures"],
    "multiprocessing.dummy": [
        "test.test_multiprocessing_spawn.test_threads"
        if sys.version_info >= (3, 12)
        else "test.test_multiprocessing_spawn.WithThreadsTestPool"
    ],
}

# Of these only the thread pool's: the others start processes, which are not swapped.
IN_PART = {"test_concurrent_futures": "ThreadPool"}

# These look at what the kit does not hide: its __module__, and that its RLock takes no argument.
EXCUSED = ("test__all__", "test_signature")


def run(part: str, swapped: bool) -> dict[str, list[str]]:
    """Run a part in this process; return how many ran, who failed, and how many were skipped."""
    if swapped:
        from syncprims.swap import swap

        swap(quiet=True).start()
    suite = unittest.defaultTestLoader.loadTestsFromNames(PARTS[part])
    if part in IN_PART:
        suite = unittest.TestSuite(t for t in _each(suite) if IN_PART[part] in type(t).__name__)
    result = unittest.TextTestRunner(sys.stderr, verbosity=0).run(suite)
    failed = [str(test).partition(" ")[0] for test, _ in [*result.failures, *result.errors]]
    return {"run": [str(result.testsRun)], "failed": failed, "skipped": [str(len(result.skipped))]}


def _each(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _each(test)
        else:
            yield test


def apart(part: str, swapped: bool) -> dict[str, list[str]] | None:
    """Run a part in a process of its own; None if this installation does not have it."""
    if not _is_here(PARTS[part][0]):
        return None
    command = [sys.executable, "-W", "ignore", "-m", "tests.swap.cpython", "--run", part]
    process = subprocess.run(
        command + ["--swap"] * swapped, capture_output=True, text=True, timeout=600
    )
    lines = process.stdout.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        return None
    found: dict[str, list[str]] = json.loads(lines[-1])
    return found


def _is_here(name: str) -> bool:
    """Whether a test module is installed; the name may end with one of its classes."""
    module, _, last = name.rpartition(".")
    try:
        found = importlib.util.find_spec(module if last[0].isupper() else name)
    except ModuleNotFoundError:
        return False
    return found is not None


def main() -> int:
    """Print the counts; 1 if something is lost that is not excused."""
    parser = argparse.ArgumentParser(prog="python -m tests.swap.cpython")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--run", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--swap", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print("\n" + json.dumps(run(options.run, options.swap)))  # some tests leave a line open
        return 0
    lost = 0
    print(f"{'':28}{'run':>6}{'failed':>8}  swapped:{'run':>6}{'failed':>8}")
    for part in [options.only] if options.only else PARTS:
        without, swapped = apart(part, False), apart(part, True)
        if without is None or swapped is None:
            print(f"{part:28} not here" if without is None else f"{part:28} does not run swapped")
            lost += without is not None
            continue
        more = [name for name in swapped["failed"] if name not in without["failed"]]
        lost += sum(name not in EXCUSED for name in more)
        counts = [without["run"][0], len(without["failed"]), swapped["run"][0]]
        print("{:28}{:>6}{:>8}{:>15}{:>8}".format(part, *counts, len(swapped["failed"])), *more)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
