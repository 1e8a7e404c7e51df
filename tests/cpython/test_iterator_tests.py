"""CPython's own tests of the iterator tools, where it has any, with the kit's in their place."""

import threading
from unittest import mock

import pytest

import syncprims

try:
    from test.test_threading import ThreadingIteratorToolsTests
except (ImportError, OSError) as error:
    pytest.skip(f"this Python ships no such tests: {error}", allow_module_level=True)

TOOLS = ("serialize_iterator", "synchronized_iterator", "concurrent_tee")


class TestIteratorTools(ThreadingIteratorToolsTests):
    """They take the tools from ``threading``."""

    def run(self, result=None):
        with mock.patch.multiple(threading, **{name: getattr(syncprims, name) for name in TOOLS}):
            return super().run(result)


del ThreadingIteratorToolsTests  # pytest would run it as well
