"""The command line: ``python -m syncprims COMMAND``.

Exit status 0: all as expected; 1: a requirement, or a scenario, failed; 2: a mistake in the call,
said in one line on stderr; 3: an exploration hit a limit.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import inspect
import os
import shlex
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import syncprims
from syncprims.conformance.command import add_parsers
from syncprims.conformance.output import UsageError, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syncprims.swap.watch import Watch


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except UsageError as error:
        print(f"syncprims {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"syncprims {options.command}: interrupted", file=sys.stderr)
        return 130


HELP = """\
examples:
  python -m syncprims conform                 the kit and the standard library
  python -m syncprims conform ./mine.py       an implementation of your own
  python -m syncprims run script.py           a program, with the kit swapped in
  python -m syncprims explore FILE.py::NAME   every order of its threads' steps

exit status: 0, as it should be; 1, something is not met or failed; 2, a
mistake in the call; 3, an exploration hit a limit; 130, Ctrl-C

COMMAND --help tells more; docs/index.md is where to read on
"""


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line; shtab makes completions for shells from it."""
    made = _Parser(
        prog="syncprims",
        description="Synchronization primitives on one lock.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"syncprims {syncprims.__version__}")
    commands = made.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    add_parsers(commands)
    _add_run(commands)
    _add_explore(commands)
    return made


def _add_run(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run a program with the kit in the standard library's place",
        description="Run a script, or with -m a module, with the kit swapped in.",
    )
    parser.set_defaults(run=_run_program, command="run")
    add = parser.add_argument
    add("--only", metavar="NAMES", help="swap these only: Event,Queue")
    add("--no-children", dest="children", action="store_false", help="not in its processes")
    add("--hang", metavar="SECONDS", type=float, help="end, and explain, a sleep nobody can end")
    add("-m", dest="module", action="store_true", help="PROGRAM is a module, as for python -m")
    add("program", metavar="PROGRAM", help="a script, or a module's name")
    add("arguments", nargs=argparse.REMAINDER, metavar="...", help="the program's own")


def _run_program(options: argparse.Namespace) -> int:
    from syncprims.swap import swap
    from syncprims.swap.children import hand_on
    from syncprims.swap.program import run

    watch = _watch(options.hang)
    try:
        swapping = swap(only=options.only, quiet=True, watch=watch or False)
    except ValueError as error:
        raise UsageError(f"--only: {error}") from None
    there = importlib.util.find_spec if options.module else os.path.exists
    if options.module and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    if not _found(there, options.program):
        kind = "module" if options.module else "file"
        raise UsageError(f"no {kind} {options.program!r}")
    inside = os.path.join(options.program, "__main__.py")
    if not options.module and os.path.isdir(options.program) and not os.path.exists(inside):
        raise UsageError(f"{options.program!r} is a folder without a __main__.py")
    if options.module and options.program.partition(".")[0] in ("pytest", "py"):
        raise UsageError("pytest swaps by itself, and earlier: pytest --syncprims")
    names = swapping.start().names  # to the end of the process
    if options.children:
        hand_on(names)
    return run(options.program, options.arguments, options.module)


def _watch(hang: float | None) -> Watch | None:
    if not hang:
        return None
    from syncprims.swap.watch import Watch

    try:
        return Watch(hang=hang, leaks=False, order=False)
    except ValueError as error:
        raise UsageError(f"--hang: {error}") from None


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
        write("-", result.as_json() + "\n")
    else:
        found = None if result.failure is None else result.failure.schedule
        schedule = found if options.replay is None else options.replay
        again = "" if schedule is None else f"or: {_replaying(options, schedule)}\n"
        write("-", f"{result}\n{again}")
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
