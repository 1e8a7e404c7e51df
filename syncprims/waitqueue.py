"""The one way to sleep and to wake: gates in order of arrival.

A *gate* is a lock that is taken at birth. A thread that has to wait, the *sleeper*, queues a gate
of its own, lets go of the *mutex* that guards the queue, and sleeps by taking the gate a second
time. Who wakes takes the oldest gate out of the queue and opens it, with the mutex held. So there
is one invariant: **a gate in the queue is closed; a gate that somebody else took out was opened,
exactly once.** Whether its gate is in the queue, asked with the mutex held, is a sleeper's only
truth about "was I woken", for a wake-up, a time-out and an interruption alike.
"""

from collections.abc import Callable
from functools import partial

from syncprims.lock import Any, Lock, Mutex, T, now, whole


class WaitQueue(dict[Lock, bool]):
    """A dict of gates, oldest first, bound to the mutex that guards it.

    All methods are called with that mutex held, and it is held again when they are over.
    """

    __slots__ = ("mutex",)

    def __init__(self, mutex: Mutex) -> None:
        self.mutex: Mutex = mutex
        # I1: a gate in here is closed; one that another thread took out was opened, once.
        # Guarded by: the mutex.

    def wake(self, n: float = 1) -> None:
        """Wake the `n` sleepers that have waited longest, or all if there are fewer.

        One too many costs nothing: it looks, finds nothing, and sleeps on.
        """
        while self and n > 0:
            for gate in self:  # the oldest, found without a call
                # Out first, then open: a handler that runs as the gate is opened, and wakes too,
                # finds the next.
                del self[gate]
                gate.release()
                break
            n -= 1

    def wake_all(self) -> None:
        """Wake all sleepers, oldest first."""
        self.wake(len(self))

    def wait(self, timeout: float | None = None) -> bool:
        """Let go of the mutex, sleep until woken, take it back; False if `timeout` seconds pass.

        The four steps: queue a gate, let go, sleep, take back. A sleeper that was woken and then
        interrupted cannot use its wake-up, so it wakes the next.
        """
        if timeout is not None and timeout <= 0:  # nobody could wake it: only let others in
            sleep_without(self.mutex, NOBODYS, 0)
            return False
        gate = closed_gate()
        try:
            self[gate] = True  # others can see it now, but not open it: they need the mutex
            sleep_without(self.mutex, gate, timeout)
        except BaseException:
            if gate in self:
                del self[gate]
            else:  # woken, and of no use here
                self.wake()
            raise
        if gate in self:
            del self[gate]
            return False
        return True

    def wait_for(self: Any, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """Wait until ``predicate()`` is true, looking after each wake-up; return its last value.

        The kit's one loop and one deadline: `timeout` is for all the waits together. Of `self` only
        ``wait`` is used: a Condition has this too.
        """
        deadline = None
        left = timeout
        while not (result := predicate()):
            if deadline is not None:
                left = deadline - now()
                if left <= 0:
                    break
            elif timeout is not None:
                deadline = now() + timeout
            self.wait(left)
        return result

    def remove(self, gate: Lock) -> None:
        """Take a gate out, as from the stdlib's ``_waiters``; ValueError if it is not there."""
        if self.pop(gate, None) is None:
            raise ValueError("this gate is not in the queue")

    def _check(self) -> None:
        assert all(gate.locked() for gate in self), "I1"


def closed_gate() -> Lock:
    """Return a new gate. It is made before anything changes: that may fail, and costs nobody."""
    gate = Lock()
    gate.acquire()
    return gate


NOBODYS = closed_gate()  # nobody opens it: for a sleep of no time


def sleep(gate: Lock, timeout: float | None) -> bool:
    """Sleep until the gate is opened; False if `timeout` seconds pass first.

    Every sleeper of the kit sleeps here. Who wants to see them puts another function in its place.
    """
    if timeout is None:
        return gate.acquire()
    if timeout != timeout:  # PyPy's lock would sleep
        raise ValueError("Invalid value NaN (not a number)")
    return gate.acquire(False) if timeout <= 0 else gate.acquire(True, timeout)


def sleep_without(mutex: Mutex, gate: Lock, timeout: float | None) -> None:
    """Let go of a mutex, sleep on a gate, take the mutex back, also when struck, and once more."""
    lock = mutex.lock
    held = let_go(lock)
    try:
        sleep(gate, timeout)
        # Here the gate may still be opened, though the time is up: that is a wake-up like others.
        take_back(mutex, lock, held)
    except BaseException:
        # Struck, and again: but without the lock the caller's ``with`` would fail. After so many
        # tries it is broken, not interrupted (COND-27).
        for _ in range(1000):
            try:
                take_back(mutex, lock, held)
                break
            except BaseException:
                pass
        raise


def let_go(lock: Any) -> Any:
    """Let go of a lock, of all its levels if it has some; return what ``take_back`` wants."""
    return whole(getattr(lock, "_release_save", lock.release))


def take_back(mutex: Mutex, lock: Any, held: Any) -> None:
    """Take a mutex's lock that was let go of, as it was held."""
    restore = getattr(lock, "_acquire_restore", None)
    again = partial(restore, held) if restore else lock.acquire
    # Forked asleep, the mutex has a new lock; the old one a lost thread holds, and so now do we.
    whole(again if mutex.lock is lock else partial(mutex.over, lock))
