"""faster-fifo's queue between threads; its own time-outs are 10 s if none is given."""

import faster_fifo

DEVIATIONS = "faster_fifo.txt"


class Queue(faster_fifo.Queue):
    def __init__(self, maxsize=0):
        super().__init__(maxsize=maxsize if maxsize > 0 else 10**9)

    def get(self, block=True, timeout=None):
        return super().get(block, 1e6 if timeout is None else timeout)

    def put(self, item, block=True, timeout=None):
        super().put(item, block, 1e6 if timeout is None else timeout)

    def put_nowait(self, item):
        super().put_nowait(item)
