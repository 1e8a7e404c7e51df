"""What is explored: a function without arguments, or an object and the methods that run on it.

A ``Scenario`` is called once for each execution. It also knows how a program would call it again,
and what it could reach that was made before the exploration began: a lock or a primitive made then
is not seen, so nothing about it is proved.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable
from types import MethodType
from typing import Any

from syncprims.explore.foreign import made_before
from syncprims.explore.report import in_words
from syncprims.explore.watch import watch

LONG = 60  # characters of an argument in the call that is shown


class Scenario:
    """A function, or `setup`, the names of methods in `threads`, and `check`; see ``explore``."""

    def __init__(
        self,
        function: Callable[[], object] | None,
        setup: Callable[[], Any] | None,
        threads: Iterable[str],
        check: Callable[[Any], object] | None,
        race_free: bool,
    ) -> None:
        self.function: Callable[[], object] | None = function
        self.setup: Callable[[], Any] | None = setup
        self.threads: list[str] = list(threads)
        self.check: Callable[[Any], object] | None = check
        self.race_free: bool = race_free
        if function is None and (setup is None or not self.threads):
            raise ValueError("give a scenario, or setup and the names of its methods in threads")
        if function is not None and (setup or self.threads or check):
            raise ValueError("give a scenario, or setup, threads and check, not both")

    def __call__(self) -> None:
        if self.function is not None:
            self.function()
        elif self.setup is not None:
            self._run_methods(self.setup())

    def _run_methods(self, state: Any) -> None:
        if not self.race_free:
            watch(state)
        threads = [
            threading.Thread(target=getattr(state, name), name=name) for name in self.threads
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.check is not None and self.check(state) is False:
            raise AssertionError(f"{_name(self.check, 'the check')} is false")

    def again(self, schedule: str, timeouts: str) -> str:
        """The call that replays a schedule."""
        options = "" if timeouts == "any" else f", timeouts={timeouts!r}"
        if self.function is not None:
            return f'replay({_written(self.function, "scenario")}, "{schedule}"{options})'
        methods = f"setup={_written(self.setup, 'setup')}, threads={self.threads}"
        if self.check is not None:
            methods += f", check={_written(self.check, 'check')}"
        options += ", race_free=True" if self.race_free else ""
        return f'replay({methods}, schedule="{schedule}"{options})'

    def foreign(self) -> str:
        """Name a lock or a primitive made outside that could be used: it is not controlled."""
        name = made_before(self.function or self.setup)
        return f"{name} was made outside of the scenario, where nothing is seen of it" * bool(name)


def _written(function: Any, otherwise: str) -> str:
    """How a program names a function, with what it is bound to."""
    if isinstance(function, functools.partial) and (function.args or function.keywords):
        given = [_argument(value) for value in function.args]
        given += [f"{name}={_argument(value)}" for name, value in function.keywords.items()]
        return f"partial({', '.join([_written(function.func, otherwise), *given])})"
    bound = getattr(_unwrapped(function), "__self__", None)
    if isinstance(function, MethodType) and not isinstance(bound, type):
        return f"{_name(type(bound), 'self')}().{function.__name__}"
    return _name(function, otherwise)


def _argument(value: object) -> str:
    """Its repr if that is short and no description; three dots are for the reader to fill in."""
    text = _name(value, "") or in_words(value)
    return "..." if text.startswith("<") or len(text) > LONG else text


def _unwrapped(function: Any) -> Any:
    return inspect.unwrap(function.func if isinstance(function, functools.partial) else function)


def _name(function: Any, otherwise: str) -> str:
    name = getattr(_unwrapped(function), "__qualname__", "").rpartition("<locals>.")[-1]
    return name if name.replace(".", "_").isidentifier() else otherwise
