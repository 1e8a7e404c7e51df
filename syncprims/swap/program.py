"""A program, run as ``python`` runs it, with the kit in the standard library's place.

It has a ``__main__`` of its own, which stays when it has ended: threads that live on, pickles and
``atexit`` handlers find it. So does the swap stay, until the process ends. A traceback shows the
program's frames alone, and the exit status is the one that python would give.
"""

from __future__ import annotations

import atexit
import builtins
import io
import os
import runpy
import signal
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType, TracebackType


def run(program: str, arguments: list[str], is_module: bool) -> int:
    """Run a script, a folder or, if it `is_module`, a module; return the exit status."""
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __spec__=None)
    for name, value in (("__annotations__", {}), ("__cached__", None)):
        if name in vars(sys.modules["__main__"]):  # as older Pythons have it
            setattr(main, name, value)
    sys.modules["__main__"] = main
    sys.argv = [program, *arguments]
    ended = Ended()
    try:
        if is_module:
            sys.path[0] = os.getcwd()
            runpy._run_module_as_main(program)  # type: ignore[attr-defined]
        elif os.path.isfile(program) and not program.endswith((".zip", ".pyz", ".pyc")):
            _run_script(program, main)
        else:
            sys.path[0] = program
            runpy._run_module_as_main("__main__", False)  # type: ignore[attr-defined]
    except SystemExit:
        raise
    except BaseException as error:
        own = _own(error.__traceback__)
        sys.excepthook(type(error), error.with_traceback(own), own)
        ended.interrupted = isinstance(error, KeyboardInterrupt)
        return 1
    return 0


def _run_script(path: str, main: ModuleType) -> None:
    path = os.path.abspath(path)
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    with io.open_code(path) as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    loader = SourceFileLoader("__main__", path)
    main.__dict__.update(__file__=path, __loader__=loader)
    exec(code, main.__dict__)


class Ended:
    """How the program has ended: who was interrupted ends by the signal, when all else is over."""

    def __init__(self) -> None:
        self.interrupted: bool = False
        atexit.register(self._end)  # before the program's own: so it comes last

    def _end(self) -> None:
        if self.interrupted and hasattr(signal, "SIGINT"):
            sys.stdout.flush()
            sys.stderr.flush()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)


def _own(traceback: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback that is the program's own, without what started it."""
    first = traceback
    while first and _is_ours(first):
        first = first.tb_next
    return first  # none for a SyntaxError, which is raised before the program's first line


def _is_ours(traceback: TracebackType) -> bool:
    frame = traceback.tb_frame
    return frame.f_code.co_filename == __file__ or frame.f_globals.get("__name__") == "runpy"
