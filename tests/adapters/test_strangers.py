"""Ten lines plug other people's primitives into the suite. Optional: runs where they are there."""

import pytest

from syncprims.conformance import adapter

pytest.importorskip("culsans", reason="optional: pip install culsans aiologic")


def test_load_an_adapter_of_ten_lines_finds_its_primitives(monkeypatch):
    """The adapter is found by its module's name, and has the four primitives that it gives."""
    monkeypatch.syspath_prepend(__file__.rpartition("test_strangers")[0])
    implementation = adapter.load("strangers")
    found = [name for name in adapter.PRIMITIVES.values() if implementation.has(name)]
    assert found == ["Semaphore", "Queue", "LifoQueue", "PriorityQueue"]
