"""The command line: ``python -m syncprims COMMAND``.

Exit status 0: all as expected; 1: a requirement of the contract, or a scenario, failed; 2: a
mistake in the call, said in one line on stderr; 3: an exploration hit a limit.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import inspect
import io
import os
import shlex
import shutil
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import syncprims

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syncprims.conformance.report import Recorder


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    parser = _Parser(prog="syncprims", description="Synchronization primitives on one lock.")
    parser.add_argument("--version", action="version", version=syncprims.__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    _add_conform(commands)
    _add_matrix(commands)
    _add_run(commands)
    _add_explore(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except UsageError as error:
        print(f"syncprims {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"syncprims {options.command}: interrupted", file=sys.stderr)
        return 130


class UsageError(Exception):
    """A user's mistake; the text says in one line what to do."""


def _add_conform(commands: Any) -> None:
    parser = commands.add_parser(
        "conform",
        help="run the conformance suite and print one table",
        description="Run the conformance suite against each implementation, side by side.",
    )
    parser.set_defaults(run=_conform, command="conform")
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="syncprims, stdlib (default: both) or a module")
    add("--only", action="append", default=[], metavar="ID", help="a group, EVENT, or an id")
    add("--json", metavar="FILE", help="write the result to FILE as JSON (- for stdout)")
    add("--markdown", metavar="FILE", help="write the table to FILE as Markdown (- likewise)")
    add("-v", "--verbose", action="store_true", help="print why each failed requirement failed")


def _conform(options: argparse.Namespace) -> int:
    _need_pytest()
    from syncprims.conformance import report

    if options.json == options.markdown == "-":
        raise UsageError("--json and --markdown cannot both go to stdout")
    for path in (options.json, options.markdown):
        _check_writable(path)
    names = list(dict.fromkeys(options.names or ["syncprims", "stdlib"]))
    recorders = [_run_suite(name, options.only) for name in names]
    recordings = [run.recording(name) for run, name in zip(recorders, names, strict=True)]
    found = {
        found for run in recorders for row in run.rows for found in (row, report.group_of(row))
    }
    for wanted in options.only:
        if wanted.upper() not in found:
            raise UsageError(f"--only {wanted} matches no requirement; EVENT and EVENT-03 would")
    if "-" not in (options.json, options.markdown):
        terminal = sys.stdout is not None and sys.stdout.isatty()
        color = terminal and not os.environ.get("NO_COLOR")
        width = shutil.get_terminal_size((120, 0)).columns if terminal else 0
        _write("-", report.text(recordings, width, color) + "\n")
    if options.verbose:
        for run in recorders:
            print(*run.failures.values(), sep="\n\n", file=sys.stderr)
    _write(options.json, report.as_json(recordings))
    _write(options.markdown, report.markdown(recordings))
    return int(any(report.counts(recording)[report.FAIL] for recording in recordings))


def _run_suite(name: str, only: list[str]) -> Recorder:
    import pytest

    from syncprims.conformance import adapter, report

    try:
        adapter.load(name)
    except adapter.AdapterError as error:
        raise UsageError(str(error)) from None
    recorder = report.Recorder(only, _progress(name))
    # Only our own plugin, and nobody's configuration: the suite means the same everywhere.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    with contextlib.redirect_stderr(io.StringIO()) as complaints:
        status = pytest.main(
            [
                *("--pyargs", "syncprims.conformance", "--primitives", name, "-c", os.devnull),
                *("--noconftest", "-p", "syncprims.conformance.conftest"),  # ours, not the user's
                *("-p", "syncprims.pytest_plugin", "-p", "no:terminal", "-p", "no:cacheprovider"),
            ],
            plugins=[recorder],
        )
    if recorder.uncollected:
        raise UsageError(f"the suite cannot be read: {recorder.uncollected[0]}")
    if status in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        why = (complaints.getvalue().strip().splitlines() or ["pytest does not say why"])[-1]
        raise UsageError(f"the suite did not run on {name!r}: {why.removeprefix('ERROR: ')}")
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return recorder


