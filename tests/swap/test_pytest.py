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
    result.stdout.fnmatch_lines(["syncprims: swapped in for all 14 primitives"])


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


def test_flag_swaps_before_conftests_and_what_they_import(pytester):
    """A conftest, and a library that it imports, get the kit's."""
    pytester.makepyfile(a_library="from threading import Event")
    pytester.makeconftest("""
        import sys
        sys.path.insert(0, ".")
        import a_library
        from queue import Queue
    """)
    pytester.makepyfile("""
        import a_library, conftest
        def test_it():
            assert a_library.Event.__module__ == conftest.Queue.__module__ == "syncprims"
    """)
    pytester.runpytest_subprocess("--syncprims").assert_outcomes(passed=1)


def test_ini_options_do_what_the_flags_do(pytester):
    """``syncprims = true``, and ``syncprims_only``, in the project's own file."""
    for ini, event in (("syncprims = true", "syncprims"), ("syncprims_only = Queue", "threading")):
        pytester.makeini(f"[pytest]\n{ini}\n")
        pytester.makepyfile(f"""
            import queue, threading
            def test_it():
                assert queue.Queue.__module__ == "syncprims"
                assert threading.Event.__module__ == {event!r}
        """)
        pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize("flag", ["--syncprims-only=", "--syncprims-only=,"])
def test_flag_with_no_name_is_a_usage_error(pytester, flag):
    """To swap nothing is a mistake, and said in one line."""
    result = pytester.runpytest_subprocess(flag)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --syncprims-only: nothing to swap*"])


def test_marker_covers_the_tests_own_fixtures(pytester):
    """What a fixture of the test makes is the kit's, and its end is inside too."""
    pytester.makepyfile(f"""
        import threading, pytest
        @pytest.fixture
        def flag():
            {IS_THE_KIT}
            yield threading.Event()
            {IS_THE_KIT}
        @pytest.mark.syncprims
        def test_marker(flag):
            assert type(flag).__module__ == "syncprims"
        def test_after():
            {IS_THE_STDLIB}
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_marker_with_a_wrong_name_is_the_tests_error(pytester):
    """The test does not run, the error says what is wrong, and the next one runs."""
    pytester.makepyfile("""
        import pytest
        @pytest.mark.syncprims(only="Evnt")
        def test_marker(): pass
        def test_after(): pass
    """)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*cannot swap Evnt; Event would be one*"])


def test_patches_that_end_after_the_swap_leave_nothing_of_the_kit(pytester):
    """Whatever order monkeypatch and the fixture end in, the next test has the stdlib's."""
    pytester.makepyfile(f"""
        import threading
        class Fake: pass
        def test_first(monkeypatch, syncprims_swap):
            monkeypatch.setattr(threading, "Event", Fake)
        def test_second(syncprims_swap, monkeypatch):
            monkeypatch.setattr(threading, "Event", Fake)
        def test_after():
            {IS_THE_STDLIB}
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_thread_in_the_background_sees_one_class_all_the_time(pytester):
    """While pytest reports, the swap stays."""
    pytester.makepyfile("""
        import threading, pytest
        seen, over = set(), threading.Lock()
        over.acquire()
        def look():
            while not over.acquire(False):
                seen.add(threading.Event.__module__)
        thread = threading.Thread(target=look)
        @pytest.mark.parametrize("n", range(20))
        def test_it(n):
            if n == 0:
                thread.start()
            assert n != 5
        def test_last():
            over.release()
            thread.join()
            assert seen == {"syncprims"}
    """)
    pytester.runpytest_subprocess("--syncprims").assert_outcomes(passed=20, failed=1)


def test_header_says_so_under_xdist(pytester):
    """The process that starts the workers says that they swap."""
    pytest.importorskip("xdist")
    pytester.makepyfile(f"import threading\ndef test_it():\n    {IS_THE_KIT}")
    result = pytester.runpytest_subprocess("--syncprims", "-n", "1")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["syncprims: swapped in for all 14 primitives, in each worker"])


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
