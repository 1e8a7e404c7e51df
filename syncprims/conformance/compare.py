"""Two recordings side by side: what got worse, what got better, what came and what went."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from syncprims.conformance.judge import ABSENT, DIFFERS, FAIL, PASS
from syncprims.conformance.report import UNMET, Recording, order

RANK = {PASS: 0, ABSENT: 1, DIFFERS: 2, **dict.fromkeys(UNMET, 3)}


_PARTS = {"implementation", "python", "version", "seconds", "levels", "requirements"}


class Unreadable(Exception):
    """There are no recordings; the text says where in one line."""


def read(path: str | Path) -> list[Recording]:
    """Return the recordings that a file holds."""
    try:
        recordings = json.loads(Path(path).read_text(encoding="utf-8"))["recordings"]
        for each in recordings:
            assert each.keys() >= _PARTS, "a part is missing"
            assert all(row.keys() >= {"outcome", "level"} for row in each["requirements"].values())
    except OSError as error:
        raise Unreadable(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise Unreadable(
            f"{path} is no recording of this version: conform --json writes them"
        ) from error
    return [each for each in recordings if each["requirements"]]


def compare(before: list[Recording], after: list[Recording]) -> tuple[list[str], bool]:
    """Return a line for each requirement that changed, and whether anything got worse."""
    lines, worse = [], False
    for old, new in _pairs(before, after):
        name = new["implementation"]
        for verb, text in _changes(old["requirements"], new["requirements"]):
            lines.append(f"{name} {verb}: {text}")
            worse = worse or verb == "worse"
    return lines, worse


def _pairs(
    before: list[Recording], after: list[Recording]
) -> Iterator[tuple[Recording, Recording]]:
    """Pair those of one name; where each file has but one, these two."""
    if len(before) == len(after) == 1:
        yield before[0], after[0]
        return
    known = {each["implementation"]: each for each in before}
    for new in after:
        if new["implementation"] in known:
            yield known[new["implementation"]], new


def _changes(old: Recording, new: Recording) -> Iterator[tuple[str, str]]:
    for identifier in sorted({*old, *new}, key=order):
        was, is_now = (rows.get(identifier, {}).get("outcome") for rows in (old, new))
        if was == is_now:
            continue
        message = new.get(identifier, {}).get("message", "").partition("\n")[0]
        text = f"{identifier} {was or 'not there'} -> {is_now or 'gone'} {message}".rstrip()
        step = RANK.get(is_now or PASS, RANK[FAIL]) - RANK.get(was or PASS, RANK[FAIL])
        yield ("worse" if step > 0 else "better" if step < 0 else "changed"), text
