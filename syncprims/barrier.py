"""A place where a fixed number of threads meet: nobody passes until all have come.

One object, a *cycle*, stands for each meeting: how many have come, and how it stands. The last to
come runs the action, outside the mutex, ends the cycle and wakes all; the barrier goes on with a
fresh cycle at the same instant, so slow sleepers of the old one and fast arrivals of the new one
cannot be mistaken for each other. A sleeper goes on when its own cycle has ended, and looks how.
"""

from collections.abc import Callable
from threading import BrokenBarrierError

from syncprims.fork import remember
from syncprims.lock import Lock, Mutex, get_ident, now, shown
from syncprims.waitqueue import WaitQueue

Action = Callable[[], object] | None

FILLING, FULL, PASSED, BROKEN = "filling", "full", "passed", "broken"


class _Cycle:
    """One meeting. FILLING -> FULL (the action runs) -> PASSED, or BROKEN from either."""

    # All guarded by: the barrier's mutex.
    arrived = 0  # written by: each party, once. I2: less than parties while FILLING
    state = FILLING
    actor: int | None = None  # the thread that runs the action, for fork alone; written by it


class Barrier:
    """A meeting point for `parties` threads: each ``wait`` sleeps until all have called it.

    How it works: parties are counted in under a mutex and sleep on gates; the last one runs
    `action`, if there is one, and opens them all. Then the barrier is ready for the next meeting.
    If a party times out, is interrupted, or the action raises, the barrier is broken: everybody
    gets BrokenBarrierError until ``reset``.

    Differences from threading.Barrier: a party that is interrupted (Ctrl-C, say) breaks the
    barrier instead of leaving the others asleep. The action runs without any lock: it may call
    ``abort``, ``reset`` and the properties, and who breaks the barrier meanwhile breaks this
    meeting. Parties that have been let pass stay so, even if the barrier is aborted before they
    are awake. After a fork the child's copy works. Not safe: a
    signal handler that uses the barrier while its own thread is inside.

    >>> barrier = Barrier(1, action=lambda: print("all here"))
    >>> barrier.wait()
    all here
    0
    """

    def __init__(self, parties: int, action: Action = None, timeout: float | None = None) -> None:
        if parties < 1:
            raise ValueError("parties must be >= 1")
        self._parties, self._action, self._timeout = parties, action, timeout
        self._mutex = Mutex(Lock())
        # I3: the barrier is broken exactly when this cycle is. It is never PASSED.
        self._cycle = _Cycle()  # guarded by: _mutex
        self._waiters = WaitQueue(self._mutex)  # guarded by: _mutex; woken when: a cycle ends
        remember(self)

    def wait(self, timeout: float | None = None) -> int:
        """Sleep until all parties have called ``wait``; return this one's number, from 0.

        The number tells the parties of one meeting apart and says nothing about who wakes first.
        `timeout` is in seconds, by default the barrier's own. Raises BrokenBarrierError if the
        barrier is or becomes broken or is reset, or if the time passes before all have come, which
        breaks it; what the action raised, in the thread that ran it.
        """
        timeout = self._timeout if timeout is None else timeout
        if timeout is not None and self._cycle.arrived + 1 < self._parties:
            # A free lock: this only refuses, before the party counts, what the wait would refuse.
            Lock().acquire(True, max(now() + timeout - now(), 0))
        cycle = None
        try:
            with self._mutex:
                if self._cycle.state is FULL:  # its action still runs: wait for the next
                    self._waiters.wait_for(lambda: self._cycle.state is not FULL)
                cycle = self._cycle
                index = cycle.arrived
                cycle.arrived = index + 1
                if index + 1 < self._parties or cycle.state is BROKEN:
                    self._wait_for_the_others(cycle, timeout)
                else:
                    cycle.state = FULL
            if cycle.state is FULL:  # the last to come; the others are here when it has ended
                self._let_pass(cycle)
        except BaseException:
            if cycle is not None:
                with self._mutex:
                    self._break(cycle)
            raise
        if cycle.state is BROKEN:
            raise BrokenBarrierError
        return index

    def _wait_for_the_others(self, cycle: _Cycle, timeout: float | None) -> None:
        if not self._waiters.wait_for(lambda: cycle.state is not FILLING, timeout):
            self._break(cycle)
        # All have come, or it is broken. If the action runs, only that is left to wait for.
        self._waiters.wait_for(lambda: cycle.state in (PASSED, BROKEN))

    def _let_pass(self, cycle: _Cycle) -> None:
        if self._action:
            cycle.actor = get_ident()
            self._action()
        following = _Cycle()
        with self._mutex:
            if cycle.state is FULL:  # and was not broken while the action ran
                if self._waiters:
                    self._waiters.wake_all()
                cycle.state = PASSED
                self._cycle = following

    def _break(self, cycle: _Cycle) -> None:
        """Break a cycle and wake everybody; without effect on one that has ended."""
        if cycle.state not in (PASSED, BROKEN):
            self._waiters.wake_all()
            cycle.state = BROKEN

    def reset(self) -> None:
        """Make the barrier ready for a new meeting; those waiting get BrokenBarrierError."""
        with self._mutex:
            self._break(self._cycle)
            self._cycle = _Cycle()

    def abort(self) -> None:
        """Break the barrier: waiting and coming threads get BrokenBarrierError until ``reset``."""
        with self._mutex:
            self._break(self._cycle)

    @property
    def parties(self) -> int:
        """How many threads meet here."""
        return self._parties

    @property
    def n_waiting(self) -> int:
        """How many threads have come for the meeting that is not yet complete."""
        with self._mutex:
            return 0 if self._cycle.state is BROKEN else self._cycle.arrived

    @property
    def broken(self) -> bool:
        """Whether the barrier is broken."""
        with self._mutex:
            return self._cycle.state is BROKEN

    def __repr__(self) -> str:
        cycle = self._cycle  # without the mutex: whoever shows us may hold it
        waiting = f"waiters={cycle.arrived}/{self._parties}"
        return shown(self, "broken" if cycle.state is BROKEN else waiting)

    def _after_fork(self) -> None:
        self._mutex.after_fork()
        cycle = self._cycle
        if cycle.state is FULL and cycle.actor == get_ident():
            return  # the action itself has forked, and goes on in the child
        if cycle.state is not BROKEN:
            self._cycle = _Cycle()
        self._break(cycle)  # for the thread that forked, if it sleeps there

    def _check(self) -> None:
        """Assert the numbered invariants."""
        with self._mutex:
            self._waiters._check()
            assert self._cycle.state is not FILLING or self._cycle.arrived < self._parties, "I2"
            assert self._cycle.state is not PASSED, "I3"
