"""A process that judges requirements, and what can be heard of it.

Its lines are read by threads, so nothing that it does can wedge who listens; its end is seen from
outside. Others may hold its pipe open after its end, so what is left is waited for a moment, and no
longer. It has a session of its own: to kill it is to kill all that it has started.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from syncprims.conformance import delays

KEPT = 8192  # bytes of what it has printed
START = 20 * max(1.0, delays.SCALE)  # seconds: for the import of an implementation, and for its end
READ = 0.5 * delays.SCALE  # seconds: for the last lines of one that has ended


class Child:
    """A process that judges requirements."""

    def __init__(self, request: dict[str, Any]) -> None:
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
        command = [sys.executable, *flags, "-m", "syncprims.conformance.child", json.dumps(request)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._said = b""
        self._until = time.monotonic() + START
        threading.Thread(target=self._read_lines, daemon=True).start()
        self._listening = threading.Thread(target=self._read_stderr, daemon=True)
        self._listening.start()

    def _read_lines(self) -> None:
        with suppress(ValueError, OSError):  # closed under our hands
            for line in self._process.stdout or ():
                self._lines.put(line)
        self._lines.put(None)

    def _read_stderr(self) -> None:
        with suppress(ValueError, OSError):
            while chunk := self._process.stderr.read1(KEPT):  # type: ignore[union-attr]
                self._said = (self._said + chunk)[-KEPT:]

    def said(self) -> list[str]:
        """Return the last lines of what one that has ended has printed."""
        self._listening.join(READ)
        return self._said.decode("utf-8", "replace").splitlines()

    def wait_until(self, moment: float) -> None:
        """Wait for its next line until then, and no longer."""
        self._until = moment

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what it says until it ends or its time is up."""
        while (left := self._until - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=min(left, READ))
            except Empty:
                if self._process.poll() is None:
                    continue
                yield from self._last_lines()
                return
            if line is None:
                return
            yield from _parsed(line)

    def _last_lines(self) -> Iterator[dict[str, Any]]:
        """Yield what is left of a child that has ended, although others may hold its pipe open."""
        with suppress(Empty):
            while (line := self._lines.get(timeout=READ)) is not None:
                yield from _parsed(line)

    def end(self) -> int | None:
        """Return the exit status of a child that has said all; None if it must be killed."""
        try:
            status = self._process.wait(READ)
        except subprocess.TimeoutExpired:
            status = None
        self.kill()
        return status

    def kill(self) -> None:
        """End it, and all that it has started."""
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()


def _parsed(line: bytes) -> Iterator[dict[str, Any]]:
    with suppress(ValueError):
        found = json.loads(line)
        if isinstance(found, dict):
            yield found
