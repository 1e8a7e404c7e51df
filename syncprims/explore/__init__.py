"""Every interleaving that matters, replayable, with an honest verdict.

``explore`` runs a scenario again and again under a scheduler that stands in for the one lock the
kit is built on, each time with the threads' steps in another order, until it has seen all orders
that can make a difference, or a failure. It says exactly what it has shown. ``replay`` runs one
schedule again; ``watch`` makes plain data visible; ``explored`` makes a test of it.
"""

from syncprims.explore.result import Found, Result
from syncprims.explore.run import explore, replay
from syncprims.explore.tested import explored
from syncprims.explore.watch import watch

__all__ = ["Found", "Result", "explore", "explored", "replay", "watch"]
