"""Busted RLocks."""

import time

from syncprims.lock import get_ident
from syncprims.rlock import RLock


class RLockThatAnyThreadMayRelease(RLock):
    """release does not look at who calls it."""

    def release(self):
        self._owner = get_ident()
        super().release()


class RLockThatOpensAtTheFirstRelease(RLock):
    """One release undoes all the acquires of its thread."""

    def release(self):
        self._depth = 1
        super().release()


class RLockThatIsNotReentrant(RLock):
    """The holder has no more right to acquire it again than any other thread."""

    def acquire(self, blocking=True, timeout=-1):
        if not self._lock.acquire(blocking, timeout):
            return False
        self._owner, self._depth = get_ident(), 1
        return True

    __enter__ = acquire


class RLockThatIgnoresTheTimeout(RLock):
    """acquire sleeps until it gets the lock, whatever the time-out."""

    def acquire(self, blocking=True, timeout=-1):
        return super().acquire(blocking)


class RLockThatStaysOwnedAfterATimeout(RLock):
    """acquire signs for the lock before it knows whether it got it."""

    def acquire(self, blocking=True, timeout=-1):
        taken = super().acquire(blocking, timeout)
        self._owner = get_ident()
        return taken


class RLockThatTakesAnyTimeout(RLock):
    """A time-out that cannot be is taken for none."""

    def acquire(self, blocking=True, timeout=-1):
        try:
            return super().acquire(blocking, timeout)
        except (ValueError, OverflowError, TypeError):
            return super().acquire(False)


class RLockThatForgetsItsOwnerTooLate(RLock):
    """A condition's wait frees the lock first, and then wipes out whoever is the owner by now."""

    def _release_save(self):
        saved = super()._release_save()
        time.sleep(0)  # in the stdlib's place a few bytecodes: the race would be rare
        self._owner = None
        return saved


class RLockThatTheOldOwnerStillHolds(RLock):
    """_at_fork_reinit frees the lock and leaves its owner in place."""

    def _at_fork_reinit(self):
        owner = self._owner
        super()._at_fork_reinit()
        self._owner = owner


class RLockThatIsOwnedWhileItsOwnerWaits(RLock):
    """_release_save leaves the owner in place."""

    def _release_save(self):
        saved = super()._release_save()
        self._owner = get_ident()
        return saved


class RLockThatShowsADepthThatIsGone(RLock):
    """_release_save and _at_fork_reinit leave the depth as it was."""

    def _release_save(self):
        saved = super()._release_save()
        self._depth, _ = saved
        return saved

    def _at_fork_reinit(self):
        depth = self._depth
        super()._at_fork_reinit()
        self._depth = depth
