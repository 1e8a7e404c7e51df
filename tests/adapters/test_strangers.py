"""Ten lines plug other people's primitives into the suite. Optional: runs where they are there."""

from pathlib import Path

import pytest

from syncprims.conformance import adapter

ADAPTERS = sorted(path.stem for path in Path(__file__).parent.glob("*_adapter.py"))
OPTIONAL = {"manager": "multiprocessing", "persist_queue": "persistqueue"}


@pytest.mark.parametrize("name", ADAPTERS)
def test_load_an_adapter_of_ten_lines_finds_its_primitives(name, monkeypatch):
    """The adapter is found by its module's name, has primitives, and its list can be read."""
    library = name.removesuffix("_adapter")
    library = OPTIONAL.get(library, library.replace("_dummy", ".dummy"))
    pytest.importorskip(library, reason="optional: see [testenv:strangers] in tox.ini")
    monkeypatch.syspath_prepend(Path(__file__).parent)
    implementation = adapter.load(name)
    assert any(map(implementation.has, adapter.PRIMITIVES.values()))
