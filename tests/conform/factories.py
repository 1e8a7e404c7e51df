"""Right by the documentation: functions for classes, exceptions of its own, and no locks."""

import bisect
import threading

SINCE = (3, 12)


class Empty(Exception):
    """There is nothing."""


class Full(Exception):
    """There is no room."""


class _Shop:
    def __init__(self, maxsize, put, get):
        self._put, self._get, self._maxsize = put, get, maxsize
        self._goods, self._open_tasks = [], 0
        self._news = threading.Condition(threading.Lock())

    def _wait_for(self, ready, block, timeout, refusal):
        if block and timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        if not self._news.wait_for(ready, timeout if block else 0):
            raise refusal

    def put(self, item, block=True, timeout=None):
        with self._news:
            self._wait_for(lambda: not self.full(), block, timeout, Full)
            self._put(self._goods, item)
            self._open_tasks += 1
            self._news.notify_all()

    def get(self, block=True, timeout=None):
        with self._news:
            self._wait_for(lambda: self._goods, block, timeout, Empty)
            self._news.notify_all()
            return self._get(self._goods)

    def put_nowait(self, item):
        self.put(item, False)

    def get_nowait(self):
        return self.get(False)

    def qsize(self):
        return len(self._goods)

    def empty(self):
        return not self._goods

    def full(self):
        return 0 < self._maxsize <= len(self._goods)

    def task_done(self):
        with self._news:
            if not self._open_tasks:
                raise ValueError("task_done() called too many times")
            self._open_tasks -= 1
            self._news.notify_all()

    def join(self):
        with self._news:
            self._news.wait_for(lambda: not self._open_tasks)


def Queue(maxsize=0):
    return _Shop(maxsize, list.append, lambda goods: goods.pop(0))


def LifoQueue(maxsize=0):
    return _Shop(maxsize, list.append, list.pop)


def PriorityQueue(maxsize=0):
    return _Shop(maxsize, bisect.insort, lambda goods: goods.pop(0))
