"""One exchange: the globals that hold the stdlib's primitives, found, filled and put back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import syncprims
from syncprims.swap.leftovers import put_back_the_rest
from syncprims.swap.places import ABSENT, GROUND, HOMES, ORIGINALS, QUEUES, Place, modules
from syncprims.swap.standin import stand_in


class Exchange:
    """What is put in place of `wanted`: stand-ins for the kit's classes, or for the watch's."""

    def __init__(self, wanted: frozenset[str], watched: dict[str, Any]) -> None:
        self.places: list[Place] = []
        self._wanted: frozenset[str] = wanted
        self.ours: dict[str, Any] = {
            name: stand_in(name, watched.get(name, getattr(syncprims, name))) for name in wanted
        }
        self._own: set[tuple[int, str]] = set()  # globals that held ours before

    def find(self, others: dict[str, Any]) -> None:
        """Write down where the standard library's are, or `others`, and where ours are already."""
        found = {id(each): getattr(syncprims, name) for name, each in others.items()}
        found |= {id(others[name]): self.ours[name] for name in self._wanted & set(others)}
        found |= {id(ORIGINALS[name]): self.ours[name] for name in self._wanted & set(ORIGINALS)}
        kept = {*map(id, self.ours.values()), *(id(getattr(syncprims, name)) for name in HOMES)}
        for module, names in modules():
            for name, value in list(names.items()):
                if id(value) in found and name not in GROUND:
                    self.places.append(Place(names, module, name, value, found[id(value)]))
                elif id(value) in kept:
                    self._own.add((id(names), name))
        self._add_what_is_absent()

    def _add_what_is_absent(self) -> None:
        """Give the standard library what later ones have: the kit has it on every Python."""
        absent = {name: HOMES[name] for name in self._wanted}
        if self._wanted & set(QUEUES):
            absent["ShutDown"] = HOMES["Queue"]  # what their get and put raise after a shutdown
        for name, home in absent.items():
            if not hasattr(home, name):
                ours = getattr(syncprims, name)
                self.places.append(Place(vars(home), home.__name__, name, ABSENT, ours))

    def put_in(self) -> None:
        """Fill the places."""
        for place in self.places:
            place.put_in()

    def put_back(self, still: Iterable[str]) -> None:
        """Put all back, also in modules imported meanwhile; what is `still` swapped stays there."""
        for place in self.places:
            place.put_back()
        put_back_the_rest(self.ours, set(still), self._own)
