"""A queue that gives back the least item, and loses none when a comparison raises.

The items stand in a heap under Queue's mutex; only the hooks are other than Queue's. The standard
library's C functions move items by swapping two at a time, so after a comparison has raised
half-way every item is still there, and those on one path of the tree stand one place off. Putting
them back takes no comparison, only the path; where one object stands in the heap several times,
asking again which of them does not fit tells the path. Where the functions are written in Python
(PyPy) an item in hand is in no place of the list; there, a copy of the list is put back.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import repeat
from operator import lt
from types import BuiltinFunctionType
from typing import Any

from syncprims.queue import _PLANS, Queue, T, _List


def _restoring(function: Callable[..., Any]) -> Callable[..., Any]:
    if isinstance(function, BuiltinFunctionType):
        return function  # it only swaps

    def restoring(heap: list[Any], *item: Any) -> Any:
        before = heap[:]
        try:
            return function(heap, *item)
        except BaseException:
            heap[:] = before
            raise

    return restoring


heappush, heappop = _restoring(heappush), _restoring(heappop)


class PriorityQueue(Queue[T]):
    """A queue that gives back the least item; put ``(priority, item)`` to say what is least.

    How it works: a heap. If comparing two items raises, ``put`` or ``get`` raises it and the items
    are those of before, in their order (but for the order of equal ones, which a heap never keeps).

    Differences from queue.PriorityQueue: those of Queue, and a ``__lt__`` that raises loses no
    item (the stdlib's ``get`` drops one) and counts none that was refused. Not safe: a signal
    handler that uses the queue while its own thread is inside, since the mutex guards the heap.

    >>> queue = PriorityQueue()
    >>> queue.put((2, "later")), queue.put((1, "now")), queue.get()
    (None, None, (1, 'now'))
    """

    def _init(self, maxsize: int) -> None:
        self.queue: Any = []

    def _put(self, item: T) -> None:
        heap = self.queue
        size = len(heap)
        try:
            heappush(heap, item)
        except BaseException:
            _unpush(heap, item, size)
            raise

    def _get(self) -> T:
        heap = self.queue
        size = len(heap)
        last = heap[-1]
        least: T = heap[0]
        try:
            heappop(heap)
        except BaseException:
            _unpop(heap, least, last, size)
            raise
        return least

    _qsize = Queue._qsize


_PRIORITY = (PriorityQueue._init, PriorityQueue._put, PriorityQueue._get, PriorityQueue._qsize)
_PLANS[_PRIORITY] = (None, list, _List)  # taken from no end, but by nobody else's hooks


def _unpush(heap: list[Any], item: Any, size: int) -> None:
    """Take out an item that rose from the last place: those that it passed rise again."""
    if len(heap) == size:
        return
    place = len(heap) - 1
    path = [place]
    while place and heap[place] is not item:
        place = (place - 1) // 2
        path.append(place)
    for upper, lower in zip(path[::-1], path[-2::-1], strict=False):
        heap[upper] = heap[lower]
    del heap[-1]


def _unpop(heap: list[Any], least: Any, last: Any, size: int) -> None:
    """Put back the least item: those that rose as `last` sank from the root sink again."""
    if len(heap) == size:
        return
    if not heap:
        heap.append(least)
        return
    places = [place for place, item in enumerate(heap) if item is last]
    place = places[0]
    if len(places) > 1:  # one object put several times: the one that sank is where it does not fit
        place = next((each for each in places if _misfits(heap, each)), place)
    heap.append(last)
    while place:
        parent = (place - 1) // 2
        heap[place] = heap[parent]
        place = parent
    heap[0] = least


def _misfits(heap: list[Any], place: int) -> bool:
    """Whether an item is less than the one above it, or greater than one below; or cannot tell."""
    item = heap[place]
    try:
        return bool(
            (place and item < heap[(place - 1) // 2])
            or any(map(lt, heap[2 * place + 1 : 2 * place + 3], repeat(item)))
        )
    except Exception:
        return True
