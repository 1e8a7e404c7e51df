"""One requirement, one row: outcomes, cases, what is not applicable, and what is said."""

import sys
import threading
import time
from types import SimpleNamespace

import pytest

from syncprims.conformance import asserts
from syncprims.conformance.adapter import Deviation, Implementation, NotApplicable
from syncprims.conformance.crew import until
from syncprims.conformance.judge import judge
from syncprims.conformance.requirement import Named, cases, raises, requirement, warns

from . import asked, implementations


def against(test, limit=10.0, deviations=(), whole=False, **primitives):
    """Judge a test against an implementation with these primitives; return the row."""
    known = tuple(Deviation(*pair) for pair in deviations)
    made = Implementation("mine", SimpleNamespace(**primitives), (3, 12), whole, known)
    return judge(test.requirement, made, limit)


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        (asked.passes, "pass"),
        (asked.fails, "FAIL"),
        (asked.is_newer, "n/a"),
        (asked.lacks_a_platform, "n/a"),
        (asked.says_not_applicable, "n/a"),
        (asked.waits_in_vain, "TIMEOUT"),
        (asked.does_not_end, "TIMEOUT"),
    ],
)
def test_judge_says_what_came_of_a_test(test, outcome):
    """A test passes, fails, does not end in time, or cannot be asked."""
    assert against(test, limit=0.2, Event=threading.Event)["outcome"] == outcome


@pytest.mark.parametrize(
    "test",
    [
        asked.needs_a_method,
        asked.needs_a_parameter,
        asked.needs_a_with_block,
        asked.needs_a_class,
        asked.needs_a_mixed_class,
        asked.needs_an_item_type,
        asked.needs_a_method_in_a_thread,
        asked.needs_a_method_in_a_thread_nobody_asks,
        asked.needs_an_event,
    ],
)
def test_judge_of_what_is_lacking_is_not_applicable(test):
    """What the suite finds missing in its own code is n/a; to who claims to be whole, a FAIL."""
    lacking = {"Semaphore": implementations.FirstSemaphore, "Queue": lambda maxsize=0: object()}
    assert against(test, **lacking)["outcome"] == "n/a"
    assert against(test, **lacking, whole=True)["outcome"] == "FAIL"


@pytest.mark.parametrize("test", [asked.acquires, asked.releases])
def test_judge_of_errors_inside_the_implementation_is_a_failure(test):
    """An AttributeError or TypeError that the implementation makes itself is no lack."""
    assert against(test, Semaphore=implementations.Broken)["outcome"] == "FAIL"


def test_judge_of_a_method_in_place_of_a_class_is_not_applicable():
    """Who gives an object's method that makes queues has no class to derive from."""
    assert against(asked.needs_a_class, Queue=implementations.Maker().queue)["outcome"] == "n/a"


def test_judge_of_none_in_place_of_an_object_is_a_failure():
    """A method that is missing on None is a wrong result, not a lack."""
    assert against(asked.uses_what_comes_back, Queue=lambda: {"put": None})["outcome"] == "FAIL"


def test_judge_is_as_good_as_the_worst_case_and_names_the_first():
    """A requirement with cases has the outcome of the worst; the first such case is named."""
    row = against(asked.depends_on_the_case)
    assert (row["outcome"], row["case"]) == ("FAIL", "n=2")
    assert row["failed"] == ["n=2", "n=3"]


def test_judge_of_a_listed_case_differs_and_the_others_count():
    """A case that is listed as a deviation differs with its reason; one that is not fails."""
    both = [("ASKED-1[n=2]", "two"), ("ASKED-1[n=3]", "three")]
    row = against(asked.depends_on_the_case, deviations=both)
    assert (row["outcome"], row["reason"]) == ("differs", "two")
    row = against(asked.depends_on_the_case, deviations=both[:1])
    assert (row["outcome"], row["case"]) == ("FAIL", "n=3")


def test_judge_runs_listed_cases_last():
    """A case that is known to hang comes last, so that it takes no other with it."""
    row = against(asked.hangs_in_the_first_case, limit=0.2, deviations=[("ASKED-2[n=1]", "known")])
    assert row["outcome"] == "differs"
    assert row["failed"] == ["n=1"]


def test_judge_tells_both_sides_of_a_comparison():
    """The message of a comparison holds its source and both values."""
    row = judge_told("def test_it():\n    assert sorted([2, 1]) == [2, 1]\n")
    assert row == "sorted([2, 1]) is [1, 2], not [2, 1]"


def judge_told(source):
    """Return what an assert in a module imported by the suite says."""
    names = {asserts._NAME: asserts.compare}
    tree = asserts._Rewriter().visit(asserts.ast.parse(source))
    exec(compile(tree, "told", "exec"), names)
    with pytest.raises(AssertionError) as caught:
        names["test_it"]()
    return str(caught.value)


def test_judge_tells_the_source_of_any_other_assert():
    """The message of an assert that compares nothing is its source."""
    assert judge_told("def test_it():\n    assert not [1]\n") == "not so: not [1]"


def test_judge_tells_what_has_no_repr():
    """A value whose repr raises is told all the same."""

    class Hostile:
        def __repr__(self):
            raise LookupError

    assert asserts.shown(Hostile()) == "<Hostile: repr raises LookupError>"


