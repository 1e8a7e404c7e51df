"""How a test of the suite is run and judged.

Fixtures give each primitive of the implementation under test under its own name, and a crew of
threads. A test runs watched, if the implementation is bound by it and has what it asks for. A
failure that is known, or that is no breach of the contract, is reported as expected, with its
reason; only the kit itself is held to every requirement.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from syncprims.conformance import adapter, harness, report

if TYPE_CHECKING:
    from collections.abc import Generator

KEY = pytest.StashKey[adapter.Implementation]()


def _implementation(config: pytest.Config) -> adapter.Implementation:
    if KEY not in config.stash:
        try:
            config.stash[KEY] = adapter.load(str(config.getoption("--primitives")))
        except adapter.AdapterError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[KEY]


@pytest.fixture(scope="session")
def implementation(pytestconfig: pytest.Config) -> adapter.Implementation:
    """The implementation under test, whole."""
    return _implementation(pytestconfig)


@pytest.fixture
def crew() -> harness.Crew:
    """The threads of one test."""
    return harness.Crew()


def _primitive(name: str) -> Any:
    @pytest.fixture(name=name, scope="session")
    def primitive(implementation: adapter.Implementation) -> Any:
        found = implementation.get(name)
        if found is None:
            pytest.skip(f"{implementation.name} has no {name}")
        return found

    return primitive


for _name in (*adapter.PRIMITIVES.values(), *adapter.ERRORS):
    globals()[_name] = _primitive(_name)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    known: dict[str, str] = {}
    for item in items:
        asked = report.requirement_of(item)
        if asked is None:
            continue
        item.extra_keyword_matches.add(asked.identifier)
        test = item.nodeid.partition("[")[0]
        if known.setdefault(asked.identifier, test) != test:
            raise pytest.UsageError(f"{asked.identifier} is used twice: {test}")
    if any("::" in arg for arg in config.args):
        return
    groups = {report.group_of(identifier) for identifier in known}
    for identifier in _implementation(config).deviations:
        if report.group_of(identifier) in groups and identifier not in known:
            raise pytest.UsageError(f"DEVIATIONS names {identifier}, which does not exist")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    asked = report.requirement_of(pyfuncitem)
    if asked is None:
        return None
    implementation = _implementation(pyfuncitem.config)
    if implementation.name == "stdlib" and sys.version_info < asked.since:
        pytest.skip(f"the stdlib has it since {asked.since[0]}.{asked.since[1]}")
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    harness.run_watched(
        partial(pyfuncitem.obj, **arguments),
        main_thread=asked.main_thread,
        excused=bool(asked.excuse(implementation)),
    )
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    outcome = yield
    asked = report.requirement_of(item)
    if asked is not None:
        implementation = _implementation(item.config)
        reason = asked.excuse(implementation)
        if outcome.failed and reason:
            vars(outcome).update(outcome="skipped", wasxfail=reason)
        # Plain data, which pytest-xdist can send from one process to another.
        said = {"level": asked.level, "sentence": asked.sentence}
        vars(outcome).update(requirement=asked.identifier, said=said)
    return outcome
