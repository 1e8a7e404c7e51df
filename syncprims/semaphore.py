"""A number of permits, and a queue of threads that wait for one.

``acquire`` takes a permit if there is one, else it sleeps until there is. ``release`` wakes as many
sleepers as it adds permits. It hands none over: a thread that has just arrived may take a permit
before the woken one does, which then sleeps on. What an interrupted ``acquire`` has already taken
goes back, and wakes the next.
"""

from syncprims.condition import Condition, sharing
from syncprims.fork import remember
from syncprims.lock import Lock, Mutex, shown
from syncprims.waitqueue import WaitQueue


class Semaphore:
    """A counter of permits that never falls below zero: ``acquire`` takes one, ``release`` adds.

    How it works: a mutex guards the counter and the queue. ``acquire`` on zero queues a gate and
    sleeps; ``release(n)`` opens the `n` oldest gates.

    Differences from threading.Semaphore: an interrupted thread neither loses a permit nor keeps
    a wake-up that another could use; one that times out leaves the queue in constant time;
    after a fork the child's copy works. Not safe: a signal handler that uses the semaphore while
    its own thread is inside, as with the stdlib's; and an exception from a handler that strikes
    exactly as a ``with`` block's exit begins loses the permit.

    >>> semaphore = Semaphore(2)
    >>> semaphore.acquire(), semaphore.acquire(), semaphore.acquire(timeout=0.001)
    (True, True, False)
    >>> semaphore.release(2)
    """

    _initial_value: float = float(
        "inf"
    )  # the most permits there may be; written by: BoundedSemaphore

    def __init__(self, value: int = 1) -> None:
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        # I1 is the wait queue's. I2: 0 <= _value <= _initial_value
        self._value: float = value  # the permits; guarded by: _mutex
        self._mutex = Mutex(Lock())
        self._waiters = WaitQueue(self._mutex)  # guarded by: _mutex; woken when: permits are added
        remember(self)

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Take a permit, sleeping until there is one; return whether one was taken.

        Returns False if there is none and `blocking` is false, or none within `timeout` seconds.
        Raises ValueError for a time-out together with ``blocking=False``. Does not promise that
        threads get permits in the order in which they came, only that they are woken so.
        """
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        taken = 0
        try:
            with self._mutex:
                if self._value or (blocking and self._waiters.wait_for(self._has_permit, timeout)):
                    self._value -= 1
                    taken = 1
                return taken == 1
        except BaseException:  # give back what was taken, or the wake-up, which we cannot use
            with self._mutex:
                self._value += taken
                self._waiters.wake()
            raise

    __enter__ = acquire

    def release(self, n: int = 1) -> None:
        """Add `n` permits and wake as many waiting threads; ValueError if `n` is less than one."""
        if n < 1:
            raise ValueError("n must be one or more")
        with self._mutex:
            if self._value + n > self._initial_value:
                raise ValueError("Semaphore released too many times")
            if self._waiters:
                self._waiters.wake(n)  # the call first: rule 3 in lock.py
            self._value += n

    def __exit__(self, t: object, v: object, tb: object) -> None:
        if self.__class__.release is not Semaphore.release:  # a subclass has its own
            return self.release()
        owed = 1  # permits still to be added
        try:
            with self._mutex:
                if self._value + 1 > self._initial_value:
                    owed = 0
                    raise ValueError("Semaphore released too many times")
                self._value += 1
                owed = 0
                self._waiters.wake()
        except BaseException:  # struck, perhaps before the mutex was ours: add what is still owed
            with self._mutex:
                # Not beyond the limit: another thread may have filled it up meanwhile.
                self._value = min(self._value + owed, self._initial_value)
                self._waiters.wake()
            raise

    def _has_permit(self) -> bool:
        return self._value > 0

    def __repr__(self) -> str:
        return shown(self, f"value={self._value}")

    def _after_fork(self) -> None:
        self._mutex.after_fork()
        self._waiters.wake_all()

    def _check(self) -> None:
        """Assert the numbered invariants."""
        with self._mutex:
            self._waiters._check()
            assert 0 <= self._value <= self._initial_value, "I2"

    # Skip this on a first reading: what other people's subclasses find in the stdlib's.

    @property
    def _cond(self) -> Condition:
        return sharing(self._waiters)

    @_cond.setter
    def _cond(self, condition: object) -> None:
        raise AttributeError("a semaphore's _cond is its own queue: override acquire and release")


class BoundedSemaphore(Semaphore):
    """A semaphore that refuses to hold more permits than it was made with.

    How it works: ``release`` looks at the limit before it changes anything, so a release too many
    raises ValueError and leaves the count as it was.

    Differences from threading.BoundedSemaphore: those of Semaphore.

    >>> semaphore = BoundedSemaphore()
    >>> semaphore.release()
    Traceback (most recent call last):
        ...
    ValueError: Semaphore released too many times
    """

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self._initial_value = value

    def __repr__(self) -> str:
        return shown(self, f"value={self._value}/{self._initial_value}")
