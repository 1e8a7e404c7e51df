"""What the tests need to know of a Markdown page: its code blocks, headings and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    language: str
    text: str
    line: int  # of its first line, counted from 1

    @property
    def file_name(self) -> str:
        """The name in a first line such as ``# adapter.py``; empty if there is none."""
        named = re.match(r"# (\w+\.\w+)\n", self.text)
        return named[1] if named else ""


class Page:
    """A Markdown page."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.blocks: list[Block] = []
        self.prose = ""
        self._parse()

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    def _parse(self) -> None:
        fence, start, lines = None, 0, []
        for number, line in enumerate(self.text.splitlines(keepends=True), 1):
            if not line.startswith("```"):
                lines.append(line)
                continue
            if fence is None:
                self.prose += "".join(lines)
            else:
                self.blocks.append(Block(fence, "".join(lines), start))
            fence = line[3:].strip() if fence is None else None
            start, lines = number + 1, []
        assert fence is None, f"{self}: a code block is not closed"
        self.prose += "".join(lines)

    @property
    def headings(self) -> list[str]:
        """The texts of the headings, without their marks."""
        return re.findall(r"^#+ +(.+?) *$", self.prose, re.MULTILINE)

    @property
    def anchors(self) -> set[str]:
        """What ``#...`` in a link may name: the headings, as forges spell them."""
        found: dict[str, int] = {}
        anchors = set()
        for heading in self.headings:
            plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
            slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            anchors.add(f"{slug}-{found[slug]}" if slug in found else slug)
            found[slug] = found.get(slug, 0) + 1
        return anchors

    @property
    def links(self) -> list[str]:
        """The targets of the links in the prose."""
        prose = re.sub(r"`[^`\n]*`", lambda code: "`" if "](" in code[0] else code[0], self.prose)
        return re.findall(r"\]\(([^)\s]+)\)", prose)

    def section(self, heading: str) -> str:
        """Return what stands between a heading of the second level and the next."""
        _, _, rest = self.text.partition(f"\n## {heading}\n")
        assert rest, f"{self} has no section {heading!r}"
        return re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]


PAGES = [Page(path) for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]]


def page(name: str) -> Page:
    """Return a page by its path in the checkout."""
    return next(found for found in PAGES if str(found) == name)
