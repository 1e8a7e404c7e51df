"""What README.md and docs/*.md say is so."""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import re
from pathlib import Path

import pytest

import syncprims
from syncprims import explore as explorer
from syncprims.conformance import adapter

from .markdown import PAGES, ROOT, page
from .story import PAGE as STORY, commands, is_like, output_of, run, write_files

BLOCKS = [(on, block) for on in PAGES for block in on.blocks]
PYTHON = [(on, block) for on, block in BLOCKS if block.language == "python"]
DOCTESTS = [(on, block) for on, block in PYTHON if block.text.startswith(">>> ")]
FILES = {
    block.file_name: block.text for on, block in BLOCKS if block.file_name and str(on) != STORY
}


def place(value):
    """Name a page or a block in a test's id."""
    return str(value) if hasattr(value, "path") else str(getattr(value, "line", value))


def followed_by(on, block):
    """Return the block that comes next on the page."""
    return on.blocks[on.blocks.index(block) + 1]


PROGRAMS = [
    (on, block) for on, block in PYTHON if not block.text.startswith(">>> ") and not block.file_name
]


def run_doctests(text, name, scope):
    """Run the examples in a text; return what is wrong with them, and how many there were."""
    examples = doctest.DocTestParser().get_doctest(text, scope, name, name, 0)
    said = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=said.append)
    return "".join(said), len(examples.examples)


@pytest.mark.parametrize("on", PAGES, ids=place)
def test_doctests_on_a_page_give_what_they_show(on):
    """The interactive examples of a page, run one after the other, give what it shows."""
    lines = [""] * len(on.text.splitlines())  # each example keeps its place, for the report
    for block in [block for found, block in DOCTESTS if found is on]:
        code = block.text.splitlines()
        lines[block.line - 1 : block.line - 1 + len(code)] = code
    failures, _ = run_doctests("\n".join(lines), str(on), {})
    assert not failures


@pytest.mark.parametrize(("on", "block"), PROGRAMS, ids=place)
def test_programs_on_a_page_print_what_the_next_block_shows(on, block, tmp_path):
    """A program on a page, run by itself, prints the block that follows it."""
    (tmp_path / "program.py").write_text(block.text, encoding="utf-8")
    expected = followed_by(on, block)
    assert expected.language == "text"
    ran = run(["-W", "error", "program.py"], tmp_path)
    assert (ran.stdout, ran.returncode) == (expected.text, 0), ran.stderr


OURS = [name for name in syncprims.__all__ if getattr(syncprims, name).__module__ == "syncprims"]


@pytest.mark.parametrize("name", OURS)
def test_docstring_examples_give_what_they_show(name):
    """The example in a class's docstring gives what it shows, and each class has one."""
    primitive = getattr(syncprims, name)
    documented = [primitive, *vars(primitive).values()]
    number = 0
    for each in documented:
        text = inspect.cleandoc(getattr(each, "__doc__", None) or "")
        failures, ran = run_doctests(text, name, dict(vars(syncprims)))
        assert not failures
        number += ran
    assert number


@pytest.mark.parametrize("on", PAGES, ids=place)
def test_links_on_a_page_lead_to_a_file_and_a_heading(on):
    """Each relative link names a file that is there, and a heading on it if it names one."""
    lost = []
    for link in on.links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (on.path.parent / path).resolve() if path else on.path
        there = target.exists() and target.is_relative_to(ROOT)
        if there and anchor:
            there = anchor in page(target.relative_to(ROOT).as_posix()).anchors
        if not there:
            lost.append(link)
    assert not lost


def test_pages_are_all_in_the_index():
    """The index leads to every page in docs."""
    names = {on.path.name for on in PAGES if on.path.parent.name == "docs"} - {"index.md"}
    assert names <= set(page("docs/index.md").links)


def parameters(function):
    """Return a function's parameters as the reference writes them; None if it does not tell."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        return None
    shown = []
    for parameter in signature.parameters.values():
        if parameter.name != "self":
            default = parameter.default
            unset = default is parameter.empty
            stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}
            star = stars.get(parameter.kind, "")
            shown.append(star + (parameter.name if unset else f"{parameter.name}={default!r}"))
            if parameter.kind is parameter.POSITIONAL_ONLY:
                shown.append("/")
    return f"({', '.join(shown)})"


def members(name):
    """Return the public attributes of a primitive's objects that are its own, not inherited."""
    primitive = getattr(syncprims, name)
    if name in ("BrokenBarrierError", "Empty", "Full", "ShutDown") or inspect.isfunction(primitive):
        return []
    thing = primitive(*{"Barrier": (1,), "serialize_iterator": ((),)}.get(name, ()))
    inherited = {"acquire_lock", "release_lock", "locked_lock"}  # old names, in the prose
    for base in type(thing).__mro__[1:]:
        inherited.update(dir(base()) if base.__module__ == "syncprims" else dir(base))
    return sorted({each for each in dir(thing) if each[0] != "_"} - inherited)


