"""What an implementation may do to its judge, and the run that ends and tells all the same."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from syncprims.conformance import delays
from syncprims.conformance.crew import until

from .conftest import SOON, environment

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")


def test_conform_that_prints_megabytes_and_closes_stdout_tells_all(conform):
    """What an implementation prints, and that it closes stdout, changes no result."""
    outcome = conform(
        """
        import sys, threading
        class Event(threading.Event):
            def set(self):
                print("x" * 3_000_000)
                sys.stderr.write("y" * 1_000_000)
                super().set()
            def clear(self):
                sys.stdout.close()
                super().clear()
        """,
        only="EVENT-01,EVENT-02,EVENT-03",
    )
    assert outcome.outcomes["EVENT-01"] == outcome.outcomes["EVENT-02"] == "pass"
    assert "xxx" not in outcome.out + outcome.err


@posix
def test_conform_with_a_forked_process_that_keeps_the_pipe_ends(conform):
    """A process that the implementation has forked, and that lives on, holds nobody up."""
    outcome = conform(
        """
        import os, threading, time
        class Event(threading.Event):
            def set(self):
                if os.fork() == 0:
                    time.sleep(600)
                    os._exit(0)
                super().set()
        """,
        only="EVENT-01,EVENT-02",
    )
    assert set(outcome.outcomes.values()) == {"pass"}
    assert outcome.seconds < delays.LIMIT


@posix
def test_conform_child_killed_from_inside_is_a_crash_and_the_others_go_on(conform):
    """A requirement in which the process dies is a CRASH, with its signal; the next ones run."""
    outcome = conform(
        """
        import os, signal, threading
        class Event(threading.Event):
            def set(self):
                os.kill(os.getpid(), signal.SIGKILL)
        """,
        only="EVENT-01,EVENT-02,EVENT-05",
    )
    assert outcome.outcomes == {"EVENT-01": "pass", "EVENT-02": "CRASH", "EVENT-05": "pass"}
    assert "SIGKILL" in outcome.rows["EVENT-02"]["message"]
    assert outcome.status == 1


def test_conform_child_that_exits_is_a_crash_with_its_status(conform):
    """An implementation that ends the process is a CRASH, with the exit status."""
    outcome = conform(
        """
        import os, threading
        class Event(threading.Event):
            def set(self):
                os._exit(7)
        """,
        only="EVENT-01,EVENT-02,EVENT-05",
    )
    assert outcome.outcomes == {"EVENT-01": "pass", "EVENT-02": "CRASH", "EVENT-05": "pass"}
    assert "exit status 7" in outcome.rows["EVENT-02"]["message"]


def test_conform_with_exit_handlers_and_threads_that_never_end_ends(conform):
    """Exit handlers that hang and threads that are no daemons keep no child alive."""
    outcome = conform(
        """
        import atexit, threading, time
        from threading import Event
        atexit.register(time.sleep, 600)
        threading.Thread(target=time.sleep, args=(600,)).start()
        """,
        only="EVENT-01,EVENT-02",
    )
    assert set(outcome.outcomes.values()) == {"pass"}
    assert outcome.seconds < delays.LIMIT


PATCHING = """
    import json, os, sys, time, threading, _thread
    class Event:
        flag = False
        def is_set(self):
            return self.flag
        def set(self):
            self.flag = True
        def clear(self):
            self.flag = False
    def patched(*args, **keywords):
        raise RuntimeError("patched")
    time.sleep = time.monotonic = time.time = patched
    threading.Thread.start = threading.Lock = threading._start_new_thread = patched
    _thread.start_new_thread = _thread.allocate_lock = _thread.get_ident = patched
    json.dumps = json.loads = os.write = os._exit = os.read = patched
    json.JSONEncoder.encode = patched
