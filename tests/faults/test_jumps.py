"""No jump backwards leaves the ``with`` or ``try`` that it is inside.

CPython looks for signals at such a jump. Where the compiler has put it outside the range that the
exception table protects, an exception there skips the way out: the lock stays held.
"""

import dis
import sys
from pathlib import Path
from types import CodeType

import pytest

import syncprims

pytestmark = pytest.mark.skipif(
    not hasattr(dis, "_parse_exception_table"), reason="no exception tables before CPython 3.11"
)

KIT = sorted(path.stem for path in Path(syncprims.__file__).parent.glob("*.py"))

# Compiled so that they leak, on these versions; on the others nothing does.
LEAKING = {
    (3, 12): "with lock:\n while condition():\n  work()",
    (3, 13): "with lock:\n while condition():\n  work()",
    (3, 14): "with lock:\n while True:\n  work()\n  if condition: break",
}


def codes(code):
    """Yield a code object and all those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def leaks(code):
    """Yield the line of each jump into a ``with`` or ``try`` from a place that it does not protect.

    A comprehension's own handler, which only gives a variable its value back, is none.
    """
    instructions = list(dis.get_instructions(code))
    handlers = {each.offset for each in instructions if each.opname == "PUSH_EXC_INFO"}
    table = [each for each in dis._parse_exception_table(code) if each.target in handlers]

    def protecting(offset):
        return {each.target for each in table if each.start <= offset < each.end}

    for each in instructions:
        backward = "JUMP_BACKWARD" in each.opname and "NO_INTERRUPT" not in each.opname
        if backward and protecting(each.argval) - protecting(each.offset):
            yield each.positions.lineno


@pytest.mark.parametrize("name", KIT)
def test_no_jump_leaves_the_with_or_try_it_is_inside(name):
    """In the kit's code as this interpreter compiles it, no loop jumps past its own way out."""
    path = Path(syncprims.__file__).parent / f"{name}.py"
    found = {
        (code.co_name, line)
        for code in codes(compile(path.read_text("utf-8"), str(path), "exec"))
        for line in leaks(code)
    }
    assert found == set()


def test_a_loop_that_this_interpreter_compiles_badly_is_found():
    """What is known to leak is found to leak."""
    source = LEAKING.get(sys.version_info[:2])
    if source is None:
        pytest.skip("this interpreter compiles no such loop badly")
    assert list(leaks(compile(source, "leaking", "exec")))
