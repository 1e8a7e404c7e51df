"""The watch: what the swap finds. Who waits for whom, what is left behind, what could deadlock.

While it is on, Lock, RLock and Condition are ones that know their holder, the kit's sleepers leave
a note, and Thread's ``start`` and ``join`` a trace. Nobody watches: who sleeps looks round by
itself. See verdict.py for what it finds then, left.py, order.py and shake.py for the rest.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from syncprims import waitqueue
from syncprims.lock import get_ident, now
from syncprims.swap.watch import asleep
from syncprims.swap.watch.begun import exchange
from syncprims.swap.watch.left import IGNORED, left
from syncprims.swap.watch.locks import CLASSES
from syncprims.swap.watch.made import note_births
from syncprims.swap.watch.order import Orders
from syncprims.swap.watch.shake import Shaker
from syncprims.swap.watch.threads import own
from syncprims.swap.watch.verdict import Hung, Judge

__all__ = ["Hung", "Watch"]


class Watch:
    """What to look for: ``swap(watch=Watch(hang=10))``.

    `hang` is the time in seconds after which a main thread that sleeps and cannot get on is hung;
    0 looks for neither that nor deadlocks. `leaks` and `order` say whether to tell, on stderr, what
    is left running or held at the end, and of locks taken in both orders. `shake` is a seed: then
    threads are delayed a little at the operations of primitives and, from Python 3.12 on, between
    the lines of files in the current folder. `tell` is called with what is found, by any thread.
    """

    classes: dict[str, Any] = CLASSES

    def __init__(
        self,
        *,
        hang: float = 60,
        leaks: bool = True,
        order: bool = True,
        shake: int | None = None,
        tell: Callable[[str], object] | None = None,
    ) -> None:
        if hang < 0:
            raise ValueError("hang must be a number of seconds, or 0 for never")
        self.tell: Callable[[str], object] = tell or _on_stderr
        self.judge: Judge = Judge(hang, self.tell)
        self.orders: Orders = Orders(self.tell)
        self.ignored: list[str] = list(IGNORED)
        self.shaker: Shaker | None = None if shake is None else Shaker(shake)
        self._leaks = leaks
        self._order = order
        self._undo = ExitStack()

    def __str__(self) -> str:
        return "the swap"

    def start(self) -> None:
        """Begin."""
        self.go_on()
        self.begin(self, "")

    def go_on(self) -> None:
        """Watch, from the start or after a pause."""
        for undo in (exchange(), note_births(), _exchange_sleep()):
            self._undo.callback(undo)
        if self.judge.seconds:
            self._undo.callback(self.judge.start())
        if self._order:
            self._undo.callback(self.orders.start())
        if self.shaker is not None:
            self._undo.callback(self.shaker.start())

    def pause(self) -> None:
        """Let all be as it is without a watch, for a while."""
        self._undo.close()

    def begin(self, test: object, name: str) -> None:
        """Begin a test, in the thread that runs it."""
        own.known.scope = test
        self.judge.tested = get_ident()
        self.judge.since = self.orders.since = now()
        self.judge.reports.clear()
        if self.shaker is not None:
            self.shaker.begin(name)

    def stop(self) -> None:
        """End; tell what is left."""
        if self._leaks:
            for text in left(lambda scope: scope is self, self.ignored):
                self.tell(text)
        self.pause()


def _on_stderr(text: str) -> None:
    print(f"syncprims: {text}", file=sys.stderr, flush=True)


def _exchange_sleep() -> Callable[[], None]:
    before = waitqueue.sleep
    waitqueue.sleep = asleep.sleep

    def undo() -> None:
        waitqueue.sleep = before

    return undo
