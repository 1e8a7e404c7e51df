"""What an exploration has shown: the verdict, and the failure if there is one.

``str`` of a ``Result`` is the report for people, ``as_json`` the one for machines. A ``Found``
tells the failure in words, and has what it takes to see it again: the schedule and the call.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from syncprims.explore.report import in_words


@dataclass
class Found:
    """A failure: what it is, the schedule that leads to it, and the steps in a table."""

    kind: str
    message: str
    schedule: str
    trace: str = ""
    error: BaseException | None = None
    again: str = ""  # the call that replays it

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}\n\n{self.trace}\n\nto see it again: {self.again}"


@dataclass
class Result:
    """What an exploration has shown.

    `verdict` is ``failed``, ``proved``, ``bounded`` (nothing found within bounds that are named) or
    ``incomplete`` (a limit was hit). `claim` says it in a sentence.
    """

    verdict: str
    claim: str
    executions: int
    seconds: float
    failure: Found | None = None
    pruned: int = 0  # executions given up as soon as they were like an earlier one

    def __str__(self) -> str:
        return f"{self.verdict}: {self.failure or self.claim}"

    def as_json(self) -> str:
        """The same for machines; ``failure`` is null or has kind, message, schedule, trace."""
        found = self.failure
        error = None if found is None or found.error is None else in_words(found.error)
        failure = None if found is None else {**vars(found), "error": error}
        return json.dumps({**vars(self), "failure": failure}, indent=2)
