"""pytest under watch: what a hung test, a left thread and a dangerous order look like in a report.

Each program is somebody's: the issue in which it was asked for is named beside it.
"""

import sys

import pytest

from syncprims.conformance.delays import SCALE

pytest_plugins = ["pytester"]

HANG = f"--syncprims-hang={0.3 * SCALE}"

DEADLOCK = """
    import threading

    class Pool:
        def __init__(self):
            self.lock = threading.Lock()
            self.idle = threading.Lock()

    def test_deadlock():
        pool, met = Pool(), threading.Barrier(2)
        def work():
            with pool.idle:
                met.wait()
                with pool.lock:
                    pass
        worker = threading.Thread(target=work, name="worker-1")
        worker.start()
        with pool.lock:
            met.wait()
            with pool.idle:
                pass

    def test_after():
        for thread in threading.enumerate():
            if thread.name == "worker-1":
                thread.join()
"""

LEFT = """
    import threading

    class Server:
        def __init__(self):
            self.stop = threading.Event()
            for n in range(2):
                threading.Thread(target=self.serve, name=f"server-{n}", daemon=True).start()
        def serve(self):
            self.stop.wait()

    def test_serve():
        Server()
"""


def run(pytester, program, *arguments, **outcomes):
    """Run pytest with the watch on a program; return its result."""
    pytester.makepyfile(test_it=program)
    result = pytester.runpytest_subprocess(*arguments)
    result.assert_outcomes(**outcomes)
    return result


# A hung test explains itself


def test_hang_of_two_locks_fails_with_the_cycle_and_the_session_goes_on(pytester):
    """DataDog/dd-trace-py#16953: a test that hangs is ended, and every stack of it told.

    First the cycle, in a sentence; then the waits and the stacks. The next test finds no thread.
    """
    result = run(pytester, DEADLOCK, HANG, failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "deadlock: main waits for Pool.idle, which worker-1 took at *.py:*;",
            "  worker-1 waits for Pool.lock, which main took at *.py:*",
            "main waits for Pool.idle*",
            "*made at *.py:*",
            "*with pool.idle:",
            "worker-1 waits for Pool.lock*",
            "*with pool.lock:",
            "To see every order of the threads' steps:",
            "  python -m syncprims explore *.py::test_deadlock",
        ]
    )


def test_hang_of_a_worker_that_is_never_told_to_stop(pytester):
    """celery/celery#7195: a test waits for a worker's end, which waits for another job."""
    result = run(
        pytester,
        """
        import queue, threading

        class Worker(threading.Thread):
            def __init__(self):
                super().__init__(name="worker")
                self.jobs = queue.Queue()
            def run(self):
                while True:
                    self.jobs.get()
            def stop(self):
                self.join()

        def test_stop():
            worker = Worker()
            worker.start()
            worker.stop()
        """,
        HANG,
        failed=1,
    )
    result.stdout.fnmatch_lines(
        [
            "hung: main waits for worker to end, at *.py:*, for * s",
            "*started at *.py:*",
            "worker waits for Worker.jobs.get(), at *.py:*",
            "*0 items, 0 unfinished",
        ]
    )


def test_hang_on_a_lock_whose_holder_has_ended(pytester):
    """python-trio/trio#182: a thread that ends while it holds a lock; who wants it is told that."""
    result = run(
        pytester,
        """
        import threading

        class Pool:
            lock = threading.Lock()

        def test_forgotten():
            pool = Pool()
            pool.lock = threading.Lock()
            def takes():
                pool.lock.acquire()
            worker = threading.Thread(target=takes, name="worker-3")
            worker.start()
            worker.join()
            with pool.lock:
                pass
        """,
        HANG,
        failed=1,
    )
    result.stdout.fnmatch_lines(
        ["hung: main waits for Pool.lock, which worker-3, which has ended, took at*"]
    )


def test_hang_that_is_swallowed_fails_all_the_same(pytester):
    """A bare ``except`` keeps the failure from pytest; the report still makes one of it."""
    result = run(
        pytester,
        """
        import queue
        def test_swallows():
            try:
                queue.Queue().get()
            except BaseException:
                pass
        """,
        HANG,
        failed=1,
    )
    result.stdout.fnmatch_lines(["hung: main waits for *get(), at *"])


def test_hang_among_workers_fails_the_test_that_they_belong_to(pytester):
    """Main does not hang, the two workers do: they are ended, and the test fails by the report."""
    result = run(
        pytester,
        """
        import threading

        def test_workers():
            one, two, met = threading.Lock(), threading.Lock(), threading.Barrier(2)
            def work(first, then):
                with first:
                    met.wait()
                    with then:
                        pass
            workers = [threading.Thread(target=work, args=each, name=f"w{n}")
                       for n, each in enumerate([(one, two), (two, one)])]
            for each in workers:
                each.start()
            for each in workers:
                each.join(30)
        """,
        "-Werror",
        HANG,
        failed=1,
    )
    result.stdout.fnmatch_lines(["deadlock: w* waits for *, which w* took at *"])


