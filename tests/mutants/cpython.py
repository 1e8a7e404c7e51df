"""CPython's own tests, with a mutant in the place of the class: ``... FOLDER CLASS [CLASS ...]``.

The classes are put into ``threading`` and ``queue`` before the tests are imported, so the tests'
own threads stand on the mutant too, as they would if the mistake were in the standard library. The
first test that fails is printed. Whoever runs this brings the time limit.
"""

from __future__ import annotations

import importlib
import io
import os
import queue
import sys
import threading
import unittest
from typing import Any

_OLD_NAMES = "test_threading.ThreadTests.test_old_threading_api"

TESTS = {
    "_RLock": ["test_threading.PyRLockTests"],
    "Condition": [
        "test_threading.ConditionTests",
        "test_threading.ConditionAsRLockTests",
        _OLD_NAMES,
    ],
    "Event": ["test_threading.EventTests", _OLD_NAMES],
    "Semaphore": ["test_threading.SemaphoreTests"],
    "BoundedSemaphore": ["test_threading.BoundedSemaphoreTests"],
    "Barrier": ["test_threading.BarrierTests"],
    "Queue": ["test_queue.PyQueueTest", "test_queue.PyFailingQueueTest"],
    "LifoQueue": ["test_queue.PyLifoQueueTest"],
    "PriorityQueue": ["test_queue.PyPriorityQueueTest"],
    "_PySimpleQueue": ["test_queue.PySimpleQueueTest"],
}


def first_failure(folder: str, names: list[str]) -> str:
    """Run the tests of these classes; return the name of the first that fails, or nothing."""
    sys.path.insert(0, folder)
    _put_in(importlib.import_module("mutant"), names)
    tests = dict.fromkeys(f"test.{test}" for name in names for test in TESTS[name])
    suite = unittest.defaultTestLoader.loadTestsFromNames(list(tests))
    result = unittest.TextTestRunner(io.StringIO(), failfast=True).run(suite)
    return "".join(test.id() for test, _ in result.errors + result.failures)


def _put_in(mutant: Any, names: list[str]) -> None:
    for name in names:
        setattr(threading if hasattr(threading, name) else queue, name, getattr(mutant, name))
    threading._PyRLock = threading._RLock  # type: ignore[attr-defined]
    test_queue = importlib.import_module("test.test_queue")
    for name, tested in vars(test_queue).items():
        if name.startswith("Py"):
            tested.queue = mutant  # else a copy of its own of the standard library's


if __name__ == "__main__":
    print(first_failure(sys.argv[1], sys.argv[2:]), flush=True)
    os._exit(0)  # a thread that a mutant has stranded would keep the interpreter
