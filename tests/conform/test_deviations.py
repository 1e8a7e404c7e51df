"""What an adapter says of itself: deviations, the Python it stands for, and that it is whole."""

import sys

import pytest

from syncprims.conformance import adapter

FLAWED = """
    import threading
    DEVIATIONS = "known.txt"
    class Event(threading.Event):
        def wait(self, timeout=None):
            return False if timeout is None else super().wait(timeout)
        def is_set(self):
            return 1
"""


@pytest.fixture
def with_list(conform, tmp_path):
    """A function that runs a flawed Event with a list of deviations."""

    def run(known, *arguments, only="EVENT-01,EVENT-05"):
        (tmp_path / "known.txt").write_text(known, "utf-8")
        return conform(FLAWED, *arguments, only=only)

    return run


def test_deviation_listed_differs_with_its_reason(with_list):
    """A failure that the list names is no failure; its reason is shown."""
    outcome = with_list("# known\n\nEVENT-01 always set, for a test\n")
    assert outcome.outcomes == {"EVENT-01": "differs", "EVENT-05": "pass"}
    assert "EVENT-01: always set, for a test" in outcome.out
    assert outcome.status == 0


@pytest.mark.parametrize("pattern", ["EVENT", "EVENT-*", "EVENT-0?", "*"])
def test_deviation_may_be_a_group_or_a_pattern(with_list, pattern):
    """A line may name a group, or many ids by a pattern."""
    assert with_list(f"{pattern} always set\n").outcomes["EVENT-01"] == "differs"


@pytest.mark.parametrize(
    ("pattern", "outcome"),
    [("EVENT-04", "differs"), ("EVENT-09[timeout=10.0]", "pass"), ("EVENT-09[timeout=*]", "pass")],
)
def test_deviation_may_be_a_single_case(with_list, pattern, outcome):
    """A line may name one case of a requirement, by the words that a failure shows."""
    assert with_list(f"{pattern} known\n", only=pattern.partition("[")[0]).unmet() <= {"EVENT-04"}
    assert with_list(f"{pattern} known\n", only=pattern[:8]).outcomes[pattern[:8]] == outcome


def test_deviation_of_one_case_leaves_the_others_to_be_met(conform, tmp_path):
    """Where one case is listed and another fails too, the requirement fails."""
    (tmp_path / "known.txt").write_text("EVENT-06[timeout=0] is a number\n", "utf-8")
    code = """
    import threading
    DEVIATIONS = "known.txt"
    class Event(threading.Event):
        def wait(self, timeout=None):
            return timeout
    """
    outcome = conform(code, only="EVENT-06")
    assert outcome.rows["EVENT-06"]["case"] == "timeout=0.0"
    assert outcome.status == 1


VERSION = "{}.{}".format(*sys.version_info)


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (f"python=={VERSION}", "differs"),
        ("python>=3.10", "differs"),
        ("python<3.10", "FAIL"),
        (sys.implementation.name, "differs"),
        ("pypy and cpython", "FAIL"),
        (f"{sys.platform} and python>3.9", "differs"),
    ],
)
def test_deviation_may_have_a_condition(with_list, condition, outcome):
    """A line may hold on some Pythons, implementations or platforms only."""
    found = with_list(f"EVENT-01 if {condition}: always set\n", only="EVENT-01")
    assert found.outcomes["EVENT-01"] == outcome


@pytest.mark.parametrize(
    ("known", "complaint"),
    [
        ("EVENT-999 no such", "EVENT-999 matches no requirement"),
        ("EVENTS no such", "EVENTS matches no requirement"),
        ("EVENT-06[timeout=7] no such", "matches no requirement"),
        ("EVENT-01", "has no reason"),
        ("EVENT-01 if python<3.10:", "has no reason"),
        ("EVENT-01 one\nEVENT-01 two", "stands there twice"),
        ("EVENT-01 if moonlight: set", "no such condition: 'moonlight'"),
    ],
)
def test_deviation_that_cannot_be_is_refused(with_list, known, complaint):
    """A line that means nothing is an error, said in one line: exit status 2."""
    outcome = with_list(known)
    (line,) = outcome.err.splitlines()
    assert complaint in line
    assert outcome.status == 2