BARE = ("BoundedSemaphore", "LifoQueue", "PriorityQueue")  # nothing of their own but the name
EXISTING = [(name, member) for name in syncprims.__all__ for member in members(name)]


@pytest.mark.parametrize("name", syncprims.__all__)
def test_reference_has_every_public_name_with_its_parameters(name):
    """Each name in __all__ has a heading in the reference, with its parameters as they are."""
    headings = [each for each in page("docs/reference.md").headings if "." not in each]
    (found,) = [each for each in headings if re.match(rf"`{name}\b", each)]
    told = members(name) or name in BARE or inspect.isfunction(getattr(syncprims, name))
    shown = parameters(getattr(syncprims, name)) if told else ""
    assert shown is None or found == f"`{name}{shown}`"


@pytest.mark.parametrize(("name", "member"), EXISTING, ids=str)
def test_reference_has_every_public_member_with_its_parameters(name, member):
    """Each public method and attribute has a heading, with its parameters as they are."""
    primitive = getattr(syncprims, name)
    (found,) = [
        each
        for each in page("docs/reference.md").headings
        if re.match(rf"`{name}\.{member}\b", each)
    ]
    function = getattr(primitive, member, None)
    if inspect.isfunction(function):
        assert found == f"`{name}.{member}{parameters(function)}`"


@pytest.mark.parametrize("name", explorer.__all__)
def test_reference_has_the_explorer_with_its_parameters(name):
    """Each name of the explorer has a heading, and its parameters or its attributes are told."""
    on = page("docs/reference.md")
    (found,) = [each for each in on.headings if re.match(rf"`{name}\b", each)]
    explained = getattr(explorer, name)
    if inspect.isfunction(explained):
        assert found == f"`{name}{parameters(explained)}`"
    else:
        table = re.split(r"\n##+ ", on.text.partition(f"\n### `{name}`\n")[2])[0]
        rows = re.findall(r"^\| `(\w+)(?:\(\))?` \|", table, re.MULTILINE)
        methods = [each for each in vars(explained) if inspect.isfunction(vars(explained)[each])]
        public = [each for each in methods if each[0] != "_"]
        assert sorted(rows) == sorted([*explained.__dataclass_fields__, *public])


def test_reference_has_nothing_that_does_not_exist():
    """The reference names no method and no attribute that the classes do not have."""
    headings = page("docs/reference.md").headings
    named = [re.match(r"`(\w+)\.(\w+)", each).groups() for each in headings if "." in each]
    assert sorted(named) == sorted(EXISTING)


def test_readme_start_shows_exactly_two_commands():
    """To start, a reader needs two commands: one that runs the main job, one that tests."""
    start = page("README.md").section("Start")
    commands = [
        line for code in re.findall(r"^```sh\n(.*?)^```", start, re.M | re.S) for line in [code]
    ]
    assert [command.count("\n") for command in commands] == [1, 1]
    assert commands[0].endswith("-m syncprims conform\n")
    assert commands[1].endswith("tox\n")


def requirements():
    """Return the sentence of every requirement in the suite, by its id, without running it."""
    found = {}
    for path in (Path(syncprims.__file__).parent / "conformance").glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for test in [each for each in tree.body if isinstance(each, ast.FunctionDef)]:
            for mark in test.decorator_list:
                if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "requirement":
                    found[mark.args[0].value] = " ".join(ast.get_docstring(test).split())
    return found


FAILURE = r"^([A-Z]+-\d+) (?:FAIL|TIMEOUT|CRASH)  (\S.*)$"  # as far as it stands on one line


def test_requirements_shown_on_pages_are_in_the_suite():
    """Each line of a report that a page shows has the id and the sentence of a requirement."""
    known = requirements()
    shown = {str(on): [] for on in PAGES}
    for on, block in BLOCKS:
        shown[str(on)] += re.findall(FAILURE, block.text, re.MULTILINE)
    assert shown["docs/adapters.md"]
    rows = [row for found in shown.values() for row in found]
    assert not [row for row in rows if not known.get(row[0], "").startswith(row[1])]


