"""A test function that is explored: the decorator, the marker, and one schedule again."""

import re
import shlex

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    import threading
    import pytest
    from syncprims.explore import explored, watch

    class Counter:
        n = 0

    @pytest.fixture
    def times():
        return 2

    def count(times, lock=None):
        counter = watch(Counter())
        def add():
            counter.n += 1
        def add_with_lock():
            with lock:
                add()
        threads = [threading.Thread(target=add_with_lock if lock else add) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counter.n == times

"""


def run(pytester, tests, *arguments):
    pytester.makepyfile(TESTS + tests)
    return pytester.runpytest_subprocess("--strict-markers", *arguments)


@pytest.mark.parametrize("how", ["@explored()", "@pytest.mark.explored"])
def test_explored_test_with_a_race_fails_with_steps_and_schedule(pytester, how):
    """Whether by decorator or marker, with a fixture and parameters."""
    result = run(
        pytester,
        f"""
    @pytest.mark.parametrize("more", [0])
    {how}
    def test_it(times, more):
        count(times + more)
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*exception: AssertionError*in main*",
            "*step | main*| state*",
            "*to see it again: replay(partial(test_it, *times=2*",
            "*or: pytest * --syncprims-replay 0s1*",
        ]
    )


@pytest.mark.parametrize("how", ["@explored(race_free=True)", "@pytest.mark.explored()"])
def test_explored_test_without_a_race_passes(pytester, how):
    """Proved or bounded, both are a pass."""
    result = run(
        pytester,
        f"""
    {how}
    def test_it(times):
        count(times, threading.Lock())

    class TestClass:
        {how}
        def test_method(self, times):
            count(times, threading.Lock())
    """,
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("how", ["@explored()", "@pytest.mark.explored"])
def test_explored_method_of_a_unittest_case_is_explored(pytester, how):
    """A race is found there too, and skipTest skips."""
    result = run(
        pytester,
        f"""
    import unittest

    class TestCase(unittest.TestCase):
        def setUp(self):
            self.times = 2

        {how}
        def test_method(self):
            count(self.times)

        {how}
        def test_right(self):
            count(self.times, threading.Lock())

        {how}
        def test_skipped(self):
            self.skipTest("not here")
    """,
    )
    result.assert_outcomes(failed=1, passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*or: pytest * --syncprims-replay 0s1*"])


@pytest.mark.parametrize("how", ["@explored()", "@pytest.mark.explored"])
def test_explored_test_that_skips_or_expects_to_fail_does_so(pytester, how):
    """What pytest takes for no failure is none; what it takes for one is one."""
    result = run(
        pytester,
        f"""
    {how}
    def test_skip():
        pytest.skip("not here")

    {how}
    def test_import():
        pytest.importorskip("no_such_module")

    {how}
    def test_xfail():
        pytest.xfail("not yet")

    {how}
    def test_fail():
        pytest.fail("no")
    """,
    )
    result.assert_outcomes(failed=1, skipped=2, xfailed=1)
    result.stdout.fnmatch_lines(["*to see it again: replay(test_fail, *"])


def test_explored_marker_with_a_positional_argument_fails(pytester):
    """It is not passed over."""
    result = run(
        pytester,
        """
    @pytest.mark.explored("dfs")
    def test_it():
        pass
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TypeError*explored()*"])


def test_explored_test_called_in_an_exploration_is_the_function_itself(pytester):
    """What the report shows, replay(test_it, ...), can be used."""
    result = run(
        pytester,
        """
    from syncprims.explore import explore, replay

    @explored(race_free=True)
    def test_it(times=2):
        count(times)

    def test_again():
        failure = explore(test_it).failure
        assert replay(test_it, failure.schedule).failure.message == failure.message
        assert "AssertionError" in failure.message
    """,
    )
    result.assert_outcomes(failed=1, passed=1)


def test_explored_test_failed_in_a_folder_shows_a_command_for_where_pytest_was_called(
    pytester, monkeypatch
):
    """The path is relative to there, not to the root of the tests; an empty schedule is quoted."""
    pytester.makepyprojecttoml("[tool.pytest.ini_options]")
    folder = pytester.mkdir("below")
    (folder / "test_here.py").write_text(
        "from syncprims.explore import explored\n@explored()\ndef test_it(): assert False\n"
    )
    monkeypatch.chdir(folder)
    first = pytester.runpytest_subprocess()
    (command,) = re.findall(r"or: pytest (.*)", first.stdout.str())
    assert command == "test_here.py::test_it --syncprims-replay ''"
    pytester.runpytest_subprocess(*shlex.split(command)).assert_outcomes(failed=1)


def test_explored_test_that_hits_a_limit_fails(pytester):
    """What was not finished is no pass."""
    result = run(
        pytester,
        """
    @explored(max_executions=1)
    def test_it(times):
        count(times, threading.Lock())
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*incomplete: the limit of 1 executions was hit*"])


def test_explored_test_failed_is_replayed_by_the_command_it_shows(pytester):
    """The command can be pasted: the same test, one execution, the same failure."""
    tests = """
    runs = []
    @explored()
    def test_it(times):
        runs.append(1)
        count(times)

    def test_runs():
        assert len(runs) == 1
    """
    first = run(pytester, tests)
    first.assert_outcomes(failed=2)
    (command,) = re.findall(r"or: pytest (\S+) (--syncprims-replay \S+)", first.stdout.str())[:1]
    again = pytester.runpytest_subprocess(command[0], *command[1].split())
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*exception: AssertionError*"])
    pytester.runpytest_subprocess(*command[1].split()).assert_outcomes(failed=1, passed=1)


def test_replay_option_with_what_is_no_schedule_is_a_usage_error(pytester):
    """One line, and exit status 4, pytest's for usage."""
    result = run(pytester, "", "--syncprims-replay", "foo")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --syncprims-replay: not a schedule: 'foo'*"])


def test_explored_test_under_a_swapped_session_is_explored_too(pytester):
    """pytest --syncprims beside it: one world in the other."""
    result = run(
        pytester,
        """
    @explored(race_free=True)
    def test_it(times):
        count(times, threading.Lock())
    """,
        "--syncprims",
    )
    result.assert_outcomes(passed=1)
