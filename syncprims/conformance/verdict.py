"""What counts: a row as it came, seen against the levels looked at and the deviations known.

What is not met at a level that nobody looks at, or that the implementation lists, differs; all else
that is not met fails. A deviation that passes everywhere it was asked is stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from syncprims.conformance.adapter import Deviation
from syncprims.conformance.judge import ABSENT, DIFFERS, PASS, Row
from syncprims.conformance.report import UNMET
from syncprims.conformance.requirement import LEVELS, Requirement


def levels_of(text: str) -> list[str]:
    """Return the levels that ``--level`` names; raises ValueError."""
    names: list[str] = [*LEVELS] if text == "all" else [w.strip() for w in text.split(",")]
    for name in names:
        if name not in LEVELS:
            raise ValueError(f"no level {name!r}: give all, or some of {', '.join(LEVELS)}")
    return names


class Verdict:
    """How one implementation is judged."""

    def __init__(self, deviations: Iterable[Deviation], levels: Sequence[str]) -> None:
        self._deviations = list(deviations)
        self._levels = levels

    def listed(self, requirement: Requirement) -> str:
        """Return why an implementation need not meet any of a requirement's cases."""
        for each in self._deviations:
            labels = (case.label for case in requirement.cases)
            if all(each.covers(requirement.identifier, label) for label in labels):
                return each.reason
        return ""

    def excuse(self, requirement: Requirement) -> str:
        """Return why a requirement need not be met; empty if it must."""
        listed = self.listed(requirement)
        if listed or requirement.level in self._levels:
            return listed
        return requirement.beyond or f"level {requirement.level} is not looked at"

    def settled(self, requirement: Requirement, raw: Row) -> Row:
        """Return the row as it is recorded."""
        outcome, reason = raw["outcome"], raw.get("reason", "")
        listed = outcome == DIFFERS or bool(self.listed(requirement))
        if outcome in UNMET and (excuse := self.excuse(requirement)):
            outcome, reason = DIFFERS, excuse
        row: dict[str, Any] = {
            "level": requirement.level,
            "sentence": requirement.sentence,
            "outcome": outcome,
            "seconds": raw["seconds"],
            "message": "" if outcome == PASS else raw["message"],
            "reason": reason,
            "listed": outcome == DIFFERS and listed,
        }
        kept = {name: raw.get(name) for name in ("case", "test", "left", "failed")}
        if outcome not in (PASS, ABSENT):
            kept["hint"] = requirement.hint
        return row | {name: value for name, value in kept.items() if value}

    def unknown(self, requirements: Iterable[Requirement]) -> list[str]:
        """Return the deviations that no requirement is meant by."""
        pairs = [(each.identifier, case.label) for each in requirements for case in each.cases]
        return [
            known.pattern
            for known in self._deviations
            if not any(known.covers(*pair) for pair in pairs)
        ]

    def stale(self, requirements: Iterable[Requirement], rows: dict[str, Row]) -> list[str]:
        """Return the deviations that were asked about and are none any more."""
        asked = [
            (each.identifier, case.label, rows[each.identifier])
            for each in requirements
            if rows.get(each.identifier, {"outcome": ABSENT})["outcome"] != ABSENT
            for case in each.cases
        ]
        return [known.pattern for known in self._deviations if _passes(known, asked)]


def _passes(deviation: Deviation, asked: list[tuple[str, str, Row]]) -> bool:
    covered = [each for each in asked if deviation.covers(*each[:2])]
    return bool(covered) and not any(
        row["outcome"] != PASS and label in row.get("failed", [label]) for _, label, row in covered
    )


def as_deviations(requirements: Iterable[Requirement], rows: dict[str, Row]) -> str:
    """Return the lines of a file of deviations that would excuse all that is not met."""
    lines = []
    for each in requirements:
        row = rows.get(each.identifier)
        if row is None or (row["outcome"] not in UNMET and not row["listed"]):
            continue
        reason = row["reason"] or row["message"].partition("\n")[0]
        failed = row.get("failed", [])
        some = failed if 0 < len(failed) < len(each.cases) else []
        patterns = [f"{each.identifier}[{label.replace(' ', '')}]" for label in some]
        lines += [f"{pattern} {reason}\n" for pattern in patterns or [each.identifier]]
    return "".join(lines)
