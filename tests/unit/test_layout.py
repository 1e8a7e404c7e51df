"""The house rules that a machine can see: who imports whom, how long it is, the public face."""

import ast
import builtins
import doctest
import importlib
import inspect
import queue
import re
import statistics
import threading
from graphlib import TopologicalSorter
from unittest import mock

import pytest

import syncprims

from . import lines
from .lines import HERE

KIT = [name for name in lines.KIT if name != "__init__"]
COMPANIONS = ["swap", "unreached", "conformance", "explore", "cli", "pytest_plugin", "__main__"]

# Code lines, at most: the kit is there to be read. 810 for the primitives, 75 for the iterators, 25
# for the names handed through, 10 for what other people's subclasses stand on.
ALL = 920
FILES = {"queue": 190, "condition": 80, "semaphore": 85, "barrier": 110, "priorityqueue": 40}
FUNCTION, MEDIAN = 30, 5


def is_exception(found):
    return inspect.isclass(found) and issubclass(found, Exception)


def name_of(path):
    """Return the name under which a file of the package is imported."""
    parts = ["syncprims", *path.relative_to(HERE).with_suffix("").parts]
    return ".".join(parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in HERE.rglob("*.py")}


def imported(path):
    """Yield the name of each module that a file imports, wherever in it; not for types only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in names if name in MODULES)
            if not MODULES.keys() >= set(names):  # it names something of the package itself
                yield node.module


def test_kit_is_all_the_files_that_are_no_companions():
    names = {path.stem for path in HERE.glob("*.py")}
    assert names - set(COMPANIONS) == {*KIT, "__init__"}


@pytest.mark.parametrize("name", [*KIT, "__init__"])
def test_only_the_ground_imports_thread(name):
    assert ("_thread" in imported(HERE / f"{name}.py")) == (name == "lock")


@pytest.mark.parametrize("name", KIT)
def test_imports_point_down_only(name):
    below = {f"syncprims.{each}" for each in KIT[: KIT.index(name)]}
    own = {each for each in imported(HERE / f"{name}.py") if each.startswith("syncprims.")}
    assert own <= below


def test_imports_go_in_no_circle():
    """Neither in the kit nor among its companions; what only type checkers import is left out."""
    graph = {name: MODULES.keys() & set(imported(path)) for name, path in MODULES.items()}
    assert graph["syncprims.queue"] >= {"syncprims.condition", "syncprims.waitqueue"}
    assert set(TopologicalSorter(graph).static_order()) == set(MODULES)


def version_switches(path):
    """Yield the line of each look at which Python this is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {
            "sys.version_info",
            "sys.version",
            "sys.hexversion",
            "sys.implementation",
            "sys.platform",
            "os.name",
        }:
            yield node.lineno
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            if names & {"platform", "version_info", "implementation", "hexversion"}:
                yield node.lineno


@pytest.mark.parametrize("name", KIT)
def test_only_the_ground_asks_which_python_this_is(name):
    """Who reads any other file of the kit need not think of versions."""
    assert bool(list(version_switches(HERE / f"{name}.py"))) == (name == "lock")


# How long it is


def test_kit_is_no_longer_than_it_may_be():
    """The kit, and those of its files that were once too long, keep to their code lines."""
    kit = lines.kit()
    code = {each.name: each.code for each in kit}
    print(lines.table(kit))  # which pytest shows if this fails
    assert sum(code.values()) <= ALL
    assert {name: code[name] for name, most in FILES.items() if code[name] > most} == {}


def test_functions_are_short():
    """None is over its limit, and half of them are a few lines."""
    sizes = {
        f"{each.name}: {name}": n for each in lines.kit() for name, n in each.functions.items()
    }
    assert {name: n for name, n in sizes.items() if n > FUNCTION} == {}
    assert statistics.median(sizes.values()) <= MEDIAN


EXAMPLE = '''"""Three words here.

And two.
"""
import os  # one more


class Shelf:
    """No code."""

    text = """not a
    docstring"""  # and two

    def take(
        self,
    ):
        # three words more
        """A docstring: the comment above is none."""

        return (
            os

        )
'''


def test_lines_counts_code_and_prose(tmp_path):
    """A line with a token of a statement is code; a docstring is prose, another string is not."""
    path = tmp_path / "example.py"
    path.write_text(EXAMPLE, "utf-8")
    found = lines.length(path)
    assert found.code == 1 + 1 + 2 + 3 + 3
    assert found.functions == {"14 take": 6}
    assert found.words == 5 + 2 + 2 + 2 + 3 + 7
    name, code, longest, middle, words, minutes = lines.table([found]).splitlines()[1].split()
    assert (name, code, longest, middle, words) == ("example", "10", "6", "6", "21")
    assert float(minutes) == pytest.approx(10 / 8 + 21 / 200, abs=0.06)


