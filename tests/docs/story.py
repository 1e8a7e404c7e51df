"""The page that tells a story: files, and commands that are run on them one after the other.

``python -m tests.docs.story`` writes what its commands and programs print now into the page; look
at the difference before you keep it.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import syncprims
from tests.interpreter import programs_own

from .markdown import Block, Page, page

PAGE = "docs/how-to/explore.md"


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder with this package; return the finished process."""
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    package = str(Path(syncprims.__file__).parents[1])
    return subprocess.run(
        [sys.executable, *arguments],
        env={**environment, "PYTHONPATH": package, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def write_files(on: Page, folder: Path) -> None:
    """Write the files that the page shows, their names in the first line."""
    for block in on.blocks:
        if block.file_name:
            (folder / block.file_name).write_text(block.text, encoding="utf-8")


def commands(on: Page) -> list[tuple[Block, str, str]]:
    """Return each block of the page that is a command, the command, and what is shown below it."""
    blocks = [block for block in on.blocks if block.language == "console"]
    parts = [(block, *block.text.partition("\n")) for block in blocks]
    return [(block, command.removeprefix("$ "), shown) for block, command, _, shown in parts]


def output_of(command: str, folder: Path) -> str:
    """Return what a command on the page prints, and its exit status if it asks for that."""
    command, asks, _ = command.partition("; echo $?")
    ran = run(shlex.split(command.removeprefix("python ")), folder)
    assert not programs_own(ran.stderr), ran.stderr
    return ran.stdout + (f"{ran.returncode}\n" if asks else "")


def is_like(printed: str, shown: str) -> bool:
    """Whether a text is as shown; three dots stand for anything."""
    return doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)


def refreshed(on: Page, folder: Path) -> str:
    """Return the page's text with what its commands and programs print now."""
    write_files(on, folder)
    lines = on.text.splitlines(keepends=True)
    found: list[tuple[Block, str]] = []
    for block, command, shown in commands(on):
        printed = output_of(command, folder)
        if not is_like(printed, shown):
            found.append((block, f"$ {command}\n{_shortened(printed, shown)}"))
    for block, following in zip(on.blocks, on.blocks[1:], strict=False):
        if (block.language, following.language) == ("python", "text"):
            (folder / "program.py").write_text(block.text, encoding="utf-8")
            found.append((following, run(["program.py"], folder).stdout))
    for block, text in sorted(found, key=lambda each: each[0].line, reverse=True):
        first = block.line - 1
        lines[first : first + block.text.count("\n")] = [text]
    return "".join(lines)


def _shortened(printed: str, shown: str) -> str:
    """Leave out of a text the lines that were left out before."""
    begin, left_out, end = shown.partition("\n...\n")
    lines = re.sub(r" in \d+\.\d+s", " in ...s", printed).splitlines()
    if left_out:
        lines[begin.count("\n") + 1 : -end.count("\n")] = ["..."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Refresh the page; if its first schedule is another now, the commands that replay it too."""
    path = page(PAGE).path
    with tempfile.TemporaryDirectory() as folder:
        before = Page(path).text
        text = refreshed(Page(path), Path(folder))
        old, new = (re.search(r'replay\(\w+, "(\S+)"\)', each) for each in (before, text))
        if old and new and old[1] != new[1]:
            path.write_text(text.replace(old[1], new[1]), encoding="utf-8")
            text = refreshed(Page(path), Path(folder))
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
