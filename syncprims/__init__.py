"""Python's synchronization primitives, rebuilt on one lock. ``import syncprims as threading``.

The names of ``threading`` and ``queue`` live side by side, in the order in which they stand on each
other. Companions are imported from their own modules.
"""

from queue import Empty, Full
from threading import BrokenBarrierError

from syncprims.lock import Lock
from syncprims.rlock import RLock
from syncprims.condition import Condition
from syncprims.event import Event
from syncprims.semaphore import BoundedSemaphore, Semaphore
from syncprims.barrier import Barrier
from syncprims.queue import LifoQueue, Queue, ShutDown
from syncprims.priorityqueue import PriorityQueue
from syncprims.simplequeue import SimpleQueue

__version__ = "0.1.0"

__all__ = ["Lock", "RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier"]
__all__ += ["Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"]
__all__ += ["BrokenBarrierError", "Empty", "Full", "ShutDown"]

# One word, as in threading: reprs, tracebacks and pickles name the public place.
for _name in __all__[1:-4]:
    globals()[_name].__module__ = __name__
