"""Signals without signals: exceptions that strike at a chosen place in the kit's own code."""

from __future__ import annotations

from typing import Any


class Strike(Exception):
    """What a signal handler raises."""


def struck(*args: Any) -> Any:
    """Stand in for a function in whose midst a signal strikes."""
    raise Strike


class StruckMutex:
    """A mutex that a signal strikes as it is entered, or after it has been left, for once.

    `nth` is the visit on which it does.
    """

    def __init__(self, mutex: Any, nth: int = 1, entering: bool = False) -> None:
        self.lock = mutex.lock
        self._mutex = mutex
        self._left = nth
        self._entering = entering

    def __enter__(self) -> Any:
        if self._entering:
            self._count()
        return self._mutex.__enter__()

    def __exit__(self, *exc: object) -> None:
        self._mutex.__exit__(*exc)
        if not self._entering:
            self._count()

    def _count(self) -> None:
        self._left -= 1
        if not self._left:
            raise Strike


class Fragile:
    """A lock with nothing but acquire and release, which signals strike so often."""

    def __init__(self, lock: Any) -> None:
        self.inner = lock
        self.strikes_acquire = self.strikes_release = 0

    def acquire(self, *args: Any) -> Any:
        if self.strikes_acquire:
            self.strikes_acquire -= 1
            raise Strike
        return self.inner.acquire(*args)

    def release(self) -> None:
        if self.strikes_release:
            self.strikes_release -= 1
            raise Strike
        self.inner.release()
