"""Python's synchronization primitives, rebuilt on one lock. ``import syncprims as threading``.

The names of ``threading`` and ``queue`` live side by side, in the order in which they stand on each
other. Companions are imported from their own modules.
"""

import sys
import threading
from queue import Empty, Full
from threading import BrokenBarrierError
from types import ModuleType

from syncprims.lock import TYPE_CHECKING, Lock
from syncprims.rlock import RLock
from syncprims.condition import Condition
from syncprims.event import Event
from syncprims.semaphore import BoundedSemaphore, Semaphore
from syncprims.barrier import Barrier
from syncprims.queue import LifoQueue, Queue, ShutDown
from syncprims.priorityqueue import PriorityQueue
from syncprims.simplequeue import SimpleQueue
from syncprims.iterators import concurrent_tee, serialize_iterator, synchronized_iterator

# What the kit does not rebuild is threading's own, so that one import line is all that changes. Not
# in __all__: a star import must not hide enumerate. Thread and Timer use the stdlib's primitives.
from threading import Thread as Thread, Timer as Timer, ThreadError as ThreadError, local as local
from threading import active_count as active_count, activeCount as activeCount
from threading import current_thread as current_thread, currentThread as currentThread
from threading import main_thread as main_thread, enumerate as enumerate
from threading import get_ident as get_ident, get_native_id as get_native_id
from threading import settrace as settrace, setprofile as setprofile, stack_size as stack_size
from threading import gettrace as gettrace, getprofile as getprofile
from threading import TIMEOUT_MAX as TIMEOUT_MAX, ExceptHookArgs as ExceptHookArgs

if sys.version_info >= (3, 12):
    from threading import setprofile_all_threads as setprofile_all_threads
    from threading import settrace_all_threads as settrace_all_threads
if TYPE_CHECKING:
    from threading import excepthook as excepthook

__version__ = "0.1.0"

__all__ = ["Lock", "RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier"]
__all__ += ["Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"]
__all__ += ["serialize_iterator", "synchronized_iterator", "concurrent_tee"]
__all__ += ["BrokenBarrierError", "Empty", "Full", "ShutDown"]

# One word, as in threading: reprs, tracebacks and pickles name the public place.
for _name in __all__[1:-4]:
    globals()[_name].__module__ = __name__


class _Module(ModuleType):
    """This module. Programs assign ``excepthook``, and threading's is the one that is called.

    Deleted, it is the first one again: so mock.patch takes back what it has set.
    """

    excepthook = property(
        lambda _: threading.excepthook,
        lambda _, hook: setattr(threading, "excepthook", hook),
        lambda _: setattr(threading, "excepthook", threading.__excepthook__),
    )


sys.modules[__name__].__class__ = _Module
