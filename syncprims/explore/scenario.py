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

from syncprims.explore.foreign import why_unseen
from syncprims.explore.report import in_words
from syncprims.explore.watch import watch

LONG = 60  # characters of an argument in the call that is shown


class Misuse(ValueError):
    """What was given is no scenario, which is found out when it is called."""


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
        self.threads: list[str] = _names(threads)
        self.check: Callable[[Any], object] | None = check
        self.race_free: bool = race_free
        if function is None and (setup is None or not self.threads):
            raise ValueError("give a scenario, or setup and the names of its methods in threads")
        if function is not None and (setup or self.threads or check):
            raise ValueError("give a scenario, or setup, threads and check, not both")
        _need_callable("the scenario", function)
        _need_callable("setup", setup)
        _need_callable("check", check, "the state")

    def __call__(self) -> None:
        if self.function is not None:
            _done("the scenario", self.function())
        elif self.setup is not None:
            self._run_methods(self.setup())

    def _run_methods(self, state: Any) -> None:
        if not self.race_free:
            watch(state)
        threads = [
            threading.Thread(target=_method(state, name), name=name) for name in self.threads
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.check is not None and _done("check", self.check(state)) is False:
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
        """Name what could be used and is not controlled, such as a lock made outside."""
        return why_unseen(*filter(None, (self.function, self.setup, self.check)))


def _names(threads: Iterable[str]) -> list[str]:
    names = [] if isinstance(threads, str) else list(threads)
    if not all(isinstance(name, str) for name in names) or isinstance(threads, str):
        raise ValueError(f"threads is a list of names of methods, not {threads!r}")
    return names


def _need_callable(what: str, function: Any, *arguments: str) -> None:
    """Refuse what cannot be called with these, or does not run when it is called."""
    if function is None:
        return
    if not callable(function):
        raise Misuse(f"{what} must be something to call, not {function!r}")
    if any(is_one(function) for is_one in _LATER):
        raise Misuse(f"{what} is a coroutine or a generator function: to call it runs nothing")
    given = ", ".join(arguments) or "no argument"
    if why := _unlike(function, arguments):
        raise Misuse(f"{what} is called with {given}: {why}")


def _unlike(function: Any, arguments: tuple[str, ...]) -> str:
    """Why a function does not take so many arguments."""
    try:
        signature = inspect.signature(function, follow_wrapped=False)
    except ValueError:  # it is in C, and does not tell
        return ""
    try:
        signature.bind(*arguments)
    except TypeError as error:
        return str(error)
    return ""


_LATER = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)


def _done(what: str, result: Any) -> Any:
    """The same, if it is not something that has not run yet."""
    if inspect.iscoroutine(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        if not inspect.isasyncgen(result):
            result.close()  # or Python warns that it never ran
        raise Misuse(f"{what} returned a {type(result).__name__}, which has not run")
    return result


def _method(state: Any, name: str) -> Any:
    method = getattr(state, name, None)
    if not callable(method):
        raise Misuse(f"threads names {name!r}, which {type(state).__name__} has no method of")
    _need_callable(f"{type(state).__name__}.{name}", method)
    return method


def _written(function: Any, otherwise: str) -> str:
    """How a program names a function, with what it is bound to."""
    while isinstance(function, functools.partial) and not (function.args or function.keywords):
        function = function.func
    if isinstance(function, functools.partial):
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