@pytest.mark.parametrize(("options", "status"), [([], 0), (["--strict"], 1)])
def test_deviation_that_passes_is_reported(with_list, options, status):
    """A listed deviation that passes is named on stderr, and fails the run under --strict."""
    outcome = with_list("EVENT-01 set\nEVENT-05 was broken once\n", *options)
    assert "EVENT-05 is listed and passes" in outcome.err
    assert "EVENT-01" not in outcome.err
    assert outcome.status == status


def test_deviations_written_by_a_run_excuse_what_it_found(conform, tmp_path):
    """--write-deviations writes a list with which the same run passes."""
    code = FLAWED.replace('DEVIATIONS = "known.txt"', "")
    conform(code, "--write-deviations", tmp_path / "known.txt", only="EVENT-01,EVENT-04,EVENT-05")
    outcome = conform(FLAWED, "--strict", only="EVENT-01,EVENT-04,EVENT-05")
    assert outcome.unmet() == {"EVENT-01", "EVENT-04"}
    assert outcome.status == 0


def test_since_of_an_adapter_excuses_what_came_later(conform):
    """What the stdlib has since a later Python than the adapter stands for is not applicable."""
    code = "SINCE = (3, 12)\nfrom queue import Queue"
    assert conform(code, only="QUEUE-01,QUEUE-37").outcomes == {
        "QUEUE-01": "pass",
        "QUEUE-37": "n/a",
    }


def test_since_that_is_no_version_is_refused(conform):
    """SINCE must be a pair of numbers: else one line, and exit status 2."""
    outcome = conform("SINCE = '3.12'\nfrom queue import Queue")
    assert "(3, 12)" in outcome.err
    assert outcome.status == 2


def test_whole_adapter_fails_what_it_lacks(conform):
    """An adapter that calls itself whole is not excused from what it does not have."""
    assert conform("from threading import Lock", only="LOCK-01,SEM-01").status == 0
    outcome = conform("WHOLE = True\nfrom threading import Lock", only="LOCK-01,SEM-01")
    assert outcome.outcomes == {"LOCK-01": "pass", "SEM-01": "FAIL"}


def test_exceptions_of_an_adapter_are_its_own_where_it_has_some(conform):
    """A queue may raise its own Empty, if the adapter names it."""
    code = """
    import queue
    class Empty(Exception):
        pass
    class Queue(queue.Queue):
        def get(self, block=True, timeout=None):
            try:
                return super().get(block, timeout)
            except queue.Empty:
                raise Empty from None
    """
    assert conform(code, only="QUEUE-08").outcomes == {"QUEUE-08": "pass"}


def test_files_of_an_implementation_are_those_of_its_classes(tmp_path, monkeypatch):
    """The own files are where the classes are defined; the adapter may only pass them on."""
    (tmp_path / "inner_of_two.py").write_text("class Event:\n    def set(self): pass\n", "utf-8")
    (tmp_path / "outer_of_two.py").write_text("from inner_of_two import Event\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    found = adapter.load("outer_of_two").files
    assert str(tmp_path / "inner_of_two.py") in found
    assert str(tmp_path / "outer_of_two.py") not in found


def test_files_of_the_kit_are_all_of_its_package_and_none_of_the_suite():
    """What is in a package has all that is beside it; folders below are others."""
    found = adapter.load("syncprims").files
    assert found.packages
    assert all(f"{folder}/waitqueue.py" in found for folder in found.packages)
    assert adapter.__file__ not in found


def test_load_of_a_file_called_like_a_module_leaves_the_module_alone(tmp_path):
    """A file queue.py is an implementation, and nobody's queue."""
    import queue

    (tmp_path / "queue.py").write_text("class Queue: pass\n", "utf-8")
    loaded = adapter.load(str(tmp_path / "queue.py"))
    assert loaded.get("Queue") is not queue.Queue
    assert sys.modules["queue"] is queue