"""


def test_conform_in_a_patched_world_tells_all(conform):
    """An adapter that patches clock, threads and JSON patches its own process alone."""
    outcome = conform(PATCHING, only="EVENT-01,EVENT-02,EVENT-03")
    assert set(outcome.outcomes.values()) == {"pass"}


def test_conform_spinning_without_letting_go_of_the_gil_is_a_timeout(conform):
    """C code that never lets another thread run is ended, and named."""
    outcome = conform(
        """
        import threading
        class Event(threading.Event):
            def is_set(self):
                return sum(iter(int, 1))
        """,
        only="EVENT-01,EVENT-05",
        **SOON,
    )
    assert outcome.outcomes == {"EVENT-01": "TIMEOUT", "EVENT-05": "pass"}
    assert "mine.py:5: is_set()" in outcome.rows["EVENT-01"]["message"]


@posix
def test_conform_sleep_in_the_main_thread_that_never_ends_is_a_timeout(conform):
    """A requirement of the main thread that does not come back is told like any other."""
    outcome = conform(
        """
        import threading
        class Event(threading.Event):
            def wait(self, timeout=None):
                while not super().wait(0.01) or timeout:
                    pass
                return True
        """,
        "--level",
        "all",
        only="EVENT-19",
        **SOON,
    )
    row = outcome.rows["EVENT-19"]
    assert row["outcome"] == "TIMEOUT"
    assert "in wait()" in row["message"]
    assert row["test"].startswith("test_event.py:")


def test_conform_del_that_hangs_in_the_collector_is_charged_to_its_requirement(conform):
    """A __del__ that never returns is a TIMEOUT of the requirement that left the object behind."""
    outcome = conform(
        """
        import threading, time
        class Lasting:
            def __init__(self):
                self.itself = self
            def __del__(self):
                time.sleep(600)
        class Event(threading.Event):
            def clear(self):
                Lasting()
                raise LookupError
        """,
        only="EVENT-02,EVENT-03,EVENT-05",
        **SOON,
    )
    assert outcome.outcomes == {"EVENT-02": "pass", "EVENT-03": "TIMEOUT", "EVENT-05": "pass"}


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no thread can be signalled here")
def test_conform_with_a_signal_that_comes_late_kills_nobody(conform):
    """A signal that finds nobody asleep any more does nothing."""
    outcome = conform(
        """
        import threading
        class Semaphore(threading.Semaphore):
            def acquire(self, blocking=True, timeout=None):
                return super().acquire(blocking, 0.1 if blocking else timeout)
        """,
        only="SEM-28,SEM-30,SEM-01",
        **SOON,
    )
    assert "CRASH" not in outcome.outcomes.values()
    assert outcome.outcomes["SEM-01"] == "pass"


def test_conform_with_waiters_that_are_a_number_looks_at_stacks(conform):
    """Where _waiters is a number, the suite looks whether stacks stand still."""
    outcome = conform(
        """
        import threading
        class Event(threading.Event):
            _waiters = 0
            __slots__ = ()
        """,
        only="EVENT-07,EVENT-11",
    )
    assert set(outcome.outcomes.values()) == {"pass"}


def test_conform_leftover_thread_is_named_and_lives_in_no_other_requirement(conform):
    """A thread that a requirement leaves behind is named there, and gone in the next."""
    outcome = conform(
        """
        import threading, os
        class Event(threading.Event):
            def set(self):
                pass
            def is_set(self):
                return os.getpid() if threading.active_count() else 0
        """,
        only="EVENT-07,EVENT-01",
        **SOON,
    )
    assert "wait()" in outcome.rows["EVENT-07"]["left"][0]


@posix
def test_conform_killed_takes_its_children_with_it(tmp_path):
    """When the parent is killed, its children end, and what they have started."""
    pids = tmp_path / "pids"
    (tmp_path / "mine.py").write_text(
        "import os, threading, time\n"
        "class Event(threading.Event):\n"
        "    def is_set(self):\n"
        f"        open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
        "        time.sleep(600)\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "syncprims", "conform", "./mine.py", "--only", "EVENT-01"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment())
    until(lambda: pids.exists() and pids.read_text().endswith("\n"))
    process.kill()
    process.wait()
    until(lambda: not alive(int(pids.read_text())))


def alive(pid):
    """Whether there is a process that is not only waited for."""
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True)
        return not state.stdout.startswith(b"Z") and bool(state.stdout)
    return False


@posix
def test_conform_interrupted_prints_what_it_has_and_returns_130(tmp_path):
    """Ctrl-C ends the run at once: the results so far are printed and written, exit status 130."""
    (tmp_path / "mine.py").write_text(
        "import threading, time\n"
        "class Event(threading.Event):\n"
        "    def set(self):\n"
        "        open('reached', 'w').close()\n"
        "        time.sleep(600)\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "syncprims", "conform", "./mine.py", "--json", "result.json"]
    process = subprocess.Popen(
        [*command, "--only", "EVENT-01,EVENT-02"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until((tmp_path / "reached").exists)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=delays.LIMIT)
    assert time.monotonic() - began < delays.LIMIT / 2
    assert process.returncode == 130
    assert "interrupted" in err
    assert "1 pass" in out
    (recording,) = json.loads((tmp_path / "result.json").read_text("utf-8"))["recordings"]
    assert recording["requirements"]["EVENT-01"]["outcome"] == "pass"


full_disk = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")


@full_disk
@pytest.mark.parametrize("option", ["--json", "--results"])
def test_conform_on_a_full_disk_says_so_once_and_prints_the_table(conform, option):
    """A result that cannot be kept is said in one line; the table comes, and exit status 1."""
    outcome = conform("from threading import Event", option, "/dev/full", only="EVENT-01,EVENT-02")
    (line,) = outcome.err.splitlines()
    assert "cannot write /dev/full" in line
    assert "2 pass" in outcome.out
    assert outcome.status == 1


def test_conform_writes_each_result_as_it_comes(conform, tmp_path):
    """--results holds a line of JSON for each requirement, also for one that crashed."""
    code = """
    import os, threading
    class Event(threading.Event):
        def set(self):
            os._exit(7)
    """
    conform(code, "--results", tmp_path / "lines", only="EVENT-01,EVENT-02")
    lines = [json.loads(line) for line in (tmp_path / "lines").read_text("utf-8").splitlines()]
    assert [(line["id"], line["outcome"]) for line in lines] == [
        ("EVENT-01", "pass"),
        ("EVENT-02", "CRASH"),
    ]


def test_conform_whose_import_never_ends_is_refused(tmp_path):
    """An adapter that ends its process while it is imported: one line, and exit status 2."""
    (tmp_path / "mine.py").write_text("import os\nos._exit(5)\n", "utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "syncprims", "conform", "./mine.py"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert process.returncode == 2
    assert "exit status 5" in process.stderr


DEAD = """
    import threading
    def dead(self, *args, **keywords):
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
    class Event:
        is_set = set = clear = wait = dead
    class Semaphore:
        acquire = release = __enter__ = __exit__ = dead
"""


def test_conform_of_a_dead_implementation_gives_up_and_says_so(conform):
    """Where no call returns, the run gives up a group after a while; what is left is not run."""
    outcome = conform(DEAD, only="EVENT,SEM", **SOON)
    assert outcome.status == 1
    assert "TIMEOUT" in outcome.outcomes.values()
    left = [row for row in outcome.rows.values() if row["message"].startswith("not run")]
    assert left
    assert f"{sum(row['level'] == 'contract' for row in left)} not run" in outcome.out
    assert outcome.seconds < 3 * delays.LIMIT
