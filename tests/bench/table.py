"""The results as a table."""

from __future__ import annotations

import statistics
from typing import Any

from tests.bench.one_thread import MEAN


def geometric_mean(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the row that sums up the one-thread rows with a limit, but for construction."""
    limited = [
        row
        for row in rows
        if row["group"] == "one thread" and row["limited"] and not row["name"].startswith("make")
    ]
    if len(limited) < 2:
        return []
    columns = zip(*([ratio["median"] for ratio in row["ratios"]] for row in limited), strict=True)
    means = [statistics.geometric_mean(column) for column in columns]
    assert MEAN.limits
    most = MEAN.limits.here()
    ratios = [{"median": mean, "least": mean, "most": mean, "seconds": 0} for mean in means]
    return [{"group": "one thread", "name": MEAN.name, "most": most, "ratios": ratios}]


def text(result: dict[str, Any]) -> str:
    """Return one run as a table: the median ratio, the least and the most, times the floor."""
    lines = [f"{result['python']} ({result['version']}), {result['date']}; reference: stdlib"]
    lines.append(f"floor: {result['floor'] * 1e9:.0f} ns for one acquire and release of a lock")
    for place, name in enumerate(result["names"]):
        lines += ["", f"{name:44}{'median':>8}{'least':>8}{'most':>8}{'limit':>8}{'floors':>9}"]
        group = None
        for row in result["rows"]:
            if row["group"] != group:
                group = row["group"]
                lines.append(f"-- {group}")
            lines.append(_line(row, row["ratios"][place], result["floor"]))
    return "\n".join(lines)


def _line(row: dict[str, Any], ratio: dict[str, float], floor: float) -> str:
    most = row["most"]
    cells = [f"{ratio[key]:8.2f}" for key in ("median", "least", "most")]
    cells.append(f"{most:8.2f}" if most else " " * 8)
    bytes_used = row["group"] == "memory"
    cells.append(f"{ratio['seconds']:7.0f} B" if bytes_used else f"{ratio['seconds'] / floor:9.1f}")
    cells.append(" over" if most and ratio["median"] > most else "")
    return f"  {row['name']:42}{''.join(cells)}".rstrip()
