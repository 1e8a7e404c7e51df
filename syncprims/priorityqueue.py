"""A queue that gives back the least item, and loses none when a comparison raises.

The items stand in a heap under Queue's mutex; only the hooks are other than Queue's. The standard
library's C functions move items by swapping two at a time: after a comparison has raised half-way
every item is still there, but the heap is out of order. So the hook takes out what it put in, or
puts back what it took out, and the next hook makes a heap of the items anew.
"""

from heapq import heappop, heappush

from syncprims.lock import T
from syncprims.queue import LifoQueue, Queue

# heapq in C swaps two items at a time. In Python, on PyPy, it holds one outside of the list while
# it compares, and would lose it: there a copy is kept.
_SWAPS = not hasattr(heappush, "__code__")


class PriorityQueue(Queue[T]):
    """A queue that gives back the least item; put ``(priority, item)`` to say what is least.

    How it works: a heap. If comparing two items raises, ``put`` or ``get`` raises it and the items
    are those of before, though ``queue`` is out of order until the next call.

    Differences from queue.PriorityQueue: those of Queue, and a ``__lt__`` that raises loses no
    item (the stdlib's ``get`` drops one) and counts none that was refused.

    >>> queue = PriorityQueue()
    >>> queue.put((2, "later")), queue.put((1, "now")), queue.get()
    (None, None, (1, 'now'))
    """

    _is_heap = True  # false once a comparison has raised; guarded by: mutex

    def _put(self, item: T) -> None:
        heap, size = self.queue, len(self.queue)
        if not self._is_heap:
            heap += (item,)  # the next get makes a heap of them
            return
        before = heap if _SWAPS else heap[:]
        try:
            heappush(heap, item)
        except BaseException:
            heap[:], self._is_heap = before, False
            if len(heap) > size:  # by identity: == is the item's own code, and may raise
                del heap[[each is item for each in heap].index(True)]
            raise

    def _get(self) -> T:
        if not self._is_heap:
            self.queue[:], self._is_heap = sorted(self.queue), True  # a sorted list is a heap
        heap, size = self.queue, len(self.queue)
        before = heap if _SWAPS else heap[:]
        least: T = heap[0]
        try:
            heappop(heap)
            return least
        except BaseException:
            heap[:], self._is_heap = before, False
            if len(heap) < size:
                heap.append(least)
            raise

    def _put_back(self, item: T) -> None:
        self._is_heap = False  # so that putting compares nothing, which may raise
        self._put(item)

    _init = LifoQueue._init
