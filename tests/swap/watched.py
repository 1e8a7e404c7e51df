"""The locks of the swap's watch, for the conformance suite."""

from syncprims.swap.watch.locks import Condition as Condition, Lock as Lock, RLock as RLock

SINCE = (3, 15)
