"""What a test of the suite is written with: requirement, cases, raises and warns.

A requirement is a test function whose docstring is what is required, in one sentence. The
decorators only note things on the function; whoever runs it asks ``of(module)``. Parameters are
filled by name: with the implementation's primitives and exceptions (``Lock``, ``Empty``), with
``crew`` and ``implementation``, or with what ``cases`` gives. Nothing here knows what runs it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType, TracebackType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., object])

LEVELS = ("contract", "order", "detail", "stdlib-private", "beyond")


@dataclass
class Case:
    """The values that a test runs with once, and how they are called."""

    values: dict[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def __add__(self, other: Case) -> Case:
        return Case({**self.values, **other.values}, self.names + other.names)

    @property
    def label(self) -> str:
        """All that tells it from the other cases."""
        return ", ".join(self.names)


@dataclass
class Requirement:
    """A test function, and what its decorators say of it."""

    test: Callable[..., object]
    identifier: str = ""
    level: str = "contract"
    since: tuple[int, int] = (3, 0)
    beyond: str = ""
    main_thread: bool = False
    race: bool = False
    hint: str = ""
    lacking: str = ""
    cases: list[Case] = field(default_factory=lambda: [Case()])

    @property
    def sentence(self) -> str:
        """What is required."""
        return " ".join((self.test.__doc__ or "").split())

    @property
    def group(self) -> str:
        """The first part of the id."""
        return self.identifier.rpartition("-")[0]

    @property
    def module(self) -> str:
        """The module of the suite that it stands in."""
        return self.test.__module__.rpartition(".")[2]


class Named(str):
    """Stands among the values of cases for the implementation's primitive of that name."""

    __slots__ = ()


def requirement(
    identifier: str,
    *,
    level: str = "contract",
    since: tuple[int, int] = (3, 0),
    beyond: str = "",
    main_thread: bool = False,
    race: bool = False,
    hint: str = "",
) -> Callable[[F], F]:
    """Make a test the requirement `identifier`, whose sentence is the test's docstring.

    `level` is one of LEVELS. `since` is the first Python whose stdlib is bound by it. `beyond` says
    what the stdlib does instead, and makes it one of level beyond. `main_thread` runs it in the
    main thread, where signals arrive. A `race` is run with the crew's threads held up here and
    there. `hint` tells who writes an implementation, in one line, what is usually wrong.
    """
    if beyond and level == "contract":
        level = "beyond"
    if level not in LEVELS or (level == "beyond") != bool(beyond):
        raise ValueError(f"{identifier}: level {level!r}, beyond {beyond!r}: one of {LEVELS}")

    def note(test: F) -> F:
        found = _noted(test)
        found.identifier, found.level = identifier, level
        found.since, found.beyond, found.hint = since, beyond, hint
        found.main_thread, found.race = main_thread, race
        return test

    return note


def cases(names: str | tuple[str, ...], values: Iterable[Any]) -> Callable[[F], F]:
    """Run a test once for each of `values`, given as the parameter, or parameters, `names`.

    A mapping gives values that would not read well a name each. Used twice, every case of the one
    is combined with every case of the other.
    """
    made = [_case(names, value) for value in _labelled(names, values)]

    def note(test: F) -> F:
        found = _noted(test)
        found.cases = [outer + inner for outer in made for inner in found.cases]
        return test

    return note


def needs(there: object, lacking: str) -> Callable[[F], F]:
    """Run a test only where what it needs is `there`; `lacking` says what the platform lacks."""

    def note(test: F) -> F:
        if not there:
            _noted(test).lacking = lacking
        return test

    return note


def of(module: ModuleType) -> list[Requirement]:
    """Return a module's requirements, as they stand there."""
    found = [getattr(value, "requirement", None) for value in list(vars(module).values())]
    return [each for each in found if isinstance(each, Requirement) and each.identifier]


def _noted(test: Any) -> Requirement:
    if not hasattr(test, "requirement"):
        test.requirement = Requirement(test)
    found: Requirement = test.requirement
    return found


def _labelled(names: str | tuple[str, ...], values: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    if isinstance(values, Mapping):
        yield from values.items()
    else:
        for value in values:
            yield None, value


def _case(names: str | tuple[str, ...], labelled: tuple[Any, Any]) -> Case:
    label, value = labelled
    several, values = ((names,), (value,)) if isinstance(names, str) else (names, value)
    pairs = dict(zip(several, values, strict=True))
    if label is not None:
        return Case(pairs, (str(label),))
    return Case(pairs, tuple(_name(name, each) for name, each in pairs.items()))


def _name(name: str, value: object) -> str:
    if isinstance(value, Named):
        return value
    return f"{name}={getattr(value, '__name__', None) or repr(value).replace(' ', '')}"


class raises:  # noqa: N801 - reads as a word
    """A with block that must raise one of `expected`, which is then its `value`."""

    value: Any = None

    def __init__(
        self, expected: type[BaseException] | tuple[type[BaseException], ...], match: str = ""
    ) -> None:
        self._expected = expected
        self._match = match

    def __enter__(self) -> raises:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if error is None:
            raise AssertionError(f"no {_classes(self._expected)} was raised")
        if not isinstance(error, self._expected):
            return False
        if not re.search(self._match, str(error)):
            raise AssertionError(f"{type(error).__name__} says {str(error)!r}, not {self._match!r}")
        self.value = error
        return True


def _classes(expected: type[BaseException] | tuple[type[BaseException], ...]) -> str:
    several = expected if isinstance(expected, tuple) else (expected,)
    return " or ".join(each.__name__ for each in several)


@contextmanager
def warns(category: type[Warning], match: str = "") -> Iterator[list[warnings.WarningMessage]]:
    """A with block that must give a warning of that class; what was given is in the list."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
    said = [str(each.message) for each in caught if issubclass(each.category, category)]
    if not any(re.search(match, each) for each in said):
        raise AssertionError(f"no {category.__name__} was given that says {match!r}: {said}")