def test_wait_that_can_end_is_slow_and_no_failure(pytester):
    """One line on stderr, with the test; nothing fails."""
    result = run(
        pytester,
        f"""
        import queue, threading, time
        def test_slow():
            jobs = queue.Queue()
            def work():
                time.sleep({0.8 * SCALE})
                jobs.put(1)
            threading.Thread(target=work, name="worker").start()
            jobs.get()
        """,
        HANG,
        passed=1,
    )
    result.stderr.fnmatch_lines(
        ["syncprims in *::test_slow: slow: main waits for jobs.get()*; worker at * can end that"]
    )


def test_hang_switched_off_leaves_a_sleeper_alone(pytester):
    """With 0 nobody looks round: pytest-timeout, or whoever else, ends the test."""
    pytest.importorskip("pytest_timeout")
    result = run(
        pytester,
        "import queue\ndef test_it():\n    queue.Queue().get()",
        *("--syncprims-hang=0", f"--timeout={0.5 * SCALE}", "--timeout-method=signal"),
        failed=1,
    )
    result.stdout.fnmatch_lines(["*Timeout*"])


# What a test leaves behind


def test_thread_left_is_told_with_its_start_and_where_it_is_now(pytester):
    """dask/distributed#6797: which threads, started on which line, and where they are stuck."""
    result = run(pytester, LEFT, "--syncprims", passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["*2 threads left by test_serve: server-0, server-1, started at *.py:7, now at *.py:9"]
    )


def test_thread_left_fails_the_test_if_it_is_to(pytester):
    """pytest-dev/pytest#13678: a test that leaves a thread behind is to fail, there and then."""
    result = run(pytester, LEFT, "--syncprims-leaks=fail", passed=1, errors=1)
    result.stdout.fnmatch_lines(["2 threads left by test_serve: server-0, server-1, started*"])


def test_thread_left_is_not_told_if_switched_off_or_known(pytester):
    """Off; or the ini option's patterns, for those that live long by design."""
    run(pytester, LEFT, "--syncprims-leaks=off", passed=1)
    pytester.makeini("[pytest]\nsyncprims_leaks_ignore = server-*")
    run(pytester, LEFT, "--syncprims-leaks=fail", passed=1)


def test_thread_left_warns_past_filters_that_make_errors_of_warnings(pytester):
    """With -W error a warning is still one: the suite passes as it did."""
    run(pytester, LEFT, "--syncprims", "-Werror", passed=1, warnings=1)


def test_thread_of_a_wider_fixture_is_judged_at_that_fixtures_end(pytester):
    """Of a class and of a module, whose fixtures end them; of a session, whose does not."""
    result = run(
        pytester,
        """
        import threading, pytest

        def started(name):
            stop = threading.Event()
            thread = threading.Thread(target=stop.wait, name=name, daemon=True)
            thread.start()
            return stop

        @pytest.fixture(scope="module")
        def module():
            stop = started("of-module")
            yield
            stop.set()

        @pytest.fixture(scope="session")
        def session():
            started("of-session")

        class TestClass:
            @pytest.fixture(scope="class", autouse=True)
            def of_class(self):
                stop = started("of-class")
                yield
                stop.set()
            def test_one(self, module, session): pass
            def test_two(self): pass

        def test_three(): pass
        """,
        "--syncprims-leaks=fail",
        passed=3,
        errors=1,
    )
    result.stdout.fnmatch_lines(["*teardown of test_three*", "a thread left by *of-session*"])


def test_lock_still_held_is_told_with_its_line(pytester):
    """By the test itself, and by a thread that has ended; not one that nobody has any more."""
    result = run(
        pytester,
        """
        import threading
        LOCK, OTHER = threading.Lock(), threading.Lock()
        def test_holds():
            LOCK.acquire()
            threading.Lock().acquire()
        def test_ends():
            def takes():
                OTHER.acquire()
            worker = threading.Thread(target=takes, name="worker")
            worker.start()
            worker.join()
        """,
        "--syncprims-leaks=fail",
        passed=2,
        errors=2,
    )
    result.stdout.fnmatch_lines(
        [
            "main still holds LOCK, taken at *.py:4",
            "worker has ended and still holds OTHER, taken at *.py:8",
        ]
    )


# Orders that can deadlock

ORDER = """
    import threading

    class Account:
        def __init__(self):
            self.lock = threading.Lock()

    def test_transfer():
        mine, yours = Account(), Account()
        def transfer(source, target):
            with source.lock:
                with target.lock:
                    pass
        workers = [threading.Thread(target=transfer, args=(mine, yours), name="there"),
                   threading.Thread(target=transfer, args=(yours, mine), name="back")]
        for each in workers:
            each.start()
            while each.is_alive():  # they do not even meet
                pass
        for each in workers:
            each.join()
"""


