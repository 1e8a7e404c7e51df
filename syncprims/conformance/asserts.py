"""Imports requirements so that an assert that fails tells both sides.

``assert a == b`` becomes a call that compares and tells. A call, and no variables: what was
compared must not be kept alive, since requirements ask whether objects die. Any other assert gets
its own source as its message. The code is compiled anew each time, so that no cache is shared with
an import that does not do this.
"""

from __future__ import annotations

import ast
import importlib.util
import operator
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

_NAME = "@compare"  # no name that a module could use itself

_COMPARISONS: dict[str, Any] = {
    "Eq": (operator.eq, ", not "),
    "Is": (operator.is_, ", not "),
    "NotEq": (operator.ne, ", should be any but "),
    "IsNot": (operator.is_not, ", should be any but "),
    "Lt": (operator.lt, ", should be < "),
    "LtE": (operator.le, ", should be <= "),
    "Gt": (operator.gt, ", should be > "),
    "GtE": (operator.ge, ", should be >= "),
    "In": (lambda left, right: left in right, ", should be in "),
    "NotIn": (lambda left, right: left not in right, ", should not be in "),
}


def compare(kind: str, left: object, right: object, source: str) -> None:
    """Compare as an assert does; tell both sides if it does not hold."""
    holds, between = _COMPARISONS[kind]
    if not holds(left, right):
        raise AssertionError(f"{source} is {shown(left)}{between}{shown(right)}")


def shown(value: object) -> str:
    """Return a repr that is short and never raises."""
    try:
        text = repr(value)
    except Exception as error:
        return f"<{type(value).__name__}: repr raises {type(error).__name__}>"
    return text if len(text) <= 160 else f"{text[:120]}...{text[-35:]}"


class _Rewriter(ast.NodeTransformer):
    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        test = node.test
        if node.msg is None and isinstance(test, ast.Compare) and len(test.ops) == 1:
            arguments = [
                ast.Constant(type(test.ops[0]).__name__),
                test.left,
                test.comparators[0],
                ast.Constant(ast.unparse(test.left)),
            ]
            told = ast.Expr(ast.Call(ast.Name(_NAME, ast.Load()), arguments, []))
            return ast.fix_missing_locations(ast.copy_location(told, node))
        if node.msg is None:
            node.msg = ast.copy_location(ast.Constant(f"not so: {ast.unparse(test)}"), node)
        return node


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = _Rewriter().visit(ast.parse(self.get_data(path), path))
        return compile(tree, path, "exec", dont_inherit=True, optimize=0)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[_NAME] = compare
        super().exec_module(module)


def load(name: str) -> ModuleType:
    """Import the module `name` of the suite, asserts told."""
    path = str(Path(__file__).with_name(f"{name}.py"))
    full = f"{__package__}.{name}"
    loader = _Loader(full, path)
    spec = importlib.util.spec_from_loader(full, loader)
    assert spec is not None
    module = sys.modules[full] = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
