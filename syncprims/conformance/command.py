"""The commands ``conform``, ``compare`` and ``matrix``: options in, text and exit status out.

Exit status of conform: 0; 1 if something is not met at a level that is looked at, or a result could
not be kept; 2 if the call is wrong, or nothing was asked of any implementation named; 130 after
Ctrl-C. Of compare: 1 if anything got worse.
"""

from __future__ import annotations

import argparse
import difflib
from typing import TYPE_CHECKING, Any

from syncprims.conformance.output import UsageError, check_writable, write
from syncprims.conformance.terminal import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncprims.conformance.requirement import Requirement


def add_parsers(commands: Any) -> None:
    """Add the commands of the suite."""
    _add_conform(commands)
    _add_compare(commands)
    _add_matrix(commands)


CONFORM = """\
examples:
  conform                               the kit and the standard library
  conform ./mine.py --only EVENT,SEM    two groups, of a file
  conform mine stdlib --json all.json   a module; all that was found, as JSON

exit status: 0; 1, a requirement of a level that counts is not met; 2, a
mistake in the call, or nothing could be asked; 130, Ctrl-C

docs/adapters.md tells how to read what is shown
"""


def _add_conform(commands: Any) -> None:
    parser = commands.add_parser(
        "conform",
        help="run the conformance suite",
        description="Run the conformance suite against each implementation.",
        epilog=CONFORM,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_conform, command="conform")
    add = parser.add_argument
    add(
        "names",
        nargs="*",
        metavar="NAME",
        help="syncprims, stdlib, a module or FILE.py",
    )
    add("--only", action="append", default=[], metavar="A,B", help="groups or ids: EVENT,QUEUE-35")
    add("--skip", action="append", default=[], metavar="A,B", help="all but these")
    add("--list", action="store_true", help="list the requirements, and run none")
    add("--level", default="contract", metavar="L,M", help="levels that count, or all")
    add("--strict", action="store_true", help="a listed deviation that passes counts as a failure")
    add("--fail-fast", action="store_true", help="stop at the first that is not met")
    add("--repeat", type=int, default=1, metavar="N", help="run all N times; the worst counts")
    add("--shuffle", action="store_true", help="run in another order each time")
    add("--seed", type=int, metavar="N", help="run in the order that belongs to N")
    add("--in-process", action="store_true", help="run here, without limits, for a debugger")
    add("--all", action="store_true", help="show every requirement, not only what is not met")
    for option in ("--json", "--junit", "--markdown"):
        add(option, metavar="FILE", help=f"write it to FILE as {option[2:]} (- for stdout)")
    add("--results", metavar="FILE", help="write each result to FILE as it comes, as JSON lines")
    add("--write-deviations", metavar="FILE", help="write what is not met to FILE, as a list")


def _conform(options: argparse.Namespace) -> int:
    from syncprims.conformance import session

    documents = [options.json, options.junit, options.markdown, options.write_deviations]
    if documents.count("-") > 1:
        raise UsageError("only one document can go to stdout")
    for path in (*documents, options.results):
        check_writable(path)
    if options.repeat < 1:
        raise UsageError("--repeat must be at least 1")
    requirements = _selected(session.catalogue(), options)
    if options.list:
        listed = [
            wrapped(f"{each.identifier:10} {each.level:14} {each.sentence}", rest=" " * 26)
            for each in requirements
        ]
        write("-", "".join(f"{line}\n" for lines in listed for line in lines))
        return 0
    try:
        return session.Session(options, requirements).run()
    except session.Refused as error:
        raise UsageError(str(error)) from None


def _selected(known: list[Requirement], options: argparse.Namespace) -> list[Requirement]:
    only, skip = _wanted("--only", options.only, known), _wanted("--skip", options.skip, known)
    chosen = [each for each in known if not only or _matches(each, only)]
    chosen = [each for each in chosen if not _matches(each, skip)]
    if not chosen:
        raise UsageError("nothing is left to run")
    return chosen


def _wanted(option: str, texts: Iterable[str], known: list[Requirement]) -> set[str]:
    words = {word.strip() for text in texts for word in text.split(",") if word.strip()}
    for word in sorted(words):
        if not any(_matches(each, {word.upper()}) for each in known):
            names = {name for each in known for name in (each.identifier, each.group)}
            near = difflib.get_close_matches(word.upper(), sorted(names), 1) or ["EVENT"]
            raise UsageError(f"{option} {word} matches no requirement; {near[0]} would")
    return {word.upper() for word in words}


def _matches(requirement: Requirement, wanted: set[str]) -> bool:
    return not wanted.isdisjoint({requirement.identifier, requirement.group})


def _add_compare(commands: Any) -> None:
    parser = commands.add_parser(
        "compare",
        help="say what changed between two runs of the conformance suite",
        description="Compare two files that conform --json has written.",
        epilog="exit status: 0; 1, something got worse; 2, a file is no recording",
    )
    parser.set_defaults(run=_compare, command="compare")
    parser.add_argument("before", metavar="A.json")
    parser.add_argument("after", metavar="B.json")


def _compare(options: argparse.Namespace) -> int:
    from syncprims.conformance import compare

    try:
        before, after = compare.read(options.before), compare.read(options.after)
    except compare.Unreadable as error:
        raise UsageError(str(error)) from None
    lines, worse = compare.compare(before, after)
    told = [part for line in lines or ["nothing has changed"] for part in wrapped(line)]
    write("-", "".join(f"{line}\n" for line in told))
    return int(worse)


def _add_matrix(commands: Any) -> None:
    parser = commands.add_parser(
        "matrix",
        help="merge the conformance results of many environments into one table",
        description="Merge the JSON files that conformance runs have left in a directory.",
        epilog="example: conform --json results/mine.json, then matrix results",
    )
    parser.set_defaults(run=_matrix, command="matrix")
    add = parser.add_argument
    add("directory", help="where the files, or folders of them for each system, are")
    add("--expect", nargs="*", default=[], metavar="ENV", help="name those that are missing")
    add("--markdown", metavar="FILE", help="write the table and every requirement to FILE")


def _matrix(options: argparse.Namespace) -> int:
    from syncprims.conformance import compare, matrix

    check_writable(options.markdown)
    expected = [name for word in options.expect for name in word.split(",") if name]
    try:
        systems = matrix.read(options.directory)
    except compare.Unreadable as error:
        raise UsageError(str(error)) from None
    if options.markdown != "-":
        write("-", matrix.text(systems, expected) + "\n")
    write(options.markdown, matrix.markdown(systems, expected))
    return 0
