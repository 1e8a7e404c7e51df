"""CPython's own tests of queues, imported from the running interpreter, on the kit's classes.

``test.test_queue`` takes the module under test from a class attribute, and ``syncprims`` has every
name that it looks for.
"""

import sys

import pytest

import syncprims

try:
    from test import test_queue
except (ImportError, OSError) as error:  # OSError: PyPy packaged without the C it compiles
    pytest.skip(f"this Python ships no usable 'test' package: {error}", allow_module_level=True)


class TestQueue(test_queue.PyQueueTest):
    queue = syncprims


class TestLifoQueue(test_queue.PyLifoQueueTest):
    queue = syncprims


class TestPriorityQueue(test_queue.PyPriorityQueueTest):
    queue = syncprims


class TestFailingQueue(test_queue.PyFailingQueueTest):
    queue = syncprims


class TestSimpleQueue(test_queue.CSimpleQueueTest):
    """The C version's tests: they ask for a re-entrant put, which the Python version's do not."""

    queue = syncprims
    test_simplequeue_sizeof = None  # of C's ring buffer, which this is not
    __unittest_skip__ = False  # not the kit's business whether this Python has a C version

    if sys.gettrace() is not None:
        test_reentrancy = None  # a tracer's own garbage is collected between an item and its put
