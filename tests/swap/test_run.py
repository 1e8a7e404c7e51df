"""``python -m syncprims run``: a program of its own, with the kit swapped in."""

import subprocess
import sys
from pathlib import Path

import pytest

import syncprims
from tests.interpreter import programs_own

SCRIPT = """
import sys, threading
from queue import Queue
print(__name__, threading.Event.__module__, Queue.__module__, sys.argv[1:])
"""


def run(*arguments, folder):
    package = str(Path(syncprims.__file__).parents[1])
    process = subprocess.run(
        [sys.executable, "-m", "syncprims", "run", *arguments],
        cwd=folder,
        env={"PYTHONPATH": package, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    process.stderr = programs_own(process.stderr)
    return process


def test_run_of_a_script_swaps_and_passes_its_arguments(tmp_path):
    """The script is __main__, sees the kit, and its own arguments, options among them."""
    (tmp_path / "program.py").write_text(SCRIPT, "utf-8")
    process = run("program.py", "--only", "x", folder=tmp_path)
    assert process.stdout == "__main__ syncprims syncprims ['--only', 'x']\n"
    assert process.returncode == 0


def test_run_of_a_module_swaps(tmp_path):
    """-m: found from the current directory, as python -m does."""
    (tmp_path / "program.py").write_text(SCRIPT, "utf-8")
    process = run("--only", "Event", "-m", "program", "x", folder=tmp_path)
    assert process.stdout == "__main__ syncprims queue ['x']\n"


def test_run_of_a_script_finds_what_lies_beside_it(tmp_path):
    """The script's folder, not the current one, is searched first."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "beside.py").write_text("from threading import Event\n", "utf-8")
    (tmp_path / "inner" / "program.py").write_text(
        "import beside\nprint(beside.Event.__module__)\n", "utf-8"
    )
    assert run("inner/program.py", folder=tmp_path).stdout == "syncprims\n"


def test_run_ends_with_the_programs_status(tmp_path):
    """sys.exit(3) in the program is exit status 3."""
    (tmp_path / "program.py").write_text("raise SystemExit(3)", "utf-8")
    assert run("program.py", folder=tmp_path).returncode == 3


def test_run_of_what_is_not_there_is_said_in_one_line(tmp_path):
    """No such script, module or primitive: one line, exit status 2."""
    for arguments, said in (
        (["nothing.py"], "syncprims run: no file 'nothing.py'\n"),
        (["-m", "nothing.at.all"], "syncprims run: no module 'nothing.at.all'\n"),
        (["--only", "Evnt", "x.py"], "syncprims run: --only: cannot swap Evnt; "),
    ):
        process = run(*arguments, folder=tmp_path)
        assert process.stderr.startswith(said)
        assert process.stderr.count("\n") == 1
        assert process.returncode == 2


def test_run_of_a_folder_that_is_no_program_is_said_in_one_line(tmp_path):
    """A folder can be run if it has a __main__.py."""
    process = run(str(tmp_path), folder=tmp_path)
    assert process.stderr.count("\n") == 1
    assert "without a __main__.py" in process.stderr
    assert process.returncode == 2
    (tmp_path / "__main__.py").write_text(SCRIPT, "utf-8")
    assert run(str(tmp_path), folder=tmp_path).returncode == 0


SUBCLASSES = """
import threading


class Resizable(threading.Semaphore):
    def grow(self, n=1):
        with self._cond:
            self._value += n
            self._cond.notify(n)


class Counting(threading.Semaphore):
    waiting = 0

    def acquire(self, *args, **kwargs):
        with self._cond:
            self.waiting += 1
        try:
            return super().acquire(*args, **kwargs)
        finally:
            with self._cond:
                self.waiting -= 1


class LastFirst(threading.Condition):
    def notify(self, n=1):
        for gate in list(self._waiters)[::-1][:n]:
            self._waiters.remove(gate)
            gate.release()


class Pausing(threading.Event):
    def pulse(self):
        with self._cond:
            self._flag = True
            self._cond.notify_all()
            self._flag = False


def asleep(primitive, n=1):
    condition = getattr(primitive, "_cond", primitive)
    while True:
        with condition:
            if len(condition._waiters) == n:
                return


def started(function):
    thread = threading.Thread(target=function)
    thread.start()
    return thread


resizable, counting, pausing = Resizable(0), Counting(0), Pausing()
last_first, order = LastFirst(threading.Lock()), []


def wait_in_line(me):
    with last_first:
        last_first.wait()
        order.append(me)


for primitive, sleep, wake in (
    (resizable, resizable.acquire, resizable.grow),
    (counting, counting.acquire, counting.release),
    (pausing, pausing.wait, pausing.pulse),
):
    thread = started(sleep)
    asleep(primitive)
    print(type(primitive).__name__, getattr(primitive, "waiting", None))
    wake()
    thread.join()
line = []
for me in range(2):
    line.append(started(lambda me=me: wait_in_line(me)))
    asleep(last_first, me + 1)
for left in (1, 0):
    with last_first:
        last_first.notify()
    line.pop().join()
print("last first", order)
"""


def test_run_of_subclasses_that_stand_on_private_parts_prints_what_python_prints(tmp_path):
    """A semaphore that grows, one that counts, a condition that wakes the last, a pulsing event."""
    program = tmp_path / "subclasses.py"
    program.write_text(SUBCLASSES, "utf-8")
    plain = subprocess.run([sys.executable, str(program)], capture_output=True, text=True)
    swapped = run("subclasses.py", folder=tmp_path)
    assert plain.stdout.endswith("last first [1, 0]\n"), plain.stderr
    assert (swapped.stdout, swapped.stderr) == (plain.stdout, plain.stderr)


def test_run_of_billiards_pool_maps(tmp_path):
    """celery's pool has a semaphore derived from threading's, which says ``with self._cond``."""
    pytest.importorskip("billiard", reason="optional: see [testenv:realworld] in tox.ini")
    program = tmp_path / "pool.py"
    program.write_text(
        "from billiard import Pool\n"
        "if __name__ == '__main__':\n"
        "    with Pool(2, putlocks=True) as pool:\n"
        "        print(pool.map(abs, [-1, -2, -3]))\n",
        "utf-8",
    )
    ended = run("pool.py", folder=tmp_path)
    assert ended.stdout == "[1, 2, 3]\n", ended.stderr


def test_run_of_a_program_that_fails_shows_its_own_traceback(tmp_path):
    """As python shows it: no frame of ours or of runpy, and exit status 1."""
    source = "def divide():\n    1 / 0\n\n\ndivide()\n"
    (tmp_path / "program.py").write_text(source, "utf-8")
    plain = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True
    )
    for how in (["program.py"], ["-m", "program"]):
        process = run(*how, folder=tmp_path)
        said = process.stderr.replace(f"{tmp_path}/", "")
        assert said == plain.stderr.replace(f"{tmp_path}/", "")
        assert process.returncode == plain.returncode == 1
