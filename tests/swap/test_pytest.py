"""pytest with the kit: the flag, the fixture, the marker; and other plugins beside it."""

import pytest

pytest_plugins = ["pytester"]

IS_THE_KIT = "assert threading.Event.__module__ == 'syncprims'"
IS_THE_STDLIB = "assert threading.Event.__module__ == 'threading'"


def test_flag_swaps_before_test_modules_are_imported(pytester):
    """--syncprims: from queue import Queue in a test module gives the kit's; the header says so."""
    pytester.makepyfile("""
        from queue import Queue
        def test_it():
            assert Queue.__module__ == "syncprims"
    """)
    result = pytester.runpytest_subprocess("--syncprims")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["syncprims: swapped in for Queue, *Barrier, *concurrent_tee"])


def test_flag_with_names_swaps_these_only(pytester):
    """--syncprims-only=Queue: Event stays the stdlib's."""
    pytester.makepyfile(f"""
        import threading, queue
        def test_it():
            {IS_THE_STDLIB}
            assert queue.Queue.__module__ == "syncprims"
    """)
    pytester.runpytest_subprocess("--syncprims-only=Queue").assert_outcomes(passed=1)


def test_flag_with_an_unknown_name_is_a_usage_error(pytester):
    """One line that says which names there are, and exit status 4, pytest's for usage."""
    result = pytester.runpytest_subprocess("--syncprims-only=Evnt")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --syncprims-only: cannot swap Evnt*"])


def test_fixture_and_marker_swap_for_one_test(pytester):
    """Inside the test the kit, in the next the stdlib, also after a failure."""
    pytester.makepyfile(f"""
        import threading, pytest
        def test_fixture(syncprims_swap):
            {IS_THE_KIT}
            assert "threading.Event" in syncprims_swap.patched
        @pytest.mark.syncprims
        def test_marker():
            {IS_THE_KIT}
            raise ZeroDivisionError
        @pytest.mark.syncprims(only=["Queue"])
        def test_marker_with_names():
            {IS_THE_STDLIB}
        def test_after():
            {IS_THE_STDLIB}
    """)
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=3, failed=1)


def test_report_hooks_see_the_stdlib(pytester):
    """While a report is made or shown, the swap is taken back."""
    pytester.makeconftest(f"""
        import threading
        def pytest_runtest_logreport(report):
            {IS_THE_STDLIB}
    """)
    pytester.makepyfile("def test_it(): pass")
    pytester.runpytest_subprocess("--syncprims").assert_outcomes(passed=1)


@pytest.mark.parametrize("plugin", ["xdist", "pytest_timeout", "pytest_cov", "freezegun"])
def test_flag_works_beside(pytester, plugin):
    """With pytest-xdist, -timeout, -cov and freezegun the flag does what it does alone."""
    pytest.importorskip(plugin)
    options = {
        "xdist": ["-n", "2"],
        "pytest_timeout": ["--timeout", "60", "--timeout-method", "thread"],
        "pytest_cov": ["--cov", "."],
        "freezegun": [],
    }
    pytester.makepyfile(
        """
        import queue, threading, pytest
        def frozen():
            freezegun = pytest.importorskip("freezegun") if PLUGIN == "freezegun" else None
            return freezegun.freeze_time("2026-01-01") if freezegun else threading.Lock()
        @pytest.mark.parametrize("n", range(4))
        def test_it(n):
            assert threading.Event.__module__ == queue.Queue.__module__ == "syncprims"
            with frozen():
                with pytest.raises(queue.Empty):
                    queue.Queue().get(timeout=0.01)
                assert not threading.Event().wait(0.01)
                thread = threading.Thread(target=threading.Event().set)
                thread.start()
                thread.join(10)
    """.replace("PLUGIN", repr(plugin))
    )
    result = pytester.runpytest_subprocess("--syncprims", *options[plugin])
    result.assert_outcomes(passed=4)
