"""The house rules that a machine can see: who imports whom, and what the public face is."""

import ast
import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

import syncprims

HERE = Path(syncprims.__file__).parent

# From the ground up: a file may import those before it, none after.
KIT = [
    "lock",
    "waitqueue",
    "fork",
    "rlock",
    "condition",
    "event",
    "semaphore",
    "barrier",
    "queue",
    "priorityqueue",
    "simplequeue",
]
COMPANIONS = ["swap", "unreached", "conformance", "explore", "cli", "pytest_plugin", "__main__"]


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
            yield node.module
            if node.module == "syncprims":
                yield from (f"syncprims.{alias.name}" for alias in node.names)


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
def test_public_class_shows_how_it_is_used(name):
    found = getattr(syncprims, name)
    if issubclass(found, Exception):
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
    if issubclass(found, Exception):
        return
    for attribute, value in vars(found).items():
        if not attribute.startswith("_") and (callable(value) or isinstance(value, property)):
            assert inspect.getdoc(value), attribute


def test_public_names_are_in_reading_order_and_all_there():
    source = (HERE / "__init__.py").read_text(encoding="utf-8")
    order = re.findall(r"^from syncprims\.(\w+) import (.*)$", source, re.MULTILINE)
    assert [module for module, _ in order] == [each for each in KIT if each in dict(order)]
    public = [
        name
        for name in syncprims.__all__
        if not (inspect.isclass(found := getattr(syncprims, name)) and issubclass(found, Exception))
    ]
    by_file = [file for name in public for file, names in order if name in names.split(", ")]
    assert by_file == [module for module, _ in order for _ in range(by_file.count(module))]
    assert len(by_file) == len(public)


def test_public_names_are_no_more_than_said():
    public = {name for name in vars(syncprims) if name.isidentifier() and name[0] != "_"}
    assert public - set(syncprims.__all__) - {*KIT, *COMPANIONS} == set()


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