@pytest.fixture
def folder(tmp_path):
    """A folder with the files that the pages show."""
    for name, text in FILES.items():
        first, _, rest = text.partition("\n")
        comment = name.endswith(".txt")
        (tmp_path / name).write_text(text if comment else rest, encoding="utf-8")
        assert first == f"# {name}"
    return tmp_path


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".py")])
def test_adapters_on_pages_load_in_ten_lines(name, folder, monkeypatch):
    """An adapter shown on a page can be loaded, and takes at most ten lines beside imports."""
    monkeypatch.syspath_prepend(folder)
    loaded = adapter.load(name.removesuffix(".py"))
    assert any(map(loaded.has, adapter.PRIMITIVES.values()))
    code = FILES[name].splitlines()
    counted = [line for line in code if line.strip() and not line.startswith(("#", "import"))]
    assert len(counted) <= 10


def test_story_commands_print_what_the_page_shows(tmp_path):
    """The commands of the explorer's page, on the files shown there, print what it shows."""
    on = page(STORY)
    write_files(on, tmp_path)
    told = commands(on)
    assert told
    for _, command, shown in told:
        printed = output_of(command, tmp_path)
        assert is_like(printed, shown), f"{command}\n{printed}"


def outcomes(text):
    """Return what a report shows of each requirement that is not met, {id: outcome}."""
    return dict(re.findall(r"^([A-Z]+-\d+) (FAIL|TIMEOUT|CRASH)  ", text, re.MULTILINE))


def test_adapter_page_commands_give_the_reports_that_it_shows(folder):
    """Each command on the page of adapters, run on the files shown there, gives that report."""
    shown = [block for block in page("docs/adapters.md").blocks if block.language == "console"]
    assert shown
    for console in shown:
        command, _, report = console.text.partition("\n")
        ran = run(command.removeprefix("$ python ").split(), folder)
        assert outcomes(ran.stdout) == outcomes(report)
        assert ("differs as listed" in ran.stdout) is ("differs as listed" in report)
        assert ran.returncode == 1


def fields(document):
    """Return the names of all fields of a document, in the order in which they come."""
    (recording,) = document["recordings"]
    (row,) = recording["requirements"].values()
    return [list(each) for each in (document, recording, row)]


def test_adapter_page_json_has_the_fields_that_come_out(folder):
    """The JSON shown on the page of adapters has the very fields that a run writes."""
    (block,) = [block for on, block in BLOCKS if block.language == "json"]
    command = "-m syncprims conform mp_adapter --only SEM-31 --json -"
    written = json.loads(run(command.split(), folder).stdout)
    assert fields(written) == fields(json.loads(block.text))


def test_readme_adapter_runs_in_the_suite(folder):
    """The adapter in the README passes requirements of what it has; what it lacks is n/a."""
    command = "-m syncprims conform pure_stdlib --only RLOCK --only LOCK --json -"
    (recording,) = json.loads(run(command.split(), folder).stdout)["recordings"]
    outcomes = {identifier: row["outcome"] for identifier, row in recording["requirements"].items()}
    assert "pass" in {outcomes[each] for each in outcomes if each.startswith("RLOCK-")}
    assert {outcomes[each] for each in outcomes if each.startswith("LOCK-")} == {"n/a"}


def test_code_blocks_are_all_of_a_kind_that_is_tested():
    """Every block is run or compared, or is a command line or a picture for the eye alone."""
    kinds = {block.language for _, block in BLOCKS}
    assert kinds <= {"python", "text", "sh", "console", "json"}
    shown = [block for _, block in BLOCKS if block.language == "text" and not block.file_name]
    printed = [followed_by(on, block) for on, block in PROGRAMS]
    report = [block for block in shown if block not in printed]
    assert len(report) == 1, "besides the README's report, each text block is a program's output"


STRANGERS = sorted((ROOT / "tests" / "adapters").glob("*_adapter.py"))


@pytest.mark.parametrize("path", STRANGERS, ids=lambda path: path.stem)
def test_strangers_adapter_is_at_most_ten_lines_of_code(path):
    """The adapter of another library is as short as the page says, beside imports and names."""
    lines = path.read_text(encoding="utf-8").splitlines()
    uncounted = ('"""', "import ", "from ", "__all__", ")", "}")
    assert len([each for each in lines if each.strip() and not each.startswith(uncounted)]) <= 10
