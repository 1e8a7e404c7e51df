"""The ground: every flavour of Section on every Python, the choice among them, and the clock."""

import sys
import time
import types
from pathlib import Path

import pytest

from syncprims import lock
from syncprims.conformance.harness import until
from syncprims.lock import Lock, Section, now

FLAVOURS = [lock._bound, lock._stepped, lock._itself]


@pytest.fixture(name="flavour", params=FLAVOURS, ids=lambda flavour: flavour.__name__)
def any_flavour(request):
    return request.param


def test_section_holds_the_lock_inside_and_frees_it_after(flavour):
    mutex = Lock()
    section = flavour(mutex)
    for _ in range(3):
        with section as entered:
            assert entered
            assert mutex.locked()
        assert not mutex.locked()


def test_section_lets_an_exception_out_and_frees_the_lock(flavour):
    mutex = Lock()
    with pytest.raises(ZeroDivisionError), flavour(mutex):
        raise ZeroDivisionError
    assert not mutex.locked()


def test_section_returned_out_of_frees_the_lock(flavour):
    mutex = Lock()

    def leave():
        with flavour(mutex):
            return mutex.locked()

    assert leave() is True
    assert not mutex.locked()


def test_two_sections_over_one_lock_exclude_each_other(flavour, crew):
    mutex = Lock()
    inside = []

    def enter():
        with flavour(mutex):
            inside.append(True)

    with flavour(mutex):
        task = crew.start(enter)
        crew.asleep(mutex)
        assert not inside
    task.result()
    assert inside


def test_section_counts_nothing_lost_between_threads(flavour, crew):
    section = flavour(Lock())
    total = 0

    def add():
        nonlocal total
        for _ in range(2000):
            with section:
                total += 1

    for task in [crew.start(add) for _ in range(3)]:
        task.result()
    assert total == 6000


def test_stepped_section_gives_what_a_strangers_enter_returns():
    class Stranger:
        def __enter__(self):
            return "welcome"

        def __exit__(self, *exc):
            return None

    with lock._stepped(Stranger()) as entered:
        assert entered == "welcome"


@pytest.mark.parametrize(
    ("implementation", "version", "flavour"),
    [
        ("cpython", (3, 10), "_bound"),
        ("cpython", (3, 13), "_bound"),
        ("cpython", (3, 14), "_stepped"),
        ("cpython", (3, 15), "_itself"),
        ("pypy", (3, 11), "_itself"),
    ],
)
def test_section_is_the_flavour_made_for_the_interpreter(
    monkeypatch, implementation, version, flavour
):
    source = Path(lock.__file__).read_text(encoding="utf-8")
    code = compile(source, lock.__file__, "exec")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "implementation", types.SimpleNamespace(name=implementation))
        patch.setattr(sys, "version_info", version)
        names = {"__name__": "elsewhere"}
        exec(code, names)
    assert names["Section"] is names[flavour]


def test_lock_is_the_interpreters_own():
    import _thread

    assert type(Lock()) is type(_thread.allocate_lock())
    assert Section in FLAVOURS


def test_now_is_the_monotonic_clock_which_no_tool_can_find(monkeypatch):
    before = time.monotonic()
    assert before <= now() <= time.monotonic()
    assert not [name for name, value in vars(lock).items() if value is time.monotonic]
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    until(lambda: now() > before)
