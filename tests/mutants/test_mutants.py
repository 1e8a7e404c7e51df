"""The mutants are those that the operators promise, and a verdict is found once."""

import ast
import json
import subprocess
import sys

import pytest

from tests.mutants import adapters, judges, table
from tests.mutants.__main__ import sample
from tests.mutants.mutate import Mutant, mutants
from tests.mutants.verdicts import PYTHON, Verdicts

CLASS = """\
class Gate:
    def wait(self, n):
        '''Sleep.'''
        {}
"""


def bodies(statement, operator):
    """Return what the operator makes of a statement, as the mutants' source has it."""
    found = mutants("Gate", CLASS.format(statement))
    return [
        ast.unparse(ast.parse(each.source).body[0].body[0].body[1:])
        for each in found
        if each.id.split(": ")[1] == operator
    ]


@pytest.fixture(name="every", scope="module")
def every_mutant_of_the_standard_library():
    return sample(10_000, 0)


@pytest.mark.parametrize(
    ("operator", "statement", "expected"),
    [
        ("compare", "return n == 0", ["return n != 0"]),
        ("compare", "return n in self", ["return n not in self"]),
        ("compare", "return n < 9", ["return n <= 9", "return n >= 9"]),
        (
            "compare",
            "return 1 is n is self",
            ["return 1 is not n is self", "return 1 is n is not self"],
        ),
        ("constant", "n(True)", ["n(False)"]),
        ("constant", "n(timeout=2)", ["n(timeout=3)", "n(timeout=1)"]),
        ("constant", "n('late')", ["n('late?')"]),
        ("constant", "n(None)", []),
        ("boolean", "return n and self", ["return n or self"]),
        ("boolean", "return n or self", ["return n and self"]),
        ("negate", "while n: self()", ["while not n:\n    self()"]),
        ("negate", "if not n: self()", ["if n:\n    self()"]),
        ("negate", "if n == 0: self()", []),
        ("drop", "self.n = n", ["pass"]),
        ("drop", "if n: raise n", ["if n:\n    pass"]),
        ("notify", "self.notify(n)", ["self.notify_all()"]),
        ("notify", "self.notify_all()", ["self.notify()"]),
        ("swap", "n(1, 2, 3)", ["n(2, 1, 3)"]),
        ("swap", "return n, self", ["return (self, n)"]),
        ("swap", "return n - self", ["return self - n"]),
        ("unguard", "with self: n()", ["if True:\n    n()"]),
        ("unguard", "try: n()\n        except E: self()", ["if True:\n    n()"]),
        ("unguard", "try: n()\n        finally: self()", ["if True:\n    n()\n    self()"]),
        ("arithmetic", "return n + self", ["return n - self"]),
        ("arithmetic", "n -= self", ["n += self"]),
        ("arithmetic", "return -n", ["return n"]),
    ],
)
def test_mutants_of_a_statement_are_what_the_operator_says(operator, statement, expected):
    """Each operator makes the mutants that it promises, one mistake in each, and no others."""
    assert bodies(statement, operator) == expected


def test_mutants_of_a_docstring_are_none():
    """What a docstring says is nothing that a program does, and a mutant keeps it."""
    found = mutants("Gate", CLASS.format("self()"))
    assert ["Sleep." in each.source for each in found] == [True]


def test_id_after_a_change_elsewhere_is_the_same():
    """A mutant keeps its id when other lines come and go."""
    before = mutants("Gate", CLASS.format("n -= 1"))
    after = mutants("Gate", CLASS.format("self.n = 7\n        n -= 1"))
    assert {each.id for each in before} < {each.id for each in after}
    assert before[0].id.startswith("Gate.wait: ")


def test_ids_of_the_standard_librarys_mutants_are_unique(every):
    """No two mutants share an id, and there are enough to draw from."""
    assert len({each.id for each in every}) == len(every) > 500


def test_sample_of_more_holds_the_smaller_one(every):
    """A larger sample by the same seed goes on where the smaller one ended."""
    assert sample(50, 0) == every[:50] != sample(50, 1)


