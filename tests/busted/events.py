"""Busted Events."""

import time
import warnings

from syncprims.event import Event
from syncprims.waitqueue import closed_gate, sleep


class EventThatForgetsASetBeforeAClear(Event):
    """A thread that set has woken looks at the flag again, and a clear may have been faster."""

    def wait(self, timeout=None):
        return super().wait(timeout) and self.is_set()


class EventThatOverlooksARacingSet(Event):
    """wait looks at the flag, and later goes to sleep, whatever has happened in between."""

    def wait(self, timeout=None):
        if self._flag:
            return True
        time.sleep(0.0001)  # in the stdlib's place a few bytecodes: the race would be rare
        gate = closed_gate()
        with self._mutex:
            self._waiters[gate] = True
        return sleep(gate, timeout) or not self._leave(gate)


class EventThatReturnsNoneOnATimeout(Event):
    """wait returns None once its time has passed."""

    def wait(self, timeout=None):
        return super().wait(timeout) or None


class EventThatWakesOneWaiter(Event):
    """set wakes one of those who wait."""

    def set(self):
        with self._mutex:
            self._flag = True
            self._waiters.wake()


class EventThatClearsItself(Event):
    """wait lowers the flag, so that one set lets one thread pass."""

    def wait(self, timeout=None):
        woken = super().wait(timeout)
        self.clear()
        return woken


class EventThatIgnoresTheTimeout(Event):
    """wait sleeps until the event is set, whatever the time-out."""

    def wait(self, timeout=None):
        return super().wait()


class EventWhoseOldNameSaysNo(Event):
    """isSet is always False."""

    def isSet(self):  # noqa: N802 - the stdlib's name
        return False


class EventThatTakesAnyTimeout(Event):
    """A time-out that cannot be is taken for one that has passed."""

    def wait(self, timeout=None):
        try:
            return super().wait(timeout)
        except (TypeError, OverflowError):
            return False


class EventWhoseWarningPointsAtItself(Event):
    """isSet warns at its own line, where nobody who calls it sees it."""

    def isSet(self):  # noqa: N802 - the stdlib's name
        warnings.warn("isSet() is deprecated, use is_set() instead", DeprecationWarning)  # noqa: B028
        return self.is_set()


class EventWhoseWarningSaysTooLittle(Event):
    """isSet warns with what to use, and does not say why."""

    def isSet(self):  # noqa: N802 - the stdlib's name
        warnings.warn("use is_set()", DeprecationWarning, stacklevel=2)
        return self.is_set()
