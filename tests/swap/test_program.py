"""``syncprims run`` does what ``python`` does: twenty small programs, byte for byte."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import syncprims

PROGRAMS = {
    "prints": "print('hello')",
    "arguments": "import sys; print(sys.argv[1:], sys.argv[0])",
    "file": "print(__file__, __name__, __spec__, __package__, __doc__)",
    "docstring": "'What it does.'\nprint(__doc__)",
    "path": "import sys; print(sys.path[0])",
    "imports": "import beside; print(beside.here)",
    "raises": "def divide():\n    1 / 0\n\n\ndivide()",
    "raises_from": "try:\n    1 / 0\nexcept Exception as e:\n    raise KeyError('no') from e",
    "syntax": "def (",
    "exits": "import sys; sys.exit(3)",
    "exits_with_a_text": "import sys; sys.exit('that is all')",
    "interrupts_itself": "raise KeyboardInterrupt",
    "warns": "import warnings; warnings.warn('beware')",
    "hooks": "import sys\nsys.excepthook = lambda *a: print('caught', a[0].__name__)\n1 / 0",
    "at_exit": (
        "import atexit, threading\n"
        "atexit.register(lambda: print('last', __name__, threading.Event().wait(0)))\n"
    ),
    "thread_that_outlives_main": (
        "import pickle, sys, threading\n"
        "class Letter:\n"
        "    def __init__(self, text):\n"
        "        self.text = text\n"
        "main = threading.current_thread()\n"
        "def late():\n"
        "    main.join()\n"
        "    print(pickle.loads(pickle.dumps(Letter('dear'))).text)\n"
        "threading.Thread(target=late).start()\n"
        "print('main ends')\n"
    ),
    "thread_that_fails": (
        "import threading\n"
        "def fail():\n"
        "    raise LookupError('there')\n"
        "thread = threading.Thread(target=fail, name='failing')\n"
        "thread.start()\n"
        "thread.join()\n"
    ),
    "bounded": (
        "import queue, threading\n"
        "jobs = queue.Queue(1)\n"
        "thread = threading.Thread(target=lambda: [jobs.put(n) for n in range(3)])\n"
        "thread.start()\n"
        "print([jobs.get() for _ in range(3)])\n"
        "thread.join()\n"
    ),
    "pool": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(2) as pool:\n"
        "    print(list(pool.map(abs, [-1, -2])))\n"
    ),
    "reads": "import sys; print(sys.stdin.read().upper())",
    "main_module": "import __main__; x = 1; print(__main__.x, sorted(vars(__main__)))",
}
AS_THEY_ARE = [*PROGRAMS]
PACKAGE = str(Path(syncprims.__file__).parents[1])


@pytest.fixture(name="folder")
def a_folder_of_programs(tmp_path):
    for name, source in PROGRAMS.items():
        (tmp_path / f"{name}.py").write_text(source + "\n", "utf-8")
    (tmp_path / "beside.py").write_text("here = 1\n", "utf-8")
    return tmp_path


def ended(folder, *command, **more):
    """Run a command in a folder; return what it printed and how it ended."""
    process = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": PACKAGE, "PYTHONHASHSEED": "0"},
        input="read this",
        capture_output=True,
        text=True,
        timeout=60,
        **more,
    )
    return process.stdout, process.stderr, process.returncode


@pytest.mark.parametrize("name", AS_THEY_ARE)
def test_run_of_a_script_is_what_python_does(folder, name):
    """Output, errors and exit status are equal, byte for byte."""
    command = (f"{name}.py", "one", "--two")
    plain = ended(folder, *command)
    assert ended(folder, "-m", "syncprims", "run", *command) == plain
    assert plain[0] or plain[1] or plain[2]


@pytest.mark.parametrize("name", ["arguments", "exits", "bounded", "imports"])
def test_run_of_a_module_is_what_python_does(folder, name):
    """With -m too."""
    plain = ended(folder, "-m", name, "one")
    assert ended(folder, "-m", "syncprims", "run", "-m", name, "one") == plain


def test_run_of_a_script_elsewhere_is_what_python_does(folder, tmp_path):
    """A path with a folder in it, and a space: what lies beside the script is found."""
    inner = tmp_path / "in ner"
    inner.mkdir()
    (inner / "program.py").write_text("import beside, sys; print(__file__, sys.path[0])\n", "utf-8")
    (inner / "beside.py").write_text("", "utf-8")
    command = ("in ner/program.py",)
    assert ended(folder, "-m", "syncprims", "run", *command) == ended(folder, *command)


@pytest.mark.parametrize("archive", [False, True])
def test_run_of_a_folder_or_an_archive_is_what_python_does(folder, tmp_path, archive):
    """One with a __main__.py."""
    source = "import sys\nprint(__name__, sys.argv)\n"
    if archive:
        with zipfile.ZipFile(tmp_path / "app.pyz", "w") as file:
            file.writestr("__main__.py", source)
    else:
        (tmp_path / "app.pyz").mkdir()
        (tmp_path / "app.pyz" / "__main__.py").write_text(source, "utf-8")
    assert ended(folder, "-m", "syncprims", "run", "app.pyz") == ended(folder, "app.pyz")


def test_run_passes_pythons_own_options(folder):
    """-W and -X are python's, before -m."""
    options = ("-W", "error", "-X", "dev")
    plain = ended(folder, *options, "warns.py")
    assert plain[2] == 1
    assert ended(folder, *options, "-m", "syncprims", "run", "warns.py") == plain


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this platform has no such signals")
def test_run_interrupted_from_outside_shows_the_programs_traceback(folder):
    """Ctrl-C: the program's own frames, and the end by the signal."""
    (folder / "sleeps.py").write_text("import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    found = []
    for how in ((), ("-m", "syncprims", "run")):
        with subprocess.Popen(
            [sys.executable, *how, "sleeps.py"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": PACKAGE},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout.readline() == "up\n"
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
            found.append((said.splitlines()[0], said.splitlines()[-1], process.returncode))
            assert said.count('  File "') == 1
    assert found[0] == found[1]
    assert found[0][:2] == ("Traceback (most recent call last):", "KeyboardInterrupt")


CHILDREN = """
import multiprocessing, sys, threading

def tell(n):
    return threading.Event.__module__

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.map(tell, [1]))
"""


@pytest.mark.parametrize("how", ["spawn", "forkserver", "fork"])
def test_run_hands_the_swap_on_to_children(tmp_path, how):
    """Spawned, by a fork server, or forked; with --no-children only what is forked has it."""
    import multiprocessing

    if how not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {how} here")
    (tmp_path / "program.py").write_text(CHILDREN, "utf-8")
    run = ("-m", "syncprims", "run")
    assert ended(tmp_path, *run, "program.py", how) == ("['syncprims']\n", "", 0)
    kept = "syncprims" if how == "fork" else "threading"
    found = ended(tmp_path, *run, "--no-children", "program.py", how)
    assert found == (f"['{kept}']\n", "", 0)
