"""How long the kit is: code lines, the longest functions, and the minutes it takes to read.

``python -m tests.unit.lines`` prints a line for each file. A code line is one that has something
of a statement on it: no comment, no docstring, no blank line. A reader is thought to manage 8 of
these in a minute, or 200 words of docstrings and comments.
"""

from __future__ import annotations

import ast
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import syncprims

HERE = Path(syncprims.__file__).parent

KIT = (
    *("lock", "waitqueue", "fork", "rlock", "condition", "event", "semaphore", "barrier"),
    *("queue", "priorityqueue", "simplequeue", "iterators", "__init__"),
)
"""From the ground up: a file may import those before it, none after."""

LINES_PER_MINUTE, WORDS_PER_MINUTE = 8, 200

# They have no text, or none of a statement's.
BESIDE_THE_CODE = {
    tokenize.ENCODING,
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}

Documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


class Length(NamedTuple):
    """The length of one file."""

    name: str
    code: int  # lines
    functions: dict[str, int]  # their lines of code, by line number and name
    words: int


def length(path: Path) -> Length:
    """Measure a file."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = list(_docstrings(tree))
    inside = {line for each in docstrings for line in _lines(each)}
    with path.open("rb") as file:
        tokens = list(tokenize.tokenize(file.readline))
    code = {
        line
        for token in tokens
        if token.type not in BESIDE_THE_CODE
        for line in range(token.start[0], token.end[0] + 1)
    } - inside
    functions = {
        f"{node.lineno} {node.name}": len(code.intersection(_lines(node)))
        for node in ast.walk(tree)
        if isinstance(node, Function)
    }
    prose = [ast.literal_eval(each.value) for each in docstrings]
    prose += [token.string.lstrip("#") for token in tokens if token.type == tokenize.COMMENT]
    return Length(path.stem, len(code), functions, sum(len(text.split()) for text in prose))


def _docstrings(tree: ast.AST) -> Iterator[ast.Expr]:
    for node in ast.walk(tree):
        if isinstance(node, Documented) and ast.get_docstring(node, clean=False) is not None:
            assert isinstance(node.body[0], ast.Expr)
            yield node.body[0]


def _lines(node: ast.expr | ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def table(lengths: list[Length]) -> str:
    """Return a line for each file, and one for all."""
    every = Length(
        "all",
        sum(each.code for each in lengths),
        {f"{each.name} {name}": n for each in lengths for name, n in each.functions.items()},
        sum(each.words for each in lengths),
    )
    head = f"{'file':16}{'code':>6}{'longest':>9}{'median':>8}{'words':>7}{'minutes':>9}"
    return "\n".join([head, *map(_row, [*lengths, every])])


def _row(each: Length) -> str:
    sizes = list(each.functions.values()) or [0]
    minutes = each.code / LINES_PER_MINUTE + each.words / WORDS_PER_MINUTE
    middle = statistics.median(sizes)
    return f"{each.name:16}{each.code:6}{max(sizes):9}{middle:8.3g}{each.words:7}{minutes:9.1f}"


def kit() -> list[Length]:
    """Measure the files of the kit, in the order in which they stand on each other."""
    return [length(HERE / f"{name}.py") for name in KIT]


if __name__ == "__main__":
    print(table(kit()))
