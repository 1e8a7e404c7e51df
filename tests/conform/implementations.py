"""What the requirements in asked.py are asked of."""

import threading


class FirstSemaphore:
    """A learner's first: neither parameters nor a with block."""

    def acquire(self):
        pass

    def release(self):
        pass


class Maker:
    """Makes queues by a method, as multiprocessing does."""

    def queue(self, maxsize=0):
        return object()


class EventThatNeverWakes:
    """Sleeps for a second."""

    def wait(self):
        threading.Event().wait(1)

    def stay(self):
        threading.Event().wait(1)


class EventThatRaises:
    """Knows nobody."""

    def wait(self):
        [].pop()


class EventThatCounts:
    """Loses what is counted when it is held up between its lines."""

    counted = 0

    def count(self, times):
        for _ in range(times):
            before = self.counted
            before += 1
            self.counted = before


class Broken(FirstSemaphore):
    """Has errors of its own."""

    def acquire(self):
        return self.no_such_name()

    def release(self):
        return self.acquire(1, 2, 3)