def test_judge_says_what_threads_still_do():
    """A TIMEOUT says how many threads are in which call, and at which line there."""
    row = against(asked.waits_in_two_calls, limit=0.2, Event=implementations.EventThatNeverWakes)
    first, *places = row["message"].splitlines()
    assert first == "0.2 s later 2 threads still sleep in wait(), 1 in stay()"
    assert places[0].startswith("wait(): ")
    assert row["test"].startswith("asked.py:")


def test_judge_says_first_of_what_threads_died():
    """A thread that died of what nobody asked for leads the message: it is the cause."""
    row = against(asked.waits_for_one_that_died, limit=0.2, Event=implementations.EventThatRaises)
    assert row["outcome"] == "TIMEOUT"
    first = row["message"].splitlines()[0]
    assert first.startswith("1 thread died in wait(), implementations.py:")
    assert first.endswith("IndexError: pop from empty list")


def test_judge_names_threads_that_are_left():
    """A thread that lives on after its requirement is named in its row."""
    row = against(asked.leaves_a_thread, Event=threading.Event)
    assert row["outcome"] == "pass"
    assert "wait()" in row["left"][0]


def test_asleep_fails_at_once_when_too_few_threads_are_left():
    """asleep does not wait for threads that have ended."""
    began = time.monotonic()
    row = against(asked.counts_on_one_that_has_ended, limit=10.0, Event=threading.Event)
    assert row["outcome"] == "FAIL"
    assert "of 2 threads that must sleep" in row["message"]
    assert time.monotonic() - began < 5


def test_asleep_takes_one_that_polls_for_asleep(crew):
    """A thread that stays in its call of the implementation is asleep, though it moves there."""
    over = []

    class Polled:
        def wait(self):
            exec("while not over: sleep(0.0005)", {"over": over, "sleep": time.sleep})

    task = crew.start(Polled().wait)
    crew.asleep(Polled())
    over.append(True)
    task.result()


def test_until_in_a_requirement_has_one_deadline():
    """All that a requirement waits for has to come within its one limit."""
    began = time.monotonic()
    assert against(asked.waits_twice, limit=0.3)["outcome"] == "TIMEOUT"
    assert time.monotonic() - began < 0.6


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="this Python has no monitoring")
def test_jitter_holds_up_lines_of_the_implementation():
    """In a race threads are held up between the lines of the implementation's own files."""
    row = against(asked.counts_in_a_race, Event=implementations.EventThatCounts)
    assert row["outcome"] == "FAIL"


def test_jitter_changes_no_variable_that_functions_share():
    """What holds threads up leaves their variables alone, on any Python."""
    for _ in range(20):
        assert against(asked.shares_a_variable, limit=2.0)["outcome"] == "pass"


@pytest.mark.parametrize("level", ["", "private", "Contract"])
def test_requirement_with_no_such_level_is_refused(level):
    """A level that does not exist is refused where the requirement is written."""
    with pytest.raises(ValueError, match="ASKED-9"):
        requirement("ASKED-9", level=level)


def test_requirement_beyond_needs_the_reason():
    """Level beyond says what the stdlib does instead."""
    with pytest.raises(ValueError, match="ASKED-9"):
        requirement("ASKED-9", level="beyond")
    assert requirement("ASKED-9", beyond="waits")(lambda: None).requirement.level == "beyond"


def test_cases_used_twice_are_all_combined():
    """Two sets of cases give every pair; a mapping gives names, a primitive is only its name."""

    @cases("first", {"one": object(), "two": object()})
    @cases("second", [Named("Queue"), 3])
    @requirement("ASKED-9")
    def test(first, second):
        """Nothing."""

    labels = [case.label for case in test.requirement.cases]
    assert labels == ["one, Queue", "one, second=3", "two, Queue", "two, second=3"]


def test_raises_lets_any_other_exception_through():
    """raises takes what is expected, keeps it, and lets the rest out."""
    with raises((LookupError, ValueError), match="no") as caught:
        raise KeyError("none")
    assert caught.value.args == ("none",)
    with pytest.raises(TypeError), raises(LookupError):
        raise TypeError
    with pytest.raises(AssertionError, match="no LookupError was raised"), raises(LookupError):
        pass
    with pytest.raises(AssertionError, match="says"), raises(LookupError, match="no"):
        raise LookupError("yes")


def test_warns_wants_the_warning_that_is_asked_for():
    """warns takes a warning of the class whose text matches, and fails without."""
    import warnings

    with warns(DeprecationWarning, match="old") as caught:
        warnings.warn("it is old", DeprecationWarning, stacklevel=1)
    assert caught[0].filename == __file__
    with pytest.raises(AssertionError), warns(DeprecationWarning, match="old"):
        warnings.warn("it is new", DeprecationWarning, stacklevel=1)


def test_not_applicable_inside_a_test_says_why():
    """What a test itself finds that it cannot ask is n/a, with its words."""
    row = against(asked.says_not_applicable)
    assert row["message"] == "not on a Tuesday"
    with pytest.raises(NotApplicable):
        asked.says_not_applicable()


def test_until_outside_of_a_requirement_gives_each_wait_its_own_limit(monkeypatch):
    """Without a judge, as in the project's own tests, each wait has LIMIT."""
    monkeypatch.setattr("syncprims.conformance.delays.LIMIT", 0.05)
    with pytest.raises(Exception, match="still not so"):
        until(lambda: False)
    until(lambda: True)
