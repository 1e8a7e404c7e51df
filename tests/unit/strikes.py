"""Signals without signals: exceptions that strike at a chosen place in the kit's own code."""

from __future__ import annotations

from typing import Any


class Strike(Exception):
    """What a signal handler raises."""


def struck(*args: Any) -> Any:
    """Stand in for a function in whose midst a signal strikes."""
    raise Strike


class StruckSection:
    """A section that a signal strikes as it is entered, or after it has been left, for once.

    `nth` is the visit on which it does.
    """

    def __init__(self, section: Any, nth: int = 1, entering: bool = False) -> None:
        self._section = section
        self._left = nth
        self._entering = entering

    def __enter__(self) -> Any:
        if self._entering:
            self._count()
        return self._section.__enter__()

    def __exit__(self, *exc: object) -> None:
        self._section.__exit__(*exc)
        if not self._entering:
            self._count()

    def _count(self) -> None:
        self._left -= 1
        if not self._left:
            raise Strike
