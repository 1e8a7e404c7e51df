"""What is left of the kit where it does not belong, once a swap has ended.

A module that was imported meanwhile has the kit's classes, and so has ``threading`` itself after a
patch that was begun inside and taken back later. What asked for the kit by name keeps it.
"""

from __future__ import annotations

import sys
from typing import Any

from syncprims.swap.places import HOMES, ORIGINALS, imports_the_kit, modules


def put_back_the_rest(swapped: dict[str, Any], still: set[str], own: set[tuple[int, str]]) -> None:
    """Put the standard library's back wherever the kit's still are, but where they belong.

    What was swapped in by a swap inside of this counts too; what is `still` swapped stays.
    """
    _OURS.update({id(each): (name, each) for name, each in swapped.items()})
    ended = (swapped.keys() & ORIGINALS.keys()) - still
    ours = {each: ORIGINALS[name] for each, (name, _) in _OURS.items() if name in ended}
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
    if not any(id(vars(home).get(name)) in _OURS for name, home in HOMES.items()):
        return
    for module, names in modules():
        if module.partition(".")[0] in sys.stdlib_module_names:
            for name, value in list(names.items()):
                if id(value) in _OURS:
                    _put_back_in(names, name, _OURS[id(value)][0])


def _put_back_in(names: dict[str, Any], name: str, public: str) -> None:
    if public in ORIGINALS:
        names[name] = ORIGINALS[public]
    else:
        del names[name]


_OURS: dict[int, tuple[str, Any]] = {}  # all that was ever swapped in, by id
