"""A place where a fixed number of threads meet: nobody passes until all have come.

One object, a *cycle*, stands for each meeting: how many have come, how it stands, and the queue of
those asleep. The last to come runs the action, outside the mutex, ends the cycle and opens every
gate; the barrier goes on with a fresh cycle at the same instant, so slow sleepers of the old one
and fast arrivals of the new one cannot be mistaken for each other. A sleeper goes on when its own
cycle has ended, and looks at how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import BrokenBarrierError

from syncprims.fork import Ref, forsake, remember
from syncprims.lock import Lock, Section, get_ident, now, renewed
from syncprims.waitqueue import Waiters, forget, sleep_until, wake_all

FILLING, FULL, PASSED, BROKEN = "filling", "full", "passed", "broken"


class _Cycle:
    """One meeting. FILLING -> FULL (the action runs) -> PASSED, or BROKEN from any of the two."""

    __slots__ = ("actor", "arrived", "state", "waiters")

    # All guarded by the barrier's mutex.
    arrived: int  # written by: each party, once. I1: less than parties while FILLING
    state: str
    actor: int | None  # whose action it is; written by: that thread
    waiters: Waiters  # woken when: the cycle ends. I2: empty once it is PASSED or BROKEN

    def end(self) -> None:
        """Break the cycle and wake everybody; without effect on one that has ended."""
        if self.state is FILLING or self.state is FULL:
            wake_all(self.waiters)
            self.state = BROKEN


def _new_cycle() -> _Cycle:
    cycle = _Cycle()  # filled here: an __init__ would cost as much as all the rest
    cycle.actor = None
    cycle.arrived = 0
    cycle.state = FILLING
    cycle.waiters = {}
    return cycle


class Barrier:
    """A meeting point for `parties` threads: each ``wait`` sleeps until all have called it.

    How it works: parties are counted in under a mutex and sleep on gates; the last one runs
    `action`, if there is one, and opens them all. Then the barrier is ready for the next meeting.
    If a party times out, is interrupted, or the action raises, the barrier is broken: everybody
    gets BrokenBarrierError until ``reset``.

    Differences from threading.Barrier: a party that is interrupted (Ctrl-C, say) breaks the
    barrier instead of leaving the others asleep; the action runs without any lock, so it may call
    ``abort``, ``reset`` and the properties, and whoever calls them meanwhile breaks this meeting
    (there ``reset`` waits for the action); parties that have been let pass stay so, even if the
    barrier is aborted before they are awake; after a fork the child's copy works. Not safe: a
    signal handler that uses the barrier while its own thread is inside.

    >>> barrier = Barrier(1, action=lambda: print("all here"))
    >>> barrier.wait()
    all here
    0
    """

    def __init__(
        self,
        parties: int,
        action: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> None:
        if parties < 1:
            raise ValueError("parties must be >= 1")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._mutex = Section(Lock())
        # I3: the barrier is broken exactly when this cycle is. It is never PASSED.
        self._cycle = _new_cycle()  # guarded by: _mutex
        remember(Ref(self, forsake))

    def wait(self, timeout: float | None = None) -> int:
        """Sleep until all parties have called ``wait``; return this one's number, from 0.

        The number tells the parties of one meeting apart and says nothing about who wakes first.
        `timeout` is in seconds, by default the barrier's own. Raises BrokenBarrierError if the
        barrier is or becomes broken or is reset, or if the time passes before all have come, which
        breaks it; what the action raised, in the thread that ran it.
        """
        if timeout is None:
            timeout = self._timeout
        if timeout is not None and self._cycle.arrived + 1 < self._parties:
            # The lock is free: this only refuses, before the party counts, what no clock can hold.
            Lock().acquire(True, max(now() + timeout - now(), 0))
        while True:
            came = last = False
            cycle, index = self._cycle, 0
            try:
                with self._mutex:
                    cycle = self._cycle
                    if cycle.state is FILLING:
                        came = True
                        index = cycle.arrived
                        cycle.arrived = index + 1
                        if index + 1 == self._parties:
                            cycle.state = FULL
                            last = True
                if last:
                    self._let_pass(cycle)
                elif came and not self._sleep_until_ended(cycle, timeout):
                    self._time_out(cycle)
            except BaseException:
                if came:
                    self._break(cycle)
                raise
            if cycle.state is BROKEN:
                raise BrokenBarrierError
            if came:
                return index
            self._sleep_until_ended(cycle, None)  # its action still runs: come again

    def _sleep_until_ended(self, cycle: _Cycle, timeout: float | None) -> bool | None:
        """Sleep until a cycle has ended; return None if the time passes first."""

        def look_or_queue(gate: Lock, opener: Iterator[object], got: list[bool]) -> None:
            with self._mutex:
                if cycle.state is PASSED or cycle.state is BROKEN:
                    got += (True,)
                else:
                    cycle.waiters[gate] = opener

        return sleep_until(self._mutex, cycle.waiters, look_or_queue, timeout)

    def _time_out(self, cycle: _Cycle) -> None:
        """Break a cycle that still fills; if all have come, only the action is left to wait for."""
        with self._mutex:
            if cycle.state is FILLING:
                cycle.end()
        self._sleep_until_ended(cycle, None)

    def _let_pass(self, cycle: _Cycle) -> None:
        if self._action:
            cycle.actor = get_ident()
            self._action()
        following = _new_cycle()
        with self._mutex:
            if cycle.state is FULL:
                if cycle.waiters:
                    wake_all(cycle.waiters)
                # No call between these two: a barrier never shows a cycle that is PASSED.
                cycle.state = PASSED
                self._cycle = following

    def _break(self, cycle: _Cycle) -> None:
        with self._mutex:
            cycle.end()

    def reset(self) -> None:
        """Make the barrier ready for a new meeting; those waiting get BrokenBarrierError."""
        following = _new_cycle()
        with self._mutex:
            cycle = self._cycle
            wake_all(cycle.waiters)
            # No call between these two, in this order: ``broken`` never shows a moment of it.
            self._cycle = following
            cycle.state = BROKEN

    def abort(self) -> None:
        """Break the barrier: waiting and coming threads get BrokenBarrierError until ``reset``."""
        with self._mutex:
            self._cycle.end()

    @property
    def parties(self) -> int:
        """How many threads meet here."""
        return self._parties

    @property
    def n_waiting(self) -> int:
        """How many threads have come for the meeting that is not yet complete."""
        cycle = self._cycle
        return 0 if cycle.state is BROKEN else cycle.arrived

    @property
    def broken(self) -> bool:
        """Whether the barrier is broken."""
        cycle = self._cycle
        return cycle.state is BROKEN and self._cycle is cycle  # or a reset has replaced it

    def __repr__(self) -> str:
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        state = "broken" if self.broken else f"waiters={self.n_waiting}/{self.parties}"
        return f"<{name} at {id(self):#x}: {state}>"

    def _at_fork_reinit(self) -> None:
        self._mutex = renewed(self._mutex)
        forget(self._cycle.waiters)
        if self._cycle.state is FULL and self._cycle.actor == get_ident():
            return  # the action itself has forked, and goes on in the child
        following = _new_cycle()
        if self.broken:
            following.state = BROKEN
        self._cycle.state = BROKEN  # for the thread that forked, if it sleeps there
        self._cycle = following

    _after_fork = _at_fork_reinit

    def _check(self) -> None:
        """Assert the numbered invariants."""
        with self._mutex:
            cycle = self._cycle
            assert cycle.state is not FILLING or cycle.arrived < self._parties, "I1"
            assert cycle.state is not BROKEN or not cycle.waiters, "I2"
            assert cycle.state is not PASSED, "I3"