def test_order_both_ways_is_warned_of_though_nothing_hung(pytester):
    """Quansight-Labs/free-threaded-compatibility#241: a deadlock that may come, before it does."""
    result = run(pytester, ORDER, "--syncprims", passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        [
            "*could deadlock: there took Account.lock, then Account.lock (*.py:*, *);",
            "*back took Account.lock, then Account.lock (*.py:*, *)",
        ]
    )


def test_order_both_ways_fails_the_test_if_it_is_to(pytester):
    """And says nothing at all if it is switched off."""
    result = run(pytester, ORDER, "--syncprims-order=fail", failed=1)
    result.stdout.fnmatch_lines(["could deadlock: *"])
    run(pytester, ORDER, "--syncprims-order=off", passed=1)


# Beside others


@pytest.mark.parametrize(
    ("plugin", "arguments"),
    [
        ("pytest_timeout", ("--timeout=60", "--timeout-method=thread")),
        ("pytest_timeout", ("--timeout=60", "--timeout-method=signal")),
        ("xdist", ("-n2",)),
        ("pytest", ("-o", "faulthandler_timeout=60")),
    ],
    ids=["timeout-thread", "timeout-signal", "xdist", "faulthandler"],
)
def test_hang_is_explained_beside_other_plugins(pytester, plugin, arguments):
    """Whoever else looks for hung tests, the report is the same, and the session goes on."""
    pytest.importorskip(plugin)
    result = run(pytester, DEADLOCK, HANG, *arguments, failed=1, passed=1)
    result.stdout.fnmatch_lines(["deadlock: main waits for Pool.idle, which worker-1 took at *"])


def test_thread_left_is_told_under_xdist(pytester):
    """A worker's warnings reach the summary."""
    pytest.importorskip("xdist")
    result = run(pytester, LEFT, "--syncprims", "-n1", passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*2 threads left by test_serve*"])


def test_timeout_that_is_shorter_than_the_hang_still_ends_the_test(pytester):
    """pytest-timeout's signal gets through to a sleeper that is watched."""
    pytest.importorskip("pytest_timeout")
    result = run(
        pytester,
        "import queue\ndef test_it():\n    queue.Queue().get()",
        *("--syncprims", f"--timeout={0.5 * SCALE}", "--timeout-method=signal"),
        failed=1,
    )
    result.stdout.fnmatch_lines(["*Timeout*"])


# Options


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--syncprims-hang=soon",), "*--syncprims-hang: invalid float value: 'soon'*"),
        (("--syncprims-hang=-1",), "ERROR: --syncprims-hang: hang must be a number of seconds*"),
        (("--syncprims-leaks=no",), "*--syncprims-leaks: invalid choice: 'no'*"),
        (("--syncprims-shake", "test_it.py"), "*'test_it.py' is no seed: write --syncprims-shake*"),
    ],
)
def test_option_that_cannot_be_is_a_usage_error(pytester, arguments, said):
    """A line that says what it must be, and pytest's exit status for usage."""
    result = pytester.runpytest_subprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


# A program, without pytest


def test_run_hang_explains_and_ends_a_program(pytester):
    """``run --hang``: the program's own lines, the report, exit status 1; the worker ends too."""
    path = pytester.makepyfile(program=DEADLOCK + "\n    test_deadlock()\n")
    result = pytester.run(
        sys.executable, "-m", "syncprims", "run", f"--hang={0.3 * SCALE}", path.name
    )
    assert result.ret == 1
    result.stderr.fnmatch_lines(
        [
            '  File "*program.py", line *, in test_deadlock',
            "*deadlock: main waits for Pool.idle, which worker-1 took at program.py:*;",
            "  worker-1 waits for Pool.lock, which main took at program.py:*",
        ]
    )
    assert "runpy" not in result.stderr.str()


def test_run_of_pytest_says_how_to(pytester):
    """pytest has its own flag, which swaps earlier: one line, exit status 2."""
    result = pytester.run(sys.executable, "-m", "syncprims", "run", "-m", "pytest")
    assert result.ret == 2
    result.stderr.fnmatch_lines(
        ["syncprims run: pytest swaps by itself, and earlier: pytest --syncprims"]
    )


def test_explored_test_is_explored_without_the_watch(pytester):
    """The explorer has its own world: in a session that is watched it proves what it proves."""
    pytester.makepyfile(
        test_it="""
        import threading, pytest
        @pytest.mark.explored
        def test_it():
            lock, count = threading.Lock(), [0]
            def adds():
                with lock:
                    count[0] += 1
            threads = [threading.Thread(target=adds) for _ in range(2)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            assert count == [2]
        """
    )
    pytester.runpytest_subprocess("--syncprims-shake=1").assert_outcomes(passed=1)