def _progress(name: str) -> Callable[[int, int], None]:
    """Return what shows how far a run is, if anybody looks."""
    terminal = sys.stderr
    if terminal is None or not terminal.isatty():
        return lambda done, of: None

    def show(done: int, of: int) -> None:
        end = "\r" if done < of else "\r\x1b[K"
        print(f"{name}: {done} of {of}", end=end, file=terminal, flush=True)

    return show


def _check_writable(path: str | None) -> None:
    """Find out before the run, not after, that its result cannot be kept."""
    if path and path != "-":
        there = os.path.lexists(path)
        try:
            with open(path, "a", encoding="utf-8"):
                pass
            if not there:
                os.remove(path)  # what comes to nothing leaves nothing
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _write(path: str | None, content: str) -> None:
    """Write to a file, or to stdout if `path` is ``-``."""
    try:
        if path == "-":
            if isinstance(sys.stdout, io.TextIOWrapper):
                sys.stdout.reconfigure(errors="replace")  # what a terminal cannot show is a "?"
            print(content, end="", flush=True)
        elif path:
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
    except BrokenPipeError:  # the reader of our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = "stdout" if path == "-" else path
        raise UsageError(f"cannot write {where}: {error.strerror}") from None


def _add_matrix(commands: Any) -> None:
    parser = commands.add_parser(
        "matrix",
        help="merge the conformance results of many environments into one table",
        description="Merge the JSON files that conformance runs have left in a directory.",
    )
    parser.set_defaults(run=_matrix, command="matrix")
    add = parser.add_argument
    add("directory", help="where the files are, each named after its environment")
    add("--expect", nargs="*", default=[], metavar="ENV", help="name those that are missing")
    add("--markdown", metavar="FILE", help="write the table and every requirement to FILE")


def _matrix(options: argparse.Namespace) -> int:
    _need_pytest()
    from syncprims.conformance import matrix

    _check_writable(options.markdown)
    expected = [name for word in options.expect for name in word.split(",") if name]
    try:
        recordings = matrix.read(options.directory)
    except matrix.MatrixError as error:
        raise UsageError(str(error)) from None
    if options.markdown != "-":
        _write("-", matrix.text(recordings, expected) + "\n")
    _write(options.markdown, matrix.markdown(recordings, expected))
    return 0


def _need_pytest() -> None:
    if importlib.util.find_spec("pytest") is None:
        raise UsageError("needs pytest: run  python -m pip install pytest")


def _add_run(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run a program with the kit in the standard library's place",
        description="Run a script, or with -m a module, with the kit swapped in.",
    )
    parser.set_defaults(run=_run_program, command="run")
    add = parser.add_argument
    add("--only", metavar="NAMES", help="swap these only: Event,Queue")
    add("-m", dest="module", action="store_true", help="PROGRAM is a module, as for python -m")
    add("program", metavar="PROGRAM", help="a script, or a module's name")
    add("arguments", nargs=argparse.REMAINDER, metavar="...", help="the program's own")


