"""What is left of the kit where it does not belong, once a swap has ended.

A module that was imported meanwhile has the kit's classes, and so has ``threading`` itself after a
patch that was begun inside and taken back later. What asked for the kit by name keeps it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import syncprims
from syncprims.swap.places import BY_DEFAULT, HOMES, ORIGINALS, imports_the_kit, modules


def put_back_the_rest(names: Iterable[str], own: set[tuple[int, str]]) -> None:
    """Put the standard library's back wherever the kit's still are, but where they belong."""
    ours = {id(getattr(syncprims, name)): ORIGINALS[name] for name in set(names) & set(ORIGINALS)}
    for module, held in modules():
        found = [
            name
            for name, value in list(held.items())
            if id(value) in ours and (id(held), name) not in own
        ]
        if found and not imports_the_kit(module):
            held.update({name: ours[id(held[name])] for name in found})


def put_back_in_the_stdlib() -> None:
    """Take what is left of the kit out of the standard library's modules, if there is anything."""
    if not any(vars(HOMES[name]).get(name) is ours for name, ours in _OURS.items()):
        return
    for module, names in modules():
        if module.partition(".")[0] in sys.stdlib_module_names:
            for name, value in list(names.items()):
                if any(value is ours for ours in _OURS.values()):
                    _put_back_in(names, name, value.__name__)


def _put_back_in(names: dict[str, Any], name: str, public: str) -> None:
    if public in ORIGINALS:
        names[name] = ORIGINALS[public]
    else:
        del names[name]


_OURS = {name: getattr(syncprims, name) for name in BY_DEFAULT}
