"""CPython's own tests of locks, imported from the running interpreter, on the kit's classes.

``test.lock_tests`` is parametrised by class attributes; each class here is one of its classes with
the kit's primitive filled in. What these tests pin down is the stdlib's word, not ours.
"""

import pytest

import syncprims

try:
    from test import lock_tests
except (ImportError, OSError) as error:  # OSError: PyPy packaged without the C it compiles
    pytest.skip(f"this Python ships no usable 'test' package: {error}", allow_module_level=True)


class TestLock(lock_tests.LockTests):
    locktype = staticmethod(syncprims.Lock)


class TestRLock(lock_tests.RLockTests):
    locktype = staticmethod(syncprims.RLock)


class TestConditionAsRLock(lock_tests.RLockTests):
    locktype = staticmethod(syncprims.Condition)
    # CPython's own ConditionAsRLockTests leave these out too.
    test_recursion_count = None
    test_constructor_noargs = None


class TestEvent(lock_tests.EventTests):
    eventtype = staticmethod(syncprims.Event)


class TestCondition(lock_tests.ConditionTests):
    condtype = staticmethod(syncprims.Condition)


class TestSemaphore(lock_tests.SemaphoreTests):
    semtype = staticmethod(syncprims.Semaphore)


class TestBoundedSemaphore(lock_tests.BoundedSemaphoreTests):
    semtype = staticmethod(syncprims.BoundedSemaphore)


class TestBarrier(lock_tests.BarrierTests):
    barriertype = staticmethod(syncprims.Barrier)
