"""Busted Barriers."""

from contextlib import suppress
from functools import partial

from syncprims.barrier import FULL, Barrier, BrokenBarrierError, _new_cycle
from syncprims.waitqueue import sleep_until, wake_all


class BarrierThatIsLapped(Barrier):
    """Sleepers look at how many have come, so one that comes again sends them back to sleep."""

    def wait(self, timeout=None):
        with self._mutex:
            only_cycle = self._cycle
            index = only_cycle.arrived
            only_cycle.arrived += 1
            if only_cycle.arrived == self._parties:
                only_cycle.arrived = 0
                wake_all(only_cycle.waiters)
                return index
        attempt = partial(self._pass_or_queue, only_cycle)
        sleep_until(self._mutex, only_cycle.waiters, attempt, timeout)
        return index

    def _pass_or_queue(self, only_cycle, gate, opener, got):
        with self._mutex:
            if only_cycle.arrived:
                only_cycle.waiters[gate] = opener
            else:
                got += (True,)


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

    def _time_out(self, cycle):
        with self._mutex:
            cycle.arrived -= 1
        raise BrokenBarrierError

    def _break(self, cycle):
        if cycle.state is FULL:  # all have come: it is the action that raised
            super()._break(cycle)


class BarrierThatStaysBrokenAfterReset(Barrier):
    """reset is abort."""

    def reset(self):
        self.abort()


class BarrierWhoseResetForgetsTheWaiters(Barrier):
    """reset begins anew and leaves those who wait asleep."""

    def reset(self):
        with self._mutex:
            self._cycle = _new_cycle()


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