def _run_program(options: argparse.Namespace) -> int:
    import runpy

    from syncprims.swap import swap

    try:
        swapped = swap(only=options.only.split(",") if options.only else None)
    except ValueError as error:
        raise UsageError(f"--only: {error}") from None
    there = importlib.util.find_spec if options.module else os.path.exists
    sys.path.insert(0, os.getcwd() if options.module else os.path.dirname(options.program))
    if not _found(there, options.program):
        kind = "module" if options.module else "file"
        raise UsageError(f"no {kind} {options.program!r}")
    inside = os.path.join(options.program, "__main__.py")
    if not options.module and os.path.isdir(options.program) and not os.path.exists(inside):
        raise UsageError(f"{options.program!r} is a folder without a __main__.py")
    sys.argv = [options.program, *options.arguments]
    with swapped:
        if options.module:
            runpy.run_module(options.program, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(options.program, run_name="__main__")
    return 0


def _found(there: Callable[[str], object], program: str) -> bool:
    try:
        return bool(there(program))
    except (ImportError, ValueError):  # a part of the name is no package, or it is no name
        return False


def _add_explore(commands: Any) -> None:
    parser = commands.add_parser(
        "explore",
        help="run a scenario in every order of its threads' steps that can make a difference",
        description="Explore a function that takes no arguments.",
    )
    parser.set_defaults(run=_explore, command="explore")
    add = parser.add_argument
    add("scenario", metavar="FILE.py::NAME", help="a function in a file")
    add("--strategy", help="dpor (default), dfs, pct, random, or random(SEED)")
    add("--preemptions", type=int, metavar="N", help="depth first, with at most so many")
    add("--timeouts", choices=["any", "idle"], help="when time-outs may fire (default: any)")
    add("--race-free", action="store_true", default=None, help="no plain data is shared unlocked")
    add("--max-executions", type=int, metavar="N", help="stop after so many")
    add("--max-seconds", type=float, metavar="S", help="stop after so long")
    add("--replay", metavar="SCHEDULE", help="run this schedule only")
    add("--json", action="store_true", help="print the result as JSON")


def _explore(options: argparse.Namespace) -> int:
    from syncprims.explore import explore, replay

    # With --json what the scenario prints must not get into the document.
    stdout = contextlib.redirect_stdout(sys.stderr) if options.json else contextlib.nullcontext()
    with stdout:
        function = _scenario(options.scenario)
        given = _options_of_exploration(options, function)
        try:
            if options.replay is None:
                result = explore(function, **given)
            else:
                result = replay(function, options.replay, **given)
        except ValueError as error:
            raise UsageError(str(error)) from None
    if options.json:
        _write("-", result.as_json() + "\n")
    else:
        found = None if result.failure is None else result.failure.schedule
        schedule = found if options.replay is None else options.replay
        again = "" if schedule is None else f"or: {_replaying(options, schedule)}\n"
        _write("-", f"{result}\n{again}")
    return {"proved": 0, "bounded": 0, "failed": 1}.get(result.verdict, 3)


def _options_of_exploration(options: argparse.Namespace, function: Any) -> dict[str, Any]:
    """What ``@explored(...)`` or the marker says, unless the command line says otherwise."""
    names = ["timeouts", "race_free"]
    if options.replay is None:
        names += ["strategy", "preemptions", "max_executions", "max_seconds"]
    marks = getattr(function, "pytestmark", ())
    marked = [mark.kwargs for mark in marks if mark.name == "explored"]
    said = getattr(function, "explored_with", marked[0] if marked else {})
    given = {name: value for name, value in vars(options).items() if value is not None}
    wanted = {**said, **given}
    return {name: value for name, value in wanted.items() if name in names}


def _replaying(options: argparse.Namespace, schedule: str) -> str:
    timeouts = f" --timeouts {options.timeouts}" if options.timeouts else ""
    scenario = shlex.quote(options.scenario)
    return f"python -m syncprims explore {scenario} --replay {shlex.quote(schedule)}{timeouts}"


def _scenario(name: str) -> Callable[[], object]:
    """Load FILE.py::NAME."""
    file, _, function = name.partition("::")
    if not function.isidentifier():
        raise UsageError(f"{name!r} names no function: FILE.py::NAME")
    if not os.path.isfile(file) or not file.endswith(".py"):
        raise UsageError(f"no Python file {file!r}")
    try:
        found = getattr(_imported(os.path.abspath(file)), function, None)
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise UsageError(f"{file} cannot be read: {why}") from None
    if not callable(found):
        raise UsageError(f"{file} has no function {function!r}")
    own = inspect.unwrap(found, stop=lambda each: not hasattr(each, "explored_with"))
    try:
        inspect.signature(own, follow_wrapped=False).bind()
    except TypeError:
        raise UsageError(
            f"{function} takes arguments: a test with fixtures is for pytest"
        ) from None
    return found  # type: ignore[no-any-return]


def _imported(file: str) -> object:
    """Import a file, as a part of the package it is in, if any, so that relative imports work."""
    root, name = os.path.split(file[: -len(".py")])
    while os.path.exists(os.path.join(root, "__init__.py")):
        root, package = os.path.split(root)
        name = f"{package}.{name}"
    sys.path.insert(0, root)
    if "." in name:
        return importlib.import_module(name)
    spec: Any = importlib.util.spec_from_file_location(
        "__explored__", file
    )  # not queue, if it is queue.py
    module = sys.modules["__explored__"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
