"""``python -m tests.bench.document DIRECTORY``: puts the results kept there into the documentation.

The directory holds what ``python -m tests.bench --json`` has written, a file for each interpreter.
The tables in docs/performance.md, between two marks, are replaced; the prose around them stays.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- tables: begin -->\n", "<!-- tables: end -->\n"


def tables(results: list[dict[str, Any]]) -> str:
    """Return the tables, a column for each interpreter; what is over its limit is in bold."""
    titles = [result["python"] for result in results]
    lines = ["| measured | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for what in ("version", "date"):
        lines.append(f"| {what} | " + " | ".join(result[what] for result in results) + " |")
    floors = " | ".join(f"{result['floor'] * 1e9:.0f}" for result in results)
    lines.append(f"| floor, in ns | {floors} |")
    imports = " | ".join(f"{result['import']['median']:.1f}" for result in results)
    lines.append(f"| `import syncprims`, in ms | {imports} |")
    group = None
    # Some rows the newest interpreter alone has.
    rows = {
        (row["group"], row["name"]): row for result in results for row in result["rows"]
    }.values()
    groups = list(dict.fromkeys(row["group"] for row in rows))
    for row in sorted(rows, key=lambda row: groups.index(row["group"])):
        if row["group"] != group:
            group = row["group"]
            lines += ["", f"### {group.capitalize()}", ""]
            lines += ["| | at most | " + " | ".join(titles) + " |"]
            lines += ["|---" * (len(titles) + 2) + "|"]
        cells = [_cell(result, group, row["name"]) for result in results]
        lines.append(f"| {row['name']} | {row['most'] or ''} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(result: dict[str, Any], group: str, name: str) -> str:
    for row in result["rows"]:
        if (row["group"], row["name"]) == (group, name):
            median = row["ratios"][0]["median"]
            text = f"{median:.2f}"
            most = 1.0 if result["python"].startswith("pypy") else row["most"]
            return f"**{text}**" if row["most"] and float(text) > most else text
    return ""


def main() -> None:
    """Replace the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.document")
    parser.add_argument("directory", type=Path, help="where the results are")
    directory = parser.parse_args().directory
    results = [json.loads(path.read_text("utf-8")) for path in sorted(directory.glob("*.json"))]
    if not results:
        parser.error(f"no results in {directory}: python -m tests.bench --json writes them")
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + BEGIN + "\n" + tables(results) + "\n" + END + after, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
