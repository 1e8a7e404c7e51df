"""What a swap was asked for, what it has done, and what it could not do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from syncprims.swap.places import BY_DEFAULT, HOMES, ORIGINALS, Place, is_ours
from syncprims.swap.unreached import Unreached, find


def wanted_names(only: Iterable[str] | None, watched: bool = False) -> frozenset[str]:
    """Return the names that are asked for; a string may hold several. ValueError for others."""
    if only is None:
        return frozenset(HOMES) if watched else BY_DEFAULT
    words = only.split(",") if isinstance(only, str) else only
    wanted = frozenset(word.strip() for word in words if word.strip())
    if not wanted:
        raise ValueError(f"nothing to swap; only takes names of {', '.join(HOMES)}")
    for name in sorted(wanted - HOMES.keys()):
        near = difflib.get_close_matches(name, HOMES, 1)
        meant = f"{near[0]} would be one; " if near else ""
        raise ValueError(f"cannot swap {name}; {meant}only takes names of {', '.join(HOMES)}")
    return wanted


class Report:
    """What a swap has done, and what it could not do."""

    def __init__(self, places: list[Place], wanted: frozenset[str]) -> None:
        self._places = places
        self._wanted = wanted

    @property
    def names(self) -> list[str]:
        """The primitives that were asked for."""
        return [name for name in HOMES if name in self._wanted]

    @property
    def patched(self) -> list[str]:
        """The globals that hold the kit's classes now, such as ``mypackage.jobs.Queue``."""
        return sorted(f"{place.module}.{place.name}" for place in self._places)

    @property
    def unreached(self) -> list[Unreached]:
        """What still holds the standard library's classes or objects of them, and is not its own.

        Asks the garbage collector for everything there is: some tenths of a second.
        """
        return find({name: ORIGINALS[name] for name in self._wanted & set(ORIGINALS)}, is_ours)

    def __repr__(self) -> str:
        return f"<swapped {', '.join(self.names)} in {len(self._places)} globals>"