@pytest.mark.skipif(sys.version_info[:2] != (3, 12), reason="the list was made on 3.12")
def test_equivalent_mutants_exist(every):
    """Every id on the list is a mutant's."""
    assert table.equivalents() <= {each.id for each in every}


def test_equivalent_mutants_have_reasons():
    """Whoever excuses a mutant says why."""
    paragraphs = table.FILE.read_text("utf-8").split("\n\n")
    assert all(each.startswith("# ") and "\n" in each for each in paragraphs)


def test_adapter_of_a_mutant_spoils_what_stands_on_it(tmp_path):
    """A mistake in Condition is one in Queue, and in Event it is not one in the interpreter's."""
    text = adapters.source("Condition").replace("cannot notify", "shall not notify")
    adapters.write(tmp_path / "mutant.py", "Condition: a text", "Condition", text)
    script = "import mutant; mutant.Queue().not_empty.notify()"
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.stderr.endswith("RuntimeError: shall not notify on un-acquired lock\n")


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="CPython's own tests")
def test_cpythons_tests_of_a_broken_class_fail():
    """CPython's own tests see the mutant, not the original."""
    pytest.importorskip("test.test_queue")
    text = adapters.source("Semaphore").replace("self._value -= 1", "pass")
    assert judges.cpython(
        Mutant("BoundedSemaphore", "as it is", adapters.source("BoundedSemaphore"))
    ) == {"by": ""}
    assert "SemaphoreTests" in judges.cpython(Mutant("Semaphore", "endless", text))["by"]


def test_complete_with_a_verdict_in_the_file_does_not_judge_again(tmp_path):
    """What was judged before the run was stopped, on this Python and by this judge, is kept."""
    lines = [
        {"judge": "suite", "id": "A", "python": PYTHON, "by": "EVENT-01"},
        {"judge": "cpython", "id": "B", "python": PYTHON, "by": "test"},
        {"judge": "suite", "id": "C", "python": "3.0.0", "by": "EVENT-02"},
    ]
    file = tmp_path / "verdicts.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"judge": "sui', "utf-8")
    judged = []

    def trial(name):
        return lambda: judged.append(name) or {"by": "now"}

    trials = {name: trial(name) for name in "ABC"}
    found = Verdicts(file).complete("suite", trials, 2)
    assert {name: row["by"] for name, row in found.items()} == {
        "A": "EVENT-01",
        "B": "now",
        "C": "now",
    }
    assert sorted(judged) == ["B", "C"]
    assert Verdicts(file).complete("suite", trials, 2) == found
    assert sorted(judged) == ["B", "C"]


def test_complete_with_a_judge_that_cannot_say_keeps_what_was_said(tmp_path):
    """What a judge could not say is no verdict; what it said before is kept."""

    def fail():
        raise judges.Unusable("no suite")

    file = tmp_path / "verdicts.jsonl"
    said = Verdicts(file).complete("suite", {"A": lambda: {"by": ""}}, 2)
    with pytest.raises(judges.Unusable):
        Verdicts(file).complete("suite", {"A": fail, "B": fail}, 2)
    assert Verdicts(file).complete("suite", {"A": fail}, 2) == said


def test_table_counts_what_is_equivalent_apart():
    """Equivalent mutants are no survivors, and one that is killed all the same is shown."""
    rows = [
        table.Judged(Mutant("Event", "a", ""), "EVENT-01", "contract", "test", False),
        table.Judged(Mutant("Event", "b", ""), "EVENT-02", "detail", "", False),
        table.Judged(Mutant("Event", "c", ""), "", "", "", True),
        table.Judged(Mutant("Event", "d", ""), "", "", "", False),
        table.Judged(Mutant("Event", "e", ""), "EVENT-01", "contract", "", True),
    ]
    page = table.text(rows)
    assert "| Event | 5 | 1 | 2 (50 %) | 3 (75 %) | 1 | 1 (25 %) |" in page
    assert "Survivors:\n\n- `d`\n" in page
    assert page.endswith("Listed as equivalent, but killed:\n\n- `e`: EVENT-01")
