"""Busted Barriers."""

import sys
from contextlib import suppress

from syncprims.barrier import FILLING, Barrier, BrokenBarrierError, _Cycle


class BarrierThatIsLapped(Barrier):
    """Sleepers look at how many have come, so one that comes again sends them back to sleep."""

    def wait(self, timeout=None):
        with self._mutex:
            only_cycle = self._cycle
            index = only_cycle.arrived
            only_cycle.arrived += 1
            if only_cycle.arrived == self._parties:
                only_cycle.arrived = 0
                self._waiters.wake_all()
            else:
                self._waiters.wait_for(lambda: not only_cycle.arrived, timeout)
            return index


class BarrierThatActsInEveryThread(Barrier):
    """Each of the parties runs the action."""

    def wait(self, timeout=None):
        index = super().wait(timeout)
        if self._action is not None and index != self._parties - 1:
            self._action()
        return index


class BarrierThatActsTooLate(Barrier):
    """The action runs when the others have been let pass."""

    def _let_pass(self, cycle):
        action, self._action = self._action, None
        super()._let_pass(cycle)
        self._action = action
        if action is not None:
            action()


class BarrierThatSwallowsTheActionsError(Barrier):
    """An action that raises neither breaks the barrier nor is heard of."""

    def _let_pass(self, cycle):
        action = self._action
        if action is not None:
            with suppress(Exception):
                action()
        self._action = None
        super()._let_pass(cycle)
        self._action = action


class BarrierThatATimeoutDoesNotBreak(Barrier):
    """A party whose time has passed just leaves, and the others sleep on."""

    def _wait_for_the_others(self, cycle, timeout):
        if not self._waiters.wait_for(lambda: cycle.state is not FILLING, timeout):
            cycle.arrived -= 1
            raise BrokenBarrierError
        self._waiters.wait_for(cycle.has_ended)

    def _break(self, cycle):
        if sys.exc_info()[0] is not BrokenBarrierError:  # that is a party that just leaves
            super()._break(cycle)


class BarrierThatStaysBrokenAfterReset(Barrier):
    """reset is abort."""

    def reset(self):
        self.abort()


class BarrierWhoseResetForgetsTheWaiters(Barrier):
    """reset begins anew and leaves those who wait asleep."""

    def reset(self):
        with self._mutex:
            self._cycle = _Cycle()


class BarrierWhoseAbortIsForgotten(Barrier):
    """abort throws out those who wait, and the next to come know nothing of it."""

    def abort(self):
        self.reset()


class BarrierThatNumbersAllZero(Barrier):
    """wait returns 0 to every party."""

    def wait(self, timeout=None):
        super().wait(timeout)
        return 0


class BarrierThatIgnoresItsTimeout(Barrier):
    """The time-out given to the constructor is not used."""

    def __init__(self, parties, action=None, timeout=None):
        super().__init__(parties, action)


class BarrierThatTakesAnyTimeout(Barrier):
    """A time-out that cannot be breaks the barrier for all."""

    def wait(self, timeout=None):
        try:
            return super().wait(timeout)
        except (TypeError, OverflowError):
            self.abort()
            raise


class BarrierWhoseAbortWakesNobody(Barrier):
    """abort is for those who come, not for those who wait."""

    aborted = False

    def abort(self):
        self.aborted = True

    def wait(self, timeout=None):
        if self.aborted:
            super().abort()
        return super().wait(timeout)


class BarrierWhoseResetForgetsALoneWaiter(Barrier):
    """reset sends two away, and leaves one asleep."""

    def reset(self):
        if self.n_waiting != 1:
            super().reset()
        with self._mutex:
            self._cycle = _Cycle()