# Who takes what from the stdlib


@pytest.mark.parametrize("name", ["threading", "time", "queue"])
def test_kit_takes_only_exceptions_from_the_stdlib_it_rebuilds(name):
    """The clock in the ground; the exceptions, which must be the stdlib's own; nothing else."""
    users = {each for each in KIT if name in imported(HERE / f"{each}.py")}
    allowed = {"time": {"lock"}, "threading": {"barrier"}, "queue": {"queue", "simplequeue"}}
    assert users == allowed[name]


def test_importing_the_kit_imports_no_companion():
    own = {each for each in imported(HERE / "__init__.py") if each.startswith("syncprims.")}
    assert own <= {f"syncprims.{each}" for each in KIT}


@pytest.mark.parametrize("name", [name for name in syncprims.__all__ if name != "Lock"])
def test_public_name_shows_how_it_is_used(name):
    found = getattr(syncprims, name)
    if is_exception(found):
        return
    examples = doctest.DocTestFinder(recurse=False).find(found, name)
    assert sum(len(test.examples) for test in examples) >= 1


@pytest.mark.parametrize("name", KIT)
def test_examples_in_the_kit_do_what_they_say(name):
    module = importlib.import_module(f"syncprims.{name}")
    for example in doctest.DocTestFinder().find(module, name):
        result = doctest.DocTestRunner().run(example)
        assert not result.failed


@pytest.mark.parametrize("name", [name for name in syncprims.__all__ if name != "Lock"])
def test_public_method_says_what_it_does(name):
    found = getattr(syncprims, name)
    if is_exception(found):
        return
    for attribute, value in vars(found).items():
        if not attribute.startswith("_") and (callable(value) or isinstance(value, property)):
            assert inspect.getdoc(value), attribute


def test_public_names_are_in_reading_order_and_all_there():
    source = (HERE / "__init__.py").read_text(encoding="utf-8")
    order = re.findall(r"^from syncprims\.(\w+) import (.*)$", source, re.MULTILINE)
    assert [module for module, _ in order] == [each for each in KIT if each in dict(order)]
    public = [name for name in syncprims.__all__ if not is_exception(getattr(syncprims, name))]
    by_file = [file for name in public for file, names in order if name in names.split(", ")]
    assert by_file == [module for module, _ in order for _ in range(by_file.count(module))]
    assert len(by_file) == len(public)


def test_public_names_are_no_more_than_said():
    public = {name for name in vars(syncprims) if name.isidentifier() and name[0] != "_"}
    handed = {name for name in public if getattr(syncprims, name) is getattr(threading, name, None)}
    used = {"sys", "threading", "ModuleType", "TYPE_CHECKING"}
    assert public - handed - set(syncprims.__all__) - {*KIT, *COMPANIONS} - used == set()


@pytest.mark.parametrize("module", [threading, queue])
def test_every_public_name_of_the_stdlib_is_there(module):
    """One import line is all that changes: what the kit does not rebuild, it hands through."""
    missing = [name for name in module.__all__ if not hasattr(syncprims, name)]
    assert missing == []


def test_star_import_hides_no_builtin():
    """What is handed through is not in __all__: ``enumerate`` stays the builtin."""
    assert set(syncprims.__all__) & set(dir(builtins)) == set()
    assert syncprims.enumerate is threading.enumerate


def test_excepthook_assigned_to_the_kit_is_the_one_that_is_called():
    """An assignment to syncprims.excepthook reaches threading, which calls it, and is read back."""
    caught, before = [], threading.excepthook
    syncprims.excepthook = lambda args: caught.append(args.exc_type)
    try:
        thread = syncprims.Thread(target=[].pop)
        thread.start()
        thread.join()
        assert syncprims.excepthook is threading.excepthook
    finally:
        syncprims.excepthook = before
    assert caught == [IndexError]
    assert threading.excepthook is before


def test_excepthook_patched_by_mock_is_the_first_one_afterwards():
    """mock.patch deletes what it does not find in the module's dict: that is no error."""
    with mock.patch("syncprims.excepthook") as hook:
        assert threading.excepthook is hook
    assert threading.excepthook is threading.__excepthook__


def test_version_is_in_one_place():
    assert re.fullmatch(r"\d+\.\d+\.\d+\w*", syncprims.__version__)
    places = [
        path.name
        for path in HERE.rglob("*.py")
        if f'"{syncprims.__version__}"' in path.read_text(encoding="utf-8")
    ]
    assert places == ["__init__.py"]
    project = HERE.parent / "pyproject.toml"
    if project.exists():
        assert syncprims.__version__ not in project.read_text(encoding="utf-8")
