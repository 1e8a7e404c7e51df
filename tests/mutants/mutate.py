"""Mutants of a class: its source with one small mistake, another one in each mutant.

An operator looks at one node of the syntax tree and offers changes: which nodes make way for which.
Every change that leads to a text of its own is a mutant; docstrings stay as they are. A mutant's id
says the method, the operator and the line, so it stays the same when lines elsewhere change, and a
list of equivalent mutants can name it.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Change = dict[ast.AST, ast.AST]


@dataclass(frozen=True)
class Mutant:
    """The class it is made of, an id that is stable, and the whole class's new source."""

    owner: str
    id: str
    source: str


def mutants(owner: str, text: str) -> list[Mutant]:
    """Return all mutants of the class `owner`, whose source is `text`."""
    lines = text.splitlines()
    tree = ast.parse(text)
    seen = {ast.unparse(tree)}
    ordinals: Counter[str] = Counter()
    found = []
    for place, operator, node, change in _changes(tree.body[0]):
        name = f"{owner}.{place}: {operator}: {lines[node.lineno - 1].strip()}"
        ordinals[name] += 1
        source = ast.unparse(_changed(tree, change))
        if source not in seen:
            seen.add(source)
            found.append(Mutant(owner, f"{name} #{ordinals[name]}", source))
    return found


def _changed(tree: ast.AST, change: Change) -> ast.AST:
    # A copy takes what its memo has for a node in that node's place.
    return copy.deepcopy(tree, {id(old): new for old, new in change.items()})


def _changes(cls: Any) -> Iterator[tuple[str, str, Any, Change]]:
    """Yield every change, with the member it is in, its operator, and the node that shows where."""
    untouched = _docstrings(cls)
    for member in cls.body:
        for node in (node for node in ast.walk(member) if node not in untouched):
            for operator in OPERATORS:
                for change in operator(node):
                    yield getattr(member, "name", "body"), operator.__name__, node, change


def _docstrings(cls: ast.ClassDef) -> set[ast.AST]:
    return {
        part
        for node in ast.walk(cls)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node)
        for part in ast.walk(node.body[0])
    }


def compare(node: ast.AST) -> Iterator[Change]:
    """Another comparison: the opposite, or the same with the border on the other side."""
    if isinstance(node, ast.Compare):
        for place, old in enumerate(node.ops):
            for new in _COMPARISONS[type(old)]:
                ops = [*node.ops[:place], new(), *node.ops[place + 1 :]]
                yield {node: ast.Compare(node.left, ops, node.comparators)}


_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
}


def constant(node: ast.AST) -> Iterator[Change]:
    """The other truth value, a number beside it, a text with something behind it."""
    match node:
        case ast.Constant(value=bool(value)):
            yield {node: ast.Constant(not value)}
        case ast.Constant(value=int(value) | float(value)):
            yield {node: ast.Constant(value + 1)}
            yield {node: ast.Constant(value - 1)}
        case ast.Constant(value=str(value)):
            yield {node: ast.Constant(value + "?")}


def boolean(node: ast.AST) -> Iterator[Change]:
    """``and`` for ``or``, and the reverse."""
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            yield {node: ast.BoolOp(ast.Or(), values)}
        case ast.BoolOp(op=ast.Or(), values=values):
            yield {node: ast.BoolOp(ast.And(), values)}


def negate(node: ast.AST) -> Iterator[Change]:
    """A condition turned round, where `compare` does not do so."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield {node: operand}
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            if not isinstance(test, (ast.Compare, ast.UnaryOp)):
                yield {test: ast.UnaryOp(ast.Not(), test)}


def drop(node: ast.AST) -> Iterator[Change]:
    """A statement left out."""
    if isinstance(node, _SIMPLE):
        yield {node: ast.Pass()}


_SIMPLE = (
    *(ast.Expr, ast.Assign, ast.AugAssign, ast.Delete),
    *(ast.Return, ast.Raise, ast.Break, ast.Continue),
)


def notify(node: ast.AST) -> Iterator[Change]:
    """All are woken in the place of one, and the reverse."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="notify")):
            yield {node: ast.Call(ast.Attribute(owner, "notify_all"), [], [])}
        case ast.Call(func=ast.Attribute(value=owner, attr="notify_all")):
            yield {node: ast.Call(ast.Attribute(owner, "notify"), [], [])}


def swap(node: ast.AST) -> Iterator[Change]:
    """Two arguments, two parts of a tuple, or the two sides of a minus, in each other's place."""
    match node:
        case ast.Call(args=[first, second, *_]) | ast.Tuple(elts=[first, second, *_]):
            yield {first: second, second: first}
        case ast.BinOp(left=first, op=ast.Sub(), right=second):
            yield {first: second, second: first}


def unguard(node: ast.AST) -> Iterator[Change]:
    """What stood in a ``with`` or a ``try``, without it."""
    match node:
        case ast.With(body=body):
            yield {node: _plain(body)}
        case ast.Try(body=body, orelse=orelse, finalbody=finalbody):
            yield {node: _plain([*body, *orelse, *finalbody])}


def _plain(body: list[ast.stmt]) -> ast.If:
    return ast.If(ast.Constant(True), body, [])


def arithmetic(node: ast.AST) -> Iterator[Change]:
    """Plus for minus, and the reverse; a minus sign left out."""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield {node: operand}
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            yield {node: ast.BinOp(left, _other(op), right)}
        case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as op, value=value):
            yield {node: ast.AugAssign(target, _other(op), value)}


def _other(op: ast.operator) -> ast.operator:
    return ast.Sub() if isinstance(op, ast.Add) else ast.Add()


OPERATORS = (compare, constant, boolean, negate, drop, notify, swap, unguard, arithmetic)
